"""What a request comes to: two gates that every pipeline has, then its own, then the decision.

Pure but for gates that are functions, which are asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tarl.governance.promotion.evidence import Case
from tarl.governance.promotion.functions import TEXT_CHARS_MAX, GateFunctions
from tarl.governance.promotion.judging import judge
from tarl.governance.promotion.outcome import GateResult, Outcome, joined
from tarl.governance.promotion.pipeline import ENTRY, SKEW_MS_MAX, Gate, Pipeline
from tarl.governance.promotion.standing import Place, place_of, revocations
from tarl.governance.promotion.summary import Summary
from tarl.values.verdict import Reason

IN_SOURCE = "is where it comes from"
NOT_REVOKED = "is not revoked"


class Decision(NamedTuple):
    """What all gates came to; ``supersedes`` are the failures, the oldest first, that a pass knew
    of and that no clock shows to be older.
    """

    outcome: Outcome
    results: tuple[GateResult, ...]
    inputs: tuple[str, ...]
    supersedes: tuple[str, ...]

    @property
    def required(self) -> tuple[GateResult, ...]:
        """The results that decided."""
        return tuple(result for result in self.results if result.is_required)


def decide(
    pipeline: Pipeline,
    case: Case,
    summaries: Sequence[Summary],
    functions: GateFunctions,
    *,
    tenant: str,
) -> Decision:
    """Ask every gate that stands before the environment.

    Raises:
        Denied: the pipeline has no such step (``promotion.step``).
    """
    pipeline.check_step(case.source, case.target)
    target = place_of(pipeline, case.target, summaries, tenant=tenant, at_ms=case.at_ms)
    gates = pipeline.gates_before(case.target)
    results = [
        *_is_in_source(pipeline, case, summaries, tenant),
        _is_not_revoked(pipeline, case, target),
        *(_asked(gate, case, pipeline, functions) for gate in gates),
    ]
    return Decision(
        joined(results),
        tuple(results),
        _inputs(results),
        tuple(f.id for f in target.against if f.at_ms + SKEW_MS_MAX >= case.at_ms),
    )


def _asked(gate: Gate, case: Case, pipeline: Pipeline, functions: GateFunctions) -> GateResult:
    """What a gate answers; one that breaks has answered neither yes nor no."""
    if gate.function is not None:
        return functions.ask(gate, case)
    try:
        return judge(gate, case, pipeline)
    except Exception as error:
        text = f"the gate broke: {type(error).__name__}: {error}"[:TEXT_CHARS_MAX]
        return GateResult(
            gate=gate.name,
            outcome="INCONCLUSIVE",
            is_required=not gate.optional,
            reasons=(Reason(code="promotion.broken", text=text),),
        )


def _is_in_source(
    pipeline: Pipeline, case: Case, summaries: Sequence[Summary], tenant: str
) -> Iterable[GateResult]:
    """Where an artifact comes from it must have been promoted to; made it is in the first."""
    if case.source == ENTRY:
        return ()
    place = place_of(pipeline, case.source, summaries, tenant=tenant, at_ms=case.at_ms)
    outcome: Outcome = "PASSED"
    if place.word in ("failed", "revoked"):
        outcome = "FAILED"
    elif not place.is_promoted:
        outcome = "INCONCLUSIVE"
    used = () if place.by is None else (place.by.id,)
    reason = Reason(
        code="promotion.place",
        text=_place_text(case.source, place),
        facts={"environment": case.source, "place": place.word},
    )
    return (GateResult(gate=IN_SOURCE, outcome=outcome, reasons=(reason,), evidence=used),)


def _place_text(environment: str, place: Place) -> str:
    if place.by is None:
        return f"no decision that counts says that it is in {environment}"
    by = ", ".join(place.by.signers)
    if place.is_promoted:
        return f"{by} decided that it may be in {environment} ({place.by.id[:12]})"
    why = f": {place.by.reason}" if place.by.reason else ""
    return f"{by} said FAILED of it in {environment} ({place.by.id[:12]}){why}"


def _is_not_revoked(pipeline: Pipeline, case: Case, target: Place) -> GateResult:
    live = frozenset(name for name, standing in case.principals.items() if standing.is_live)
    standing = revocations(pipeline, target, case.evidence, authors=case.authors, live=live)
    reasons = tuple(
        Reason(
            code="promotion.revoked",
            text=f"{', '.join(s.signers)} revoked it in {case.target}: {s.reason}",
            facts={"statement": s.id},
        )
        for s in standing
    )
    return GateResult(
        gate=NOT_REVOKED,
        outcome="FAILED" if standing else "PASSED",
        reasons=reasons,
        evidence=tuple(s.id for s in standing),
    )


def _inputs(results: Iterable[GateResult]) -> tuple[str, ...]:
    return tuple(sorted({id for result in results for id in result.evidence}))
