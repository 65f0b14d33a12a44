"""How many leases a queue's limits leave room for: a token bucket and a count.

The bucket fills by the clock: one that goes back fills nothing, one that jumps forward fills at
most the burst.
"""

from __future__ import annotations

from typing import NamedTuple

from tarl.journal.projection import Tables

_MICRO = 1_000_000


class Bucket(NamedTuple):
    """What a queue's limits permit now."""

    tables: Tables
    queue: str
    room: int
    micro: int | None
    now_ms: int

    @classmethod
    def open(cls, tables: Tables, queue: str, *, now_ms: int) -> Bucket:
        """The room that there is now."""
        limits = tables.get("queue_limit", queue)
        if limits is None:
            return cls(tables, queue, room=1 << 30, micro=None, now_ms=now_ms)
        if limits["paused"]:
            return cls(tables, queue, room=0, micro=None, now_ms=now_ms)
        room = 1 << 30
        if limits["concurrent_max"] is not None:
            room = limits["concurrent_max"] - tables.count("task_lease", {"queue": queue})
        micro = None
        if limits["rate_micro"] is not None:
            full = limits["burst"] * _MICRO
            known = tables.get("task_bucket", queue)
            micro = full
            if known is not None:
                passed_ms = now_ms - known["filled_at_ms"]
                if passed_ms < 0:
                    tables.update("task_bucket", (queue,), {"filled_at_ms": now_ms})
                filled = max(0, passed_ms) * limits["rate_micro"] // 1_000
                micro = min(full, known["micro"] + filled)
            room = min(room, micro // _MICRO)
        return cls(tables, queue, room, micro, now_ms)

    def take(self, count: int) -> None:
        """Count so many leases."""
        if self.micro is not None:
            row = {"micro": self.micro - count * _MICRO, "filled_at_ms": self.now_ms}
            self.tables.put("task_bucket", {"queue": self.queue, **row})
