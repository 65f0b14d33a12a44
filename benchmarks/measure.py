"""Rounds, rates and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Turn(NamedTuple):
    """What one turn did: so much work, in so many seconds."""

    amount: int
    seconds: float


Work = Callable[[], Turn]


class Rate(NamedTuple):
    """What one contestant did, turn by turn."""

    name: str
    turns: list[Turn]

    @property
    def per_s(self) -> float:
        """All work over all time."""
        return sum(turn.amount for turn in self.turns) / sum(turn.seconds for turn in self.turns)

    @property
    def each_per_s(self) -> list[float]:
        """Each turn's own rate."""
        return [turn.amount / turn.seconds for turn in self.turns]


class Finding(NamedTuple):
    """One line of the report.

    ``ratio`` is of the rates over all rounds; ``median`` and its middle half, ``low`` to ``high``,
    are of the rounds' own ratios. ``target`` is what the median must reach where there are rounds,
    because one stall of the disk cannot move it; None when the line is for information.
    """

    what: str
    measured: str
    ratio: float | None = None
    median: float | None = None
    low: float | None = None
    high: float | None = None
    target: str | None = None
    met: bool | None = None


def timed(work: Callable[[], int]) -> Work:
    """A turn of work that says how much it was."""

    def turn() -> Turn:
        begin = time.perf_counter()
        amount = work()
        return Turn(amount, time.perf_counter() - begin)

    return turn


def alternate(contestants: Mapping[str, Work], *, rounds: int) -> dict[str, Rate]:
    """Let the contestants take turns, forwards and backwards in turn, so that noise and drift of
    the machine fall on all of them.

    The first turn of each warms up and does not count.
    """
    rates = {name: Rate(name, []) for name in contestants}
    for work in contestants.values():
        work()
    order = list(contestants)
    for _ in range(rounds):
        for name in order:
            rates[name].turns.append(contestants[name]())
        order.reverse()
    return rates


def against(ours: Rate, other: Rate, *, at_least: float | None = None) -> Finding:
    """Our rate as a multiple of another's."""
    ratio = ours.per_s / other.per_s
    each = [a / b for a, b in zip(ours.each_per_s, other.each_per_s, strict=True)]
    low, middle, high = statistics.quantiles(each, n=4, method="inclusive")
    return Finding(
        f"{ours.name} : {other.name}",
        f"{ours.per_s:,.0f}/s : {other.per_s:,.0f}/s",
        ratio,
        median=middle,
        low=low,
        high=high,
        target=None if at_least is None else f">= {at_least:g}",
        met=None if at_least is None else middle >= at_least,
    )
