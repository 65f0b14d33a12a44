"""Keys that take over from others: what was signed stands, what a stolen key signs does not."""

from typing import Any

import pytest
from tests.unit.trust.world import HOUR_MS, World

from tarl.crypto.note import Signer
from tarl.errors import Denied, Invalid
from tarl.kernel.approvals.names import PrincipalId
from tarl.trust.kms import HeldKeys, LocalSigner
from tarl.trust.operations import TrustOperations
from tarl.trust.signed import parse, sign


@pytest.fixture
def world() -> World:
    return World()


def with_key(world: World, signer: Signer) -> TrustOperations:
    """Operations of somebody who has one key only, and signs with it whatever is asked."""

    class Thief:
        def signer(self, key: Any) -> LocalSigner:
            return LocalSigner(signer)

    return TrustOperations(
        world.ledger, keys=Thief(), clock=world.clock, tenant=world.tenant, dice=world.draw
    )


def test_what_was_delegated_before_a_rotation_stands(world: World) -> None:
    world.settle("b", "c")
    for name in ("a", "b", "c", "acme"):
        world.rotate(name)
        assert world.all_levels("c") == {True}
    world.agents("d")
    world.ops.delegate("a", "d")
    assert world.all_levels("d") == {True}
    again = world.open_ledger()
    assert again.verify("d", world.facts("d"), level="FULL").allowed
    assert again.verify("c", world.facts("c"), level="FULL").allowed


def test_a_key_that_was_rotated_away_signs_nothing_new(world: World) -> None:
    world.settle("b")
    world.agents("x", "y")
    stolen = world.rotate("a")
    thief = with_key(world, stolen)
    with pytest.raises(Denied) as refused:
        thief.delegate("a", "x")
    assert refused.value.code == "trust.signature"
    fresh = with_key(world, world.keys.signers[world.principals.get(_id("a")).key])
    fresh.delegate("a", "y")
    assert world.all_levels("x") == {False}
    assert world.all_levels("y") == {True}


def test_an_authoritys_stolen_key_signs_nothing_new(world: World) -> None:
    world.settle("b")
    stolen = world.rotate("acme")
    with pytest.raises(Denied) as refused:
        with_key(world, stolen).attest("a", ["files.*"])
    assert refused.value.code == "trust.signature"
    world.ops.attest("a", ["files.*"])
    assert world.all_levels("a", "files.read") == {True}


def test_grace(world: World) -> None:
    world.settle("b")
    world.agents("x", "y", "z")
    before = world.rotate("a", grace_ms=HOUR_MS)
    world.clock.at_ms += HOUR_MS - 1
    with_key(world, before).delegate("a", "x")
    assert world.all_levels("x") == {True}
    world.clock.at_ms += 1
    with pytest.raises(Denied):
        with_key(world, before).delegate("a", "y")
    with pytest.raises(Invalid):
        world.rotate("a", recovered="the laptop was stolen", grace_ms=HOUR_MS)
    lost = world.rotate("a", recovered="the laptop was stolen")
    with pytest.raises(Denied):
        with_key(world, lost).delegate("a", "z")
    assert world.all_levels("x") == {True}
    assert world.open_ledger().verify("x", world.facts("x"), level="FULL").allowed


def test_a_record_signed_before_and_recorded_after_a_rotation_is_refused(world: World) -> None:
    """What counts is when it is journalled: a drawer full of signed records is worth nothing."""
    world.settle("b")
    world.agents("x")
    chain = next(iter(world.ledger.chains("default", "b", at_ms=world.clock.at_ms)))
    import msgspec

    record = msgspec.structs.replace(
        chain.leaf.record,
        delegatee="x",
        delegatee_key=world.principals.get(_id("x")).key.vkey,
        nonce="ab" * 16,
    )
    stolen = world.keys.signers[world.principals.get(_id("a")).key]
    envelope = sign(record, LocalSigner(stolen)).envelope
    parse(envelope)
    world.rotate("a")
    with pytest.raises(Denied) as refused:
        world.ledger.record(envelope, at_ms=world.clock.at_ms)
    assert refused.value.code == "trust.signature"


def test_another_agents_key_is_not_the_delegators(world: World) -> None:
    world.settle("b")
    world.agents("x")
    mallory = world.keys.signers[world.principals.get(_id("x")).key]
    with pytest.raises(Denied) as refused:
        with_key(world, mallory).delegate("a", "x")
    assert refused.value.code == "trust.signature"


def test_held_keys_come_before_others(world: World) -> None:
    world.agents("a")
    key = world.principals.get(_id("a")).key
    mine = LocalSigner(world.keys.signers[key])
    assert HeldKeys(mine).signer(key) is mine
    assert HeldKeys(others=world.keys).signer(key).verifier == key
    from tarl.errors import Unavailable

    with pytest.raises(Unavailable):
        HeldKeys().signer(key)


def _id(name: str) -> PrincipalId:
    return PrincipalId("default", name)
