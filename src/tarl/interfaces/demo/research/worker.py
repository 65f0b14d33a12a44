"""The process that runs the research: ``worker.py DB RUN_ID TASK_JSON [SOURCE@N]``.

Given the same arguments again, it takes up the run where the journal says it stopped. With
``SOURCE@N`` the run begins as a fork of another.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

import tarl
from tarl.interfaces.demo.research.crew import Task, research


async def work(db: str, run_id: str, task: Task, fork: str | None) -> None:
    """Run to the end."""
    async with tarl.open(db, workflows=[research]) as runtime:
        if fork is None:
            await runtime.run(research, task, id=run_id)
            return
        source, _, at = fork.rpartition("@")
        handle = await runtime.fork(source, at=int(at), input=task, id=run_id)
        await handle.result()


if __name__ == "__main__":
    db, run_id, task_json, *rest = sys.argv[1:]
    task = msgspec.json.decode(task_json, type=Task)
    asyncio.run(work(db, run_id, task, rest[0] if rest else None))
