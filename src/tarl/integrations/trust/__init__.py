"""The seeds' trust face: authorities, agents, delegations and audit notes.

values.py        CapabilityRequest, DelegationRecord, TrustLineageChain, TrustStatus ...
operations.py    TrustOperations, create_enterprise_authority
agent.py         TrustedAgent, its trust half
refusals.py      TrustError and what it can be
"""

from __future__ import annotations

from tarl.integrations.trust.agent import TrustedAgent
from tarl.integrations.trust.enterprise import create_enterprise_authority
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
    WorkflowValidationError,
)
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
    "AuditAnchor",
    "Authority",
    "CapabilityRequest",
    "DelegationRecord",
    "HumanOrigin",
    "NoCapableAgentError",
    "TrustConflict",
    "TrustCorrupt",
    "TrustDenied",
    "TrustError",
    "TrustExceeded",
    "TrustInvalid",
    "TrustLineageChain",
    "TrustMissing",
    "TrustOperations",
    "TrustStatus",
    "TrustedAgent",
    "VerificationLevel",
    "VerificationResult",
    "WorkflowValidationError",
    "create_enterprise_authority",
]
