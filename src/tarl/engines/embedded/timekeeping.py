"""Fires the timers and schedules of a runtime's journal, until it is told to stop.

    keeping = asyncio.create_task(keep_time(runtime, handlers=handlers))

Any number of processes may do so on one journal.
"""

from __future__ import annotations

import asyncio
import os
import uuid

from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.starting import RuntimeStarter
from tarl.values.metrics import Metrics
from tarl.work.leases import Leases
from tarl.work.pulse import POLL_S
from tarl.work.schedules.firing import Firing as ScheduleFiring
from tarl.work.schedules.ledger import Schedules
from tarl.work.timers.firing import Firing as TimerFiring
from tarl.work.timers.handlers import Handlers
from tarl.work.timers.ledger import Timers


async def keep_time(
    runtime: Runtime,
    *,
    handlers: Handlers | None = None,
    metrics: Metrics | None = None,
    poll_s: float = POLL_S,
) -> None:
    """Fire what is due, until cancelled.

    Args:
        runtime: Its journal is looked at, its clock counts, its workflows are started.
        handlers: The functions that timers call; timers are left alone without them.
        metrics: Where it is counted.
        poll_s: How often an idle journal is looked at.
    """
    store, clock = runtime.journal, runtime.engine.clock
    monotonic = asyncio.get_running_loop().time
    holder = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
    schedules = ScheduleFiring(
        Schedules(store, clock=clock, metrics=metrics),
        RuntimeStarter(runtime),
        Leases(store, clock=clock, metrics=metrics),
        holder=holder,
        monotonic=monotonic,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(schedules.keep_firing(poll_s=poll_s))
        if handlers is not None:
            timers = TimerFiring(
                Timers(store, clock=clock, metrics=metrics),
                handlers,
                holder=holder,
                monotonic=monotonic,
            )
            tasks.create_task(timers.keep_firing(poll_s=poll_s))
