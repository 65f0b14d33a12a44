"""W3C Web of Things Thing Descriptions (1.0, 1.1) as devices.

A property that can be written becomes ``set_<name>`` (one called ``on`` or ``power`` and boolean:
``turn_on`` and ``turn_off``), an action its own name, what can only be read ``measure``. Forms over
MQTT become topics, which the MQTT channel carries; others are kept as addresses under the channel
``wot``. Nothing is fetched, and no link or context is followed.

What can be operated by whoever reaches it (``nosec``) is untrusted; what is addressed outside the
house needs the cloud.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from tarl.errors import Invalid
from tarl.planning.devices.binding import Binding, Read, Send
from tarl.planning.devices.found import named, slug
from tarl.planning.devices.payload import checked_command_topic, checked_topic, json_of
from tarl.planning.household import Device, DeviceCapability, PlacementTarget
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
    "battery": "battery",
    "camera": "camera",
    "door": "lock",
    "light": "light",
    "lightbulb": "light",
    "lightswitch": "light",
    "lamp": "light",
    "lock": "lock",
    "meter": "sensor",
    "onoffswitch": "switch",
    "sensor": "sensor",
    "smartplug": "switch",
    "switch": "switch",
    "temperaturesensor": "sensor",
    "thermostat": "heater",
    "washingmachine": "washing_machine",
}
"""Kinds by the last word of a semantic type (``saref:Light``); a thing without is a ``thing``."""

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
        self.trust = _trust(td)
        self._properties = _affordances(td, "properties")
        self._actions = _affordances(td, "actions")
        self._reads: list[Read] = []
        self._commands: dict[str, Send] = {}
        self._forms: dict[str, dict[str, str]] = {}
        self._parameters: dict[str, dict[str, Any]] = {}
        for name, affordance in self._properties.items():
            self._property(name, affordance)
        for name, affordance in self._actions.items():
            self._action(name, affordance)

    @property
    def kind(self) -> str:
        for word in self._types:
            kind = _KINDS.get(word.rpartition(":")[2].rpartition("#")[2].rpartition("/")[2].lower())
            if kind is not None:
                return kind
        return "thing"

    @property
    def privacy(self) -> PrivacyClass:
        if self.kind == "camera":
            return PrivacyClass.RESTRICTED
        return PrivacyClass.CONFIDENTIAL if self.kind == "lock" else PrivacyClass.INTERNAL

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
        told = self._form(affordance, ("readproperty", "observeproperty"), default=True)
        if told is not None and not affordance.get("writeOnly"):
            topic = _topic(told["href"])
            if topic is not None:
                values = {"true": "on", "false": "off"} if is_switch else {}
                name = "state" if is_switch else attribute
                self._reads.append(Read(topic=topic, attribute=name, values=values))
            else:
                self._forms[f"read:{attribute}"] = told
        taken = self._form(
            affordance, ("writeproperty",), default=affordance.get("readOnly") is False
        )
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
        form: dict[str, str],
        *,
        payload: Any,
        parameters: dict[str, Any],
        once: bool = False,
    ) -> None:
        if not action:
            raise _malformed("an affordance has no name")
        self._parameters[action] = parameters
        topic = _topic(form["href"])
        if topic is not None:
            self._commands[action] = Send(
                topic=checked_command_topic(topic), payload=payload, once=once
            )
        else:
            self._forms[action] = form

    def _form(
        self, affordance: Mapping[str, Any], ops: tuple[Op, ...], *, default: bool
    ) -> dict[str, str] | None:
        """The first form for one of the operations; ``default``: also one that names none."""
        forms = affordance.get("forms")
        if not isinstance(forms, list) or not forms:
            raise _malformed("an affordance has no forms")
        for op in ops:
            for form in forms:
                if not isinstance(form, Mapping):
                    raise _malformed("a form is no object")
                named_ops = _words(form.get("op"))
                if op in named_ops or (not named_ops and default):
                    return {
                        "href": self._address(form.get("href")),
                        "content_type": str(form.get("contentType", "application/json"))[:100],
                        "op": op,
                    }
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
    """Untrusted where nothing keeps others from it.

    Raises:
        Invalid: ``td.malformed``: it names a security that it does not define.
    """
    definitions = td.get("securityDefinitions")
    names = _words(td.get("security"))
    if not isinstance(definitions, Mapping) or not names or not set(names) <= set(definitions):
        raise _malformed("it does not define its security")
    schemes = [
        definitions[name].get("scheme") if isinstance(definitions[name], Mapping) else None
        for name in names
    ]
    return TrustTier.UNTRUSTED if "nosec" in schemes or None in schemes else TrustTier.BASIC


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


def _topic(href: str) -> str | None:
    """The topic of an MQTT address; None for others."""
    parts = urlsplit(href)
    if parts.scheme not in ("mqtt", "mqtts"):
        return None
    return checked_topic(unquote(parts.path.lstrip("/")))


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
