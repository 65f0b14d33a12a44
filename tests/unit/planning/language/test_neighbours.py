"""What stands side by side in a sentence: nothing is opened that is only asked about or left."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


def orders(sentence: str) -> set[tuple[str, str]]:
    """What a sentence orders: the device and the action."""
    said = translate(sentence, language="en", home=HOME)
    return {
        (goal.target, goal.value.get("action", "")) for goal in said.goals if goal.type == "achieve"
    }


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Is the garage open at bedtime? Then close it", ("cover.garage", "close")),
        (
            "Is the front door unlocked at eleven at night? If so, lock it",
            ("lock.front_door", "lock"),
        ),
        ("Should the front door still be unlocked by ten, lock it", ("lock.front_door", "lock")),
        ("Leave the garage open until ten at night, then close it", ("cover.garage", "close")),
        (
            "Don't leave the garage open past ten at night, close it by then",
            ("cover.garage", "close"),
        ),
    ],
)
def test_what_is_asked_about_or_left_open_is_not_opened(
    sentence: str, wanted: tuple[str, str]
) -> None:
    assert orders(sentence) == {wanted}


def test_a_door_that_is_left_unlocked_is_not_unlocked() -> None:
    assert ("lock.front_door", "unlock") not in orders("Leave the front door unlocked until six")


def test_a_door_that_the_camera_sees_is_not_moved() -> None:
    seen = orders("Have the camera look at the front door at night")
    assert seen == {("camera.hall", "detect_people")}


def test_a_place_before_a_named_light_is_one_of_another_light() -> None:
    both = {("light.bedroom", "turn_off"), ("light.kitchen", "turn_off")}
    assert orders("The bedroom and the kitchen light off at eleven at night") == both


def test_a_battery_that_is_run_down_is_not_charged() -> None:
    assert orders("Run the battery down this evening") == {("battery", "discharge")}


def test_a_machine_that_is_off_above_a_price_runs_below_it() -> None:
    assert orders("If electricity costs over 30 cents, leave the dryer off") == {("dryer", "run")}
