"""Commands that a home cannot carry out, and what is to be tried next."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.planning.household import household_from
from tarl.planning.language.translation import Command
from tarl.planning.orders import goals_of
from tarl.planning.task import Said

HOME = household_from(
    {
        "id": "flat",
        "time_zone": "Europe/Berlin",
        "devices": [
            {
                "id": "lamp",
                "kind": "light",
                "name": "Lamp",
                "capabilities": [{"device_id": "lamp", "capability_type": "set_color"}],
            }
        ],
    }
)


def order(intent: str, *ids: str, **slots: Any) -> Command:
    return Command(intent=intent, slots=slots, said=Said(0, 3, "..."), device_ids=ids)


def test_a_command_is_a_goal_for_each_device_that_can_do_it() -> None:
    (goal,) = goals_of((order("HassLightSet", "lamp", color="red"),), HOME)
    assert (goal.target, goal.value) == ("lamp", {"action": "set_color", "color": "red"})
    assert goal.at_once


@pytest.mark.parametrize(
    ("command", "code", "next_step"),
    [
        (order("HassLightSet", color="red", domain="light"), "order.no_device", "in which room"),
        (order("HassLightSet", area="Attic", color="red"), "order.no_device", "home devices"),
        (order("HassLightSet", "lamp", brightness=50), "order.no_device", "home devices"),
        (order("HassGetWeather"), "order.not_of_devices", "ask a device"),
    ],
)
def test_what_no_device_is_meant_by_says_what_to_try(
    command: Command, code: str, next_step: str
) -> None:
    with pytest.raises(Invalid, match=r"\.\.\.") as caught:
        goals_of((command,), HOME)
    assert caught.value.code == code
    assert next_step in (caught.value.next_step or "")
