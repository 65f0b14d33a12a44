"""Ways to the devices of a home that a command line names: a broker, a Home Assistant.

Secrets are in the environment alone, and no message shows them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from tarl.errors import Invalid

if TYPE_CHECKING:
    from tarl.planning.context import DeviceState
    from tarl.planning.devices.broker import Broker
    from tarl.planning.devices.channel import DeviceChannel
    from tarl.planning.devices.home_assistant_live import Address
    from tarl.planning.household import Household

F = TypeVar("F", bound=Callable[..., Any])

TOKEN_VARIABLE = "TARL_HOME_ASSISTANT_TOKEN"
PASSWORD_VARIABLE = "TARL_MQTT_PASSWORD"


class Ways(NamedTuple):
    """What a command line names, as it is written there."""

    broker: str | None = None
    home_assistant: str | None = None


def notify_option(text: str) -> Callable[[F], F]:
    """``--notify``: where people are told; ``text`` says of what."""
    return click.option(
        "--notify",
        multiple=True,
        metavar="URL",
        help=f"{text} (mqtt://HOST/TOPIC, or a URL of Apprise).",
    )


def ways_options(text: str) -> Callable[[F], F]:
    """``--broker`` and ``--home-assistant``, which a command gets under these names.

    Args:
        text: What a command needs them for.
    """
    broker = click.option("--broker", metavar="HOST:PORT", help=f"{text}, over MQTT.")
    assistant = click.option(
        "--home-assistant", metavar="URL", help=f"{text}, through Home Assistant."
    )
    return lambda command: broker(assistant(command))


def broker_at(text: str) -> Broker:
    """The broker that a person names: ``host:port``, or ``mqtt://user@host:port``.

    Raises:
        Invalid: ``device.broker_address``.
        Unavailable: ``extra.missing``.
    """
    from tarl.planning.devices import broker

    address = text if "://" in text else f"mqtt://{text}"
    return broker.broker_at(address, password=os.environ.get(PASSWORD_VARIABLE))


def home_assistant_at(url: str) -> Address:
    """The Home Assistant that a person names.

    Raises:
        Invalid: ``home_assistant.address``, ``home_assistant.token``.
        Unavailable: ``extra.missing``.
    """
    from tarl.planning.devices.home_assistant_live import Address

    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise Invalid(
            f"there is no token for Home Assistant: {TOKEN_VARIABLE} is not set",
            code="home_assistant.token",
            next_step="make a long-lived access token in your profile of Home Assistant, and set"
            f" {TOKEN_VARIABLE} to it",
        )
    return Address(url, token=token)


@asynccontextmanager
async def channels_of(household: Household, ways: Ways) -> AsyncIterator[dict[str, DeviceChannel]]:
    """Open channels to the devices of a home, by the names that households use.

    Raises:
        Invalid: see ``broker_at`` and ``home_assistant_at``; ``device.channel``.
        Denied: ``home_assistant.token``.
        Unavailable: ``device.unreachable``.
    """
    from tarl.interfaces.cli.people import now_ms

    channels: dict[str, DeviceChannel] = {}
    async with contextlib.AsyncExitStack() as closing:
        if ways.broker is not None:
            from tarl.planning.devices.mqtt import MqttChannel

            over_mqtt = MqttChannel(broker_at(ways.broker), household.devices, now_ms=now_ms)
            channels["mqtt"] = await closing.enter_async_context(over_mqtt)
        if ways.home_assistant is not None:
            address = home_assistant_at(ways.home_assistant)
            from tarl.planning.devices.home_assistant_live import HomeAssistantChannel

            through = HomeAssistantChannel(address, household.devices, now_ms=now_ms)
            channels["home_assistant"] = await closing.enter_async_context(through)
        yield channels


async def read_states(household: Household, ways: Ways) -> dict[str, DeviceState]:
    """What the devices that can be reached last said of themselves.

    Raises:
        See :func:`channels_of`.
    """
    from tarl.planning.devices.routed import RoutedChannel

    async with channels_of(household, ways) as channels:
        routed = RoutedChannel(channels)
        found = {device.id: await routed.state(device) for device in household.devices}
    return {id: state for id, state in found.items() if state is not None}
