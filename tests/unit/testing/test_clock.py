"""Time jumps when nobody is busy, and stands still while somebody is."""

from __future__ import annotations

import asyncio
import time

import pytest

from tarl.testing.clock import START_MS, JumpingClock, JumpingLoop, Stalled, run


def test_a_day_of_sleep_takes_no_time_and_timers_keep_their_order() -> None:
    clock, order = JumpingClock(), []

    async def sleeper(hours: float) -> None:
        await asyncio.sleep(hours * 3600)
        order.append((hours, clock.now_ms()))

    async def main() -> None:
        await asyncio.gather(*(sleeper(hours) for hours in (24, 1, 2.5)))

    before = time.monotonic()
    run(main(), clock=clock)
    assert time.monotonic() - before < 5
    hour_ms = 3_600_000
    assert order == [
        (1, START_MS + hour_ms),
        (2.5, START_MS + 5 * hour_ms // 2),
        (24, START_MS + 24 * hour_ms),
    ]


def test_time_stands_still_while_a_thread_works() -> None:
    clock = JumpingClock()

    async def main() -> tuple[str, int]:
        timer = asyncio.ensure_future(asyncio.sleep(60, "timer"))
        thread = asyncio.ensure_future(asyncio.to_thread(time.sleep, 0.05))
        await thread
        at_ms = clock.now_ms()
        return await timer, at_ms

    assert run(main(), clock=clock) == ("timer", START_MS)


def test_timeouts_and_the_clocks_own_hands() -> None:
    clock = JumpingClock(start_ms=1_000)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=10)

    run(main(), clock=clock)
    assert clock.now_ms() == 11_000
    clock.advance(5)
    assert clock.now_ms() == 16_000
    clock.set_wall(2_000)
    assert clock.now_ms() == 2_000
    clock.advance(1)
    assert clock.now_ms() == 3_000


def test_a_loop_in_which_nothing_will_happen_says_so() -> None:
    loop = JumpingLoop(JumpingClock())

    async def main() -> None:
        await asyncio.Event().wait()

    task = loop.create_task(main())
    with pytest.raises(Stalled):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()
