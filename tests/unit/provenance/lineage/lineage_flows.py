"""Workflows whose lineage is drawn."""

from __future__ import annotations

from typing import Any

from tarl import Context, activity, workflow


@activity()
async def lineage_loads(path: str, sha256: str) -> str:
    return f"{path}: {sha256[:4]}"


@workflow
async def lineage_adds(ctx: Context, n: int) -> int:
    return n + 1


@workflow
async def lineage_trains(ctx: Context, given: dict[str, Any]) -> str:
    await ctx.call(lineage_loads, "prices.csv", given["dataset"])
    await ctx.child(lineage_adds, 1, id="adder")
    asked = await ctx.approval("Use it?", approvers=["alice"], needed=1)
    return asked.status


@workflow
async def lineage_counts(ctx: Context, n: int) -> int:
    if n:
        ctx.continue_as_new(n - 1)
    return n


@workflow
async def lineage_writes(ctx: Context, given: dict[str, str]) -> str:
    return given["into"]


@workflow
async def lineage_breaks(ctx: Context) -> None:
    raise ValueError("no")


@workflow(name="plan")
async def carries_out(ctx: Context, given: dict[str, Any]) -> None:
    """Has the name of the workflow that carries plans out, and its input."""
