"""Whether a ``Problem`` says something that can be solved: names known, lists of the right length,
numbers in range, no job after itself.

Whether it has a solution is for the solver to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from tarl.errors import Invalid
from tarl.planning.problem import (
    JOBS_MAX,
    TIME_LIMIT_MS_MAX,
    Battery,
    Job,
    Option,
    Placed,
    Power,
    Problem,
    Resource,
    Rule,
)
from tarl.planning.slots import SLOTS_MAX
from tarl.planning.solver.numbers import fraction_of

RULES_MAX = 500
CHOICES_MAX = 1_000_000
"""Ways to begin a job, over all jobs and options: what fits into memory."""

TOTAL_MAX = 2**60
"""The largest objective, in the solver's units: it counts in 64 bits."""

ALTERNATIVES_MAX = 20
WORKERS_MAX = 64


def validate(problem: Problem) -> None:
    """See that a problem is well formed.

    Raises:
        Invalid: ``solver.problem``; ``facts["where"]`` names the part.
    """
    _check_bounds(problem)
    for job in problem.jobs:
        _check_job(job, problem)
    _check_order(problem)
    for rule in problem.rules:
        _check_rule(rule, problem)
    for resource in problem.resources:
        _check_resource(resource, problem)
    for battery in problem.batteries:
        _check_battery(battery, problem)
    if problem.power is not None:
        _check_power(problem.power, problem.count)
    elif problem.batteries:
        raise _refused("batteries", "a battery needs the power balance")
    _check_placed("frozen", problem.frozen, problem)
    _check_before(problem)
    _check_total(problem)


def _refused(where: str, why: str) -> Invalid:
    return Invalid(
        f"not a problem that can be solved: {where}: {why}",
        code="solver.problem",
        next_step="correct that part of the problem",
        where=where,
    )


def _check_bounds(problem: Problem) -> None:
    if not 1 <= problem.count <= SLOTS_MAX:
        raise _refused("count", f"1 to {SLOTS_MAX} slots")
    if problem.slot_ms < 1:
        raise _refused("slot_ms", "a slot lasts at least a millisecond")
    for where, length, most in (
        ("jobs", len(problem.jobs), JOBS_MAX),
        ("rules", len(problem.rules), RULES_MAX),
        ("alternatives", problem.alternatives, ALTERNATIVES_MAX),
    ):
        if not 0 <= length <= most:
            raise _refused(where, f"at most {most}")
    if not 1 <= problem.time_limit_ms <= TIME_LIMIT_MS_MAX:
        raise _refused("time_limit_ms", f"1 to {TIME_LIMIT_MS_MAX}")
    if not 1 <= problem.workers <= WORKERS_MAX or not 0 <= problem.seed < 2**31:
        raise _refused("workers or seed", f"1 to {WORKERS_MAX} workers; a seed of 31 bits")
    if not 0 <= problem.alternative_slack <= 1_000_000:
        raise _refused("alternative_slack", "permille, at least 0")
    weights = problem.weights
    if any(getattr(weights, name) < 0 for name in weights.__struct_fields__):
        raise _refused("weights", "none is negative")
    _unique("jobs", (job.id for job in problem.jobs))
    _unique("resources", (resource.id for resource in problem.resources))
    _unique("batteries", (battery.id for battery in problem.batteries))
    _known("priced", problem.priced, {rule.id for rule in problem.rules})


def _unique(where: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise _refused(where, f"{id!r} comes twice")
        seen.add(id)


def _known(where: str, ids: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(ids) - set(known)):
        raise _refused(where, f"nothing is called {unknown[0]!r}")


def _slots(where: str, slots: Iterable[int], most: int) -> None:
    if any(not 0 <= slot <= most for slot in slots):
        raise _refused(where, f"slots are from 0 to {most}")


def _length(where: str, values: Sequence[int], count: int, *, may_be_empty: bool = True) -> None:
    if len(values) != count and (values or not may_be_empty):
        raise _refused(where, f"{len(values)} values for {count} slots")


def _check_job(job: Job, problem: Problem) -> None:
    where = f"job {job.id!r}"
    if not job.options:
        raise _refused(where, "it has no option")
    _unique(f"{where}, options", (option.id for option in job.options))
    for option in job.options:
        _check_option(option, f"{where}, option {option.id!r}", problem)
    _known(f"{where}, after", job.after, (other.id for other in problem.jobs))
    if any(wait < 0 for wait in job.after.values()):
        raise _refused(f"{where}, after", "a wait is not negative")
    if (job.drop_penalty or 0) < 0:
        raise _refused(f"{where}, drop_penalty", "it is not negative")
    _length(f"{where}, discomfort", job.discomfort, problem.count)


def _check_option(option: Option, where: str, problem: Problem) -> None:
    if not option.power_w:
        raise _refused(where, "it lasts at least one slot: power_w is empty")
    if any(watts < 0 for watts in (*option.power_w, *option.beyond_w)):
        raise _refused(where, "power is not negative")
    if len(option.beyond_w) not in (0, len(option.power_w)):
        raise _refused(where, "beyond_w has a value for each slot, or none")
    _known(f"{where}, demands", option.demands, (each.id for each in problem.resources))
    if any(amount < 0 for amount in option.demands.values()):
        raise _refused(f"{where}, demands", "a demand is not negative")
    _slots(f"{where}, starts", option.starts or (), problem.count - 1)


def _check_order(problem: Problem) -> None:
    try:
        TopologicalSorter({job.id: set(job.after) for job in problem.jobs}).prepare()
    except CycleError as error:
        raise _refused("after", f"{' after '.join(error.args[1])}: a circle") from None


def _check_rule(rule: Rule, problem: Problem) -> None:
    where = f"rule {rule.id!r}"
    _known(f"{where}, jobs", rule.jobs, (job.id for job in problem.jobs))
    _slots(f"{where}, slots", rule.slots, problem.count - 1)
    if (rule.penalty or 0) < 0:
        raise _refused(f"{where}, penalty", "it is not negative")
    if rule.kind == "power_max" and problem.power is None:
        raise _refused(where, "a limit of power needs the power balance")


def _check_resource(resource: Resource, problem: Problem) -> None:
    where = f"resource {resource.id!r}"
    if len(resource.capacity) != 1:
        _length(where, resource.capacity, problem.count, may_be_empty=False)
    if any(value < 0 for value in resource.capacity):
        raise _refused(where, "a capacity is not negative")


def _check_battery(battery: Battery, problem: Problem) -> None:
    where = f"battery {battery.id!r}"
    if not 0 <= battery.initial_wh <= battery.capacity_wh:
        raise _refused(where, "what is in it is from 0 to its capacity")
    if not 0 <= battery.reserve_wh <= battery.capacity_wh:
        raise _refused(where, "its reserve is from 0 to its capacity")
    if battery.charge_w_max < 0 or battery.discharge_w_max < 0 or battery.wear_micro_per_kwh < 0:
        raise _refused(where, "power and wear are not negative")
    if not 1 <= battery.efficiency <= 1000:
        raise _refused(where, "its efficiency is from 1 to 1000 permille")
    _slots(f"{where}, level_wh_by", battery.level_wh_by, problem.count)
    _slots(f"{where}, available", battery.available, problem.count - 1)


def _check_power(power: Power, count: int) -> None:
    _length("power, import_micro", power.import_micro, count, may_be_empty=False)
    for name in ("export_micro", "base_w", "solar_w", "co2_g_per_kwh"):
        values = getattr(power, name)
        _length(f"power, {name}", values, count)
        if name != "export_micro" and any(value < 0 for value in values):
            raise _refused(f"power, {name}", "it is not negative")
    if (power.import_w_max or 0) < 0 or (power.export_w_max or 0) < 0:
        raise _refused("power", "what the connection carries is not negative")


def _check_placed(where: str, placed: tuple[Placed, ...], problem: Problem) -> None:
    _unique(where, (each.job for each in placed))
    jobs = {job.id: job for job in problem.jobs}
    _known(where, (each.job for each in placed), jobs)
    for each in placed:
        options = {option.id: option for option in jobs[each.job].options}
        _known(f"{where}, {each.job!r}", [each.option], options)
        end = each.start + len(options[each.option].power_w)
        if each.start < 0 or end > problem.count:
            raise _refused(f"{where}, {each.job!r}", f"slots {each.start} to {end} are outside")


def _check_before(problem: Problem) -> None:
    """An earlier plan may hold jobs and times that are gone, but each job once."""
    _unique("before", (each.job for each in problem.before))


def _check_total(problem: Problem) -> None:
    """That no sum of the objective passes what the solver can count, from its worst case."""
    _, q = fraction_of(problem.slot_ms)
    choices = sum(problem.count * len(job.options) for job in problem.jobs)
    if choices > CHOICES_MAX:
        raise _refused("jobs", f"{choices:,} ways to begin; at most {CHOICES_MAX:,}")
    if _greatest(problem) > TOTAL_MAX:
        raise _refused("weights and penalties", f"the objective could pass {TOTAL_MAX}, over {q}")


def _greatest(problem: Problem) -> int:
    """A bound of the objective's size in the solver's units, generous."""
    p, q = fraction_of(problem.slot_ms)
    weights, count = problem.weights, problem.count
    options = [option for job in problem.jobs for option in job.options]
    jobs_w = sum(max(map(sum, (o.power_w for o in job.options))) for job in problem.jobs)
    power = problem.power or Power(import_micro=(0,))
    peak_w = sum(max(max(o.height_w) for o in job.options) for job in problem.jobs)
    peak_w += max(power.base_w, default=0) + max(power.solar_w, default=0)
    house_w = jobs_w + sum(power.base_w) + sum(power.solar_w)
    for battery in problem.batteries:
        house_w += (battery.charge_w_max + battery.discharge_w_max) * count
        peak_w += battery.charge_w_max + battery.discharge_w_max
    price = max(map(abs, (*power.import_micro, *power.export_micro)))
    price += max((b.wear_micro_per_kwh for b in problem.batteries), default=0)
    metered = (
        house_w * p * (weights.cost * price + weights.co2 * max(power.co2_g_per_kwh, default=0))
    )
    energy_wh = 1000 * house_w * p // q + 1
    others = (
        weights.cost * sum(abs(o.cost_micro) for o in options)
        + weights.latency * sum(abs(o.latency_ms) for o in options)
        + weights.exposure * sum(abs(o.exposure) for o in options)
        + weights.discomfort * sum(max(map(abs, j.discomfort), default=0) for j in problem.jobs)
        + weights.peak * peak_w
        + weights.makespan * count
        + weights.change * len(problem.jobs)
        + sum(job.drop_penalty or 0 for job in problem.jobs)
    )
    bill = house_w * p * price // q + sum(abs(o.cost_micro) for o in options)
    latency = sum(abs(o.latency_ms) for o in options)
    units = {
        "cost_max": bill,
        "energy_max": energy_wh,
        "latency_max": latency,
        "power_max": peak_w * count,
        "not_options": 1,
    }
    for rule in problem.rules:
        most = units.get(rule.kind, count * len(problem.jobs)) + abs(rule.limit)
        others += (rule.penalty or 0) * most
    return metered + q * others
