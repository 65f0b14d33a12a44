"""Workflows that hear, undo, try again and have children; names that other processes find again."""

from __future__ import annotations

import asyncio
from typing import Any

from tarl import ChildFailed, Context, RetryPolicy, activity, workflow

TRIES: dict[str, int] = {}
"""How often the activities below have been tried in this process, by name."""

QUICK = RetryPolicy(attempts_max=4, first_wait_ms=100, jitter=0.5)


def tried(name: str) -> int:
    TRIES[name] = TRIES.get(name, 0) + 1
    return TRIES[name]


@activity
async def echo(value: Any) -> Any:
    return value


@activity
async def slow(value: Any) -> Any:
    await asyncio.sleep(1)
    return value


@activity
async def breaks(text: str) -> None:
    raise ValueError(text)


@activity(retry=QUICK)
async def third_time(name: str) -> str:
    """Fails twice; counted over all lives, as the world is."""
    if tried(name) < 3:
        raise ConnectionError("not yet")
    return f"{name} done"


@activity
async def unbook(what: str, result: str) -> str:
    assert result == f"booked {what}"
    return f"unbooked {what}"


@activity(retry=QUICK)
async def unbook_hard(what: str) -> str:
    if tried(what) < 2:
        raise ConnectionError("undo later")
    return "undone"


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=10))
async def unbook_never(what: str) -> str:
    raise ConnectionError("cannot be undone")


@activity(compensate=unbook)
async def book(what: str) -> str:
    return f"booked {what}"


@activity(compensate=unbook_hard)
async def book_hard(what: str) -> str:
    return what


@activity(compensate=unbook_never)
async def book_for_ever(what: str) -> str:
    return what


# --- messages


@workflow
async def collects(ctx: Context, n: int) -> list[Any]:
    """Takes n signals, some before it waits for them."""
    got = [await ctx.call(echo, "first")]
    for _ in range(n):
        got.append(await ctx.wait_for_signal("item"))
        await ctx.call(echo, got[-1])
    return got[1:]


@workflow
async def handles(ctx: Context, n: int) -> list[Any]:
    """Takes n signals by a handler that itself has steps."""
    got: list[Any] = []
    full = asyncio.Event()

    async def take(value: Any) -> None:
        got.append(value)
        await ctx.call(echo, value)
        if len(got) == n:
            full.set()

    ctx.on_signal("item", take)
    await full.wait()
    return got


@workflow
async def picks(ctx: Context) -> list[Any]:
    """Filters, several names and a bounded wait."""
    got = [await ctx.wait_for_signal("a", where=lambda p: p > 10)]
    got.append(await ctx.wait_for_signal("b"))
    try:
        async with asyncio.timeout(5):
            await ctx.wait_for_signal("never")
    except TimeoutError:
        got.append("late")
    got.append(await ctx.wait_for_signal("a"))
    return got


@workflow
async def waits_in_parallel(ctx: Context) -> list[Any]:
    return list(await asyncio.gather(*(ctx.wait_for_signal("item") for _ in range(3))))


@workflow
async def angry(ctx: Context) -> None:
    """A handler that raises, after something was booked."""
    await ctx.call(book, "room")

    async def explode(text: str) -> None:
        await ctx.call(echo, text)
        raise ValueError(text)

    ctx.on_signal("item", explode)
    while True:
        await ctx.call(slow, "busy")


@workflow
async def account(ctx: Context, start: int) -> int:
    """Updates with a validator, an asynchronous handler and failures; a query looks."""
    balance = [start]

    def is_number(amount: Any) -> None:
        if not isinstance(amount, int) or amount <= 0:
            raise ValueError(f"{amount!r} is no amount")

    async def add(amount: int) -> int:
        checked = await ctx.call(slow, amount)
        balance[0] += checked
        return balance[0]

    def fail(_: Any) -> None:
        raise RuntimeError("never works")

    def deposit(amount: int) -> int:
        balance[0] += amount
        return balance[0]

    ctx.on_update("add", add, validator=is_number)
    ctx.on_update("deposit", deposit, validator=is_number)
    ctx.on_update("fail", fail)
    ctx.on_query("balance", lambda: balance[0])
    await ctx.wait_for_signal("close")
    return balance[0]


@workflow
async def leaves_handlers(ctx: Context, n: int) -> int:
    """Does not wait for the handlers of its updates."""

    async def add(amount: int) -> int:
        await ctx.sleep(1_000)
        return amount

    ctx.on_update("add", add)
    if await ctx.wait_for_signal("close"):
        ctx.continue_as_new(n + 1)
    return n


@workflow
async def cleans(ctx: Context) -> None:
    """Has steps in ``finally`` when it is cancelled."""
    await ctx.call(book, "car")
    try:
        await ctx.sleep(10_000)
    finally:
        await ctx.call(slow, "sweep")
        await ctx.call(echo, "lights out")


@workflow
async def ignores(ctx: Context) -> str:
    try:
        await ctx.sleep(10_000)
    except asyncio.CancelledError:
        await ctx.call(echo, "heard")
    return "finished all the same"


# --- sagas


@workflow
async def trip(ctx: Context, names: list[str]) -> None:
    for name in names:
        await ctx.call(book, name)
    await ctx.call(book_hard, "hard")
    await ctx.call(breaks, "no seats")


@workflow
async def stuck(ctx: Context) -> None:
    """What cannot be undone is named; the others are undone all the same."""
    await ctx.call(book, "one")
    await ctx.call(book_for_ever, "two")
    await ctx.call(book, "three")
    raise LookupError("lost")


@workflow
async def deadlocked(ctx: Context) -> None:
    await ctx.call(book, "one")
    await asyncio.Event().wait()


@workflow
async def together(ctx: Context) -> None:
    """Concurrent bookings of which one fails."""
    async with asyncio.TaskGroup() as group:
        group.create_task(ctx.call(book, "left"))
        group.create_task(ctx.call(book, "right"))
        group.create_task(ctx.call(breaks, "middle"))


# --- retries


@workflow
async def tries(ctx: Context, names: list[str]) -> list[str]:
    return list(await asyncio.gather(*(ctx.call(third_time, name) for name in names)))


# --- children


@workflow
async def square(ctx: Context, n: int) -> int:
    await ctx.sleep(n)
    return int(await ctx.call(echo, n * n))


@workflow
async def fails(ctx: Context, text: str) -> None:
    await ctx.call(book, "child's")
    raise RuntimeError(text)


@workflow
async def sleeps(ctx: Context) -> str:
    try:
        await ctx.sleep(10_000)
    finally:
        await ctx.call(slow, "child sweeps")
    return "awake"


@workflow
async def family(ctx: Context, n: int) -> list[Any]:
    """One, all, first, failing, cancelled and left children."""
    ctx.child(sleeps, id="left-to-cancel", close_policy="cancel")
    ctx.child(sleeps, id="left-to-terminate")
    ctx.child(square, 50, id="left-alone", close_policy="abandon")
    got: list[Any] = [await ctx.child(square, 2)]
    got.append(await asyncio.gather(*(ctx.child(square, i, id=f"kid-{i}") for i in range(n))))
    try:
        await ctx.child(fails, "naughty", id="naughty")
    except ChildFailed as error:
        got.append([error.status, error.type])
    stopped = ctx.child(sleeps, id="stopped")
    stopped.cancel()
    try:
        await stopped
    except ChildFailed as error:
        got.append(error.status)
    return got


@workflow
async def generations(ctx: Context, depth: int) -> str:
    """Cancelled at the top, each is undone at its level."""
    await ctx.call(book, f"level {depth}")
    if depth:
        child = ctx.child(generations, depth - 1, id=f"level-{depth - 1}", close_policy="cancel")
        return str(await child)
    await ctx.sleep(10_000)
    return "bottom"


# --- continuation


@workflow
async def counts(ctx: Context, state: list[int]) -> str:
    n, last = state
    await ctx.call(echo, n)
    if n < last:
        ctx.continue_as_new([n + 1, last])
    return f"ended at {n}"


@workflow
async def hops(ctx: Context, state: list[Any]) -> list[Any]:
    """Takes one signal in each run and goes on as the next."""
    seen, wanted = state
    seen = [*seen, await ctx.wait_for_signal("item")]
    await ctx.call(echo, seen[-1])
    if len(seen) < wanted:
        ctx.continue_as_new([seen, wanted])
    return list(seen)
