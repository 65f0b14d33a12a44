"""Which goals of a sentence a constraint bounds.

1. What stands before all that is ordered (``at 11 pm lock up and turn off the lights``) bounds all
   of it, as far as nothing says when for itself; before something further on (``turn on the fan,
   and in 5 minutes the heater``) that, and what goes on without a verb of its own.
2. What stands behind bounds what shares its verb (``turn on the fan and the heater at 8``). When
   something begins, or how long it lasts, bounds nothing else; by when, in which part of the day or
   on what condition also what was ordered before, where nothing bounds that.
3. Nothing reaches over a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tarl.planning.language.actions import STORES
from tarl.planning.language.at_once import is_at_once
from tarl.planning.language.counted import Counted
from tarl.planning.language.goals import Frame
from tarl.planning.language.lasting import lasts_till
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.values import Mention
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import Held, Wanted
from tarl.planning.task import Goal

OF_THE_WHOLE = frozenset({"cost", "privacy", "quiet", "exclude", "power", "energy", "latency"})
"""Constraints of all that is asked, wherever in the sentence they stand."""
_STOP = re.compile(r"[.;!?\u3002\uff1b\uff01\uff1f]")
Doable = list[tuple[Goal, Wanted]]


def bounded(
    held: Held,
    frame: Frame,
    goals: Sequence[Goal],
    clauses: Sequence[Clause],
    sentence: str,
    home: Home,
) -> tuple[str, ...]:
    """The ids of the goals that a constraint bounds; none where it bounds whatever is asked."""
    doable = [
        (goal, one)
        for goal, one in zip(goals, frame.wanted, strict=True)
        if goal.type in ("achieve", "keep")
    ]
    if held.draft.type == "energy":
        return _charged(held, doable, home)
    if held.draft.type in OF_THE_WHOLE or not doable:
        return ()
    if held.draft.type == "condition" and len(doable) == 1:
        return ()
    own = [goal for goal, one in doable if one.clause == held.clause]
    if held.draft.type == "order":
        return tuple(goal.id for goal in own)
    reached = _Reach(held, frame, doable, clauses, sentence).clauses(own)
    found = [goal.id for goal, one in doable if one.clause in reached]
    return tuple(found or [goal.id for goal, _ in doable])


def _charged(held: Held, doable: Doable, home: Home) -> tuple[str, ...]:
    """What is charged with an amount of energy, where something else is to be done as well:
    ``charge the car with 20 kWh and run the dishwasher``."""
    own = [goal for goal, one in doable if one.clause == held.clause]
    if len(own) == len(doable) or any(home.kind_of(goal.target) not in STORES for goal in own):
        return ()
    return tuple(goal.id for goal in own)


class _Reach:
    """How far a constraint reaches over the clauses of its sentence."""

    def __init__(
        self,
        held: Held,
        frame: Frame,
        doable: Doable,
        clauses: Sequence[Clause],
        sentence: str,
    ) -> None:
        self._held, self._clauses, self._sentence = held, clauses, sentence
        self._ordered = sorted({one.clause for _, one in doable})
        self._targets: dict[int, set[str]] = {}
        for goal, one in doable:
            self._targets.setdefault(one.clause, set()).add(goal.target)
        type = held.draft.type
        alike = TIMES if type in TIMES else {type}
        self._alike = {one.clause for one in frame.held if one.draft.type in alike}
        if type in TIMES | {"duration"}:
            self._alike |= {at for at in self._ordered if self._is_now(at)}

    def clauses(self, own: Sequence[Goal]) -> set[int]:
        """The clauses whose goals it bounds, where ``own`` are those of its clause."""
        at = self._held.clause
        if at not in self._ordered:
            return set(self._behind()) if at < self._ordered[0] else set(self._before())
        if self._is_ahead():
            more = self._behind() if at == self._ordered[0] else self._going_on()
        elif self._is_of_one(own):
            more = self._sharing()
        else:
            more = self._before()
        return {at, *more}

    def _is_ahead(self) -> bool:
        """Whether it stands before all that its clause orders."""
        says = self._clauses[self._held.clause].parts_of("DGBvI")
        return all(part.start >= self._held.span[1] for part in says)

    def _is_of_one(self, own: Sequence[Goal]) -> bool:
        """Whether it says when something begins, or how long it lasts."""
        draft, said = self._held.draft, self._sentence[slice(*self._held.span)]
        return (
            draft.type in ("earliest", "duration")
            or (draft.type == "deadline" and isinstance(draft.value, Counted))
            or lasts_till(draft.type, draft.operator, draft.value, said, own)
        )

    def _behind(self) -> Iterator[int]:
        """The clauses behind it that say nothing of the kind for themselves."""
        for at in self._ordered:
            if at <= self._held.clause:
                continue
            is_after = self._clauses[at].is_next and self._held.draft.type == "earliest"
            if self._is_cut(self._held.clause, at) or is_after:
                return
            if at not in self._alike and not self._is_undone(at):
                yield at

    def _going_on(self) -> Iterator[int]:
        """The clauses right behind it that have no verb of their own."""
        for at in range(self._held.clause + 1, len(self._clauses)):
            if self._has_verb(at) or at in self._alike or self._is_cut(at - 1, at):
                return
            yield at

    def _sharing(self) -> Iterator[int]:
        """The clauses before it that have its verb."""
        owner = self._owner(self._held.clause)
        for at in self._ordered:
            is_earlier = at < self._held.clause and at not in self._alike
            if is_earlier and self._owner(at) == owner and not self._is_cut(at, self._held.clause):
                yield at

    def _before(self) -> Iterator[int]:
        """The clauses before it that nothing of its kind bounds, and that are about other things,
        or share its verb."""
        owner = self._owner(self._held.clause)
        for at in self._ordered:
            if at >= self._held.clause or at in self._alike or self._is_cut(at, self._held.clause):
                continue
            if self._owner(at) == owner or not self._is_undone(at):
                yield at

    def _is_undone(self, at: int) -> bool:
        """Whether a clause is about the same things as its own."""
        return bool(self._targets.get(at, set()) & self._targets.get(self._held.clause, set()))

    def _is_cut(self, first: int, last: int) -> bool:
        """Whether a full stop stands between two clauses."""
        start, end = self._clauses[first].span[1], self._clauses[last].span[0]
        return _STOP.search(self._sentence, start, max(start, end)) is not None

    def _is_now(self, at: int) -> bool:
        """Whether a clause says that it is about now."""
        return is_at_once(self._sentence, self._clauses[at].span)

    def _has_verb(self, at: int) -> bool:
        return any(map(_orders, self._clauses[at].parts))

    def _owner(self, at: int) -> int:
        """The clause whose verb a clause has: its own, that before it, or that behind it."""
        verbs = [clause for clause in range(len(self._clauses)) if self._has_verb(clause)]
        earlier = [clause for clause in verbs if clause <= at]
        return earlier[-1] if earlier else verbs[0] if verbs else 0


def _orders(part: Part) -> bool:
    """Whether a part says by itself what is to be done."""
    is_verb = isinstance(part.value, Mention) and part.value.is_verb
    return part.kind in "vG" or is_verb
