"""The problem that a task is, or several that are planned together, for a home with what is known:
numbers alone, for the solver.

Of several tasks the first is the one that the plan is for; ids of the others' goals, constraints
and steps begin with ``r1.``, ``r2.`` and so on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.beginnings import at_their_minutes, beginnings
from tarl.planning.formulation.energy import batteries_of, is_about_energy, power_of
from tarl.planning.formulation.jobs import (
    Permits,
    Ruling,
    dropped,
    job_of,
    resources_of,
    rulings_of,
)
from tarl.planning.formulation.measures import with_measures
from tarl.planning.formulation.rules import (
    GIVEN_UP,
    POWER_RULE,
    PRICES_RULE,
    Bounds,
    bounds_of,
    house_constraints,
)
from tarl.planning.formulation.wants import Want, wants_of
from tarl.planning.formulation.weights import counts_grid, strategy_for, weights_for
from tarl.planning.household import Household
from tarl.planning.learning.estimates import as_learned
from tarl.planning.plan import Spent, Strategy
from tarl.planning.problem import Job, Problem, Rule
from tarl.planning.task import Constraint, Goal, TaskSpec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is planned together with others, and whose plan gives way: the lower priority."""

    task: TaskSpec
    priority: int = 5


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a plan has come: steps that have ended, since when others run (UTC milliseconds), by
    step, and by goal what that has come to."""

    ended: frozenset[str] = frozenset()
    begun: dict[str, int] = {}
    spent: dict[str, Spent] = {}


class Formulated(msgspec.Struct, frozen=True, kw_only=True):
    """A problem, and what its numbers stand for.

    ``task`` is the first one, with its measures; ``rulings`` are by job and option; ``goals`` and
    ``constraints`` are those of all tasks, and of the house; ``over`` are ids of goals for which
    nothing is left to do, as all of it has ended.
    """

    problem: Problem
    task: TaskSpec
    wants: dict[str, Want]
    rulings: dict[tuple[str, str], Ruling]
    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    only_if: dict[str, dict[str, Any]]
    strategy: Strategy
    household: Household
    snapshot: ContextSnapshot
    over: tuple[str, ...] = ()


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is asked of the solver."""

    alternatives: int = 3
    time_limit_ms: int = 5_000
    seed: int = 0
    workers: int = 2
    are_rules_priced: bool = True


def formulate(
    requests: Sequence[Request],
    household: Household,
    snapshot: ContextSnapshot,
    *,
    permits: Permits,
    strategy: Strategy | None = None,
    effort: Effort | None = None,
    may_drop: bool = False,
    consented_only: bool = False,
    progress: Progress | None = None,
    without: Collection[str] = (),
) -> Formulated:
    """The problem of doing all that is requested.

    Args:
        requests: What is wanted; the first is the one that the plan is for.
        household: The home.
        snapshot: What is known.
        permits: The gate.
        strategy: What is weighed most; what the first task asks for when left out.
        effort: How much is asked of the solver.
        may_drop: Whether jobs may be left out, at a price by priority.
        consented_only: Whether what needs a consent that is not there is no option.
        progress: What of it has been done.
        without: Ids of rules that are given up: the way out of a conflict.

    Raises:
        Missing, Invalid: see ``wants_of`` and ``bounds_of``; ``plan.nothing_to_do``,
            ``plan.no_rule``.
        Denied: ``plan.not_permitted``: the gate leaves a device no way to do it.
    """
    effort, given = effort or Effort(), [request.task for request in requests]
    requests = _measured(requests, household, snapshot, without)
    _refuse_unknown(without, given, household, snapshot)
    task = requests[0].task
    chosen = strategy or strategy_for(task)
    whole = _whole(requests, household, snapshot, permits, progress or Progress(), without)
    jobs = tuple(
        job_of(
            want,
            whole.rulings,
            snapshot,
            drop_penalty=dropped(want, whole.wants) if may_drop else None,
            consented_only=consented_only,
        )
        for want in whole.wants
    )
    return Formulated(
        problem=_problem(whole, jobs, task, chosen, household, snapshot, effort),
        task=task,
        wants={want.id: want for want in whole.wants},
        rulings=whole.rulings,
        goals=whole.goals,
        constraints=whole.constraints,
        only_if={id: only for bound in whole.bounds for id, only in bound.only_if.items()},
        strategy=chosen,
        household=household,
        snapshot=snapshot,
        over=whole.over,
    )


def _measured(
    requests: Sequence[Request],
    household: Household,
    snapshot: ContextSnapshot,
    without: Collection[str],
) -> list[Request]:
    """The requests with the measures that serve them, without the rules that are given up."""
    tasks = [with_measures(request.task, household, snapshot) for request in requests]
    tasks = [_without(task, index, without) for index, task in enumerate(tasks)]
    return [
        msgspec.structs.replace(request, task=task)
        for request, task in zip(requests, tasks, strict=True)
    ]


class _Whole(NamedTuple):
    """What all requests bring, and the house."""

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    wants: list[Want]
    bounds: list[Bounds]
    rulings: dict[tuple[str, str], Ruling]
    over: tuple[str, ...]


def _whole(
    requests: Sequence[Request],
    household: Household,
    snapshot: ContextSnapshot,
    permits: Permits,
    progress: Progress,
    without: Collection[str],
) -> _Whole:
    lived = _with_base_load(snapshot, household)
    rules = house_constraints(household, snapshot)
    house = [rule for rule in rules if rule.id not in without]
    given_up = [
        msgspec.structs.replace(rule, hard=False, source=GIVEN_UP)
        for rule in rules
        if rule.id in without
    ]
    learned = as_learned(household, snapshot)
    gathered = [
        _gathered(index, request, learned, lived, permits, progress)
        for index, request in enumerate(requests)
    ]
    wants = [want for each in gathered for want in each.wants]
    return _Whole(
        goals=tuple(goal for each in gathered for goal in each.goals),
        constraints=(
            *(bound for each in gathered for bound in each.constraints),
            *house,
            *given_up,
        ),
        wants=wants,
        bounds=[*(each.bounds for each in gathered), bounds_of(house, wants, lived)],
        rulings={key: ruling for each in gathered for key, ruling in each.rulings.items()},
        over=tuple(goal for each in gathered for goal in each.over),
    )


def _problem(
    whole: _Whole,
    jobs: tuple[Job, ...],
    task: TaskSpec,
    strategy: Strategy,
    household: Household,
    snapshot: ContextSnapshot,
    effort: Effort,
) -> Problem:
    """The numbers.

    Raises:
        Invalid: ``plan.nothing_to_do``.
    """
    is_stored = is_about_energy(task)
    batteries = batteries_of(household, whole.wants, snapshot, task) if is_stored else ()
    if not jobs and not batteries:
        raise _nothing_to_do()
    rules = tuple(rule for bound in whole.bounds for rule in bound.rules)
    return Problem(
        slot_ms=snapshot.grid.slot_ms,
        count=snapshot.grid.count,
        jobs=jobs,
        rules=rules,
        resources=resources_of(whole.wants),
        batteries=batteries,
        power=power_of(household, snapshot, counts_grid_alone=counts_grid(task)),
        weights=weights_for(task, strategy),
        priced=tuple(dict.fromkeys(r.id for r in rules)) if effort.are_rules_priced else (),
        alternatives=effort.alternatives,
        time_limit_ms=effort.time_limit_ms,
        seed=effort.seed,
        workers=effort.workers,
    )


def _nothing_to_do() -> Invalid:
    return Invalid(
        "there is nothing to do: no goal asks a device for anything, and nothing that is known "
        "could serve it",
        code="plan.nothing_to_do",
        next_step="say what is to be done, and with which device",
    )


def _with_base_load(snapshot: ContextSnapshot, household: Household) -> ContextSnapshot:
    """What the house usually draws, where nobody knows better."""
    known = snapshot.base_load_w or (None,) * snapshot.grid.count
    filled = tuple(household.base_load_w if watts is None else watts for watts in known)
    return msgspec.structs.replace(snapshot, base_load_w=filled)


class _Gathered(NamedTuple):
    """What one request brings."""

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    wants: list[Want]
    bounds: Bounds
    rulings: dict[tuple[str, str], Ruling]
    over: tuple[str, ...]


def _gathered(
    index: int,
    request: Request,
    household: Household,
    snapshot: ContextSnapshot,
    permits: Permits,
    progress: Progress,
) -> _Gathered:
    task = request.task
    found = wants_of(task, household, snapshot, priority=request.priority)
    asked = [_of_request(want, index) for want in found] if index else found
    constraints = tuple(_of(task, bound, index) for bound in task.constraints)
    left_to_do = _left(asked, progress, snapshot)
    wants = at_their_minutes(task, constraints, left_to_do, snapshot)
    left = {want.goal for want in wants}
    over = tuple(dict.fromkeys(want.goal for want in asked if want.goal not in left))
    rulings: dict[tuple[str, str], Ruling] = {}
    for want in wants:
        rulings |= rulings_of(want, task, snapshot, permits)
    goals = tuple(_goal_of(goal, index) for goal in task.goals)
    bounds = bounds_of(constraints, wants, snapshot)
    begins = beginnings(task, constraints, wants, snapshot)
    rest = _of_what_is_left(bounds.rules, constraints, goals, progress.spent)
    bounds = msgspec.structs.replace(bounds, rules=(*rest, *begins))
    return _Gathered(goals, constraints, wants, bounds, rulings, over)


def _of_what_is_left(
    rules: Sequence[Rule],
    constraints: Sequence[Constraint],
    goals: Sequence[Goal],
    spent: Mapping[str, Spent],
) -> list[Rule]:
    """The rules; budgets without what has been spent of them."""
    about = {bound.id: bound.goals or tuple(goal.id for goal in goals) for bound in constraints}

    def left(rule: Rule) -> Rule:
        of = [spent[goal] for goal in about.get(rule.id, ()) if goal in spent]
        if rule.kind == "cost_max":
            return msgspec.structs.replace(rule, limit=rule.limit - sum(s.cost_micro for s in of))
        if rule.kind == "energy_max":
            return msgspec.structs.replace(rule, limit=rule.limit - sum(s.energy_wh for s in of))
        return rule

    return [left(rule) for rule in rules]


def _goal_of(goal: Goal, index: int) -> Goal:
    return msgspec.structs.replace(goal, id=f"r{index}.{goal.id}") if index else goal


def _of_request(want: Want, index: int) -> Want:
    """A further request's want, with ids that do not meet those of the first."""
    return msgspec.structs.replace(
        want,
        id=f"r{index}.{want.id}",
        goal=f"r{index}.{want.goal}",
        step=f"r{index}.{want.step}",
        after=tuple(f"r{index}.{id}" for id in want.after),
    )


def _without(task: TaskSpec, index: int, rules: Collection[str]) -> TaskSpec:
    """The task of the request with this number without some of its constraints.

    Raises:
        Invalid: ``plan.essential``: a rule that nobody may give up.
    """
    if POWER_RULE in rules or PRICES_RULE in rules:
        raise Invalid(
            "what the connection carries, and what is not known, cannot be given up",
            code="plan.essential",
            next_step="give up a rule of your own",
            rules=sorted(rules),
        )
    kept = tuple(bound for bound in task.constraints if _of(task, bound, index).id not in rules)
    return msgspec.structs.replace(task, constraints=kept)


def _refuse_unknown(
    without: Collection[str],
    given: Sequence[TaskSpec],
    household: Household,
    snapshot: ContextSnapshot,
) -> None:
    """Refuses to give up what is no rule of the tasks, of their measures or of the house.

    Raises:
        Invalid: ``plan.no_rule``.
    """
    known = [
        _of(task, rule, index).id
        for index, each in enumerate(given)
        for task in [with_measures(each, household, snapshot)]
        for rule in task.constraints
    ]
    known += [rule.id for rule in house_constraints(household, snapshot)]
    if unknown := sorted(set(without) - set(known)):
        raise Invalid(
            f"the plan has no rule {unknown[0]!r}",
            code="plan.no_rule",
            next_step=f"give up one of {', '.join(dict.fromkeys(known))}"
            if known
            else "it has no rules",
            rule=unknown[0],
        )


def _left(wants: Sequence[Want], progress: Progress, snapshot: ContextSnapshot) -> list[Want]:
    """What is still to be done; of what runs, the rest."""
    left = {want.id for want in wants if want.step not in progress.ended}
    return [
        msgspec.structs.replace(
            _rest(want, progress.begun.get(want.step), snapshot),
            after=tuple(id for id in want.after if id in left),
        )
        for want in wants
        if want.id in left
    ]


def _rest(want: Want, began_ms: int | None, snapshot: ContextSnapshot) -> Want:
    """What is left of a want that runs since then; of a span only that is wanted anyway."""
    is_whole = want.span is not None or not all(way.phases for way in want.ways)
    if began_ms is None or is_whole:
        return want
    grid, now_ms = snapshot.grid, max(snapshot.timestamp, snapshot.grid.start_ms)
    began_ms = min(began_ms, now_ms)
    ways = tuple(way.rest(grid, began_ms=began_ms, now_ms=now_ms) for way in want.ways)
    return msgspec.structs.replace(want, ways=ways, began_ms=began_ms)


def _of(task: TaskSpec, constraint: Constraint, index: int) -> Constraint:
    if not index:
        return constraint
    return msgspec.structs.replace(
        constraint,
        id=f"r{index}.{constraint.id}",
        goals=tuple(f"r{index}.{goal}" for goal in constraint.goals)
        or tuple(f"r{index}.{goal.id}" for goal in task.goals),
    )
