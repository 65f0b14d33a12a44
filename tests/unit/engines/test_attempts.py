"""Attempts of steps: tried again, waited for over restarts, timed out, heard of and cancelled."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines.lives import AtCommit, Lives, outcome

import tarl
from tarl import RetryPolicy, activity, current_attempt, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import TarlError, Unavailable, UnknownOutcome
from tarl.kernel import events as kinds
from tarl.kernel.effect import Effect
from tarl.testing.faults import Crash
from tarl.values.verdict import Deny, Reason, Verdict

SEEN: list[Any] = []
THREAD_MAY_GO_ON = threading.Event()
THREAD_SAW = threading.Event()


class Gone(LookupError):
    pass


@activity(retry=RetryPolicy(attempts_max=5, first_wait_ms=10_000, jitter=0.0))
async def third(name: str) -> int:
    attempt = current_attempt()
    SEEN.append((attempt.number, attempt.last_details))
    tarl.heartbeat({"reached": attempt.number})
    if len(SEEN) < 3:
        raise ConnectionError("not yet")
    return attempt.number


@activity(retry=RetryPolicy(never=("LookupError",)))
async def gone() -> None:
    SEEN.append("gone")
    raise Gone("for good")


@activity(retry=RetryPolicy(attempts_max=3, first_wait_ms=1, never=("Gone",)), timeout_ms=50)
async def hangs() -> None:
    SEEN.append(current_attempt().number)
    await asyncio.sleep(1_000)


@activity(retry=RetryPolicy(attempts_max=None, first_wait_ms=1_000, jitter=0.0))
async def never_works() -> None:
    SEEN.append(current_attempt().number)
    raise ConnectionError("no")


@activity(heartbeat_ms=100, timeout_ms=60_000)
async def speaks(times: int) -> str:
    for n in range(times):
        tarl.heartbeat(n)
        await asyncio.sleep(0.08)
    await asyncio.sleep(10)
    return "went silent and came back"


@activity(timeout_ms=50)
def hangs_in_thread() -> None:
    attempt = current_attempt()
    THREAD_MAY_GO_ON.wait(10)
    try:
        tarl.heartbeat("still there")
    except Unavailable as error:
        SEEN.append((error.code, attempt.number))
    THREAD_SAW.set()


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=1))
async def says(what: str) -> None:
    SEEN.append(what)
    tarl.heartbeat(object() if what == "no JSON" else "x" * 10_000)


@activity(idempotent=False, retry=RetryPolicy(attempts_max=3, first_wait_ms=10), timeout_ms=1_000)
async def pays(how: str) -> str:
    SEEN.append(how)
    if how == "refused" and len(SEEN) < 3:
        raise ConnectionError("the bank said no")
    if how == "slow":
        await asyncio.sleep(10)
    return f"paid {how}"


@workflow
async def calls(ctx: tarl.Context, given: list[Any]) -> Any:
    name, *args = given
    known: dict[str, Any] = {
        "third": third,
        "gone": gone,
        "hangs": hangs,
        "bounded": never_works.options(total_timeout_ms=10_000),
        "never_works": never_works,
        "speaks": speaks,
        "says": says,
        "pays": pays,
        "hangs_in_thread": hangs_in_thread,
    }
    return await ctx.call(known[name], *args)


@workflow
async def gives_up(ctx: tarl.Context) -> str:
    task = asyncio.ensure_future(ctx.call(never_works))
    await ctx.sleep(2.5)
    task.cancel()
    await asyncio.wait([task])
    await ctx.sleep(100)
    return "gave up"


@pytest.fixture(autouse=True)
def unseen() -> None:
    SEEN.clear()


def ended(*given: Any, lives: Lives | None = None) -> tuple[Lives, Any]:
    lives = lives or Lives(calls)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, calls, list(given), "w")

    result = lives.live(use)
    lives.check_replays()
    return lives, result


def test_it_is_tried_again_and_knows_how_far_the_last_came() -> None:
    lives, result = ended("third", "x")
    assert result == 3
    assert SEEN == [(1, None), (2, {"reached": 1}), (3, {"reached": 2})]
    failed = lives.bodies(kinds.ATTEMPT_FAILED)
    assert [(b.attempt, b.wait_ms, b.error.type) for b in failed] == [
        (1, 10_000, "ConnectionError"),
        (2, 20_000, "ConnectionError"),
    ]


@pytest.mark.parametrize("down_s", [0, 4, 3_600], ids=["at once", "shortly", "long"])
def test_a_wait_goes_on_after_a_restart_and_the_attempts_are_counted_on(down_s: float) -> None:
    lives = Lives(calls)
    started_s = lives.clock.elapsed_s

    async def begin(runtime: Runtime) -> None:
        await runtime.start(calls, ["third", "x"], id="w")
        await asyncio.sleep(2)

    lives.live(begin)
    lives.clock.advance(down_s)
    _, result = ended("third", "x", lives=lives)
    assert result == 3
    assert SEEN == [(1, None), (2, {"reached": 1}), (3, {"reached": 2})]
    took = lives.clock.elapsed_s - started_s
    assert took == pytest.approx(max(10, 2 + down_s) + 20, abs=0.2)


def test_an_attempt_that_the_crash_cut_off_has_its_number_again() -> None:
    lives = Lives(calls)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, calls, ["third", "x"], "w")

    with pytest.raises(Crash):
        lives.live(use, faults=AtCommit(3, "crash_before"))
    _, result = ended("third", "x", lives=lives)
    numbers = [number for number, _ in SEEN]
    assert result == numbers[-1]
    assert numbers in ([1, 2, 2], [1, 1, 2], [1, 2, 3])
    assert [b.attempt for b in lives.bodies(kinds.ATTEMPT_FAILED)] == list(range(1, result))


def test_a_clock_that_was_set_back_makes_no_wait_longer_than_the_policy_says() -> None:
    lives = Lives(calls)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(calls, ["third", "x"], id="w")
        await asyncio.sleep(2)

    lives.live(begin)
    lives.clock.set_wall(lives.clock.now_ms() - 3_600_000)
    before_s = lives.clock.elapsed_s
    _, result = ended("third", "x", lives=lives)
    assert result == 3
    assert lives.clock.elapsed_s - before_s < 100


def test_an_error_that_no_attempt_mends_is_the_steps() -> None:
    _, result = ended("gone")
    assert result == "run.failed: Gone: for good"
    assert SEEN == ["gone"]


def test_each_attempt_has_its_time() -> None:
    lives, result = ended("hangs")
    assert result == "run.failed: TimeoutError: no outcome within 50 ms"
    assert SEEN == [1, 2, 3]
    assert len(lives.bodies(kinds.ATTEMPT_FAILED)) == 2


def test_all_attempts_together_have_their_time() -> None:
    lives, result = ended("bounded")
    assert result == "run.failed: ConnectionError: no"
    assert SEEN == [1, 2, 3, 4]  # at 0, 1, 3, 7 s; the next would be at 15 s
    assert lives.clock.elapsed_s < 10


def test_all_attempts_together_have_their_time_over_a_restart() -> None:
    lives = Lives(calls)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(calls, ["bounded"], id="w")
        await asyncio.sleep(2)

    lives.live(begin)
    lives.clock.advance(60)
    _, result = ended("bounded", lives=lives)
    assert result.startswith("run.failed:")
    assert SEEN == [1, 2, 3]


def test_silence_is_noticed_and_speaking_is_heard() -> None:
    lives, result = ended("speaks", 20)
    assert result == "run.failed: TimeoutError: no heartbeat within 100 ms"
    assert 1.6 < lives.clock.elapsed_s < 1.8


def test_a_thread_learns_that_nobody_waits(tmp_path: Path) -> None:
    THREAD_MAY_GO_ON.clear()
    THREAD_SAW.clear()

    async def main() -> str:
        async with tarl.open(tmp_path / "t.db") as runtime:
            result = str(await outcome(runtime, calls, ["hangs_in_thread"], "w"))
            THREAD_MAY_GO_ON.set()
            await asyncio.to_thread(THREAD_SAW.wait, 10)
            return result

    assert asyncio.run(main()) == "run.failed: TimeoutError: no outcome within 50 ms"
    assert SEEN == [("activity.cancelled", 1)]


@pytest.mark.parametrize("what", ["no JSON", "too long"])
def test_a_heartbeat_that_cannot_be_kept_fails_the_attempt(what: str) -> None:
    _, result = ended("says", what)
    assert result.startswith(("run.failed: Invalid:", "run.failed: Exceeded:"))
    assert [what, what] == SEEN


def test_a_cancelled_step_is_not_tried_again() -> None:
    lives = Lives(gives_up)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, gives_up, None, "w")

    assert lives.live(use) == "gave up"
    assert SEEN == [1, 2]
    lives.check_replays()


def test_a_step_that_must_not_run_twice_is_tried_again_when_it_said_no() -> None:
    lives, result = ended("pays", "refused")
    assert result == "paid refused"
    assert len(SEEN) == 3
    assert len(lives.bodies(kinds.STEP_RETRIED)) == 2


def test_a_step_that_must_not_run_twice_is_not_tried_again_after_silence() -> None:
    _, result = ended("pays", "slow")
    assert result == "run.failed: TimeoutError: no outcome within 1000 ms"
    assert SEEN == ["slow"]


def test_a_step_that_must_not_run_twice_and_was_cut_off_needs_somebody_to_decide() -> None:
    lives = Lives(calls)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(calls, ["pays", "slow"], id="w")
        await asyncio.sleep(0.5)

    async def resume(runtime: Runtime) -> Any:
        with pytest.raises(UnknownOutcome):
            await runtime.resume("w")
        runtime.resolve("w", step=1, result="looked")
        return await runtime.resume("w")

    lives.live(begin)
    assert lives.live(resume) == "looked"
    assert SEEN == ["slow"]


def test_a_restart_while_it_waits_to_be_tried_again_needs_nobody() -> None:
    for number in range(1, 9):
        SEEN.clear()
        lives = Lives(calls)

        async def use(runtime: Runtime) -> Any:
            try:
                return await outcome(runtime, calls, ["pays", "refused"], "w")
            except UnknownOutcome:
                runtime.resolve("w", step=1, retry=True)
                return await outcome(runtime, calls, ["pays", "refused"], "w")

        try:
            lives.live(use, faults=AtCommit(number, "crash_after"))
        except Crash:
            assert lives.live(use) == "paid refused"
        lives.check_replays()


def test_the_gate_is_asked_before_each_attempt() -> None:
    class Second(Lives):
        def decide(self, effect: Effect) -> Verdict:
            verdict = super().decide(effect)
            if len(self.attempts) == 2:
                return Deny((Reason(code="test", text="not again"),))
            return verdict

    lives, result = ended("never_works", lives=Second(calls))
    assert "was denied: not again" in result
    assert SEEN == [1]
    assert len(lives.attempts) == 2


def test_outside_an_activity_there_is_no_attempt() -> None:
    for ask in (current_attempt, tarl.heartbeat):
        with pytest.raises(TarlError) as refused:
            ask()
        assert refused.value.code == "activity.outside"
