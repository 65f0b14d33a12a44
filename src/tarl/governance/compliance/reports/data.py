"""An assessment as plain JSON values, with every number's origin beside it."""

from __future__ import annotations

from typing import Any

from tarl.governance.compliance.assess import Assessment, Result, totals
from tarl.governance.compliance.catalog import catalog
from tarl.governance.compliance.evaluate import Evidence
from tarl.governance.compliance.facts import written
from tarl.values.instants import isoformat_ms


def data(assessment: Assessment) -> dict[str, Any]:
    """The whole assessment."""
    census = assessment.census
    return {
        "component": assessment.component,
        "tenant": census.component.tenant,
        "at": isoformat_ms(census.at_ms),
        "journal": {
            "origin": census.origin,
            "log_size": census.log_size,
            "root": census.root,
            "events": census.events,
            "streams": census.streams,
        },
        "risk": {
            "class": assessment.risk.risk_class,
            "because": [fact.text for fact in assessment.risk.because],
            "missing": list(assessment.risk.missing),
            "at_least": assessment.risk.at_least,
        },
        "facts": [
            {"name": f.name, "value": written(f.value), "by": f.by, "at": isoformat_ms(f.at_ms)}
            for f in sorted(assessment.facts.values(), key=lambda fact: fact.name)
        ],
        "assessors": list(assessment.assessors),
        "controls": [
            {
                "id": each.control.id,
                "title": each.control.title,
                "shows": each.shows,
                "found": [_evidence(e) for e in each.found],
                "against": [_evidence(e) for e in each.against],
                "missing": list(each.missing),
                "limits": each.control.limits,
            }
            for each in assessment.shown
            if census.component.kind in each.control.components
        ],
        "totals": totals(assessment.results)._asdict(),
        "frameworks": [_framework(assessment, name) for name in assessment.frameworks],
    }


def _framework(assessment: Assessment, name: str) -> dict[str, Any]:
    results, known = assessment.of(name), catalog(name)
    counted = totals(results)
    return {
        "framework": name,
        "name": known.name,
        "licence": known.licence,
        "totals": counted._asdict(),
        "applicable": counted.applicable,
        "rate": round(counted.rate, 6),
        "results": [result_data(each) for each in results],
    }


def result_data(each: Result) -> dict[str, Any]:
    """One result."""
    about, date = each.requirement, each.requirement.applies_from
    return {
        "requirement": about.ref,
        "citation": about.citation,
        "positional": about.positional,
        "title": about.title,
        "role": about.role,
        "status": each.status,
        "why": each.why,
        "applies_from": None if date is None else date.isoformat(),
        "controls": [{"id": id, "bears": how} for id, how in each.controls],
        "evidence": [_evidence(e) for e in each.evidence],
        "against": [_evidence(e) for e in each.against],
        "missing": list(each.missing),
        "declared_by": list(each.declared_by),
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    at = None if each.at_ms is None else isoformat_ms(each.at_ms)
    return {"what": each.what, "count": each.counted, "refs": list(each.refs), "at": at}
