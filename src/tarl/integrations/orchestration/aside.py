"""Work for a workflow beside its runs: a run of its own, through the same gateway.

Such a run is not taken up after a crash: whoever asked for it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from tarl.errors import Conflict, Invalid
from tarl.integrations.orchestration.book import ASIDE, Book
from tarl.integrations.orchestration.events import WorkflowEventKind
from tarl.integrations.orchestration.performance import Piece, journal_of, perform
from tarl.integrations.orchestration.refusals import bad_value
from tarl.integrations.orchestration.session import Deed, RunSession
from tarl.integrations.orchestration.workflow import code_digest
from tarl.values.ids import RunId, check_name

STARTS_MAX = 200
"""Attempts to start while others start at the same time: each failure is another's success."""

START_WAIT_S = 0.01
"""Between two attempts; a start is on disk after some milliseconds."""


class Done(NamedTuple):
    """What came of it: the results in order, and the run that they are recorded in."""

    results: list[Any]
    run: RunId


def perform_aside(book: Book, workflow_id: str, deeds: Sequence[Deed]) -> Done:
    """Do things for a workflow at the same time, in a run beside the workflow's own.

    Raises:
        BadValue: the workflow's id cannot be one.
        Exception: see ``RunSession.perform_all``.
    """
    try:
        check_name(workflow_id + ASIDE, "workflow id")
    except Invalid as error:
        raise bad_value(error) from None
    sessions: list[RunSession] = []

    def play(session: RunSession) -> list[Any]:
        sessions.append(session)
        return session.perform_all(deeds)

    piece = Piece(
        workflow_id=workflow_id,
        run_as=workflow_id + ASIDE,
        play=play,
        code=code_digest(deeds[0].origin or deeds[0].fn) if deeds else "",
        note=lambda kind, payload: book.note(workflow_id, kind, payload),
    )
    for attempt in range(STARTS_MAX):
        input = {
            "context": {},
            "events_before": 0,
            "grants": None,
            "run": book.latest_number(workflow_id),
        }
        try:
            results = perform(piece, journal_of(book.ledger), input=input, resume=None)
        except Conflict:
            if sessions or attempt + 1 == STARTS_MAX:
                raise
            time.sleep(START_WAIT_S)
        else:
            return Done(results, sessions[0].run)
    raise AssertionError("unreachable")


def number_of_task(book: Book, workflow_id: str, run: RunId) -> int:
    """The number, in the workflow's log, of the task that a run beside it carried out."""
    submitted = WorkflowEventKind.TASK_SUBMIT
    places = [fact.log_index for fact in book.run_facts(run) if fact.kind is submitted]
    return next(event.sequence for place, event in book.log(workflow_id) if place == places[-1])
