"""The fenced code of a Markdown page, and how it is run.

Three kinds of fence run, in the page's order and in one directory of the page's own:

- ``python title="name.py"`` is a file: it is written, and imported or run by later ones;
- ``python`` is a program, run with that directory on its path;
- ``sh`` is given to bash with ``set -euo pipefail``; ``fails=N`` after the language says that it
  must end with exit code N.

``text printed`` is what the snippet before it prints: its lines are found there in their order,
numbers, digests and white space aside; ``...`` and ``…`` stand for whatever is left out.

Everything else (``text``, ``toml``, ``json`` ...) is not run.

Commands are forked from a process that has imported what they import (``tests.warm``), but where a
snippet kills one by SIGKILL: there it is started, since a shell's job has to be the process itself.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.warm import process

ROOT = Path(__file__).parents[2]
RUN_S_MAX = 60
_FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DIGEST = re.compile(r"\b[0-9a-f]{8,}\b")
_NUMBER = re.compile(r"\d+")
_COMMANDS = {
    "tarl": "-P -m tarl.interfaces.cli.main ",
    "tarl-verify": "-P -m tarl_verify ",
    "python": "",
    "pytest": "-P -m pytest ",
}


class Snippet(NamedTuple):
    """One fence: its line in the page, its language, what follows the language, and its text."""

    line: int
    language: str
    info: str
    text: str

    @property
    def title(self) -> str | None:
        """The file that it is, if any."""
        found = re.search(r'title="([^"]+)"', self.info)
        return found and found[1]

    @property
    def exit_code(self) -> int:
        """What it must end with."""
        found = re.search(r"fails=(\d+)", self.info)
        return int(found[1]) if found else 0


def pages() -> list[Path]:
    """README, CHANGELOG and every page under docs."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def snippets(page: Path) -> Iterator[Snippet]:
    """The fences of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Snippet(line, found[1], found[2].strip(), found[3])


def unprinted(told: str, printed: str) -> str | None:
    """The first line that a page tells and that was not printed in its turn; None if all were."""
    lines = iter(_plain(printed))
    for line in _plain(told):
        pattern = re.escape(line.replace("…", "...")).replace(re.escape("..."), ".*")
        if line != "..." and not any(re.fullmatch(pattern, each) for each in lines):
            return line
    return None


def _plain(text: str) -> list[str]:
    text = _NUMBER.sub("N", _DIGEST.sub("H", text))
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


class Place:
    """A directory in which a page's snippets run, with ``tarl`` and ``tarl-verify`` on the path."""

    def __init__(self, directory: Path, *, home: Path) -> None:
        self.work = directory / "work"
        self.work.mkdir(parents=True)
        self._started = _wrappers(directory / "started", shlex.quote(sys.executable))
        self._forked = _wrappers(directory / "forked", shlex.join(process.asking()))
        source = ROOT / "src"
        self._environment = {
            **os.environ,
            "PYTHONPATH": f"{source}{os.pathsep}{self.work}",
            "TARL_HOME": str(home),
            "XDG_CONFIG_HOME": str(directory / "config"),
            "NO_COLOR": "1",
        }

    def run(self, snippet: Snippet) -> str:
        """Run one snippet and return all that it printed; write it if it is a file."""
        if snippet.language == "python" and snippet.title:
            (self.work / snippet.title).write_text(snippet.text)
            return ""
        if snippet.language == "python":
            return self._command([sys.executable, "-c", snippet.text], snippet)
        return self._command(["bash", "-euo", "pipefail", "-c", snippet.text], snippet)

    def _command(self, command: list[str], snippet: Snippet) -> str:
        commands = self._started if "kill -9" in snippet.text else self._forked
        done = process.run(
            command,
            cwd=self.work,
            env={**self._environment, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S_MAX,
        )
        assert done.returncode == snippet.exit_code, (
            f"line {snippet.line}: exit code {done.returncode}, not {snippet.exit_code}\n"
            f"{snippet.text}\n--- printed\n{done.stdout}"
        )
        return done.stdout


def _wrappers(directory: Path, python: str) -> Path:
    """The commands of a page, each carried out by one way to have a Python process."""
    directory.mkdir()
    for name, words in _COMMANDS.items():
        wrapper = directory / name
        wrapper.write_text(f'#!/bin/sh\nexec {python} {words}"$@"\n')
        wrapper.chmod(0o755)
    return directory
