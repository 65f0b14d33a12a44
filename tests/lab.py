"""Runs of the corpus in memory, on jumping time: recorded, cut off anywhere and taken up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.resuming import RESUMING_COORDINATION
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import TarlError, UnknownOutcome
from tarl.journal.codec import Stored
from tarl.journal.event import Event, Row
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.definition import Registry, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.rerun import ReplayReport, rerun
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.kernel.values import Shelf
from tarl.testing.clock import JumpingClock, run
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict


class NoSecrets:
    """A gate that refuses the activity ``secret``."""

    def decide(self, effect: Effect) -> Verdict:
        if effect.activity.name == "secret":
            return Deny((Reason(code="test.secret", text="secrets are not for tests"),))
        return Allow()


class Recorded(NamedTuple):
    """A run's history, its large values, and what it came to: a result or an error's text.

    ``commits`` are the lengths that the history had on disk at one time or another.
    """

    run: RunId
    events: list[Event]
    blobs: list[tuple[bytes, Stored]]
    result: Any
    error: str | None
    commits: tuple[int, ...] = ()

    @property
    def facts(self) -> list[tuple[str, bytes | None]]:
        return [(event.kind, event.body) for event in self.events]


def memory(**options: Any) -> MemoryStore:
    rooms = {
        "projections": (RUNS_PROJECTION, APPROVALS_PROJECTION),
        "coordinations": (RESUMING_COORDINATION,),
    }
    return MemoryStore(origin="tarl/test", **rooms, **options)


class Shown(Shelf):
    """A recorded run's large values, from the recording alone."""

    def __init__(self, recorded: Recorded) -> None:
        self._blobs = dict(recorded.blobs)

    def put(self, data: bytes) -> str:
        return sha256(data).hexdigest()

    def get(self, digest: str) -> bytes:
        return self._blobs[bytes.fromhex(digest)].data


def replayed(
    workflow: Workflow[..., Any], recorded: Recorded, events: int | None = None
) -> ReplayReport:
    """A replay of a recorded run, or of its first events."""
    return rerun(workflow, recorded.events[:events], shelf=Shown(recorded))


def ending(report: ReplayReport) -> tuple[Any, str | None]:
    """Result and error of a replay, as ``Recorded`` has them."""
    error = report.error
    return report.result, None if error is None else f"{error.type}: {error.message}"


def copied(recorded: Recorded, events: int | None = None) -> MemoryStore:
    """A journal that holds the first events of a recorded run."""
    store = memory()
    rows = [
        Row(e.stream, e.seq, e.kind, e.body, e.digest, e.recorded_at_ms, e.commitment, e.observed)
        for e in recorded.events[:events]
    ]
    store.commit(Batch(rows, recorded.blobs))
    return store


async def opened(
    store: Store,
    clock: JumpingClock,
    use: Callable[[Runtime], Awaitable[Any]],
    limits: Limits = DEFAULT_LIMITS,
) -> Any:
    """Use a runtime over the store and close it."""
    engine = Engine(store, owners=None, gate=NoSecrets(), clock=clock, limits=limits)
    runtime = Runtime(engine, Registry())
    try:
        return await use(runtime)
    finally:
        await runtime.close()


def using(
    store: Store,
    use: Callable[[Runtime], Awaitable[Any]],
    *,
    clock: JumpingClock | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Any:
    """``opened`` in a loop of its own."""
    jumping = clock or JumpingClock()
    return run(opened(store, jumping, use, limits), clock=jumping)


def record(
    workflow: Workflow[..., Any], input: Any, *, clock: JumpingClock | None = None, id: str = "w"
) -> Recorded:
    """Run a workflow live to its end."""
    store = Noting(origin="tarl/test", projections=(RUNS_PROJECTION,))

    async def use(runtime: Runtime) -> Recorded:
        handle = await runtime.start(workflow, input, id=id)
        return await _ended(store, handle)

    result: Recorded = using(store, use, clock=clock)
    return result._replace(commits=tuple(store.sizes))


class Noting(MemoryStore):
    """Notes the log's size after each commit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sizes: list[int] = []

    def commit(self, batch: Batch, **options: Any) -> None:
        super().commit(batch, **options)
        self.sizes.append(self.log_size())


def take_up(
    store: MemoryStore,
    workflow: Workflow[..., Any],
    run_id: RunId,
    *,
    clock: JumpingClock | None = None,
) -> Recorded:
    """Bring a cut-off run to its end, trying again what was cut off."""

    async def use(runtime: Runtime) -> Recorded:
        runtime.register(workflow)
        while True:
            try:
                return await _ended(store, await runtime.take_up(run_id))
            except UnknownOutcome as error:
                runtime.resolve(run_id, step=error.facts["step"], retry=True)

    result: Recorded = using(store, use, clock=clock)
    return result


async def _ended(store: MemoryStore, handle: Any) -> Recorded:
    result, error = None, None
    try:
        result = await handle.result()
    except UnknownOutcome:
        raise
    except TarlError as failure:
        if failure.code != "run.failed":
            raise
        error = str(failure)
    events = list(store.read(handle.run_id.stream))
    return Recorded(handle.run_id, events, list(store._blobs.items()), result, error)


def names(corpus: Sequence[tuple[Workflow[..., Any], Any]]) -> list[str]:
    """For the parameters of tests."""
    return [workflow.name for workflow, _ in corpus]
