"""Row 12: two readers read the same signed bytes differently.

There is one spelling of a record. Whatever is signed and spelled otherwise is no record: at the
door, and in the journal.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, World, sqlite, world

from tarl.errors import TarlError
from tarl.kernel.approvals.request import canonical
from tarl.trust import events
from tarl.trust.ledger import TrustLedger
from tarl.trust.signed import Signed, parse

Change = Callable[[bytes], bytes]


def with_loose_bits(text: str) -> str:
    """The same 64 bytes in base64 with other bits where none count."""
    assert text.endswith("==")
    return f"{text[:-3]}{chr(ord(text[-3]) + 1)}=="


def replaced(old: bytes, new: bytes) -> Change:
    return lambda payload: payload.replace(old, new, 1)


SPELLINGS: dict[str, tuple[Change, set[str]]] = {
    "space": (replaced(b",", b", "), {"trust.canonical"}),
    "newline at the end": (lambda p: p + b"\n", {"trust.canonical"}),
    "mark": (lambda p: b"\xef\xbb\xbf" + p, {"trust.encoding", "trust.canonical"}),
    "escape": (replaced(b'"bob"', b'"\\u0062ob"'), {"trust.canonical"}),
    "escaped slash": (replaced(b'mailbox/*"', b'mailbox\\/*"'), {"trust.canonical"}),
    "member twice": (
        replaced(b'"delegatee":"bob"', b'"delegatee":"bob","delegatee":"eve"'),
        {"trust.encoding"},
    ),
    "member twice, the same": (
        replaced(b'"delegatee":"bob"', b'"delegatee":"bob","delegatee":"bob"'),
        {"trust.encoding"},
    ),
    "members out of order": (
        lambda p: b"{" + b",".join(reversed(p[1:-1].split(b',"type"'))) + b"}",
        {"trust.canonical", "trust.encoding"},
    ),
    "float": (replaced(b'"depth_left":7', b'"depth_left":7.0'), {"trust.float", "trust.canonical"}),
    "fraction where anything may stand": (
        replaced(b'"constraints":{}', b'"constraints":{"args.v":[{"kind":"at_most","limit":1.5}]}'),
        {"trust.float"},
    ),
    "exponent": (
        replaced(b'"depth_left":7', b'"depth_left":70e-1'),
        {"trust.float", "trust.canonical"},
    ),
    "minus nothing": (
        replaced(b'"not_before_ms":0', b'"not_before_ms":-0'),
        {"trust.canonical", "trust.float"},
    ),
    "leading zero": (replaced(b'"depth_left":7', b'"depth_left":07'), {"trust.encoding"}),
    "big integer": (
        replaced(b'"not_before_ms":0', b'"not_before_ms":9007199254740993'),
        {"trust.encoding", "trust.canonical"},
    ),
    "very big integer": (
        replaced(b'"not_before_ms":0', b'"not_before_ms":' + b"9" * 400),
        {"trust.encoding", "trust.canonical"},
    ),
    "no number": (replaced(b'"not_before_ms":0', b'"not_before_ms":NaN'), {"trust.encoding"}),
    "infinite": (replaced(b'"not_before_ms":0', b'"not_before_ms":1e999'), {"trust.encoding"}),
    "another type": (
        replaced(b'"depth_left":7', b'"depth_left":"7"'),
        {"trust.malformed"},
    ),
    "truth for one": (replaced(b'"depth_left":7', b'"depth_left":true'), {"trust.malformed"}),
    "unknown member": (
        replaced(b'"delegatee":', b'"dela":1,"delegatee":'),
        {"trust.malformed", "trust.canonical"},
    ),
    "missing member": (replaced(b'"audience":null,', b""), {"trust.malformed"}),
    "no text": (replaced(b'"bob"', b'"b\xffb"'), {"trust.encoding"}),
    "overlong text": (replaced(b'"bob"', b'"b\xc1\x8fb"'), {"trust.encoding"}),
    "half a character": (replaced(b'"bob"', b'"b\\ud800b"'), {"trust.encoding"}),
    "zero in a name": (replaced(b'"bob"', b'"bob\\u0000"'), {"trust.malformed"}),
    "another kind": (
        replaced(b"tarl.delegation/1", b"tarl.attestation/1"),
        {"trust.kind"},
    ),
    "another version": (replaced(b"tarl.delegation/1", b"tarl.delegation/2"), {"trust.kind"}),
    "two values": (lambda p: p + p, {"trust.encoding"}),
    "an array": (lambda p: b"[" + p + b"]", {"trust.kind"}),
    "nothing": (lambda p: b"", {"trust.encoding"}),
    "deep": (lambda p: b"[" * 100_000, {"trust.depth", "trust.encoding", "trust.oversized"}),
    "cut short": (lambda p: p[: len(p) // 2], {"trust.encoding"}),
}


@pytest.fixture(scope="module")
def made() -> World:
    made, acme = world()
    made.held = made.agent("ada", acme, may=(MAIL, DELEGATE))  # type: ignore[attr-defined]
    made.principal("bob")
    made.principal("eve")
    return made


def given_to_bob(made: World) -> Signed:
    return made.delegated("ada", "bob", made.held, may=(MAIL,))  # type: ignore[attr-defined]


def refused(made: World, envelope: Any) -> str:
    ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    size = made.store.log_size()
    with pytest.raises(TarlError) as caught:
        ledger.record(envelope, at_ms=made.at_ms)
    assert made.store.log_size() == size
    return caught.value.code


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_that_is_rightly_signed_is_no_record(made: World, name: str) -> None:
    change, codes = SPELLINGS[name]
    good = given_to_bob(made)
    payload = change(good.payload)
    assert payload != good.payload
    bad = made.spelled(good.record, payload, (made.key("ada"),))
    assert refused(made, bad.envelope) in codes
    made.journal_envelope(
        bad.envelope, events.DELEGATION, stream=events.agent_stream(made.tenant, "bob")
    )
    assert not made.allows("bob")
    assert not made.allows("eve")


@pytest.mark.parametrize(
    "said",
    [
        {"human_origin": "alice"},
        {"human_origin": {"human": 7}},
        {"expires_at_ms": "soon"},
        {"expires_at_ms": 2**70},
        {"nonce": {}},
        {"parent": []},
        {"authority": [1]},
        {"type": {"a": 1}},
    ],
)
def test_nonsense_past_the_door_neither_counts_nor_breaks_the_tables(
    tmp_path: Path, said: Any
) -> None:
    made, acme = world(sqlite(tmp_path / "t.db"))
    made.agent("ada", acme, may=(MAIL,))
    members = made.members("delegation", delegatee="bob", **said)
    payload = json.dumps(members).encode()
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": "", "signatures": []}
    for stream in (events.agent_stream(made.tenant, "bob"), events.agent_stream("other", "bob")):
        made.journal_envelope(envelope, events.DELEGATION, stream=stream)
    made.principal("bob")
    assert not made.allows("bob")
    assert made.allows("ada")
    made.store.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.update(payload=e["payload"] + "\n"),
        lambda e: e.update(payload=" " + e["payload"]),
        lambda e: e.update(payload=e["payload"][:-1] + "*"),
        lambda e: e.update(
            payload=base64.urlsafe_b64encode(base64.b64decode(e["payload"]) + b"\xff\xff").decode()
        ),
        lambda e: e.update(payload=e["payload"].rstrip("=")[:-1]),
        lambda e: e.update(note="unsigned"),
        lambda e: e.update(payloadType=e["payloadType"].upper()),
        lambda e: e.update(payloadType="application/vnd.tarl.attestation.v1+json"),
        lambda e: e.update(payloadType="application/vnd.tarl.delegation.v01+json"),
        lambda e: e.update(payloadType="application/vnd.tarl.delegation.v2+json"),
        lambda e: e.update(signatures=[]),
        lambda e: e.update(signatures=e["signatures"] * 9),
        lambda e: e.update(signatures=e["signatures"][0]),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"] + "="),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-4]),
        lambda e: e["signatures"][0].update(sig=with_loose_bits(e["signatures"][0]["sig"])),
        lambda e: e["signatures"][0].update(sig=""),
        lambda e: e["signatures"][0].update(alg="none"),
        lambda e: e["signatures"][0].update(keyid=None),
        lambda e: e["signatures"][0].update(keyid=e["signatures"][0]["keyid"] + " "),
        lambda e: e.pop("payload"),
        lambda e: e.update(payload=None),
        lambda e: e.update(payload=7),
        lambda e: e.clear(),
    ],
)
def test_an_envelope_has_one_spelling_too(made: World, change: Callable[[Any], Any]) -> None:
    envelope = copy.deepcopy(given_to_bob(made).envelope)
    change(envelope)
    assert refused(made, envelope).startswith("trust.")


def test_signatures_are_strict() -> None:
    """S + L verifies under a lenient library; here it is another signature, and none."""
    from tarl.crypto.ed25519 import GROUP_ORDER

    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    good = made.delegated("ada", "bob", held, may=(MAIL,))
    ((label, signature),) = good.signatures
    s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    other = signature[:32] + s.to_bytes(32, "little")
    bad = good._replace(signatures=((label, other),))
    assert refused(made, bad.envelope) == "trust.signature"


def test_names_that_look_the_same_are_not(made: World) -> None:
    """é in one character or in two: two names, of which one is registered."""
    one, two = "caf\u00e9", "cafe\u0301"
    made.principal(one)
    good = made.delegated("ada", one, made.held, may=(MAIL,))  # type: ignore[attr-defined]
    made.journal(good)
    assert made.allows(one)
    assert not made.allows(two)
    other = made.delegated(
        "ada",
        two,
        made.held,  # type: ignore[attr-defined]
        may=(MAIL,),
        delegatee_key=made.key(one).verifier.vkey,
    )
    assert refused(made, other.envelope) == "trust.key_unknown"


@given(st.data())
def test_whatever_parses_is_spelled_as_it_is_written(data: st.DataObject) -> None:
    """Differential: what the door takes is what the strict encoder writes, byte for byte."""
    made, _ = world()
    made.principal("ada")
    members = made.members(
        "audit",
        agent=data.draw(st.text(max_size=8)),
        action=data.draw(st.text(max_size=8)),
        resource=data.draw(st.text(max_size=8)),
        result=data.draw(st.sampled_from(("SUCCESS", "DONE"))),
        chain=None,
        context=data.draw(st.sampled_from(("0" * 64, "0" * 63, "A" * 64))),
        parent=None,
        human_origin=None,
    )
    text = json.dumps(
        members,
        ensure_ascii=data.draw(st.booleans()),
        sort_keys=data.draw(st.booleans()),
        separators=(",", ":") if data.draw(st.booleans()) else None,
    )
    envelope = {
        "payload": base64.b64encode(text.encode()).decode(),
        "payloadType": "application/vnd.tarl.audit.v1+json",
        "signatures": [{"keyid": "k", "sig": base64.b64encode(bytes(64)).decode()}],
    }
    try:
        found = parse(envelope)
    except TarlError:
        return
    assert canonical(found.record) == found.payload == text.encode()
