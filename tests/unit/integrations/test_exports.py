"""The names that ``tarl.integrations`` exports, and when it imports them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tarl.integrations
from tarl.integrations import (
    orchestration,
    orchestration_extended,
    orchestration_governance,
    trust,
)
from tarl.planning import agent, engine, models

CORE = {
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
}

EXTENDED = {
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
}

GOVERNANCE = {
    "AIProvenanceManager",
    "CICDEnforcementManager",
    "ComplianceFramework",
    "ComplianceManager",
    "FullGovernanceStack",
    "GovernanceEngine",
    "RuntimeSafetyManager",
}

TRUST = {
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
}


PLANNING = {
    "OrchestrationAgent": agent,
    "OrchestrationConfig": agent,
    "OrchestrationEngine": engine,
    "OrchestrationRequest": models,
    "OrchestrationResponse": models,
}


def test_the_package_exports_the_names_of_its_faces() -> None:
    assert set(tarl.integrations.__all__) == CORE | EXTENDED | GOVERNANCE | TRUST | set(PLANNING)
    for name, module in PLANNING.items():
        assert getattr(tarl.integrations, name) is getattr(module, name)
    for name in TRUST:
        assert getattr(tarl.integrations, name) is getattr(trust, name)
    for name in CORE:
        assert getattr(tarl.integrations, name) is getattr(orchestration, name)
    for name in EXTENDED:
        assert getattr(tarl.integrations, name) is getattr(orchestration_extended, name)
    for name in GOVERNANCE:
        assert getattr(tarl.integrations, name) is getattr(orchestration_governance, name)
    with pytest.raises(AttributeError, match="Nothing"):
        tarl.integrations.Nothing  # noqa: B018


def test_the_module_exports_the_rest_too() -> None:
    assert set(orchestration.__all__) == CORE | {"WorkflowEvent", "demo_deterministic_workflow"}


def test_the_extended_module_exports_the_rest_too() -> None:
    assert set(orchestration_extended.__all__) == EXTENDED | {
        "ActivityResult",
        "ApprovalRequest",
        "ChildWorkflow",
        "DurableTimer",
        "Namespace",
        "OrchestratorNode",
        "Query",
        "SagaResult",
        "Signal",
        "Task",
        "WorkflowLease",
        "demo_extended_features",
    }


def test_the_governance_module_exports_the_rest_too() -> None:
    assert set(orchestration_governance.__all__) == GOVERNANCE | {
        "AnomalyDetection",
        "ComplianceMapping",
        "ComplianceRequirement",
        "DatasetProvenance",
        "EvaluationProvenance",
        "HumanDecisionProvenance",
        "ModelProvenance",
        "PolicyVersion",
        "PolicyViolation",
        "PromotionGate",
        "PromotionRequest",
        "SafetyGuardrail",
        "demo_governance_features",
    }


def test_names_are_imported_when_they_are_used() -> None:
    code = (
        "import sys, tarl.integrations;"
        "assert 'tarl.integrations.orchestration' not in sys.modules;"
        "from tarl.integrations import TarlStackBox;"
        "assert 'tarl.integrations.orchestration' in sys.modules;"
        "assert 'tarl.integrations.orchestration_extended' not in sys.modules;"
        "assert not {'click', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
