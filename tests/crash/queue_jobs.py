"""What the workers of the crash test carry out: each line of the log is one attempt."""

from __future__ import annotations

import asyncio
import json
import os
import time

from tarl import Context, activity, workflow
from tarl.work.workers.attempt import current_attempt

LOG = "TARL_CRASH_LOG"


def note(what: str, number: int) -> None:
    attempt = current_attempt()
    line = {
        "what": what,
        "number": number,
        "task": attempt.task.id if attempt else None,
        "fence": attempt.fence if attempt else None,
        "worker": attempt.worker if attempt else None,
    }
    file = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, json.dumps(line).encode() + b"\n")
    os.close(file)


@activity
async def waits(number: int) -> int:
    note("waits", number)
    await asyncio.sleep(number % 5 / 50)
    attempt = current_attempt()
    assert attempt is not None
    return attempt.fence


@activity
def computes(number: int) -> int:
    note("computes", number)
    time.sleep(number % 3 / 50)
    attempt = current_attempt()
    assert attempt is not None
    return attempt.fence


@activity
async def poison(number: int) -> None:
    note("poison", number)
    os.kill(os.getpid(), 9)


@activity
async def step(number: int) -> int:
    note("step", number)
    await asyncio.sleep(0.02)
    return number


@workflow
async def steps(ctx: Context, number: int) -> int:
    total = 0
    for i in range(4):
        total += await ctx.call(step, number * 10 + i)
    return total
