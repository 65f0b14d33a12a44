"""What a source found, and the parts that a device is put together from."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.errors import Invalid
from tarl.planning.called import RELAYS, called_kind, slug
from tarl.planning.colors import COLORS
from tarl.planning.context import DeviceState, Doubt
from tarl.planning.devices.binding import TOPICS_MAX, Binding, Presence, Read, Scale, Send
from tarl.planning.devices.payload import checked_command_topic, checked_topic
from tarl.planning.household import Area, Device, DeviceCapability, Floor
from tarl.planning.task import PrivacyClass, TrustTier

NAME_CHARS_MAX = 200

SHARE: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 1_000}
"""JSON Schema of a share, permille."""

COLOR: dict[str, Any] = {"enum": sorted(COLORS)}
"""JSON Schema of a light's colour."""

TENTHS: dict[str, Any] = {"type": "integer"}
"""JSON Schema of a temperature, tenths of a degree."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a source told: devices, areas and floors that can be used, states where it has them,
    what was left out and why, and in which time zone the home is, and at which latitude and
    longitude, where it knows that."""

    source: str
    time_zone: str | None = None
    place: tuple[float, float] | None = None
    devices: tuple[Device, ...] = ()
    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    states: dict[str, DeviceState] = {}
    doubts: tuple[Doubt, ...] = ()


class Parts(msgspec.Struct, kw_only=True):
    """A device in the making. What cannot be understood goes to ``problems`` and is left out."""

    reads: list[Read] = []
    commands: dict[str, Send] = {}
    presence: list[Presence] = []
    presence_mode: Literal["all", "any", "latest"] = "latest"
    parameters: dict[str, dict[str, Any]] = {}
    limits: dict[str, dict[str, int]] = {}
    modes: list[str] = []
    problems: list[str] = []

    def read(self, topic: Any, **facts: Any) -> None:
        """Takes a reading, where there is a topic for it."""
        if topic is not None:
            self.reads.append(Read(topic=checked_topic(topic), **facts))

    def can(
        self,
        action: str,
        topic: Any,
        payload: Any,
        *,
        parameters: dict[str, Any] | None = None,
        once: bool = False,
    ) -> None:
        """Takes an action, where there is a topic for it."""
        if topic is None:
            return
        self.commands[action] = Send(topic=checked_command_topic(topic), payload=payload, once=once)
        self.parameters[action] = parameters or {}

    def device(
        self,
        *,
        id: str,
        name: str,
        kind: str,
        area: str | None,
        privacy_class: PrivacyClass,
        trust_tier: TrustTier,
        source: str,
    ) -> Device:
        """The device.

        Raises:
            Invalid: ``device.channel``, when it has too many topics.
        """
        if len(self.reads) + len(self.commands) + len(self.presence) > TOPICS_MAX:
            raise Invalid(
                f"{name} has more than {TOPICS_MAX} topics",
                code="device.channel",
                next_step="leave out what is not needed",
            )
        binding = Binding(
            reads=tuple(self.reads),
            commands=self.commands,
            presence=tuple(self.presence),
            presence_mode=self.presence_mode,
        )
        actions = list(self.commands) or ["measure"]
        return Device(
            id=id,
            name=name,
            kind=kind,
            area=area,
            capabilities=tuple(
                DeviceCapability(
                    device_id=id,
                    capability_type=action,
                    parameters=self.parameters.get(action, {}),
                    privacy_class=privacy_class,
                    trust_tier=trust_tier,
                )
                for action in actions
            ),
            privacy_class=privacy_class,
            trust_tier=trust_tier,
            limits=self.limits,
            noisy=kind in NOISY_KINDS,
            channel={"mqtt": msgspec.to_builtins(binding)},
            source=source,
        )


NOISY_KINDS = frozenset({"dishwasher", "dryer", "lawn_mower", "siren", "vacuum", "washing_machine"})

_KINDS = {
    "alarm_control_panel": "alarm",
    "binary_sensor": "sensor",
    "device_tracker": "sensor",
    "person": "sensor",
}
_COVERS = {"garage": "garage_door", "gate": "gate"}
_CONFIDENTIAL_SENSES = frozenset(
    {"door", "garage_door", "lock", "motion", "moving", "occupancy", "opening", "presence", "sound"}
    | {"window"}
)

MEASURES: dict[tuple[str, str], tuple[str, Scale]] = {
    ("power", "W"): ("power_w", (1, 1)),
    ("power", "kW"): ("power_w", (1_000, 1)),
    ("energy", "Wh"): ("energy_wh", (1, 1)),
    ("energy", "kWh"): ("energy_wh", (1_000, 1)),
    ("temperature", "°C"): ("temperature", (10, 1)),
    ("humidity", "%"): ("humidity", (10, 1)),
    ("battery", "%"): ("battery", (10, 1)),
}
"""Attributes by what is measured and in which unit, in the units that are used here."""


def kind_of(domain: str, device_class: Any = None, modes: Any = (), name: str = "") -> str:
    """The kind of a device by Home Assistant's names. A thermostat that only heats is a heater; one
    that cools too a heat pump; a switch is what it is called where that is critical: a relay behind
    the ``Garage door``."""
    if domain in RELAYS:
        return called_kind(slug(name)) or domain
    if domain == "cover":
        return _COVERS.get(str(device_class), "cover")
    if domain == "climate":
        known = modes if isinstance(modes, list | tuple) else ()
        return "heat_pump" if {"cool", "heat_cool"} & {str(mode) for mode in known} else "heater"
    return _KINDS.get(domain, domain)


def privacy_of(domain: str, device_class: Any = None) -> PrivacyClass:
    """How private what it tells is: pictures are restricted, who is where and what is locked is
    confidential."""
    if domain in ("camera", "image"):
        return PrivacyClass.RESTRICTED
    if domain in ("alarm_control_panel", "device_tracker", "lock", "person"):
        return PrivacyClass.CONFIDENTIAL
    if domain == "binary_sensor" and str(device_class) in _CONFIDENTIAL_SENSES:
        return PrivacyClass.CONFIDENTIAL
    return PrivacyClass.INTERNAL


def named(value: Any, otherwise: str) -> str:
    """A name that can be shown."""
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value.strip()[:NAME_CHARS_MAX]
    return otherwise[:NAME_CHARS_MAX]


def doubt(code: str, text: str, *, source: str, blocks: tuple[str, ...] = ()) -> Doubt:
    """Something that was left out, and why."""
    return Doubt(code=code, text=text[:500], source=source, blocks=blocks)
