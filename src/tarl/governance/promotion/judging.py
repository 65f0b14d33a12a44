"""What a gate of statements answers about an artifact. Pure: it knows the gate and the case.

A person's word is their newest statement of the kind that is meant: they may change their mind, and
nobody brings an older word back by recording it again, where the statement says when it was made.

1. ``PASSED``: enough different people say so, and nobody whose word counts says otherwise.
2. ``FAILED``: somebody whose word counts says otherwise. A no stands until the same person says
   yes: it does not expire, and not even the end of the person's key lifts it.
3. ``INCONCLUSIVE``: everything else. What is missing, expired, dated in the future, malformed or
   said by a stranger says neither yes nor no.
4. The order in which statements stand does not matter; of two of the same instant the no counts.
5. A person counts once, under however many keys and principals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.governance.promotion.conditions import Condition, Truth, all_of, text_at
from tarl.governance.promotion.evidence import Case, Evidence, instant_ms
from tarl.governance.promotion.outcome import GateResult, Outcome
from tarl.governance.promotion.pipeline import APPROVAL, Gate, Pipeline
from tarl.values.instants import isoformat_ms
from tarl.values.verdict import Reason

APPROVED = (Condition(at="/decision", equals="approve"),)
FOR_TARGET = (Condition(at="/environment", is_target=True),)
DECIDED_AT = "/decidedOn"
REASONS_MAX = 20


class _Word(NamedTuple):
    """A person's newest statement of a kind; ``why_not`` says why it counts for nothing."""

    person: str
    evidence: Evidence
    truth: Truth
    why_not: Reason | None


def judge(gate: Gate, case: Case, pipeline: Pipeline) -> GateResult:
    """What a gate of statements answers."""
    found = [_of_type(gate, case, pipeline, each) for each in gate.predicate_types]
    outcomes = {result.outcome for result in found}
    outcome: Outcome = "PASSED" if outcomes == {"PASSED"} else "INCONCLUSIVE"
    if "FAILED" in outcomes:
        outcome = "FAILED"
    return GateResult(
        gate=gate.name,
        outcome=outcome,
        is_required=not gate.optional,
        reasons=tuple(reason for result in found for reason in result.reasons),
        evidence=tuple(dict.fromkeys(id for result in found for id in result.evidence)),
        signers=tuple(sorted({name for result in found for name in result.signers})),
        level=gate.level if outcome == "PASSED" else None,
    )


def _of_type(gate: Gate, case: Case, pipeline: Pipeline, predicate_type: str) -> GateResult:
    if gate.independent and case.authors is None:
        text = "nobody has said who made the artifact, and its author must not be counted"
        return _result(gate, "INCONCLUSIVE", [_reason("promotion.author_unknown", text)])
    words = _words(gate, case, pipeline, predicate_type)
    against = [w for w in words if w.truth is Truth.FAILS]
    if against:
        reasons = [_opposed(gate, case, word) for word in against]
        return _result(gate, "FAILED", reasons, evidence=against)
    support = [w for w in words if w.truth is Truth.HOLDS and w.why_not is None]
    if len(support) >= gate.threshold:
        people = ", ".join(w.person for w in support)
        reason = _reason("promotion.said", f"{len(support)} of {gate.threshold} needed: {people}")
        return _result(gate, "PASSED", [reason], evidence=support, signers=support)
    unusable = [w.why_not for w in words if w.why_not is not None]
    return _result(
        gate,
        "INCONCLUSIVE",
        [_too_few(gate, predicate_type, len(support)), *unusable],
        evidence=support,
        signers=support,
    )


def _words(gate: Gate, case: Case, pipeline: Pipeline, predicate_type: str) -> list[_Word]:
    """The newest word of each person whose word counts, by person."""
    is_approval = predicate_type == APPROVAL
    where = gate.where + (FOR_TARGET if is_approval else ())
    newest: dict[str, tuple[tuple[int, bool, str], Evidence, Truth, str]] = {}
    for each in case.evidence:
        if each.predicate_type != predicate_type:
            continue
        if all_of(where, each.predicate, target=case.target) is not Truth.HOLDS:
            continue
        says = all_of(_required(gate, is_approval), each.predicate, target=case.target)
        rank = (_place(gate, each), says is not Truth.HOLDS, each.id)
        for signer in each.signers:
            person = pipeline.person(signer)
            if signer in gate.signers and (person not in newest or newest[person][0] < rank):
                newest[person] = (rank, each, says, signer)
    return [
        _Word(person, each, says, _why_not(gate, case, pipeline, each, says, signer))
        for person, (_, each, says, signer) in sorted(newest.items())
    ]


def _required(gate: Gate, is_approval: bool) -> tuple[Condition, ...]:
    return gate.requires + (APPROVED if is_approval else ())


def _pointer(gate: Gate, each: Evidence) -> str | None:
    return gate.dated_by or (DECIDED_AT if each.predicate_type == APPROVAL else None)


def _said_at_ms(gate: Gate, each: Evidence) -> int | None:
    """When a statement says that it was made; when it was recorded where it need not say."""
    pointer = _pointer(gate, each)
    return each.recorded_at_ms if pointer is None else instant_ms(text_at(each.predicate, pointer))


def _place(gate: Gate, each: Evidence) -> int:
    """Its place among statements of a kind: the newer has the higher one."""
    if _pointer(gate, each) is None:
        return each.number
    said_at_ms = _said_at_ms(gate, each)
    return each.recorded_at_ms if said_at_ms is None else min(said_at_ms, each.recorded_at_ms)


def _why_not(
    gate: Gate, case: Case, pipeline: Pipeline, each: Evidence, says: Truth, signer: str
) -> Reason | None:
    """Why a word counts for nothing; None where it counts."""
    short, facts = each.id[:12], {"statement": each.id, "signer": signer}
    standing = case.principals.get(signer)
    is_approval = each.predicate_type == APPROVAL
    if standing is None or not standing.is_live:
        text = f"{signer}, who signed {short}, is revoked or not registered"
        return _reason("promotion.signer", text, **facts)
    if is_approval and standing.kind != "human":
        return _reason("promotion.not_human", f"{signer} is a {standing.kind}", **facts)
    if gate.independent and pipeline.person(signer) in _people(case, pipeline):
        return _reason("promotion.author", f"{signer} made the artifact", **facts)
    if says is Truth.UNKNOWN:
        wanted = "; ".join(c.text for c in _required(gate, is_approval))
        return _reason("promotion.unsaid", f"{short} does not say whether {wanted}", **facts)
    return _untimely(gate, case, pipeline, each, facts)


def _untimely(
    gate: Gate, case: Case, pipeline: Pipeline, each: Evidence, facts: dict[str, Any]
) -> Reason | None:
    """Why a statement does not count at this moment; None where it does."""
    short, said_at_ms = each.id[:12], _said_at_ms(gate, each)
    if said_at_ms is None:
        return _reason("promotion.undated", f"{short} does not say when it was made", **facts)
    latest_ms = max(said_at_ms, each.recorded_at_ms)
    if latest_ms > case.at_ms + pipeline.skew_ms:
        text = f"{short} is dated {isoformat_ms(latest_ms)}, after now"
        return _reason("promotion.future", text, **facts)
    made_at_ms = min(said_at_ms, each.recorded_at_ms)
    too_old = gate.max_age_ms is not None and case.at_ms - made_at_ms > gate.max_age_ms
    if too_old or (each.expires_at_ms is not None and each.expires_at_ms <= case.at_ms):
        text = f"{short} by {facts['signer']} is of {isoformat_ms(made_at_ms)}: it has expired"
        return _reason("promotion.expired", text, **facts)
    return None


def _people(case: Case, pipeline: Pipeline) -> set[str]:
    return {pipeline.person(name) for name in case.authors or ()}


def _opposed(gate: Gate, case: Case, word: _Word) -> Reason:
    conditions = _required(gate, word.evidence.predicate_type == APPROVAL)
    broken = [
        c.text
        for c in conditions
        if all_of((c,), word.evidence.predicate, target=case.target) is Truth.FAILS
    ]
    text = f"{word.person} says otherwise in {word.evidence.id[:12]}: not {'; not '.join(broken)}"
    return _reason("promotion.opposed", text, statement=word.evidence.id, signer=word.person)


def _too_few(gate: Gate, predicate_type: str, count: int) -> Reason:
    text = f"{count} of {gate.threshold} needed: {predicate_type} by {', '.join(gate.signers)}"
    return _reason("promotion.evidence", text, count=count, needed=gate.threshold)


def _result(
    gate: Gate,
    outcome: Outcome,
    reasons: list[Reason],
    *,
    evidence: list[_Word] | None = None,
    signers: list[_Word] | None = None,
) -> GateResult:
    return GateResult(
        gate=gate.name,
        outcome=outcome,
        is_required=not gate.optional,
        reasons=tuple(reasons[:REASONS_MAX]),
        evidence=tuple(w.evidence.id for w in evidence or ()),
        signers=tuple(w.person for w in signers or ()),
    )


def _reason(code: str, text: str, **facts: Any) -> Reason:
    return Reason(code=code, text=text, facts=facts)
