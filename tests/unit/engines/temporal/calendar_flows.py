"""Workflows for schedules on Temporal; their steps write into a file, for workers that are
processes of their own.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tarl import Context, activity, workflow


@activity
async def stamp(what: str) -> str:
    with (Path(os.environ["SHOP"]) / "done").open("a") as file:
        file.write(f"{what} {os.getpid()} -\n")
    await asyncio.sleep(0.3)
    return what


@workflow
async def stamps(ctx: Context, what: str) -> str:
    return await ctx.call(stamp, what)


@workflow
async def adds(ctx: Context, values: list[int]) -> int:
    return sum(values)
