"""Linear expressions in the making, and variables that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tarl.planning.solver.choices import Choice


class Sum:
    """A linear expression in the making: coefficients by variable, and a constant.

    ``rise`` is how far above its constant it can come.
    """

    def __init__(self, constant: int = 0) -> None:
        self.variables: list[Any] = []
        self.coefficients: list[int] = []
        self.constant = constant
        self.rise = 0

    def add(self, variable: Any, coefficient: int = 1, *, most: int = 1) -> None:
        """One more part: a variable from 0 to ``most``; parts of no weight are left out."""
        if coefficient:
            self.variables.append(variable)
            self.coefficients.append(coefficient)
            self.rise += max(0, coefficient) * most

    def extend(self, other: Sum, factor: int = 1) -> None:
        """Another sum, so many times; ``rise`` is right where that is not below nothing."""
        if factor:
            self.variables += other.variables
            self.coefficients += [factor * each for each in other.coefficients]
            self.constant += factor * other.constant
            self.rise += factor * other.rise

    @property
    def most(self) -> int:
        """It is never more than this."""
        return self.constant + self.rise

    @property
    def expression(self) -> Any:
        """For the library."""
        from ortools.sat.python import cp_model

        return cp_model.LinearExpr.weighted_sum(self.variables, self.coefficients) + self.constant


class Derived(NamedTuple):
    """A variable that follows from others: the least value that is not below ``least`` and, times
    ``denominator``, not below any of the sums less what is ``beyond``.
    """

    variable: Any
    sums: Sequence[Sum]
    beyond: int = 0
    denominator: int = 1
    least: int = 0


def alone(variable: Any) -> Sum:
    alone = Sum()
    alone.add(variable)
    return alone


def raised(net: Sequence[Sum], pairs: Iterable[tuple[Choice, Any]]) -> list[Sum]:
    """The balance of each slot as limits of power count it: with what jobs draw at times beyond
    their mean. Rows to which that adds nothing are the same ones."""
    rows = list(net)
    for choice, literal in pairs:
        for slot, watts in enumerate(choice.option.beyond_w, choice.start):
            if watts:
                if rows[slot] is net[slot]:
                    rows[slot] = Sum()
                    rows[slot].extend(net[slot])
                rows[slot].add(literal, watts)
    return rows


def value_of(derived: Derived, values: Mapping[int, int]) -> int:
    """What a variable follows to be."""
    found = derived.least
    for row in derived.sums:
        total = row.constant + sum(
            coefficient * values.get(variable.index, 0)
            for variable, coefficient in zip(row.variables, row.coefficients, strict=True)
        )
        found = max(found, -((derived.beyond - total) // derived.denominator))
    return found
