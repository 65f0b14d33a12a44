"""The examples of seed 000, as the document writes them but for the import path."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations import (
    AgentOrchestrator,
    Artifact,
    ArtifactRelationship,
    Capability,
    DeterministicVM,
    EventRecorder,
    Policy,
    ProvenanceManager,
    TarlStackBox,
    Workflow,
    orchestration,
)

CAPABILITIES = """\
# Define capability
cap = Capability(
    name="Net.Connect",
    resource="network",
    constraints={"protocol": "https", "ca": "TrustedCA"}
)

# Define policy
policy = Policy(
    name="RequireHTTPS",
    capability_name="Net.Connect",
    constraints={"protocol": "https"},
    enforcement_level="required"
)

# Workflow declares required capabilities
workflow = Workflow(
    workflow_id="api_workflow",
    entrypoint=my_function,
    required_caps={"Net.Connect"}  # Checked at registration
)
"""

SEQUENTIAL = """\
result = orchestrator.sequential("wf_id", ["planner", "executor", "validator"], initial_input)
"""

CONCURRENT = """\
results = orchestrator.concurrent("wf_id", ["agent1", "agent2"], [input1, input2])
"""

CHAT = """\
conversation = orchestrator.chat("wf_id", ["agent1", "agent2"], "Hello", max_turns=10)
"""

GRAPH = """\
graph = {"planner": ["executor"], "executor": ["validator"], "validator": []}
result = orchestrator.graph("wf_id", graph, "planner", input_data)
"""

RECORDING = """\
# During execution
recorder.record_external_call(
    workflow_id="analysis",
    call_type="llm",
    call_args={"prompt": "Analyze data"},
    call_result={"response": "Analysis complete"}
)
recorder.save_recording("analysis", "recording_v1")

# Later, replay
result = recorder.replay_workflow("recording_v1", until_event=42)
"""

PROVENANCE = """\
# Register artifacts
workflow_artifact = Artifact(
    artifact_id="data_analysis",
    kind="workflow",
    version="1.0.0",
    content_hash=hashlib.sha256(b"code").hexdigest()
)
provenance.register_artifact(workflow_artifact)

config_artifact = Artifact(
    artifact_id="config.toml",
    kind="config",
    version="1.0.0",
    content_hash=hashlib.sha256(b"config").hexdigest()
)
provenance.register_artifact(config_artifact)

# Add relationship
provenance.add_relationship(
    ArtifactRelationship(
        from_artifact="data_analysis",
        to_artifact="config.toml",
        relationship_type="uses"
    )
)

# Attest
provenance.attest("tests_passed", "data_analysis", {"test_count": 50})

# Generate SBOM
sbom = provenance.generate_sbom("data_analysis")
provenance.save_sbom("data_analysis")
"""

USAGE = """\
from tarl.integrations import TarlStackBox, Workflow, Capability, Policy

# Initialize system
stack = TarlStackBox(config={
    "vm_data_dir": "data/tarl_vm",
    "recording_dir": "data/recordings",
    "provenance_dir": "data/provenance"
})

# Register capabilities and policies
cap = Capability(
    name="Net.Connect",
    resource="network",
    constraints={"protocol": "https"}
)
stack.capabilities.register_capability(cap)

policy = Policy(
    name="RequireHTTPS",
    capability_name="Net.Connect",
    constraints={"protocol": "https"}
)
stack.capabilities.register_policy(policy)

# Define workflow
def my_workflow(vm, context):
    # Check capability
    allowed, reason = stack.capabilities.check_capability(
        "Net.Connect", {"protocol": "https"}
    )
    if not allowed:
        raise PermissionError(reason)
    
    # Record external call
    stack.recorder.record_external_call(
        workflow_id="my_workflow",
        call_type="api",
        call_args={"endpoint": "api.example.com"},
        call_result={"data": [1, 2, 3]}
    )
    
    # Take snapshot
    snapshot_hash = vm.snapshot("my_workflow")
    
    return {"result": "success", "snapshot": snapshot_hash}

# Create and execute
stack.create_workflow(
    workflow_id="my_workflow",
    entrypoint=my_workflow,
    required_caps={"Net.Connect"},
    metadata={"version": "1.0.0"}
)

result = stack.execute_with_provenance("my_workflow")

# Save recording for replay
stack.recorder.save_recording("my_workflow", "recording_v1")

# Generate SBOM
sbom = stack.provenance.generate_sbom("my_workflow")
stack.provenance.save_sbom("my_workflow")
"""  # noqa: W293

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "seed-000.md"


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def orchestrator() -> AgentOrchestrator:
    team = AgentOrchestrator(DeterministicVM())
    for name in ("planner", "executor", "validator", "agent1", "agent2"):
        team.register_agent(name, lambda given, name=name: f"{name}({given})")
    return team


def execute(example: str, **names: Any) -> dict[str, Any]:
    exec(compile(example, "<seed 000>", "exec"), names)
    return names


def test_capabilities() -> None:
    stack = TarlStackBox()
    names = execute(
        CAPABILITIES,
        Capability=Capability,
        Policy=Policy,
        Workflow=Workflow,
        my_function=lambda vm, context: "called",
    )
    stack.vm.register_workflow(names["workflow"])
    with pytest.raises(PermissionError):
        stack.vm.execute_workflow("api_workflow")
    stack.capabilities.register_capability(names["cap"])
    stack.capabilities.register_policy(names["policy"])
    assert names["cap"].matches_policy(names["policy"]) is True
    assert stack.vm.execute_workflow("api_workflow") == "called"


def test_sequential(orchestrator: AgentOrchestrator) -> None:
    names = execute(SEQUENTIAL, orchestrator=orchestrator, initial_input="x")
    assert names["result"] == "validator(executor(planner(x)))"


def test_concurrent(orchestrator: AgentOrchestrator) -> None:
    names = execute(CONCURRENT, orchestrator=orchestrator, input1="x", input2="y")
    assert names["results"] == ["agent1(x)", "agent2(y)"]


def test_chat(orchestrator: AgentOrchestrator) -> None:
    said = execute(CHAT, orchestrator=orchestrator)["conversation"]
    assert said[:2] == ["Hello", "agent1(['Hello'])"]
    assert said[2].startswith("agent2(['Hello', ")
    assert len(said) == 11


def test_graph(orchestrator: AgentOrchestrator) -> None:
    names = execute(GRAPH, orchestrator=orchestrator, input_data="x")
    assert names["result"] == "validator(executor(planner(x)))"


def test_recording() -> None:
    vm = DeterministicVM()
    recorder = EventRecorder(vm)
    ran: list[int] = []
    vm.register_workflow(Workflow("analysis", lambda vm, context: ran.append(1) or "analysed"))
    vm.execute_workflow("analysis")
    names = execute(RECORDING, recorder=recorder)
    assert names["result"] == "analysed"
    assert ran == [1, 1]
    [call] = recorder.load_recording("recording_v1")["external_events"]
    assert call["call_result"] == {"response": "Analysis complete"}


def test_provenance() -> None:
    manager = ProvenanceManager()
    sbom = execute(
        PROVENANCE,
        Artifact=Artifact,
        ArtifactRelationship=ArtifactRelationship,
        hashlib=hashlib,
        provenance=manager,
    )["sbom"]
    assert [a["id"] for a in sbom["artifacts"]] == ["config.toml"]
    assert manager.verify_sbom(sbom) == (True, ["SBOM verification passed"])
    saved = json.loads(Path("data/tarl_provenance/sbom_data_analysis.json").read_text())
    assert saved == sbom


def test_usage() -> None:
    for _ in range(2):  # the second time over the first one's leftovers
        names = execute(USAGE)
        stack, result = names["stack"], names["result"]
        assert result["result"] == "success"
        assert re.fullmatch("[0-9a-f]{64}", result["snapshot"])
        assert stack.recorder.replay_workflow("recording_v1") == result
        assert stack.provenance.verify_sbom(names["sbom"])[0] is True
        assert [e.kind.name for e in stack.vm.get_event_log("my_workflow")] == [
            "START",
            "EXTERNAL_CALL",
            "SNAPSHOT",
            "RETURN",
        ]
    assert [str(p) for p in Path("data").glob("**/*.db")] == ["data/tarl.db"]
    assert stack.get_full_status()["provenance"] == {
        "artifacts": 1,
        "relationships": 0,
        "attestations": 4,
    }


def test_the_demo_command() -> None:
    command = [sys.executable, "-m", "tarl.integrations.orchestration"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for shown in ("RETURN", "Replay: same result: True", "SBOM verification passed", "'vm':"):
        assert shown in done.stdout


def test_the_six_subsystems_are_there() -> None:
    stack = TarlStackBox()
    assert isinstance(stack.vm, DeterministicVM)
    assert isinstance(stack.orchestrator, AgentOrchestrator)
    assert isinstance(stack.capabilities, orchestration.CapabilityEngine)
    assert isinstance(stack.recorder, EventRecorder)
    assert isinstance(stack.provenance, ProvenanceManager)


def test_the_examples_of_our_own_reference_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert examples
    for example in examples:
        execute(example)
