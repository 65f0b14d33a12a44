"""What a journal knows about an artifact, as the gates are asked about it.

Who made an artifact is whoever registered it, whoever is named by a statement of authorship, and
whoever signed that statement: one cannot name others to be counted oneself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.governance.promotion.evidence import Case, Evidence, Standing
from tarl.governance.promotion.pipeline import AUTHORSHIP, SUMMARY, Pipeline
from tarl.governance.promotion.standing import place_of
from tarl.governance.promotion.summary import Summary, read_summary
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.register import Principals
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.ledger import Attestation, Attestations
from tarl.provenance.attestations.state import SUBJECT
from tarl.provenance.attestations.statement import OPERATOR

SLSA_LEVEL = "SLSA_BUILD_LEVEL_"
UNVERIFIED = "SLSA_BUILD_LEVEL_0"
"""What a dependency counts as about which no decision that counts says anything."""


class Found(NamedTuple):
    """What is known about an artifact, up to the statement ``number``."""

    evidence: tuple[Evidence, ...]
    summaries: tuple[Summary, ...]
    authors: frozenset[str] | None
    principals: dict[str, Standing]
    number: int

    @property
    def live(self) -> frozenset[str]:
        """The principals whose word counts now."""
        return frozenset(name for name, each in self.principals.items() if each.is_live)

    def case(self, sha256: str, *, name: str, source: str, target: str, at_ms: int) -> Case:
        """What the gates before a step are asked about."""
        return Case(
            subject=sha256,
            source=source,
            target=target,
            at_ms=at_ms,
            evidence=self.evidence,
            authors=self.authors,
            principals=self.principals,
            name=name,
        )


class Gatherer:
    """Looks up in one journal what is known about artifacts.

    Args:
        store: The journal.
        attestations: The statements in it.
        artifacts: The artifacts in it.
    """

    def __init__(self, store: Store, attestations: Attestations, artifacts: Artifacts) -> None:
        self._store = store
        self._attestations = attestations
        self._artifacts = artifacts
        self._principals = Principals(store)

    def found(self, sha256: str, pipeline: Pipeline, *, tenant: str) -> Found:
        """Everything that is known about an artifact."""
        number = _newest(self._store, sha256, tenant)
        statements = self._attestations.about(sha256, tenant=tenant)
        principals = self.principals(pipeline, tenant=tenant)
        return Found(
            evidence=tuple(map(_evidence, statements)),
            summaries=tuple(_summaries(statements, principals)),
            authors=self.authors(sha256, statements, tenant=tenant),
            principals=principals,
            number=number,
        )

    def authors(
        self, sha256: str, statements: Iterable[Attestation], *, tenant: str
    ) -> frozenset[str] | None:
        """Who made an artifact; None where nobody has said so."""
        names: set[str] = set()
        try:
            names.add(self._artifacts.registered(sha256, tenant=tenant).by)
        except Missing as error:
            if error.code != "artifact.missing":
                raise
        for each in statements:
            if each.predicate_type == AUTHORSHIP:
                said = each.predicate.get("authors")
                names.update(each.signers)
                if isinstance(said, list):
                    names.update(name for name in said if isinstance(name, str))
        return frozenset(names) or None

    def principals(self, pipeline: Pipeline, *, tenant: str) -> dict[str, Standing]:
        """Everybody whose word counts in a pipeline, as they stand."""
        names = {*pipeline.verifiers, *pipeline.revokers}
        names.update(name for gate in pipeline.gates for name in gate.signers)
        found = {}
        for name in sorted(names):
            if name == OPERATOR:
                found[name] = Standing("service", True)
                continue
            principal = self._principals.find(PrincipalId(tenant, name))
            if principal is not None:
                found[name] = Standing(principal.kind, principal.revoked is None)
        return found

    def dependency_levels(
        self, sha256: str, pipeline: Pipeline, environment: str, *, tenant: str, at_ms: int
    ) -> dict[str, int]:
        """How many of the artifacts that one stands on were verified at which level of SLSA's build
        track; empty where none are known.
        """
        try:
            lineage = self._artifacts.up(sha256, tenant=tenant)
        except Exceeded:
            return {}  # more than anybody counts: what is not given is not known
        except Missing as error:
            if error.code != "artifact.missing":
                raise
            return {}
        principals = self.principals(pipeline, tenant=tenant)
        counts: Counter[str] = Counter()
        for artifact in lineage.artifacts:
            said = self._attestations.about(artifact.sha256, predicate_type=SUMMARY, tenant=tenant)
            summaries = _summaries(said, principals)
            place = place_of(pipeline, environment, summaries, tenant=tenant, at_ms=at_ms)
            counts[_build(place.by) if place.is_promoted else UNVERIFIED] += 1
        return dict(counts)


def nothing_more_said(sha256: str, number: int, *, tenant: str) -> Guard:
    """Refuses a commit when more was said about an artifact than was looked at."""

    def guard(tables: Tables) -> None:
        if _newest(tables, sha256, tenant) != number:
            raise Conflict("more was said about it meanwhile", code="promotion.changed")

    return guard


def _newest(tables: Store | Tables, sha256: str, tenant: str) -> int:
    """The number of what was recorded last about an artifact, whether it counts or not."""
    where = {"tenant": tenant, "sha256": sha256}
    rows = tables.scan(SUBJECT.name, where, order_by="number", descending=True, limit=1)
    return next((int(row["number"]) for row in rows), 0)


def _evidence(each: Attestation) -> Evidence:
    return Evidence(
        id=each.id,
        predicate_type=each.predicate_type,
        predicate=each.predicate,
        signers=each.signers,
        recorded_at_ms=each.recorded_at_ms,
        number=each.number,
        expires_at_ms=_expiry(each),
    )


def _expiry(each: Attestation) -> int | None:
    """When it expires; at once where that cannot be read."""
    try:
        return each.expires_at_ms
    except Invalid:
        return 0


def _summaries(
    statements: Sequence[Attestation], principals: dict[str, Standing]
) -> Iterable[Summary]:
    """The verification summaries that can be read. What a revoked verifier passed counts no more;
    what it failed does.
    """
    for each in statements:
        if each.predicate_type != SUMMARY:
            continue
        try:
            summary = read_summary(each.id, each.predicate, signers=each.signers)
        except Invalid:
            continue  # of another version of the specification, or somebody's mistake: says nothing
        if summary.result == "PASSED":
            live = [n for n in each.signers if n in principals and principals[n].is_live]
            summary = msgspec.structs.replace(summary, signers=tuple(live))
        yield summary


def _build(summary: Summary | None) -> str:
    levels = () if summary is None else summary.levels
    found = [level for level in levels if level.startswith(SLSA_LEVEL)]
    return found[0] if found else UNVERIFIED
