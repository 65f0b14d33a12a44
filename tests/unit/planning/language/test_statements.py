"""What is only stated of things that are none of the home asks for nothing."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home, translator

HOME = demo_home()
translate = translator()


def _asked(text: str) -> tuple[list[str], list[str]]:
    said = translate(text, home=HOME)
    goals = [f"{goal.target} {goal.value['action']}" for goal in said.goals]
    return goals, [one.type for one in said.constraints]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("dry the shirts on the cheap rate, payday is far off", (["dryer run"], ["tariff"])),
        (
            "open the garage at eight, the plumber is bringing a boiler",
            (["cover.garage open"], ["earliest"]),
        ),
        (
            "charge the car overnight, the roads are icy tomorrow",
            (["ev_charger charge"], ["window"]),
        ),
    ],
)
def test_a_reason_about_something_else_asks_for_nothing(
    text: str, asked: tuple[list[str], list[str]]
) -> None:
    assert _asked(text) == asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("heat the water, it's to be hot by six", (["water_heater run"], ["deadline"])),
        ("run the washer, as long as the tariff is low", (["washing_machine run"], ["condition"])),
        (
            "lock the door, the garage is to be closed",
            (["lock.front_door lock", "cover.garage close"], []),
        ),
    ],
)
def test_what_is_said_of_the_home_is_asked_for(
    text: str, asked: tuple[list[str], list[str]]
) -> None:
    assert _asked(text) == asked


def test_the_words_of_a_statement_stay_unread() -> None:
    """Nothing that lets somebody in is moved on a sentence that was not understood to its end."""
    said = translate("unlock the front door, the plumber is bringing a boiler", home=HOME)
    assert said.confidence < 1
    assert translate("unlock the front door", home=HOME).confidence == 1


def test_a_time_that_is_stated_can_be_meant_behind_it() -> None:
    said = translate("the concert is at eight, so have the car charged by then", home=HOME)
    assert [(one.type, one.value.clock) for one in said.constraints] == [("deadline", "08:00")]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("I've got 20 euros, so charge the car for less than five euros", [5_000_000]),
        ("I've got 20 euros, so charge the car", [20_000_000]),
        ("charge the car for less than 2 euros, at most 3 euros", [2_000_000, 3_000_000]),
    ],
)
def test_what_one_has_is_the_budget_unless_another_is_said(text: str, amounts: list[int]) -> None:
    said = translate(text, home=HOME)
    assert [one.value["amount_micro"] for one in said.constraints if one.type == "cost"] == amounts
