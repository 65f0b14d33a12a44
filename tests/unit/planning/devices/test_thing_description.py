"""Web of Things Thing Descriptions: what they become, and which are refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Invalid
from tarl.planning.devices.binding import binding_of, heard, payload_for
from tarl.planning.devices.channel import check_command
from tarl.planning.devices.thing_description import CONTEXTS, device_from
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.task import PrivacyClass, TrustTier


def _td(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXTS[1], {"saref": "https://w3id.org/saref#"}],
        "@type": ["Thing", "saref:Light"],
        "id": "urn:example:lamp-1",
        "title": "Desk lamp",
        "base": "http://lamp.local:8080/things/",
        "securityDefinitions": {"basic": {"scheme": "basic"}, "open": {"scheme": "nosec"}},
        "security": "basic",
        "properties": {
            "on": {
                "type": "boolean",
                "forms": [
                    {"op": ["readproperty", "writeproperty"], "href": "on"},
                    {"op": "observeproperty", "href": "on/sse"},
                ],
            },
            "dimmerLevel": {
                "type": "integer",
                "minimum": 0,
                "maximum": 100,
                "forms": [{"op": "writeproperty", "href": "level{?channel}"}],
            },
            "serialNo": {"type": "string", "readOnly": True, "forms": [{"href": "serial"}]},
        },
        "actions": {
            "fade-out": {
                "input": {"type": "object", "properties": {"seconds": {"type": "integer"}}},
                "forms": [{"href": "fade"}],
            }
        },
        **changes,
    }


def _device(**changes: Any) -> Device:
    return device_from(json.dumps(_td(**changes)).encode())


def test_a_lamp_is_a_light_with_its_properties_and_actions() -> None:
    lamp = _device()
    assert (lamp.id, lamp.name, lamp.kind) == ("light.example_lamp_1", "Desk lamp", "light")
    assert [able.capability_type for able in lamp.capabilities] == [
        "turn_on",
        "turn_off",
        "set_dimmer_level",
        "fade_out",
    ]
    assert lamp.channel["wot"]["set_dimmer_level"]["href"] == (
        "http://lamp.local:8080/things/level"
    )
    assert lamp.channel["wot"]["read:serial_no"]["op"] == "readproperty"
    assert lamp.trust_tier is TrustTier.BASIC
    assert lamp.placements == (PlacementTarget.LOCAL_DEVICE,)


def test_what_an_action_takes_is_checked() -> None:
    lamp = _device()
    check_command(lamp, "fade_out", {"seconds": 3})
    check_command(lamp, "set_dimmer_level", {"dimmer_level": 100})
    for action, arguments in (
        ("fade_out", {"seconds": "three"}),
        ("set_dimmer_level", {"dimmer_level": 101}),
    ):
        with pytest.raises(Invalid) as caught:
            check_command(lamp, action, arguments)
        assert caught.value.code == "device.argument"


def test_what_lies_outside_the_house_needs_the_cloud() -> None:
    for base in ("https://things.example.com/lamp/", "http://93.184.216.34/"):
        lamp = _device(base=base)
        assert lamp.placements == (PlacementTarget.CLOUD_REGION,)
        assert all(able.cloud_required for able in lamp.capabilities)
    for base in ("http://192.168.1.7/", "http://[fe80::1]/", "http://hub.lan/", "http://hub/"):
        assert _device(base=base).placements == (PlacementTarget.LOCAL_DEVICE,)


def test_what_anybody_can_operate_is_untrusted() -> None:
    assert _device(security=["open"]).trust_tier is TrustTier.UNTRUSTED


@pytest.mark.parametrize(
    ("type", "kind", "privacy"),
    [
        ("saref:DoorLock", "lock", PrivacyClass.CONFIDENTIAL),
        ("saref:DoorSwitch", "lock", PrivacyClass.CONFIDENTIAL),
        ("GarageDoor", "garage_door", PrivacyClass.CONFIDENTIAL),
        ("Alarm", "alarm", PrivacyClass.CONFIDENTIAL),
        ("WaterValve", "valve", PrivacyClass.INTERNAL),
        ("s4bldg:Boiler", "heater", PrivacyClass.INTERNAL),
        (["Light", "Lock"], "lock", PrivacyClass.CONFIDENTIAL),
        ("VideoCamera", "camera", PrivacyClass.RESTRICTED),
        ("MotionSensor", "sensor", PrivacyClass.CONFIDENTIAL),
        ("DoorSensor", "sensor", PrivacyClass.CONFIDENTIAL),
        ("https://w3id.org/saref#Lock", "lock", PrivacyClass.CONFIDENTIAL),
        ("iot:Camera", "camera", PrivacyClass.RESTRICTED),
        (["Thing"], "thing", PrivacyClass.INTERNAL),
        (None, "thing", PrivacyClass.INTERNAL),
    ],
)
def test_a_kind_is_what_a_type_says(type: Any, kind: str, privacy: PrivacyClass) -> None:
    device = _device(**{"@type": type})
    assert (device.kind, device.privacy_class) == (kind, privacy)


def test_forms_over_mqtt_become_topics() -> None:
    plug = _device(
        **{"@type": "saref:Switch"},
        base="mqtt://hub.local:1883/",
        properties={
            "on": {
                "type": "boolean",
                "forms": [
                    {"op": "writeproperty", "href": "plug/1/set"},
                    {"op": "observeproperty", "href": "plug/1"},
                ],
            },
            "power_w": {"type": "number", "readOnly": True, "forms": [{"href": "plug/1/w"}]},
        },
        actions={},
    )
    binding = binding_of(plug)
    send = binding.commands["turn_on"]
    assert (send.topic, payload_for(send, "turn_on", {}, key="k")) == ("plug/1/set", b"true")
    state, meter = binding.reads
    told = heard(state, b"true", before=None, now_ms=1)
    assert told is not None
    assert told.state.state == "on"
    told = heard(meter, b"12.5", before=told.state, now_ms=2)
    assert told is not None
    assert told.state.attributes == {"power_w": 12.5}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"@type": "tm:ThingModel"}, "td.model"),
        ({"@context": "https://schema.org"}, "td.malformed"),
        ({"@context": None}, "td.malformed"),
        ({"title": ""}, "td.malformed"),
        ({"title": 7}, "td.malformed"),
        ({"security": "digest"}, "td.malformed"),
        ({"security": None}, "td.malformed"),
        ({"securityDefinitions": []}, "td.malformed"),
        ({"properties": [1]}, "td.malformed"),
        ({"properties": {"on": 1}}, "td.malformed"),
        ({"properties": {"on": {"type": "boolean"}}}, "td.malformed"),
        ({"properties": {"on": {"forms": [7]}}}, "td.malformed"),
        ({"properties": {"on": {"forms": [{"href": None}]}}}, "td.malformed"),
        ({"properties": {"on": {"forms": [{"href": "http://[x"}]}}}, "td.malformed"),
        ({"properties": {"on": {"forms": [{"href": "mqtt://h/a/%23"}]}}}, "device.topic"),
        ({"actions": {"--": {"forms": [{"href": "x"}]}}}, "td.malformed"),
        ({"actions": {f"a{n}": {} for n in range(300)}}, "td.malformed"),
        ({"actions": {"x": {"input": {"properties": {"y": 1}, "type": "object"},
                            "forms": [{"href": "x"}]}}}, "td.malformed"),
    ],
)  # fmt: skip
def test_what_is_no_thing_description_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        _device(**changes)
    assert caught.value.code == code
    assert caught.value.next_step


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b" " * 2_000_000, b'{"a":' * 50_000])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        device_from(data)


VALUE = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
FORM = st.fixed_dictionaries(
    {},
    optional={
        "href": st.sampled_from(["x", "/x", "mqtt://h/t", "http://[", "//", "mqtt:"]) | VALUE,
        "op": st.sampled_from(["readproperty", "writeproperty", "invokeaction"]) | VALUE,
    },
)
AFFORDANCE = st.fixed_dictionaries(
    {"forms": st.lists(FORM, max_size=2)},
    optional={"type": st.sampled_from(["boolean", "object"]) | VALUE, "readOnly": VALUE}
    | {"input": st.dictionaries(st.sampled_from(["type", "properties", "enum"]), VALUE)},
)
PART = st.dictionaries(st.sampled_from(["on", "level", "x y"]), AFFORDANCE) | VALUE


@given(st.fixed_dictionaries({}, optional={"base": VALUE, "properties": PART, "actions": PART}))
def test_whatever_is_described_is_a_device_or_refused(changes: dict[str, Any]) -> None:
    with contextlib.suppress(Invalid):
        device = _device(**changes)
        if "mqtt" in device.channel:
            binding_of(device)


def _only(form: dict[str, Any], *, name: str = "on", **changes: Any) -> Device:
    """A thing of no type with one boolean property and one form."""
    properties = {name: {"type": "boolean", "forms": [form]}}
    given = {"@type": None, "base": "", "actions": {}, "title": "Thing", "properties": properties}
    return _device(**(given | changes))


def test_a_property_whose_form_names_no_operation_can_be_read_and_written() -> None:
    device = _only({"href": "http://thing.local/on"})
    assert set(device.channel["wot"]) == {"read:on", "turn_on", "turn_off"}


@pytest.mark.parametrize(
    ("name", "title", "kind"),
    [
        ("locked", "Thing", "lock"),
        ("lockState", "Thing", "lock"),
        ("on", "Garage door opener", "garage_door"),
        ("on", "Front gate", "gate"),
        ("on", "Garage lamp", "thing"),
        ("on", "Door bell", "thing"),
    ],
)
def test_what_nobody_gave_a_type_is_taken_for_what_it_could_let_in(
    name: str, title: str, kind: str
) -> None:
    device = _only({"href": "http://thing.local/x", "op": "writeproperty"}, name=name, title=title)
    assert (device.kind, device.is_critical) == (kind, kind != "thing")


def test_one_form_that_anybody_can_use_is_enough_to_distrust() -> None:
    assert _only({"href": "http://thing.local/on"}).trust_tier is TrustTier.BASIC
    open_form = _only({"href": "http://thing.local/on", "security": ["open"]})
    assert open_form.trust_tier is TrustTier.UNTRUSTED
    either = {
        "basic": {"scheme": "basic"},
        "open": {"scheme": "nosec"},
        "any": {"scheme": "combo", "oneOf": ["open", "basic"]},
    }
    combined = _only(
        {"href": "x"}, base="http://a.local", securityDefinitions=either, security="any"
    )
    assert combined.trust_tier is TrustTier.UNTRUSTED
    with pytest.raises(Invalid):
        _only({"href": "http://thing.local/on", "security": "gone"})


@pytest.mark.parametrize(
    ("content_type", "name", "privacy"),
    [
        ("image/jpeg", "frame", PrivacyClass.RESTRICTED),
        ("video/mp4", "stream", PrivacyClass.RESTRICTED),
        ("application/json", "occupancy", PrivacyClass.CONFIDENTIAL),
        ("application/json", "lastMotion", PrivacyClass.CONFIDENTIAL),
        ("application/json", "promotion", PrivacyClass.INTERNAL),
    ],
)
def test_how_private_a_thing_is_tells_what_it_tells(
    content_type: str, name: str, privacy: PrivacyClass
) -> None:
    form = {"href": "http://thing.local/x", "contentType": content_type, "op": "readproperty"}
    assert _only(form, name=name).privacy_class is privacy


def test_a_topic_may_be_named_apart_from_the_broker() -> None:
    form = {"href": "mqtt://broker.local:1883", "mqv:topic": "x/set", "op": "writeproperty"}
    assert binding_of(_only(form)).commands["turn_on"].topic == "x/set"


def test_a_broker_outside_the_house_is_not_mistaken_for_the_houses() -> None:
    device = _only({"href": "mqtt://broker.example.com/door/set", "op": "writeproperty"})
    assert "mqtt" not in device.channel
    assert device.placements == (PlacementTarget.CLOUD_REGION,)


def test_a_topic_with_a_place_for_a_variable_is_not_cut_off_before_it() -> None:
    device = _only({"href": "mqtt://broker.local/things/{id}/set", "op": "writeproperty"})
    assert "mqtt" not in device.channel
