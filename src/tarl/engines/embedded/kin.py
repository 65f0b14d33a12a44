"""What the journal says about who has started whom, whoever runs them.

A *tie* is a child that a run has asked for and whose end the run has not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.recorded import closing_event, continued
from tarl.journal.store import Store
from tarl.kernel import events, history
from tarl.kernel.events import DECODERS, ChildStarted, RunStarted
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

_ENDED = frozenset({events.CHILD_COMPLETED, events.CHILD_FAILED})

KIN_MAX = 10_000
"""Runs that are looked at before a cycle is ruled out."""


class Tie(NamedTuple):
    """A child that was asked for, and the place of that in the journal's log."""

    child: ChildStarted
    log_index: int


def name_of(run: RunId) -> str:
    """How a run is named in the events of its children."""
    return run.stream.removeprefix("run/")


def run_of(name: str) -> RunId:
    """The run of such a name."""
    return RunId.from_stream(f"run/{name}")


def ties(store: Store, run: RunId) -> list[Tie]:
    """A run's children that have not ended, as far as it knows."""
    found: dict[int, Tie] = {}
    for event in store.read(run.stream):
        if event.body is None:
            continue
        if event.kind == events.CHILD_STARTED:
            child = DECODERS[event.kind](event.body)
            found[child.child] = Tie(child, event.log_index)
        elif event.kind in _ENDED:
            found.pop(DECODERS[event.kind](event.body).child, None)
    return list(found.values())


def first_started(store: Store, run: RunId) -> RunStarted:
    """How a run was started, or the first of those that went on as it."""
    started = history.started(store, run)
    while started.continues is not None:
        started = history.started(store, run_of(started.continues))
    return started


def is_begun_by(store: Store, run: RunId, parent: RunId) -> bool:
    """Whether a run, or what went on as it, is a child of that parent; another one may have
    attached to it.
    """
    return store.head(run.stream) is not None and (
        first_started(store, run).parent == name_of(parent)
    )


def own_children(engine: Engine, parent: RunId) -> Iterator[tuple[RunId, str]]:
    """Open runs that a run has begun, with their close policies."""
    for tie in ties(engine.store, parent):
        run = latest_run(engine, parent.tenant, tie.child.id)
        if run is None or not is_begun_by(engine.store, run, parent):
            continue
        if closing_event(engine.store, run) is None:
            yield continued(engine.store, run), tie.child.close_policy


def waits_for(engine: Engine, run: RunId, target: RunId, *, before: int) -> bool:
    """Whether open runs, each a child of the one before, lead from one run to another.

    Ties from ``before`` on in the log do not count: of the ties of a cycle one is the last, and
    whoever makes that one sees all others.
    """
    store, ahead, seen = engine.store, [run], set[RunId]()
    while ahead and len(seen) < KIN_MAX:
        here = continued(store, ahead.pop())
        if here == target:
            return True
        if here in seen or closing_event(store, here) is not None:
            continue
        seen.add(here)
        for tie in ties(store, here):
            child = latest_run(engine, here.tenant, tie.child.id)
            if tie.log_index < before and child is not None:
                ahead.append(child)
    return False
