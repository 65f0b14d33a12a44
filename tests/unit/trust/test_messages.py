"""Messages: signed, for one recipient and audience, once and not for long."""

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
from tests.unit.kernel.voters import signer, someone
from tests.unit.trust.correspondents import NOON_MS, Post, envelope, message, sqlite

from tarl.crypto import dsse
from tarl.errors import Conflict, Exceeded, TarlError
from tarl.journal.projection import Tables
from tarl.journal.rebuild import changed_tables
from tarl.kernel.approvals.request import canonical
from tarl.trust.messages import (
    BUCKET_MS,
    MESSAGE_TYPE,
    SKEW_MS_MAX,
    TTL_MS_MAX,
    Messages,
    claimed,
    sign,
)

MINUTE_MS = 60_000


@pytest.fixture
def post() -> Post:
    return Post()


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(TarlError) as caught:
        act()
    return caught.value.code


def test_a_message_is_taken_once(post: Post) -> None:
    taken = post.take(envelope())
    assert taken.message == message()
    assert refused(lambda: post.take(envelope())) == "message.replayed"
    assert refused(lambda: post.take(envelope(body="another"))) == "message.replayed"
    post.take(envelope(2))
    assert post.messages.unexpired("default", "ada") == 2
    (first, _) = post.store.read("messages/default/bob")
    assert json.loads(first.body or b"")["digest"] == taken.digest


def test_only_the_senders_own_key_makes_a_message(post: Post) -> None:
    assert refused(lambda: post.take(envelope(by="eve"))) == "message.signature"
    forged = envelope(by="eve")
    forged["signatures"][0]["keyid"] = signer(someone("ada")).verifier.label
    assert refused(lambda: post.take(forged)) == "message.signature"
    stranger = envelope(sender="mallory")
    assert refused(lambda: post.take(stranger)) == "principal.missing"
    assert post.messages.unexpired("default", "ada") == 0


def test_a_rotated_key_and_a_revoked_sender_say_nothing_any_more(post: Post) -> None:
    post.panel.rotate("ada")
    assert refused(lambda: post.take(envelope())) == "message.signature"
    post.take(envelope(serial=2))
    post.panel.principals.revoke(someone("ada"), "stolen", at_ms=0)
    assert refused(lambda: post.take(envelope(2, serial=2))) == "message.sender"


def test_it_is_for_one_recipient_audience_and_tenant(post: Post) -> None:
    assert refused(lambda: post.take(envelope(), by="eve")) == "message.recipient"
    assert refused(lambda: post.take(envelope(), audience="run/1")) == "message.recipient"
    board = envelope(audience="board")
    assert refused(lambda: post.take(board)) == "message.recipient"
    assert refused(lambda: post.take(board, audience="Board")) == "message.recipient"
    post.take(board, audience="board")
    post.panel.register("ada", "agent", "other")
    elsewhere = envelope(3, tenant="other")
    assert refused(lambda: post.take(elsewhere)) == "message.recipient"
    post.take(elsewhere, tenant="other")


def test_it_is_good_for_its_time_only(post: Post) -> None:
    expires_ms = NOON_MS + 300_000
    post.take(envelope(1), at_ms=expires_ms - 1)
    assert refused(lambda: post.take(envelope(2), at_ms=expires_ms)) == "message.expired"
    ahead = envelope(3, issued_at_ms=NOON_MS + SKEW_MS_MAX + 1)
    assert refused(lambda: post.take(ahead)) == "message.future"


def test_a_clock_that_steps_back_brings_no_message_back(post: Post) -> None:
    post.take(envelope(1))
    later_ms = NOON_MS + 300_000 + BUCKET_MS
    post.take(envelope(2, issued_at_ms=later_ms), at_ms=later_ms)
    assert post.messages.unexpired("default", "ada") == 1  # the first is forgotten by now
    assert refused(lambda: post.take(envelope(1), at_ms=NOON_MS)) == "message.expired"


def test_a_flood_is_refused_and_shuts_out_nobody_else() -> None:
    post = Post(unexpired_max=50)
    for number in range(50):
        post.take(envelope(number))
    for number in range(50, 80):
        with pytest.raises(Exceeded) as caught:
            post.take(envelope(number))
        assert caught.value.code == "message.flood"
    for number in range(50):
        assert refused(lambda n=number: post.take(envelope(n))) == "message.replayed"
    post.take(envelope(sender="eve"))
    assert post.messages.unexpired("default", "ada") == 50
    later_ms = NOON_MS + 300_000 + BUCKET_MS
    post.take(envelope(99, issued_at_ms=later_ms), at_ms=later_ms)
    assert post.messages.unexpired("default", "ada") == 1
    assert post.store.count("trust_message", {"sender": "ada"}) == 1


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    post = Post(sqlite(tmp_path / "t.db"), unexpired_max=3)
    for number in range(3):
        post.take(envelope(number))
    post.store.close()
    store = sqlite(tmp_path / "t.db")
    again = Messages(store, unexpired_max=3)
    for number in range(3):
        code = refused(
            lambda n=number: again.accept(envelope(n), recipient=someone("bob"), at_ms=NOON_MS)
        )
        assert code == "message.replayed"
    with pytest.raises(Exceeded):
        again.accept(envelope(4), recipient=someone("bob"), at_ms=NOON_MS)
    assert not list(changed_tables(store))
    store.close()


def test_two_connections_take_a_message_once_between_them(tmp_path: Path) -> None:
    one = Post(sqlite(tmp_path / "t.db"))
    store = sqlite(tmp_path / "t.db")
    two = Messages(store)
    for number in range(5):
        one.take(envelope(number))
        code = refused(
            lambda n=number: two.accept(envelope(n), recipient=someone("bob"), at_ms=NOON_MS)
        )
        assert code == "message.replayed"
    one.store.close()
    store.close()


def test_another_guard_in_the_same_transaction_refuses_too(post: Post) -> None:
    def suspended(tables: Tables) -> None:
        raise Conflict("suspended meanwhile", code="test.suspended")

    def act() -> None:
        post.messages.accept(
            envelope(), recipient=someone("bob"), at_ms=NOON_MS, guards=(suspended,)
        )

    assert refused(act) == "test.suspended"
    post.take(envelope())


def respelled(payload: bytes) -> Any:
    """The bytes as they are, signed: only the spelling can be wrong."""
    return dsse.sign(payload, MESSAGE_TYPE, signer(someone("ada")))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace(b"{", b"{ ", 1),
        lambda t: t.replace(b'"ada"', b'"\\u0061da"'),
        lambda t: t.replace(b'"ttl_ms":300000', b'"ttl_ms":300000.0'),
        lambda t: t.replace(b'"ttl_ms":300000', b'"ttl_ms":3e5'),
        lambda t: t.replace(b'"number":1', b'"number":1.5'),
        lambda t: t.replace(b'"number":1', b'"number":9007199254740992'),
        lambda t: t.replace(b'"number":1', b'"number":NaN'),
        lambda t: t.replace(b'"sender":"ada"', b'"sender":"ada","sender":"eve"'),
        lambda t: t.replace(b'"sender":"ada"', b'"sender":"ada","supervisor":true'),
        lambda t: t.replace(b'"type":"tarl.message/1"', b'"type":"tarl.message/2"'),
        lambda t: t.replace(b',"type":"tarl.message/1"', b""),
        lambda t: t.replace(b'"ada"', b'"a\xffda"'),
        lambda t: t.replace(b'"ada"', b'"a\\ud800da"'),
        lambda t: b"\xef\xbb\xbf" + t,
        lambda t: t[:-1],
        lambda t: t + b"\n",
        lambda t: b"[" * 5_000,
        lambda t: b"",
    ],
)
def test_there_is_one_spelling_of_a_message(post: Post, change: Callable[[bytes], bytes]) -> None:
    payload = canonical(message())
    post.take(respelled(canonical(message(7))))
    assert change(payload) != payload
    assert refused(lambda: post.take(respelled(change(payload)))) == "message.malformed"


@pytest.mark.parametrize(
    "changes",
    [
        {"ttl_ms": 0},
        {"ttl_ms": -1},
        {"ttl_ms": TTL_MS_MAX + 1},
        {"ttl_ms": True},
        {"issued_at_ms": -1},
        {"issued_at_ms": 2**53 - 1},
        {"nonce": "short"},
        {"nonce": "A" * 32},
        {"in_reply_to": "x"},
        {"sender": ""},
        {"recipient": "a\nb"},
        {"audience": ""},
        {"body": 1.5},
        {"body": "x" * 70_000},
        {"type": "tarl.delegation/1"},
    ],
)
def test_members_that_cannot_be_are_refused(post: Post, changes: Any) -> None:
    assert refused(lambda: sign(message(**changes), signer(someone("ada")))) == "message.malformed"
    payload = canonical(message(**changes))
    assert refused(lambda: post.take(respelled(payload))) == "message.malformed"


@pytest.mark.parametrize(
    "envelope_",
    [
        None,
        [],
        "x",
        {},
        {"payload": "", "payloadType": MESSAGE_TYPE, "signatures": []},
        {"payload": 1, "payloadType": MESSAGE_TYPE, "signatures": [{}]},
        {"payload": "A" * 100_000, "payloadType": MESSAGE_TYPE, "signatures": [{}]},
    ],
)
def test_what_is_no_envelope_is_refused(post: Post, envelope_: Any) -> None:
    assert refused(lambda: post.take(envelope_)) == "message.malformed"


def test_there_is_one_spelling_of_an_envelope(post: Post) -> None:
    good = envelope()
    others = []
    for change in (
        lambda e: e.update(note="me too"),
        lambda e: e.update(payloadType="application/json"),
        lambda e: e["signatures"].append(e["signatures"][0]),
        lambda e: e["signatures"][0].update(alg="none"),
        lambda e: e.update(payload=e["payload"].rstrip("=")),
        lambda e: e.update(payload=e["payload"] + "\n"),
        lambda e: e.update(payload=base64.urlsafe_b64encode(b"\xfb\xff").decode()),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-4]),
    ):
        bad = copy.deepcopy(good)
        change(bad)
        others.append(bad)
    for bad in others:
        assert refused(lambda b=bad: post.take(b)) in ("message.malformed", "message.signature")
    post.take(good)


@given(st.data())
def test_any_changed_byte_of_a_message_is_found(data: st.DataObject) -> None:
    good = envelope()
    payload = bytearray(base64.b64decode(good["payload"]))
    index = data.draw(st.integers(0, len(payload) - 1))
    payload[index] ^= 1 << data.draw(st.integers(0, 7))
    bad = {**good, "payload": base64.b64encode(bytes(payload)).decode()}
    with pytest.raises(TarlError):
        Post().take(bad)


def test_a_claim_is_not_a_proof() -> None:
    assert claimed(envelope(by="eve")).message.sender == "ada"
