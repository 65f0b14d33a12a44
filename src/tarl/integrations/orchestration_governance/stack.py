"""Everything of this face over one journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tarl.engines.embedded.clock import Clock
from tarl.integrations.orchestration.ledger import Ledger
from tarl.integrations.orchestration.stack import journal_path
from tarl.integrations.orchestration_extended.place import Place
from tarl.integrations.orchestration_governance.compliance import ComplianceManager
from tarl.integrations.orchestration_governance.policies import GovernanceEngine
from tarl.integrations.orchestration_governance.promotion import ALL, CICDEnforcementManager
from tarl.integrations.orchestration_governance.provenance import AIProvenanceManager
from tarl.integrations.orchestration_governance.safety import RuntimeSafetyManager

DIRECTORIES = {
    "governance_dir": "data/tarl_governance",
    "compliance_dir": "data/tarl_compliance",
    "safety_dir": "data/tarl_safety",
    "ai_provenance_dir": "data/tarl_ai_provenance",
    "cicd_dir": "data/tarl_cicd",
}
"""The directories that a configuration may name, and where they are when it does not."""


class FullGovernanceStack:
    """The subsystems together, over one journal; what they decide binds the runs in it.

    Args:
        config: ``governance_dir``, ``compliance_dir``, ``safety_dir``, ``ai_provenance_dir``,
            ``cicd_dir``, and ``journal`` for the one journal file; that is ``tarl.db`` in the
            common parent of the named directories otherwise. The other stacks share everything with
            it when theirs is the same file.
        clock: Wall-clock time; the system's when left out.
    """

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, clock: Clock | None = None
    ) -> None:
        self.config = dict(config or {})
        place = Place(Ledger(self.journal, clock=clock), clock=clock)
        self.place = place
        self.governance = GovernanceEngine(place=place)
        self.compliance = ComplianceManager(place=place)
        self.safety = RuntimeSafetyManager(place=place)
        self.ai_provenance = AIProvenanceManager(place=place)
        self.cicd = CICDEnforcementManager(place=place)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return journal_path(self.config, DIRECTORIES)

    def require_compliance(self, environment: str = ALL, *, gate_id: str = "compliance") -> None:
        """Let no component into an environment that is not compliant.

        Raises:
            BadValue: no such environment.
        """

        def complies(component_id: str, environment: str) -> bool:
            return self.compliance.enforce_no_run_without_attestations(component_id)[0]

        self.cicd.register_gate(gate_id, "Compliance", complies, environment=environment)

    def get_status(self) -> dict[str, Any]:
        """How each subsystem stands, by the names of the attributes."""
        return {
            "governance": self.governance.get_status(),
            "compliance": self.compliance.get_status(),
            "safety": self.safety.get_status(),
            "ai_provenance": self.ai_provenance.get_status(),
            "cicd": self.cicd.get_status(),
        }

    def get_metrics(self) -> dict[str, Any]:
        """The figures of each subsystem, by the names of the attributes."""
        return {
            "governance": self.governance.get_metrics(),
            "compliance": self.compliance.get_metrics(),
            "safety": self.safety.get_metrics(),
            "ai_provenance": self.ai_provenance.get_metrics(),
            "cicd": self.cicd.get_metrics(),
        }
