"""An assessment as OSCAL assessment results (NIST, OSCAL 1.1 and later, assessment-results model).

One result for each framework: an observation for each piece of evidence, a finding for each
requirement that applies. OSCAL knows ``satisfied`` and ``not-satisfied`` alone: what is unknown is
not satisfied, with the reason ``other`` and the property ``status`` that says so; what does not
apply is left out of the reviewed controls, and named in the result's remarks.

UUIDs are of version 5, of what they name, so that the same assessment gives the same document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from tarl.governance.compliance.assess import Assessment, Result
from tarl.governance.compliance.catalog import Requirement
from tarl.governance.compliance.evaluate import Evidence
from tarl.governance.compliance.reports import words
from tarl.values.instants import isoformat_ms

OSCAL_VERSION = "1.1.2"
NAMESPACE = UUID("6b6f6d70-6c69-5e61-8e63-652e7461726c")
PROPERTIES = "https://tarl.dev/ns/oscal"

_REASONS = {"met": "pass", "unmet": "fail", "unknown": "other"}


def oscal(assessment: Assessment) -> dict[str, Any]:
    """The document, to be written as JSON."""
    census = assessment.census
    at = isoformat_ms(census.at_ms)
    name = f"{census.origin}/{census.root}/{assessment.component}/{at}"
    return {
        "assessment-results": {
            "uuid": _uuid(name),
            "metadata": {
                "title": f"Compliance of {_line(assessment.component)}",
                "last-modified": at,
                "version": f"{census.log_size}",
                "oscal-version": OSCAL_VERSION,
                "props": [_prop("journal", census.origin), _prop("root", census.root)],
                "remarks": words.CAUTION,
            },
            "import-ap": {
                "href": "https://tarl.dev/compliance/controls",
                "remarks": "The controls that tarl ships say what is looked for.",
            },
            "results": [_of(assessment, each, name, at) for each in assessment.frameworks],
        }
    }


def control_id(requirement: Requirement) -> str:
    """A requirement's id as an OSCAL token; that of SP 800-53 is NIST's own."""
    base = re.sub(r"\((\w+)\)", r".\1", requirement.id).replace("Art. ", "art-")
    token = re.sub(r"[^A-Za-z0-9._-]+", "-", base).strip("-").lower()
    return token if token[0].isalpha() else f"{requirement.framework}-{token}"


def _of(assessment: Assessment, framework: str, name: str, at: str) -> dict[str, Any]:
    results = [each for each in assessment.of(framework) if each.requirement.is_assessable]
    applying = [each for each in results if each.status != "not_applicable"]
    away = [each for each in results if each.status == "not_applicable"]
    observed = {
        evidence: _observation(evidence, f"{name}/{framework}", at)
        for each in applying
        for evidence in (*each.evidence, *each.against)
    }
    result = {
        "uuid": _uuid(f"{name}/{framework}"),
        "title": words.heading(framework),
        "description": words.notice(framework),
        "start": at,
        "end": at,
        "reviewed-controls": {"control-selections": [_selection(applying, away)]},
        "observations": list(observed.values()),
        "findings": [_finding(each, f"{name}/{framework}", observed) for each in applying],
    }
    if away:
        said = (f"{control_id(e.requirement)}: {e.why}" for e in away)
        result["remarks"] = "Not applicable: " + "; ".join(map(_line, said))
    return {key: value for key, value in result.items() if value != []}


def _selection(applying: Sequence[Result], away: Sequence[Result]) -> dict[str, Any]:
    """The controls that were reviewed: those that apply."""
    if applying:
        return {"include-controls": [_selected(each) for each in applying]}
    return {
        "description": "None of those that were looked at applies.",
        "include-all": {},
        "exclude-controls": [_selected(each) for each in away],
    }


def _selected(each: Result) -> dict[str, Any]:
    return {"control-id": control_id(each.requirement)}


def _observation(evidence: Evidence, name: str, at: str) -> dict[str, Any]:
    collected = at if evidence.at_ms is None else isoformat_ms(evidence.at_ms)
    found: dict[str, Any] = {
        "uuid": _uuid(f"{name}/{evidence!r}"),
        "description": _line(evidence.what),
        "methods": ["EXAMINE"],
        "collected": collected,
        "props": [_prop("count", str(evidence.counted))],
    }
    if evidence.refs:
        found["relevant-evidence"] = [{"description": _line(ref)} for ref in evidence.refs]
    return found


def _finding(each: Result, name: str, observed: dict[Evidence, dict[str, Any]]) -> dict[str, Any]:
    about, state = each.requirement, "satisfied" if each.status == "met" else "not-satisfied"
    found: dict[str, Any] = {
        "uuid": _uuid(f"{name}/{about.id}"),
        "title": _line(f"{words.named(each)} {about.title}"),
        "description": _line(each.why),
        "props": [_prop("status", each.status)],
        "target": {
            "type": "objective-id",
            "target-id": control_id(about),
            "status": {"state": state, "reason": _REASONS[each.status]},
        },
    }
    related = [observed[e]["uuid"] for e in (*each.evidence, *each.against)]
    if related:
        found["related-observations"] = [
            {"observation-uuid": uuid} for uuid in dict.fromkeys(related)
        ]
    return found


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": PROPERTIES, "value": _line(value)}


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE, name))


def _line(text: str) -> str:
    """A text on one line, without what no document should carry; never empty."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split()) or "-"
