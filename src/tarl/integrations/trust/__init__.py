"""The seeds' trust face: authorities, agents, delegations and audit notes.

values.py        CapabilityRequest, DelegationRecord, TrustLineageChain, TrustStatus ...
operations.py    TrustOperations
enterprise.py    create_enterprise_authority
agent.py         TrustedAgent, TrustedSupervisorAgent
runtime.py       TrustAwareOrchestrationRuntime, TrustAwarePattern
execution.py     TrustExecutionContext, OrchestrationResult, RuntimeConfig
executors.py     the nine executors, over tarl.agents.patterns
stage.py         an execution in its run: who takes part, in which roles
steps.py         TrustOperations inside a run, for executors of one's own
trail.py         what a run left in the journal
registry.py      TrustAwareAgentRegistry
builder.py       TrustAwareWorkflowBuilder, TrustAwareWorkflow
board.py         Blackboard
refusals.py      TrustError and what it can be
"""

from __future__ import annotations

from tarl.agents.roles import (
    Argument,
    Contribution,
    Decomposition,
    Evaluation,
    Judgement,
    Proposal,
    RoutingDecision,
    Selection,
    Subtask,
    Vote,
)
from tarl.integrations.trust.agent import TrustedAgent, TrustedSupervisorAgent
from tarl.integrations.trust.board import Blackboard
from tarl.integrations.trust.builder import (
    AgentConnection,
    TrustAwareWorkflow,
    TrustAwareWorkflowBuilder,
)
from tarl.integrations.trust.enterprise import create_enterprise_authority
from tarl.integrations.trust.execution import (
    OrchestrationResult,
    RuntimeConfig,
    TrustExecutionContext,
    current_execution,
)
from tarl.integrations.trust.executors import (
    TrustAwareBlackboardExecutor,
    TrustAwareConsensusExecutor,
    TrustAwareDebateExecutor,
    TrustAwareEnsembleExecutor,
    TrustAwareHandoffExecutor,
    TrustAwareParallelExecutor,
    TrustAwarePatternExecutor,
    TrustAwareRouterExecutor,
    TrustAwareSequentialExecutor,
    TrustAwareSupervisorWorkerExecutor,
)
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import (
    NoCapableAgentError,
    TrustConflict,
    TrustCorrupt,
    TrustDenied,
    TrustError,
    TrustExceeded,
    TrustInvalid,
    TrustMissing,
    UnknownPatternError,
    WorkflowValidationError,
)
from tarl.integrations.trust.registry import TrustAwareAgentRegistry
from tarl.integrations.trust.runtime import TrustAwareOrchestrationRuntime, TrustAwarePattern
from tarl.integrations.trust.values import (
    ActionResult,
    AuditAnchor,
    Authority,
    CapabilityRequest,
    DelegationRecord,
    TrustLineageChain,
    TrustStatus,
    VerificationLevel,
    VerificationResult,
)
from tarl.trust.records import HumanOrigin

__all__ = [
    "ActionResult",
    "AgentConnection",
    "Argument",
    "AuditAnchor",
    "Authority",
    "Blackboard",
    "CapabilityRequest",
    "Contribution",
    "Decomposition",
    "DelegationRecord",
    "Evaluation",
    "HumanOrigin",
    "Judgement",
    "NoCapableAgentError",
    "OrchestrationResult",
    "Proposal",
    "RoutingDecision",
    "RuntimeConfig",
    "Selection",
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
    "TrustConflict",
    "TrustCorrupt",
    "TrustDenied",
    "TrustError",
    "TrustExceeded",
    "TrustExecutionContext",
    "TrustInvalid",
    "TrustLineageChain",
    "TrustMissing",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "TrustedSupervisorAgent",
    "UnknownPatternError",
    "VerificationLevel",
    "VerificationResult",
    "Vote",
    "WorkflowValidationError",
    "create_enterprise_authority",
    "current_execution",
]
