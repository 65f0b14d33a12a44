"""From a solution to a plan: what it comes to, what binds it, what else there was, or why there is
none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.explanation.wording import action_words, kilowatt_hours
from tarl.planning.formulation.formulate import Formulated
from tarl.planning.formulation.reading import begins_with, device_and_placement, priced, steps_of
from tarl.planning.formulation.wants import Want
from tarl.planning.formulation.ways import place_of
from tarl.planning.moments import moment_of
from tarl.planning.plan import (
    Alternative,
    BoundRule,
    Conflict,
    ConsentReference,
    ExecutionPlan,
    ExecutionStatus,
    ExecutionStep,
    FeasibilityStatus,
    WayOut,
)
from tarl.planning.problem import Placed, Schedule, Solution, Terms
from tarl.planning.solver.neighbours import runner_ups
from tarl.planning.task import TaskSpec


def draft_of(
    task: TaskSpec, formulated: Formulated, plan_id: str, policy_hash: str
) -> ExecutionPlan:
    """A plan without steps: what it is for, and what is known."""
    snapshot = formulated.snapshot
    return ExecutionPlan(
        plan_id=plan_id,
        task_spec=task,
        steps=(),
        constraints=formulated.constraints,
        goals=formulated.goals,
        context_snapshot=snapshot,
        slas=_slas(task, snapshot),
        budget=_budget(task),
        created_at=snapshot.timestamp,
        updated_at=snapshot.timestamp,
        grid=snapshot.grid,
        strategy=formulated.strategy,
        policy_hash=policy_hash,
        household_digest=digest_of(formulated.household),
        over=formulated.over,
    )


def _slas(task: TaskSpec, snapshot: ContextSnapshot) -> dict[str, int]:
    slas: dict[str, int] = {}
    for bound in task.constraints:
        if bound.type == "deadline" and not bound.is_start:
            at = moment_of(bound, snapshot)
            slas["deadline_ms"] = min(at, slas.get("deadline_ms", at))
        elif bound.type == "latency":
            slas["latency_ms"] = int(bound.value)
    return slas


def _budget(task: TaskSpec) -> dict[str, int]:
    budget: dict[str, int] = {}
    for bound in task.constraints:
        if bound.type == "cost":
            budget["cost_micro"] = int(bound.value["amount_micro"])
        elif bound.type == "energy" and not bound.goals:
            budget["energy_wh"] = int(bound.value)
    return budget


def filled(draft: ExecutionPlan, solution: Solution, formulated: Formulated) -> ExecutionPlan:
    """The draft with a solution's schedule."""
    schedule = solution.schedule
    assert schedule is not None
    task = draft.task_spec
    steps = steps_of(
        schedule, formulated, task, runner_ups=runner_ups(formulated.problem, schedule)
    )
    references = _references(schedule, formulated)
    needs_yes = any(rail.kind == "confirm" for step in steps for rail in step.guardrails)
    rulings = [formulated.rulings[p.job, place_of(p.option)] for p in schedule.placed]
    plan = msgspec.structs.replace(
        draft,
        steps=steps,
        consent_references=references,
        status=ExecutionStatus.DRAFT,
        approval_required=needs_yes
        or any(ruling.requires_approval for ruling in rulings)
        or any(not reference.consent_token for reference in references),
        terms=_true_terms(schedule.terms, steps),
        objective=schedule.objective,
        bound=solution.bound,
        feasibility=FeasibilityStatus.FEASIBLE,
        bound_rules=_bound_rules(solution, formulated),
        alternatives=tuple(
            alternative_of(other, _title(other, schedule, formulated), formulated, task)
            for other in solution.alternatives
        ),
        charge_w=schedule.charge_w,
        discharge_w=schedule.discharge_w,
        baseline_cost_micro=_baseline(formulated),
    )
    return msgspec.structs.replace(plan, rationale=rationale_of(plan))


def _true_terms(terms: Terms, steps: Sequence[ExecutionStep]) -> Terms:
    return msgspec.structs.replace(terms, energy_wh=sum(step.energy_wh for step in steps))


def _references(schedule: Schedule, formulated: Formulated) -> tuple[ConsentReference, ...]:
    found: dict[str, ConsentReference] = {}
    for placed in schedule.placed:
        ruling = formulated.rulings[placed.job, place_of(placed.option)]
        device, _ = device_and_placement(placed.option, formulated)
        begins, span = begins_with(placed, formulated), formulated.wants[placed.job].span
        for each in ruling.consents:
            needed_ms = span.end_ms if span is not None and each is ruling.ends else begins
            lasts = each.token is not None and each.expires_at > needed_ms
            scope = each.scope or ""
            found[scope] = ConsentReference(
                consent_token=(each.token or "") if lasts else "",
                scopes=(scope,),
                trust_tier=device.trust_tier,
                expires_at=each.expires_at,
                dynamic_consent=each.is_dynamic,
            )
    return tuple(found.values())


def _bound_rules(solution: Solution, formulated: Formulated) -> tuple[BoundRule, ...]:
    texts = {rule.id: rule.text for rule in formulated.problem.rules}
    return tuple(
        BoundRule(
            rule=id, text=texts.get(id, id), cost_micro=price.cost_micro, objective=price.objective
        )
        for id, price in solution.prices.items()
        if price.objective > 0
    )


def alternative_of(
    schedule: Schedule, title: str, formulated: Formulated, task: TaskSpec
) -> Alternative:
    """A schedule as an alternative."""
    steps = steps_of(schedule, formulated, task)
    needs = [
        ruling.scope or ""
        for placed in schedule.placed
        for ruling in formulated.rulings[placed.job, place_of(placed.option)].consents
    ]
    return Alternative(
        title=title,
        strategy=formulated.strategy,
        steps=steps,
        terms=_true_terms(schedule.terms, steps),
        objective=schedule.objective,
        needs=tuple(dict.fromkeys(needs)),
    )


_BETTER: dict[str, Callable[[int, str], str]] = {
    "cost": lambda by, currency: f"{by / 1e6:.2f} {currency} cheaper",
    "co2": lambda by, _: f"{by} g CO2 less",
    "discomfort": lambda by, _: f"{by // 60} h {by % 60:02d} min less waiting",
    "latency": lambda by, _: f"answers {by} ms sooner",
    "exposure": lambda by, _: "less leaves the house",
    "peak": lambda by, _: f"a peak lower by {by} W",
}


def _title(other: Schedule, best: Schedule, formulated: Formulated) -> str:
    currency = formulated.snapshot.currency
    parts = [
        say(getattr(best.terms, name) - getattr(other.terms, name), currency)
        for name, say in _BETTER.items()
        if getattr(other.terms, name) < getattr(best.terms, name)
    ]
    return ", ".join(parts) or "another time"


def _baseline(formulated: Formulated) -> int | None:
    """What it would cost to begin everything as soon as what comes before it has ended."""
    problem = formulated.problem
    if all(price is None for price in formulated.snapshot.import_price):
        return None
    ends: dict[str, int] = {}
    cost = 0
    left = list(problem.jobs)
    while left:
        ready = [job for job in left if all(before in ends for before in job.after)]
        for job in ready:
            start = max((ends[before] + lag for before, lag in job.after.items()), default=0)
            power = job.options[0].power_w
            if start + len(power) > problem.count:
                return None
            ends[job.id] = start + len(power)
            cost += priced(start, power, formulated)
        left = [job for job in left if job.id not in ends]
        if not ready:
            return None
    return cost


def rationale_of(plan: ExecutionPlan) -> str:
    """The plan in a sentence."""
    currency = plan.context_snapshot.currency if plan.context_snapshot else ""
    cost = sum(step.estimated_cost for step in plan.steps)
    said = f"{len(plan.steps)} step{'s' * (len(plan.steps) != 1)} for {cost / 1e6:.2f} {currency}"
    gap = plan.gap
    if gap is not None:
        proven = "proven to be the best" if gap == 0 else f"within {gap:.1%} of the best possible"
        said += f", {proven}"
    if plan.baseline_cost_micro is not None and plan.baseline_cost_micro > cost:
        saved = (plan.baseline_cost_micro - cost) / 1e6
        said += f"; starting at once would cost {saved:.2f} {currency} more"
    return said + "."


# --- when there is no plan


def without_steps(
    draft: ExecutionPlan, solution: Solution, formulated: Formulated
) -> ExecutionPlan:
    """The draft as a plan without steps: why there is none, and what the ways out come to."""
    if solution.status == "unknown":
        return msgspec.structs.replace(
            draft,
            feasibility=FeasibilityStatus.UNKNOWN,
            rationale=f"no plan was found within {formulated.problem.time_limit_ms} ms, and none "
            "was ruled out: allow more time, or ask for less at once",
        )
    texts: dict[str, str] = {}
    for rule in formulated.problem.rules:
        texts.setdefault(rule.id, rule.text)
    conflict = Conflict(
        rules=solution.conflict,
        names={id: texts.get(id, id) for id in solution.conflict},
        ways_out=tuple(
            WayOut(
                give_up=relaxation.without,
                text="” and “".join(texts.get(id, id) for id in relaxation.without),
                cost_micro=sum(
                    priced(placed.start, _power_of(placed, formulated), formulated)
                    for placed in relaxation.schedule.placed
                ),
                starts={
                    placed.job: begins_with(placed, formulated)
                    for placed in relaxation.schedule.placed
                },
            )
            for relaxation in solution.relaxations
        ),
    )
    said = "; ".join(conflict.names.values()) or "the steps alone do not fit into the time"
    return msgspec.structs.replace(
        draft,
        feasibility=FeasibilityStatus.INFEASIBLE,
        conflict=conflict,
        rationale=f"there is no plan: these cannot all hold: {said}",
    )


def _power_of(placed: Placed, formulated: Formulated) -> tuple[int, ...]:
    job = next(job for job in formulated.problem.jobs if job.id == placed.job)
    return next(option.power_w for option in job.options if option.id == placed.option)


def left_out_texts(jobs: Sequence[str], formulated: Formulated) -> tuple[str, ...]:
    """What is left out with these jobs, in words; parts of one piece of work are one."""
    left: dict[str, list[Want]] = {}
    for job in jobs:
        want = formulated.wants[job]
        left.setdefault(want.step, []).append(want)
    return tuple(_left_out_text(step, wants, formulated) for step, wants in left.items())


def _left_out_text(step: str, wants: Sequence[Want], formulated: Formulated) -> str:
    said = f"{wants[0].ways[0].device.name}: {action_words(wants[0].action)}"
    all_of_it = [want for want in formulated.wants.values() if want.step == step]
    if len(all_of_it) == 1:
        return said
    slot_ms = formulated.snapshot.grid.slot_ms
    missing, whole = (
        sum(sum(want.ways[0].power_w) for want in some) * slot_ms // 3_600_000
        for some in (wants, all_of_it)
    )
    return f"{said}, {kilowatt_hours(missing)} of {kilowatt_hours(whole)}"
