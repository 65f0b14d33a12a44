"""From what was counted and signed to what a control shows: support, contradiction, or silence.

1. Every need must be met by evidence that is fresh; of signed evidence, by a signer whose word
   counts, live and about the component's digest.
2. Signed evidence that has expired, or that only others have signed, where no good one stands
   beside it, contradicts: somebody relied on it, and it does not hold.
3. A refutation that is found contradicts, whatever else is there. Of signed evidence only the
   newest statement of its type refutes: what was mended is not held against anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from tarl.governance.compliance.census import Census, Want, fits
from tarl.governance.compliance.checks import DAY_MS
from tarl.governance.compliance.controls import Clause, Control
from tarl.provenance.attestations.ledger import Attestation

Shows = Literal["supports", "contradicts", "silent"]

REFS_MAX = 5
"""Places that a piece of evidence names; it counts all."""


class Evidence(NamedTuple):
    """Something in the journal: what it is, how many, where, and when the last of it was."""

    what: str
    counted: int
    refs: tuple[str, ...]
    at_ms: int | None


class Shown(NamedTuple):
    """What a control shows about a component.

    ``missing`` are needs in words, where it is silent; ``against`` is what contradicts.
    """

    control: Control
    shows: Shows
    found: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()


class Signed(NamedTuple):
    """The statements about a component, oldest first, and whose word counts."""

    statements: Sequence[Attestation]
    counts: Callable[[Attestation], bool]


class _Answer(NamedTuple):
    """What a clause comes to."""

    evidence: Evidence | None = None
    against: tuple[Evidence, ...] = ()


def wants_of(controls: Sequence[Control], *, at_ms: int) -> list[Want]:
    """What has to be counted for these controls."""
    return [
        Want(clause, _since(control, at_ms))
        for control in controls
        for clause in control.clauses
        if clause.events
    ]


def shown(control: Control, census: Census, signed: Signed, tables: Mapping[Clause, int]) -> Shown:
    """What a control shows."""
    if census.component.kind not in control.components or not control.needs:
        return Shown(control, "silent")
    answers = [(clause, _need(control, clause, census, signed, tables)) for clause in control.needs]
    refuted = [_refutation(control, clause, census, signed, tables) for clause in control.refutes]
    against = (
        *(each for _, answer in answers for each in answer.against),
        *(each for each in refuted if each is not None),
    )
    found = tuple(answer.evidence for _, answer in answers if answer.evidence is not None)
    missing = tuple(clause.says for clause, answer in answers if answer.evidence is None)
    if against:
        return Shown(control, "contradicts", found, against, missing)
    return Shown(control, "silent" if missing else "supports", found, (), missing)


# --- clauses


def _need(
    control: Control,
    clause: Clause,
    census: Census,
    signed: Signed,
    tables: Mapping[Clause, int],
) -> _Answer:
    since_ms = _since(control, census.at_ms)
    if clause.check is not None:
        return _checked(clause, census, since_ms)
    if clause.attestation:
        return _stated(clause, census, signed, since_ms)
    found = _counted(control, clause, census, tables)
    return _Answer(found if found is not None and found.counted >= clause.at_least else None)


def _refutation(
    control: Control,
    clause: Clause,
    census: Census,
    signed: Signed,
    tables: Mapping[Clause, int],
) -> Evidence | None:
    if clause.check is not None:
        against = _checked(clause, census, 0).against
        return against[0] if against else None
    if clause.attestation:
        of_type = [s for s in signed.statements if s.predicate_type == clause.attestation]
        newest = max(of_type, key=lambda each: each.number, default=None)
        if newest is None or not fits(newest.predicate, clause.where):
            return None
        return evidence_of(newest, clause.says)
    found = _counted(control, clause, census, tables)
    return found if found is not None and found.counted >= clause.at_least else None


def _counted(
    control: Control, clause: Clause, census: Census, tables: Mapping[Clause, int]
) -> Evidence | None:
    if clause.table:
        count = tables.get(clause, 0)
        return Evidence(clause.says, count, (f"table {clause.table}",), None) if count else None
    tally = census.tallies.get(Want(clause, _since(control, census.at_ms)))
    if tally is None or tally.first is None or tally.last is None:
        return None
    refs = tuple(dict.fromkeys((tally.first.ref, tally.last.ref)))
    return Evidence(clause.says, tally.counted, refs, tally.last.at_ms)


def _checked(clause: Clause, census: Census, since_ms: int) -> _Answer:
    assert clause.check is not None
    result = census.checks.get(clause.check)
    if result is None:
        return _Answer()
    if result.failed:
        refs = tuple(failure.ref for failure in result.failures[:REFS_MAX])
        what = f"{clause.check}: {result.failures[0].text}"
        return _Answer(against=(Evidence(what, result.failed, refs, None),))
    last = result.last
    is_old = last is not None and last.at_ms < since_ms and clause.check != "retained"
    if last is None or result.passed < clause.at_least or is_old:
        return _Answer()
    return _Answer(Evidence(clause.says, result.passed, (last.ref,), last.at_ms))


def _stated(clause: Clause, census: Census, signed: Signed, since_ms: int) -> _Answer:
    found = [
        each
        for each in signed.statements
        if each.predicate_type == clause.attestation and fits(each.predicate, clause.where)
    ]
    good = [each for each in found if not _fault(each, census.at_ms, since_ms, signed)]
    if len(good) >= clause.at_least:
        first = evidence_of(good[-1], clause.says)
        refs = tuple(reference(each) for each in good[-REFS_MAX:])
        return _Answer(first._replace(counted=len(good), refs=refs))
    faults = [(each, _fault(each, census.at_ms, since_ms, signed)) for each in found]
    return _Answer(
        against=tuple(evidence_of(each, f"{clause.says}, but {why}") for each, why in faults if why)
    )


def _fault(each: Attestation, now_ms: int, since_ms: int, signed: Signed) -> str:
    """Why signed evidence does not hold; empty where it does."""
    if not each.is_live(now_ms):
        return "it has expired"
    if each.recorded_at_ms < since_ms:
        return "it is too old"
    if not signed.counts(each):
        return f"signed by {', '.join(each.signers)}, whose word does not count for it"
    return ""


def evidence_of(each: Attestation, what: str) -> Evidence:
    """A statement as evidence."""
    return Evidence(what, 1, (reference(each),), each.recorded_at_ms)


def reference(each: Attestation) -> str:
    """How a statement is named among evidence."""
    return f"attestation:{each.id}"


def _since(control: Control, at_ms: int) -> int:
    return at_ms - control.fresh_days * DAY_MS if control.fresh_days else 0
