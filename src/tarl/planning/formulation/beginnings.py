"""What is meant to begin at a time: "at 9 am" is then, and not some time after; "for ten minutes",
said without a time, is now.

1. A beginning that was said is a rule like any other: what forbids it is a conflict with it.
2. One that was not said, or that has passed (it is planned anew), is kept by a soft rule that
   outweighs whatever waiting would save: the first beginning that can be.
"""

from __future__ import annotations

from collections.abc import Sequence

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.rules import PENALTY_PER_PRIORITY, first_slot, wall_clock
from tarl.planning.formulation.wants import Want
from tarl.planning.formulation.weights import objectives
from tarl.planning.moments import moment_of
from tarl.planning.problem import Rule
from tarl.planning.task import PRIORITY_MAX, Constraint, TaskSpec

_TIMES = frozenset({"earliest", "deadline", "window"})
_WAITS = _TIMES | {"condition", "cost", "energy", "order", "power", "price", "tariff"}
"""Rules that say when something is done, or leave it to what is dear or so at the time."""


def beginnings(
    task: TaskSpec,
    constraints: Sequence[Constraint],
    wants: Sequence[Want],
    snapshot: ContextSnapshot,
) -> list[Rule]:
    """The rules that let wants begin when they are meant to.

    Raises:
        Invalid: ``task.time``.
    """
    rules: list[Rule] = []
    for want in wants:
        about = [bound for bound in constraints if not bound.goals or want.goal in bound.goals]
        said = next((each for each in about if each.is_start), None)
        is_meant = said or _is_now(task, want, about)
        if want.after or want.span is not None or not is_meant:
            continue
        slot = 0 if said is None else _slot(want, said, snapshot)
        is_kept = said is not None and said.hard and slot >= 0
        lasts = max(len(way.power_w) for way in want.ways)
        rules.append(
            Rule(
                id=said.id if said is not None and is_kept else f"begins:{want.id}",
                kind="end_by",
                jobs=(want.id,),
                limit=min(snapshot.grid.count, max(0, slot) + lasts),
                penalty=None if is_kept else PENALTY_PER_PRIORITY * PRIORITY_MAX,
                text="begins now" if said is None else f"begins at {wall_clock(said, snapshot)}",
            )
        )
    return rules


def _slot(want: Want, said: Constraint, snapshot: ContextSnapshot) -> int:
    """The slot at which it is to begin; before the first where that has passed."""
    return first_slot(want, moment_of(said, snapshot), snapshot.grid)


def _is_now(task: TaskSpec, want: Want, about: Sequence[Constraint]) -> bool:
    """Whether it is to be so for a while, and nothing says from when on or leaves it open."""
    types = {bound.type for bound in about if bound.source == "user"}
    is_for_a_while = "at_end" in want.arguments and "duration" in types
    return is_for_a_while and not types & _WAITS and not objectives(task.goals)
