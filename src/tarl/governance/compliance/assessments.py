"""What people attest about requirements: a signed in-toto statement about a component's digest.

The predicate (``https://tarl.dev/attestation/compliance-assessment/v1``)::

    {"requirement": "eu-ai-act:Art. 9(1)", "component": "workflow:loans", "status": "met",
     "statement": "why", "evidence": [{"name": "...", "sha256": "..."}],
     "expiresOn": "2027-01-01T00:00:00Z"}

1. It says one of ``met``, ``unmet``, ``not_applicable``. ``unknown`` is what is left, and nobody's
   word.
2. It is about a digest of the very component that it names.
3. It counts until it expires, which it always does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from tarl.errors import Exceeded, Invalid, TarlError
from tarl.governance.compliance.catalog import Requirement, requirement
from tarl.governance.compliance.checks import DAY_MS
from tarl.governance.compliance.component import Component
from tarl.provenance.artifacts.artifact import check_digest
from tarl.provenance.attestations.ledger import Attestation
from tarl.provenance.attestations.predicates import own
from tarl.provenance.attestations.statement import Subject
from tarl.values.instants import isoformat_ms

Said = Literal["met", "unmet", "not_applicable"]
SAID: tuple[Said, ...] = ("met", "unmet", "not_applicable")

ASSESSMENT = own("compliance-assessment")

TEXT_CHARS_MAX = 8_000
EVIDENCE_MAX = 100
LASTS_DAYS_MAX = 1_096
YEAR_MS = 365 * DAY_MS
"""Three years: what nobody has looked at since then is no evidence."""


class Assessed(NamedTuple):
    """What a statement says about a requirement."""

    requirement: str
    component: str
    status: Said
    statement: str
    evidence: tuple[Subject, ...]
    attestation: Attestation


def check_status(word: str) -> Said:
    """The status that somebody may attest.

    Raises:
        Invalid: there is none of that name (``compliance.status``).
    """
    if word not in SAID:
        raise Invalid(
            f"nobody can attest that a requirement is {word[:80]!r}",
            code="compliance.status",
            next_step=f"say one of {', '.join(SAID)}",
        )
    return word


def predicate(
    about: Requirement,
    component: Component,
    status: str,
    statement: str,
    *,
    evidence: Sequence[Subject] = (),
    now_ms: int,
    expires_ms: int = YEAR_MS,
) -> dict[str, Any]:
    """What is signed.

    Raises:
        Invalid: no such status (``compliance.status``), a requirement that cannot be met
            (``compliance.not_assessable``), no reason (``compliance.statement``), evidence
            without a digest (``artifact.digest``), or an end that is none (``compliance.lasts``).
        Exceeded: more text or evidence than anybody reads (``compliance.statement``).
    """
    check_assessable(about)
    if not statement.strip() or len(statement) > TEXT_CHARS_MAX:
        raise Invalid(
            f"an assessment says why, in 1 to {TEXT_CHARS_MAX} characters",
            code="compliance.statement",
            next_step="say what was looked at, and what was found",
        )
    if len(evidence) > EVIDENCE_MAX:
        raise Exceeded(
            f"an assessment names at most {EVIDENCE_MAX} pieces of evidence",
            code="compliance.statement",
            next_step="name a bundle of them by its digest",
        )
    if not 0 < expires_ms <= LASTS_DAYS_MAX * DAY_MS:
        raise Invalid(
            f"an assessment lasts at most {LASTS_DAYS_MAX} days",
            code="compliance.lasts",
            next_step="choose when it is to be looked at again",
        )
    return {
        "requirement": about.ref,
        "component": component.ref,
        "status": check_status(status),
        "statement": statement,
        "evidence": [{"name": e.name, "sha256": check_digest(e.sha256)} for e in evidence],
        "expiresOn": isoformat_ms(now_ms + expires_ms),
    }


def check_assessable(about: Requirement) -> None:
    """Refuse an entry that obliges nobody.

    Raises:
        Invalid: it is a heading, a definition or the like (``compliance.not_assessable``).
    """
    if not about.is_assessable:
        raise Invalid(
            f"{about.ref} is no obligation and no section of a document: nothing can be met",
            code="compliance.not_assessable",
            next_step=f"tarl compliance catalogs {about.framework} marks those that are",
            requirement=about.ref,
        )


def read(attestation: Attestation, component: Component) -> Assessed | None:
    """What an attestation says about a component; None where it says nothing that counts."""
    said = attestation.predicate
    if attestation.predicate_type != ASSESSMENT or attestation.expires_at_ms is None:
        return None
    try:
        about = requirement(str(said.get("requirement")))
        check_assessable(about)
        status = check_status(str(said.get("status")))
        evidence = tuple(
            Subject(name=str(each["name"]), sha256=check_digest(each["sha256"]))
            for each in said.get("evidence", ())
        )
    except (TarlError, TypeError, KeyError):
        return None
    if said.get("component") != component.ref:
        return None
    text = str(said.get("statement", ""))
    return Assessed(about.ref, component.ref, status, text, evidence, attestation)
