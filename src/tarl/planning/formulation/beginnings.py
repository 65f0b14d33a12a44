"""What is meant to begin at a time: "at 9 am" is then, and not some time after; "for ten minutes",
said without a time, is now.

1. A beginning that was said is a rule like any other: what forbids it is a conflict with it.
2. Within a slot it is to begin at its very minute, and may begin with a later slot only where the
   rule is given up, or does not bind.
3. One that was not said, or that has passed (it is planned anew), is kept by a soft rule that
   outweighs whatever waiting would save: the first beginning that can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.rules import PENALTY_PER_PRIORITY, first_slot, wall_clock
from tarl.planning.formulation.wants import Want
from tarl.planning.formulation.ways import option_id
from tarl.planning.formulation.weights import objectives
from tarl.planning.moments import moment_of
from tarl.planning.problem import Rule
from tarl.planning.task import PRIORITY_MAX, Constraint, TaskSpec

_PENALTY = 50 * PENALTY_PER_PRIORITY * PRIORITY_MAX
"""What another beginning is worth: ten euros where cost is weighed most."""

_TIMES = frozenset({"earliest", "deadline", "window"})
_WAITS = _TIMES | {"condition", "cost", "energy", "order", "power", "price", "tariff"}
"""Rules that say when something is done, or leave it to what is dear or so at the time."""
_FOLLOWS = frozenset({"earliest", "order"})
"""Those that say that something is not done at once."""


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
        about = _about(want, constraints)
        if not _is_meant(task, want, about):
            continue
        said = _said(about)
        meant_ms = snapshot.timestamp if said is None else moment_of(said, snapshot)
        is_kept = said is not None and said.hard and meant_ms >= _now(snapshot)
        lasts, limit = _ends_by(want, max(meant_ms, _now(snapshot)), snapshot)
        rule = Rule(
            id=said.id if said is not None and is_kept else f"begins:{want.id}",
            kind="end_by",
            jobs=(want.id,),
            limit=min(snapshot.grid.count, limit + lasts),
            penalty=None if is_kept else _PENALTY,
            text="begins now" if said is None else f"begins at {wall_clock(said, snapshot)}",
        )
        rules.append(rule)
        if want.begins_ms is not None:
            plain = (option_id(w.device, place) for w in want.ways for place in w.device.placements)
            rules.append(
                msgspec.structs.replace(rule, kind="not_options", options=tuple(plain), limit=0)
            )
    return rules


def at_their_minutes(
    task: TaskSpec,
    constraints: Sequence[Constraint],
    wants: Sequence[Want],
    snapshot: ContextSnapshot,
) -> list[Want]:
    """The wants, with the minute at which each is meant to begin where that is within a slot, with
    which it cannot begin any more: now, where that has passed. What runs goes on now.

    Raises:
        Invalid: ``task.time``.
    """
    return [_at_its_minute(task, constraints, want, snapshot) for want in wants]


def _at_its_minute(
    task: TaskSpec, constraints: Sequence[Constraint], want: Want, snapshot: ContextSnapshot
) -> Want:
    about, grid, at_ms = _about(want, constraints), snapshot.grid, snapshot.timestamp
    if not all(way.phases for way in want.ways) or want.span is not None:
        return want
    if want.began_ms is None:
        if not _is_meant(task, want, about):
            return want
        said = _said(about)
        at_ms = at_ms if said is None else max(at_ms, moment_of(said, snapshot))
    slot = grid.slot_of(at_ms)
    if not 0 <= slot < grid.count or first_slot(want, at_ms, grid) == slot:
        return want
    return msgspec.structs.replace(want, begins_ms=at_ms)


def _ends_by(want: Want, at_ms: int, snapshot: ContextSnapshot) -> tuple[int, int]:
    """In how many slots something is that begins at an instant, and the first of them."""
    grid = snapshot.grid
    if want.begins_ms is None:
        return max(len(way.power_w) for way in want.ways), max(0, first_slot(want, at_ms, grid))
    over_ms = grid.over_ms(want.begins_ms)
    lasts = max(len(way.power_from(grid, over_ms)) for way in want.ways)
    return lasts, grid.slot_of(want.begins_ms)


def _now(snapshot: ContextSnapshot) -> int:
    """The instant from which on something can begin."""
    return max(snapshot.timestamp, snapshot.grid.start_ms)


def _about(want: Want, constraints: Sequence[Constraint]) -> list[Constraint]:
    return [bound for bound in constraints if not bound.goals or want.goal in bound.goals]


def _said(about: Sequence[Constraint]) -> Constraint | None:
    """The rule that says when it is to begin, if one does."""
    return next((each for each in about if each.is_start), None)


def _is_meant(task: TaskSpec, want: Want, about: Sequence[Constraint]) -> bool:
    """Whether it is meant to begin at a time, and does not just follow on something."""
    is_free = not want.after and want.span is None
    return is_free and (_said(about) is not None or _is_now(task, want, about))


def _is_now(task: TaskSpec, want: Want, about: Sequence[Constraint]) -> bool:
    """Whether it is to be done at once, or to be so for a while, and nothing says from when on or
    leaves it open."""
    types = {bound.type for bound in about if bound.source == "user"}
    if any(goal.at_once for goal in task.goals if goal.id == want.goal):
        return not types & _FOLLOWS
    is_for_a_while = "at_end" in want.arguments and "duration" in types
    return is_for_a_while and not types & _WAITS and not objectives(task.goals)
