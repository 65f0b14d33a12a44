"""The seeds' governance face: policies, compliance, safety, provenance of AI, promotion.

policies.py, violations.py      GovernanceEngine: versions of policies, violations, escalation
compliance.py, components.py    ComplianceManager
safety.py, direct.py, noting.py RuntimeSafetyManager: guardrails, prompts, tools
provenance.py, described.py     AIProvenanceManager
promotion.py                    CICDEnforcementManager
stack.py                        FullGovernanceStack
demo.py                         ``python -m tarl.integrations.orchestration_governance``

rooms.py
"""

from __future__ import annotations

from tarl.integrations.orchestration_governance.compliance import (
    ComplianceFramework,
    ComplianceManager,
    ComplianceMapping,
    ComplianceRequirement,
)
from tarl.integrations.orchestration_governance.demo import demo_governance_features
from tarl.integrations.orchestration_governance.described import (
    DatasetProvenance,
    EvaluationProvenance,
    HumanDecisionProvenance,
    ModelProvenance,
)
from tarl.integrations.orchestration_governance.policies import GovernanceEngine, PolicyVersion
from tarl.integrations.orchestration_governance.promotion import (
    CICDEnforcementManager,
    PromotionGate,
    PromotionRequest,
)
from tarl.integrations.orchestration_governance.provenance import AIProvenanceManager
from tarl.integrations.orchestration_governance.safety import (
    AnomalyDetection,
    RuntimeSafetyManager,
    SafetyGuardrail,
)
from tarl.integrations.orchestration_governance.stack import FullGovernanceStack
from tarl.integrations.orchestration_governance.violations import PolicyViolation

__all__ = [
    "AIProvenanceManager",
    "AnomalyDetection",
    "CICDEnforcementManager",
    "ComplianceFramework",
    "ComplianceManager",
    "ComplianceMapping",
    "ComplianceRequirement",
    "DatasetProvenance",
    "EvaluationProvenance",
    "FullGovernanceStack",
    "GovernanceEngine",
    "HumanDecisionProvenance",
    "ModelProvenance",
    "PolicyVersion",
    "PolicyViolation",
    "PromotionGate",
    "PromotionRequest",
    "RuntimeSafetyManager",
    "SafetyGuardrail",
    "demo_governance_features",
]
