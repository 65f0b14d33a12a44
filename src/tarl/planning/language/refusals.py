"""Orders that are refused while something is so: ``not the vacuum while Anna sleeps``."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.values import Mention
from tarl.planning.language.wanted import can_be_flipped


def refused(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """The clauses; where nothing else is asked for, what is left out at a time or on a condition
    is an order that is negated."""
    if any(clause.parts_of("DG") for clause in clauses):
        return clauses
    return tuple(_turned(clauses))


def _turned(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    for clause in clauses:
        spared = [part for part in clause.of("C") if _is_spared(part)]
        if not spared or not can_be_flipped(clause) or orders_the_rest(clause):
            yield clause
            continue
        parts = tuple(
            part._replace(kind="D", value=part.value[0].value) if part in spared else part
            for part in clause.parts
        )
        yield clause._replace(parts=parts, negated=(clause.span,))


_FORBIDDING = frozenset({"prohibit", "prohibit.que", "keep", "out", "hate"})
"""Verbs that order nothing to be done."""


def orders_the_rest(clause: Clause) -> bool:
    """Whether something is ordered to be done with all but what is left out: ``run everything
    except the dryer``."""
    spared = [part for part in clause.of("C") if _is_spared(part)]
    verbs = [part for part in clause.of("v") if part.value not in _FORBIDDING]
    return bool(verbs) and any(not part.value[0].value.is_verb for part in spared)


def _is_spared(part: Part) -> bool:
    drafts = drafts_of(part)
    is_one = len(drafts) == 1 and drafts[0].type == "exclude"
    return is_one and isinstance(drafts[0].value, Mention)
