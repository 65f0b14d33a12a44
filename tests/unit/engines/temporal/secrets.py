"""A workflow whose input, result and errors nobody else may read."""

from __future__ import annotations

from tarl import ActivityFailed, Context, activity, workflow


@activity
async def whispers(word: str) -> str:
    raise ValueError(f"not {word}")


@workflow
async def confides(ctx: Context, word: str) -> str:
    try:
        await ctx.call(whispers, word)
    except ActivityFailed as error:
        said = error.message
    return f"{said}, {await ctx.wait_for_signal('more')}"


@workflow
async def betrays(ctx: Context, word: str) -> str:
    raise ValueError(word)
