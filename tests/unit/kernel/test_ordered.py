"""asyncio's waits, as workflows have them, give what asyncio's own give in any other loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.lab import record

from tarl import Context, workflow

Program = Callable[[], Awaitable[Any]]
PROGRAMS: dict[str, Program] = {}


def program(fn: Program) -> Program:
    PROGRAMS[fn.__name__] = fn
    return fn


async def gives(value: Any, *, after_turns: int = 1) -> Any:
    for _ in range(after_turns):
        await asyncio.sleep(0)
    return value


async def fails(why: str) -> None:
    await asyncio.sleep(0)
    raise ValueError(why)


async def error_of(awaited: Awaitable[Any]) -> str:
    try:
        return f"no error: {await awaited!r}"
    except (Exception, asyncio.CancelledError) as error:
        return repr(error)


@program
async def gathers_in_the_order_of_the_arguments() -> Any:
    return await asyncio.gather(gives("a", after_turns=5), gives("b"), gives("c", after_turns=3))


@program
async def gathers_nothing() -> Any:
    return await asyncio.gather()


@program
async def gathers_one_thing_twice() -> Any:
    once = asyncio.ensure_future(gives("once"))
    return await asyncio.gather(once, gives("other"), once)


@program
async def gathers_what_is_done() -> Any:
    done = [asyncio.ensure_future(each) for each in (gives(1), gives(2))]
    await asyncio.wait(done)
    gathered = asyncio.gather(*done)
    return [gathered.cancelled(), await gathered]


@program
async def gathers_up_to_the_first_error() -> Any:
    last = asyncio.ensure_future(gives("goes on", after_turns=9))
    seen = await error_of(asyncio.gather(gives(1), fails("first"), last))
    return [seen, last.done(), await last]


@program
async def gathers_errors_as_values() -> Any:
    cancelled = asyncio.ensure_future(gives(0, after_turns=9))
    asyncio.get_running_loop().call_soon(cancelled.cancel, "no more")
    seen = await asyncio.gather(fails("why"), gives(1), cancelled, return_exceptions=True)
    return [repr(each) for each in seen]


@program
async def gathers_a_cancelled_one() -> Any:
    cancelled = asyncio.ensure_future(gives(0, after_turns=9))
    cancelled.cancel()
    return await error_of(asyncio.gather(gives(1), cancelled))


@program
async def cancels_all_that_it_gathers() -> Any:
    members = [asyncio.ensure_future(gives(i, after_turns=9)) for i in range(3)]
    gathered = asyncio.gather(*members, return_exceptions=True)
    asyncio.get_running_loop().call_soon(gathered.cancel)
    seen = await error_of(gathered)
    return [seen, [each.cancelled() for each in members], gathered.cancel()]


@program
async def cancels_a_gathering_that_is_over() -> Any:
    gathered = asyncio.gather(gives(1), asyncio.gather(gives(2), gives(3)))
    return [await gathered, gathered.cancel()]


@program
async def waits_within_the_limit() -> Any:
    future = asyncio.get_running_loop().create_future()
    future.set_result("was there")
    return [
        await asyncio.wait_for(gives("in time"), 5),
        await asyncio.wait_for(gives("without a limit"), None),
        await asyncio.wait_for(future, 0),
        await asyncio.wait_for(asyncio.shield(gives("shielded")), 5),
    ]


@program
async def waits_beyond_the_limit() -> Any:
    begun: list[str] = []

    async def begins() -> None:
        begun.append("begun")

    never = asyncio.get_running_loop().create_future()
    seen = [
        await error_of(asyncio.wait_for(asyncio.shield(never), 0.001)),
        await error_of(asyncio.wait_for(never, 0.001)),
        await error_of(asyncio.wait_for(begins(), 0)),
        await error_of(asyncio.wait_for(fails("own"), 5)),
    ]
    return [seen, never.cancelled(), begun]


@program
async def waits_until_it_is_cancelled() -> Any:
    never = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(asyncio.wait_for(never, 60))
    await asyncio.sleep(0)
    task.cancel("enough")
    return [await error_of(task), never.cancelled()]


@program
async def completes_in_the_order_of_the_ends() -> Any:
    waits = [gives(turns, after_turns=turns) for turns in (7, 1, 5, 3)]
    return [await each for each in asyncio.as_completed(waits)]


@program
async def completes_up_to_the_limit() -> Any:
    never = asyncio.get_running_loop().create_future()
    ended = list(
        asyncio.as_completed([gives(1, after_turns=9), never, fails("first")], timeout=0.01)
    )
    return [await error_of(each) for each in ended]


@program
async def completes_one_thing_once() -> Any:
    once = asyncio.ensure_future(gives("once"))
    return [len(list(map(asyncio.ensure_future, asyncio.as_completed([once, once]))))]


@program
async def a_condition_wakes_as_many_as_it_is_told_to() -> Any:
    condition, woken = asyncio.Condition(), []

    async def waits(name: str) -> None:
        async with condition:
            woken.append([name, await condition.wait()])

    tasks = [asyncio.ensure_future(waits(name)) for name in "abc"]
    await gives(None, after_turns=5)
    async with condition:
        condition.notify()
    await gives(None, after_turns=5)
    first = list(woken)
    async with condition:
        condition.notify_all()
    await asyncio.wait(tasks)
    return [first, woken, await error_of(condition.wait())]


@program
async def a_wait_that_is_cancelled_has_the_lock_again() -> Any:
    condition, seen = asyncio.Condition(), []

    async def waits() -> None:
        async with condition:
            try:
                await condition.wait()
            finally:
                seen.append(condition.locked())

    task = asyncio.ensure_future(waits())
    await gives(None, after_turns=3)
    async with condition:
        task.cancel()
        await gives(None, after_turns=3)
        task.cancel()
        seen.append(task.done())
    return [await error_of(task), seen, condition.locked()]


@program
async def a_semaphore_has_so_much_room() -> Any:
    semaphore, inside, most = asyncio.BoundedSemaphore(2), [0], [0]

    async def goes_in() -> None:
        async with semaphore:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            await asyncio.sleep(0)
            inside[0] -= 1

    tasks = [asyncio.ensure_future(goes_in()) for _ in range(6)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.wait(tasks)
    return [most, tasks[3].cancelled(), semaphore.locked(), inside]


@program
async def room_that_nobody_takes_is_there_again() -> Any:
    semaphore = asyncio.Semaphore(1)
    await semaphore.acquire()
    task = asyncio.ensure_future(semaphore.acquire())
    await asyncio.sleep(0)
    semaphore.release()
    task.cancel()
    return [await error_of(task), semaphore.locked()]


@workflow
async def carries_out(ctx: Context, name: str) -> Any:
    return await PROGRAMS[name]()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_wait_gives_a_workflow_what_asyncio_gives(name: str) -> None:
    recorded = record(carries_out, name)
    own = asyncio.run(PROGRAMS[name]())  # type: ignore[arg-type]

    assert recorded.error is None
    assert recorded.result == own


def test_what_is_completed_can_be_asked_for_as_it_was_given() -> None:
    @program
    async def tells_which() -> Any:
        tasks = {asyncio.ensure_future(gives(n, after_turns=n)): n for n in (5, 1, 3)}
        return [tasks[each] async for each in asyncio.as_completed(tasks)]

    assert record(carries_out, "tells_which").result == [1, 3, 5]
