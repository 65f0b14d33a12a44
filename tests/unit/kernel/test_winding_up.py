"""What becomes of waiting code when a run's loop is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tarl.kernel.loop import DeterministicLoop, winding_up


def let_go(*waiting: Coroutine[Any, Any, Any], cancelled: bool) -> DeterministicLoop:
    """A loop that ran until all wait, and was closed."""
    timers: list[Any] = []
    loop = DeterministicLoop(
        on_timer=lambda timer, delay_s: timers.append(timer), on_timer_cancelled=timers.append
    )
    for each in waiting:
        if cancelled:
            with winding_up():
                loop.create_task(each)
        else:
            loop.create_task(each)
    loop.run_ready()
    loop.close()
    return loop


async def waits(told: list[str], *, cleans: bool = False) -> None:
    try:
        told.append("waits")
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        told.append("cancelled")
        raise
    finally:
        told.append("cleans")
        if cleans:
            await asyncio.sleep(0)
            told.append("cleaned")


def test_code_is_closed_where_it_waits_and_is_not_cancelled() -> None:
    told: list[str] = []
    loop = let_go(waits(told), cancelled=False)
    assert told == ["waits", "cleans"]
    assert loop.is_closed()


def test_code_that_winds_up_is_cancelled_and_may_wait_to_clean_up() -> None:
    told: list[str] = []
    loop = let_go(waits(told, cleans=True), cancelled=True)
    assert told == ["waits", "cancelled", "cleans", "cleaned"]
    assert loop.is_closed()
    assert loop.open_tasks() == []


def test_tasks_that_it_began_wind_up_too() -> None:
    told: list[str] = []

    async def outer() -> None:
        inner = asyncio.create_task(waits(told, cleans=True))
        try:
            await inner
        finally:
            told.append("outer")

    let_go(outer(), cancelled=True)
    assert told == ["waits", "cancelled", "cleans", "cleaned", "outer"]


def test_code_that_will_not_end_is_closed_in_the_end() -> None:
    told: list[str] = []

    async def stubborn() -> None:
        while True:
            try:
                told.append("again")
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                continue

    loop = let_go(stubborn(), cancelled=True)
    assert told == ["again", "again"]
    assert loop.is_closed()


def test_who_awaits_code_that_winds_up_sees_nothing_of_it() -> None:
    told: list[str] = []

    async def workflow() -> None:
        with winding_up():
            inner = asyncio.create_task(waits(told))
        try:
            await inner
        except asyncio.CancelledError:
            told.append("the workflow saw it")

    let_go(workflow(), cancelled=False)
    assert told == ["waits", "cancelled", "cleans"]
