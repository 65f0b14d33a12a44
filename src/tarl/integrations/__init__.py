"""The seeds' class names, as thin faces over tarl's rooms; every state they show is in the journal.

    orchestration/            DeterministicVM, TarlStackBox ...: synchronous workflows
    orchestration_extended/   TaskQueue, ActivityExecutor, ExtendedTarlStackBox ...: durable work
    orchestration_governance/ FullGovernanceStack, GovernanceEngine ...: policies, evidence, gates
    trust/                    TrustOperations, TrustedAgent ...: authority that only narrows
    planning/                 OrchestrationEngine, OrchestrationAgent ...: plans of a home

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
    from tarl.integrations.orchestration_governance import (
        AIProvenanceManager,
        CICDEnforcementManager,
        ComplianceFramework,
        ComplianceManager,
        FullGovernanceStack,
        GovernanceEngine,
        RuntimeSafetyManager,
    )
    from tarl.integrations.planning.agent import OrchestrationAgent
    from tarl.integrations.planning.engine import OrchestrationEngine
    from tarl.integrations.trust import (
        ActionResult,
        AgentConnection,
        AuditAnchor,
        Blackboard,
        CapabilityRequest,
        DelegationRecord,
        HumanOrigin,
        NoCapableAgentError,
        OrchestrationResult,
        RuntimeConfig,
        Subtask,
        TrustAwareAgentRegistry,
        TrustAwareBlackboardExecutor,
        TrustAwareConsensusExecutor,
        TrustAwareDebateExecutor,
        TrustAwareEnsembleExecutor,
        TrustAwareHandoffExecutor,
        TrustAwareOrchestrationRuntime,
        TrustAwareParallelExecutor,
        TrustAwarePattern,
        TrustAwarePatternExecutor,
        TrustAwareRouterExecutor,
        TrustAwareSequentialExecutor,
        TrustAwareSupervisorWorkerExecutor,
        TrustAwareWorkflow,
        TrustAwareWorkflowBuilder,
        TrustedAgent,
        TrustedSupervisorAgent,
        TrustError,
        TrustExecutionContext,
        TrustLineageChain,
        TrustOperations,
        TrustStatus,
        UnknownPatternError,
        VerificationLevel,
        WorkflowValidationError,
        create_enterprise_authority,
    )
    from tarl.planning.requests import (
        OrchestrationConfig,
        OrchestrationRequest,
        OrchestrationResponse,
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

_GOVERNANCE = (
    "AIProvenanceManager",
    "CICDEnforcementManager",
    "ComplianceFramework",
    "ComplianceManager",
    "FullGovernanceStack",
    "GovernanceEngine",
    "RuntimeSafetyManager",
)

_TRUST = (
    "ActionResult",
    "AgentConnection",
    "AuditAnchor",
    "Blackboard",
    "CapabilityRequest",
    "DelegationRecord",
    "HumanOrigin",
    "NoCapableAgentError",
    "OrchestrationResult",
    "RuntimeConfig",
    "Subtask",
    "TrustAwareAgentRegistry",
    "TrustAwareBlackboardExecutor",
    "TrustAwareConsensusExecutor",
    "TrustAwareDebateExecutor",
    "TrustAwareEnsembleExecutor",
    "TrustAwareHandoffExecutor",
    "TrustAwareOrchestrationRuntime",
    "TrustAwareParallelExecutor",
    "TrustAwarePattern",
    "TrustAwarePatternExecutor",
    "TrustAwareRouterExecutor",
    "TrustAwareSequentialExecutor",
    "TrustAwareSupervisorWorkerExecutor",
    "TrustAwareWorkflow",
    "TrustAwareWorkflowBuilder",
    "TrustError",
    "TrustExecutionContext",
    "TrustLineageChain",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "TrustedSupervisorAgent",
    "UnknownPatternError",
    "VerificationLevel",
    "WorkflowValidationError",
    "create_enterprise_authority",
)

_PLANNING = {
    "OrchestrationAgent": "tarl.integrations.planning.agent",
    "OrchestrationConfig": "tarl.planning.requests",
    "OrchestrationEngine": "tarl.integrations.planning.engine",
    "OrchestrationRequest": "tarl.planning.requests",
    "OrchestrationResponse": "tarl.planning.requests",
}

__all__ = [
    "AIProvenanceManager",
    "ActionResult",
    "Activity",
    "ActivityExecutor",
    "AgentConnection",
    "AgentOrchestrator",
    "Artifact",
    "ArtifactRelationship",
    "AuditAnchor",
    "Blackboard",
    "CICDEnforcementManager",
    "Capability",
    "CapabilityEngine",
    "CapabilityRequest",
    "ComplianceFramework",
    "ComplianceManager",
    "DelegationRecord",
    "DeterministicVM",
    "EventRecorder",
    "ExtendedTarlStackBox",
    "FullGovernanceStack",
    "GovernanceEngine",
    "HumanInTheLoopManager",
    "HumanOrigin",
    "LongRunningWorkflowManager",
    "MetaOrchestrator",
    "MultiTenantManager",
    "NoCapableAgentError",
    "OrchestrationAgent",
    "OrchestrationConfig",
    "OrchestrationEngine",
    "OrchestrationRequest",
    "OrchestrationResponse",
    "OrchestrationResult",
    "Policy",
    "ProvenanceManager",
    "ResourceQuota",
    "RuntimeConfig",
    "RuntimeSafetyManager",
    "Subtask",
    "TarlStackBox",
    "TaskQueue",
    "TaskQueuePriority",
    "TrustAwareAgentRegistry",
    "TrustAwareBlackboardExecutor",
    "TrustAwareConsensusExecutor",
    "TrustAwareDebateExecutor",
    "TrustAwareEnsembleExecutor",
    "TrustAwareHandoffExecutor",
    "TrustAwareOrchestrationRuntime",
    "TrustAwareParallelExecutor",
    "TrustAwarePattern",
    "TrustAwarePatternExecutor",
    "TrustAwareRouterExecutor",
    "TrustAwareSequentialExecutor",
    "TrustAwareSupervisorWorkerExecutor",
    "TrustAwareWorkflow",
    "TrustAwareWorkflowBuilder",
    "TrustError",
    "TrustExecutionContext",
    "TrustLineageChain",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "TrustedSupervisorAgent",
    "UnknownPatternError",
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
    if name in _GOVERNANCE:
        face = "orchestration_governance"
    if name in _TRUST:
        face = "trust"
    return getattr(import_module(_PLANNING.get(name, f"tarl.integrations.{face}")), name)
