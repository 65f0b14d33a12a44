"""How the person started this program: so is every command spelled that it proposes.

Texts are written with ``tarl`` and ``tarl-verify``; ``as_typed`` spells these where they stand
before something that can be typed. What is served to others (HTTP) keeps the plain names.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

NAME = "tarl"
VERIFIER = "tarl-verify"
MODULE = "tarl.interfaces.cli.main"
_VERIFIER_MODULE = "tarl_verify"


def program() -> str:
    """The words that start this program, as text for a shell."""
    return _program(sys.argv[0], tuple(sys.orig_argv), os.environ.get("PATH"))


def as_typed(text: str) -> str:
    """A text with each command in it as the person can type it."""
    return _commands().sub(lambda found: _spelled(found[0]), text)


def command(*words: str) -> str:
    """A command of this program that a person can copy."""
    return f"{program()} {shlex.join(words)}" if words else program()


def _spelled(name: str) -> str:
    spelled = program()
    if name == NAME or spelled == NAME:
        return spelled if name == NAME else name
    if spelled.endswith(f" -m {MODULE}"):
        return spelled.removesuffix(MODULE) + _VERIFIER_MODULE
    return shlex.quote(f"{shlex.split(spelled)[0]}-verify")


@cache
def _program(started: str, words: Sequence[str], search: str | None) -> str:
    """The program's name where the search path finds it; else where it lies.

    Args:
        started: What the interpreter was given to run (``sys.argv[0]``).
        words: The interpreter's own command line (``sys.orig_argv``).
        search: The search path.
    """
    found = shutil.which(NAME, path=search)
    if Path(started).name == NAME:
        is_found = (
            found is not None and os.path.exists(started) and os.path.samefile(found, started)
        )
        return NAME if is_found else shlex.quote(started)
    if not _is_module(started) or found is not None:
        return NAME
    beside = Path(sys.executable).with_name(NAME)
    return shlex.quote(str(beside)) if beside.exists() else f"{shlex.quote(words[0])} -m {MODULE}"


def _is_module(started: str) -> bool:
    """Whether it was started with ``python -m``."""
    return Path(started).parts[-4:] == (*MODULE.split(".")[:-1], "main.py")


@cache
def _commands() -> re.Pattern[str]:
    """A name of a program, where a command or an option of its follows."""
    from tarl.interfaces.cli.main import COMMANDS

    follows = "|".join(sorted(map(re.escape, COMMANDS), key=len, reverse=True))
    return re.compile(rf"(?<![\w./-])(?:{VERIFIER}(?= )|{NAME}(?= (?:--\w|(?:{follows})\b)))")
