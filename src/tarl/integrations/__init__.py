"""The seeds' class names, as thin faces over tarl's rooms; every state they show is in the journal.

    orchestration/            DeterministicVM, TarlStackBox ...: synchronous workflows
    orchestration_extended/   TaskQueue, ActivityExecutor, ExtendedTarlStackBox ...: durable work
    trust/                    TrustOperations, TrustedAgent ...: authority that only narrows

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
    from tarl.integrations.trust import (
        ActionResult,
        AuditAnchor,
        CapabilityRequest,
        DelegationRecord,
        HumanOrigin,
        NoCapableAgentError,
        TrustedAgent,
        TrustError,
        TrustLineageChain,
        TrustOperations,
        TrustStatus,
        VerificationLevel,
        WorkflowValidationError,
        create_enterprise_authority,
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

_TRUST = (
    "ActionResult",
    "AuditAnchor",
    "CapabilityRequest",
    "DelegationRecord",
    "HumanOrigin",
    "NoCapableAgentError",
    "TrustError",
    "TrustLineageChain",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "VerificationLevel",
    "WorkflowValidationError",
    "create_enterprise_authority",
)

__all__ = [
    "ActionResult",
    "Activity",
    "ActivityExecutor",
    "AgentOrchestrator",
    "Artifact",
    "ArtifactRelationship",
    "AuditAnchor",
    "Capability",
    "CapabilityEngine",
    "CapabilityRequest",
    "DelegationRecord",
    "DeterministicVM",
    "EventRecorder",
    "ExtendedTarlStackBox",
    "HumanInTheLoopManager",
    "HumanOrigin",
    "LongRunningWorkflowManager",
    "MetaOrchestrator",
    "MultiTenantManager",
    "NoCapableAgentError",
    "Policy",
    "ProvenanceManager",
    "ResourceQuota",
    "TarlStackBox",
    "TaskQueue",
    "TaskQueuePriority",
    "TrustError",
    "TrustLineageChain",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "VerificationLevel",
    "WorkerPool",
    "Workflow",
    "WorkflowEventKind",
    "WorkflowHierarchyManager",
    "WorkflowValidationError",
    "create_enterprise_authority",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'tarl.integrations' has no attribute {name!r}")
    face = "orchestration_extended" if name in _EXTENDED else "orchestration"
    if name in _TRUST:
        face = "trust"
    return getattr(import_module(f"tarl.integrations.{face}"), name)
