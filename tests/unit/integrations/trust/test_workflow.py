"""Workflows along connections, the registry, executors of one's own, and the blackboard's value."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.trust.crew import Boss, Office, Smuggler, Worker, do

from tarl.integrations.trust import (
    ActionResult,
    Blackboard,
    Contribution,
    TrustAwareAgentRegistry,
    TrustAwarePattern,
    TrustAwarePatternExecutor,
    TrustAwareSequentialExecutor,
    TrustAwareWorkflowBuilder,
    TrustConflict,
    TrustDenied,
    TrustedAgent,
    TrustError,
    TrustExecutionContext,
    TrustInvalid,
    TrustMissing,
    VerificationLevel,
    WorkflowValidationError,
)
from tarl.testing.replaycheck import assert_replays


@pytest.fixture
def office(tmp_path: Path, tarl_home: Path) -> Office:
    return Office(tmp_path)


def pipeline(office: Office) -> Any:
    researcher = office.hire(Worker("researcher"), "search", "analyze")
    analyst = office.hire(Worker("analyst"), "analyze", "write")
    writer = office.hire(Worker("writer"), "write")
    builder = (
        TrustAwareWorkflowBuilder(office.ops)
        .add_agent(researcher, required_capabilities=["search"])
        .add_agent(analyst, required_capabilities=["analyze"])
        .add_agent(writer, required_capabilities=["write"])
        .connect(researcher, analyst, capabilities_to_delegate=["analyze"])
        .connect(analyst, writer, capabilities_to_delegate=["write"])
    )
    return builder


def test_agents_work_along_connections(office: Office) -> None:
    done = do(pipeline(office).build().execute(["x"]))
    assert done.result == ["x", "researcher", "analyst", "writer"]
    assert [(d.delegator_id, d.delegatee_id, d.capabilities) for d in done.delegations] == [
        ("researcher", "analyst", ["analyze"]),
        ("analyst", "writer", ["write"]),
    ]
    assert office.live_loans() == []


def test_a_builder_may_be_awaited(office: Office) -> None:
    builder = pipeline(office)

    async def work() -> Any:
        workflow = await builder.build()
        return await workflow.execute(["x"], task_id="t")

    assert do(work()).success


def test_a_connection_hands_on_what_it_says_and_no_more(office: Office) -> None:
    first = office.hire(Worker("first"), "read", "write")
    second = office.hire(Worker("second"), "read", "write")
    builder = TrustAwareWorkflowBuilder(office.ops).add_agent(first).add_agent(second)
    done = do(builder.connect(first, second, ["read"]).build().execute("x"))
    assert [d.capabilities for d in done.delegations] == [["read"]]
    builder = TrustAwareWorkflowBuilder(office.ops).add_agent(first).add_agent(second)
    done = do(builder.connect(first, second).build().execute("y"))
    assert done.delegations == []


def test_a_connection_is_looked_at_again_when_it_is_walked(office: Office) -> None:
    """The analyst could act on its own; the workflow says that the researcher hands it on."""
    workflow = pipeline(office).build()
    do(office.ops.revoke("researcher", "gone"))
    do(office.ops.establish("researcher2", "enterprise", ["x"]))
    with pytest.raises(TrustDenied):
        do(workflow.execute(["x"]))


def test_authority_comes_along_connections_alone(office: Office) -> None:
    """Both hold letters; the connection does not hand them on, and the turn takes none."""
    first = office.hire(Worker("first"), "mail.send", "read")
    second = office.hire(Smuggler("second"), "mail.send", "read")
    builder = TrustAwareWorkflowBuilder(office.ops).add_agent(first)
    builder.add_agent(second, required_capabilities=["read"]).connect(first, second, ["read"])
    with pytest.raises(TrustDenied, match=r"nothing grants mail\.send"):
        do(builder.build().execute("x"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda b, a: b.add_agent(a["c"], ["fly"]), "c lacks the required capability fly"),
        (lambda b, a: b.connect(a["a"], a["b"], ["fly"]), "fly cannot be handed on from a"),
        (lambda b, a: b.connect(a["b"], a["a"]), "comes back to where it was"),
        (lambda b, a: b.add_agent(a["c"]), "nothing connects c"),
        (lambda b, a: b.connect(a["b"], a["c"]), "c is connected and was not added"),
        (lambda b, a: b.add_agent(a["a"]), "added twice"),
        (lambda b, a: b.connect(a["a"], a["b"]), "two edges|twice|both"),
    ],
)
def test_an_unsound_workflow_is_not_built(office: Office, change: Any, why: str) -> None:
    agents = {name: office.hire(Worker(name), "work") for name in "abc"}
    builder = TrustAwareWorkflowBuilder(office.ops).add_agent(agents["a"]).add_agent(agents["b"])
    builder.connect(agents["a"], agents["b"], ["work"])
    change(builder, agents)
    with pytest.raises(WorkflowValidationError, match=why) as refusal:
        builder.build()
    assert isinstance(refusal.value, ValueError)


def test_a_workflow_of_nobody_is_not_built(office: Office) -> None:
    with pytest.raises(WorkflowValidationError):
        TrustAwareWorkflowBuilder(office.ops).build()


# --- the registry


def test_a_registry_finds_who_may_do_something_now(office: Office) -> None:
    registry = TrustAwareAgentRegistry(office.ops)

    async def work() -> None:
        ann, bob = TrustedAgent("ann"), TrustedAgent("bob")
        for agent in (ann, bob):
            agent._operations = office.ops
            assert await registry.register(agent, "enterprise", ["translate"]) == agent.id
        assert await registry.find_capable_agent("translate") is ann
        assert await registry.find_capable_agent("fly") is None
        await office.ops.revoke("ann", "gone")
        assert await registry.find_capable_agent("translate") is bob
        status = await registry.get_trust_status()
        assert (status["ann"].is_trusted, status["bob"].is_trusted) == (False, True)
        assert status["bob"].capabilities == ["translate"]
        assert status["bob"].chain_hash == bob.trust_chain.hash()  # type: ignore[union-attr]
        idle = TrustedAgent("idle", trust_ops=office.ops)
        await registry.register(idle)
        assert not idle.is_trusted
        with pytest.raises(TrustConflict):
            await registry.register(TrustedAgent("ann"))
        with pytest.raises(TrustInvalid):
            await registry.register(object())  # type: ignore[arg-type]
        with pytest.raises(TrustMissing):
            registry.get("nobody")
        assert (len(registry), registry.get("bob")) == (3, bob)

    do(work())


def test_a_registered_supervisor_has_its_role_signed(office: Office) -> None:
    registry = TrustAwareAgentRegistry(office.ops)
    do(registry.register(Boss("boss"), "enterprise", ["work"]))
    assert office.ops.chains("boss")[0].roles == ["supervisor"]


# --- executors of one's own


class Relay(TrustAwarePatternExecutor):
    """The document's sequential executor, as it is written there but for what it infers."""

    name = "relay"

    async def execute(self, input: Any, agents: Any, context: Any, trust_ops: Any) -> Any:
        agent_list = list(agents.values())
        current_input = input
        previous_agent = None

        for agent in agent_list:
            context.current_agent_id = agent.id
            if previous_agent:
                await self.delegate_to_agent(
                    from_agent=previous_agent,
                    to_agent=agent,
                    capabilities=["work"],
                    context=context,
                    trust_ops=trust_ops,
                )
            current_input = await agent.run(current_input)
            previous_agent = agent

        return current_input


def test_an_executor_of_ones_own_is_durable_too(office: Office) -> None:
    times: list[int] = []
    team = [office.hire(Worker(n, lambda: times.append(1)), "work") for n in ("ann", "bob")]
    patterns = [TrustAwarePattern("relay", Relay())]
    done, again = (
        office.execute(*team, input="x", pattern="relay", patterns=patterns, task_id="t")
        for _ in range(2)
    )
    assert done == again
    assert len(times) == 2
    assert done.result == ["x", "ann", "bob"]
    assert [(d.delegator_id, d.delegatee_id) for d in done.delegations] == [("ann", "bob")]
    assert [a.agent_id for a in done.audit_trail] == ["ann", "bob", "ann"]
    assert office.live_loans() == []


def test_an_executor_of_ones_own_hands_on_no_more_than_is_held(office: Office) -> None:
    team = [office.hire(Worker("ann"), "idle"), office.hire(Worker("bob"), "work")]
    patterns = [TrustAwarePattern("relay", Relay())]
    with pytest.raises(TrustDenied, match="ann does not hold work"):
        office.execute(*team, input="x", pattern="relay", patterns=patterns)


class Chain(TrustAwarePatternExecutor):
    """Asks about every agent as the document's router does, and notes what it found."""

    name = "chain"

    async def execute(self, input: Any, agents: Any, context: Any, trust_ops: Any) -> Any:
        found = []
        for agent in agents.values():
            result = await trust_ops.verify(
                agent_id=agent.id, action="work", level=VerificationLevel.STANDARD
            )
            if result.valid:
                found.append(agent.id)
            await trust_ops.audit(
                agent_id=agent.id,
                action="looked_at",
                result=ActionResult.SUCCESS if result.valid else ActionResult.DENIED,
                context={"input": input},
            )
        return found


def test_what_an_executor_asks_of_trust_are_steps(office: Office) -> None:
    team = [office.hire(Worker("ann"), "work"), office.hire(Worker("bob"), "idle")]
    patterns = [TrustAwarePattern("chain", Chain())]
    runtime = office.runtime(*team, patterns=patterns)
    done = do(runtime.execute("x", "chain", task_id="t"))
    assert done.result == ["ann"]
    assert [(a.agent_id, a.action, a.result.name) for a in done.audit_trail] == [
        ("ann", "looked_at", "SUCCESS"),
        ("bob", "looked_at", "DENIED"),
        ("ann", "orchestration.completed", "SUCCESS"),
    ]
    report = assert_replays(runtime.workflow("chain", "t"), office.ops.place.path, run="t/1")
    assert report.result.output == ["ann"]


def test_an_executor_that_says_nothing_is_refused(office: Office) -> None:
    patterns = [TrustAwarePattern("empty", TrustAwarePatternExecutor())]
    ann = office.hire(Worker("ann"), "work")
    with pytest.raises(TrustError, match="says nowhere how"):
        office.execute(ann, pattern="empty", patterns=patterns)


def test_an_executor_may_be_called_directly(office: Office) -> None:
    team = {name: office.hire(Worker(name), "work") for name in ("ann", "bob")}
    context = TrustExecutionContext("t", None)
    said = TrustAwareSequentialExecutor().execute("x", team, context, office.ops)
    assert do(said) == ["x", "ann", "bob"]
    assert len(context.delegations) == 1
    assert context.parent_anchor_id == context.audit_trail[-1].id


def test_delegating_outside_an_execution_is_for_a_day(office: Office) -> None:
    ann, bob = (office.hire(Worker(name), "work") for name in ("ann", "bob"))
    context = TrustExecutionContext("t", None)
    executor = TrustAwareSequentialExecutor()
    lent = do(executor.delegate_to_agent(ann, bob, ["work"], context, office.ops))
    assert context.delegations == [lent]
    with pytest.raises(TrustError):
        do(executor.delegate_to_agent(ann, bob, ["work"], context, office.ops, ["be_nice"]))


def test_executions_in_two_loops_share_nothing(office: Office) -> None:
    runtime = office.runtime(office.hire(Worker("ann"), "work"))
    for number in range(2):
        assert asyncio.run(runtime.execute(str(number))).result == [str(number), "ann"]


# --- the blackboard's value


def test_a_blackboard_keeps_what_was_written(office: Office) -> None:
    board = Blackboard(initial_state={"problem": 1}, writers={"ann": ["plan/*"]})
    assert board.update(Contribution(key="plan/a", value=2), by="ann") == 1
    assert board.update({"key": "plan/a", "value": 3, "based_on": 1}, by="ann") == 2
    assert board.state == {"problem": 1, "plan/a": 3}
    assert [entry.value for entry in board.entries] == [2, 3]
    with pytest.raises(TrustDenied):
        board.update({"key": "other", "value": 1}, by="ann")
    with pytest.raises(TrustDenied):
        board.update({"key": "plan/a", "value": 1, "based_on": 1}, by="ann")
    assert Blackboard("text").state == {"problem": "text"}
