"""Notices fit whatever they say; what leaves the house says no more than it may."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.planning.notices.notice_parts import notice
from tests.unit.planning.plans.plan_parts import plan, task

from tarl.errors import Invalid
from tarl.planning.notices import telling
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
from tarl.planning.plan import Alternative, Conflict, Strategy, WayOut
from tarl.planning.problem import Terms
from tarl.planning.task import PrivacyClass
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


def test_a_plan_that_waits_for_approval_proposes_its_alternatives() -> None:
    other = Alternative(
        title="0.08 EUR cheaper",
        strategy=Strategy.BALANCED,
        steps=(),
        terms=Terms(cost=90_000),
        objective=1,
    )
    waiting = plan(
        rationale="It starts at 02:00.",
        alternatives=(other,),
        task_spec=task(privacy_class=PrivacyClass.CONFIDENTIAL),
    )
    said = telling.approval_wanted(waiting, now_ms=5, why=["It opens the door."])
    assert said.kind is NoticeKind.APPROVAL_WANTED
    assert said.title == "Shall this be done: run the dishwasher"
    assert said.text == "It starts at 02:00.\nIt opens the door."
    assert said.solutions == (Solution("0.08 EUR cheaper", 90_000),)
    assert said.facts == {"plan": "p1", "version": 1}
    assert said.privacy_class is PrivacyClass.CONFIDENTIAL


def test_a_conflict_names_the_rules_and_proposes_the_ways_out() -> None:
    ways = tuple(
        WayOut(give_up=(rule,), text=f"Give up {rule}", cost_micro=cost, starts={})
        for rule, cost in (("c2", 300_000), ("c1", 400_000))
    )
    conflict = Conflict(rules=("c1", "c2"), names={"c1": "before 07:00"}, ways_out=ways)
    said = telling.conflict_found(plan(conflict=conflict), now_ms=5)
    assert said.kind is NoticeKind.CONFLICT
    assert said.text == "These cannot all be kept: before 07:00; c2."
    assert [way.cost_micro for way in said.solutions] == [300_000, 400_000]


def test_there_is_no_conflict_to_tell_of() -> None:
    with pytest.raises(Invalid) as refused:
        telling.conflict_found(plan(), now_ms=5)
    assert refused.value.code == "notice.no_conflict"


def test_drift_failure_and_danger_say_what_they_are_about() -> None:
    said = [
        telling.drifted(plan(version=2), now_ms=5, why="Prices rose.", cost_more_micro=7),
        telling.failed(plan(), "s1", now_ms=5, error="It does not answer."),
        telling.danger("water_heater", title="Too hot", text="80 degrees", now_ms=5),
    ]
    assert [(one.kind, one.about) for one in said] == [
        (NoticeKind.DRIFT, "p1"),
        (NoticeKind.FAILURE, "p1"),
        (NoticeKind.SAFETY, "water_heater"),
    ]
    assert said[0].facts == {"plan": "p1", "version": 2, "cost_more_micro": 7}
    assert said[1].facts["step"] == "s1"
