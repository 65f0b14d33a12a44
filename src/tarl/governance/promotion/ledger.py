"""The promotions of a journal: requested, decided, looked at.

1. A request is recorded before a gate is asked; whoever dies between leaves it open, and whoever
   asks next takes it up. Until then nothing is promoted.
2. A decision and its signed summary are one commit, on what the journal held at that moment: of two
   who decide at once, one does, and the other finds that decision.
3. What is inconclusive is recorded and signed by nobody: what stood before stands.
4. The same answer to the same evidence makes no second statement, unless it is asked for.
5. A decision is signed by one of the pipeline's verifiers.
"""

from __future__ import annotations

from hashlib import sha256 as hash_of
from typing import Any, NamedTuple

from tarl.crypto.note import Signer
from tarl.errors import Corrupt, Missing
from tarl.governance.environment import environment as environment_of
from tarl.governance.promotion import summary
from tarl.governance.promotion.deciding import Decision, decide
from tarl.governance.promotion.events import Body, Decided, Requested, promotion_stream
from tarl.governance.promotion.functions import DECLARED, GateFunctions
from tarl.governance.promotion.gathering import Found, nothing_more_said
from tarl.governance.promotion.outcome import GateResult, Outcome
from tarl.governance.promotion.pipeline import SUMMARY, Pipeline, read_pipeline
from tarl.governance.promotion.records import (
    REASON_CHARS_MAX,
    TRIES_MAX,
    Records,
    check_signer,
    never_still,
)
from tarl.governance.promotion.standing import Place, is_decision, newest_ms, place_of
from tarl.governance.promotion.state import PROMOTION, Request, Way
from tarl.journal.projection import Record
from tarl.provenance.artifacts.artifact import check_digest
from tarl.provenance.attestations.ledger import Attestation
from tarl.provenance.attestations.statement import Subject, make, name_of, read
from tarl.provenance.paging import Page, check_page
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.plain import plain
from tarl.values.verdict import Reason


class Promotion(NamedTuple):
    """A decided request; ``statement`` is None where it is inconclusive."""

    request: Request
    decided: Decided
    statement: Attestation | None

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        return self.decided.outcome


class _Asked(NamedTuple):
    """What one call of ``promote`` asks."""

    subject: Subject
    pipeline: Pipeline
    signer: Signer
    again: bool
    tenant: str

    @property
    def by(self) -> str:
        return name_of(self.signer.verifier)


class Promotions:
    """The promotions of one journal.

    Args:
        records: The journal.
        functions: The gates that are functions.
        metrics: Where decisions are counted.
    """

    def __init__(
        self,
        records: Records,
        *,
        functions: GateFunctions = DECLARED,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._records = records
        self._functions = functions
        self._metrics = metrics

    # --- looking

    def way(self, sha256: str, *, tenant: str = DEFAULT_TENANT) -> Way:
        """Everything that happened to an artifact here.

        Raises:
            Invalid: it is no digest (``artifact.digest``).
            Missing: its content is erased (``journal.erased``).
        """
        return self._records.way(sha256, tenant=tenant)

    def places(
        self, sha256: str, pipeline: Pipeline, *, tenant: str = DEFAULT_TENANT
    ) -> dict[str, Place]:
        """How an artifact stands in each environment that the pipeline leads to."""
        found = self._records.gatherer.found(check_digest(sha256), pipeline, tenant=tenant)
        now_ms, said = self._records.now_ms(), found.summaries
        return {
            step.target: place_of(pipeline, step.target, said, tenant=tenant, at_ms=now_ms)
            for step in pipeline.steps
        }

    def pipeline_of(
        self, sha256: str, environment: str | None = None, *, tenant: str = DEFAULT_TENANT
    ) -> Pipeline:
        """The pipeline of the last request about an artifact, to an environment or to any.

        Raises:
            Missing: nobody has asked here (``promotion.missing``).
        """
        way = self.way(sha256, tenant=tenant)
        for request in reversed(way.requests.values()):
            if environment in (None, request.said.target):
                return read_pipeline(request.said.pipeline)
        raise Missing(
            f"nobody has asked here that {sha256[:12]} be promoted",
            code="promotion.missing",
            next_step="tarl promote status; or name the pipeline: --pipeline FILE",
            subject=sha256,
        )

    def ls(
        self,
        *,
        environment: str | None = None,
        outcome: str | None = None,
        limit: int = 100,
        cursor: int | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Page[Record]:
        """What was done last about each artifact in each environment, the newest first.

        Raises:
            Invalid: no environment (``environment.unknown``), or a page that cannot be
                (``page.bounds``).
        """
        check_page(limit, cursor)
        where: dict[str, Any] = {"tenant": tenant}
        if environment is not None:
            where["environment"] = environment_of(environment)
        if outcome is not None:
            where["outcome"] = outcome
        found = self._records.store.scan(
            PROMOTION.name,
            where,
            at_most=None if cursor is None else {"number": cursor},
            order_by="number",
            descending=True,
            limit=limit + 1,
        )
        rows = list(found)
        more = rows[limit]["number"] if len(rows) > limit else None
        return Page(tuple(rows[:limit]), more)

    # --- deciding

    def promote(
        self,
        subject: Subject,
        source: str,
        target: str,
        pipeline: Pipeline,
        *,
        signer: Signer,
        again: bool = False,
        tenant: str = DEFAULT_TENANT,
    ) -> Promotion:
        """Ask every gate before a step, and record what they come to.

        Args:
            subject: The artifact, by digest.
            source: Where it is.
            target: Where it is to go.
            pipeline: Whose steps and gates.
            signer: Who decides, by the pipeline's word.
            again: Whether the same answer is stated once more.
            tenant: Whose.

        Raises:
            Denied: the pipeline has no such step (``promotion.step``), or the signer is none of its
                verifiers (``promotion.verifier``).
            Invalid: no digest (``artifact.digest``) or environment (``environment.unknown``).
        """
        check_digest(subject.sha256)
        pipeline.check_step(environment_of(source), environment_of(target))
        check_signer(signer, pipeline.verifiers, "promotion.verifier", "decide", tenant=tenant)
        asked = _Asked(subject, pipeline, signer, again, tenant)
        return self._decided(asked, self._requested(asked, source, target))

    def _requested(self, asked: _Asked, source: str, target: str) -> str:
        """The id of the open request for this, recorded if there is none; one for something else is
        ended first.
        """
        sha256, pipeline = asked.subject.sha256, asked.pipeline
        for _ in range(TRIES_MAX):
            way = self.way(sha256, tenant=asked.tenant)
            bodies: list[Body] = []
            if way.open is not None:
                said = way.open.said
                if (said.source, said.target, said.digest) == (source, target, pipeline.digest):
                    return way.open.id
                bodies.append(_given_up(way.open.id, asked.by))
            stream = promotion_stream(asked.tenant, sha256)
            request = Requested(
                request=_request_id(stream, way.seq + len(bodies) + 1),
                name=asked.subject.name[:REASON_CHARS_MAX],
                source=source,
                target=target,
                pipeline=pipeline.as_data,
                digest=pipeline.digest,
                by=asked.by,
            )
            batch = self._records.rows(way, *bodies, request)
            if self._records.commit(batch, None, tenant=asked.tenant):
                return request.request
        raise never_still(sha256)

    def _decided(self, asked: _Asked, id: str) -> Promotion:
        sha256, pipeline, tenant = asked.subject.sha256, asked.pipeline, asked.tenant
        for _ in range(TRIES_MAX):
            way = self.way(sha256, tenant=tenant)
            request = way.requests[id]
            if request.decided is not None:
                return self._promotion(asked, request, request.decided)
            found = self._records.gatherer.found(sha256, pipeline, tenant=tenant)
            said, now_ms = request.said, self._records.now_ms(way)
            case = found.case(
                sha256, name=said.name, source=said.source, target=said.target, at_ms=now_ms
            )
            decision = decide(pipeline, case, found.summaries, self._functions, tenant=tenant)
            if self._concluded(asked, way, request, found, decision):
                self._metrics.count("promotion.decisions", outcome=decision.outcome)
        raise never_still(sha256)

    def _promotion(self, asked: _Asked, request: Request, decided: Decided) -> Promotion:
        """A decision as somebody recorded it, with the statement that bears it out.

        Raises:
            Corrupt: the statement is not there, or says something else (``promotion.unproved``).
        """
        if decided.statement is None and decided.outcome == "INCONCLUSIVE":
            return Promotion(request, decided, None)
        said = self._records.attestations.about(asked.subject.sha256, tenant=asked.tenant)
        for each in said:
            if each.id == decided.statement and each.predicate_type == SUMMARY:
                found = summary.read_summary(each.id, each.predicate, signers=each.signers)
                target, tenant = request.said.target, asked.tenant
                if found.result == decided.outcome and is_decision(
                    asked.pipeline, found, target, tenant=tenant
                ):
                    return Promotion(request, decided, each)
        raise Corrupt(
            f"the decision about the request {request.id} is borne out by no signed statement",
            code="promotion.unproved",
            next_step="tarl db check --deep; find out who can write the journal",
            request=request.id,
        )

    def _concluded(
        self, asked: _Asked, way: Way, request: Request, found: Found, decision: Decision
    ) -> bool:
        """Whether the decision is on record, with its statement if it has one; False where the
        journal went on meanwhile.
        """
        earlier = None if asked.again else self._same(asked, way, request, found, decision)
        envelope, statement = None, earlier
        if decision.outcome != "INCONCLUSIVE" and earlier is None:
            envelope = self._summarised(asked, way, request, found, decision)
            statement = read(envelope).id
        body = Decided(
            request=request.id,
            outcome=decision.outcome,
            results=tuple(plain(result.as_data()) for result in decision.results),
            inputs=decision.inputs,
            by=asked.by,
            statement=statement,
            repeats=earlier is not None,
        )
        guard = nothing_more_said(asked.subject.sha256, found.number, tenant=asked.tenant)
        batch = self._records.rows(way, body)._replace(guards=[guard])
        return self._records.commit(batch, envelope, tenant=asked.tenant)

    def _summarised(
        self, asked: _Asked, way: Way, request: Request, found: Found, decision: Decision
    ) -> dict[str, Any]:
        """The signed verification summary of a decision; a failure is newer than all before it."""
        said, now_ms = request.said, self._records.now_ms(way)
        passed, tenant = decision.outcome == "PASSED", asked.tenant
        if not passed:
            before_ms = newest_ms(asked.pipeline, said.target, found.summaries, tenant=tenant)
            now_ms = max(now_ms, before_ms + 1)
        levels = self._records.gatherer.dependency_levels(
            asked.subject.sha256, asked.pipeline, said.target, tenant=tenant, at_ms=now_ms
        )
        predicate = summary.predicate_of(
            asked.pipeline,
            decision.results,
            passed=passed,
            source=said.source,
            target=said.target,
            verifier=asked.by,
            tenant=tenant,
            at_ms=now_ms,
            inputs=decision.inputs,
            supersedes=decision.supersedes if passed else (),
            dependency_levels=levels,
        )
        return make([asked.subject], SUMMARY, predicate, signers=[asked.signer])

    def _same(
        self, asked: _Asked, way: Way, request: Request, found: Found, decision: Decision
    ) -> str | None:
        """The statement of the last decision, where it says what this one would and still decides;
        None otherwise.
        """
        said, now_ms = request.said, self._records.now_ms(way)
        last = way.last(said.source, said.target)
        if last is None or last.decided is None or last.decided.statement is None:
            return None
        before = last.decided
        place = place_of(
            asked.pipeline, said.target, found.summaries, tenant=asked.tenant, at_ms=now_ms
        )
        is_same = (
            last.said.digest == said.digest
            and before.by == asked.by
            and before.outcome == decision.outcome
            and before.inputs == decision.inputs
            and [(r["gate"], r["outcome"]) for r in before.results]
            == [(r.gate, r.outcome) for r in decision.results]
            and place.by is not None
            and place.by.id == before.statement
        )
        return before.statement if is_same else None


def _given_up(id: str, by: str) -> Decided:
    """The end of a request that nobody decided before something else was asked."""
    reason = Reason(code="promotion.given_up", text="another request took its place")
    result = GateResult(gate="is decided", outcome="INCONCLUSIVE", reasons=(reason,))
    data = plain(result.as_data())
    return Decided(request=id, outcome="INCONCLUSIVE", results=(data,), inputs=(), by=by)


def _request_id(stream: str, seq: int) -> str:
    """The name of the request that an event makes: no other event has its place."""
    return f"p{hash_of(f'{stream}@{seq}'.encode()).hexdigest()[:15]}"
