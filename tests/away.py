"""A database that is away for a while, and how long a loop stood still meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from tests.links import Link
from tests.postgres_server import Server as Postgres

AWAY_S = 6.0
STALL_S_MAX = 4.0
"""An answer is waited for a second, then two; the machine of the tests is busy with others."""
TICK_S = 0.02


class Stalls:
    """How long the loop was kept from turning, at most."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(TICK_S)
            self.longest_s = max(self.longest_s, time.monotonic() - before_s - TICK_S)


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Stalls]:
    stalls = Stalls()
    task = asyncio.create_task(stalls.watch())
    try:
        yield stalls
    finally:
        task.cancel()


def vanish(how: str, postgres: Postgres, link: Link, gone: Callable[[], object]) -> None:
    """Have the database away for a while, dead or silent; ``gone`` is called when it is."""
    if how == "dead":
        postgres.kill()
    else:
        link.hold()
    gone()
    time.sleep(AWAY_S)
    if how == "dead":
        postgres.start()
    elif how == "forgotten":
        link.reset()
    else:
        link.go_on()
