"""A workflow for workers that are processes of their own; its steps write into files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tarl import Context, activity, current_effect, workflow


def _note(name: str) -> None:
    with (Path(os.environ["SHOP"]) / "done").open("a") as file:
        file.write(f"{name} {os.getpid()} {current_effect().key}\n")


@activity
async def quick(n: int) -> int:
    _note(f"quick-{n}")
    return n


@activity
async def lingers() -> int:
    _note("lingers")
    while not (Path(os.environ["SHOP"]) / "go").exists():
        await asyncio.sleep(0.02)
    return os.getpid()


@activity(idempotent=False)
async def lingers_once() -> int:
    _note("lingers_once")
    while not (Path(os.environ["SHOP"]) / "go").exists():
        await asyncio.sleep(0.02)
    return 1


@workflow
async def survives(ctx: Context, item: int) -> list[int]:
    first = await ctx.call(quick, item)
    await ctx.call(lingers)
    rest = await asyncio.gather(*(ctx.call(quick, item + k) for k in (1, 2)))
    return [first, *rest]


@workflow
async def acts_once(ctx: Context) -> int:
    return await ctx.call(lingers_once)
