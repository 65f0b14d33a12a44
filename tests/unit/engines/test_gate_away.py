"""A step whose gate cannot look, because the journal is away: it waits, and is not denied."""

from __future__ import annotations

from typing import Any

import pytest
from tests.lab import memory

from tarl import Context, RetryPolicy, activity, workflow
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Unavailable
from tarl.journal.patience import AWAY_S_MAX
from tarl.journal.store import Store
from tarl.kernel.definition import Registry
from tarl.kernel.effect import Effect
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.testing.clock import JumpingClock, run
from tarl.values.verdict import Allow, Verdict

DONE: list[str] = []


class Away:
    """A gate whose journal is away for so many looks of each step."""

    def __init__(self, looks: float) -> None:
        self._looks = looks
        self._looked: dict[int, int] = {}

    def decide(self, effect: Effect) -> Verdict:
        looked = self._looked[effect.step] = self._looked.get(effect.step, 0) + 1
        if looked <= self._looks:
            raise Unavailable("gone", code="journal.unreachable")
        return Allow()


@activity(name="away.plain")
async def plain(what: str) -> str:
    DONE.append(what)
    return what


@activity(name="away.once", idempotent=False)
async def once(what: str) -> str:
    DONE.append(what)
    return what


@activity(name="away.pure", pure=True)
def pure(what: str) -> str:
    DONE.append(what)
    return what


@activity(name="away.again", retry=RetryPolicy(attempts_max=2, first_wait_ms=1))
async def again(what: str) -> str:
    DONE.append(what)
    if DONE.count(what) == 1:
        raise ConnectionError("not yet")
    return what


@workflow
async def takes_every_kind(ctx: Context) -> list[str]:
    return [await ctx.call(each, each.name) for each in (plain, once, pure, again)]


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def ran(store: Store, gate: Any) -> Any:
    clock = JumpingClock()

    async def go() -> Any:
        engine = Engine(store, owners=None, gate=gate, clock=clock, limits=DEFAULT_LIMITS)
        runtime = Runtime(engine, Registry())
        try:
            return await runtime.run(takes_every_kind, id="r")
        finally:
            await runtime.close()

    return run(go(), clock=clock)


def test_it_is_taken_once_the_journal_is_back() -> None:
    store = memory()
    names = ["away.plain", "away.once", "away.pure", "away.again"]
    assert ran(store, Away(3)) == names
    assert [*names, "away.again"] == DONE
    kinds = [event.kind for event in store.read("run/default/r/1")]
    assert "step.denied/1" not in kinds
    assert "step.retried/1" not in kinds
    assert kinds.count("step.scheduled/1") == len(names)


def test_the_run_is_interrupted_when_it_stays_away() -> None:
    store = memory()
    with pytest.raises(Unavailable) as interrupted:
        ran(store, Away(AWAY_S_MAX * 1_000))
    assert interrupted.value.code == "journal.unreachable"
    assert DONE == []
    assert ran_again(store) == "completed"


def ran_again(store: Store) -> str:
    clock = JumpingClock()

    async def go() -> str:
        gate = Away(0)
        engine = Engine(store, owners=None, gate=gate, clock=clock, limits=DEFAULT_LIMITS)
        runtime = Runtime(engine, Registry([takes_every_kind]))
        try:
            await runtime.resume("r")
        finally:
            await runtime.close()
        record = store.get("run", "default", "r", 1)
        assert record is not None
        return str(record["status"])

    return run(go(), clock=clock)
