"""The process that the crash test of timers and schedules kills; it fires both until then.

Usage: ``python -m tests.crash.time_worker JOURNAL EFFECTS``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import tarl
from tarl import Context, activity, workflow
from tarl.engines.embedded.timekeeping import keep_time
from tarl.work.timers.handlers import Due, Handlers

EFFECTS = "TIME_EFFECTS"


def note(line: str) -> None:
    """One line in one write: no kill leaves half of it."""
    file = os.open(os.environ[EFFECTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


@activity
def mark(number: int) -> int:
    note(f"run {number}")
    return number


@workflow
async def marked(ctx: Context, number: int = 0) -> int:
    return await ctx.call(mark, number)


async def main(journal: Path) -> None:
    async with tarl.open(journal, workflows=[marked]) as runtime:
        await runtime.resume_all()

        async def ring(due: Due) -> None:
            timer = runtime.journal.get("durable_timer", due.tenant, due.timer_id)
            status = None if timer is None else timer["status"]
            note(f"begin {due.timer_id} {status}")
            await asyncio.sleep(0.02)
            note(f"end {due.timer_id}")

        handlers = Handlers()
        handlers.register(ring, name="ring")
        print("up", flush=True)
        await keep_time(runtime, handlers=handlers)


if __name__ == "__main__":
    os.environ[EFFECTS] = sys.argv[2]
    asyncio.run(main(Path(sys.argv[1])))
