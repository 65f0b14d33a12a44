"""The seeds' core face: synchronous workflows over the journal and the embedded engine.

vm.py            DeterministicVM: registers, runs, takes up, looks back
workflow.py      Workflow, and how the kernel knows it
events.py        WorkflowEvent and its kinds
agents.py        AgentOrchestrator
capabilities.py  Capability, Policy, CapabilityEngine
recorder.py      EventRecorder: recordings and their replay
provenance.py    Artifact, ArtifactRelationship, ProvenanceManager
stack.py         TarlStackBox
demo.py          ``python -m tarl.integrations.orchestration``

baton.py         an entrypoint's thread and the kernel's, one moving at a time
performance.py   one performance: live, or against its history
session.py       what a call becomes, depending on where it is made
ledger.py        the journal file; book.py and trace.py read it as this face shows it
frozen.py, files.py, refusals.py
"""

from __future__ import annotations

from tarl.integrations.orchestration.agents import AgentOrchestrator
from tarl.integrations.orchestration.capabilities import Capability, CapabilityEngine, Policy
from tarl.integrations.orchestration.demo import demo_deterministic_workflow
from tarl.integrations.orchestration.events import WorkflowEvent, WorkflowEventKind
from tarl.integrations.orchestration.provenance import (
    Artifact,
    ArtifactRelationship,
    ProvenanceManager,
)
from tarl.integrations.orchestration.recorder import EventRecorder
from tarl.integrations.orchestration.stack import TarlStackBox
from tarl.integrations.orchestration.vm import DeterministicVM
from tarl.integrations.orchestration.workflow import Workflow

__all__ = [
    "AgentOrchestrator",
    "Artifact",
    "ArtifactRelationship",
    "Capability",
    "CapabilityEngine",
    "DeterministicVM",
    "EventRecorder",
    "Policy",
    "ProvenanceManager",
    "TarlStackBox",
    "Workflow",
    "WorkflowEvent",
    "WorkflowEventKind",
    "demo_deterministic_workflow",
]
