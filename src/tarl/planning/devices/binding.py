"""Topics and payloads of one device: what every MQTT source comes down to.

A household file gives four topics; discovery and Zigbee2MQTT give each capability its own. Both are
a :class:`Binding`, so one channel serves all of them. Payloads are data with places for arguments,
never templates to be evaluated. Inside, temperatures are tenths of a degree and shares permille;
``scale`` says what the device uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.devices.payload import (
    attributes_from,
    checked_topic,
    json_or_text,
    number_of,
    odd,
    value_at,
    word_of,
)
from tarl.planning.household import Device
from tarl.values.canonical import encode

TOPICS_MAX = 200
"""Of one device."""

WHOLE = "*"

Scale = tuple[int, int]
"""``told * scale[0] / scale[1]`` is the value that is used here."""


class Read(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a topic tells: ``attribute`` of the device, ``state`` for its state, ``*`` for an object
    with the state and all attributes. ``values`` renames what is told, ``otherwise`` is for what
    they do not have. ``expire_s``: after so many seconds it is not known any more."""

    topic: str
    attribute: str = "state"
    path: tuple[str | int, ...] = ()
    values: dict[str, str] = {}
    otherwise: str | None = None
    scale: Scale | None = None
    expire_s: int | None = None


class Send(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sent for an action. In ``payload``, ``{"$arg": name, "scale": [a, b], "digits": n}``
    stands for an argument; ``"values": {argument: sent}`` is for one that is a word. ``keyed``: the
    payload is ``{"action", "arguments", "key"}``. ``once``: sent again it would do it again."""

    topic: str
    payload: Any = ""
    keyed: bool = False
    once: bool = False


class Presence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic that tells whether the device is there."""

    topic: str
    path: tuple[str | int, ...] = ()
    online: str = "online"
    offline: str = "offline"


class Binding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one device is read and commanded.

    ``presence_mode``: whether ``all`` of the topics have to say that it is there, ``any`` of them,
    or the one that spoke ``latest``.
    """

    reads: tuple[Read, ...] = ()
    commands: dict[str, Send] = {}
    presence: tuple[Presence, ...] = ()
    presence_mode: Literal["all", "any", "latest"] = "latest"

    @property
    def topics(self) -> frozenset[str]:
        """Those that are listened to."""
        return frozenset(read.topic for read in self.reads) | {
            presence.topic for presence in self.presence
        }

    @property
    def told(self) -> Binding:
        """With the readings alone that are the device's own word: what is read where the device is
        commanded is what it was told, by whomever."""
        orders = {send.topic for send in self.commands.values()}
        reads = tuple(read for read in self.reads if read.topic not in orders)
        return msgspec.structs.replace(self, reads=reads)

    @property
    def has_state(self) -> bool:
        """Whether it tells anything but what it draws."""
        return any(read.attribute != "power_w" for read in self.reads)

    @property
    def names(self) -> frozenset[str]:
        """Attributes that are told one by one."""
        return frozenset(read.attribute for read in self.reads) - {WHOLE, "state"}


class _Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a household file says it."""

    command_topic: str | None = None
    state_topic: str | None = None
    power_topic: str | None = None
    availability_topic: str | None = None


def binding_of(device: Device) -> Binding:
    """How a device is reached over MQTT.

    Raises:
        Invalid: ``device.channel``, ``device.topic``.
    """
    channel = device.channel.get("mqtt")
    if not isinstance(channel, Mapping):
        raise _channel(device, "it is not reached over MQTT")
    try:
        if "reads" in channel or "commands" in channel:
            binding = msgspec.convert(channel, Binding)
        else:
            binding = _binding_from(msgspec.convert(channel, _Plain), device)
    except msgspec.ValidationError as error:
        raise _channel(device, str(error)) from error
    if len(binding.topics) + len(binding.commands) > TOPICS_MAX:
        raise _channel(device, f"it has more than {TOPICS_MAX} topics")
    for topic in (*binding.topics, *(send.topic for send in binding.commands.values())):
        checked_topic(topic)
    return binding


def _binding_from(plain: _Plain, device: Device) -> Binding:
    reads, presence = [], []
    if plain.state_topic is not None:
        reads.append(Read(topic=plain.state_topic, attribute=WHOLE))
    if plain.power_topic is not None:
        reads.append(Read(topic=plain.power_topic, attribute="power_w"))
    if plain.availability_topic is not None:
        presence.append(Presence(topic=plain.availability_topic))
    commands = {
        able.capability_type: Send(topic=plain.command_topic, keyed=True)
        for able in device.capabilities
        if plain.command_topic is not None
    }
    return Binding(reads=tuple(reads), commands=commands, presence=tuple(presence))


def payload_for(send: Send, action: str, arguments: Mapping[str, Any], *, key: str) -> bytes:
    """What is published for an action.

    Raises:
        Invalid: ``device.argument``.
    """
    if send.keyed:
        return encode({"action": action, "arguments": dict(arguments), "key": key})
    filled = _filled(send.payload, arguments)
    return filled.encode() if isinstance(filled, str) else encode(filled)


def _filled(payload: Any, arguments: Mapping[str, Any]) -> Any:
    if isinstance(payload, list):
        return [_filled(item, arguments) for item in payload]
    if not isinstance(payload, Mapping):
        return payload
    if "$arg" not in payload:
        return {name: _filled(value, arguments) for name, value in payload.items()}
    name, scale = payload["$arg"], payload.get("scale")
    if name not in arguments:
        raise Invalid(
            f"the command needs {name}",
            code="device.argument",
            next_step=f"give {name}",
            argument=name,
        )
    if (values := payload.get("values")) is not None:
        return _one_of(values, name, arguments[name])
    if not scale:
        return arguments[name]
    return _scaled(arguments[name], (scale[1], scale[0]), digits=payload.get("digits", 0))


def _one_of(values: Any, name: str, given: Any) -> Any:
    if isinstance(values, Mapping) and isinstance(given, str) and given in values:
        return values[given]
    raise Invalid(
        f"the command knows no {name} {str(given)[:40]!r}",
        code="device.argument",
        next_step=f"give another {name}",
        argument=name,
    )


def _scaled(value: Any, scale: Scale, *, digits: int) -> int | float:
    """A number in the other unit."""
    number = number_of(value)
    if number is None:
        raise odd(f"{str(value)[:40]!r} is no number")
    scaled = round(number * scale[0] / scale[1], digits)
    return scaled if digits else int(scaled)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A device's state after a message. ``key`` is of the command that it answers, ``error`` why it
    did not carry it out; ``told`` are the names of what the message was about."""

    state: DeviceState
    told: frozenset[str]
    key: str | None = None
    error: str | None = None


def heard(
    read: Read,
    payload: bytes,
    *,
    before: DeviceState | None,
    now_ms: int,
    elsewhere: frozenset[str] = frozenset(),
) -> Heard | None:
    """The state after a message, or None when it does not tell what is read from it.

    An object with all attributes replaces all but those that are told ``elsewhere``.

    Raises:
        Invalid: ``device.payload``.
    """
    value = json_or_text(payload)
    if read.attribute == WHOLE:
        if before is not None:
            kept = {name: before.attributes[name] for name in elsewhere & set(before.attributes)}
            before = msgspec.structs.replace(before, attributes=kept)
        return _heard_whole(value, before, now_ms)
    value = value_at(value, read.path)
    if value is None:
        return None
    if read.values and not isinstance(value, Mapping | list):
        word = word_of(value)
        value = read.values.get(str(value), read.values.get(word, read.otherwise or word))
    told = frozenset({read.attribute})
    if read.attribute == "state":
        return Heard(state=_next(before, now_ms, state=word_of(value)), told=told)
    if read.scale is not None:
        value = _scaled(value, read.scale, digits=0)
    elif (number := number_of(value)) is not None:
        value = number
    return Heard(state=_next(before, now_ms, attributes={read.attribute: value}), told=told)


def _heard_whole(value: Any, before: DeviceState | None, now_ms: int) -> Heard:
    if not isinstance(value, Mapping):
        return Heard(state=_next(before, now_ms, state=word_of(value)), told=frozenset({"state"}))
    told = dict(value)
    key, error = told.pop("key", None), told.pop("error", None)
    state = word_of(told.pop("state")) if "state" in told else None
    return Heard(
        state=_next(before, now_ms, state=state, attributes=told),
        told=frozenset(told) | ({"state"} if state is not None else frozenset()),
        key=key if isinstance(key, str) else None,
        error=str(error)[:200] if error else None,
    )


def _next(
    before: DeviceState | None,
    now_ms: int,
    *,
    state: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> DeviceState:
    known = before.attributes if before is not None else {}
    return DeviceState(
        state=state if state is not None else before.state if before is not None else "unknown",
        observed_ms=now_ms,
        is_online=before.is_online if before is not None else True,
        attributes=attributes_from({**known, **(attributes or {})}),
    )


def _channel(device: Device, problem: str) -> Invalid:
    return Invalid(
        f"{device.name} cannot be reached: {problem}",
        code="device.channel",
        next_step="see the channels in docs/reference/planning-devices.md",
        device=device.id,
    )
