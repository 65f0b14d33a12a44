"""Waiting in a journal that other processes write to as well: until an instant, or a change.

The wall clock says what is due; sleeps are short and run on the loop's own monotonic clock, after
which both are asked again. So a clock that is set forward or back delays nothing by more than one
sleep, and what another process commits is seen as soon.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from tarl.journal.store import Store

PAUSE_S = 0.002
"""Between two looks at the least, so that a busy journal does not keep the loop busy as well."""

POLL_S = 0.01
"""How long an idle wait sleeps before it looks again; a look takes a few microseconds."""


class Clock(Protocol):
    """UTC in integer milliseconds."""

    def now_ms(self) -> int: ...


async def due_or_changed(
    store: Store, clock: Clock, *, seen: int, due_at_ms: int | None, poll_s: float = POLL_S
) -> None:
    """Return when the instant has come, or when the store's revision is not ``seen`` any more."""
    await asyncio.sleep(min(poll_s, PAUSE_S))
    while store.revision() == seen:
        wait_s = poll_s
        if due_at_ms is not None:
            left_ms = due_at_ms - clock.now_ms()
            if left_ms <= 0:
                return
            wait_s = min(poll_s, left_ms / 1000)
        await asyncio.sleep(wait_s)
