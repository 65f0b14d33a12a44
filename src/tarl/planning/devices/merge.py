"""Several sources, one home.

The household (its file, written by the people who live there) comes first, then sources in the
order in which they are given. Two devices are the same when they have one id, one entity of Home
Assistant or one topic, or one name and kind in places that do not differ.

1. What an earlier source says stays; a later one fills what is missing and adds what it can do.
2. Data only becomes more private by what a later source says, also where another device reads it;
   and a device only less trusted, unless the household says how far it is.
3. To a critical device only a source that is trusted itself adds anything that it can do; and what
   is no such device, yet commands one by its topic, is left out.
4. What is ambiguous stays apart, and is said.
5. Merging a source a second time changes nothing, where nothing was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tarl.planning.context import DeviceState, Doubt
from tarl.planning.devices.binding import binding_of
from tarl.planning.devices.found import Found, doubt
from tarl.planning.household import DEVICES_MAX, Area, Device, Floor, Household, checked
from tarl.planning.task import PrivacyClass, TrustTier

SOURCE = "merge"
HOUSEHOLD = "household"

_PRIVACY = tuple(PrivacyClass)
_TRUST = tuple(TrustTier)


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """One home, what its devices last said, and all doubts."""

    household: Household
    states: dict[str, DeviceState] = {}
    doubts: tuple[Doubt, ...] = ()


def merged(household: Household, found: Iterable[Found]) -> Merged:
    """A household with what sources found.

    Raises:
        Invalid: Those of :func:`tarl.planning.household.checked`.
    """
    home = _Home(household)
    for source in found:
        home.take(source)
    home.drop_disguised()
    home.keep_private()
    whole = msgspec.structs.replace(
        household,
        areas=tuple(home.areas.values()),
        floors=tuple(home.floors.values()),
        devices=tuple(home.devices.values()),
    )
    states = {id: state for id, state in home.states.items() if id in home.devices}
    return Merged(household=checked(whole), states=states, doubts=tuple(home.doubts))


class _Home:
    """A home that is being put together."""

    def __init__(self, household: Household) -> None:
        self.floors = {floor.id: floor for floor in household.floors}
        self.areas = {area.id: area for area in household.areas}
        self.devices = {device.id: device for device in household.devices}
        self.states: dict[str, DeviceState] = {}
        self.doubts: list[Doubt] = []

    def take(self, found: Found) -> None:
        """What one source found."""
        self.doubts.extend(found.doubts)
        floors = {floor.id: self._floor(floor) for floor in found.floors}
        areas = {area.id: self._area(area, floors) for area in found.areas}
        before, claimed = _Index(self.devices.values()), set[str]()
        seen: set[str] = set()
        for device in found.devices:
            if device.id in seen:
                self._leave_out(device, "its source tells of it twice")
                continue
            seen.add(device.id)
            area = areas.get(device.area) if device.area is not None else None
            placed = msgspec.structs.replace(device, area=area)
            id = self._device(placed, before, claimed)
            if id is not None and device.id in found.states:
                self.states.setdefault(id, found.states[device.id])

    def _floor(self, floor: Floor) -> str:
        for known in self.floors.values():
            if known.id == floor.id or _share_a_name(known, floor):
                return known.id
        self.floors[floor.id] = floor
        return floor.id

    def _area(self, area: Area, floors: Mapping[str, str]) -> str:
        for known in self.areas.values():
            if known.id == area.id or _share_a_name(known, area):
                return known.id
        floor = floors.get(area.floor) if area.floor is not None else None
        self.areas[area.id] = msgspec.structs.replace(area, floor=floor)
        return area.id

    def _device(self, device: Device, before: _Index, claimed: set[str]) -> str | None:
        """Takes a device; the id under which the home knows it, None when it was left out."""
        same = before.same_as(device)
        if len(same) > 1:
            names = ", ".join(known.id for known in same)
            self._leave_out(device, f"it could be any of {names}")
            return None
        id = same[0].id if same else device.id
        if id in claimed or (len(self.devices) >= DEVICES_MAX and not same):
            self._leave_out(device, f"{id} is taken, or there are {DEVICES_MAX} devices already")
            return None
        claimed.add(id)
        self.devices[id] = _filled(self.devices[id], device) if same else device
        return id

    def drop_disguised(self) -> None:
        """Leaves out what nobody of the house named and what commands a critical device, without
        being one."""
        guarded = {
            topic: device.id
            for device in self.devices.values()
            if device.is_critical
            for topic in _command_topics(device)
        }
        for device in list(self.devices.values()):
            taken = guarded.keys() & _command_topics(device)
            if taken and not device.is_critical and device.source != HOUSEHOLD:
                del self.devices[device.id]
                owner = guarded[min(taken)]
                self._leave_out(device, f"its command topic is that of {owner}")

    def keep_private(self) -> None:
        """What is told under a topic is as private as the most private that reads it."""
        classes: dict[str, PrivacyClass] = {}
        for device in self.devices.values():
            for topic in _read_topics(device):
                other = classes.get(topic, device.privacy_class)
                classes[topic] = max(other, device.privacy_class, key=_PRIVACY.index)
        for device in self.devices.values():
            read = [classes[topic] for topic in _read_topics(device)]
            privacy = max([device.privacy_class, *read], key=_PRIVACY.index)
            if device.source != HOUSEHOLD and privacy is not device.privacy_class:
                self.devices[device.id] = msgspec.structs.replace(device, privacy_class=privacy)

    def _leave_out(self, device: Device, why: str) -> None:
        self.doubts.append(
            doubt(
                "merge.left_out",
                f"{device.id} of {device.source} is left out: {why}",
                source=SOURCE,
            )
        )


def _filled(known: Device, device: Device) -> Device:
    """A device with what another source adds to it."""
    names = _names(known)
    more = [name for name in (device.name, *device.aliases) if name.casefold() not in names]
    facts: dict[str, Any] = {
        "aliases": (*known.aliases, *dict.fromkeys(more)),
        "area": known.area or device.area,
        "privacy_class": max(known.privacy_class, device.privacy_class, key=_PRIVACY.index),
        "trust_tier": min(known.trust_tier, device.trust_tier, key=_TRUST.index),
        "programs": known.programs or device.programs,
        "storage": known.storage or device.storage,
        "power_w": known.power_w if known.power_w is not None else device.power_w,
        "noisy": known.noisy or device.noisy,
        "limits": {**device.limits, **known.limits},
    }
    if known.source == HOUSEHOLD:
        # Its people say how far it is trusted; what is found on a broker is not asked.
        facts["trust_tier"] = known.trust_tier
    if not known.is_critical or _TRUST.index(device.trust_tier) >= _TRUST.index(TrustTier.VERIFIED):
        facts["channel"] = {**device.channel, **known.channel}
        facts["capabilities"] = _capabilities(known, device, facts["channel"])
    return msgspec.structs.replace(known, **facts)


def _capabilities(known: Device, device: Device, channel: Mapping[str, Any]) -> tuple[Any, ...]:
    """What it can do through the channels that it has: an action of a channel that gave way to an
    earlier one cannot be carried out."""
    able = {one.capability_type: one for one in known.capabilities}
    if any(channel.get(name) == way for name, way in device.channel.items()):
        for one in device.capabilities:
            if one.capability_type != "measure" or not able:
                own = msgspec.structs.replace(one, device_id=known.id)
                able.setdefault(one.capability_type, own)
    return tuple(able.values())


class _Index:
    """The devices that a home had before a source, by what they may be recognised by."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.id: device for device in devices}
        self._by_address: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        for device in self._devices.values():
            for address in _addresses(device):
                self._by_address.setdefault(address, []).append(device.id)
            for name in _names(device):
                self._by_name.setdefault(name, []).append(device.id)

    def same_as(self, device: Device) -> list[Device]:
        """Those that a device may be: one where that is sure."""
        if device.id in self._devices:
            return [self._devices[device.id]]
        there = self._found(self._by_address, _addresses(device))
        named = self._found(self._by_name, _names(device))
        ids = {known.id for known in there if known.kind == device.kind}
        ids |= {known.id for known in named if _could_be(known, device)}
        return [self._devices[id] for id in sorted(ids)]

    def _found(self, index: Mapping[str, list[str]], keys: Iterable[str]) -> list[Device]:
        return [self._devices[id] for key in keys for id in index.get(key, ())]


def _could_be(known: Device, device: Device) -> bool:
    """Whether two of one name may be one: of one kind, nearby, and not reached in the same way
    elsewhere."""
    nearby = known.area is None or device.area is None or known.area == device.area
    return known.kind == device.kind and nearby and not set(known.channel) & set(device.channel)


def _names(item: Any) -> set[str]:
    return {name.casefold() for name in (item.name, *item.aliases)}


def _share_a_name(one: Any, other: Any) -> bool:
    return bool(_names(one) & _names(other))


def _addresses(device: Device) -> set[str]:
    """Entities and topics that are this device's own."""
    addresses: set[str] = set()
    entity = device.channel.get("home_assistant")
    if isinstance(entity, Mapping) and "entity_id" in entity:
        addresses.add(f"entity {entity['entity_id']}")
    if "mqtt" in device.channel:
        binding = binding_of(device)
        addresses |= {f"topic {send.topic}" for send in binding.commands.values()}
        addresses |= {f"topic {read.topic}" for read in binding.reads if read.attribute == "state"}
        addresses |= {f"topic {read.topic}" for read in binding.reads if read.attribute == "*"}
    return addresses


def _command_topics(device: Device) -> set[str]:
    if "mqtt" not in device.channel:
        return set()
    return {send.topic for send in binding_of(device).commands.values()}


def _read_topics(device: Device) -> set[str]:
    if "mqtt" not in device.channel:
        return set()
    return {read.topic for read in binding_of(device).reads}
