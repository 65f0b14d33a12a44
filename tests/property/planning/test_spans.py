"""Whatever span is wanted, at whatever minute: the check finds nothing amiss, and it ends."""

from __future__ import annotations

from datetime import datetime

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.planning.scene import HOME, NOW, ZONE, device, evening, planned, task

from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot
from tarl.planning.plan import FeasibilityStatus
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint, Goal, When
from tarl.values.instants import to_datetime

BLINDS = device("blinds", "blinds", "open", "close")
FURNISHED = msgspec.structs.replace(HOME, devices=(*HOME.devices, BLINDS))
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
WANTED = st.sampled_from(
    [("light", "turn_on"), ("light", "turn_off"), ("blinds", "open"), ("blinds", "close")]
)
BACK = {"turn_on": "turn_off", "turn_off": "turn_on", "open": "close", "close": "open"}


def wall(ms: int) -> datetime:
    return to_datetime(ms).astimezone(ZONE)


@given(wanted=WANTED, starts=CLOCKS | st.none(), ends=CLOCKS, minute=st.integers(-14, 0))
@example(wanted=("light", "turn_on"), starts="19:47", ends="00:00", minute=-14)
def test_it_is_had_as_a_whole_or_from_now_on(
    wanted: tuple[str, str], starts: str | None, ends: str, minute: int
) -> None:
    id, action = wanted
    known: ContextSnapshot = msgspec.structs.replace(evening(), timestamp=NOW + minute * MINUTE_MS)
    rule = Constraint("deadline", When(clock=ends), lasts=True)
    if starts is not None:
        value = {"from": When(clock=starts), "to": When(clock=ends)}
        rule = Constraint("window", value, operator="in", lasts=True)
    plan = planned(task(Goal("achieve", id, {"action": action}), rule), known, home=FURNISHED)
    assert check_plan(plan, FURNISHED) == ()
    if plan.feasibility is FeasibilityStatus.INFEASIBLE:
        assert plan.conflict is not None, "it ends after what is planned"
        return
    (step,) = plan.steps
    assert step.parameters["at_end"] == {"action": BACK[action]}
    assert f"{wall(step.end_ms):%H:%M}" == ends
    assert step.start_ms == known.timestamp or f"{wall(step.start_ms):%H:%M}" == starts
    assert step.end_ms - step.start_ms <= 24 * 60 * MINUTE_MS
