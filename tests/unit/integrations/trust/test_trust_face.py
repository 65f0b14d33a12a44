"""The seed's names for trust: what works as it is written there, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import TarlError
from tarl.integrations.trust import (
    ActionResult,
    CapabilityRequest,
    HumanOrigin,
    TrustConflict,
    TrustDenied,
    TrustedAgent,
    TrustError,
    TrustInvalid,
    TrustMissing,
    TrustOperations,
    VerificationLevel,
    create_enterprise_authority,
)
from tarl.policy.constraint import AtMost
from tarl.policy.envelope import Envelope

ANN = HumanOrigin(
    human="ann", name="Ann", provider="oidc", session="s1", authenticated_at_ms=1_700_000_000_000
)


class FixedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ops(tmp_path: Path, tarl_home: Path, clock: FixedClock) -> TrustOperations:
    return TrustOperations(journal=tmp_path / "tarl.db", clock=clock)


def do(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


async def team(ops: TrustOperations) -> tuple[TrustedAgent, TrustedAgent]:
    authority = await create_enterprise_authority(trust_ops=ops)
    analyst = TrustedAgent(name="analyst", trust_ops=ops)
    await analyst.establish_trust(
        authority_id=authority.id,
        capabilities=[CapabilityRequest(capability="analyze_data")],
        constraints=["read_only"],
        human_origin=ANN,
        roles=["analyst"],
    )
    summarizer = TrustedAgent(name="summarizer", trust_ops=ops)
    await summarizer.establish_trust(authority.id, ["summarize"], ["text_output_only"])
    return analyst, summarizer


def test_an_agent_holds_what_the_authority_attested(ops: TrustOperations) -> None:
    analyst, summarizer = do(team(ops))

    assert analyst.is_trusted
    assert analyst.capabilities == ["analyze_data"]
    assert analyst.effective_constraints == ["read_only"]
    assert summarizer.effective_constraints == ["text_output_only"]
    chain = analyst.trust_chain
    assert chain is not None
    assert (chain.agent_id, chain.authority_id) == ("analyst", "enterprise")
    assert chain.human_origin == ANN
    assert chain.roles == ["analyst"]
    assert len(chain.hash()) == 64
    assert analyst.trust_status.chain_hash == chain.hash()


def test_an_agent_that_nobody_established_holds_nothing(ops: TrustOperations) -> None:
    nobody = TrustedAgent("nobody", trust_ops=ops)

    assert not nobody.is_trusted
    assert nobody.trust_chain is None
    assert (nobody.capabilities, nobody.effective_constraints) == ([], [])
    assert nobody.trust_status.chain_hash is None


@pytest.mark.parametrize("level", VerificationLevel)
def test_verifying_says_yes_or_why_not(ops: TrustOperations, level: VerificationLevel) -> None:
    do(team(ops))

    yes = do(ops.verify(agent_id="analyst", action="analyze_data", level=level))
    assert (yes.valid, yes.access) == (True, "read")
    no = do(ops.verify("analyst", "analyze_data", level=level, access="write"))
    assert not no.valid
    assert "access" in no.reason
    assert not do(ops.verify("analyst", "summarize", level=level))
    assert not do(ops.verify("stranger", "summarize", level=level))


def test_a_delegation_is_of_what_is_held_and_under_its_constraints(ops: TrustOperations) -> None:
    analyst, summarizer = do(team(ops))

    record = do(
        ops.delegate(
            delegator_id="analyst",
            delegatee_id="summarizer",
            task_id="t1",
            capabilities=["analyze_data"],
            additional_constraints=["text_output_only"],
        )
    )
    chain = do(summarizer.receive_delegation(record))

    assert record.expires_at is not None
    assert sorted(record.constraints) == ["read_only", "text_output_only"]
    assert chain.delegations == [record]
    assert chain.human_origin == ANN
    assert "analyze_data" in summarizer.capabilities
    assert do(ops.verify("summarizer", "analyze_data", task_id="t1"))
    assert not do(ops.verify("summarizer", "analyze_data", task_id="t2"))
    with pytest.raises(TrustDenied):
        do(analyst.receive_delegation(record))


def test_without_a_list_everything_held_is_delegated_but_the_right_to(
    ops: TrustOperations,
) -> None:
    do(team(ops))
    record = do(ops.delegate("analyst", "summarizer", "t1"))
    assert record.capabilities == ["analyze_data"]
    with pytest.raises(TrustError):
        do(ops.delegate("summarizer", "analyst", "t1", ["analyze_data"]))


def test_what_is_not_held_cannot_be_delegated(ops: TrustOperations) -> None:
    do(team(ops))
    with pytest.raises(TrustDenied):
        do(ops.delegate("analyst", "summarizer", "t1", ["send_mail"]))
    assert not do(ops.verify("summarizer", "send_mail", task_id="t1"))


def test_who_may_not_delegate_does_not(ops: TrustOperations) -> None:
    async def work() -> None:
        authority = await create_enterprise_authority(trust_ops=ops)
        await ops.establish("a", authority.id, ["read"], can_delegate=False)
        await ops.establish("b", authority.id, ["write"])
        await ops.delegate("a", "b", "t1", ["read"])

    with pytest.raises(TrustDenied):
        do(work())


def test_a_constraint_that_nobody_registered_denies_and_records_nothing(
    ops: TrustOperations,
) -> None:
    do(team(ops))
    with pytest.raises(TrustInvalid) as refusal:
        do(ops.delegate("analyst", "summarizer", "t1", ["analyze_data"], ["be_nice"]))
    assert refusal.value.code == "constraint.unknown"
    with pytest.raises(TrustInvalid):
        do(ops.establish("fresh", "enterprise", ["x"], ["be_nice"]))
    with pytest.raises(ValueError, match="no constraint is named 'be_nice'"):
        do(ops.establish("fresh", "enterprise", [CapabilityRequest("x", constraints=["be_nice"])]))
    assert ops.chains("fresh") == []
    assert len(ops.chains("summarizer")) == 1


def test_a_registered_constraint_is_enforced(ops: TrustOperations) -> None:
    ops.register_constraint("small", Envelope({"args.rows": AtMost(10)}))

    async def work() -> None:
        authority = await create_enterprise_authority(trust_ops=ops)
        await ops.establish("a", authority.id, ["load"], ["small"])

    do(work())
    assert ops.chains("a")[0].constraints == ["small"]
    assert do(ops.verify("a", "load", context={"rows": 10}))
    assert not do(ops.verify("a", "load", context={"rows": 11}))
    assert not do(ops.verify("a", "load"))
    with pytest.raises(TrustConflict):
        ops.register_constraint("small", Envelope({"args.rows": AtMost(99)}))


def test_revoking_takes_everything_below_along(ops: TrustOperations) -> None:
    analyst, summarizer = do(team(ops))
    record = do(ops.delegate("analyst", "summarizer", "t1", ["analyze_data"]))

    assert do(ops.revoke(record, "done")) == ["summarizer"]
    assert not do(ops.verify("summarizer", "analyze_data", task_id="t1"))
    assert summarizer.capabilities == ["summarize"]

    do(ops.delegate("analyst", "summarizer", "t2", ["analyze_data"]))
    assert do(ops.revoke("analyst", "gone")) == ["analyst", "summarizer"]
    assert not analyst.is_trusted
    assert not do(ops.verify("summarizer", "analyze_data", task_id="t2"))
    assert do(ops.verify("summarizer", "summarize"))


def test_a_delegation_ends_by_itself(ops: TrustOperations, clock: FixedClock) -> None:
    do(team(ops))
    do(ops.delegate("analyst", "summarizer", "t1", ["analyze_data"], expires_in=60))
    assert do(ops.verify("summarizer", "analyze_data", task_id="t1"))
    clock.ms += 60_000
    assert not do(ops.verify("summarizer", "analyze_data", task_id="t1"))


def test_audit_notes_are_signed_and_linked(ops: TrustOperations) -> None:
    do(team(ops))
    first = do(ops.audit(agent_id="analyst", action="looked", context={"rows": 3}))
    second = do(ops.audit("analyst", "failed", ActionResult.FAILURE, parent_anchor_id=first.id))

    assert second.parent_anchor_id == first.id
    assert first.chain_hash == ops.chains("analyst")[0].hash()
    assert second.result is ActionResult.FAILURE
    with pytest.raises(TrustError):
        do(ops.audit("analyst", "looked", parent_anchor_id="0" * 64))
    with pytest.raises(TrustMissing):
        do(ops.audit("stranger", "looked"))


def test_a_further_attestation_adds_to_an_agent(ops: TrustOperations) -> None:
    do(team(ops))
    do(ops.establish("analyst", "enterprise", ["plan"]))
    agent = TrustedAgent("analyst", trust_ops=ops)
    assert agent.capabilities == ["analyze_data", "plan"]
    assert agent.effective_constraints == ["read_only"]


def test_the_authority_gives_no_more_than_it_may(ops: TrustOperations) -> None:
    async def work() -> None:
        await ops.create_authority("small", capabilities=["read.*"])
        await ops.establish("a", "small", ["write.file"], can_delegate=False)

    with pytest.raises(TrustDenied) as refusal:
        do(work())
    assert refusal.value.code == "trust.widened"
    with pytest.raises(TrustMissing):
        do(ops.establish("a", "nobody", ["read.file"]))
    with pytest.raises(TrustInvalid):
        do(ops.establish("a", "small", []))


def test_the_authority_is_made_once(ops: TrustOperations) -> None:
    first = do(create_enterprise_authority(trust_ops=ops))
    assert do(create_enterprise_authority(trust_ops=ops)) == first
    assert (first.id, first.capabilities) == ("enterprise", ["*"])


def test_the_operations_made_last_are_the_ones_in_use(tmp_path: Path, tarl_home: Path) -> None:
    async def work() -> list[str]:
        TrustOperations(journal=tmp_path / "other.db")
        ops = TrustOperations(journal=tmp_path / "tarl.db")
        authority = await create_enterprise_authority()
        agent = TrustedAgent("agent")
        await agent.establish_trust(authority.id, ["work"])
        assert agent.trust_ops is ops
        return [chain.agent_id for chain in ops.chains("agent")]

    assert do(work()) == ["agent"]


def test_another_object_and_process_see_the_same(ops: TrustOperations, tmp_path: Path) -> None:
    analyst, _ = do(team(ops))
    again = TrustOperations(journal=tmp_path / "tarl.db", clock=FixedClock())
    assert again.chains("analyst") == [analyst.trust_chain]


def test_every_refusal_is_a_trust_error_and_tarls_own(ops: TrustOperations) -> None:
    for refused in (
        ops.establish("a", "nobody", ["x"]),
        ops.establish("a", "nobody", ["x y*"]),
        ops.delegate("a", "b", "t", ["x"]),
        ops.revoke("nobody"),
    ):
        with pytest.raises(TrustError) as refusal:
            do(refused)
        assert isinstance(refusal.value, TarlError)
        assert refusal.value.code
