"""Whose turn it is to ask something of a schedule: one process at a time, over the journal.

Temporal's scheduler takes one request at a time and forgets one that came just before. A lease of
the schedule's tenant keeps the requests of tarl's processes apart.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tarl.engines.embedded.engine import Engine
from tarl.errors import Unavailable
from tarl.work.leases import Leases

LEASE_MS = 30_000
"""How long one request may take before others stop waiting for it."""

WAIT_S = 0.05
WAITS_MAX = int(1.5 * LEASE_MS / (1_000 * WAIT_S))


class Turns:
    """The turns of one process at the schedules of a journal."""

    def __init__(self, engine: Engine) -> None:
        self._leases = Leases(engine.store, clock=engine.clock, metrics=engine.metrics)
        self._holder = f"temporal-{uuid.uuid4().hex}"
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, tenant: str, schedule_id: str) -> AsyncIterator[None]:
        """Ask something of a schedule while nobody else does.

        Raises:
            Unavailable: others ask all the time (``temporal.unavailable``).
        """
        name = f"schedule/{schedule_id}"
        async with self._here:
            await self._wait(name, tenant)
            try:
                yield
            finally:
                with suppress(Unavailable):  # it ends by itself
                    self._leases.release(name, self._holder, tenant=tenant)

    async def _wait(self, name: str, tenant: str) -> None:
        for _ in range(WAITS_MAX):
            if self._leases.acquire(name, self._holder, duration_ms=LEASE_MS, tenant=tenant):
                return
            await asyncio.sleep(WAIT_S)
        raise Unavailable(
            f"other processes keep asking things of {name}",
            code="temporal.unavailable",
            next_step="try again in a moment",
        )
