"""The seeds' class names, as thin faces over tarl's rooms; every state they show is in the journal.

    orchestration/   DeterministicVM, EventRecorder, TarlStackBox ...: synchronous workflows

Names are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tarl.integrations.orchestration import (
        AgentOrchestrator,
        Artifact,
        ArtifactRelationship,
        Capability,
        CapabilityEngine,
        DeterministicVM,
        EventRecorder,
        Policy,
        ProvenanceManager,
        TarlStackBox,
        Workflow,
        WorkflowEventKind,
    )

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
    "WorkflowEventKind",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'tarl.integrations' has no attribute {name!r}")
    return getattr(import_module("tarl.integrations.orchestration"), name)
