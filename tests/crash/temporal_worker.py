"""The worker that the crash test of the engine on Temporal kills.

Usage: ``python -m tests.crash.temporal_worker JOURNAL EFFECTS ADDRESS QUEUE``. It ends when it is
killed. A worker that is silent is given up sooner than usual, so that the test is not long.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import timedelta

from tests.crash import mix

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import steps
from tarl.engines.temporal.runtime import TemporalRuntime, connect
from tarl.errors import Unavailable
from tarl.kernel.definition import Activity

ACTIVITIES = [each for each in vars(mix).values() if isinstance(each, Activity)]


async def reach(runtime: Runtime, address: str, queue: str) -> TemporalRuntime:
    """Connect, once there is a server."""
    while True:
        try:
            return await connect(runtime, address, task_queue=queue)
        except Unavailable:
            await asyncio.sleep(0.2)


async def work(journal: str, address: str, queue: str, works: list[bool]) -> None:
    """Be a worker for ever; it works once that is noted."""
    steps.LOST_AFTER = timedelta(seconds=4)
    async with tarl.open(journal, workflows=mix.MIX) as runtime:
        engine = await reach(runtime, address, queue)
        async with engine.working(workflows=mix.MIX, activities=ACTIVITIES):
            print("READY", flush=True)
            works.append(True)
            await asyncio.Event().wait()


def begin(journal: str, address: str, queue: str) -> None:
    """Work, once there is a journal; where one that was there is gone, Python says so."""
    works: list[bool] = []
    while True:
        try:
            asyncio.run(work(journal, address, queue, works))
        except Unavailable:
            if works:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    os.environ[mix.EFFECTS_VARIABLE] = sys.argv[2]
    begin(sys.argv[1], *sys.argv[3:5])
