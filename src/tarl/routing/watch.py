"""Failing over whatever falls silent, for as long as somebody watches.

Any number of processes may watch: what one has moved, the others find moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tarl.errors import Unavailable
from tarl.journal.store import Store
from tarl.routing.router import Failover, Router
from tarl.routing.tables import NODE
from tarl.routing.uptime import Uptime
from tarl.values.instants import Clock

LOOK_EVERY_S = 1.0
"""Between two looks, which read the nodes and write only when one is dead and has something."""


async def keep_watching(
    router: Router,
    *,
    every_s: float = LOOK_EVERY_S,
    tell: Callable[[Failover], None] = lambda failover: None,
) -> None:
    """Fail over dead nodes until cancelled; ``tell`` hears of each that something moved from."""
    while True:
        for failover in router.failover_dead():
            if failover.moved:
                tell(failover)
        await asyncio.sleep(every_s)


async def keep_watching_all(
    store: Store,
    *,
    clock: Clock,
    uptime: Uptime,
    every_s: float = LOOK_EVERY_S,
    tell: Callable[[Failover], None] = lambda failover: None,
) -> None:
    """Fail over the dead nodes of every tenant until cancelled; nothing is written while none is
    dead.
    """
    routers: dict[str, Router] = {}
    while True:
        for tenant in sorted({node["tenant"] for node in store.scan(NODE.name)}):
            if tenant not in routers:
                routers[tenant] = Router(store, clock=clock, uptime=uptime, tenant=tenant)
            try:
                for failover in routers[tenant].failover_dead():
                    if failover.moved:
                        tell(failover)
            except Unavailable:
                continue  # the disk is busy: the next look finds them
        await asyncio.sleep(every_s)
