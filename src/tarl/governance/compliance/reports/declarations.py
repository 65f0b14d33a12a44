"""An assessment as the declarations of a bill of materials (CycloneDX attestations)."""

from __future__ import annotations

from tarl.governance.compliance.assess import Assessment
from tarl.provenance.bom.graph import Declaration


def declarations(assessment: Assessment) -> tuple[Declaration, ...]:
    """A declaration for each requirement that can be met, with the evidence that it rests on."""
    return tuple(
        Declaration(
            requirement_id=each.requirement.id,
            framework=each.requirement.framework,
            title=each.requirement.title,
            claim=f"{assessment.component} is held to {each.requirement.ref}: {each.status}",
            evidence=tuple(
                dict.fromkeys(r for e in (*each.evidence, *each.against) for r in e.refs)
            ),
            status=each.status,
            reasoning=each.why,
        )
        for each in assessment.results
        if each.requirement.is_assessable
    )
