"""Rounds, rates and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Rate(NamedTuple):
    """What one contestant did: units of work and seconds, round by round."""

    name: str
    rounds: list[tuple[int, float]]

    @property
    def per_s(self) -> float:
        """All work over all time."""
        return sum(n for n, _ in self.rounds) / sum(s for _, s in self.rounds)

    @property
    def each_per_s(self) -> list[float]:
        """Each round's own rate."""
        return [n / s for n, s in self.rounds]


def alternate(contestants: dict[str, Callable[[], int]], *, rounds: int) -> dict[str, Rate]:
    """Let the contestants take turns; each call does its work and says how much it was.

    The first turn of each warms up and does not count.
    """
    rates = {name: Rate(name, []) for name in contestants}
    for turn in range(rounds + 1):
        for name, work in contestants.items():
            begin = time.perf_counter()
            amount = work()
            took = time.perf_counter() - begin
            if turn:
                rates[name].rounds.append((amount, took))
    return rates


class Finding(NamedTuple):
    """One line of the report; ``target`` is what the ratio must reach, None when it is for
    information.
    """

    what: str
    measured: str
    ratio: float | None = None
    target: str | None = None
    met: bool | None = None


def against(ours: Rate, other: Rate, *, at_least: float | None = None) -> Finding:
    """Our rate as a multiple of another's."""
    ratio = ours.per_s / other.per_s
    middle = statistics.median(
        a / b for a, b in zip(ours.each_per_s, other.each_per_s, strict=True)
    )
    measured = f"{ours.per_s:,.0f}/s : {other.per_s:,.0f}/s (median of rounds {middle:.2f})"
    target = None if at_least is None else f">= {at_least:g}"
    met = None if at_least is None else ratio >= at_least
    return Finding(f"{ours.name} : {other.name}", measured, ratio, target, met)
