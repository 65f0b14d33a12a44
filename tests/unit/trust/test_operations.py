"""Establish, delegate, verify, audit, revoke, on a real store."""

import sqlite3
from pathlib import Path

import pytest
from tests.opened import until_test_ends
from tests.unit.trust.world import HOUR_MS, START_MS, World, codes

from tarl.errors import Conflict, Denied, Invalid, Missing, TarlError
from tarl.trust import admission, book, events
from tarl.trust.records import HumanOrigin, Target

LEVELS = ("QUICK", "STANDARD", "FULL")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "trust.db")


def test_from_the_operator_down_to_a_delegatee_and_back(world: World) -> None:
    first, second = world.settle("b")
    for agent, chain in (("a", first), ("b", second)):
        for level in LEVELS:
            decision = world.ask(agent, level=level)
            assert decision.allowed, decision.reasons
            assert (decision.grant, decision.chain) == (chain.leaf.digest, chain.digest)
            assert decision.reasons[0].code == "trust.allowed"
    assert second.agents == ("a", "b")
    assert [r.KIND for r in second.records] == ["authority", "genesis", "attestation", "delegation"]
    world.ops.revoke(Target(record=first.leaf.digest), "no longer needed")
    for agent in "ab":
        assert world.all_levels(agent) == {False}
        assert codes(world.ask(agent)) == {"trust.revoked"}


def test_a_ledger_opened_anew_says_the_same(world: World) -> None:
    world.settle("b", "c")
    again = world.open_ledger()
    for level in LEVELS:
        assert again.verify("c", world.facts("c"), level=level).allowed
        assert not again.verify("c", world.facts("c", "files.read"), level=level).allowed


def test_what_is_not_granted_is_denied(world: World) -> None:
    world.settle("b")
    assert codes(world.ask("a", "files.read")) == {"policy.no_grant"}
    assert codes(world.ask("nobody")) == {"trust.no_grant"}
    assert codes(world.ledger.verify("a", world.facts("b"))) == {"trust.facts"}
    assert codes(world.ledger.verify("a", world.facts("a", at_ms=None))) == {"trust.facts"}


def test_a_delegation_is_within_what_is_held(world: World) -> None:
    world.settle("b")
    world.agents("c")
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "c", capabilities=["files.read"])
    assert refused.value.code == "trust.widened"
    with pytest.raises(Denied) as refused:
        world.ops.delegate("b", "c")
    assert refused.value.code == "trust.depth_left"
    with pytest.raises(Denied) as refused:
        world.ops.delegate("c", "b")
    assert refused.value.code == "trust.no_grant"


def test_additional_constraints_hold_below(world: World) -> None:
    world.settle()
    world.agents("b")
    world.ops.delegate("a", "b", additional_constraints=["read_only"])
    assert world.all_levels("b", access="write") == {False}
    assert world.all_levels("b", access="read") == {True}
    with pytest.raises(Invalid) as refused:
        world.ops.delegate("a", "b", additional_constraints=["harmless"])
    assert refused.value.code == "constraint.unknown"


def test_the_right_to_delegate_is_a_capability(world: World) -> None:
    world.authority()
    world.agents("a", "b")
    world.ops.establish("a", "acme", ["mail.send"], depth_left=3)
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "b", capabilities=["mail.send"])
    assert refused.value.code == "trust.not_delegable"


def test_nobody_occurs_twice_in_a_line(world: World) -> None:
    world.authority()
    world.agents("a", "b")
    world.ops.establish("a", "acme", ["mail.*", "trust.delegate"], depth_left=5)
    world.ops.delegate("a", "b")
    for delegator, delegatee in (("b", "a"), ("a", "a")):
        with pytest.raises(Denied) as refused:
            world.ops.delegate(delegator, delegatee)
        assert refused.value.code == "trust.cycle"


def test_expiry_of_an_ancestor_ends_all_below(world: World) -> None:
    world.authority()
    world.agents("a", "b")
    world.ops.establish(
        "a",
        "acme",
        ["mail.*", "trust.delegate"],
        depth_left=1,
        expires_at_ms=START_MS + HOUR_MS,
    )
    chain = world.ops.delegate("a", "b")
    assert chain.expires_at_ms == START_MS + HOUR_MS
    assert world.all_levels("b") == {True}
    world.clock.at_ms += HOUR_MS
    assert world.all_levels("b") == {False}
    with pytest.raises(Denied):
        world.ops.delegate("a", "b")


def test_a_task_and_an_audience_bind(world: World) -> None:
    world.authority()
    world.agents("a", "b")
    world.ops.establish(
        "a", "acme", ["mail.*", "trust.delegate"], depth_left=2, task_id="t1", audience="tarl/test"
    )
    assert world.all_levels("a", task="t1") == {True}
    assert world.all_levels("a", task="t2") == {False}
    assert world.all_levels("a") == {False}
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "b", "t2")
    assert refused.value.code == "trust.widened"
    world.ops.delegate("a", "b")
    assert world.all_levels("b", task="t1") == {True}
    world.ops.attest("a", ["files.read"], audience="elsewhere")
    assert world.all_levels("a", "files.read") == {False}


def test_the_human_origin_is_carried_and_can_be_revoked(world: World) -> None:
    world.authority()
    world.agents("a", "b", "x")
    origin = HumanOrigin(
        human="ann", name="Ann", provider="sso", session="s1", authenticated_at_ms=START_MS
    )
    world.ops.establish(
        "a", "acme", ["mail.*", "trust.delegate"], depth_left=2, human_origin=origin
    )
    world.ops.establish("x", "acme", ["mail.*"])
    assert world.ops.delegate("a", "b").human_origin == origin
    seen = world.ops.preview(Target(human="ann"))
    assert seen.agents == ("a", "b")
    world.ops.revoke(Target(human="ann"), "left the company")
    assert world.all_levels("b") == world.all_levels("a") == {False}
    assert world.all_levels("x") == {True}


@pytest.mark.parametrize("target", [Target(agent="a"), Target(authority="acme")])
def test_revoking_cascades_as_previewed(world: World, target: Target) -> None:
    world.settle("b", "c", "d")
    assert world.ops.preview(target).agents == ("a", "b", "c", "d")
    world.ops.revoke(target, "over")
    for agent in "abcd":
        assert world.all_levels(agent) == {False}
    with pytest.raises(Conflict):
        world.ops.revoke(target, "again")


def test_revoking_in_the_middle_leaves_what_is_above(world: World) -> None:
    world.settle("b", "c", "d")
    world.ops.revoke(Target(agent="b"), "compromised", issuer="acme")
    assert world.all_levels("a") == {True}
    for agent in "bcd":
        assert world.all_levels(agent) == {False}


def test_who_may_revoke(world: World) -> None:
    chains = world.settle("b", "c")
    world.agents("x")
    with pytest.raises(Denied):
        world.ops.revoke(Target(record=chains[1].leaf.digest), "malice", issuer="x")
    with pytest.raises(Denied):
        world.ops.revoke(Target(record=chains[0].leaf.digest), "from below", issuer="c")
    with pytest.raises(Missing):
        world.ops.revoke(Target(record="0" * 64), "nothing")
    assert world.all_levels("c") == {True}
    world.ops.revoke(Target(record=chains[2].leaf.digest), "by its ancestor", issuer="a")
    assert world.all_levels("c") == {False}
    world.ops.revoke(Target(record=chains[1].leaf.digest), "by itself", issuer="b")
    assert world.all_levels("b") == {False}


def test_suspension_and_resumption(world: World) -> None:
    world.settle("b", "c")
    world.ops.suspend("b", "odd behaviour", issuer="b")
    assert world.all_levels("a") == {True}
    assert world.all_levels("b") == world.all_levels("c") == {False}
    with pytest.raises(Denied):
        world.ops.resume("b", "I am fine", issuer="b")
    assert world.all_levels("c") == {False}
    world.ops.resume("b", "looked into", issuer="acme")
    assert world.all_levels("b") == world.all_levels("c") == {True}
    world.ops.suspend("b", "for an hour", until_ms=world.clock.at_ms + HOUR_MS)
    assert world.all_levels("c") == {False}
    world.clock.at_ms += HOUR_MS
    assert world.all_levels("c") == {True}


def test_postures(world: World) -> None:
    world.settle("b")
    world.ops.set_posture("a", "supervised", "new here")
    assert world.ask("a").held
    assert world.all_levels("a", access="read") == {True}
    with pytest.raises(Denied) as refused:
        world.ops.delegate("a", "b")
    assert refused.value.code == "trust.held"
    with pytest.raises(Denied):
        world.ops.set_posture("a", "delegating", "trust me", issuer="acme")
    evidence = {"observations": 200, "succeeded": 200, "hours": 48, "anomalies": 0}
    with pytest.raises(Denied):
        world.ops.set_posture("a", "delegating", "by the operator", evidence=evidence)
    world.ops.set_posture("a", "delegating", "worked well", evidence=evidence, issuer="acme")
    assert world.all_levels("a") == {True}
    world.ops.set_posture("a", "pseudo", "stop")
    assert world.all_levels("a") == world.all_levels("b") == {False}


def test_an_authority_of_several(world: World) -> None:
    for name in ("m1", "m2", "m3"):
        world.register(name, "human")
    world.register("board", "service")
    world.ops.establish_authority(
        "board", capabilities=["*"], members=["m1", "m2", "m3"], threshold=2
    )
    world.agents("a")
    world.ops.establish("a", "board", ["mail.*"])
    assert world.all_levels("a") == {True}
    for name in ("m1", "m2"):
        world.keys.signers.pop(world.principals.get(_id(world, name)).key)
    with pytest.raises(TarlError):
        world.ops.attest("a", ["files.*"])


def test_authorities_below_authorities(world: World) -> None:
    world.authority("acme", ["mail.*"], delegable=True)
    world.register("branch", "service")
    world.register("twig", "service")
    with pytest.raises(Denied) as refused:
        world.ops.establish_authority("branch", capabilities=["files.*"], parent="acme")
    assert refused.value.code == "trust.widened"
    world.ops.establish_authority("branch", capabilities=["mail.send"], parent="acme")
    with pytest.raises(Denied) as refused:
        world.ops.establish_authority("twig", capabilities=["mail.send"], parent="branch")
    assert refused.value.code == "trust.not_delegable"
    world.agents("a")
    world.ops.establish("a", "branch")
    assert world.all_levels("a") == {True}
    assert world.all_levels("a", "mail.read") == {False}
    world.ops.revoke(Target(authority="acme"), "closed")
    assert world.all_levels("a") == {False}


def test_an_agent_begins_once(world: World) -> None:
    world.settle()
    with pytest.raises(Conflict) as refused:
        world.ops.establish("a", "acme", ["mail.*"])
    assert refused.value.code == "trust.exists"


def test_only_agents_begin_and_only_registered_ones(world: World) -> None:
    world.authority()
    world.register("ann", "human")
    with pytest.raises(Denied) as refused:
        world.ops.establish("ann", "acme", ["mail.*"])
    assert refused.value.code == "trust.principal"
    with pytest.raises(Missing):
        world.ops.establish("ghost", "acme", ["mail.*"])
    with pytest.raises(Missing):
        world.ops.establish("ann", "nobody", ["mail.*"])


def test_a_revoked_principal_holds_nothing(world: World) -> None:
    world.settle("b")
    world.principals.revoke(_id(world, "a"), "key lost", at_ms=world.clock.at_ms)
    assert world.all_levels("a") == world.all_levels("b") == {False}


def test_refusals_are_journalled(world: World) -> None:
    world.settle("b")
    with pytest.raises(Denied):
        world.ops.delegate("a", "b", capabilities=["files.read"])
    with pytest.raises(Missing):
        world.ops.establish("ghost", "acme")
    kinds = [e.kind for e in world.store.read(events.agent_stream("default", "a"))]
    assert kinds[-1] == events.REFUSED
    last = list(world.store.read(events.trust_stream("default")))[-1]
    assert b'"principal.missing"' in (last.body or b"")


def test_an_audit_is_signed_by_the_agent(world: World) -> None:
    world.settle("b")
    first = world.ops.audit("b", "mail.send", "mailbox/alice", "SUCCESS", {"to": "alice"})
    second = world.ops.audit("b", "mail.send", "mailbox/bob", "FAILURE", parent=first.digest)
    assert second.signed.record.parent == first.digest
    assert first.signed.record.chain is not None
    with pytest.raises(Invalid):
        world.ops.audit("b", "mail.send", "mailbox/bob", "PERHAPS")


def _id(world: World, name: str):  # type: ignore[no-untyped-def]
    from tarl.kernel.approvals.names import PrincipalId

    return PrincipalId(world.tenant, name)


def test_a_preview_leaves_out_what_is_over_already(world: World) -> None:
    chains = world.settle("b", "c", "d")
    world.ops.revoke(Target(record=chains[2].leaf.digest), "over")
    assert world.ops.preview(Target(agent="a")).agents == ("a", "b")
    assert world.ops.preview(Target(agent="c")).agents == ()
    world.clock.at_ms += 25 * HOUR_MS
    assert world.ops.preview(Target(agent="a")).agents == ()


def test_a_bad_row_keeps_nobody_from_revoking(world: World, tmp_path: Path) -> None:
    world.settle("b")
    raw = until_test_ends(sqlite3.connect(tmp_path / "trust.db"))
    raw.execute(
        "INSERT INTO trust_record SELECT tenant, replace(digest, substr(digest, 1, 8), '00000000'),"
        " kind, agent, stream, seq, parent, authority, expires_at_ms, nonce, human"
        " FROM trust_record WHERE agent IN ('a', 'b')"
    )
    raw.commit()
    fresh = World(tmp_path / "trust.db")
    fresh._draws = 1_000
    fresh.keys.signers.update(world.keys.signers)
    assert fresh.all_levels("b") == {True}
    fresh.ops.delegate("a", "b")
    fresh.ops.revoke(Target(agent="a"), "over", issuer="acme")
    assert fresh.all_levels("b") == {False}


def test_whoever_hands_an_agent_things_cannot_crowd_out_what_it_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (book, admission):
        monkeypatch.setattr(module, "HELD_MAX", 3)
    world.settle("b")
    for _ in range(2):
        world.ops.delegate("a", "b", expires_at_ms=START_MS + HOUR_MS)
    with pytest.raises(Invalid) as refused:
        world.ops.delegate("a", "b")
    assert refused.value.code == "trust.too_many"
    assert world.all_levels("b") == {True}
    world.ops.establish("b", "acme", ["files.*"])
    assert world.all_levels("b", "files.read") == {True}
    world.clock.at_ms += HOUR_MS
    world.ops.delegate("a", "b")
    assert world.all_levels("b") == {True}
