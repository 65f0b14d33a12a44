"""Dialogues as they are recorded: the journal of one world, run by run."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, NamedTuple

from tests.dialogues import DIALOGUES, KNOWN, Dialogue
from tests.lab import Recorded, Shown, using

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.journal.event import Event, Row
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.events import CLOSING
from tarl.kernel.history import read_started
from tarl.kernel.rerun import ReplayReport, rerun
from tarl.kernel.runs import RUNS_PROJECTION, STATUS, result_of
from tarl.kernel.shelves import RecordedValues
from tarl.values.ids import RunId

AFTERWARDS_S = 1_000
"""For children that go on when everything has been said."""


class World(NamedTuple):
    """What a dialogue has left: all events in the log's order, and the runs among them."""

    events: list[Event]
    runs: dict[str, Recorded]


def empty() -> MemoryStore:
    projections = (RUNS_PROJECTION, APPROVALS_PROJECTION)
    return MemoryStore(origin="tarl/test", projections=projections)


def hold(dialogue: Dialogue) -> World:
    """Hold a dialogue from its beginning."""
    store = empty()

    async def use(runtime: Runtime) -> None:
        runtime.register(*KNOWN.values())
        handle = await runtime.start(dialogue.workflow, dialogue.input, id="w")
        runtime.engine.committer.flush()
        await dialogue.script(runtime)
        await asyncio.wait([handle.future])
        await asyncio.sleep(AFTERWARDS_S)

    using(store, use)
    return seen(store)


def held(dialogue: Dialogue) -> World:
    """The same, held once."""
    return _held(dialogue.workflow.name)


@cache
def _held(name: str) -> World:
    return hold(next(each for each in DIALOGUES if each.workflow.name == name))


def seen(store: Store) -> World:
    """What a journal holds."""
    streams = list(store.streams())
    events = [event for stream in streams for event in store.read(stream)]
    events.sort(key=lambda event: event.log_index)
    runs = [stream for stream in streams if stream.startswith("run/")]
    return World(events, {stream: _recorded(store, stream) for stream in runs})


def copy(world: World) -> MemoryStore:
    """A journal of its own with all of it."""
    store = empty()
    for e in world.events:
        row = (e.stream, e.seq, e.kind, e.body, e.digest, e.recorded_at_ms, e.commitment)
        store.commit(Batch([Row(*row, e.observed)]))
    return store


def replay(recorded: Recorded, events: int | None = None) -> ReplayReport:
    """A strict replay of a run, or of its first events."""
    return rerun(workflow_of(recorded), recorded.events[:events], shelf=Shown(recorded))


def workflow_of(recorded: Recorded) -> Any:
    return KNOWN[read_started(recorded.events[0]).workflow]


def _recorded(store: Store, stream: str) -> Recorded:
    run, events = RunId.from_stream(stream), list(store.read(stream))
    result, error, last = None, None, events[-1]
    if last.kind in CLOSING:
        shelf = RecordedValues(store, run.tenant)
        try:
            result = result_of(last.kind, last.body or b"", workflow=None, shelf=shelf)
        except RunFailed as failure:
            error = f"{STATUS[last.kind]}: {failure.message}"
    return Recorded(run, events, [], result, error)
