"""The assessment of a component: a status for each requirement, and what it rests on.

A status is, in this order:

1. ``not_applicable`` where declared facts say so, or somebody whose word counts attested it and
   nothing contradicts.
2. ``unmet`` where a control contradicts, or where the newest live assessment says so, or where
   nothing but assessments is there that have expired or are by signers whose word does not count.
3. ``met`` where a control that answers to the whole of it supports it, or the newest live
   assessment says so. A control that bears on a part never suffices.
4. ``unknown`` otherwise. It is never counted as met.

An assessment is computed from the journal and the instant alone: the same journal and instant give
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from tarl.governance.compliance.applicability import excluded
from tarl.governance.compliance.assessments import Assessed
from tarl.governance.compliance.catalog import Requirement
from tarl.governance.compliance.census import Census
from tarl.governance.compliance.controls import Bearing, controls_by_requirement
from tarl.governance.compliance.evaluate import Evidence, Shown, evidence_of
from tarl.governance.compliance.facts import Facts
from tarl.governance.compliance.risk import Risk

Status = Literal["met", "unmet", "unknown", "not_applicable"]
STATUSES: tuple[Status, ...] = get_args(Status)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement's status.

    Attributes:
        why: In words.
        evidence: What it rests on; of a part of it, where it is unknown.
        against: What contradicts.
        controls: Ids of the controls that bear on it, with ``whole`` or ``part``.
        missing: What would be needed, in words.
        declared_by: Who declared the facts by which it does not apply.
    """

    requirement: Requirement
    status: Status
    why: str
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    controls: tuple[tuple[str, Bearing], ...] = ()
    missing: tuple[str, ...] = ()
    declared_by: tuple[str, ...] = ()


class Totals(NamedTuple):
    """How many entries have which status; of ``assessable`` ones alone."""

    entries: int
    assessable: int
    met: int
    unmet: int
    unknown: int
    not_applicable: int

    @property
    def applicable(self) -> int:
        """Those that count: neither context nor not applicable."""
        return self.assessable - self.not_applicable

    @property
    def rate(self) -> float:
        """The share of those that count which is met; 0 where none counts."""
        return self.met / self.applicable if self.applicable else 0.0


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal shows about a component, at one instant and over one state of it."""

    census: Census
    facts: Facts
    risk: Risk
    assessors: tuple[str, ...]
    shown: tuple[Shown, ...]
    results: tuple[Result, ...]

    @property
    def component(self) -> str:
        """How the component is written."""
        return self.census.component.ref

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks in it, in order."""
        return tuple(dict.fromkeys(each.requirement.framework for each in self.results))

    def of(self, framework: str) -> tuple[Result, ...]:
        """The results of a framework."""
        return tuple(each for each in self.results if each.requirement.framework == framework)


class Opinions(NamedTuple):
    """What was attested of requirements, by reference, oldest first; and what of it counts."""

    said: Mapping[str, Sequence[Assessed]]
    faults: Mapping[str, str]

    @classmethod
    def of(cls, assessed: Iterable[Assessed], faults: Mapping[str, str]) -> Opinions:
        """Opinions by requirement; ``faults`` says of attestations, by id, why they do not
        count.
        """
        said: dict[str, list[Assessed]] = {}
        for each in assessed:
            said.setdefault(each.requirement, []).append(each)
        return cls(said, faults)


def totals(results: Iterable[Result]) -> Totals:
    """The counts of results."""
    every = list(results)
    count = dict.fromkeys(STATUSES, 0)
    for each in every:
        if each.requirement.is_assessable:
            count[each.status] += 1
    return Totals(len(every), sum(count.values()), *(count[status] for status in STATUSES))


def judge(
    requirements: Iterable[Requirement],
    shown: Sequence[Shown],
    opinions: Opinions,
    facts: Facts,
    risk: Risk,
) -> tuple[Result, ...]:
    """The result of each requirement."""
    by_id = {each.control.id: each for each in shown}
    return tuple(_result(each, by_id, opinions, facts, risk) for each in requirements)


def _result(
    requirement: Requirement,
    by_id: Mapping[str, Shown],
    opinions: Opinions,
    facts: Facts,
    risk: Risk,
) -> Result:
    if not requirement.is_assessable:
        return Result(requirement=requirement, status="unknown", why=_CONTEXT[requirement.role])
    away = excluded(requirement, facts, risk)
    if away is not None:
        who = tuple(sorted({each.by for each in away.because}))
        rests = tuple(Evidence(f"{f.by} declared {f.text}", 1, (), f.at_ms) for f in away.because)
        return Result(
            requirement=requirement,
            status="not_applicable",
            why=away.why,
            evidence=rests,
            declared_by=who,
        )
    bearing = controls_by_requirement().get(requirement.ref, ())
    found = [(by_id[control.id], how) for control, how in bearing if control.id in by_id]
    opinion = _opinion(requirement.ref, opinions)
    return _weighed(requirement, found, opinion)


_CONTEXT = {
    "context": "a heading, a definition or a provision that obliges nobody here",
    "risk_class": "an area that makes a system high-risk: declare annex_iii_areas",
}


class _Opinion(NamedTuple):
    """What people say about a requirement: who counts last, or why nobody does."""

    status: Status = "unknown"
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    by: tuple[str, ...] = ()
    counts: bool = False


def _opinion(ref: str, opinions: Opinions) -> _Opinion:
    said = opinions.said.get(ref, ())
    good = [each for each in said if each.attestation.id not in opinions.faults]
    if good:
        last = max(good, key=lambda each: each.attestation.number)
        by = ", ".join(last.attestation.signers)
        what = f"{by} attested: {last.statement}"
        names = tuple(f"sha256:{each.sha256}" for each in last.evidence)
        evidence = evidence_of(last.attestation, what)
        evidence = evidence._replace(refs=(*evidence.refs, *names))
        return _Opinion(last.status, what, (evidence,), last.attestation.signers, counts=True)
    if said:
        last = max(said, key=lambda each: each.attestation.number)
        why = f"what was attested does not count: {opinions.faults[last.attestation.id]}"
        return _Opinion("unmet", why, (evidence_of(last.attestation, why),))
    return _Opinion()


def _weighed(
    requirement: Requirement, found: Sequence[tuple[Shown, Bearing]], opinion: _Opinion
) -> Result:
    supports = [(each, how) for each, how in found if each.shows == "supports"]
    evidence = tuple(e for each, _ in supports for e in each.found)
    parts: dict[str, Any] = {
        "requirement": requirement,
        "controls": tuple((each.control.id, how) for each, how in found),
    }
    against = tuple(e for each, _ in found for e in each.against)
    if opinion.status == "not_applicable" and not against:
        parts |= {"evidence": opinion.evidence, "declared_by": opinion.by}
        return Result(**parts, status="not_applicable", why=opinion.why)
    if against:
        return Result(
            **parts, status="unmet", why=against[0].what, evidence=evidence, against=against
        )
    whole = next((each for each, how in supports if how == "whole"), None)
    if opinion.status == "unmet" and (opinion.counts or whole is None):
        return Result(
            **parts, status="unmet", why=opinion.why, evidence=evidence, against=opinion.evidence
        )
    if opinion.status == "met":
        return Result(
            **parts, status="met", why=opinion.why, evidence=(*opinion.evidence, *evidence)
        )
    if whole is not None:
        return Result(**parts, status="met", why=whole.control.asserts, evidence=evidence)
    return _open(parts, found, evidence)


def _open(
    parts: dict[str, Any], found: Sequence[tuple[Shown, Bearing]], evidence: tuple[Evidence, ...]
) -> Result:
    missing = tuple(dict.fromkeys(text for each, _ in found for text in each.missing))
    if evidence:
        why = "evidence bears on a part of it; nobody attested to the rest"
    elif found:
        why = "no evidence was found"
    else:
        why = "the journal has no evidence for it, and nobody attested to it"
    return Result(**parts, status="unknown", why=why, evidence=evidence, missing=missing)
