"""What breaking a soft rule costs, and what may be done in a step's stead."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.planning.scene import HOME, AllowAll, evening, for_at_most, planned, run_of, task

from tarl.planning.formulation.jobs import Ruling
from tarl.planning.formulation.rules import bounds_of
from tarl.planning.formulation.wants import wants_of
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.plan import Strategy
from tarl.planning.task import Constraint, TaskSpec, TrustTier


@pytest.mark.parametrize(
    ("bound", "amount"),
    [
        (for_at_most(0.1), 10_000),
        (Constraint("energy", 500), 100),
        (Constraint("power", 500), 100),
        (Constraint("latency", 50), 10),
        (Constraint("deadline", {"clock": "07:00"}), 1),
    ],
)
def test_a_soft_rule_is_as_dear_in_whatever_it_counts(bound: Constraint, amount: int) -> None:
    """A cent too much weighs as much as a slot too late: a hundredth of it is not as bad."""
    bound = msgspec.structs.replace(bound, hard=False, priority=3)
    wanted = task(run_of("dishwasher"), bound)
    known = evening()
    (rule,) = bounds_of(wanted.constraints, wants_of(wanted, HOME, known), known).rules
    assert rule.penalty == 6_000_000 // amount


def test_a_soft_budget_gives_way_to_what_costs_more_than_breaking_it() -> None:
    """Five cents above a budget of low priority are less than a night of waiting is worth."""
    bound = msgspec.structs.replace(for_at_most(0.75), hard=False, priority=1)
    wanted = task(run_of("dishwasher", program="usual"), bound)
    soon = planned(wanted, strategy=Strategy.COMFORT_OPTIMIZED)
    assert soon.steps[0].estimated_cost == 800_000
    assert soon.steps[0].start_ms < evening().grid.at(8)


class _Strict(AllowAll):
    """One machine may be used with a person's approval alone."""

    def __init__(self, strict: str) -> None:
        super().__init__()
        self._strict = strict

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        return Ruling(is_allowed=True, requires_approval=device.id == self._strict)


def test_what_needs_a_persons_word_is_not_done_in_the_stead_of_what_does_not() -> None:
    (washer,) = (device for device in HOME.devices if device.id == "washer")
    spare = msgspec.structs.replace(washer, id="spare", trust_tier=TrustTier.VERIFIED)
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, spare))
    (step,) = planned(task(run_of("washing_machine")), home=home).steps
    (other,) = step.fallback_steps
    assert {step.device_id, other.device_id} == {"washer", "spare"}

    gate = _Strict(str(other.device_id))
    (step,) = planned(task(run_of("washing_machine")), home=home, gate=gate).steps
    assert step.device_id == gate._strict or not step.fallback_steps
