"""Everything of this face over one journal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from tarl.integrations.orchestration.agents import AgentOrchestrator
from tarl.integrations.orchestration.capabilities import CapabilityEngine
from tarl.integrations.orchestration.frozen import canonical
from tarl.integrations.orchestration.ledger import JOURNAL_NAME, Ledger
from tarl.integrations.orchestration.provenance import Artifact, ProvenanceManager
from tarl.integrations.orchestration.recorder import EventRecorder
from tarl.integrations.orchestration.refusals import NotPermitted
from tarl.integrations.orchestration.session import Deed, RunSession, current, once
from tarl.integrations.orchestration.vm import DeterministicVM
from tarl.integrations.orchestration.workflow import Entrypoint, Workflow, code_digest

DIRECTORIES = {
    "vm_data_dir": "data/tarl_vm",
    "recording_dir": "data/tarl_recordings",
    "provenance_dir": "data/tarl_provenance",
}
"""The directories that a configuration may name, and where they are when it does not."""


class TarlStackBox:
    """The subsystems together: a workflow's manifest is verified, its runs recorded and attested.

    Args:
        config: ``vm_data_dir``, ``recording_dir``, ``provenance_dir``, and ``journal`` for the one
            journal file; that is ``tarl.db`` in the common parent of the named directories
            otherwise.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config = dict(config or {})
        place = {key: Path(self.config.get(key) or default) for key, default in DIRECTORIES.items()}
        self.ledger = Ledger(journal_path(self.config))
        self.capabilities = CapabilityEngine(ledger=self.ledger)
        self.vm = DeterministicVM(
            place["vm_data_dir"], ledger=self.ledger, capabilities=self.capabilities
        )
        self.orchestrator = AgentOrchestrator(self.vm)
        self.recorder = EventRecorder(self.vm, place["recording_dir"])
        self.provenance = ProvenanceManager(place["provenance_dir"], ledger=self.ledger)

    def create_workflow(
        self,
        workflow_id: str,
        entrypoint: Entrypoint,
        required_caps: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Workflow:
        """Register a workflow, and its code as an artifact. What it is not permitted is logged here
        and refused when it is executed.

        Raises:
            BadValue: see ``DeterministicVM.register_workflow``.
        """
        workflow = Workflow(workflow_id, entrypoint, set(required_caps or ()), dict(metadata or {}))
        self.vm.register_workflow(workflow)
        self.provenance.register_artifact(
            Artifact(
                artifact_id=workflow_id,
                kind="workflow",
                version=str(workflow.metadata.get("version", "1.0.0")),
                content_hash=code_digest(entrypoint),
                metadata={"required_caps": sorted(workflow.required_caps)},
            )
        )
        return workflow

    def execute_with_provenance(
        self, workflow_id: str, context: dict[str, Any] | None = None
    ) -> Any:
        """Execute a workflow and attest the check of its capabilities and how it ended.

        Raises:
            UnknownName: no such workflow (a ``ValueError``).
            NotPermitted: its manifest is not granted (a ``PermissionError``).
            Exception: see ``DeterministicVM.execute_workflow``.
        """
        workflow = self.vm.workflow(workflow_id)
        session = current()
        if not isinstance(session, RunSession):
            return self._execute(workflow, context)
        name = f"execute_with_provenance {workflow_id}"
        details = {"args": {"context": context}, "task_name": name}
        deed = Deed(
            f"task/{name}", details, lambda d: self._execute(workflow, d["args"]["context"])
        )
        return session.perform(deed)

    def _execute(self, workflow: Workflow, context: dict[str, Any] | None) -> Any:
        workflow_id = workflow.workflow_id
        allowed, reasons = self.capabilities.verify_workflow(workflow)
        checked = {
            "allowed": allowed,
            "reasons": reasons,
            "required_caps": sorted(workflow.required_caps),
        }
        self.provenance.attest("capability_check", workflow_id, checked)
        if not allowed:
            raise NotPermitted(
                f"Workflow {workflow_id} is not permitted: {'; '.join(reasons)}",
                code="workflow.not_permitted",
                reasons=reasons,
            )
        try:
            result = self.vm.execute_workflow(workflow_id, context)
        except Exception as error:
            raised = {"type": type(error).__name__, "message": _printable(str(error))}
            self.provenance.attest(
                "execution_failure", workflow_id, self._run(workflow_id) | raised
            )
            raise
        digest = sha256(canonical(result, "the result")).hexdigest()
        succeeded = self._run(workflow_id) | {"result_digest": digest}
        self.provenance.attest("execution_success", workflow_id, succeeded)
        return result

    def get_full_status(self) -> dict[str, Any]:
        """What the journal holds of each subsystem."""
        status: dict[str, Any] = once("get_full_status", {}, self._status)
        return status

    def _status(self) -> dict[str, Any]:
        return {
            "vm": {
                "counter": self.vm.counter,
                "workflows": len(self.vm.book.workflows()),
                "events": len(self.vm.get_event_log()),
                "snapshots": len(self.vm.book.snapshots()),
            },
            "orchestrator": {"agents": len(self.orchestrator.known_agents())},
            "capabilities": {
                "registered": len(self.capabilities.capabilities),
                "policies": len(self.capabilities.policies),
                "usage_events": len(self.capabilities.get_usage_log()),
            },
            "recorder": {"replay_mode": self.recorder.is_replay_mode()},
            "provenance": {
                "artifacts": len(self.provenance.artifacts),
                "relationships": len(self.provenance.relationships),
                "attestations": len(self.provenance.attestations),
            },
        }

    def _run(self, workflow_id: str) -> dict[str, Any]:
        """The latest run, and the digest that its history ends with."""
        latest = self.ledger.latest(workflow_id)
        if latest is None:
            return {"run": None}
        head = self.ledger.store.head(latest[0].stream)
        return {"head": head.digest.hex() if head else None, "run": latest[0].ref}


def journal_path(config: Mapping[str, Any], directories: Mapping[str, str] = DIRECTORIES) -> Path:
    """Where the journal of a stack with these directories lies."""
    if config.get("journal"):
        return Path(config["journal"])
    named = [config[key] for key in directories if config.get(key)] or list(directories.values())
    places = [Path(name).absolute() for name in named]
    common = Path(os.path.commonpath(places))
    if common == Path(common.anchor):  # nothing in common: nobody means the root of the disk
        common = places[0]
    return common / JOURNAL_NAME


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
