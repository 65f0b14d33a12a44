"""Row 7: what was signed or recorded is rewritten, in the file itself.

Whoever can write to the file can change bytes, and digests that go with them. Signatures they
cannot make; the log that was signed they cannot change.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, World, memory, sqlite, world

from tarl.errors import TarlError
from tarl.journal.check import check
from tarl.journal.event import event_digest
from tarl.trust.decision import LEVELS
from tarl.trust.ledger import TrustLedger
from tarl.trust.signed import parse
from tarl.values.digest import sha256

RECORDS = ("authority", "genesis", "attestation", "delegation")


def chain(made: World, acme: str) -> dict[str, str]:
    """Ada's and Bob's records by kind, with their digests."""
    made.principal("ada")
    made.principal("bob")
    genesis = made.genesis("ada", acme)
    held = made.attest("ada", genesis, acme, may=(MAIL, DELEGATE))
    given = made.delegate("ada", "bob", held, may=(MAIL,))
    return {"authority": acme, "genesis": genesis, "attestation": held, "delegation": given}


class File:
    """A journal in a file that somebody else writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.world, acme = world(sqlite(path))
        self.digests = chain(self.world, acme)

    def row(self, kind: str) -> tuple[int, bytes]:
        """Position and body of the record's event."""
        with sqlite3.connect(self.path) as raw:
            found = raw.execute("SELECT pos, body FROM event WHERE kind LIKE ?", (f"{kind}.%",))
            pos, body = found.fetchone()
        raw.close()
        return pos, bytes(body)

    def write(self, pos: int, body: bytes, *, digests: bool = False) -> None:
        """Change an event, and its digest and all that follow in its stream with it."""
        raw = sqlite3.connect(self.path, isolation_level=None)
        raw.execute("UPDATE event SET body = ? WHERE pos = ?", (body, pos))
        if digests:
            self.chain_anew(raw, pos)
        raw.close()

    @staticmethod
    def chain_anew(raw: sqlite3.Connection, pos: int) -> None:
        stream, seq = raw.execute("SELECT stream, seq FROM event WHERE pos = ?", (pos,)).fetchone()
        (name,) = raw.execute("SELECT name FROM stream WHERE id = ?", (stream,)).fetchone()
        before = raw.execute(
            "SELECT digest FROM event WHERE stream = ? AND seq = ?", (stream, seq - 1)
        ).fetchone()
        prev = bytes(32) if before is None else bytes(before[0])
        later = raw.execute(
            "SELECT pos, seq, kind, body FROM event WHERE stream = ? AND seq >= ? ORDER BY seq",
            (stream, seq),
        ).fetchall()
        for at, number, kind, body in later:
            prev = event_digest(
                prev, stream=name, seq=number, kind=kind, commitment=sha256(bytes(body))
            )
            raw.execute("UPDATE event SET digest = ? WHERE pos = ?", (prev, at))


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> File:
    return File(tmp_path_factory.mktemp("spoiled") / "t.db")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_changed_byte_of_any_record_is_found(spoiled: File, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(RECORDS))
    digests = data.draw(st.booleans())
    pos, body = spoiled.row(kind)
    changed = bytearray(body)
    changed[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    spoiled.write(pos, bytes(changed), digests=digests)
    try:
        for level in LEVELS:
            cold = spoiled.world.fresh()
            assert not spoiled.world.ask("bob", level=level, verifier=cold).allowed, level
    finally:
        spoiled.write(pos, body, digests=True)
    assert spoiled.world.ask("bob", level="FULL", verifier=spoiled.world.fresh()).allowed


@pytest.mark.parametrize("kind", RECORDS)
def test_every_byte_of_an_envelope_counts(kind: str) -> None:
    """Each of them, of the payload and of the signature: parsed or not, it does not hold."""
    made, acme = world(memory())
    digests = chain(made, acme)
    found = made.fresh().book(made.tenant).read(digests[kind])
    assert found is not None
    signed = found[0]
    for number in range(len(signed.payload)):
        payload = bytearray(signed.payload)
        payload[number] ^= 0x01
        envelope = {**signed.envelope, "payload": base64.b64encode(payload).decode()}
        assert not _counts(made, envelope), number
    for at, (label, signature) in enumerate(signed.signatures):
        for number in range(len(signature)):
            data = bytearray(signature)
            data[number] ^= 0x80
            envelope = json.loads(json.dumps(signed.envelope))
            envelope["signatures"][at]["sig"] = base64.b64encode(data).decode()
            assert not _counts(made, envelope), (label, number)


def _counts(made: World, envelope: Any) -> bool:
    """Whether a record would be taken at the door."""
    ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    size = made.store.log_size()
    try:
        ledger.record(envelope, at_ms=made.at_ms)
    except TarlError:
        assert made.store.log_size() == size
        return False
    return True


def test_a_record_in_anothers_place_does_not_count(tmp_path: Path) -> None:
    """A record that is signed, moved to where another is looked for."""
    file = File(tmp_path / "t.db")
    made = file.world
    other = made.agent("eve", made.authority("acme", issued_at_ms=made.at_ms - 1), may=("pay.*",))
    pos, _ = file.row("delegation")
    found = made.fresh().book(made.tenant).read(other)
    assert found is not None
    body = json.dumps({"envelope": found[0].envelope}, separators=(",", ":"), sort_keys=True)
    file.write(pos, body.encode(), digests=True)
    assert not made.allows("bob")
    assert not made.allows("bob", "pay.send")


def test_a_table_that_lies_permits_nothing(tmp_path: Path) -> None:
    """The tables say where records are; what they permit is in what was signed."""
    file = File(tmp_path / "t.db")
    made, given = file.world, file.digests["delegation"]
    made.principal("eve")
    for column, value in (
        ("agent", "eve"),
        ("expires_at_ms", None),
        ("parent", None),
        ("seq", 99),
        ("stream", "agent/default/ada"),
    ):
        raw = sqlite3.connect(file.path, isolation_level=None)
        before = raw.execute(
            f"SELECT {column} FROM trust_record WHERE digest = ?", (given,)
        ).fetchone()[0]
        raw.execute(f"UPDATE trust_record SET {column} = ? WHERE digest = ?", (value, given))
        for level in LEVELS:
            assert not made.ask("eve", level=level, verifier=made.fresh()).allowed, column
        raw.execute(f"UPDATE trust_record SET {column} = ? WHERE digest = ?", (before, given))
        raw.close()
    assert made.allows("bob")
    raw = sqlite3.connect(file.path, isolation_level=None)
    raw.execute("UPDATE trust_record SET expires_at_ms = NULL")
    made.at_ms += 100 * 86_400_000
    raw.close()
    assert not made.allows("bob")


def test_an_audit_note_is_its_agents_own() -> None:
    made, acme = world(memory())
    chain(made, acme)

    def note(by: str, **said: Any) -> Any:
        defaults: dict[str, Any] = {
            "agent": "ada",
            "action": "mail.send",
            "resource": "mailbox/alice",
            "result": "SUCCESS",
            "chain": None,
            "context": "0" * 64,
            "parent": None,
            "human_origin": None,
        }
        return made.signed("audit", (made.key(by),), **{**defaults, **said}).envelope

    assert not _counts(made, note("bob"))
    assert not _counts(made, note("ada", result="DONE"))
    assert not _counts(made, note("ada", parent="1" * 64))
    assert _counts(made, note("ada"))


@pytest.mark.parametrize("digests", [False, True])
def test_a_rewritten_note_of_what_happened_is_found(tmp_path: Path, digests: bool) -> None:
    """The body alone: by the check of the journal. With its digests: FULL sees another log than
    the one that was signed, and denies.
    """
    file = File(tmp_path / "t.db")
    made = file.world
    note = made.signed(
        "audit",
        (made.key("ada"),),
        agent="ada",
        action="mail.send",
        resource="mailbox/alice",
        result="FAILURE",
        chain=None,
        context="0" * 64,
        parent=None,
        human_origin=None,
    )
    made.journal(note)
    made.checkpoint()
    assert made.allows("bob")
    pos, body = file.row("audit")
    envelope = json.loads(body)
    payload = base64.b64decode(envelope["envelope"]["payload"])
    better = payload.replace(b"FAILURE", b"SUCCESS")
    assert better != payload
    envelope["envelope"]["payload"] = base64.b64encode(better).decode()
    file.write(pos, json.dumps(envelope, separators=(",", ":")).encode(), digests=digests)
    report = check(file.path)
    full = made.ask("bob", level="FULL", verifier=made.fresh())
    if digests:
        assert not full.allowed
        assert {reason.code for reason in full.reasons} <= {"log.consistency", "trust.rolled_back"}
    else:
        assert not report.is_sound
    read = made.fresh().book(made.tenant)
    with pytest.raises(TarlError):
        read.read(note.digest)


def test_signatures_of_strangers_beside_the_right_ones_refuse_a_record() -> None:
    """Nothing rides along in an envelope, not even a signature."""
    made, acme = world(memory())
    digests = chain(made, acme)
    made.principal("eve")
    extra: Callable[[], Any] = lambda: made.delegated(  # noqa: E731
        "ada", "bob", digests["attestation"], may=(MAIL,), by=(made.key("ada"), made.key("eve"))
    )
    assert not _counts(made, extra().envelope)
    good = made.delegated("ada", "bob", digests["attestation"], may=(MAIL,))
    twice = json.loads(json.dumps(good.envelope))
    twice["signatures"] *= 2
    assert not _counts(made, twice)
    assert _counts(made, good.envelope)
    assert parse(good.envelope).digest == good.digest
