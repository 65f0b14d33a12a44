"""The wall clock, as a dependency that tests replace."""

from __future__ import annotations

from time import time_ns  # the clock itself, which the guard does not ask about

from tarl.values.instants import Clock

__all__ = ["Clock", "SystemClock"]


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        return time_ns() // 1_000_000
