"""Workflows that schedules start, on every engine."""

from __future__ import annotations

from tarl import Context, activity, workflow

DONE: list[str] = []
"""What was done, in its order."""


@activity
async def note(what: str) -> str:
    DONE.append(what)
    return what


@workflow
async def notes(ctx: Context, what: str) -> str:
    """Done at once."""
    return await ctx.call(note, what)


@workflow
async def dawdles(ctx: Context, what: str) -> str:
    """Goes on until it is told to end, or stopped."""
    await ctx.call(note, f"{what} begins")
    await ctx.wait_for_signal("enough")
    return what


@workflow
async def measures(ctx: Context, values: list[int]) -> int:
    """What comes of a large input."""
    return sum(values)
