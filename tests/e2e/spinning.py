"""Code that computes without yielding, from ``WAITS`` on, and what it does there: ``CATCHES``."""

SPINS = """
from tarl import Context, activity, workflow


@activity
def one() -> int:
    return 1


@workflow
async def spins(ctx: Context) -> int:
    found = await ctx.call(one)
    while WAITS:
        CATCHES
    return found
"""
