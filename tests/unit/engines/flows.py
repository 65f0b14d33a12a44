"""Small workflows for the tests of the runtime."""

import asyncio
from dataclasses import dataclass
from typing import Any

from tarl import ActivityFailed, Context, Denied, activity, current_effect, workflow

CALLS: list[tuple[str, str]] = []


@dataclass(frozen=True)
class Order:
    item: str
    price_minor: int


@activity
async def double(n: int) -> int:
    CALLS.append(("double", current_effect().key))
    return n * 2


@activity
def double_in_thread(n: int) -> int:
    return n * 2


@activity(idempotent=False)
async def pay(amount_minor: int) -> str:
    CALLS.append(("pay", current_effect().key))
    return f"paid {amount_minor}"


@activity(needs={"net.connect"})
async def fetch() -> str:
    return "fetched"


@activity
async def breaks() -> None:
    raise ValueError("no such thing")


@activity(timeout_ms=20)
async def slow() -> None:
    await asyncio.sleep(5)


@activity
async def odd_result(kind: str) -> Any:
    return {"nan": float("nan"), "set": {1}, "surrogate": "\ud800", "huge": 2**60}[kind]


@activity
async def order(item: str) -> Order:
    return Order(item, 120)


@activity
async def ship(order: Order, *, fast: bool = False) -> str:
    assert isinstance(order, Order)
    return f"{order.item} {'fast' if fast else 'slow'}"


@workflow
async def doubled_sum(ctx: Context, n: int) -> int:
    total = 0
    for i in range(n):
        total += await ctx.call(double, i)
    return total


@workflow
async def threads(ctx: Context, n: int) -> list[int]:
    return list(await asyncio.gather(*(ctx.call(double_in_thread, i) for i in range(n))))


@workflow
async def pays_once(ctx: Context) -> str:
    return await ctx.call(pay, 100)


@workflow
async def tolerant(ctx: Context) -> list[str]:
    seen = []
    for step in (breaks, slow):
        try:
            await ctx.call(step)
        except ActivityFailed as error:
            seen.append(f"{error.type}: {error}")
    return seen


@workflow
async def odd(ctx: Context, kind: str) -> str:
    try:
        await ctx.call(odd_result, kind)
    except ActivityFailed as error:
        return error.type
    return "accepted"


@workflow
async def typed(ctx: Context, item: str) -> Order:
    placed = await ctx.call(order, item)
    assert isinstance(placed, Order)
    assert await ctx.call(ship, placed, fast=True) == f"{item} fast"
    return placed


@workflow
async def fails_at_once(ctx: Context) -> None:
    raise KeyError("lost")


@workflow
async def fetches(ctx: Context) -> str:
    try:
        return await ctx.call(fetch)
    except Denied as error:
        return str(error.code)


@workflow
async def sleeps(ctx: Context, seconds: float) -> float:
    before = ctx.now()
    await ctx.sleep(seconds)
    return (ctx.now() - before).total_seconds()


@workflow
async def waits_for_nothing(ctx: Context) -> None:
    await asyncio.Event().wait()


@workflow
async def peeks_at_the_clock(ctx: Context) -> float:
    return getattr(__import__("time"), "time")()  # noqa: B009


@workflow
async def returns_a_set(ctx: Context) -> Any:
    return {1, 2}


@workflow
async def echo(ctx: Context, value: Any) -> Any:
    return value
