"""The bill of materials that an assessment's declarations stand in."""

from __future__ import annotations

from tarl.governance.compliance.assess import Assessment
from tarl.governance.compliance.component import contents
from tarl.governance.compliance.reports.declarations import declarations
from tarl.journal.store import Store
from tarl.provenance.artifacts.state import ARTIFACT
from tarl.provenance.bom.drawing import of_artifact
from tarl.provenance.bom.graph import Bill, Component, bill

KIND_OF = {"journal": "report", "agent": "module", "workflow": "workflow", "artifact": "module"}


def declared_bill(store: Store, assessment: Assessment, *, assessor: str = "tarl") -> Bill:
    """The bill of the assessed component, with what is declared of it.

    A registered artifact has its own bill; anything else is the one component of a bill.

    Raises:
        Missing: what the artifact stands on is erased.
    """
    meant = assessment.census.component
    for digest in contents(store, meant):
        if store.get(ARTIFACT.name, meant.tenant, digest) is not None:
            drawn = of_artifact(store, digest, tenant=meant.tenant)
            return drawn.declaring(declarations(assessment), assessor=assessor)
    root = Component(
        ref=meant.ref,
        kind=KIND_OF[meant.kind],
        name=meant.name or assessment.census.origin,
        version="0",
        supplier=meant.tenant,
        at_ms=assessment.census.at_ms,
    )
    alone = bill(
        subject=root.ref, author=assessor, at_ms=assessment.census.at_ms, components=[root]
    )
    return alone.declaring(declarations(assessment), assessor=assessor)
