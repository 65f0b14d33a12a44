"""Roles and posture as the records of trust have them at this moment."""

from __future__ import annotations

from pathlib import Path

from tests.unit.policy.cedar.texts import asked, edition
from tests.unit.trust.world import HOUR_MS, World

from tarl.governance.policies.questions import Traits
from tarl.governance.policies.traits import traits_in
from tarl.kernel.aims import ACCESSES
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.vocabulary import KNOWN_TEXTS
from tarl.trust.posture import INITIAL, POSTURES
from tarl.trust.records import Target


def test_the_roles_are_those_of_live_attestations(tmp_path: Path) -> None:
    world = World(tmp_path / "trust.db")
    world.authority()
    world.agents("a", "b")
    chain = world.ops.establish(
        "a", "acme", ["mail.*", "trust.delegate"], roles=["clerk", "boss"], depth_left=1
    )
    world.ops.delegate("a", "b")
    traits = traits_in(world.ledger, world.clock.now_ms)
    assert traits("default", "a") == Traits(("boss", "clerk"), INITIAL)
    assert traits("default", "b").roles == ()  # roles are not handed on
    assert traits("default", "nobody") == Traits((), INITIAL)
    world.ops.revoke(Target(record=chain.leaf.digest), "no longer")
    assert traits("default", "a").roles == ()


def test_an_expired_attestation_gives_no_role(tmp_path: Path) -> None:
    world = World(tmp_path / "trust.db")
    world.authority()
    world.agents("a")
    until_ms = world.clock.at_ms + HOUR_MS
    world.ops.establish("a", "acme", ["mail.*"], roles=["clerk"], expires_at_ms=until_ms)
    traits = traits_in(world.ledger, world.clock.now_ms)
    assert traits("default", "a").roles == ("clerk",)
    world.clock.at_ms = until_ms
    assert traits("default", "a").roles == ()


def test_traits_are_asked_for_only_where_a_rule_reads_them() -> None:
    def reads(condition: str) -> bool:
        text = f"forbid (principal, action, resource) when {{ {condition} }};"
        return Judge([edition(text)]).reads_traits

    assert reads('principal.roles.contains("clerk")')
    assert reads('principal.posture == "tool"')
    assert reads('[principal].contains(Agent::"acme/bob")')
    assert not reads('principal.id == "bob"')
    assert not Judge([]).reads_traits
    assert Judge([edition()]).decide([asked()]).reasons


def test_policies_know_every_posture_and_access() -> None:
    assert KNOWN_TEXTS["principal", "posture"] == ("none", *POSTURES)
    assert KNOWN_TEXTS["context", "access"] == ACCESSES
