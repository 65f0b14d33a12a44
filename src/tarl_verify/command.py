"""The command ``tarl-verify``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from tarl_verify.checks import Failure, Usage, shown
from tarl_verify.evidence import Evidence
from tarl_verify.keys import NOTE_KEY, WITNESS_KEY, Key, parse_vkey
from tarl_verify.log import Checkpoint, parse_checkpoint

NOTE_BYTES_MAX = 1024 * 1024
INTERRUPTED = 130  # what shells say of a process that ended by SIGINT


def read_key(argument: str, key_type: int) -> Key:
    """A key given as vkey text, or as the path of a file that holds one."""
    path = Path(argument)
    try:
        if not path.is_file():
            return parse_vkey(argument, key_type)
        with path.open("rb") as file:
            return parse_vkey(file.read(4096).decode().removesuffix("\n"), key_type)
    except (Usage, OSError, ValueError) as error:
        raise Usage(
            f"not a key, nor a file with one: {shown(argument)}: {reason(error)}",
            code="evidence.key",
            next_step="give the key as `tarl keys show root` prints it, or a file that holds it",
        ) from None


def read_checkpoint(path: str) -> Checkpoint:
    """The checkpoint in a file; who signed it is checked later."""
    try:
        with Path(path).open("rb") as file:
            return parse_checkpoint(file.read(NOTE_BYTES_MAX).decode())
    except (OSError, ValueError, Failure) as error:
        raise Usage(
            f"not a signed checkpoint: {shown(path)}: {reason(error)}",
            code="evidence.note",
            next_step="give a file as `tarl checkpoint -o NOTE` writes it",
        ) from None


def evidence_file(path: str) -> AbstractContextManager[BinaryIO]:
    """The evidence, open for reading bytes; ``-`` is standard input."""
    if path != "-":
        return Path(path).open("rb")
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage(
            "standard input is a terminal, and evidence comes through a pipe",
            code="evidence.terminal",
            next_step="name its file, or pipe it in: `tarl-verify - --root KEY < FILE`",
        )
    return nullcontext(sys.stdin.buffer)


def reason(error: Exception) -> str:
    """Why something cannot be read, without the number and the path of the system's error."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def check_file(options: argparse.Namespace) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code, the answer as data, and the answer for a person."""
    try:
        root = read_key(options.root, NOTE_KEY)
        witnesses = [read_key(key, WITNESS_KEY) for key in options.witness]
        reference = read_checkpoint(options.checkpoint) if options.checkpoint else None
        with evidence_file(options.file) as source:
            evidence = Evidence(source, root, reference=reference, witnesses=witnesses)
            evidence.check()
    except Failure as failure:
        return refusal(failure)
    except Usage as error:
        return unusable(error)
    except (OSError, ValueError) as error:
        return unusable(
            Usage(
                f"cannot read the evidence {shown(options.file)}: {reason(error)}",
                code="evidence.file",
                next_step="check the path; `tarl export RUN -o FILE` writes such a file",
            )
        )
    said = evidence.statements()
    return 0, {**evidence.facts(), "proved": said}, ["PROVED", *(f"  {line}" for line in said)]


def refusal(failure: Failure) -> tuple[int, dict[str, Any], list[str]]:
    """The answer to evidence that does not hold, as ``check_file`` gives it."""
    sides = {name: shown(side) for name, side in failure.sides.items() if side is not None}
    what = shown(failure.what)
    data = {"code": failure.code, "line": failure.line, "message": what, **sides}
    said = [f"FAILED line {failure.line}: {what} [{failure.code}]"]
    return 6, data, said + [f"  {name}: {side}" for name, side in sides.items()]


def unusable(error: Usage) -> tuple[int, dict[str, Any], list[str]]:
    """The answer to wrong usage, as ``check_file`` gives it."""
    data = {"code": error.code, "message": error.message, "next_step": error.next_step}
    said = [f"error: {error.message}", f"  code: {error.code}", f"  try: {error.next_step}"]
    return 2, data, said


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are told like every other."""

    def error(self, message: str) -> NoReturn:
        raise Usage(shown(message, most=1000))


def parser() -> Parser:
    """What the command takes."""
    parser = Parser(
        prog="tarl-verify",
        description="Check the evidence of a run offline, knowing only the root public key.",
        epilog="exit codes: 0 all proved, 2 wrong usage, 6 verification failed",
    )
    parser.add_argument("file", metavar="FILE", help="the evidence, from `tarl export`; - is stdin")
    parser.add_argument("--root", metavar="KEY", required=True, help="root key: text or file")
    parser.add_argument("--checkpoint", metavar="NOTE", help="a checkpoint known before")
    parser.add_argument("--witness", metavar="KEY", action="append", default=[], help="a cosigner")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in words
    try:
        options = parser().parse_args(words)
        as_json = options.json
        code, data, said = check_file(options)
    except Usage as error:
        code, data, said = unusable(error)
    except KeyboardInterrupt:
        code, data, said = INTERRUPTED, {"code": "interrupted"}, ["interrupted"]
    text = json.dumps({"verified": code == 0, **data}, sort_keys=True)
    stream = sys.stdout if as_json or code in (0, 6) else sys.stderr
    try:
        print(text if as_json else "\n".join(said), file=stream, flush=True)
    except BrokenPipeError:  # nobody reads on: the exit code still says what was found
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
