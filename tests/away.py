"""A database that is away for a while, how long a loop stood still meanwhile, and a run that lives
through it on whichever engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from tests.links import Link
from tests.postgres_server import Server as Postgres

from tarl import Context, activity, workflow

AWAY_S = 6.0
STALL_S_MAX = 4.0
"""An answer is waited for a second, then two; the machine of the tests is busy with others."""
TICK_S = 0.02


done: list[str] = []
begun: list[asyncio.Event] = []
go_on: list[asyncio.Event] = []


@activity(idempotent=False)
async def pays_once(what: str) -> str:
    done.append(what)
    begun[-1].set()
    await go_on[-1].wait()
    return what


@activity
async def counts(what: str) -> int:
    done.append(f"{what} counted")
    return len(what)


@workflow
async def outlives_the_database(ctx: Context) -> list[object]:
    return [await ctx.call(pays_once, "tea"), await ctx.call(counts, "milk")]


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
