"""The command ``tarl-verify``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tarl_verify.checks import Failure, Usage, shown
from tarl_verify.evidence import Evidence
from tarl_verify.keys import NOTE_KEY, WITNESS_KEY, Key, parse_vkey
from tarl_verify.log import Checkpoint, parse_checkpoint

NOTE_BYTES_MAX = 1024 * 1024


def read_key(argument: str, key_type: int) -> Key:
    """A key given as vkey text, or as the path of a file that holds one."""
    path = Path(argument)
    try:
        if not path.is_file():
            return parse_vkey(argument, key_type)
        with path.open("rb") as file:
            return parse_vkey(file.read(4096).decode().removesuffix("\n"), key_type)
    except (Usage, OSError, ValueError) as error:
        raise Usage(f"not a key, nor a file with one: {shown(argument)}: {error}") from None


def read_checkpoint(path: str) -> Checkpoint:
    """The checkpoint in a file; who signed it is checked later."""
    try:
        with Path(path).open("rb") as file:
            return parse_checkpoint(file.read(NOTE_BYTES_MAX).decode())
    except (OSError, ValueError, Failure) as error:
        raise Usage(f"not a signed checkpoint: {shown(path)}: {error}") from None


def check_file(options: argparse.Namespace) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code, the answer as data, and the answer for a person."""
    try:
        root = read_key(options.root, NOTE_KEY)
        witnesses = [read_key(key, WITNESS_KEY) for key in options.witness]
        reference = read_checkpoint(options.checkpoint) if options.checkpoint else None
        with Path(options.file).open("rb") as source:
            evidence = Evidence(source, root, reference=reference, witnesses=witnesses)
            evidence.check()
    except Failure as failure:
        sides = {name: shown(side) for name, side in failure.sides.items() if side is not None}
        what = shown(failure.what)
        data = {"code": failure.code, "line": failure.line, "message": what, **sides}
        said = [f"FAILED line {failure.line}: {what} [{failure.code}]"]
        return 6, data, said + [f"  {name}: {side}" for name, side in sides.items()]
    except (Usage, OSError, ValueError) as error:
        return 2, {"code": "usage", "message": str(error)}, [f"tarl-verify: {error}"]
    said = evidence.statements()
    return 0, {**evidence.facts(), "proved": said}, ["PROVED", *(f"  {line}" for line in said)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="tarl-verify",
        description="Check the evidence of a run offline, knowing only the root public key.",
        epilog="exit codes: 0 all proved, 2 wrong usage, 6 verification failed",
    )
    parser.add_argument("file", metavar="FILE", help="the evidence, from `tarl export`")
    parser.add_argument("--root", metavar="KEY", required=True, help="root key: text or file")
    parser.add_argument("--checkpoint", metavar="NOTE", help="a checkpoint known before")
    parser.add_argument("--witness", metavar="KEY", action="append", default=[], help="a cosigner")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    code, data, said = check_file(options)
    text = json.dumps({"verified": code == 0, **data}, sort_keys=True)
    stream = sys.stderr if code == 2 and not options.json else sys.stdout
    try:
        print(text if options.json else "\n".join(said), file=stream, flush=True)
    except BrokenPipeError:  # nobody reads on: the exit code still says what was found
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
