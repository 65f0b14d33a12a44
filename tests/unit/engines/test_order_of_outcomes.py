"""Outcomes reach the code in the order of their events, and none follows the end of its run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.corpus import clocks, leaving_behind, mutating, pure_and_strict, pure_steps
from tests.lab import Noting, copied, memory, record, take_up, using
from tests.unit.engines import trials

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import NondeterminismError, Unavailable, UnknownOutcome
from tarl.journal.store import Batch
from tarl.kernel import events
from tarl.kernel.limits import Limits
from tarl.testing.clock import JumpingClock
from tarl.testing.replaycheck import replay_from


class LockedAtTheEnd(Noting):
    """Locked for a while whenever a run's end would be written."""

    def commit(self, batch: Batch, **options: Any) -> None:
        if any(row.kind in events.CLOSING for row in batch.rows) and len(self.sizes) < 1_000:
            self.sizes += [0] * 100
            raise Unavailable("locked", code="journal.locked")
        super().commit(batch, **options)


@pytest.mark.parametrize("workflow", [leaving_behind, trials.leaves_a_callback])
def test_nothing_follows_the_end_of_a_run_whose_last_commit_waits(workflow: Any) -> None:
    store = LockedAtTheEnd(origin="o", projections=memory()._projections)

    async def use(runtime: Runtime) -> Any:
        result = await runtime.run(workflow, id="r")
        return result, await runtime.run(workflow, id="r")

    first, second = using(store, use)
    assert first == second
    kinds = [event.kind for event in store.read("run/default/r/1")]
    assert [kind in events.CLOSING for kind in kinds].index(True) == len(kinds) - 1


@pytest.mark.parametrize("workflow", [pure_and_strict, clocks, pure_steps])
def test_live_and_replayed_code_see_the_same_order_and_times(workflow: Any) -> None:
    store = memory()

    async def use(runtime: Runtime) -> Any:
        return await runtime.run(workflow, 8, id="r")

    result = using(store, use)
    run = next(store.streams())
    replay = replay_from(store, workflow, _run_id(run))
    assert replay.result == result


def test_a_full_window_of_pure_steps_waits_for_the_disk() -> None:
    store = Noting(origin="o", projections=memory()._projections)

    async def use(runtime: Runtime) -> Any:
        return await runtime.run(pure_steps, 40, id="r")

    result = using(store, use, limits=Limits(pure_window=2))
    assert replay_from(store, pure_steps, _run_id("run/default/r/1")).result == result
    assert len(store.sizes) > 40


def test_a_step_gets_the_arguments_that_were_recorded() -> None:
    live = record(mutating, None)
    assert live.result[0][0] == [1]
    assert b'"args":[[1]]' in (live.events[1].body or b"")


def test_a_swallowed_cancellation_leaves_no_outcome_and_frees_its_place() -> None:
    trials.SEEN.clear()
    store = memory()

    async def use(runtime: Runtime) -> Any:
        result = await runtime.run(trials.gives_up, id="r")
        assert runtime.engine.effects._free == 1_000
        return result

    assert using(store, use) == ["done"]
    assert "swallowed" in trials.SEEN
    kinds = [event.kind for event in store.read("run/default/r/1")]
    assert kinds.count(events.STEP_CANCELLED) == 1
    assert kinds.count(events.STEP_COMPLETED) == 1


def test_what_is_known_when_a_run_is_interrupted_is_on_disk() -> None:
    trials.SEEN.clear()
    store = memory()

    async def use(runtime: Runtime) -> None:
        for _ in range(3):
            with pytest.raises(NondeterminismError):
                await runtime.run(trials.peeks_beside_another, id="r")

    using(store, use)
    assert sorted(trials.SEEN) == ["b", "c", "d"]


def test_overdue_timers_fire_in_the_order_in_which_they_were_due() -> None:
    from tests.corpus import racing_timers

    live = record(racing_timers, None)
    both_set = live.commits[-3]
    late = JumpingClock(start_ms=live.events[0].recorded_at_ms + 3_600_000)
    assert take_up(copied(live, both_set), racing_timers, live.run, clock=late).result == "slept"


def test_a_timer_keeps_its_due_time_over_a_restart() -> None:
    from tests.corpus import racing_timers

    live = record(racing_timers, None)
    both_set = live.commits[-3]
    set_at_ms = live.events[both_set - 1].recorded_at_ms
    for down_ms, waits_ms in ((500, 1_500), (1_999, 1), (7_000, 0)):
        clock = JumpingClock(start_ms=set_at_ms + down_ms)
        again = take_up(copied(live, both_set), racing_timers, live.run, clock=clock)
        assert again.result == "slept"
        fired = next(e for e in again.events if e.kind == events.TIMER_FIRED)
        assert abs(fired.recorded_at_ms - set_at_ms - down_ms - waits_ms) <= 1


def test_an_orderly_close_loses_no_answer() -> None:
    for turns in range(12):
        trials.SEEN.clear()
        store = memory()

        async def cut(runtime: Runtime, turns: int = turns) -> None:
            await runtime.start(trials.loops, 40, id="r")
            for _ in range(turns):
                await asyncio.sleep(0)

        using(store, cut)

        async def again(runtime: Runtime) -> Any:
            return await runtime.run(trials.loops, 40, id="r")

        assert using(store, again) == 40
        assert list(range(40)) == trials.SEEN, f"closed after {turns} turns"


def test_a_retry_that_was_allowed_is_allowed_once() -> None:
    live = record(trials.pays_each, ["one"])
    assert [e.kind for e in live.events][1] == events.STEP_SCHEDULED
    store = copied(live, 2)

    async def cut_off(runtime: Runtime) -> None:
        runtime.register(trials.pays_each)
        with pytest.raises(UnknownOutcome):
            await runtime.take_up(live.run)
        runtime.resolve(live.run, step=1, retry=True)
        trials.GATES["one"] = asyncio.Event()
        await runtime.take_up(live.run)
        await asyncio.sleep(1)

    using(store, cut_off)
    del trials.GATES["one"]

    async def again(runtime: Runtime) -> Any:
        runtime.register(trials.pays_each)
        with pytest.raises(UnknownOutcome):
            await runtime.take_up(live.run)
        runtime.resolve(live.run, step=1, result="paid by hand")
        return await runtime.resume(live.run)

    assert using(store, again) == ["paid by hand"]


def _run_id(stream: str) -> Any:
    from tarl.values.ids import RunId

    return RunId.from_stream(stream)
