"""A run's record is read before its step comes, and nobody's word is missed for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest
from tests.postgres_server import Server as Postgres
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server, server

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.engine import Engine
from tarl.engines.temporal import ahead, sealing, wire
from tarl.engines.temporal.ahead import Ahead
from tarl.engines.temporal.record import RunLog, RunLogs
from tarl.engines.temporal.runtime import connect
from tarl.errors import Denied, Unavailable
from tarl.governance.policies.ledger import Policies
from tarl.journal.postgres.reading import Reading
from tarl.kernel import events
from tarl.storage import open_store
from tarl.values.ids import RunId

RUN = RunId("a", "r", 1)
STEPS = 30
LONG_S = 90.0

FORBID = """
@id("no")
forbid (principal, action == Action::"call.act", resource);
"""


@activity(name="act")
async def acts_if_it_may(i: int) -> int:
    return i


@workflow
async def takes_steps(ctx: Context, n: int) -> int:
    for i in range(n):
        await ctx.call(acts_if_it_may, i)
    return n


@workflow
async def acts_when_told(ctx: Context) -> list[str]:
    said = []
    for i in range(3):
        await ctx.wait_for_signal("go")
        try:
            said.append(f"done {await ctx.call(acts_if_it_may, i)}")
        except Denied:
            said.append("denied")
    return said


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=2) as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


def settled_steps(rows: Iterable[Any]) -> int:
    """How many steps of a run are over, done or denied."""
    return sum(row.kind in (events.STEP_COMPLETED, events.STEP_DENIED) for row in rows)


class Logs:
    """Counts looks; ``fails`` while the journal is away."""

    def __init__(self) -> None:
        self.looks = 0
        self.fails = False

    def of(self, run: RunId) -> None:
        self.looks += 1
        if self.fails:
            raise Unavailable("gone", code="journal.unreachable")


class Database:
    line = True


class World:
    def __init__(self, store: object = Database) -> None:
        self.store = store
        self.logs = Logs()
        self.loop = asyncio.get_running_loop()
        self.ahead = Ahead(cast(Engine, self), cast(RunLogs, self.logs))

    async def step(self, number: int, *, comes: bool = True) -> bool:
        """Decide on a step, which comes after a while; whether what was read since counts."""
        before = time.monotonic()
        self.ahead.decided(RUN, number)
        await asyncio.sleep(0)  # it has heard, and waits before it looks
        await asyncio.sleep(4 * ahead.TOLD_S)
        if not comes:
            return False
        since_s = self.ahead.came(RUN, number)
        assert since_s >= before
        return since_s < time.monotonic()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, what was read counts."""
    monkeypatch.setattr(ahead, "COUNTS_S", LONG_S)


def test_it_is_looked_once_steps_are_known_to_come_here(patient: None) -> None:
    async def main() -> None:
        world = World()
        assert await world.step(1)
        assert world.logs.looks == 0
        assert await world.step(2)
        assert world.logs.looks == 1
        assert world.ahead.came(RUN, 2) > time.monotonic()  # it came before
        world.ahead.decided(RUN, 3)
        await asyncio.sleep(0)
        assert world.ahead.came(RUN, 3) < time.monotonic()
        await asyncio.sleep(4 * ahead.TOLD_S)
        assert world.logs.looks == 1  # it was faster

    asyncio.run(main())


def test_it_is_not_looked_where_steps_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        monkeypatch.setattr(ahead, "COUNTS_S", LONG_S)
        world = World()
        for number in (1, 2):
            await world.step(number)
        await world.step(3, comes=False)
        assert world.logs.looks == 2
        monkeypatch.setattr(ahead, "COUNTS_S", ahead.TOLD_S)
        await asyncio.sleep(4 * ahead.TOLD_S)
        await world.step(4, comes=False)
        assert world.logs.looks == 2
        assert world.ahead.came(RUN, 3) > time.monotonic()

    asyncio.run(main())


def test_a_file_is_not_read_ahead(patient: None) -> None:
    async def main() -> None:
        world = World(store=None)
        for number in (1, 2):
            assert not await world.step(number)
        assert world.logs.looks == 0

    asyncio.run(main())


def test_a_look_that_fails_does_not_count(patient: None) -> None:
    async def main() -> None:
        world = World()
        await world.step(1)
        world.logs.fails = True
        assert not await world.step(2)
        assert world.logs.looks == 1

    asyncio.run(main())


def test_a_step_that_comes_late_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "COUNTS_S", 2 * ahead.TOLD_S)
    world: list[World] = []

    async def main() -> None:
        world.append(World())
        assert not await world[0].step(1)

    asyncio.run(main())


def test_most_steps_find_their_run_read(
    patient: None, temporal: Server, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def told(cls: Any, name: str) -> None:
        real = getattr(cls, name)

        def telling(self: Any, *args: Any, **more: Any) -> Any:
            said.append(name)
            return real(self, *args, **more)

        monkeypatch.setattr(cls, name, telling)

    async def use() -> int:
        async with tarl.open(postgres.database()) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            async with engine.working(workflows=[takes_steps], activities=[acts_if_it_may]):
                await engine.run(takes_steps, 3, id="warm")
                told(Ahead, "came")
                told(Reading, "_page")
                told(RunLog, "_commit")
                return int(await engine.run(takes_steps, STEPS, id="w"))

    assert asyncio.run(use()) == STEPS
    after = [then for first, then in zip(said, [*said[1:], ""], strict=True) if first == "came"]
    assert len(after) == STEPS
    assert after.count("_commit") > STEPS / 2


def test_a_rule_that_was_put_before_the_code_decided_is_kept(
    patient: None, temporal: Server, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "KNOWN_S", LONG_S)  # who asks beside a step, asks for it too

    async def use() -> Any:
        url, keyring = postgres.database(), Keyring().ensure()
        async with tarl.open(url, keyring=keyring) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            async with engine.working(workflows=[acts_when_told], activities=[acts_if_it_may]):
                started = await engine.start(acts_when_told, id="w")
                other = open_store(url, keyring=keyring)
                rules = Policies(other, clock=SystemClock())
                rules.register("no", FORBID)
                handle = engine.client.get_workflow_handle(wire.workflow_id(started.run_id))
                for settled, change in enumerate((None, rules.activate, rules.deactivate), 1):
                    if change is not None:
                        change("no")
                    await handle.signal("go")  # the engine's store reads nothing for it
                    while settled_steps(other.read(started.run_id.stream)) < settled:
                        await asyncio.sleep(0.05)
                other.close()
                return await started.result()

    assert asyncio.run(use()) == ["done 0", "denied", "done 2"]
