"""Workflows whose code can be changed after they have run; ``CHANGED`` names in what."""

from __future__ import annotations

import asyncio
from typing import Any

from tarl import ChildFailed, Context, RetryPolicy, activity, workflow

CHANGED: set[str] = set()
CALLS: list[str] = []
LARGE = 50_000


def new(what: str, otherwise: Any, changed: Any) -> Any:
    """One of two values: the second where the code is changed in this."""
    return changed if what in CHANGED else otherwise


@activity
async def recount_fetches(item: str) -> str:
    CALLS.append("recount_fetches")
    return f"{item}!"


@activity(pure=True)
def recount_weighs(item: str) -> int:
    CALLS.append("recount_weighs")
    if item == "bad":
        raise ValueError("weightless")
    return len(item)


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=1, jitter=0))
async def recount_fails(item: str) -> None:
    raise OSError(item)


@activity
async def recount_undoes(item: str, result: str) -> None:
    CALLS.append("recount_undoes")


@activity(compensate=recount_undoes)
async def recount_books(item: str) -> str:
    return f"booked {item}"


@activity(redact=["email"])
async def recount_writes(to: str) -> None:
    CALLS.append("recount_writes")


@workflow
async def recounted(ctx: Context, item: str) -> list[Any]:
    """A bit of everything that Temporal's history tells."""
    discounts: list[int] = []

    def discount(value: int) -> int:
        discounts.append(value)
        return new("answer", value, value + 1)  # type: ignore[no-any-return]

    async def refuse(_: Any) -> None:
        raise ValueError(new("refusal", "never", "not today"))

    ctx.on_update("discount", discount)
    ctx.on_update("refuse", refuse)
    if "patched" in CHANGED and ctx.patched("checks the stock"):
        await ctx.call(recount_fetches, "stock")
    if "more" in CHANGED:
        await ctx.call(recount_fetches, "more")
    weight = await ctx.call(recount_weighs, new("pure", item, "other"))
    try:
        await ctx.call(recount_weighs, new("failed pure", "bad", "worse"))
    except Exception as error:
        weight += len(str(error))
    if "timer away" not in CHANGED:
        await ctx.sleep(new("timer", 0.02, 0.03))
    first = await ctx.call(new("activity", recount_fetches, recount_books), item)
    name = new("order", ("b", "c"), ("c", "b"))
    both = await asyncio.gather(*(ctx.call(recount_fetches, each) for each in name))
    if "fewer" not in CHANGED:
        try:
            await ctx.call(recount_fails, "down")
        except Exception as error:
            first += str(error)
    child = await ctx.child(new("child", recount_child, recount_other), new("input", 3, 4))
    try:
        await ctx.child(recount_child, -1)
    except ChildFailed as error:
        first += str(error)
    await ctx.call(recount_writes, new("redacted", "one@example.org", "two@example.org"))
    await ctx.wait_for_signal("go")
    decided = await ctx.approval(
        new("question", "Really?", "Is it?"), approvers=["alice"], expires_s=0.05
    )
    if "more at the end" in CHANGED:
        await ctx.call(recount_fetches, "end")
    return [weight, first, *both, child, decided.status, discounts, *new("result", (), ("so",))]


@workflow
async def recount_child(ctx: Context, n: int) -> int:
    if n < 0:
        raise ValueError(new("error", "too few", "far too few"))
    return n * 2


@workflow
async def recount_other(ctx: Context, n: int) -> int:
    return n


@workflow
async def recount_large(ctx: Context, item: str) -> int:
    """Makes large values, and reads none."""
    await ctx.call(recount_weighs, item * new("large", LARGE, LARGE + 1))
    return 1


@workflow
async def recount_reads(ctx: Context, item: str) -> int:
    """Reads a large input; gives a child one."""
    return len(item) + await ctx.child(recount_measures, item)


@workflow
async def recount_measures(ctx: Context, item: str) -> int:
    return len(item)


@workflow
async def recount_goes_on(ctx: Context, n: int) -> int:
    if n < 2:
        ctx.continue_as_new(n + new("continued", 1, 2))
    return n


@workflow
async def recount_cancelled(ctx: Context) -> None:
    await ctx.call(recount_books, "a")
    try:
        await ctx.wait_for_signal("never")
    except asyncio.CancelledError:
        await ctx.call(recount_fetches, new("clean-up", "broom", "mop"))
        raise


@workflow
async def recount_waits(ctx: Context) -> Any:
    await ctx.call(recount_fetches, new("waiting", "a", "b"))
    return await ctx.wait_for_signal("never")


@workflow
async def recount_gives_up(ctx: Context) -> str:
    """A step and a timer that are taken back before Temporal hears of them."""
    task = asyncio.create_task(ctx.call(recount_fetches, "in vain"))
    await asyncio.sleep(0)
    task.cancel()
    try:
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
    finally:
        pass
    last = await ctx.call(recount_fetches, "at last")
    return str(await ctx.call(recount_fetches, "once more") if "once more" in CHANGED else last)


WORKFLOWS = [
    recounted,
    recount_child,
    recount_other,
    recount_large,
    recount_reads,
    recount_measures,
    recount_goes_on,
    recount_cancelled,
    recount_waits,
    recount_gives_up,
]
