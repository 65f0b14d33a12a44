"""Runs whose process died, taken up by another one that has their code and is there anyway.

The operating system's lock says that nobody runs a run; a worker looks for such runs every little
while. A run that cannot go on (somebody has to decide, its code has changed) is named once, and
looked at again when its history has grown.

A run may also kill whoever runs it. That it is taken up is noted before, and the note goes when it
has got on, has ended, or its process has outlived ``PROBATION_S``. A run with a note is taken up
when no other such run is on probation, so that those beside it are not blamed; after ``DEATHS_MAX``
it is left to a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tarl.errors import Conflict, TarlError, Unavailable
from tarl.journal.projection import Coordination, Table, Tables
from tarl.journal.store import Batch
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime

_LOGGER = logging.getLogger("tarl.runtime")

LOOK_WAIT_S = 1.0
"""How long a run may lie interrupted before a worker takes it up."""

PROBATION_S = 10.0
"""A process that dies later after taking up a run did not die of that."""

DEATHS_MAX = 3
"""So many processes in a row may die of a run at one event of it."""

TOGETHER_MAX = 100
"""Runs that are noted in one commit before they are taken up."""

TAKEN_UP = Table(
    name="run_taken_up",
    columns={
        "tenant": "TEXT",
        "workflow_id": "TEXT",
        "n": "INTEGER",
        "seq": "INTEGER",
        "times": "INTEGER",
    },
    key=("tenant", "workflow_id", "n"),
)
"""Runs on probation, or that have outlived whoever took them up: where they were, how often."""

RESUMING_COORDINATION = Coordination(name="resuming", tables=(TAKEN_UP,))


class _Found(NamedTuple):
    """A run that nobody runs; ``times`` it was taken up at this event by processes that died."""

    times: int
    run: RunId
    seq: int


class Resuming:
    """Takes up interrupted runs for one runtime.

    Args:
        runtime: Runs of the workflows that are registered in it are taken up.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._store = runtime.journal
        self._stuck: dict[RunId, int] = {}
        self._elsewhere: set[RunId] = set()
        self._probation: dict[RunId, tuple[int, float]] = {}
        self._suspect: RunId | None = None

    async def keep_resuming(self) -> None:
        """Look again and again, until cancelled."""
        try:
            while True:
                with contextlib.suppress(Unavailable):  # of a busy disk: the next look finds it
                    await self.look()
                await asyncio.sleep(LOOK_WAIT_S)
        except asyncio.CancelledError:  # an orderly end
            self._forget(list(self._probation))
            raise

    async def look(self) -> int:
        """Take up what lies interrupted now; how many runs."""
        self._end_probations()
        taken = len(await self._runtime.engine.offspring.begin_owed())
        found = sorted(self._interrupted(), key=lambda each: each.times)
        clean = [each for each in found if not each.times]
        for at in range(0, len(clean), TOGETHER_MAX):
            taken += await self._take_up(clean[at : at + TOGETHER_MAX])
        if self._suspect is None:
            suspects = [each for each in found if 0 < each.times < DEATHS_MAX][:1]
            self._suspect = suspects[0].run if suspects else None
            taken += await self._take_up(suspects)
        return taken

    def _interrupted(self) -> Iterator[_Found]:
        engine = self._runtime.engine
        running = [
            (RunId(record["tenant"], record["workflow_id"], record["n"]), record["workflow"])
            for record in self._store.scan("run", {"status": "running"})
        ]
        self._elsewhere.intersection_update(run for run, _ in running)
        for run, workflow in running:
            if workflow is None or run.stream in engine.live or not self._runtime.has(workflow):
                continue
            if run in self._elsewhere:
                continue
            head = self._store.head(run.stream)
            if head is None or self._stuck.get(run) == head.seq or not self._is_free(run):
                continue
            noted = self._store.get(TAKEN_UP.name, run.tenant, run.workflow_id, run.n)
            times = noted["times"] if noted is not None and noted["seq"] == head.seq else 0
            if times >= DEATHS_MAX:
                self._name(run, head.seq, f"{times} processes died when they took it up")
            yield _Found(times, run, head.seq)

    def _is_free(self, run: RunId) -> bool:
        engine = self._runtime.engine
        try:
            engine.own(run.stream)
        except Conflict:
            return False
        engine.disown(run.stream)
        return True

    async def _take_up(self, found: list[_Found]) -> int:
        if not found:
            return 0

        def note(tables: Tables) -> None:
            for times, run, seq in found:
                place = {"tenant": run.tenant, "workflow_id": run.workflow_id, "n": run.n}
                tables.put(TAKEN_UP.name, {**place, "seq": seq, "times": times + 1})

        self._store.commit(Batch((), changes=(note,)))
        until_s = asyncio.get_running_loop().time() + PROBATION_S
        self._probation.update({run: (seq, until_s) for _, run, seq in found})
        return sum([await self._take_up_one(run, seq) for _, run, seq in found])

    async def _take_up_one(self, run: RunId, seq: int) -> bool:
        try:
            await self._runtime.take_up(run)
        except TarlError as error:
            if error.code == "run.elsewhere":
                self._elsewhere.add(run)
            elif error.code != "run.owned":
                self._name(run, seq, error.message)
            return False
        self._stuck.pop(run, None)
        return True

    def _end_probations(self) -> None:
        """Take the notes away of what has got on, has ended or was there for long enough."""
        now_s, over = asyncio.get_running_loop().time(), []
        for run, (seq, until_s) in self._probation.items():
            head = self._store.head(run.stream)
            is_live = run.stream in self._runtime.engine.live
            if now_s >= until_s or not is_live or head is None or head.seq != seq:
                over.append(run)
        self._forget(over)

    def _forget(self, runs: list[RunId]) -> None:
        if not runs:
            return

        def change(tables: Tables) -> None:
            for run in runs:
                tables.delete(TAKEN_UP.name, run.tenant, run.workflow_id, run.n)

        self._store.commit(Batch((), changes=(change,)))
        for run in runs:
            self._probation.pop(run, None)
        if self._suspect in runs:
            self._suspect = None

    def _name(self, run: RunId, seq: int, why: str) -> None:
        self._stuck[run] = seq
        _LOGGER.warning("%s cannot go on: %s", run.ref, why, extra={"run": run.ref})
