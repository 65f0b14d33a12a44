"""The port through which every room counts: counters, gauges and histograms in one registry.

Names are dotted (``queue.tasks_completed``), units last (``queue.wait_ms``); labels have few
values. A name is of one kind: what was counted once is no gauge later.

Counting never fails, because what is counted must not fail of it. What cannot be counted (a counter
that would fall, a number that is not finite, a name of another kind) is counted as
``metrics.refused``, and series beyond ``SERIES_MAX`` as ``metrics.dropped``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from math import inf
from threading import Lock
from typing import Any, Literal, NamedTuple, Protocol

Labels = tuple[tuple[str, str], ...]
Kind = Literal["counter", "gauge", "histogram"]

BOUNDS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000)
"""Upper bounds of a histogram's buckets, each within it; what is larger falls into one more."""

SERIES_MAX = 10_000
"""Different names and labels together; further ones are counted as ``metrics.dropped``."""

DROPPED = "metrics.dropped"
REFUSED = "metrics.refused"


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


class Series(NamedTuple):
    """One metric with one set of labels, and what it has come to."""

    name: str
    kind: Kind
    labels: Labels
    value: float | Histogram


class Registry:
    """Metrics of one process, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kinds: dict[str, Kind] = {}
        self._numbers: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], Histogram] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter, which never falls."""
        key = name, _sorted(labels)
        with self._lock:
            if self._takes(key, "counter", 0 <= amount < inf):
                self._numbers[key] = self._numbers.get(key, 0) + amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set what something is now."""
        key = name, _sorted(labels)
        with self._lock:
            if self._takes(key, "gauge", -inf < value < inf):
                self._numbers[key] = value

    def observe(self, name: str, value_ms: float, **labels: str) -> None:
        """Add a duration to a histogram."""
        key = name, _sorted(labels)
        with self._lock:
            if not self._takes(key, "histogram", 0 <= value_ms < inf):
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

    def series(self) -> Iterator[Series]:
        """Everything, by name and labels, as it was at one moment."""
        with self._lock:
            everything: dict[tuple[str, Labels], float | Histogram] = {
                **self._numbers,
                **self._histograms,
            }
            kinds = dict(self._kinds)
        for name, labels in sorted(everything):
            yield Series(name, kinds[name], labels, everything[name, labels])

    def as_data(self) -> list[dict[str, Any]]:
        """Everything as JSON values."""
        return [
            {
                "name": each.name,
                "kind": each.kind,
                "labels": dict(each.labels),
                **_value_data(each.value),
            }
            for each in self.series()
        ]

    def _takes(self, key: tuple[str, Labels], kind: Kind, fits: bool) -> bool:
        name = key[0]
        if not fits or self._kinds.get(name, kind) != kind or name in (DROPPED, REFUSED):
            self._miss(REFUSED)
            return False
        known = key in self._numbers or key in self._histograms
        if not known and len(self._numbers) + len(self._histograms) >= SERIES_MAX:
            self._miss(DROPPED)
            return False
        self._kinds[name] = kind
        return True

    def _miss(self, name: str) -> None:
        self._kinds[name] = "counter"
        self._numbers[name, ()] = self._numbers.get((name, ()), 0) + 1


_EMPTY = Histogram((0,) * (len(BOUNDS_MS) + 1), 0, 0.0)


def _sorted(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _value_data(value: float | Histogram) -> dict[str, Any]:
    if not isinstance(value, Histogram):
        return {"value": value}
    bounds = [*map(str, BOUNDS_MS), "inf"]
    return {
        "count": value.observed,
        "sum_ms": value.sum_ms,
        "buckets_ms": dict(zip(bounds, value.buckets, strict=True)),
    }


def totals(metrics: Metrics) -> dict[str, float]:
    """What a registry has counted, by name, over all labels; nothing of metrics that keep none."""
    sums: dict[str, float] = {}
    if isinstance(metrics, Registry):
        for name, _, value in metrics.numbers():
            sums[name] = sums.get(name, 0) + value
    return sums
