"""TarlStackBox: one journal, attested executions, status that survives."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations.orchestration import Capability, Policy, TarlStackBox
from tarl.integrations.orchestration.stack import journal_path


@pytest.mark.parametrize(
    ("config", "journal"),
    [
        ({"vm_data_dir": "/d/a", "recording_dir": "/d/b", "provenance_dir": "/d/c"}, "/d/tarl.db"),
        ({"vm_data_dir": "/d/a"}, "/d/a/tarl.db"),
        ({"vm_data_dir": "/d/a", "recording_dir": "/d/a/r"}, "/d/a/tarl.db"),
        ({"vm_data_dir": "/d/a", "recording_dir": "/e/r"}, "/d/a/tarl.db"),
        ({"vm_data_dir": "/d/a", "journal": "/j/mine.db"}, "/j/mine.db"),
    ],
)
def test_where_the_journal_lies(config: dict[str, str], journal: str) -> None:
    assert journal_path(config) == Path(journal)


def test_where_the_journal_lies_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stack = TarlStackBox()
    stack.create_workflow("w", lambda vm, context: 1)
    assert stack.execute_with_provenance("w") == 1
    assert [p.name for p in (tmp_path / "data").glob("*.db")] == ["tarl.db"]
    assert sorted(p.name for p in (tmp_path / "data").iterdir() if p.is_dir()) == [
        "tarl_provenance",
        "tarl_recordings",
        "tarl_vm",
    ]


def test_success_is_attested(stack: TarlStackBox) -> None:
    stack.capabilities.register_capability(Capability("Exec.Test", "test"))
    stack.create_workflow("w", lambda vm, context: context, ["Exec.Test"], {"version": "2.1.0"})
    assert stack.execute_with_provenance("w", {"n": 1}) == {"n": 1}
    checked, succeeded = stack.provenance.attestations
    assert (checked["type"], checked["details"]["allowed"]) == ("capability_check", True)
    assert succeeded["type"] == "execution_success"
    assert succeeded["details"] == {
        "head": stack.ledger.store.head("run/default/w/1").digest.hex(),  # type: ignore[union-attr]
        "result_digest": sha256(b'{"n":1}').hexdigest(),
        "run": "w/1",
    }
    assert stack.provenance.artifacts["w"].version == "2.1.0"
    assert stack.provenance.verify_sbom(stack.provenance.generate_sbom("w"))[0] is True


def test_failure_is_attested_and_raised(stack: TarlStackBox) -> None:
    def fail(vm: Any, context: Any) -> None:
        raise LookupError("lost \ud800")

    stack.create_workflow("w", fail)
    with pytest.raises(LookupError, match="lost"):
        stack.execute_with_provenance("w")
    failed = stack.provenance.attestations[-1]
    assert failed["type"] == "execution_failure"
    assert failed["details"]["type"] == "LookupError"


def test_what_is_not_permitted_does_not_run(stack: TarlStackBox) -> None:
    ran: list[int] = []
    stack.create_workflow("w", lambda vm, context: ran.append(1), {"Net.Connect"})
    stack.capabilities.register_capability(Capability("Net.Connect", "network"))
    stack.capabilities.register_policy(Policy("P", "Net.Connect", {"zone": "eu"}))
    with pytest.raises(PermissionError, match="has no 'zone'"):
        stack.execute_with_provenance("w")
    assert ran == []
    assert [a["type"] for a in stack.provenance.attestations] == ["capability_check"]
    assert stack.provenance.attestations[0]["details"]["allowed"] is False


def test_an_unknown_workflow(stack: TarlStackBox) -> None:
    with pytest.raises(ValueError, match="not registered"):
        stack.execute_with_provenance("nobody")
    assert stack.provenance.attestations == []


def test_within_a_workflow(stack: TarlStackBox) -> None:
    stack.create_workflow("inner", lambda vm, context: context["n"])
    stack.create_workflow(
        "outer", lambda vm, context: stack.execute_with_provenance("inner", {"n": 5})
    )
    assert stack.execute_with_provenance("outer") == 5
    stack.recorder.save_recording("outer", "r")
    before = len(stack.provenance.attestations)
    assert before == 4
    assert stack.recorder.replay_workflow("r") == 5
    assert len(stack.provenance.attestations) == before


def test_the_status_counts_what_is_in_the_journal(
    stack: TarlStackBox, open_stack: Callable[[], TarlStackBox]
) -> None:
    assert stack.get_full_status() == {
        "vm": {"counter": 0, "workflows": 0, "events": 0, "snapshots": 0},
        "orchestrator": {"agents": 0},
        "capabilities": {"registered": 0, "policies": 0, "usage_events": 0},
        "recorder": {"replay_mode": False},
        "provenance": {"artifacts": 0, "relationships": 0, "attestations": 0},
    }
    stack.capabilities.register_capability(Capability("C", "r"))
    stack.capabilities.register_policy(Policy("P", "C", {}))
    stack.capabilities.check_capability("C", {})
    stack.orchestrator.register_agent("a", lambda given: given)
    stack.create_workflow("w", lambda vm, context: stack.orchestrator.sequential("w", ["a"], 1))
    stack.execute_with_provenance("w")
    stack.execute_with_provenance("w")
    stack.vm.snapshot("w")
    status = stack.get_full_status()
    assert status == {
        "vm": {"counter": 7, "workflows": 1, "events": 4, "snapshots": 1},
        "orchestrator": {"agents": 1},
        "capabilities": {"registered": 1, "policies": 1, "usage_events": 1},
        "recorder": {"replay_mode": False},
        "provenance": {"artifacts": 1, "relationships": 0, "attestations": 4},
    }
    assert open_stack().get_full_status() == status
