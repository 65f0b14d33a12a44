"""A sliding window of one minute: never more than so many in any 60 seconds.

The window holds how many there were in each of the last 61 whole seconds, so that whatever lies
less than 60 seconds back is counted, and some of the 61st second with it.

Clocks step. A reading before the newest one is taken for the newest one, so two processes whose
clocks differ do not make time pass twice; but when the clock has gone back by more than the window
is long, the whole window moves with it, or nothing would pass until the clock had caught up. A step
forward empties the window once.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

SECONDS = 61
_SLOTS = Struct(f">{SECONDS}Q")
_NOTHING = (0,) * SECONDS


class Window(NamedTuple):
    """What passed lately: ``slots[i]`` in the second ``newest_s - i``."""

    newest_s: int = 0
    slots: tuple[int, ...] = _NOTHING

    @property
    def used(self) -> int:
        """How many passed in the window."""
        return sum(self.slots)

    def at(self, now_ms: int) -> Window:
        """The window as it is at an instant."""
        steps = now_ms // 1000 - self.newest_s
        if steps >= SECONDS:
            return Window(now_ms // 1000)
        if steps > 0:
            return Window(now_ms // 1000, (0,) * steps + self.slots[:-steps])
        if steps < -SECONDS:
            return Window(now_ms // 1000, self.slots)
        return self

    def plus(self, amount: int) -> Window:
        """The window with so many more, now."""
        return Window(self.newest_s, (self.slots[0] + amount, *self.slots[1:]))

    def wait_ms(self, amount: int, *, quota: int, now_ms: int) -> int | None:
        """How long until so many may pass; None when they never may."""
        if amount > quota:
            return None
        used = self.used
        for age in range(SECONDS - 1, -1, -1):
            if used + amount <= quota:
                return max(0, (self.newest_s + SECONDS - 1 - age) * 1000 - now_ms)
            used -= self.slots[age]
        return max(0, (self.newest_s + SECONDS) * 1000 - now_ms)


def pack(window: Window) -> bytes:
    """The slots as bytes."""
    return _SLOTS.pack(*window.slots)


def unpack(newest_s: int, slots: bytes) -> Window:
    """The window of bytes that ``pack`` made."""
    return Window(newest_s, _SLOTS.unpack(slots))
