"""One journal through several processes that die at a commit: the scenario goes on in the next.

``everywhere`` lets a scenario die at every commit there is, before it reaches the disk and after.
A step with an outcome on disk must never be attempted again, whatever the scenario is about.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tests.lab import memory

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import TarlError
from tarl.journal.event import Event
from tarl.journal.store import Batch, Store
from tarl.kernel import events as kinds
from tarl.kernel.definition import Registry, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.testing.clock import JumpingClock, JumpingLoop
from tarl.testing.faults import Crash, Fault, Faults, FaultyStore
from tarl.testing.replaycheck import replay_from
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Verdict

Scenario = Callable[[Runtime], Awaitable[Any]]

_SETTLED = {kinds.STEP_COMPLETED, kinds.STEP_FAILED, kinds.STEP_DENIED, kinds.STEP_CANCELLED}


class AtCommit(Faults):
    """One fault, at the commit of a number."""

    def __init__(self, number: int, fault: Fault) -> None:
        super().__init__(0, {})
        self.seen = 0
        self._number = number
        self._fault = fault

    def draw(self) -> Fault | None:
        self.seen += 1
        return self._fault if self.seen == self._number else None


class Lives:
    """The journal, and what was attempted in all lives.

    Attributes:
        attempts: ``(life, stream, step, activity, arguments)`` of each attempt, in order.
    """

    def __init__(self, *workflows: Workflow[..., Any], limits: Limits = DEFAULT_LIMITS) -> None:
        self.store: Store = memory()
        self.clock = JumpingClock()
        self.life = 0
        self.attempts: list[tuple[int, str, int, str, tuple[Any, ...]]] = []
        self._workflows = workflows
        self._limits = limits
        self._settled: set[tuple[str, int]] = set()

    def live(self, scenario: Scenario, *, faults: Faults | None = None) -> Any:
        """One process from its start to the scenario's end.

        Raises:
            Crash: it died.
        """
        self.life += 1
        store = FaultyStore(self.store, faults or Faults(0, {}), on_commit=self._committed)
        loop = JumpingLoop(self.clock)
        loop.set_exception_handler(lambda _, context: None)
        self._engine: Engine | None = None
        try:
            return loop.run_until_complete(asyncio.wait_for(self._use(store, scenario), 86_400))
        finally:
            self._bury(loop)

    async def _use(self, store: Any, scenario: Scenario) -> Any:
        engine = Engine(store, owners=None, gate=self, clock=self.clock, limits=self._limits)
        self._engine = engine
        runtime = Runtime(engine, Registry(self._workflows))
        result = await scenario(runtime)
        await runtime.close()
        return result

    def _bury(self, loop: JumpingLoop) -> None:
        assert self._engine is not None
        for run in self._engine.live.values():
            run.execution.stop()
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with contextlib.suppress(BaseException):
                task.get_coro().close()
        self._engine.watchdog.close()
        self._engine.threads.shutdown(wait=True, cancel_futures=True)
        loop.close()

    def decide(self, effect: Effect) -> Verdict:
        """The gate: sees every attempt, allows all."""
        place = effect.run.stream, effect.step
        assert place not in self._settled, f"life {self.life} does {place} again"
        args = tuple(effect.command.arguments()[0])
        self.attempts.append((self.life, *place, effect.activity.name, args))
        return Allow()

    def _committed(self, batch: Batch) -> None:
        for row in batch.rows:
            if row.kind in _SETTLED and row.body is not None:
                self._settled.add((row.stream, DECODERS[row.kind](row.body).step))

    # --- looking

    def events(self, id: str = "w", n: int = 1) -> list[Event]:
        return list(self.store.read(RunId("default", id, n).stream))

    def kinds(self, id: str = "w", n: int = 1) -> list[str]:
        return [event.kind for event in self.events(id, n)]

    def bodies(self, kind: str, id: str = "w", n: int = 1) -> list[Any]:
        return [DECODERS[kind](e.body or b"") for e in self.events(id, n) if e.kind == kind]

    def inbox(self, id: str = "w", n: int = 1) -> list[Event]:
        return list(self.store.read(f"inbox/default/{id}/{n}"))

    def statuses(self) -> dict[str, str]:
        return {record["workflow_id"]: record["status"] for record in self.store.scan("run")}

    def check_replays(self) -> None:
        """Every run verifies, has ended, and its code replays it."""
        known = {workflow.name: workflow for workflow in self._workflows}
        for record in self.store.scan("run"):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            report = replay_from(self.store, known[record["workflow"]], run)
            assert report.ahead == (), f"{run.ref} goes on"


async def outcome(runtime: Runtime, workflow: Workflow[..., Any], given: Any, id: str) -> Any:
    """Start or attach to a run; its result, or its error's text."""
    try:
        return await runtime.run(workflow, given, id=id)
    except TarlError as error:
        if error.code not in ("run.failed", "run.cancelled", "run.terminated"):
            raise
        return f"{error.code}: {error.message}"


def everywhere(
    make: Callable[[], tuple[Lives, Scenario]], *, every: int = 1
) -> Iterator[tuple[Lives, Any]]:
    """The scenario whole, then cut off at every commit; each with its outcome.

    Every other time the second process dies as well, some commits after its start. ``every``: only
    each so-many-th commit, other ones each day; ``TARL_SOAK`` looks at all.
    """
    if "TARL_SOAK" in os.environ:
        every = 1
    offset = int(time.time() // 86_400) % every
    lives, scenario = make()
    counting = AtCommit(0, "crash_before")
    whole = lives.live(scenario, faults=counting)
    yield lives, whole
    deaths: tuple[Fault, ...] = ("crash_before", "crash_after")
    for number in range(1 + offset, counting.seen + 1, every):
        for fault in deaths:
            lives, scenario = make()
            for at in (number, 1 + number % 5) if number % 2 else (number,):
                with contextlib.suppress(Crash):
                    lives.live(scenario, faults=AtCommit(at, fault))
            yield lives, lives.live(scenario)
