"""W3C Web of Things Thing Descriptions (1.0, 1.1) as devices.

A property that can be written becomes ``set_<name>`` (one called ``on`` or ``power`` and boolean:
``turn_on`` and ``turn_off``), an action its own name, what can only be read ``measure``. Forms over
MQTT become topics, which the MQTT channel carries; others are kept as addresses under the channel
``wot``. Nothing is fetched, and no link or context is followed.

What can be operated by whoever reaches it (``nosec``, be it one form of many) is untrusted; what is
addressed outside the house needs the cloud, also over MQTT: no broker of the house carries it. What
nobody gave a type, and is called or moves what can let somebody in, is taken for that.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from tarl.errors import Invalid
from tarl.planning.called import called_kind, guarded_kind, slug
from tarl.planning.devices.binding import Binding, Read, Send
from tarl.planning.devices.found import named
from tarl.planning.devices.payload import checked_command_topic, checked_topic, json_of
from tarl.planning.household import Device, DeviceCapability, PlacementTarget
from tarl.planning.kinds import CRITICAL_KINDS
from tarl.planning.task import PrivacyClass, TrustTier

SOURCE = "thing_description"
DESCRIPTION_BYTES_MAX = 1024 * 1024
AFFORDANCES_MAX = 200
ADDRESS_CHARS_MAX = 2_000

CONTEXTS = (
    "https://www.w3.org/2019/wot/td/v1",
    "https://www.w3.org/2022/wot/td/v1.1",
    "http://www.w3.org/ns/td",
)

_KINDS = {
    "actuator": "actuator",
    "blind": "cover",
    "boiler": "heater",
    "battery": "battery",
    "camera": "camera",
    "covering": "cover",
    "curtain": "cover",
    "light": "light",
    "lightbulb": "light",
    "lightswitch": "light",
    "lamp": "light",
    "meter": "sensor",
    "onoffswitch": "switch",
    "sensor": "sensor",
    "smartplug": "switch",
    "switch": "switch",
    "temperaturesensor": "sensor",
    "washingmachine": "washing_machine",
}
"""Kinds by the last name of a semantic type (``saref:Light``), or by its last word
(``VideoCamera``); a thing without is a ``thing``."""

_PRIVATE = frozenset(
    {"contact", "door", "location", "lock", "locked", "motion", "occupancy", "occupied", "presence"}
    | {"window"}
)
"""Words of what tells who is where, and what is open."""

_PICTURES = ("audio/", "image/", "video/")

_SWITCHES = frozenset({"on", "on_off", "onoff", "power", "switch"})
_LOCAL = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost")

Op = Literal["readproperty", "writeproperty", "observeproperty", "invokeaction"]


def device_from(data: bytes) -> Device:
    """The device that a Thing Description describes.

    Raises:
        Invalid: ``td.malformed``, ``td.model``, ``device.payload``, ``device.topic``.
    """
    td = json_of(data, bytes_max=DESCRIPTION_BYTES_MAX)
    if not isinstance(td, dict):
        raise _malformed("it is no object")
    if "tm:ThingModel" in _words(td.get("@type")):
        raise Invalid(
            "this is a Thing Model: it describes a kind of thing, and no thing that can be reached",
            code="td.model",
            next_step="give the Thing Description of the device itself",
        )
    if not set(CONTEXTS) & set(_words(td.get("@context"))):
        raise _malformed("its @context is none of Thing Descriptions")
    title = named(td.get("title"), "")
    id = slug(str(td.get("id") or title).removeprefix("urn:"))
    if not title or not id:
        raise _malformed("it has no title")
    thing = _Thing(td)
    kind = thing.kind
    return Device(
        id=f"{kind}.{id}",
        name=title,
        kind=kind,
        capabilities=thing.capabilities(f"{kind}.{id}"),
        privacy_class=thing.privacy,
        trust_tier=thing.trust,
        placements=thing.placements,
        channel=thing.channel(),
        source=SOURCE,
    )


class _Thing:
    """A Thing Description that is being read."""

    def __init__(self, td: Mapping[str, Any]) -> None:
        self._base = str(td.get("base", ""))[:ADDRESS_CHARS_MAX]
        self._types = _words(td.get("@type"))
        self._title = str(td.get("title", ""))
        self.trust = _trust(td)
        self._properties = _affordances(td, "properties")
        self._actions = _affordances(td, "actions")
        self._reads: list[Read] = []
        self._commands: dict[str, Send] = {}
        self._forms: dict[str, dict[str, str]] = {}
        self._has_pictures = False
        self._parameters: dict[str, dict[str, Any]] = {}
        for name, affordance in self._properties.items():
            self._property(name, affordance)
        for name, affordance in self._actions.items():
            self._action(name, affordance)

    @property
    def kind(self) -> str:
        kinds = [_kind_of(_last_name(name)) for name in self._types]
        found = [kind for kind in kinds if kind is not None]
        guarded = next((kind for kind in found if kind in CRITICAL_KINDS), None)
        return guarded or (found[0] if found else self._untyped)

    @property
    def _untyped(self) -> str:
        """Of a thing without a type that is known: what it moves, or is called, tells where a guess
        could hurt."""
        moved = [guarded_kind(name) for name in self._parameters]
        kinds = (*moved, called_kind(_name(self._title)))
        return next((kind for kind in kinds if kind), "thing")

    @property
    def privacy(self) -> PrivacyClass:
        if self.kind == "camera" or self._has_pictures:
            return PrivacyClass.RESTRICTED
        names = [*map(_name, self._properties), *(_name(_last_name(name)) for name in self._types)]
        tells = any(_PRIVATE & set(name.split("_")) for name in names)
        is_private = tells or self.kind in ("alarm", "garage_door", "gate", "lock")
        return PrivacyClass.CONFIDENTIAL if is_private else PrivacyClass.INTERNAL

    @property
    def _needs_cloud(self) -> bool:
        hrefs = [form["href"] for form in self._forms.values()]
        return any(not _is_near(href) for href in hrefs)

    @property
    def placements(self) -> tuple[PlacementTarget, ...]:
        if self._needs_cloud:
            return (PlacementTarget.CLOUD_REGION,)
        return (PlacementTarget.LOCAL_DEVICE,)

    def capabilities(self, device_id: str) -> tuple[DeviceCapability, ...]:
        return tuple(
            DeviceCapability(
                device_id=device_id,
                capability_type=action,
                parameters=parameters,
                privacy_class=self.privacy,
                trust_tier=self.trust,
                local_processing=not self._needs_cloud,
                cloud_required=self._needs_cloud,
            )
            for action, parameters in (self._parameters or {"measure": {}}).items()
        )

    def channel(self) -> dict[str, Any]:
        channel: dict[str, Any] = {}
        if self._reads or self._commands:
            binding = Binding(reads=tuple(self._reads), commands=self._commands)
            channel["mqtt"] = msgspec.to_builtins(binding)
        if self._forms:
            channel["wot"] = self._forms
        return channel

    def _property(self, name: str, affordance: Mapping[str, Any]) -> None:
        attribute = _name(name)
        is_switch = attribute in _SWITCHES and affordance.get("type") == "boolean"
        found = self._form(affordance, ("readproperty", "observeproperty"), default=True)
        if found is not None and not affordance.get("writeOnly"):
            told, topic = found
            if topic is not None:
                values = {"true": "on", "false": "off"} if is_switch else {}
                name = "state" if is_switch else attribute
                self._reads.append(Read(topic=topic, attribute=name, values=values))
            else:
                self._forms[f"read:{attribute}"] = told
        taken = self._form(affordance, ("writeproperty",), default=True)
        if taken is None or affordance.get("readOnly"):
            return
        schema = {attribute: _schema(affordance)}
        for action, payload, parameters in (
            (("turn_on", True, {}), ("turn_off", False, {}))
            if is_switch
            else ((f"set_{attribute}", {"$arg": attribute}, schema),)
        ):
            self._can(action, taken, payload=payload, parameters=parameters)

    def _action(self, name: str, affordance: Mapping[str, Any]) -> None:
        form = self._form(affordance, ("invokeaction",), default=True)
        if form is None:
            return
        given = affordance.get("input")
        schema = given if isinstance(given, Mapping) else {}
        fields = schema.get("properties") if schema.get("type") == "object" else None
        payload: Any = {}
        parameters: dict[str, Any] = {}
        if isinstance(fields, Mapping):
            parameters = {str(field): _schema(fields[field]) for field in fields}
            payload = {field: {"$arg": field} for field in parameters}
        elif schema:
            parameters, payload = {"value": _schema(schema)}, {"$arg": "value"}
        self._can(
            _name(name),
            form,
            payload=payload,
            parameters=parameters,
            once=not affordance.get("idempotent", False),
        )

    def _can(
        self,
        action: str,
        found: tuple[dict[str, str], str | None],
        *,
        payload: Any,
        parameters: dict[str, Any],
        once: bool = False,
    ) -> None:
        if not action:
            raise _malformed("an affordance has no name")
        self._parameters[action] = parameters
        form, topic = found
        if topic is not None:
            self._commands[action] = Send(
                topic=checked_command_topic(topic), payload=payload, once=once
            )
        else:
            self._forms[action] = form

    def _form(
        self, affordance: Mapping[str, Any], ops: tuple[Op, ...], *, default: bool
    ) -> tuple[dict[str, str], str | None] | None:
        """The first form for one of the operations, and its topic where a broker of the house
        carries it; ``default``: also one that names no operation."""
        forms = affordance.get("forms")
        if not isinstance(forms, list) or not forms:
            raise _malformed("an affordance has no forms")
        for op in ops:
            for form in forms:
                if not isinstance(form, Mapping):
                    raise _malformed("a form is no object")
                named_ops = _words(form.get("op"))
                if op in named_ops or (not named_ops and default):
                    taken = {
                        "href": self._address(form.get("href")),
                        "content_type": str(form.get("contentType", "application/json"))[:100],
                        "op": op,
                    }
                    self._has_pictures |= taken["content_type"].lower().startswith(_PICTURES)
                    return taken, _topic(taken["href"], form)
        return None

    def _address(self, href: Any) -> str:
        if not isinstance(href, str) or len(href) > ADDRESS_CHARS_MAX or not href.isprintable():
            raise _malformed("a form has no address")
        try:
            address = _joined(self._base, href.partition("{")[0])  # without a template's variables
        except ValueError as error:
            raise _malformed(f"a form's address is none: {error}") from error
        return address


def _joined(base: str, href: str) -> str:
    """An address from a base (RFC 3986, 5.2), whatever its scheme: the library only knows some."""
    scheme = urlsplit(base).scheme
    address = urlsplit(urljoin(urlsplit(base)._replace(scheme="http").geturl(), href))
    address.port  # noqa: B018 (refuses what is no number)
    if scheme and not urlsplit(href).scheme:
        address = address._replace(scheme=scheme)
    return address.geturl()


def _name(name: str) -> str:
    """``dimmer-level`` and ``dimmerLevel`` as ``dimmer_level``."""
    return slug(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def _affordances(td: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    affordances = td.get(name, {})
    if not isinstance(affordances, Mapping) or len(affordances) > AFFORDANCES_MAX:
        raise _malformed(f"its {name} are none, or more than {AFFORDANCES_MAX}")
    if not all(isinstance(one, Mapping) for one in affordances.values()):
        raise _malformed(f"one of its {name} is no object")
    return dict(affordances)


def _trust(td: Mapping[str, Any]) -> TrustTier:
    """Untrusted where nothing keeps others from it, or from one of its forms.

    Raises:
        Invalid: ``td.malformed``: it names a security that it does not define.
    """
    definitions = td.get("securityDefinitions")
    if not isinstance(definitions, Mapping) or not _words(td.get("security")):
        raise _malformed("it does not define its security")
    names = {*_words(td.get("security")), *_forms_security(td)}
    schemes: list[Any] = []
    seen: set[str] = set()
    while names:
        if not names <= set(definitions):
            raise _malformed("it does not define its security")
        seen |= names
        defined = [definitions[name] for name in names]
        schemes += [one.get("scheme") if isinstance(one, Mapping) else None for one in defined]
        combined = [one for one in defined if isinstance(one, Mapping)]
        names = {
            word
            for one in combined
            for word in (*_words(one.get("oneOf")), *_words(one.get("allOf")))
        } - seen
    return TrustTier.UNTRUSTED if "nosec" in schemes or None in schemes else TrustTier.BASIC


def _forms_security(td: Mapping[str, Any]) -> Iterator[str]:
    """What forms say of their own, in the place of what the thing says."""
    for kind in ("properties", "actions"):
        for affordance in _affordances(td, kind).values():
            forms = affordance.get("forms")
            for form in forms if isinstance(forms, list) else []:
                if isinstance(form, Mapping):
                    yield from _words(form.get("security"))


def _schema(affordance: Any) -> dict[str, Any]:
    """What of a data schema is JSON Schema."""
    if not isinstance(affordance, Mapping):
        raise _malformed("a schema is no object")
    kept = ("type", "minimum", "maximum", "enum", "required", "minLength", "maxLength")
    schema = {name: affordance[name] for name in kept if name in affordance}
    fields = affordance.get("properties")
    if isinstance(fields, Mapping):
        schema["properties"] = {str(name): _schema(field) for name, field in fields.items()}
    return schema


def _topic(address: str, form: Mapping[str, Any]) -> str | None:
    """The topic of an MQTT address, where the broker may be the house's and nothing is to be put
    into it; None for others."""
    parts = urlsplit(address)
    if parts.scheme not in ("mqtt", "mqtts") or not _is_near(address):
        return None
    if "{" in form["href"]:
        return None
    named_so = form.get("mqv:topic", form.get("mqv:filter"))
    return checked_topic(unquote(parts.path.lstrip("/")) if named_so is None else named_so)


def _last_name(name: str) -> str:
    return name.rpartition(":")[2].rpartition("#")[2].rpartition("/")[2]


def _kind_of(name: str) -> str | None:
    """The kind that a semantic type's name tells."""
    words = _name(name).split("_")
    last = _KINDS.get(words[-1])
    return guarded_kind("_".join(words)) or _KINDS.get("".join(words)) or last


def _is_near(href: str) -> bool:
    """Whether an address lies in the house, as far as its name says."""
    host = urlsplit(href).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_LOCAL)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(_each(value))


def _each(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _malformed(problem: str) -> Invalid:
    return Invalid(
        f"this is no Thing Description that can be used: {problem}",
        code="td.malformed",
        next_step="compare it with https://www.w3.org/TR/wot-thing-description11/",
    )
