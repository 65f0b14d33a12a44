"""Chains of delegation as Biscuit tokens, asked through Biscuit's own library."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.trust.world import HOUR_MS, OPERATOR, START_MS, World

from tarl.errors import Invalid
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant, Grants
from tarl.provenance.biscuit import token
from tarl.trust.chain import Chain
from tarl.values.verdict import Allow

biscuit = pytest.importorskip("biscuit_auth", reason="biscuit-python has no wheel for this Python")
Algorithm = biscuit.Algorithm
AuthorizationError = biscuit.AuthorizationError
AuthorizerBuilder = biscuit.AuthorizerBuilder
Biscuit = biscuit.Biscuit
BiscuitValidationError = biscuit.BiscuitValidationError
Fact = biscuit.Fact
KeyPair = biscuit.KeyPair
PublicKey = biscuit.PublicKey

ROOT: Any = PublicKey.from_bytes(OPERATOR.verifier.public, Algorithm.Ed25519)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "trust.db")


def allows(text: str, agent: str, at_ms: int = START_MS + HOUR_MS, **facts: Any) -> bool:
    """Whether Biscuit's own library lets an effect pass."""
    asked = AuthorizerBuilder("allow if holder({agent});", {"agent": agent})
    stated = {"tenant": "default", "access": "write", "output": "text", "task": "t", **facts}
    for name, value in stated.pop("args", {}).items():
        # Written out: the binding takes a list of small numbers for bytes.
        asked.add_fact(Fact(f"arg({{name}}, {json.dumps(value)})", {"name": name}))
    for name, value in stated.pop("spends", {}).items():
        asked.add_fact(Fact("spends({name}, {value})", {"name": name, "value": value}))
    for name, value in stated.items():
        asked.add_fact(Fact(f"{name}({{value}})", {"value": value}))
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    asked.add_fact(Fact("time({at})", {"at": at}))
    limits = asked.limits()
    limits.max_time = timedelta(seconds=10)  # a millisecond by itself, which a busy machine takes
    asked.set_limits(limits)
    try:
        asked.build(Biscuit.from_base64(text, ROOT)).authorize()
    except AuthorizationError:
        return False
    return True


def delegated(world: World, **constraints: Any) -> Chain:
    world.authority()
    world.agents("a", "b")
    world.ops.establish("a", "acme", ["mail.*", "trust.delegate"], depth_left=1)
    return world.ops.delegate("a", "b", "t", ["mail.send"], Envelope.from_data(constraints))


def test_a_token_allows_what_the_whole_chain_allows(world: World) -> None:
    text = token(delegated(world), OPERATOR)

    assert allows(text, "b", action="mail.send", resource="mailbox/alice")
    assert not allows(text, "a", action="mail.send", resource="mailbox/alice")
    assert not allows(text, "b", action="mail.read", resource="mailbox/alice")
    assert not allows(text, "b", action="mail.send", resource="mailbox/alice", task="other")
    assert not allows(text, "b", action="mail.send", resource="mailbox/alice", tenant="acme")
    day = 24 * HOUR_MS
    at = {"action": "mail.send", "resource": "mailbox/alice"}
    assert allows(text, "b", at_ms=START_MS + day - 1000, **at)
    assert not allows(text, "b", at_ms=START_MS + day, **at)
    assert not allows(text, "b", at_ms=START_MS - 1000, **at)


def test_a_token_has_a_block_for_each_record_and_the_operators_signature(world: World) -> None:
    text = token(delegated(world), OPERATOR)
    made = Biscuit.from_base64(text, ROOT)

    assert made.block_count() == 3  # the authority, the attestation, the delegation
    with pytest.raises(BiscuitValidationError):
        Biscuit.from_base64(text, KeyPair().public_key)


def test_what_biscuit_cannot_say_is_refused(world: World) -> None:
    window = {"time": [{"kind": "window", "zone": "UTC", "days": [1], "to_minute": 600}]}

    with pytest.raises(Invalid) as refused:
        token(delegated(world, **window), OPERATOR)
    assert refused.value.code == "export.inexpressible"


numbers = st.integers(-2, 3)
texts = st.sampled_from(["a", "ab", "b", "a/../b", 'x"); allow if true; //'])
scalars = numbers | texts | st.booleans()
values = st.lists(scalars, min_size=1, max_size=3)
constraints = st.one_of(
    st.fixed_dictionaries({"kind": st.just("at_most"), "limit": numbers}),
    st.fixed_dictionaries({"kind": st.just("at_least"), "limit": numbers}),
    st.fixed_dictionaries({"kind": st.just("one_of"), "values": st.lists(scalars, max_size=3)}),
    st.fixed_dictionaries({"kind": st.just("required"), "values": values}),
    st.fixed_dictionaries({"kind": st.just("forbidden"), "values": values}),
    st.fixed_dictionaries(
        {
            "kind": st.just("prefix"),
            "prefixes": st.lists(texts.filter(lambda t: ".." not in t), min_size=1, max_size=2),
        }
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(constraints, min_size=1, max_size=2),
    scalars | st.lists(scalars, max_size=3) | st.none(),
    st.booleans(),
)
def test_biscuit_answers_as_the_grants_do(limits: list[Any], value: Any, in_grant: bool) -> None:
    world = World()
    world.authority()
    world.agents("a")
    asked = Envelope.from_data({"args.x": limits})
    granted = Grant("mail.*", "mailbox/*", asked if in_grant else Envelope())
    chain = world.ops.establish("a", "acme", [granted], Envelope() if in_grant else asked)
    facts = world.facts("a", args={} if value is None else {"x": value}, task="t")
    record = chain.leaf.record

    verdict = Grants.from_data(list(record.grants), record.envelope).allows(facts)
    args = {} if value is None else {"x": value}
    theirs = allows(
        token(chain, OPERATOR), "a", action="mail.send", resource="mailbox/alice", args=args
    )

    assert theirs is isinstance(verdict, Allow)
