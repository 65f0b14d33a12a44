"""Channels that a look through a household file finds before anything is told to a device."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.interfaces.cli.homes import DEMO_HOUSEHOLD
from tarl.planning.devices.household_file import load
from tarl.planning.devices.odd_channels import refuse_odd_channels
from tarl.planning.household import Device, DeviceCapability, Household


def _home(*channels: dict[str, Any]) -> Household:
    devices = tuple(
        Device(
            id=f"d{number}",
            name=f"Device {number}",
            kind="switch",
            capabilities=(DeviceCapability(device_id=f"d{number}", capability_type="turn_on"),),
            channel=channel,
        )
        for number, channel in enumerate(channels)
    )
    return Household(id="h", time_zone="UTC", devices=devices)


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ({"mqtt": {"comand_topic": "a/set"}}, "device.channel"),
        ({"mqtt": {"command_topic": "a/+/set"}}, "device.topic"),
        ({"mqtt": {"command_topic": "$SYS/x"}}, "device.topic"),
        ({"mqtt": "a/set"}, "device.channel"),
        ({"zwave": {"node": 5}}, "device.channel"),
        ({"home_assistant": {"entity": "light.a"}}, "device.channel"),
        ({"home_assistant": {"entity_id": "light.a", "power_entity_id": "x"}}, "device.channel"),
    ],
)
def test_a_channel_that_could_not_be_used_is_refused_with_its_device(
    channel: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        refuse_odd_channels(_home({}, channel))
    assert caught.value.code == code
    assert caught.value.message.startswith("Device 1 ")


def test_two_devices_that_could_not_tell_who_is_meant_are_refused() -> None:
    same = {"mqtt": {"command_topic": "a/set", "state_topic": "a"}}
    with pytest.raises(Invalid, match="a/set is the command topic of Device 0"):
        refuse_odd_channels(_home(same, same))


def test_one_topic_with_payloads_of_their_own_is_a_switch_of_two_gangs() -> None:
    gangs = [
        {"mqtt": {"commands": {"turn_on": {"topic": "a/set", "payload": {end: "ON"}}}}}
        for end in ("l1", "l2")
    ]
    refuse_odd_channels(_home(*gangs))


def test_the_demonstration_can_be_reached() -> None:
    refuse_odd_channels(load(DEMO_HOUSEHOLD)[0])
