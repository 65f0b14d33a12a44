"""Where an artifact stands, by the verification summaries about it. Pure.

1. A summary counts if one of the pipeline's verifiers signed it and names themselves in it, if it
   names this environment, and, to count in favour, this edition of the pipeline or one that the
   pipeline accepts. Revokers may say FAILED.
2. A FAILED statement stands against every PASSED one that does not name it among those it
   supersedes, unless it is older by more than the clocks may differ. So an older PASSED statement
   brings nothing back, in whatever order they are read.
3. What is dated in the future counts against, and not in favour.
4. A revocation stands until somebody who may revoke, and did not make the artifact, has reinstated
   it by name; then the gates decide anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from tarl.governance.promotion.evidence import Evidence
from tarl.governance.promotion.pipeline import REINSTATEMENT, Pipeline
from tarl.governance.promotion.summary import Summary, verifier_id

Word = Literal["promoted", "failed", "revoked", "absent"]


class Place(NamedTuple):
    """How an artifact stands in an environment; ``by`` is the statement that decides."""

    word: Word
    by: Summary | None = None
    against: tuple[Summary, ...] = ()
    passed: tuple[Summary, ...] = ()

    @property
    def is_promoted(self) -> bool:
        """Whether it is there."""
        return self.word == "promoted"


def place_of(
    pipeline: Pipeline,
    environment: str,
    summaries: Iterable[Summary],
    *,
    tenant: str,
    at_ms: int,
) -> Place:
    """How an artifact stands in an environment, by what was decided about it."""
    here = [s for s in summaries if s.resource == pipeline.resource_of(environment, tenant=tenant)]
    against = [s for s in here if s.result == "FAILED" and _may_fail(pipeline, s, tenant)]
    passed = sorted(
        (s for s in here if s.result == "PASSED" and _may_pass(pipeline, s, tenant, at_ms)),
        key=lambda s: (s.at_ms, s.id),
    )
    standing = [
        s
        for s in passed
        if not any(stands_against(f, s, skew_ms=pipeline.skew_ms) for f in against)
    ]
    newest = max(against, key=lambda s: (s.at_ms, s.revokes, s.id), default=None)
    failures = tuple(sorted(against, key=lambda s: (s.at_ms, s.id)))
    if standing:
        return Place("promoted", standing[-1], failures, tuple(passed))
    if newest is not None:
        word: Word = "revoked" if newest.revokes else "failed"
        return Place(word, newest, failures, tuple(passed))
    return Place("absent")


def stands_against(failed: Summary, passed: Summary, *, skew_ms: int) -> bool:
    """Whether a FAILED statement takes a PASSED one away (law 2)."""
    if failed.id in passed.supersedes:
        return False
    return failed.at_ms + skew_ms >= passed.at_ms


def newest_ms(
    pipeline: Pipeline, environment: str, summaries: Iterable[Summary], *, tenant: str
) -> int:
    """The latest date of what was decided about an environment, of clocks that went ahead too."""
    names = (*pipeline.verifiers, *pipeline.revokers)
    resource = pipeline.resource_of(environment, tenant=tenant)
    dates = (s.at_ms for s in summaries if s.resource == resource and _is_by(s, names, tenant))
    return max(dates, default=0)


def is_decision(pipeline: Pipeline, summary: Summary, environment: str, *, tenant: str) -> bool:
    """Whether a summary is a verifier's, about an environment, by this edition of the pipeline."""
    return (
        summary.resource == pipeline.resource_of(environment, tenant=tenant)
        and summary.policy_digest == pipeline.digest
        and _is_by(summary, pipeline.verifiers, tenant)
    )


def revocations(
    pipeline: Pipeline,
    place: Place,
    evidence: Sequence[Evidence],
    *,
    authors: frozenset[str] | None,
    live: frozenset[str],
) -> tuple[Summary, ...]:
    """The revocations of a place that nobody has lifted; ``live`` are principals that count."""
    lifted = {
        str(each.predicate.get("revocation"))
        for each in evidence
        if each.predicate_type == REINSTATEMENT
        and any(_may_reinstate(pipeline, name, authors, live) for name in each.signers)
    }
    return tuple(s for s in place.against if s.revokes and s.id not in lifted)


def _may_reinstate(
    pipeline: Pipeline, name: str, authors: frozenset[str] | None, live: frozenset[str]
) -> bool:
    made_it = {pipeline.person(author) for author in authors or ()}
    return name in pipeline.revokers and name in live and pipeline.person(name) not in made_it


def _may_pass(pipeline: Pipeline, summary: Summary, tenant: str, at_ms: int) -> bool:
    return (
        _is_by(summary, pipeline.verifiers, tenant)
        and summary.policy_uri == pipeline.uri
        and summary.policy_digest in (pipeline.digest, *pipeline.earlier)
        and summary.at_ms <= at_ms + pipeline.skew_ms
    )


def _may_fail(pipeline: Pipeline, summary: Summary, tenant: str) -> bool:
    return _is_by(summary, (*pipeline.verifiers, *pipeline.revokers), tenant)


def _is_by(summary: Summary, names: Iterable[str], tenant: str) -> bool:
    """Whether one of these signed it and is who it says decided: a pair of signer and verifier."""
    return any(
        name in summary.signers and summary.verifier == verifier_id(name, tenant=tenant)
        for name in names
    )
