"""The last look before a step begins: a step that may begin does, and anything amiss stops it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.plans import Doing, plan_of
from tests.unit.planning.checker.good import GRID, HOME, good, known_of, step

from tarl.planning.checker.steps import check_step
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.guardrails import StepFacts, mark_of
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan
from tarl.planning.slots import QUARTER_MS
from tarl.planning.task import Constraint
from tarl.values.instants import to_datetime
from tarl.values.verdict import Allow, Deny, Hold, Verdict

replace = msgspec.structs.replace
BLIND = (None,) * 96


def at(ms: int, **fields: Any) -> ContextSnapshot:
    """What is known at an instant, over the slots from then on."""
    grid = replace(GRID, start_ms=-(-ms // QUARTER_MS) * QUARTER_MS)
    usual: dict[str, Any] = {"timestamp": ms, "grid": grid, "quiet": (), "asleep": (0,) * 96}
    return known_of(**usual | fields)


def asked(
    plan: ExecutionPlan,
    id: str,
    *,
    late_ms: int = 0,
    known: dict[str, Any] | None = None,
    home: Household = HOME,
    ended: tuple[str, ...] = ("g2.washer",),
    **facts: Any,
) -> Verdict:
    found = step(plan, id)
    now_ms = found.start_ms + late_ms
    now = at(now_ms, **known or {})
    given = StepFacts(**{"now_ms": now_ms, "step": found} | facts)
    return check_step(plan, home, now, given, ended=ended)


def test_a_step_whose_time_has_come_may_begin_with_or_without_the_plan_s_snapshot() -> None:
    plan = good()
    bare = replace(plan, context_snapshot=None, created_at=GRID.start_ms)
    for each in (plan, bare):
        for id in ("g1.dishwasher", "g3.dryer", "g4.car", "g5.pump", "g9.voice"):
            assert isinstance(asked(each, id), Allow), id


@pytest.mark.parametrize(
    ("id", "amiss", "code"),
    [
        ("g1.dishwasher", {"late_ms": -1}, "check.times"),
        ("g1.dishwasher", {"late_ms": 19 * QUARTER_MS}, "check.rule"),
        ("g3.dryer", {"ended": ()}, "check.order"),
        ("g1.dishwasher", {"known": {"quiet": (True,) * 96}}, "check.rule"),
        ("g1.dishwasher", {"known": {"asleep": (900,) * 96}}, "check.rule"),
        ("g1.dishwasher", {"known": {"asleep": BLIND}}, "check.rule"),
        ("g1.dishwasher", {"home": replace(HOME, power_max_w=1)}, "check.unchecked"),
    ],
)
def test_what_is_amiss_now_stops_it(id: str, amiss: dict[str, Any], code: str) -> None:
    verdict = asked(good(), id, **amiss)
    assert isinstance(verdict, Deny)
    assert {reason.code for reason in verdict.reasons} == {code}


@pytest.mark.parametrize("is_bare", [False, True])
def test_a_deadline_is_the_one_that_was_meant(is_bare: bool) -> None:
    plan = good()
    if is_bare:
        plan = replace(plan, context_snapshot=None, created_at=GRID.start_ms)
    # 12:00 is slot 56; twenty minutes before it is the last moment to begin.
    last = 20 * QUARTER_MS - 20 * 60_000
    assert isinstance(asked(plan, "g1.dishwasher", late_ms=last), Allow)
    verdict = asked(plan, "g1.dishwasher", late_ms=last + 1)
    assert isinstance(verdict, Deny)
    # A day later `before 12:00` is not the next noon.
    assert isinstance(asked(plan, "g1.dishwasher", late_ms=96 * QUARTER_MS), Deny)


def test_a_step_that_is_not_the_plan_s_does_not_begin() -> None:
    plan = good()
    other = replace(step(plan, "g5.pump"), parameters={"action": "set_temperature"})
    facts = StepFacts(now_ms=other.start_ms, step=other)
    verdict = check_step(plan, HOME, at(other.start_ms), facts, ended=())
    assert isinstance(verdict, Deny)
    assert "check.shape" in {reason.code for reason in verdict.reasons}


def test_a_lock_waits_for_a_yes_and_wants_a_fresh_word() -> None:
    plan = good()
    now = step(plan, "g6.lock").start_ms
    fresh = DeviceState(state="unlocked", observed_ms=now - 1)
    held = asked(plan, "g6.lock", state=fresh)
    assert isinstance(held, Hold)
    yes = frozenset({mark_of(step(plan, "g6.lock"))})
    assert isinstance(asked(plan, "g6.lock", state=fresh, confirmed=yes), Allow)
    assert isinstance(asked(plan, "g6.lock", confirmed=yes), Deny)


def test_a_step_of_a_basic_device_begins_isolated_or_not_at_all() -> None:
    assert isinstance(asked(good(), "g7.vacuum"), Deny)
    assert isinstance(asked(good(), "g7.vacuum", is_isolated=True), Allow)


def test_a_consent_that_was_revoked_holds_the_step() -> None:
    plan = good()
    scope = next(r for r in step(plan, "g8.camera").guardrails if r.kind == "consent")
    held = asked(plan, "g8.camera")
    assert isinstance(held, Hold)
    assert held.awaits == f"consent:{scope.facts['scope']}"
    live = frozenset({str(scope.facts["scope"])})
    assert isinstance(asked(plan, "g8.camera", consents=live), Allow)


def test_a_step_that_lost_its_guardrails_does_not_begin() -> None:
    plan = good()
    bare = replace(step(plan, "g6.lock"), guardrails=())
    stripped = replace(
        plan, steps=tuple(bare if s.step_id == bare.step_id else s for s in plan.steps)
    )
    verdict = asked(stripped, "g6.lock")
    assert isinstance(verdict, Deny)
    assert {reason.code for reason in verdict.reasons} == {"check.guardrail"}


def test_a_condition_is_looked_at_between_two_slots_too() -> None:
    rule = Constraint("condition", {"subject": "occupancy", "state": "home"}, "eq", id="c1")
    plan = plan_of([Doing("g1", "voice", "recognise", 40)], HOME, known_of(), constraints=(rule,))
    for home, passes in (((900,) * 96, True), ((100,) * 96, False), (BLIND, False)):
        verdict = asked(plan, "g1.voice", late_ms=60_001, known={"home": home})
        assert isinstance(verdict, Allow) is passes


def test_a_yes_to_a_lock_does_not_last_for_hours() -> None:
    plan = good()
    lock = step(plan, "g6.lock")
    yes = frozenset({mark_of(lock)})
    for late_ms, passes in ((3_600_000, True), (3_600_001, False)):
        state = DeviceState(state="unlocked", observed_ms=lock.start_ms + late_ms)
        verdict = asked(plan, "g6.lock", late_ms=late_ms, state=state, confirmed=yes)
        assert isinstance(verdict, Allow) is passes, verdict


def test_a_consent_that_was_renewed_counts_though_the_plan_names_the_old_one() -> None:
    plan = good()
    camera = step(plan, "g8.camera")
    scope = next(str(r.facts["scope"]) for r in camera.guardrails if r.kind == "consent")
    stands_on = tuple(
        replace(each, consent_token="c1", expires_at=camera.start_ms + 60_000)
        for each in plan.consent_references
    )
    plan = replace(plan, consent_references=stands_on)
    late = {"late_ms": 120_000}
    assert isinstance(asked(plan, "g8.camera", **late), Hold)
    assert isinstance(asked(plan, "g8.camera", **late, consents=frozenset({scope})), Allow)


def test_a_step_that_begins_a_moment_late_is_on_time() -> None:
    """It ends when its deadline is, and when the quiet hours begin."""
    plan = good()
    washer = step(plan, "g2.washer")
    end = to_datetime(washer.end_ms).astimezone(ZoneInfo(HOME.time_zone))
    rule = Constraint("deadline", {"clock": f"{end:%H:%M}"}, id="c9", goals=("g2",))
    plan = replace(plan, constraints=(*plan.constraints, rule))
    for late_ms, passes in ((0, True), (3, True), (300_000, True), (300_001, False)):
        now_ms = washer.start_ms + late_ms
        grid = at(now_ms).grid
        quiet = tuple(grid.at(slot) >= washer.end_ms for slot in range(grid.count))
        verdict = asked(plan, "g2.washer", late_ms=late_ms, known={"quiet": quiet}, ended=())
        assert isinstance(verdict, Allow) is passes, (late_ms, verdict)
        if not passes:
            assert {reason.facts["rule"] for reason in verdict.reasons} == {"c9", "house:quiet"}
