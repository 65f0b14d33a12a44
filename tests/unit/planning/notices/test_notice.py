"""Notices fit whatever they say; what leaves the house says no more than it may."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.planning.notices.notice_parts import notice
from tests.unit.planning.plans.plan_parts import plan, task

from tarl.errors import Invalid
from tarl.planning.household import Device, Household
from tarl.planning.notices.notice import (
    FACTS_MAX,
    SOLUTIONS_MAX,
    TEXT_CHARS_MAX,
    TITLE_CHARS_MAX,
    Notice,
    NoticeKind,
    Solution,
    body_of,
    discreet,
    fitted,
)
from tarl.planning.notices.telling import Telling
from tarl.planning.plan import (
    Alternative,
    Conflict,
    ConsentReference,
    ExecutionStep,
    StepType,
    Strategy,
    WayOut,
)
from tarl.planning.problem import Terms
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.canonical import encode
from tarl.values.plain import plain
from tarl.work.timers.ledger import PAYLOAD_BYTES_MAX

LONG = st.text(max_size=60) | st.text(min_size=1, max_size=5).map(lambda text: text * 1_000)
NOTICES = st.builds(
    Notice,
    kind=st.sampled_from(NoticeKind),
    about=LONG,
    title=LONG,
    text=LONG,
    created_ms=st.integers(0, 2**48),
    solutions=st.lists(st.builds(Solution, LONG), max_size=9).map(tuple),
    facts=st.dictionaries(LONG, LONG | st.integers(-(2**50), 2**50), max_size=30),
)


@given(NOTICES)
def test_what_is_fitted_can_be_recorded_and_stays_as_it_is(said: Notice) -> None:
    try:
        fit = fitted(said)
    except Invalid:
        assume(False)
    assert fitted(fit) == fit
    assert len(encode(plain(fit))) < PAYLOAD_BYTES_MAX - 1_000
    assert len(fit.title) <= TITLE_CHARS_MAX
    assert fit.title.splitlines() == [fit.title]
    assert len(fit.text) <= TEXT_CHARS_MAX
    assert len(fit.solutions) <= SOLUTIONS_MAX
    assert len(fit.facts) <= FACTS_MAX
    assert msgspec.convert(plain(fit), Notice) == fit


@pytest.mark.parametrize("changes", [{"title": " \n\x00 "}, {"about": ""}, {"created_ms": -1}])
def test_what_says_nothing_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        fitted(notice(**changes))
    assert refused.value.code == "notice.malformed"


def test_a_name_that_turns_the_text_around_does_not() -> None:
    fit = fitted(notice(title="Lamp \u202eneddih\x1b[2J is\nhot"))
    assert fit.title == "Lamp neddih [2J is hot"


def test_the_ways_out_stand_below_the_text() -> None:
    said = notice("No.", solutions=(Solution("Start later"), Solution("Pay more", 500_000)))
    assert body_of(said) == "No.\n1. Start later\n2. Pay more"


@pytest.mark.parametrize("kind", NoticeKind)
def test_told_discreetly_nothing_of_it_is_left_but_its_kind(kind: NoticeKind) -> None:
    said = notice("Anna sleeps.", kind=kind, solutions=(Solution("Wake her"),), facts={"a": 1})
    quiet = discreet(said)
    assert "Anna" not in quiet.title + body_of(quiet)
    assert quiet.kind is kind
    assert not quiet.solutions
    assert not quiet.facts


# --- what plans give rise to

HOME = Household(
    id="home",
    time_zone="Europe/Helsinki",
    currency="EUR",
    devices=(
        Device(id="washer", name="Washer", kind="washing_machine", area=""),
        Device(id="door", name="Front door", kind="lock", area=""),
    ),
)
SAY = Telling(HOME, now_ms=5)
HOUR = 3_600_000


def step(device: str, *, at: int = 2, cost: int = 100_000) -> ExecutionStep:
    return ExecutionStep(
        step_id=f"g1.{device}",
        step_type=StepType.DEVICE_CONTROL,
        device_id=device,
        parameters={"action": "lock" if device == "door" else "run"},
        start_ms=at * HOUR,
        end_ms=(at + 1) * HOUR,
        estimated_cost=cost,
    )


def test_a_plan_that_waits_says_what_it_needs_how_to_answer_and_until_when() -> None:
    wanted = ConsentReference("", ("run:washing_machine/washer:local_device",), TrustTier.BASIC, 0)
    other = Alternative(
        title="0.08 EUR cheaper",
        strategy=Strategy.BALANCED,
        steps=(msgspec.structs.replace(step("washer", at=4, cost=90_000), goal="g1"),),
        terms=Terms(cost=90_000),
        objective=1,
    )
    waiting = plan(
        steps=(step("washer"),),
        alternatives=(other,),
        approval_required=True,
        consent_references=(wanted,),
        task_spec=task(privacy_class=PrivacyClass.CONFIDENTIAL),
    )
    said = SAY.of_plan(waiting)
    assert said is not None
    assert said.kind is NoticeKind.APPROVAL_WANTED
    assert said.title == "Shall this be done: run the dishwasher"
    assert "It needs consent to run:washing_machine/washer:local_device." in said.text
    assert "Until 04:00: tarl run p1" in said.text, "in Helsinki"
    assert "0.08 EUR cheaper: Washer 06:00" in said.solutions[0].text
    assert said.solutions[0].text.endswith(" for 0.09 EUR")
    assert said.facts["answer"] == "tarl run p1"
    assert said.privacy_class is PrivacyClass.CONFIDENTIAL


def test_a_conflict_names_the_rules_and_prices_the_ways_out() -> None:
    ways = tuple(
        WayOut(give_up=(rule,), text=f"rule {rule}", cost_micro=cost, starts={"g1.washer": HOUR})
        for rule, cost in (("c2", 300_000), ("c1", 400_000))
    )
    conflict = Conflict(rules=("c1", "c2"), names={"c1": "before 07:00"}, ways_out=ways)
    said = SAY.of_plan(plan(conflict=conflict))
    assert said is not None
    assert said.kind is NoticeKind.CONFLICT
    assert said.text == "These cannot all be kept: before 07:00; c2."
    assert said.solutions[0] == Solution(
        "giving up “rule c2”: Washer 03:00 for 0.30 EUR (tarl plan --without c2)", 300_000
    )
    assert [way.cost_micro for way in said.solutions] == [300_000, 400_000]


def test_there_is_no_conflict_to_tell_of() -> None:
    with pytest.raises(Invalid) as refused:
        SAY.conflict_found(plan())
    assert refused.value.code == "notice.no_conflict"
    assert SAY.of_plan(plan()) is None
    asked = task(is_hypothetical=True)
    waiting = plan(steps=(step("washer"),), approval_required=True, task_spec=asked)
    assert SAY.of_plan(waiting) is None, "what can only be looked at wants nobody's word"


def test_drift_says_what_it_costs_when_it_ends_and_what_moved() -> None:
    before = plan(steps=(step("washer"), step("door", at=1)))
    later = plan(version=2, steps=(step("washer", at=5, cost=150_000),))
    said = SAY.drifted(before, later, over=(), why="prices rose")
    assert said.text.splitlines() == [
        "prices rose.",
        "What is left costs 0.15 EUR instead of 0.20 EUR.",
        "It finishes at 08:00 instead of 05:00.",
        "Washer: run at 07:00 instead of 04:00.",
        "Front door: left out.",
    ]
    assert said.facts["cost_micro"] == 150_000
    kept = SAY.not_taken_up(before, later, over=("g1.door",), why="anna said no")
    assert kept.text.splitlines()[0] == "Version 1 goes on: anna said no."
    assert "What is left costs 0.15 EUR instead of 0.10 EUR." in kept.text


@pytest.mark.parametrize(
    ("device", "was_told", "kind"),
    [
        ("washer", True, NoticeKind.FAILURE),
        ("door", False, NoticeKind.FAILURE),
        ("door", True, NoticeKind.SAFETY),
    ],
)
def test_what_nobody_knows_of_a_critical_device_is_a_danger(
    device: str, was_told: bool, kind: NoticeKind
) -> None:
    known = plan(steps=(step("washer"), step("door")))
    said = SAY.failed(
        known,
        step(device),
        why="It is stuck.",
        tries=3,
        skipped=[step("washer")],
        was_told=was_told,
    )
    assert said.kind is kind
    assert said.about == ("door" if kind is NoticeKind.SAFETY else f"p1.g1.{device}")
    assert "Nothing was done instead. It was tried 3 times." in said.text
    assert "Skipped, as it waits for this: Washer." in said.text


def test_what_was_done_instead_is_said() -> None:
    said = SAY.done_instead(plan(), step("washer"), step("door"), why="It is stuck.")
    assert said.kind is NoticeKind.FAILURE
    assert said.title == "Washer did not run: run the dishwasher"
    assert said.text == "It is stuck.\nDone instead: Front door: lock."


def test_a_step_of_a_plan_tells_in_its_own_words() -> None:
    told = ExecutionStep(
        step_id="g2",
        step_type=StepType.NOTIFICATION,
        device_id=None,
        parameters={"action": "notify", "kind": "failure", "text": "The filter is full."},
    )
    said = SAY.said(plan(steps=(told,)), told)
    assert (said.kind, said.text) == (NoticeKind.FAILURE, "The filter is full.")
