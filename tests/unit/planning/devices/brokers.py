"""A real broker, and the demonstration's home behind it."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import msgspec

from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.household_file import load
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.household import Device, Household

HOME = Path(str(files("tarl.interfaces.demo.home"))) / "household.yaml"

_numbers = itertools.count()


def now_ms() -> int:
    return int(time.time() * 1000)


def household(*ids: str) -> Household:
    """The demonstration's home with these devices alone, under topics that nobody has used yet."""
    home, _ = load(HOME)
    prefix = f"test{next(_numbers)}"
    devices = (device for device in home.devices if not ids or device.id in ids)
    return msgspec.structs.replace(
        home, devices=tuple(_elsewhere(device, prefix) for device in devices)
    )


def _elsewhere(device: Device, prefix: str) -> Device:
    topics = device.channel["mqtt"]
    moved = {name: topic.replace("home", prefix, 1) for name, topic in topics.items()}
    return msgspec.structs.replace(device, channel={"mqtt": moved})


@contextlib.asynccontextmanager
async def home_here(
    broker: Broker,
    *ids: str,
    confirm_s: float = 2.0,
    power_s: float = 0.3,
    speed: float = 3_600.0,
) -> AsyncIterator[tuple[Household, SimulatedHome, MqttChannel]]:
    """A home with these devices, simulated, and a channel to it."""
    home = household(*ids)
    async with (
        SimulatedHome(home, broker, speed=speed) as simulated,
        MqttChannel(
            broker, home.devices, now_ms=now_ms, confirm_s=confirm_s, power_s=power_s
        ) as channel,
    ):
        yield home, simulated, channel
