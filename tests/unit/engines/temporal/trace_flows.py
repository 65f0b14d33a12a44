"""Workflows whose spans are looked at."""

from __future__ import annotations

from opentelemetry.trace import get_current_span

from tarl import Context, activity, workflow
from tarl.kernel.retry import RetryPolicy

TRIES: list[int] = []
"""The spans in which attempts were made."""


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=1))
async def wavers() -> int:
    TRIES.append(get_current_span().get_span_context().span_id)
    if len(TRIES) % 2:
        raise ValueError("xyzzy")
    return 1


@activity(pure=True)
def squares(n: int) -> int:
    return n * n


@workflow
async def inner_span(ctx: Context, n: int) -> int:
    return await ctx.call(squares, n)


@workflow
async def outer_span(ctx: Context, n: int) -> int:
    await ctx.call(wavers)
    child = await ctx.child(inner_span, n)
    return child + await ctx.wait_for_signal("more")


@workflow
async def breaks_span(ctx: Context) -> None:
    raise ValueError("xyzzy")


@workflow
async def goes_round(ctx: Context, left: int) -> int:
    await ctx.call(squares, left)
    if left:
        ctx.continue_as_new(left - 1)
    return left
