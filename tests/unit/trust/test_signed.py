"""What comes in from outside: whatever is not exactly a record is refused, with its code."""

import base64
import json
from typing import Any

import msgspec
import pytest
from tests.unit.trust.world import START_MS, World

from tarl.crypto.dsse import pae
from tarl.errors import Invalid, TarlError
from tarl.trust.records import PAYLOAD_BYTES_MAX, Revocation, Target
from tarl.trust.signed import parse, sign
from tarl.values.canonical import encode


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.settle("b")
    return made


@pytest.fixture(scope="module")
def good(world: World) -> dict[str, Any]:
    """A delegation's envelope."""
    found = list(world.ledger.chains("default", "b", at_ms=START_MS))
    return found[0].leaf.signed.envelope


def payload_of(envelope: dict[str, Any]) -> dict[str, Any]:
    return json.loads(base64.b64decode(envelope["payload"]))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def with_payload(envelope: dict[str, Any], payload: bytes) -> dict[str, Any]:
    return {**envelope, "payload": b64(payload)}


def refused(envelope: Any) -> str:
    with pytest.raises(Invalid) as caught:
        parse(envelope)
    return caught.value.code


def test_a_record_is_read_as_it_was_written(good: dict[str, Any]) -> None:
    signed = parse(good)
    assert signed.envelope == good
    assert signed.kind == "delegation"
    kind = "application/vnd.tarl.delegation.v1+json"
    assert signed.message == pae(kind, base64.b64decode(good["payload"]))


@pytest.mark.parametrize(
    "envelope", [None, [], "x", 7, {}, {"payload": "", "payloadType": "", "signatures": []}]
)
def test_what_is_no_envelope(envelope: Any) -> None:
    assert refused(envelope) in ("trust.envelope", "trust.signatures")


def test_envelopes_with_something_odd(good: dict[str, Any]) -> None:
    signature = good["signatures"][0]
    nine = [{**signature, "keyid": f"k{n}"} for n in range(9)]
    for change, code in (
        ({"more": 1}, "trust.envelope"),
        ({"payload": good["payload"][:-3]}, "trust.envelope"),
        ({"payload": good["payload"] + "\n"}, "trust.envelope"),
        ({"payload": 7}, "trust.envelope"),
        ({"signatures": []}, "trust.signatures"),
        ({"signatures": nine}, "trust.signatures"),
        ({"signatures": [signature, signature]}, "trust.signatures"),
        ({"signatures": [{**signature, "x": 1}]}, "trust.envelope"),
        ({"signatures": [{**signature, "sig": "=="}]}, "trust.envelope"),
        ({"signatures": [{**signature, "sig": "A" * 4000}]}, "trust.envelope"),
        ({"payloadType": "text/plain"}, "trust.kind"),
        ({"payloadType": "application/vnd.tarl.crown.v1+json"}, "trust.kind"),
        ({"payloadType": "application/vnd.tarl.delegation.v2+json"}, "trust.version"),
        ({"payloadType": "application/vnd.tarl.attestation.v1+json"}, "trust.kind"),
    ):
        assert refused({**good, **change}) == code, change


def test_payloads_that_are_not_spelled_as_we_spell_them(good: dict[str, Any]) -> None:
    data = payload_of(good)
    plain = encode(data)
    nonce = data["nonce"].encode()
    for payload, codes in (
        (json.dumps(data, indent=1).encode(), {"trust.canonical"}),
        (b" " + plain, {"trust.canonical"}),
        (plain[:-1] + b',"nonce":"' + nonce + b'"}', {"trust.encoding"}),
        (plain.replace(b'"audience":null', b'"audience":null,"audience":null'), {"trust.encoding"}),
        (plain.replace(b"delegatee", b"delegat\\u0065e", 1), {"trust.canonical"}),
        (plain[:-1], {"trust.encoding"}),
        (plain[:200], {"trust.encoding"}),
        (b"", {"trust.encoding"}),
        (plain.replace(b'"task":null', b'"task":"\xff"'), {"trust.encoding"}),
        (plain.replace(b'"task":null', b'"task":"\\ud800"'), {"trust.encoding"}),
        (plain.replace(b'"depth_left":0', b'"depth_left":0.5'), {"trust.float"}),
        (plain.replace(b'"depth_left":0', b'"depth_left":1e3'), {"trust.float", "trust.canonical"}),
        (plain.replace(b'"depth_left":0', b'"depth_left":NaN'), {"trust.encoding"}),
        (plain.replace(b'"depth_left":0', b'"depth_left":9007199254740993'), {"trust.encoding"}),
        (b"[" * 50_000, {"trust.depth", "trust.encoding"}),
    ):
        assert payload == b"" or payload != plain
        assert refused(with_payload(good, payload)) in codes, payload[:80]


def changed(whole: dict[str, Any], **members: Any) -> dict[str, Any]:
    return with_payload(whole, encode({**payload_of(whole), **members}))


def test_members_that_say_what_no_record_says(good: dict[str, Any]) -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    for members, code in (
        ({"type": "tarl.delegation/2"}, "trust.kind"),
        ({"extra": 1}, "trust.malformed"),
        ({"grants": 7}, "trust.malformed"),
        ({"envelope": {"x": deep}}, "trust.depth"),
        ({"envelope": {"args.é": []}}, "trust.encoding"),
        ({"depth_left": "1"}, "trust.malformed"),
        ({"depth_left": True}, "trust.malformed"),
        ({"depth_left": -1}, "trust.malformed"),
        ({"depth_left": 33}, "trust.malformed"),
        ({"nonce": "00"}, "trust.malformed"),
        ({"nonce": "G" * 32}, "trust.malformed"),
        ({"parent": "0" * 63}, "trust.malformed"),
        ({"delegatee": ""}, "trust.malformed"),
        ({"delegatee": "a\u0000"}, "trust.malformed"),
        ({"tenant": "x" * 600}, "trust.malformed"),
        ({"expires_at_ms": None}, "trust.times"),
        ({"expires_at_ms": 0}, "trust.times"),
        ({"not_before_ms": -1}, "trust.times"),
        ({"delegatee_key": "x+00+AA=="}, "trust.key_type"),
        ({"task": "x" * 1_001}, "trust.malformed"),
        ({"human_origin": {"human": "ann"}}, "trust.malformed"),
    ):
        assert refused(changed(good, **members)) == code, members
    missing = payload_of(good)
    del missing["task"]
    assert refused(with_payload(good, encode(missing))) == "trust.malformed"


def test_a_key_of_another_type_or_of_low_order(good: dict[str, Any]) -> None:
    vkey = payload_of(good)["delegatee_key"]
    name, _, material = vkey.split("+", 2)
    raw = base64.b64decode(material)
    from tarl.crypto.note import VerifierKey

    cosigner = VerifierKey(name, 4, raw[1:])
    low = VerifierKey(name, 1, b"\x01" + bytes(31))
    for key in (cosigner, low):
        assert refused(changed(good, delegatee_key=key.vkey)) == "trust.key_type"


def test_oversized(good: dict[str, Any]) -> None:
    huge = encode({**payload_of(good), "task": "x" * PAYLOAD_BYTES_MAX})
    assert refused(with_payload(good, huge)) == "trust.oversized"
    assert refused({**good, "payload": "A" * 10_000_000}) == "trust.oversized"
    many = [{"action": "a", "resource": "*", "constraints": {}}] * 1_025
    assert refused(changed(good, grants=many)) == "trust.oversized"


def test_a_text_beyond_ascii_is_read_too(world: World) -> None:
    record = Revocation(
        type="tarl.revocation/1",
        tenant="default",
        issued_at_ms=START_MS,
        nonce="00" * 16,
        target=Target(agent="Übermut"),
        reason="zu übermütig 🙂",
        issuer="operator",
    )
    from tests.unit.trust.world import OPERATOR

    from tarl.trust.kms import LocalSigner

    signed = sign(record, LocalSigner(OPERATOR))
    assert parse(signed.envelope) == signed
    both = {"agent": "a", "human": None}
    assert refused(changed(signed.envelope, target=both)) == "trust.canonical"
    assert refused(changed(signed.envelope, target={})) == "trust.malformed"
    two = {"agent": "a", "human": "b"}
    assert refused(changed(signed.envelope, target=two)) == "trust.malformed"


def test_any_byte_of_an_envelope_that_changes_is_found(world: World, good: dict[str, Any]) -> None:
    """Nothing that differs in a byte is admitted as the record that it was, or as another."""
    book = world.ledger.book("default")
    link = book.get(parse(good).digest)
    text = msgspec.json.encode(good)
    for place in range(len(text)):
        for flip in (1, 0x20):
            mutated = bytearray(text)
            mutated[place] ^= flip
            try:
                envelope = msgspec.json.decode(bytes(mutated))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            assert envelope != good
            with pytest.raises(TarlError):
                book.link(parse(envelope), link.place, link.parent)
