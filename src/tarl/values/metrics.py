"""The port through which every room counts: counters, gauges and histograms in one registry.

Names are dotted (``queue.tasks_completed``), units last (``queue.wait_ms``); labels have few
values.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from threading import Lock
from typing import NamedTuple, Protocol

Labels = tuple[tuple[str, str], ...]

BOUNDS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000)
"""Upper bounds of a histogram's buckets; what is larger falls into one more."""

SERIES_MAX = 10_000
"""Different names and labels together; further ones are counted as ``metrics.dropped``."""


class Metrics(Protocol):
    """Where a room counts."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter, which never falls."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set what something is now."""

    def observe(self, name: str, value_ms: float, **labels: str) -> None:
        """Add a duration to a histogram."""


class Unmeasured:
    """Counts nothing, for code that nobody watches."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Nothing."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Nothing."""

    def observe(self, name: str, value_ms: float, **labels: str) -> None:
        """Nothing."""


class Histogram(NamedTuple):
    """Durations by bucket (``BOUNDS_MS`` and one for what is larger), how many and their sum."""

    buckets: tuple[int, ...]
    observed: int
    sum_ms: float


class Registry:
    """Metrics of one process, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], Histogram] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter, which never falls."""
        key = name, _sorted(labels)
        with self._lock:
            if self._has_room(key):
                self._numbers[key] = self._numbers.get(key, 0) + amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set what something is now."""
        key = name, _sorted(labels)
        with self._lock:
            if self._has_room(key):
                self._numbers[key] = value

    def observe(self, name: str, value_ms: float, **labels: str) -> None:
        """Add a duration to a histogram."""
        key = name, _sorted(labels)
        with self._lock:
            if not self._has_room(key):
                return
            buckets, observed, total = self._histograms.get(key) or _EMPTY
            at = bisect_left(BOUNDS_MS, value_ms)
            grown = (*buckets[:at], buckets[at] + 1, *buckets[at + 1 :])
            self._histograms[key] = Histogram(grown, observed + 1, total + value_ms)

    def numbers(self) -> Iterator[tuple[str, Labels, float]]:
        """Counters and gauges, by name."""
        with self._lock:
            found = sorted(self._numbers.items())
        return ((name, labels, value) for (name, labels), value in found)

    def histograms(self) -> Iterator[tuple[str, Labels, Histogram]]:
        """Histograms, by name."""
        with self._lock:
            found = sorted(self._histograms.items())
        return ((name, labels, value) for (name, labels), value in found)

    def _has_room(self, key: tuple[str, Labels]) -> bool:
        known = key in self._numbers or key in self._histograms
        if known or len(self._numbers) + len(self._histograms) < SERIES_MAX:
            return True
        dropped = "metrics.dropped", ()
        self._numbers[dropped] = self._numbers.get(dropped, 0) + 1
        return False


_EMPTY = Histogram((0,) * (len(BOUNDS_MS) + 1), 0, 0.0)


def _sorted(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))
