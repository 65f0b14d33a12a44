"""The home: areas, devices and what they can do, limits. One model for every source.

A device's ``channel`` says how it is reached and is understood by its adapter alone; all else here
means the same wherever the device was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Literal, get_args

import msgspec

from tarl.errors import Invalid, Missing
from tarl.planning.called import RELAYS, called_kind, slug
from tarl.planning.kinds import CRITICAL_ACTIONS, CRITICAL_KINDS, HOT_KINDS, KINDS, OTHER
from tarl.planning.slots import Grid, zone_named
from tarl.planning.task import PrivacyClass, TrustTier

DEVICES_MAX = 2_000
PHASES_MAX = 200
PRIORITY_MAX = 10
POWER_W_MAX = 10_000_000
DURATION_MS_MAX = 14 * 24 * 3_600_000
"""Of a program: as far as anything is planned."""

DeviceKind = str
"""One of ``KINDS``, where somebody writes it; devices that are found may be of others."""

WRITTEN = "household"
"""The source of a device that somebody described."""


class PlacementTarget(StrEnum):
    """Where a step's computing is done, the nearest first."""

    LOCAL_DEVICE = "local_device"
    EDGE_GATEWAY = "edge_gateway"
    EDGE_CLUSTER = "edge_cluster"
    CLOUD_REGION = "cloud_region"
    HYBRID = "hybrid"


IN_THE_HOUSE = frozenset(
    {PlacementTarget.LOCAL_DEVICE, PlacementTarget.EDGE_GATEWAY, PlacementTarget.EDGE_CLUSTER}
)
"""Where confidential and restricted data may be."""


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a program: so long, so many watts."""

    duration_ms: int
    power_w: int


class Program(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device does once it is started, without a break."""

    name: str
    phases: tuple[Phase, ...]

    @property
    def duration_ms(self) -> int:
        """All phases together."""
        return sum(phase.duration_ms for phase in self.phases)

    @property
    def energy_wh(self) -> int:
        """What it uses, rounded half up."""
        joules = sum(phase.duration_ms * phase.power_w for phase in self.phases)
        return (2 * joules + 3_600_000) // (2 * 3_600_000)

    def power_in(self, grid: Grid, *, over_ms: int = 0) -> tuple[int, ...]:
        """Mean watts in each slot that it touches, rounded half up, when it begins so long after
        a slot does."""
        sums, at = [0] * grid.slots_of(over_ms + self.duration_ms), over_ms
        for phase in self.phases:
            end = at + phase.duration_ms
            for slot in range(at // grid.slot_ms, -(-end // grid.slot_ms)):
                begun = max(at, slot * grid.slot_ms)
                sums[slot] += (min(end, (slot + 1) * grid.slot_ms) - begun) * phase.power_w
            at = end
        return tuple((2 * total + grid.slot_ms) // (2 * grid.slot_ms) for total in sums)


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A battery, of the house or of a car. ``efficiency`` is of a whole cycle, permille."""

    capacity_wh: int
    charge_w_max: int
    discharge_w_max: int = 0
    efficiency: int = 900
    reserve_wh: int = 0
    wear_micro_per_kwh: int = 0


class DeviceCapability(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something a device can do (``run``, ``turn_on``, ``set_temperature``, ``measure``), and on
    which terms. ``parameters`` are JSON Schemas of its arguments, by name."""

    device_id: str
    capability_type: str
    parameters: dict[str, Any] = {}
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    trust_tier: TrustTier = TrustTier.VERIFIED
    local_processing: bool = True
    cloud_required: bool = False


class Device(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A device.

    Attributes:
        id: Its own in the house (``dishwasher``, ``light.kitchen``).
        name: What people call it; ``aliases`` are other names.
        kind: See ``DeviceKind``.
        area: The area's id; None when nobody said.
        capabilities: What it can do.
        privacy_class: Of the data that it makes.
        trust_tier: How far its maker and firmware are trusted.
        placements: Where what it needs computed may run.
        programs: What it can be started with; the first is the usual one.
        storage: For what stores energy.
        power_w: When it is simply on.
        limits: Bounds of its settings by name, ``{"temperature": {"gte": 50, "lte": 300}}``.
        noisy: Whether quiet hours forbid it.
        channel: How it is reached: ``{"mqtt": {...}}``, ``{"home_assistant": {...}}``.
        source: Who told of it.
    """

    id: str
    name: str
    kind: DeviceKind
    aliases: tuple[str, ...] = ()
    area: str | None = None
    capabilities: tuple[DeviceCapability, ...] = ()
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    trust_tier: TrustTier = TrustTier.VERIFIED
    placements: tuple[PlacementTarget, ...] = (PlacementTarget.LOCAL_DEVICE,)
    programs: tuple[Program, ...] = ()
    storage: Storage | None = None
    power_w: int | None = None
    limits: dict[str, dict[str, int]] = {}
    noisy: bool = False
    channel: dict[str, Any] = {}
    source: str = WRITTEN

    @property
    def is_critical(self) -> bool:
        """Whether a mistake with it can hurt somebody or let somebody in: a relay is what it is
        called, where that is critical."""
        if self.kind in CRITICAL_KINDS or any(map(self.can, CRITICAL_ACTIONS)):
            return True
        return self.kind in RELAYS and any(
            called_kind(slug(name)) for name in (self.name, *self.aliases)
        )

    def may_follow(self, action: str) -> bool:
        """Whether it may be told that when the time is over for which something else was wanted,
        though nobody said so: nothing critical is moved on a guess, but what is hot is turned off.
        """
        return not self.is_critical or (self.kind in HOT_KINDS and action == "turn_off")

    def can(self, action: str) -> bool:
        """Whether it has the capability."""
        return any(able.capability_type == action for able in self.capabilities)


class Floor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A floor."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


class Area(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room, or a part of the garden."""

    id: str
    name: str
    floor: str | None = None
    aliases: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who lives here. ``priority``: whose routines win, 1 to 10."""

    id: str
    name: str
    priority: int = 5
    trust_tier: TrustTier = TrustTier.VERIFIED


class Household(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A home.

    Attributes:
        id: Its own.
        time_zone: Of the IANA database.
        currency: ISO 4217.
        areas, floors, people, devices: What and who is there.
        power_max_w: What the connection carries.
        base_load_w: What the house draws when nothing that is planned runs.
        export_allowed: Whether what is left of the sun is sold.
        routines: Sentences that are planned again and again, by name, with their priority.
        learns: Whether what plans that ran taught of programs counts in later plans.
    """

    id: str
    time_zone: str
    currency: str = "EUR"
    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    people: tuple[Person, ...] = ()
    devices: tuple[Device, ...] = ()
    power_max_w: int | None = None
    base_load_w: int = 0
    export_allowed: bool = True
    routines: dict[str, Routine] = {}
    learns: bool = False

    def device(self, id: str) -> Device:
        """A device.

        Raises:
            Missing: ``household.no_device``.
        """
        for device in self.devices:
            if device.id == id:
                return device
        raise Missing(
            f"the home has no device {id!r}",
            code="household.no_device",
            next_step="`tarl home devices` lists those that it has",
            device=id,
        )


Trigger = Literal["daily", "weekdays", "weekend", "price_published"]


class Routine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sentence that is planned every time its trigger comes; the higher priority wins."""

    sentence: str
    priority: int = 5
    owner: str | None = None
    trigger: Trigger = "daily"


def checked(home: Household) -> Household:
    """The home, if it holds together.

    Raises:
        Invalid: ``household.time_zone``, ``household.duplicate``, ``household.no_area``,
            ``household.too_large``, ``household.program``, ``household.value``.
    """
    zone_named(home.time_zone)
    _refuse_odd_figures(home)
    if len(home.devices) > DEVICES_MAX:
        raise Invalid(
            f"a home has at most {DEVICES_MAX} devices",
            code="household.too_large",
            next_step="plan for a part of the building",
            count=len(home.devices),
        )
    for noun, items in (("device", home.devices), ("area", home.areas), ("floor", home.floors)):
        _refuse_twice(noun, [item.id for item in items])
    areas, floors = {area.id for area in home.areas}, {floor.id for floor in home.floors}
    for device in home.devices:
        if device.area is not None and device.area not in areas:
            raise _unknown("area", device.area, f"device {device.id}")
        for program in device.programs:
            _refuse_odd(device.id, program)
        _refuse_odd_device(device)
    for area in home.areas:
        if area.floor is not None and area.floor not in floors:
            raise _unknown("floor", area.floor, f"area {area.id}")
    return home


def refuse_unknown_kinds(home: Household) -> None:
    """Refuse what no part of planning has heard of: a device of such a kind would silently take no
    part where devices are spoken of by kind, nor count as critical where it is a lock.

    Raises:
        Invalid: ``household.kind``.
    """
    for device in home.devices:
        if device.kind in KINDS or device.source != WRITTEN:
            continue
        near = get_close_matches(device.kind.lower(), sorted(KINDS), n=3)
        meant = " or ".join(near)
        raise Invalid(
            f"the device {device.id} is of a kind that nothing here knows: {device.kind!r}",
            code="household.kind",
            next_step=f"write {meant}, if that is meant; else {OTHER}"
            if near
            else f"write {OTHER}, or one of: {', '.join(sorted(KINDS - {OTHER}))}",
            device=device.id,
            value=device.kind,
        )


def _refuse_twice(noun: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise Invalid(
                f"two of the home's {noun}s are called {id!r}",
                code="household.duplicate",
                next_step=f"give each {noun} an id of its own",
                id=id,
            )
        seen.add(id)


def _unknown(noun: str, id: str, where: str) -> Invalid:
    return Invalid(
        f"{where} lies in {noun} {id!r}, which the home does not have",
        code="household.no_area",
        next_step=f"add the {noun}, or correct its id",
        **{noun: id},
    )


def _refuse_odd(device: str, program: Program) -> None:
    phases = program.phases
    are_odd = any(each.duration_ms <= 0 or not 0 <= each.power_w <= POWER_W_MAX for each in phases)
    if 1 <= len(phases) <= PHASES_MAX and not are_odd and program.duration_ms <= DURATION_MS_MAX:
        return
    raise Invalid(
        f"the program {program.name!r} of {device} has no phases that can be run",
        code="household.program",
        next_step=f"give 1 to {PHASES_MAX} phases with a duration, a fortnight at most in all, "
        f"and watts from 0 to {POWER_W_MAX}",
        device=device,
        program=program.name,
    )


def _refuse_odd_figures(home: Household) -> None:
    """What the whole home says of itself, its people and its routines.

    Raises:
        Invalid: ``household.value``.
    """
    if not re.fullmatch("[A-Z]{3}", home.currency):
        raise _odd("the currency", home.currency, "a code of ISO 4217, like EUR or USD")
    if home.power_max_w is not None and not 1 <= home.power_max_w <= POWER_W_MAX:
        allowed = f"1 to {POWER_W_MAX} watts; leave it out for no limit"
        raise _odd("power_max_w", home.power_max_w, allowed)
    if not 0 <= home.base_load_w <= POWER_W_MAX:
        raise _odd("base_load_w", home.base_load_w, f"0 to {POWER_W_MAX} watts")
    people = [person.id for person in home.people]
    _refuse_twice("person", people)
    ranked = [(f"person {person.id}", person.priority) for person in home.people]
    ranked += [(f"routine {name}", routine.priority) for name, routine in home.routines.items()]
    for whose, priority in ranked:
        if not 1 <= priority <= PRIORITY_MAX:
            raise _odd(f"the priority of {whose}", priority, f"1 to {PRIORITY_MAX}")
    for name, routine in home.routines.items():
        if routine.owner is not None and people and routine.owner not in people:
            raise _odd(f"the owner of routine {name}", routine.owner, f"one of {', '.join(people)}")


def _refuse_odd_device(device: Device) -> None:
    """What a device says of itself.

    Raises:
        Invalid: ``household.value``.
    """
    for able in device.capabilities:
        if able.device_id != device.id:
            whose = f"the device_id of a capability of {device.id}"
            raise _odd(whose, able.device_id, device.id, device=device.id)
    for name, bounds in device.limits.items():
        unknown = sorted(bounds.keys() - {"gte", "lte"})
        if unknown:
            whose = f"a limit of the {name} of {device.id}"
            raise _odd(whose, unknown[0], "gte or lte", device=device.id)
        if bounds.get("gte", 0) > bounds.get("lte", bounds.get("gte", 0)):
            whose = f"the limit of the {name} of {device.id}"
            said = f"{bounds['gte']} to {bounds['lte']}"
            raise _odd(whose, said, "gte no higher than lte", device=device.id)
    if device.power_w is not None and not 0 <= device.power_w <= POWER_W_MAX:
        allowed = f"0 to {POWER_W_MAX}"
        raise _odd(f"power_w of {device.id}", device.power_w, allowed, device=device.id)
    if device.storage is not None:
        _refuse_odd_storage(device.id, device.storage)


def _refuse_odd_storage(device: str, storage: Storage) -> None:
    ranges = {
        "capacity_wh": (1, 1_000_000_000),
        "charge_w_max": (1, POWER_W_MAX),
        "discharge_w_max": (0, POWER_W_MAX),
        "efficiency": (1, 1000),
        "reserve_wh": (0, storage.capacity_wh),
        "wear_micro_per_kwh": (0, 1_000_000_000),
    }
    for name, (low, high) in ranges.items():
        value = getattr(storage, name)
        if not low <= value <= high:
            raise _odd(f"{name} of {device}", value, f"{low} to {high}", device=device)


def _odd(whose: str, value: object, allowed: str, **facts: str) -> Invalid:
    return Invalid(
        f"{whose} is {value!r}, and may be {allowed}",
        code="household.value",
        next_step=f"write {allowed}",
        value=str(value),
        **facts,
    )


def household_from(data: Mapping[str, Any]) -> Household:
    """A home from JSON or YAML data of its own form (docs/reference/planning.md).

    Raises:
        Invalid: ``household.malformed``, and those of :func:`checked`.
    """
    try:
        return checked(msgspec.convert(data, Household))
    except msgspec.ValidationError as error:
        allowed = _allowed(str(error))
        raise Invalid(
            f"this does not describe a home: {error}",
            code="household.malformed",
            next_step=f"write one of {', '.join(allowed)}"
            if allowed
            else "compare it with the example in docs/reference/planning.md",
        ) from error


_PARTS: dict[str, type[msgspec.Struct]] = {
    "areas": Area,
    "floors": Floor,
    "people": Person,
    "devices": Device,
    "capabilities": DeviceCapability,
    "programs": Program,
    "phases": Phase,
    "storage": Storage,
}
_WORDS: dict[str, tuple[str, ...]] = {
    "privacy_class": tuple(PrivacyClass),
    "trust_tier": tuple(TrustTier),
    "placements": tuple(PlacementTarget),
    "trigger": get_args(Trigger),
}


def _allowed(problem: str) -> list[str]:
    """What may stand where a mistake was found, those most like it first; empty where that is no
    list of words."""
    path = re.search(r" - at `\$([^`]*)`", problem)
    names = re.findall(r"[.]([a-z_]+)", path[1]) if path else []
    if found := re.search(r"unknown field `([^`]*)`", problem):
        known = next((_PARTS[name] for name in reversed(names) if name in _PARTS), Household)
        if "routines" in names:
            known = Routine
        fields = list(known.__struct_fields__)
        return get_close_matches(found[1], fields, n=3, cutoff=0.6) or fields
    if "Invalid enum value" in problem and names:
        return list(_WORDS.get(names[-1], ()))
    return []
