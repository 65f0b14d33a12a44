"""Workflows whose course is told in their bills."""

from __future__ import annotations

from tarl import Context, activity, workflow
from tarl.kernel.retry import RetryPolicy


@activity(capture="digest")
def formed_hides(text: str, *, loud: bool) -> int:
    return len(text)


@activity(pure=True)
def formed_large() -> str:
    return "x" * 40_000


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=1))
def formed_breaks() -> None:
    raise ValueError("no luck")


@workflow
async def formed_child(ctx: Context, number: int) -> int:
    return number + 1


@workflow
async def formed_flow(ctx: Context) -> str:
    await ctx.call(formed_hides, "secret", loud=True)
    await ctx.call(formed_large)
    await ctx.child(formed_child, 1, id="below")
    await ctx.approval("Go on?", approvers=["alice"], needed=1)
    return "done"


@workflow
async def formed_fails(ctx: Context) -> None:
    await ctx.call(formed_breaks)


@workflow
async def formed_open(ctx: Context) -> None:
    await ctx.approval("Go on?", approvers=["alice"], needed=1)
