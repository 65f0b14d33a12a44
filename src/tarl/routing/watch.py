"""Failing over whatever falls silent, for as long as somebody watches.

Any number of processes may watch: what one has moved, the others find moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tarl.routing.router import Failover, Router

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
