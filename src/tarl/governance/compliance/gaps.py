"""What is open, and the evidence that would close it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from tarl.governance.compliance.assess import Assessment, Result, Status
from tarl.governance.compliance.controls import Control, controls_by_requirement

KINDS_OF = {"journal": "journal", "workflow": "workflow:NAME", "artifact": "artifact:SHA256"}


class Gap(NamedTuple):
    """A requirement that is not met, and ways to close it, the surest last."""

    result: Result
    ways: tuple[str, ...]


def gaps(
    assessment: Assessment, *, statuses: Sequence[Status] = ("unmet", "unknown")
) -> tuple[Gap, ...]:
    """The open requirements: those that are contradicted first, then those with evidence for a
    part.
    """
    found = [
        Gap(each, ways(each, assessment))
        for each in assessment.results
        if each.requirement.is_assessable and each.status in statuses
    ]
    found.sort(key=lambda gap: (gap.result.status != "unmet", not gap.result.evidence))
    return tuple(found)


def ways(result: Result, assessment: Assessment) -> tuple[str, ...]:
    """How a requirement is closed: what is missing in the journal, and who may attest to the
    rest.
    """
    ref, kind = result.requirement.ref, assessment.census.component.kind
    bearing = controls_by_requirement().get(ref, ())
    mend = [f"look at {place}" for each in result.against for place in each.refs]
    need = [f"record {text}" for text in result.missing]
    beside = [_elsewhere(control) for control, _ in bearing if kind not in control.components]
    by = " or ".join(assessment.assessors) or "a person"
    words = ("tarl", "compliance", "attest", assessment.component, ref, "--status", "met")
    attest = f"{shlex.join(words)} --statement WHY --as NAME"
    whole = any(how == "whole" and kind in control.components for control, how in bearing)
    rest = f"or have {by} attest to it" if whole else f"have {by} attest to the rest"
    if not bearing:
        rest = f"have {by} attest to it"
    return tuple(dict.fromkeys((*mend, *need, *beside, f"{rest}: {attest}")))


def _elsewhere(control: Control) -> str:
    where = " or ".join(KINDS_OF.get(kind, f"{kind}:ID") for kind in control.components)
    return f"assess {where}, of which {control.id} says something"
