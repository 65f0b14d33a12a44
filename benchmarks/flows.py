"""The work that is measured: steps that do nothing, so that only their recording costs."""

from __future__ import annotations

import asyncio

from tarl import Context, activity, workflow


@activity
async def strict(i: int) -> int:
    """A step under the default durability."""
    return i


@activity(idempotent=False)
async def careful(i: int) -> int:
    """A step whose intent is on disk first."""
    return i


@activity(pure=True)
def pure(i: int) -> int:
    """A step whose result may run ahead of the disk."""
    return i


@activity
def threaded(i: int) -> int:
    """A synchronous step, which runs in a thread."""
    return i


@workflow
async def strict_steps(ctx: Context, n: int) -> int:
    """So many strict steps, one after the other."""
    for i in range(n):
        await ctx.call(strict, i)
    return n


@workflow
async def careful_steps(ctx: Context, n: int) -> int:
    """So many non-idempotent steps."""
    for i in range(n):
        await ctx.call(careful, i)
    return n


@workflow
async def pure_steps(ctx: Context, n: int) -> int:
    """So many pure steps."""
    for i in range(n):
        await ctx.call(pure, i)
    return n


@workflow
async def threaded_steps(ctx: Context, n: int) -> int:
    """So many synchronous steps."""
    for i in range(n):
        await ctx.call(threaded, i)
    return n


WAIT_S = 0.05
"""How long a step of ``waiting_steps`` takes, as one that asks a model or a device does."""


@activity
async def waiting(i: int) -> int:
    """A step that waits."""
    await asyncio.sleep(WAIT_S)
    return i


@workflow
async def waiting_steps(ctx: Context, n: int) -> int:
    """So many steps that wait."""
    for i in range(n):
        await ctx.call(waiting, i)
    return n


FLOWS = {
    "strict": strict_steps,
    "non-idempotent": careful_steps,
    "pure": pure_steps,
    "threaded": threaded_steps,
}
