"""A battery as variables: what it takes and gives in each slot, and what is in it between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tarl.planning.problem import Battery, Problem
from tarl.planning.solver.accounting import floor_wh
from tarl.planning.solver.numbers import fraction_of

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


class Stored:
    """The variables of a battery; levels are watt-hours over ``q``.

    It never takes and gives in one slot: where power has a price below nothing that would burn it
    for money.

    Attributes:
        charge, discharge: Watts, by slot.
        at_rest: All its variables, with their values when it does nothing.
    """

    def __init__(self, model: cp_model.CpModel, battery: Battery, problem: Problem) -> None:
        self._model, self._battery = model, battery
        p, self._q = fraction_of(problem.slot_ms)
        self.charge: list[Any] = []
        self.discharge: list[Any] = []
        self.at_rest: list[tuple[Any, int]] = []
        available = set(battery.available or range(problem.count))
        least, most = floor_wh(battery) * self._q, battery.capacity_wh * self._q
        if battery.initial_wh < battery.level_wh_by.get(0, 0):
            model.add_bool_or([])
        level: Any = battery.initial_wh * self._q
        for slot in range(problem.count):
            into, out = self._flows(is_available=slot in available)
            after = model.new_int_var(least, most, "")
            model.add(after == level + p * (battery.efficiency * into - 1000 * out))
            if wanted := battery.level_wh_by.get(slot + 1, 0):
                model.add(after >= wanted * self._q)
            self.at_rest.append((after, battery.initial_wh * self._q))
            level = after

    def _flows(self, *, is_available: bool) -> tuple[Any, Any]:
        charge_w, discharge_w = (
            most * is_available
            for most in (self._battery.charge_w_max, self._battery.discharge_w_max)
        )
        into = self._model.new_int_var(0, charge_w, "")
        out = self._model.new_int_var(0, discharge_w, "")
        if charge_w and discharge_w:
            is_charging = self._model.new_bool_var("")
            self._model.add(into <= charge_w * is_charging)
            self._model.add(out <= discharge_w * (1 - is_charging))
            self.at_rest.append((is_charging, 0))
        self.charge.append(into)
        self.discharge.append(out)
        self.at_rest += [(into, 0), (out, 0)]
        return into, out
