"""A workflow whose activity logs."""

from __future__ import annotations

import logging

from tarl import Context, activity, workflow

LOGGER = "tarl.test_speaking"


@activity
async def speak() -> None:
    logging.getLogger(LOGGER).info("said")


@workflow
async def flow(ctx: Context) -> None:
    await ctx.call(speak)
