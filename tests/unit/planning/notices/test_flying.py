"""Where time flies, what is due is told while the loop stands still."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import cast

from tarl.integrations.planning.telling import _fly
from tarl.work.timers.firing import Firing


def test_the_journal_is_used_by_one_thread_at_a_time() -> None:
    turns = 0
    seen: list[int] = []

    class Telling:
        def fire_due(self) -> None:
            before = turns
            time.sleep(0.05)
            seen.append(turns - before)

    async def scene() -> None:
        nonlocal turns
        flying = asyncio.create_task(_fly(cast(Firing, Telling())))
        async with asyncio.timeout(10):
            while not seen:
                turns += 1  # as a run that commits
                await asyncio.sleep(0)
        flying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flying

    asyncio.run(scene())
    assert seen == [0]
