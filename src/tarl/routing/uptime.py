"""How long the machine has been up: time that nobody sets, the same for all of its processes.

Silence is measured with it. A wall clock that is set forward or back would bury the living or keep
the dead; a process's own monotonic clock means nothing to another. ``CLOCK_MONOTONIC`` counts from
the machine's start (clock_gettime(2)) and stands still while it sleeps, as its nodes do.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from time import CLOCK_MONOTONIC, clock_gettime_ns  # this module is the clock's shell
from typing import NamedTuple, Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Mark(NamedTuple):
    """A moment: milliseconds since a start of the machine, and which start that was (empty where
    the system does not say).
    """

    boot: str
    ms: int


class Uptime(Protocol):
    """Where marks come from."""

    def mark(self) -> Mark:
        """This moment."""


class SystemUptime:
    """The machine's own."""

    @cached_property
    def boot(self) -> str:
        """Which start of the machine this is, where Linux says so."""
        try:
            return _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def mark(self) -> Mark:
        """This moment."""
        return Mark(self.boot, clock_gettime_ns(CLOCK_MONOTONIC) // 1_000_000)


def elapsed_ms(since: Mark, now: Mark) -> int:
    """How long ago a mark was made; of one before the machine's start, how long ago that was, which
    is the least that it can be.
    """
    if since.boot != now.boot or (not now.boot and since.ms > now.ms):
        return now.ms
    return max(0, now.ms - since.ms)
