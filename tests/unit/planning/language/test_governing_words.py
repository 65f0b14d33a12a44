"""What a word governs: the time of what is named behind ``before``, what a ``not`` forbids, the
place among the words of a bound, and what is told only to give a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language import reading
from tarl.planning.language.meanings import Meaning
from tarl.planning.language.translation import Translation

HOME = demo_home()
ASLEEP = {"subject": "occupancy", "state": "asleep"}


def said(text: str, area: str | None = None) -> Translation:
    return translate(text, language="en", home=HOME, area=area)


def held(translation: Translation) -> list[tuple[str, str, Any]]:
    return [
        (one.type, one.operator, msgspec.to_builtins(one.value)) for one in translation.constraints
    ]


def wanted(translation: Translation) -> list[tuple[str, Any, tuple[str, ...]]]:
    return [(goal.target, goal.value, goal.scope) for goal in translation.goals]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("Warm the office to 20 before the match at 8 pm", "20:00"),
        ("Run the vacuum before Mika comes back from school at three", "03:00"),
        ("Have the lounge warm for the match at nine", "09:00"),
        ("Do the dishes ahead of the kids' party at 16:00", "16:00"),
    ],
)
def test_the_time_of_what_comes_behind_before_is_a_deadline(text: str, clock: str) -> None:
    assert held(said(text)) == [("deadline", "lte", {"clock": clock})]


def test_the_time_of_what_begins_afterwards_is_no_deadline() -> None:
    assert held(said("Warm the office to 20 at 8 pm")) == [("earliest", "gte", {"clock": "20:00"})]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Don't charge the car until after 10 pm", ("earliest", "gte", {"clock": "22:00"})),
        ("Don't let the dryer run when the baby is asleep", ("condition", "neq", ASLEEP)),
        ("Imagine the car wasn't charged before 6", ("earliest", "gte", {"clock": "06:00"})),
        (
            "Run the dryer unless it's Sunday",
            ("window", "neq", {"from": {"weekday": 6}, "to": {"weekday": 6}}),
        ),
    ],
)
def test_what_is_forbidden_until_or_while_is_not_done_then(text: str, rule: Any) -> None:
    assert held(said(text)) == [rule]


def test_what_is_forbidden_of_one_is_forbidden_of_the_one_named_with_it() -> None:
    both = said("Don't run the washer and the dryer before seven")
    other = said("Forget the dryer, I only need the washing done by five")

    assert [target for target, _, _ in wanted(both)] == ["washing_machine", "dryer"]
    assert held(both) == [("earliest", "gte", {"clock": "07:00"})]
    assert [target for target, _, _ in wanted(other)] == ["washing_machine"]
    assert held(other) == [("deadline", "lte", {"clock": "05:00"})]


def test_what_is_kept_at_so_much_is_not_left_out() -> None:
    kept = said("Save money but keep the nursery at 20")
    spared = said("All lights off but the one in the kitchen")

    assert "exclude" not in [type for type, _, _ in held(kept)]
    assert [target for target, _, _ in wanted(spared)] == ["light.living_room", "light.bedroom"]
    assert held(spared) == [("exclude", "neq", "kitchen")]


def test_a_place_among_the_words_of_a_bound_is_its_place() -> None:
    found = said("Don't let the temperature in the office exceed 23")
    other = said("Reduce our power bill without making the bedroom colder than 18")

    assert wanted(found) == [("temperature", {"lte": 230}, ("office",))]
    assert wanted(other) == [("cost", None, ())]


def test_low_numbers_are_hours_and_a_step_is_no_aim() -> None:
    early = said("I want the lounge warm at six, 21.5 please")
    warmer = said("Turn the thermostat up by two degrees to 22")
    dimmed = said("Dim the lights here to 25", "living_room")

    assert [value["temperature"] for _, value, _ in wanted(early)] == [215]
    assert held(early) == [("earliest", "gte", {"clock": "06:00"})]
    assert [value["temperature"] for _, value, _ in wanted(warmer)] == [220]
    assert [value["brightness"] for _, value, _ in wanted(dimmed)] == [250]
    assert held(dimmed) == []


def test_tonight_between_eleven_and_four_ends_in_the_small_hours() -> None:
    found = said("Tonight between eleven and four charge the car")
    early = said("Tonight between nine and eleven charge the car")

    assert held(found) == [
        ("window", "in", {"from": {"clock": "23:00", "day": 0}, "to": {"clock": "04:00"}})
    ]
    assert held(early) == [
        ("window", "in", {"from": {"clock": "21:00", "day": 0}, "to": {"clock": "23:00"}})
    ]


def test_a_light_that_is_named_is_kept_as_one_by_its_room() -> None:
    found = said("Keep the kitchen light at 50 percent until we go to bed")

    assert wanted(found) == [("brightness", {"gte": 500, "lte": 500}, ("kitchen",))]
    assert held(found) == [("deadline", "lte", {"event": "bedtime"})]


def test_heating_that_goes_on_is_of_the_same_room() -> None:
    found = said("Turn the bedroom heating off at 11 and on again at 6")

    assert [scope for _, _, scope in wanted(found)] == [("bedroom",), ("bedroom",)]


def test_what_gives_a_reason_bounds_nothing() -> None:
    assert held(said("I'm home at six, so have the heating on from half past five")) == [
        ("earliest", "gte", {"clock": "05:30"})
    ]
    assert held(said("Guests tonight, so clean the lounge before six")) == [
        ("deadline", "lte", {"clock": "06:00"})
    ]


def test_a_day_and_the_hour_behind_it_are_one_deadline() -> None:
    assert ("deadline", "lte", {"clock": "06:00", "day": 2}) in held(
        said("Charge the car by the day after tomorrow, 6 in the morning")
    )


def test_a_closed_garage_is_a_condition_not_an_order() -> None:
    found = said("Only if the garage is closed, run the robot in the hall")

    assert wanted(found) == [("vacuum", {"action": "run"}, ("hall",))]
    assert held(found) == [
        ("condition", "eq", {"subject": "device", "state": "closed", "device": "cover.garage"})
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "Dishes done before my brother comes in from the office",
            ("deadline", "lte", {"event": "arrival"}),
        ),
        (
            "Run the robot once the last one of us is out",
            ("earliest", "gte", {"event": "departure"}),
        ),
        ("Water hot before the first of us stirs", ("deadline", "lte", {"event": "wake_up"})),
    ],
)
def test_events_are_understood_in_words_that_no_pattern_has(text: str, rule: Any) -> None:
    assert held(said(text)) == [rule]


def test_what_is_to_be_done_is_not_taken_for_a_part_of_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class LongestIsBest:
        """Takes every stretch for a condition, the longer the surer."""

        def meaning(self, words: Sequence[str]) -> Meaning:
            return Meaning("if.eq.occupancy.asleep", len(words))

    monkeypatch.setattr(reading, "model_for", lambda _: LongestIsBest())
    found = said("TV off when the toddler is snoring")

    assert wanted(found) == [("tv", {"action": "turn_off"}, ())]
    assert held(found) == [("condition", "eq", ASLEEP)]


def test_a_guessed_event_makes_a_lock_ask() -> None:
    found = said("Unlock the door before my brother comes in from the office")

    assert found.confidence < 1
    assert "confirm" in [question.slot for question in found.questions]
