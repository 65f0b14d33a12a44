"""What may be recorded, and what an odd journal, clock or neighbour comes to."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.opened import until_test_ends
from tests.unit.trust.world import HOUR_MS, LOG, OPERATOR, START_MS, World, codes

from tarl.crypto.note import Checkpoint as Statement
from tarl.crypto.note import sign_note
from tarl.errors import Conflict, Corrupt, Denied, Invalid
from tarl.journal.codec import Codec
from tarl.journal.log import Log
from tarl.journal.store import Checkpoint
from tarl.trust.kms import LocalSigner
from tarl.trust.ledger import TrustLedger
from tarl.trust.links import CHAIN_MAX
from tarl.trust.records import Target
from tarl.trust.signed import sign
from tarl.trust.standing import Standing


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "trust.db")


def leaf(world: World, agent: str):  # type: ignore[no-untyped-def]
    return next(iter(world.ledger.chains(world.tenant, agent, at_ms=world.clock.at_ms))).leaf


def by(world: World, name: str) -> LocalSigner:
    from tarl.kernel.approvals.names import PrincipalId

    return LocalSigner(world.keys.signers[world.principals.get(PrincipalId("default", name)).key])


def test_a_record_is_recorded_once(world: World) -> None:
    world.settle("b")
    link = leaf(world, "b")
    size = world.store.log_size()
    again = world.ledger.record(link.signed.envelope, at_ms=world.clock.at_ms)
    assert (again.digest, again.place) == (link.digest, link.place)
    assert world.store.log_size() == size


def test_a_nonce_serves_once(world: World) -> None:
    world.settle("b")
    link = leaf(world, "b")
    other = msgspec.structs.replace(link.record, reasoning="00" * 32)
    with pytest.raises(Conflict) as refused:
        world.ledger.record(sign(other, by(world, "a")).envelope, at_ms=world.clock.at_ms)
    assert refused.value.code == "trust.nonce"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"issued_at_ms": START_MS + HOUR_MS}, "trust.future"),
        ({"expires_at_ms": START_MS + 100 * HOUR_MS}, "trust.widened"),
        ({"not_before_ms": START_MS - HOUR_MS, "expires_at_ms": START_MS - 1}, "trust.expired"),
        ({"depth_left": 9}, "trust.depth_left"),
        ({"parent": "0" * 64}, "trust.parent"),
        ({"delegator": "b"}, "trust.parent"),
        ({"tenant": "other"}, "trust.parent"),
        ({"envelope": {"args.amount": [{"kind": "harmless"}]}}, "constraint.unknown"),
        ({"grants": ({"action": "a..b", "resource": "*", "constraints": {}},)}, None),
    ],
)
def test_a_delegation_that_says_too_much(world: World, members: dict, code: str | None) -> None:
    world.settle("b")
    link = leaf(world, "b")
    other = msgspec.structs.replace(link.record, nonce="ab" * 16, **members)
    with pytest.raises((Denied, Invalid)) as refused:
        world.ledger.record(sign(other, by(world, "a")).envelope, at_ms=world.clock.at_ms)
    assert code is None or refused.value.code == code


def test_a_signature_too_many_is_refused(world: World) -> None:
    world.settle("b")
    link = leaf(world, "b")
    other = msgspec.structs.replace(link.record, nonce="ab" * 16)
    with pytest.raises(Denied) as refused:
        world.ledger.record(
            sign(other, by(world, "a"), by(world, "b")).envelope, at_ms=world.clock.at_ms
        )
    assert refused.value.code == "trust.signature"


def test_chains_are_bounded(world: World) -> None:
    world.authority("top", delegable=True)
    above = "top"
    for n in range(CHAIN_MAX - 1):
        world.register(f"n{n}", "service")
        world.ops.establish_authority(f"n{n}", delegable=True, parent=above)
        above = f"n{n}"
    world.register("last", "service")
    with pytest.raises(Invalid) as refused:
        world.ops.establish_authority("last", delegable=True, parent=above)
    assert refused.value.code == "trust.chain_length"


def test_the_clock_does_not_run_backwards(world: World) -> None:
    world.settle("b")
    end = leaf(world, "b").expires_at_ms
    world.clock.at_ms = end + 1
    world.agents("later")  # the journal has seen that the delegation is over
    world.clock.at_ms = end - 1
    assert world.all_levels("b") == {False}
    world.clock.at_ms = START_MS
    for level in ("QUICK", "STANDARD", "FULL"):
        assert codes(world.ask("b", level=level)) == {"trust.clock"}
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "b")
    assert refused.value.code == "trust.clock"


def test_what_another_process_revokes_the_next_quick_sees(world: World, tmp_path: Path) -> None:
    world.settle("b")
    other = World(tmp_path / "trust.db")
    other.keys = world.keys
    assert other.ask("b", level="QUICK").allowed
    assert other.ask("b", level="QUICK").allowed
    world.ops.revoke(Target(agent="a"), "now")
    assert codes(other.ask("b", level="QUICK")) == {"trust.revoked"}


def test_a_delegation_decided_before_a_revocation_is_decided_anew(world: World) -> None:
    """Between deciding and committing somebody revokes: nothing is recorded."""
    world.settle("b")
    world.agents("x")
    commit = world.store.commit

    def slow(batch, **options):  # type: ignore[no-untyped-def]
        if any(row.kind == "delegation.recorded/1" for row in batch.rows):
            world.store.commit = commit  # type: ignore[method-assign]
            world.ops.revoke(Target(agent="a"), "meanwhile")
        commit(batch, **options)

    world.store.commit = slow  # type: ignore[method-assign]
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "x")
    assert refused.value.code == "trust.revoked"
    assert list(world.ledger.chains("default", "x", at_ms=START_MS)) == []


def test_a_record_of_another_tenant_counts_for_nothing(tmp_path: Path) -> None:
    mine = World(tmp_path / "trust.db")
    mine.settle("b")
    theirs = World(tmp_path / "trust.db", tenant="other")
    theirs.settle("b")
    assert mine.all_levels("b") == theirs.all_levels("b") == {True}
    decision = mine.ledger.verify("b", mine.facts("b", tenant="third"))
    assert not decision.allowed
    link = leaf(theirs, "b")
    decision = mine.ledger.verify("b", mine.facts("b"), grant=link.digest)
    assert codes(decision) == {"trust.missing"}
    theirs.ops.revoke(Target(agent="a"), "theirs alone")
    assert mine.all_levels("b") == {True}
    assert theirs.all_levels("b") == {False}


def test_another_operators_word_does_not_count(world: World) -> None:
    world.settle("b")
    stranger = TrustLedger(world.store, operator=LOG.verifier)
    for level in ("QUICK", "STANDARD", "FULL"):
        decision = stranger.verify("b", world.facts("b"), level=level)
        assert codes(decision) == {"trust.signature"}


def signed_checkpoint(world: World) -> None:
    size = world.store.log_size()
    root = Log(world.store).root(size)
    note = sign_note(Statement(world.store.origin, size, root).text, LOG)
    world.store.keep_checkpoint(Checkpoint(size, note, START_MS, True), [])


def test_full_says_what_it_checked(world: World) -> None:
    world.settle("b")
    decision = world.ask("b", level="FULL")
    assert decision.checked[-1].endswith("freshness not proved")
    signed_checkpoint(world)
    world.agents("later")
    decision = world.ask("b", level="FULL")
    assert "was signed" in decision.checked[-1]


def test_full_finds_a_cut_log(world: World, tmp_path: Path) -> None:
    world.settle("b")
    world.ops.revoke(Target(agent="a"), "gone")
    signed_checkpoint(world)
    raw = until_test_ends(sqlite3.connect(tmp_path / "trust.db"))
    raw.execute("DELETE FROM event WHERE pos = (SELECT max(pos) FROM event)")
    raw.execute("UPDATE trust_generation SET generation = 0")
    raw.execute("DELETE FROM trust_record WHERE kind = 'revocation'")
    raw.commit()
    fresh = World(tmp_path / "trust.db")
    assert codes(fresh.ask("b", level="FULL")) == {"trust.rolled_back"}
    assert codes(world.ask("b", level="FULL")) <= {"trust.rolled_back", "trust.revoked"}


def test_full_finds_a_byte_of_any_record_that_changed_on_disk(world: World, tmp_path: Path) -> None:
    world.settle("b")
    signed_checkpoint(world)
    raw = until_test_ends(sqlite3.connect(tmp_path / "trust.db", isolation_level=None))
    bodies = raw.execute("SELECT pos, CAST(body AS BLOB) FROM event WHERE kind LIKE '%recorded/1'")
    for pos, body in list(bodies):
        for place in range(0, len(body), 97):
            mutated = bytearray(body)
            mutated[place] ^= 1
            raw.execute("UPDATE event SET body = ? WHERE pos = ?", (bytes(mutated), pos))
            for ledger in (world.ledger, world.open_ledger()):
                assert not ledger.verify("b", world.facts("b"), level="FULL").allowed
        raw.execute("UPDATE event SET body = ? WHERE pos = ?", (bytes(body), pos))
    assert world.ask("b", level="FULL").allowed


def test_a_log_that_was_forked_is_found(world: World, tmp_path: Path) -> None:
    world.settle("b")
    size = world.store.log_size()
    forged = sign_note(Statement(world.store.origin, size, bytes(32)).text, LOG)
    world.store.keep_checkpoint(Checkpoint(size, forged, START_MS, True), [])
    assert codes(world.ask("b", level="FULL")) == {"log.consistency"}
    foreign = sign_note(Statement(world.store.origin, size, bytes(32)).text, OPERATOR)
    ledger = TrustLedger(
        world.store,
        operator=OPERATOR.verifier,
        log_key=LOG.verifier,
        kept_checkpoint=lambda: foreign,
    )
    assert not ledger.verify("b", world.facts("b"), level="FULL").allowed


def test_a_record_in_the_table_that_was_never_signed_grants_nothing(
    world: World, tmp_path: Path
) -> None:
    """Whoever can write the file can write tables; the events decide."""
    world.settle("b")
    raw = until_test_ends(sqlite3.connect(tmp_path / "trust.db"))
    raw.execute("UPDATE trust_record SET agent = 'x' WHERE kind = 'delegation'")
    raw.commit()
    world.agents("x")
    for level in ("QUICK", "STANDARD", "FULL"):
        assert not world.ask("x", level=level).allowed


def test_an_agent_is_no_authority_nor_a_member_of_one(world: World) -> None:
    world.agents("a")
    world.register("board", "service")
    for authority, members in (("a", ()), ("board", ("a",)), ("a", ("board",))):
        with pytest.raises(Denied) as refused:
            world.ops.establish_authority(authority, capabilities=["*"], members=members)
        assert refused.value.code == "trust.principal"


def test_what_is_no_grant_is_not_asked_about(world: World) -> None:
    world.settle("b")
    revoked = world.ops.revoke(Target(agent="b"), "over")
    note = world.ops.audit("a", "mail.send", "mailbox/alice", "SUCCESS")
    for digest in (revoked.digest, note.digest, "0" * 64):
        for level in ("QUICK", "STANDARD", "FULL"):
            decision = world.ledger.verify("a", world.facts("a"), level=level, grant=digest)
            assert codes(decision) == {"trust.missing"}


def test_a_revocation_that_cannot_be_read_denies_for_good() -> None:
    """What it took from whom is not known: it is not passed over the second time either."""
    secrets = {"default": bytes(32)}
    world = World(codec=Codec(secrets.get, seals=True))
    world.settle("b")
    world.ops.revoke(Target(agent="b"), "over")
    assert world.all_levels("a") == {True}
    del secrets["default"]
    again = world.open_ledger()
    for _ in range(3):
        for level in ("QUICK", "STANDARD", "FULL"):
            for agent in "ab":
                assert not again.verify(agent, world.facts(agent), level=level).allowed
    standing = Standing(world.store, "default", lambda signed, place: None)
    for _ in range(2):
        with pytest.raises(Corrupt) as refused:
            standing.refresh()
        assert refused.value.code == "trust.erased"


def test_what_was_allowed_after_a_suspension_is_not_allowed_before_its_end(world: World) -> None:
    """The clock is set back into the suspension: what is remembered was decided for later."""
    world.settle("b")
    world.ops.suspend("b", "for an hour", until_ms=START_MS + HOUR_MS)
    world.clock.at_ms += HOUR_MS
    assert world.all_levels("b") == {True}
    world.clock.at_ms -= 1
    assert world.all_levels("b") == {False}


def test_full_finds_a_keyholder_who_changed_on_disk_since_it_was_asked_last(
    world: World, tmp_path: Path
) -> None:
    world.settle("b")
    assert world.ask("b", level="FULL").allowed
    with closing(sqlite3.connect(tmp_path / "trust.db", isolation_level=None)) as raw:
        raw.execute(
            "UPDATE event SET digest = zeroblob(32)"
            " WHERE stream = (SELECT id FROM stream WHERE name = 'principal/default/a')"
        )
    assert not world.ask("b", level="FULL").allowed
