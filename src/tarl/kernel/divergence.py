"""What is said when code does something else than its recorded history: both sides, and where."""

from __future__ import annotations

from textwrap import indent
from typing import NamedTuple

from tarl.errors import NondeterminismError, TarlError
from tarl.kernel import events, guard
from tarl.kernel.commands import Command
from tarl.kernel.contrast import contrast
from tarl.kernel.events import DECODERS
from tarl.kernel.execution import Execution

SHOWN_CHARS_MAX = 600
"""Of either side's text, so that an error stays a screenful."""


class Recorded(NamedTuple):
    """One entry of a recorded history: its kind, its body, and its place from 1."""

    kind: str
    body: bytes
    seq: int


def diverged(
    execution: Execution,
    recorded: Recorded | None,
    command: Command | None,
    why: str,
    *,
    where: list[str] | None = None,
) -> NondeterminismError:
    """The error of code that decides ``command`` where its history holds ``recorded``.

    Args:
        execution: The code.
        recorded: What the history holds; None where it holds nothing.
        command: What the code decides; None where it decides nothing.
        why: What that comes to.
        where: Where in the code, if the execution does not know any more.
    """
    expected = None if recorded is None else _shown(recorded.kind, recorded.body)
    actual = None if command is None else _shown(command.kind, command.body)
    places = execution.where() if where is None else where
    run = execution.run.ref
    at = f"{run}@{recorded.seq}" if recorded is not None else run
    differs = "" if recorded is None or command is None else _contrast(execution, recorded, command)
    return NondeterminismError(
        f"{at}: {why}\n  recorded: {expected or '(nothing)'}\n"
        f"  the code: {actual or '(nothing)'}"
        + (f"\n  what differs:\n{indent(differs, '    ')}" if differs else "")
        + (f"\n  in the code: {' > '.join(places)}" if places else ""),
        next_step="restore the code, or guard the change with ctx.patched(...)",
        run=run,
        seq=None if recorded is None else recorded.seq,
        expected=expected,
        actual=actual,
        where=places,
    )


def _contrast(execution: Execution, recorded: Recorded, command: Command) -> str:
    """Between the arguments of two calls of one activity; empty for anything else."""
    if recorded.kind != command.kind or recorded.kind != events.STEP_SCHEDULED or not recorded.body:
        return ""
    scheduled = DECODERS[recorded.kind](recorded.body)
    if command.activity is None or scheduled.activity != command.activity.name:
        return ""
    with guard.suspended():  # the shelf may read the tenant's key
        try:
            args = execution.read(bytes(scheduled.args))
            kwargs = execution.read(bytes(scheduled.kwargs))
        except TarlError:  # a recording without its large values
            return ""
        now_args, now_kwargs = command.json_arguments()
        if not kwargs and not now_kwargs:
            return contrast(args, now_args)
        return contrast([*args, kwargs], [*now_args, now_kwargs])


def _shown(kind: str, body: bytes) -> str:
    text = body.decode()
    shown = text if len(text) <= SHOWN_CHARS_MAX else text[:SHOWN_CHARS_MAX] + "…"
    return f"{kind} {shown}"
