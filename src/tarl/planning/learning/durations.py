"""How long programs took: a fold over what happened to plans.

1. What counts is a step that ran a program of its device to the end. One that was skipped, failed,
   cancelled or undone says nothing, nor does one that another device may have done in its stead.
2. A step that took no time, or more than a day, was not measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tarl.planning.household import Household
from tarl.planning.learning.estimates import Key, Observed
from tarl.planning.plan import ExecutionStep
from tarl.planning.plans.events import Made, StepEnded

LASTS_MAX_MS = 24 * 3_600_000


class Ran(NamedTuple):
    """A program that was run: from when to when."""

    key: Key
    began_ms: int
    ended_ms: int


class PlanHistory:
    """The fold of one plan's events.

    Args:
        household: What a device's usual program is called.
    """

    def __init__(self, household: Household) -> None:
        self._usual = {d.id: d.programs[0].name for d in household.devices if d.programs}
        self._steps: dict[tuple[int, str], ExecutionStep] = {}
        self._ended: dict[str, StepEnded] = {}

    def hear(self, body: object) -> None:
        """An event of the plan; what is not about steps is passed over."""
        if isinstance(body, Made):
            self._steps |= {(body.version, step.step_id): step for step in body.plan.steps}
        elif isinstance(body, StepEnded):
            self._ended[body.step_id] = body

    def ran(self) -> list[Ran]:
        """The programs that were run to their end, in the order of their beginning."""
        found = [ran for ended in self._ended.values() if (ran := self._ran(ended)) is not None]
        return sorted(found, key=lambda ran: (ran.began_ms, ran.key))

    def _ran(self, ended: StepEnded) -> Ran | None:
        step = self._steps.get((ended.version, ended.step_id))
        lasted = ended.ended_ms - ended.began_ms
        if (
            step is None
            or step.device_id not in self._usual
            or step.parameters.get("action") != "run"
            or step.fallback_steps
            or ended.outcome != "completed"
            or not 0 < lasted <= LASTS_MAX_MS
        ):
            return None
        program = str(step.parameters.get("program", self._usual[step.device_id]))
        return Ran(Key(step.device_id, program), ended.began_ms, ended.ended_ms)


def durations_of(ran: Sequence[Ran]) -> Mapping[Key, list[Observed]]:
    """How long each program took, in milliseconds."""
    found: defaultdict[Key, list[Observed]] = defaultdict(list)
    for each in ran:
        found[each.key].append(Observed(each.ended_ms, each.ended_ms - each.began_ms))
    return found
