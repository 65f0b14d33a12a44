"""Seed 002's examples, as the document writes them but for the import path."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations import trust

SETUP = """\
# Setup
trust_ops = TrustOperations()
authority = await create_enterprise_authority()

# Create trusted agents
analyst = TrustedAgent(name="analyst")
await analyst.establish_trust(
    authority_id=authority.id,
    capabilities=[CapabilityRequest(capability="analyze_data")],
    constraints=["read_only"]
)

summarizer = TrustedAgent(name="summarizer")
await summarizer.establish_trust(
    authority_id=authority.id,
    capabilities=[CapabilityRequest(capability="summarize")],
    constraints=["text_output_only"]
)
"""

DELEGATE = """\
delegation = await trust_ops.delegate(
    delegator_id=from_agent.id,
    delegatee_id=to_agent.id,
    task_id=task_id,
    capabilities=capabilities,
    additional_constraints=additional_constraints
)

await to_agent.receive_delegation(delegation)
"""

VERIFY = """\
result = await trust_ops.verify(
    agent_id=agent.id,
    action=capability,
    level=VerificationLevel.STANDARD
)

if result.valid:
    found = agent
"""

AUDIT = """\
await trust_ops.audit(
    agent_id=agent.id,
    action="worker_failed",
    result=ActionResult.FAILURE,
    context={"error": str(result)}
)
"""

STATUS = """\
status = TrustStatus(
    is_trusted=agent.is_trusted,
    capabilities=agent.capabilities,
    constraints=agent.effective_constraints,
    chain_hash=agent.trust_chain.hash() if agent.trust_chain else None
)
"""

RUNTIME = """\
# Create runtime
runtime = TrustAwareOrchestrationRuntime(
    agents={"analyst": analyst, "summarizer": summarizer},
    trust_ops=trust_ops
)

# Execute with trust
result = await runtime.execute(
    input={"data": financial_data},
    pattern="sequential",
    task_id="analysis-001"
)

# Result includes audit trail
print(f"Delegations: {len(result.delegations)}")
print(f"Audit entries: {len(result.audit_trail)}")
"""

PIPELINE = """\
# Build workflow
workflow = (
    TrustAwareWorkflowBuilder(trust_ops)
    .add_agent(researcher, required_capabilities=["search"])
    .add_agent(analyst, required_capabilities=["analyze"])
    .add_agent(writer, required_capabilities=["write"])
    .connect(researcher, analyst, capabilities_to_delegate=["analyze"])
    .connect(analyst, writer, capabilities_to_delegate=["write"])
    .build()
)

# Execute
result = await workflow.execute(input_data)
"""

CREW = """\
trust_ops = TrustOperations()
authority = await create_enterprise_authority()
researcher, analyst, writer = map(TrustedAgent, ["researcher", "analyst", "writer"])
await researcher.establish_trust(authority.id, ["search", "analyze"])
await analyst.establish_trust(authority.id, ["analyze", "write"])
await writer.establish_trust(authority.id, ["write"])
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, tarl_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def execute(*examples: str, **names: Any) -> dict[str, Any]:
    """Run examples in one event loop, and return the names that they define."""
    space: dict[str, Any] = {**{name: getattr(trust, name) for name in trust.__all__}, **names}

    async def work() -> None:
        for example in examples:
            code = compile(example, "seed-002", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            made = eval(code, space)  # the document's own text
            if inspect.isawaitable(made):
                await made

    asyncio.run(work())
    return space


def test_agents_are_established(place: Path) -> None:
    names = execute(SETUP)
    assert names["analyst"].is_trusted
    assert names["summarizer"].capabilities == ["summarize"]
    assert [str(path) for path in Path("data").glob("*.db")] == ["data/tarl.db"]


def test_what_is_held_is_delegated_and_received() -> None:
    roles = "from_agent, to_agent, agent = analyst, summarizer, summarizer"
    names = execute(
        SETUP,
        roles,
        DELEGATE,
        VERIFY,
        task_id="analysis-001",
        capabilities=["analyze_data"],
        additional_constraints=["text_output_only"],
        capability="summarize",
    )
    assert names["found"] is names["summarizer"]
    assert set(names["summarizer"].capabilities) == {"analyze_data", "summarize"}
    assert names["delegation"].task_id == "analysis-001"


def test_the_status_and_the_notes_of_an_agent() -> None:
    names = execute(SETUP, "agent, result = analyst, 'out of memory'", AUDIT, STATUS)
    assert names["status"] == names["analyst"].trust_status
    assert names["status"].constraints == ["read_only"]


def test_agents_work_together_under_authority(capsys: pytest.CaptureFixture[str]) -> None:
    names = execute(SETUP, RUNTIME, financial_data=[1, 2])
    result = names["result"]
    assert (result.success, result.result) == (True, '{"data":[1,2]}')
    assert [anchor.agent_id for anchor in result.audit_trail] == [
        "analyst",
        "summarizer",
        "analyst",
    ]
    assert capsys.readouterr().out == "Delegations: 0\nAudit entries: 3\n"


def test_a_pipeline_hands_on_along_its_connections() -> None:
    names = execute(CREW, PIPELINE, input_data="moon")
    handed = [(d.delegator_id, d.delegatee_id, d.capabilities) for d in names["result"].delegations]
    assert handed == [
        ("researcher", "analyst", ["analyze"]),
        ("analyst", "writer", ["write"]),
    ]
    awaited = PIPELINE.replace("workflow = (", "workflow = await (")
    assert execute(CREW, awaited, input_data="tide")["result"].success
