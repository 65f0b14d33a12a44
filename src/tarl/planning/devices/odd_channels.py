"""Channels that could not be used, found before anything is done through them.

A misspelt topic is found when the device is told something, at night; a household file can be
looked through before.
"""

from __future__ import annotations

from tarl.errors import Invalid
from tarl.planning.devices.binding import binding_of
from tarl.planning.devices.home_assistant_services import entity_of, meter_of
from tarl.planning.household import Device, Household

CHANNELS = ("mqtt", "home_assistant", "wot")


def refuse_odd_channels(home: Household) -> None:
    """Refuse a channel that nothing here understands, one that is not written as it must be, and
    two devices that are told by one topic and could not tell which of them is meant.

    Raises:
        Invalid: ``device.channel``, ``device.topic``.
    """
    told: dict[str, Device] = {}
    for device in home.devices:
        unknown = sorted(set(device.channel) - set(CHANNELS))
        if unknown:
            problem = f"nothing here understands the channel {unknown[0]!r}"
            raise _channel(device, problem, f"use one of {', '.join(CHANNELS)}")
        if "home_assistant" in device.channel:
            entity_of(device)
            meter_of(device)
        if "mqtt" not in device.channel:
            continue
        try:
            binding = binding_of(device)
        except Invalid as error:
            if error.code == "device.topic":
                error.message = f"{device.name} cannot be reached: {error.message}"
            raise
        keyed = {send.topic for send in binding.commands.values() if send.keyed}
        for topic in sorted(keyed):
            other = told.setdefault(topic, device)
            if other is not device:
                problem = f"{topic} is the command topic of {other.name}"
                raise _channel(device, problem, "give each device a topic of its own")


def _channel(device: Device, problem: str, next_step: str) -> Invalid:
    return Invalid(
        f"{device.name} cannot be reached: {problem}",
        code="device.channel",
        next_step=next_step,
        device=device.id,
    )
