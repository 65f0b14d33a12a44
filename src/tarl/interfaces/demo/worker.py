"""The process that runs the demonstration's workflow: ``worker.py DB RUN_ID TASK_JSON``.

Given the same arguments again, it takes up the run where the journal says it stopped.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

import tarl
from tarl.interfaces.demo.loads import Task, cheapest_windows


async def work(db: str, run_id: str, task: Task) -> None:
    """Run to the end."""
    async with tarl.open(db) as runtime:
        await runtime.run(cheapest_windows, task, id=run_id)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], msgspec.json.decode(sys.argv[3], type=Task)))
