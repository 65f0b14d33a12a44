"""A verification summary that a stranger checks: with keys, a digest, an environment, no journal.

1. It says what it checked, one line each, and what it could not: that nobody has said FAILED since
   cannot be seen from a file. FAILED statements that one has are laid beside it.
2. ``PASSED`` needs every check to hold. A statement that says FAILED, or one beside it that stands
   against it, is ``FAILED``; everything else is not proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from tarl.crypto.note import VerifierKey
from tarl.errors import Invalid, TarlError
from tarl.governance.promotion.form import EXTENSION
from tarl.governance.promotion.pipeline import DEFAULT_SKEW_MS, SUMMARY, Pipeline
from tarl.governance.promotion.standing import stands_against
from tarl.governance.promotion.summary import Summary, read_summary, verifier_id
from tarl.kernel.approvals.names import PrincipalId
from tarl.provenance.attestations import statement
from tarl.provenance.attestations.statement import OPERATOR, name_of
from tarl.values.instants import isoformat_ms

Outcome = Literal["PASSED", "FAILED", "NOT PROVED"]

BESIDE_MAX = 1_000
"""Statements laid beside the one that is checked."""


class Wanted(NamedTuple):
    """What a stranger wants to know.

    Attributes:
        sha256: The digest of what is at hand.
        environment: Where it is to be.
        at_ms: Now.
        pipeline: The pipeline that it must have been decided by; any when None.
        max_age_ms: How old the decision may be.
    """

    sha256: str
    environment: str
    at_ms: int
    pipeline: Pipeline | None = None
    max_age_ms: int | None = None

    @property
    def skew_ms(self) -> int:
        """By how much clocks may differ."""
        return DEFAULT_SKEW_MS if self.pipeline is None else self.pipeline.skew_ms


class Check(NamedTuple):
    """One thing that was looked at: what it says, and whether it holds."""

    name: str
    holds: bool
    text: str


class Checked(NamedTuple):
    """What a stranger knows now."""

    outcome: Outcome
    checks: tuple[Check, ...]
    unknown: tuple[str, ...]
    summary: Summary | None

    def as_data(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        return {
            "outcome": self.outcome,
            "checks": [each._asdict() for each in self.checks],
            "not_proved": list(self.unknown),
            "statement": None if self.summary is None else self.summary.id,
            "levels": [] if self.summary is None else list(self.summary.levels),
        }


def check(
    envelope: Any,
    keys: Sequence[VerifierKey],
    wanted: Wanted,
    *,
    beside: Sequence[Any] = (),
) -> Checked:
    """What an envelope proves to whoever trusts these keys.

    Raises:
        Invalid: no key, or too many statements beside it (``promotion.check``).
    """
    if not keys or len(beside) > BESIDE_MAX:
        raise Invalid(
            f"a check takes a key, and at most {BESIDE_MAX} statements beside the one",
            code="promotion.check",
            next_step="tarl promote verify FILE --key KEY --artifact FILE --in ENVIRONMENT",
        )
    try:
        said, summary = _opened(envelope, keys)
    except TarlError as error:
        return Checked("NOT PROVED", (Check("signature", False, error.message),), (), None)
    names = ", ".join(summary.signers)
    checks = [
        Check("signature", True, f"{names} signed {summary.id}"),
        *_about_subject(said, wanted),
        *_about_place(said, summary, keys, wanted),
        *_about_policy(summary, wanted),
        *_about_time(summary, wanted),
    ]
    against, unread = _against(summary, beside, keys, wanted)
    unknown = [
        "that nobody has said FAILED of it since: lay what you know of beside it with --against",
        *(f"what a statement beside it says: {each}" for each in unread),
    ]
    if wanted.pipeline is None:
        unknown.append("by which rules it was decided: name the pipeline with --pipeline")
    proved = all(each.holds for each in checks)
    failed = [Check("decision", False, text) for text in _failures(summary, against)]
    result = failed or [Check("decision", True, f"PASSED: {', '.join(summary.levels)}")]
    outcome: Outcome = "NOT PROVED" if not proved else "FAILED" if failed else "PASSED"
    return Checked(outcome, (*checks, *result), tuple(unknown), summary)


def _opened(envelope: Any, keys: Sequence[VerifierKey]) -> tuple[statement.Statement, Summary]:
    said = statement.read(envelope)
    signers = statement.check(envelope, {key.label: key for key in keys})
    if said.predicate_type != SUMMARY:
        raise Invalid(
            f"it is signed, and no verification summary but {said.predicate_type}",
            code="promotion.summary",
        )
    return said, read_summary(said.id, said.predicate, signers=signers)


def _about_subject(said: statement.Statement, wanted: Wanted) -> list[Check]:
    if any(subject.sha256 == wanted.sha256 for subject in said.subjects):
        return [Check("subject", True, f"it is about sha256:{wanted.sha256}")]
    others = ", ".join(subject.sha256[:12] for subject in said.subjects[:3])
    return [Check("subject", False, f"it is about {others}, not sha256:{wanted.sha256}")]


def _about_place(
    said: statement.Statement, summary: Summary, keys: Sequence[VerifierKey], wanted: Wanted
) -> list[Check]:
    """Whether it is by who it says, and about this environment."""
    named = any(_is(summary, key) for key in keys if name_of(key) in summary.signers)
    by = Check("verifier", named, f"it was decided by {summary.verifier}")
    tenant = _tenant(summary)
    if wanted.pipeline is not None:
        is_there = summary.resource == wanted.pipeline.resource_of(
            wanted.environment, tenant=tenant
        )
    else:
        more = said.predicate.get(EXTENSION, {})
        is_there = summary.resource.endswith(f"/{wanted.environment}") and (
            more.get("to", wanted.environment) == wanted.environment
        )
    where = Check("environment", is_there, f"it is about {summary.resource}")
    return [by, where]


def _is(summary: Summary, key: VerifierKey) -> bool:
    """Whether a summary names a key's holder as who decided; the operator does in every tenant."""
    if name_of(key) == OPERATOR:
        return summary.verifier == verifier_id(OPERATOR, tenant=_tenant(summary))
    try:
        id = PrincipalId.from_stream(key.name)
    except TarlError:
        return False
    return summary.verifier == verifier_id(id.id, tenant=id.tenant)


def _tenant(summary: Summary) -> str:
    """The tenant of whoever a summary names as who decided."""
    return unquote(summary.verifier.rpartition("/")[0].rpartition("/")[2])


def _about_policy(summary: Summary, wanted: Wanted) -> list[Check]:
    pipeline = wanted.pipeline
    if pipeline is None:
        return []
    is_by = any(name in pipeline.verifiers for name in summary.signers)
    is_same = summary.policy_digest in (pipeline.digest, *pipeline.earlier)
    shown = (summary.policy_digest or "none")[:12]
    return [
        Check("verifiers", is_by, f"the pipeline's verifiers are {', '.join(pipeline.verifiers)}"),
        Check("pipeline", is_same, f"its pipeline is {shown}, at hand is {pipeline.digest[:12]}"),
    ]


def _about_time(summary: Summary, wanted: Wanted) -> list[Check]:
    at = isoformat_ms(summary.at_ms)
    is_past = summary.at_ms <= wanted.at_ms + wanted.skew_ms
    checks = [Check("time", is_past, f"it was decided at {at}")]
    if wanted.max_age_ms is not None:
        is_young = wanted.at_ms - summary.at_ms <= wanted.max_age_ms
        checks.append(Check("age", is_young, f"it may be {wanted.max_age_ms} ms old, is of {at}"))
    return checks


def _against(
    summary: Summary, beside: Sequence[Any], keys: Sequence[VerifierKey], wanted: Wanted
) -> tuple[list[Summary], list[str]]:
    """The FAILED statements beside it that are about the same place; why others were not read."""
    against, unread = [], []
    for envelope in beside:
        try:
            said, other = _opened(envelope, keys)
        except TarlError as error:
            unread.append(error.message)
            continue
        is_same = other.resource == summary.resource and any(
            subject.sha256 == wanted.sha256 for subject in said.subjects
        )
        is_named = any(_is(other, key) for key in keys if name_of(key) in other.signers)
        if is_same and is_named and other.result == "FAILED":
            against.append(other)
    return [f for f in against if _stands(f, summary, wanted)], unread


def _stands(failed: Summary, summary: Summary, wanted: Wanted) -> bool:
    return stands_against(failed, summary, skew_ms=wanted.skew_ms)


def _failures(summary: Summary, against: Sequence[Summary]) -> list[str]:
    own = [] if summary.result == "PASSED" else [f"FAILED: {summary.reason or 'its gates failed'}"]
    return own + [
        f"FAILED at {isoformat_ms(f.at_ms)} by {', '.join(f.signers)}: {f.reason or 'its gates'}"
        for f in against
    ]
