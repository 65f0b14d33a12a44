"""Waiting in a journal that other processes write to as well: until an instant, or a change.

The wall clock says what is due; sleeps are short and run on the loop's own monotonic clock, after
which both are asked again. So a clock that is set forward or back delays nothing by more than one
sleep, and what another process commits is seen as soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable

from tarl.journal.store import Store
from tarl.values.instants import Clock

PAUSE_S = 0.002
"""Between two looks at the least, so that a busy journal does not keep the loop busy as well."""

POLL_S = 0.01
"""How long an idle wait sleeps before it looks again; a look takes a few microseconds."""


class Watch:
    """How long this process has seen something unchanged, by a clock that nobody sets.

    What another process renews is alive; what has not changed for its lifetime is a dead one's,
    whatever the wall clocks say.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: dict[Hashable, tuple[object, float]] = {}

    def unchanged_s(self, key: Hashable, value: object) -> float:
        """Seconds since this value was first seen under the key; it is looked at now."""
        now_s = self._monotonic()
        known = self._seen.get(key)
        if known is None or known[0] != value:
            self._seen[key] = value, now_s
            return 0.0
        return now_s - known[1]

    def keep_only(self, keys: Collection[Hashable]) -> None:
        """Forget what is not there any more."""
        self._seen = {key: seen for key, seen in self._seen.items() if key in keys}


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
