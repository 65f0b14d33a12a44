"""Times that are counted from an event: ``20 minutes before sunset`` is then, in five languages."""

from __future__ import annotations

import msgspec
import pytest
from tests.goal_frames import demo_home
from tests.unit.planning.test_meant_beginnings import begins, planned

from tarl.planning.checker.plans import check_plan
from tarl.planning.explanation.explained import explain
from tarl.planning.explanation.picture import svg
from tarl.planning.formulation.anew import as_meant
from tarl.planning.intent_translator import translate
from tarl.planning.moments import hours_named, last_and_next, moment_of
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint, When

HOME = demo_home()


def bound(sentence: str, language: str = "en") -> Constraint:
    (found,) = translate(sentence, language=language, home=HOME).constraints
    return found


@pytest.mark.parametrize(
    ("language", "sentence", "event", "minutes"),
    [
        ("en", "turn on the kitchen light 20 minutes before sunset", "sunset", -20),
        ("en", "kitchen light off half an hour after sunrise", "sunrise", 30),
        ("en", "start the heating an hour before I get home", "arrival", -60),
        ("en", "two and a half hours before I leave, open the garage", "departure", -150),
        ("en", "open the garage about five minutes before I leave", "departure", -5),
        ("de", "Mach das Licht in der Küche 15 Minuten vor Sonnenuntergang an", "sunset", -15),
        ("de", "Licht in der Küche eine Stunde vor Sonnenuntergang an", "sunset", -60),
        ("de", "Eine Stunde nach Sonnenaufgang das Garagentor öffnen", "sunrise", 60),
        ("fr", "Une heure avant que je rentre, mets le chauffage à 21", "arrival", -60),
        ("fr", "Ferme le garage deux heures après le lever du soleil", "sunrise", 120),
        ("fr", "Ferme le garage une heure et demie avant le coucher du soleil", "sunset", -90),
        ("es", "Cierra el garaje media hora después del amanecer", "sunrise", 30),
        ("es", "Una hora antes de que llegue a casa pon la calefacción a 21", "arrival", -60),
        ("zh", "日落前20分钟打开客厅的灯", "sunset", -20),
        ("zh", "日出后半小时打开车库门", "sunrise", 30),
    ],
)
def test_the_minutes_stand_beside_the_event_and_say_when_it_begins(
    language: str, sentence: str, event: str, minutes: int
) -> None:
    found = bound(sentence, language)
    assert found.value == When(event=event)
    assert found.type == ("deadline" if minutes < 0 else "earliest")
    assert (found.offset_min, found.is_start) == (minutes, True)


@pytest.mark.parametrize(
    ("language", "sentence", "minutes"),
    [
        ("en", "no later than an hour before sunset charge the car", -60),
        ("en", "have the car charged 30 minutes before I leave", -30),
        ("en", "not before an hour after sunrise, run the washer", 60),
        ("en", "charge the car before sunset", 0),
        ("de", "Spätestens eine Stunde vor Sonnenuntergang das Auto laden", -60),
        ("fr", "au plus tard une heure avant le coucher du soleil charge la voiture", -60),
        ("fr", "avant que je rentre mets le chauffage à 21", 0),
        ("es", "Como muy tarde una hora antes de la puesta de sol carga el coche", -60),
        ("zh", "最晚日落前一小时给车充电", -60),
    ],
)
def test_what_only_bounds_stays_a_bound(language: str, sentence: str, minutes: int) -> None:
    found = next(
        each
        for each in translate(sentence, language=language, home=HOME).constraints
        if each.type != "level"
    )
    assert (found.offset_min, found.is_start) == (minutes, False)


def test_how_long_is_not_how_long_after() -> None:
    said = translate("kitchen light on for 20 minutes after sunset", home=HOME)
    assert {one.type: one.offset_min for one in said.constraints} == {"duration": 0, "earliest": 0}


def test_both_ends_of_a_span_are_counted_each_for_itself() -> None:
    found = bound("kitchen light on from half an hour before sunset until an hour after bedtime")
    assert (found.type, found.lasts) == ("window", True)
    assert (found.offset_min, found.to_offset_min) == (-30, 60)


def test_so_long_after_what_was_said_before_is_counted_from_it() -> None:
    off = translate("kitchen light on at sunset and off two hours later", home=HOME).constraints[1]
    assert (off.value, off.offset_min) == (When(event="sunset"), 120)


def test_a_plan_begins_so_long_before_and_says_so() -> None:
    plan = planned("turn on the kitchen light 20 minutes before sunset")
    assert plan.context_snapshot is not None
    sunset = plan.context_snapshot.events["sunset"][0]
    (step,) = plan.steps
    assert 0 <= sunset - 20 * MINUTE_MS - step.start_ms < MINUTE_MS
    (because,) = explain(plan, HOME).steps[0].because
    assert because.startswith("it begins 20 minutes before sunset, at Thu 15:")
    assert "20 minutes before sunset" in svg(plan, HOME)


def test_the_checker_counts_for_itself() -> None:
    plan = planned("turn on the kitchen light 20 minutes before sunset")
    late = tuple(
        msgspec.structs.replace(
            step, start_ms=step.start_ms + 20 * MINUTE_MS, end_ms=step.end_ms + 20 * MINUTE_MS
        )
        for step in plan.steps
    )
    found = check_plan(msgspec.structs.replace(plan, steps=late), HOME)
    assert "check.rule" in {each.code for each in found}
    forgotten = tuple(
        msgspec.structs.replace(rule, offset_min=0) if rule.offset_min else rule
        for rule in plan.constraints
    )
    found = check_plan(msgspec.structs.replace(plan, constraints=forgotten), HOME)
    assert "check.asked" in {each.code for each in found}


def test_a_deadline_so_long_before_is_kept() -> None:
    plan = planned("run the dishwasher no later than an hour before sunset")
    assert plan.context_snapshot is not None
    sunset = plan.context_snapshot.events["sunset"][0]
    assert plan.steps[0].end_ms <= sunset - 60 * MINUTE_MS
    early = (plan.steps[0].end_ms - sunset) // MINUTE_MS - 1
    rule = msgspec.structs.replace(plan.constraints[0], offset_min=early)
    moved = msgspec.structs.replace(plan, constraints=(rule, *plan.constraints[1:]))
    assert "check.rule" in {each.code for each in check_plan(moved, HOME)}


def test_an_event_of_a_day_is_the_one_of_that_day() -> None:
    snapshot = planned("turn on the kitchen light at sunset").context_snapshot
    assert snapshot is not None
    next_one, after = snapshot.events["sunset"][:2]
    rules = [
        Constraint("earliest", When(event="sunset", **day), operator="gte")
        for day in ({}, {"day": 0}, {"day": 1}, {"weekday": 4}, {"date": "2026-11-20"})
    ]
    meant = [moment_of(rule, snapshot) for rule in rules]
    assert meant == [next_one, next_one, next_one, after, after]


def test_the_horizon_reaches_the_event_of_a_day() -> None:
    snapshot = planned("turn on the kitchen light at sunset").context_snapshot
    assert snapshot is not None
    sunday = Constraint("earliest", When(event="sunset", weekday=6), operator="gte")
    assert hours_named([sunday], snapshot) >= 5 * 24


def test_from_sunset_on_is_now_where_the_sun_has_set() -> None:
    plan = planned("turn on the kitchen light from sunset until 11 pm")
    assert begins("turn on the kitchen light from sunset until 11 pm") == "Wed 19:00"
    assert plan.steps[0].end_ms - plan.steps[0].start_ms == 4 * 60 * MINUTE_MS


def test_so_long_after_a_sunset_that_is_over_may_be_still_to_come() -> None:
    plan = planned("turn on the kitchen light 20 minutes before sunset")
    snapshot = plan.context_snapshot
    assert snapshot is not None
    last, following, *_ = last_and_next("sunset", snapshot)
    assert last < snapshot.timestamp < following
    rule = Constraint("earliest", When(event="sunset"), operator="gte", offset_min=6 * 60)
    assert moment_of(rule, snapshot) == last + 6 * 60 * MINUTE_MS


def test_planned_anew_it_is_the_time_that_was_meant() -> None:
    plan = planned("turn on the kitchen light 20 minutes before sunset")
    snapshot = plan.context_snapshot
    assert snapshot is not None
    (rule,) = as_meant(plan.task_spec, snapshot, snapshot).constraints
    assert (rule.offset_min, rule.is_start) == (0, True)
    assert 0 <= plan.steps[0].start_ms - moment_of(rule, snapshot) < MINUTE_MS
