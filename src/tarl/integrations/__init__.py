"""The seeds' class names, as thin faces over tarl's rooms; every state they show is in the journal.

    orchestration/            DeterministicVM, TarlStackBox ...: synchronous workflows
    orchestration_extended/   TaskQueue, ActivityExecutor, ExtendedTarlStackBox ...: durable work

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
    from tarl.integrations.orchestration_extended import (
        Activity,
        ActivityExecutor,
        ExtendedTarlStackBox,
        HumanInTheLoopManager,
        LongRunningWorkflowManager,
        MetaOrchestrator,
        MultiTenantManager,
        ResourceQuota,
        TaskQueue,
        TaskQueuePriority,
        WorkerPool,
        WorkflowHierarchyManager,
    )

_EXTENDED = (
    "Activity",
    "ActivityExecutor",
    "ExtendedTarlStackBox",
    "HumanInTheLoopManager",
    "LongRunningWorkflowManager",
    "MetaOrchestrator",
    "MultiTenantManager",
    "ResourceQuota",
    "TaskQueue",
    "TaskQueuePriority",
    "WorkerPool",
    "WorkflowHierarchyManager",
)

__all__ = [
    "Activity",
    "ActivityExecutor",
    "AgentOrchestrator",
    "Artifact",
    "ArtifactRelationship",
    "Capability",
    "CapabilityEngine",
    "DeterministicVM",
    "EventRecorder",
    "ExtendedTarlStackBox",
    "HumanInTheLoopManager",
    "LongRunningWorkflowManager",
    "MetaOrchestrator",
    "MultiTenantManager",
    "Policy",
    "ProvenanceManager",
    "ResourceQuota",
    "TarlStackBox",
    "TaskQueue",
    "TaskQueuePriority",
    "WorkerPool",
    "Workflow",
    "WorkflowEventKind",
    "WorkflowHierarchyManager",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'tarl.integrations' has no attribute {name!r}")
    face = "orchestration_extended" if name in _EXTENDED else "orchestration"
    return getattr(import_module(f"tarl.integrations.{face}"), name)
