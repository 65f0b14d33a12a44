"""The one place where errors become exit codes and texts."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, NamedTuple

from tarl import errors
from tarl.errors import TarlError


class Exit(NamedTuple):
    """An exit code and what it says."""

    code: int
    meaning: str


OK = 0
RUN_FAILED = 1
INVALID = 2
MISSING = 3
DENIED = 4
WAITING = 5
CORRUPT = 6
DIVERGED = 7
INFEASIBLE = 8
EXCEEDED = 9
INTERNAL = 10
NOT_PROMOTED = 11
INCONCLUSIVE = 12
INTERRUPTED = 130
PIPE_CLOSED = 141

EXITS = (
    Exit(OK, "done"),
    Exit(RUN_FAILED, "the run ended with an error of its own"),
    Exit(INVALID, "wrong usage, malformed input, or a state in which this cannot be done"),
    Exit(MISSING, "not found: a journal, a run, an event, a workflow, a file or a key"),
    Exit(DENIED, "denied: permissions, policy or authority say no"),
    Exit(WAITING, "waiting for a person: an approval, or a step whose outcome is unknown"),
    Exit(CORRUPT, "verification failed, or what was read is damaged"),
    Exit(DIVERGED, "replay diverged: the code does something else than its history"),
    Exit(INFEASIBLE, "no solution exists"),
    Exit(EXCEEDED, "a limit or quota would be passed"),
    Exit(INTERNAL, "unavailable (locked file, full disk) or an error in tarl itself"),
    Exit(NOT_PROMOTED, "not promoted: a gate FAILED, or the decision was revoked"),
    Exit(INCONCLUSIVE, "not promoted: INCONCLUSIVE, evidence is missing or a gate broke"),
    Exit(INTERRUPTED, "interrupted from the keyboard; the run can be resumed"),
    Exit(PIPE_CLOSED, "the reader of the output went away"),
)

# The first that fits counts.
_BY_CLASS: tuple[tuple[type[TarlError], int], ...] = (
    (errors.RunFailed, RUN_FAILED),
    (errors.ActivityFailed, RUN_FAILED),
    (errors.UnknownOutcome, WAITING),
    (errors.NondeterminismError, DIVERGED),
    (errors.Corrupt, CORRUPT),
    (errors.Missing, MISSING),
    (errors.Denied, DENIED),
    (errors.Exceeded, EXCEEDED),
    (errors.Infeasible, INFEASIBLE),
    (errors.Unavailable, INTERNAL),
    (errors.Refused, INVALID),
)


def exit_code(error: BaseException) -> int:
    """The exit code of an error."""
    for kind, code in _BY_CLASS:
        if isinstance(error, kind):
            return code
    return INTERNAL


def leave(code: int) -> None:
    """End the program here if Temporal's library is in it. Now and then one of its threads meets an
    interpreter that is being taken down, and aborts it: the exit code is then another
    (temporalio/sdk-python issue 300).
    """
    if "temporalio.bridge.temporal_sdk_bridge" not in sys.modules:
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def refusal_data(error: TarlError) -> dict[str, Any]:
    """A refusal as one JSON-compatible object; where it does not say itself what to try, with what
    `tarl explain` says.
    """
    from tarl.interfaces.cli.explanations import explain

    data = error.as_data()
    if "next_step" not in data and (known := explain(error.code)) is not None:
        data["next_step"] = known.advice
    return data


def error_data(error: BaseException) -> dict[str, Any]:
    """An error as one JSON-compatible object, with its exit code."""
    from tarl.interfaces.cli.program import as_typed

    if isinstance(error, TarlError):
        data = refusal_data(error)
        if "next_step" in data:
            data["next_step"] = as_typed(data["next_step"])
        return {**data, "exit": exit_code(error)}
    return {
        "code": "internal",
        "message": f"{type(error).__name__}: {error}",
        "next_step": "run it again with --debug and report what it prints",
        "exit": INTERNAL,
    }


def error_text(error: BaseException) -> str:
    """An error for a person: what and why, its code, what to try."""
    data = error_data(error)
    lines = [f"error: {data['message']}", f"  code: {data['code']}"]
    if "next_step" in data:
        lines.append(f"  try: {data['next_step']}")
    return "\n".join(lines)
