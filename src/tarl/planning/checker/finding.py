"""What a check found wrong, and what it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.household import Device, Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep, Spent
from tarl.planning.slots import HOUR_MS, Grid
from tarl.planning.task import Constraint

_ALONG = re.compile(r"r\d+\.")
"""How ids of goals begin that were planned along: ``r1.g1``."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong with a plan; ``step_id`` is empty where no one step is to blame."""

    code: str
    text: str
    step_id: str = ""
    facts: dict[str, Any] = {}


def finding(*, code: str, text: str, step: ExecutionStep | None = None, **facts: Any) -> Finding:
    """A finding about a step, or about the whole plan."""
    return Finding(code=code, text=text, step_id=step.step_id if step else "", facts=facts)


class Subject:
    """A plan with what it is checked against; everything that the parts of the check look up."""

    def __init__(
        self, plan: ExecutionPlan, household: Household, snapshot: ContextSnapshot, grid: Grid
    ) -> None:
        self.plan = plan
        self.household = household
        self.snapshot = snapshot
        self.grid = grid
        self.devices: Mapping[str, Device] = {device.id: device for device in household.devices}

    @property
    def starts(self) -> range:
        """The instants at which slots begin."""
        return range(self.grid.start_ms, self.grid.end_ms, self.grid.slot_ms)

    def device_of(self, step: ExecutionStep) -> Device | None:
        """The step's device; None when it has none, or one that the home does not have."""
        return self.devices.get(step.device_id or "")

    def hard(self, *types: str) -> Iterator[tuple[Constraint, tuple[ExecutionStep, ...]]]:
        """The hard constraints of the types, each with the steps that it bounds."""
        for constraint in self.plan.constraints:
            if constraint.hard and constraint.type in types:
                yield constraint, self.bounded_by(constraint)

    def bounded_by(self, constraint: Constraint) -> tuple[ExecutionStep, ...]:
        """The steps that a constraint is about. What a battery of the house is told serves no goal:
        only the house's own rules are about it. Of what was planned along (a routine) what somebody
        asked for says nothing."""
        if constraint.id.startswith("house:"):
            return self.plan.steps
        bound = constraint.goals
        if bound:
            return tuple(step for step in self.plan.steps if step.goal in bound)
        return tuple(s for s in self.plan.steps if s.goal and not _ALONG.match(s.goal))

    def spent_on(self, constraint: Constraint) -> list[Spent]:
        """What steps of earlier versions that a constraint is about have come to."""
        bound = constraint.goals
        return [
            spent
            for goal, spent in self.plan.spent.items()
            if (goal in bound if bound else not _ALONG.match(goal))
        ]

    def slots(self, step: ExecutionStep) -> range:
        """The slots that a step touches."""
        return self.grid.covering(step.start_ms, step.end_ms)

    def power(self, step: ExecutionStep) -> dict[int, int]:
        """Watts of a step by slot."""
        first = self.grid.slot_of(step.start_ms)
        if step.is_span:  # Before the first slot nothing is counted.
            first = max(0, first)
        slots = range(self.grid.count)
        return {slot: power for slot, power in enumerate(step.power_w, first) if slot in slots}

    @cached_property
    def net_w(self) -> tuple[int, ...]:
        """What the house draws in each slot; below 0 what it has left."""
        total = [self.base_w(slot) - self.solar_w(slot) for slot in range(self.grid.count)]
        for step in self.plan.steps:
            for slot, power in self.power(step).items():
                total[slot] += power
        for flows, sign in ((self.plan.charge_w, 1), (self.plan.discharge_w, -1)):
            for series in flows.values():
                for slot, power in enumerate(series[: self.grid.count]):
                    total[slot] += sign * power
        return tuple(total)

    @cached_property
    def height_w(self) -> tuple[int, ...]:
        """What the house draws at most in each slot: what begins within a slot draws all that it
        does there in the minutes in which it runs. What is rounded counts for it."""
        total = list(self.net_w)
        for step in self.plan.steps:
            if not step.is_span and (step.start_ms - self.grid.start_ms) % self.grid.slot_ms:
                for slot, power in self.power(step).items():
                    runs_ms = self.grid.overlap(slot, step.start_ms, step.end_ms)
                    least = (2 * power - 1) * self.grid.slot_ms // (2 * runs_ms) if runs_ms else 0
                    total[slot] += max(0, least - power)
        return tuple(total)

    def base_w(self, slot: int) -> int:
        """What is drawn besides; where nothing is expected, the home's usual."""
        known = at(self.snapshot.base_load_w, slot)
        return self.household.base_load_w if known is None else known

    def solar_w(self, slot: int) -> int:
        """What the sun gives; where nothing is expected, nothing."""
        return at(self.snapshot.solar_w, slot) or 0

    def wh(self, watts: int) -> int:
        """The energy of the sum of slots' watts, in watt-hours, rounded half up."""
        return half_up(watts * self.grid.slot_ms, HOUR_MS)

    def kwh_times(self, parts: Iterable[int]) -> int:
        """The sum of watts times something a kilowatt-hour, slot by slot, rounded half up once."""
        return half_up(sum(parts) * self.grid.slot_ms, HOUR_MS * 1000)

    def bill(self, steps: Iterable[ExecutionStep]) -> int | None:
        """What steps cost at the import price, micro-units; None where a price is not known."""
        parts: list[int] = []
        for step in steps:
            for slot, watts in self.power(step).items():
                price = at(self.snapshot.import_price, slot)
                if price is None and watts:
                    return None
                parts.append(watts * (price or 0))
        return self.kwh_times(parts)


def at(series: tuple[int | None, ...], slot: int) -> int | None:
    """A value of a series; None where it has none."""
    return series[slot] if 0 <= slot < len(series) else None


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
