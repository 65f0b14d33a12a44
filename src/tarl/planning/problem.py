"""The scheduling problem as numbers: what crosses to the solver's process, and what comes back.

Nothing here knows a home. A job is started once, in one of its options, and then runs without a
break; resources have a capacity in each slot; every bound that a person may have set is a rule with
an id, so that a conflict can name it. The objective is a weighted sum of integer terms.

1. A solution is judged by ``Problem`` alone: the same problem, seed and time give the same answer
   whenever the solver proved it optimal.
2. Slots are half-open indices into ``count``; a job of length n started at s fills ``s .. s+n-1``.
3. Where the power balance is given, import and export are decided slot by slot:
   ``import - export = base + jobs + charge - discharge - solar`` in watts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

JOBS_MAX = 500
TIME_LIMIT_MS_MAX = 300_000


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to do a job: on this device, computed there, drawing so much.

    Attributes:
        id: Unique in its job (``dishwasher@local_device``).
        power_w: In each slot that it fills; its length is the duration in slots, at least 1.
        beyond_w: How much more than ``power_w`` it draws at times, in each slot; limits of power
            count it, energy and cost do not. Nothing when empty, else of the same length.
        demands: What it takes of resources by id, constant while it runs.
        cost_micro: Beside the power (a cloud's fee).
        latency_ms: Of the placement.
        exposure: How much leaves the house, 0 for nothing.
        starts: Slots at which it may begin; any when None.
    """

    id: str
    power_w: tuple[int, ...]
    beyond_w: tuple[int, ...] = ()
    demands: dict[str, int] = {}
    cost_micro: int = 0
    latency_ms: int = 0
    exposure: int = 0
    starts: tuple[int, ...] | None = None

    @property
    def height_w(self) -> tuple[int, ...]:
        """What it draws at most in each slot that it fills."""
        if not self.beyond_w:
            return self.power_w
        return tuple(map(sum, zip(self.power_w, self.beyond_w, strict=True)))


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be done once.

    Attributes:
        id: Unique.
        options: Ways to do it, at least one.
        after: Jobs that must have ended before it begins, and slots to wait after each.
        drop_penalty: What leaving it out costs; it cannot be left out when None.
        discomfort: For each slot, what beginning in it costs in discomfort; empty for nothing.
    """

    id: str
    options: tuple[Option, ...]
    after: dict[str, int] = {}
    drop_penalty: int | None = None
    discomfort: tuple[int, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bound that somebody set; what a conflict names, and what may be relaxed.

    Kinds:
        ``forbid``: no part of ``jobs`` (all when empty) in ``slots``.
        ``end_by``: ``jobs`` have ended when slot ``limit`` begins.
        ``start_from``: ``jobs`` do not begin before slot ``limit``.
        ``cost_max``: the bill of ``jobs``, options' cost included, is at most ``limit``
            micro-units. A job's bill is its energy at the import price, less what its own share of
            the sun saves where ``Power.solar_first`` says so.
        ``energy_max``: the jobs' energy is at most ``limit`` watt-hours.
        ``latency_max``: the sum of chosen options' latencies is at most ``limit``.
        ``power_max``: the house imports at most ``limit`` watts in ``slots`` (all when empty), with
            what options draw beyond their mean.
        ``not_options``: of ``jobs``, the options in ``options`` are not chosen.

    Attributes:
        id: The constraint's (``c2``, ``house:quiet``).
        kind: See above.
        jobs, slots, options, limit: What the kind needs.
        penalty: Hard when None; else what breaking it costs: for each slot for ``forbid``, once for
            ``not_options``, for each unit beyond the limit else.
        is_essential: Whether nobody may give it up: no way out of a conflict is without it.
        text: For people; the solver does not read it.
    """

    id: str
    kind: Literal[
        "forbid",
        "end_by",
        "start_from",
        "cost_max",
        "energy_max",
        "latency_max",
        "power_max",
        "not_options",
    ]
    jobs: tuple[str, ...] = ()
    slots: tuple[int, ...] = ()
    options: tuple[str, ...] = ()
    limit: int = 0
    penalty: int | None = None
    is_essential: bool = False
    text: str = ""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """Something of which there is so much in each slot (``capacity`` has one value, or one a slot).
    A device that does one thing at a time is a resource of capacity 1."""

    id: str
    capacity: tuple[int, ...]


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A store of energy that the plan may charge and discharge in every slot.

    ``level_wh_by``: at the beginning of a slot, at least so much must be in it (a car that leaves).
    ``available``: slots in which it is connected; all when empty. ``efficiency``: permille, of a
    cycle; the loss is taken while charging.
    """

    id: str
    capacity_wh: int
    charge_w_max: int
    discharge_w_max: int
    initial_wh: int
    reserve_wh: int = 0
    efficiency: int = 900
    wear_micro_per_kwh: int = 0
    level_wh_by: dict[int, int] = {}
    available: tuple[int, ...] = ()


class Power(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The power balance of the house; lists have one value a slot. Without it no power is counted.

    Attributes:
        import_micro: Price of a kilowatt-hour drawn, micro-units; may be negative.
        export_micro: Price of one fed in; it may be more than that of one drawn: a slot has one
            balance, and what is drawn in it is never fed in as well.
        base_w: What the house draws besides.
        solar_w: What the sun gives.
        import_w_max: What the connection carries.
        export_w_max: What may be fed in.
        co2_g_per_kwh: Of what is drawn.
        solar_first: Whether a job's own bill counts the sun that is left over the base load.
    """

    import_micro: tuple[int, ...]
    export_micro: tuple[int, ...] = ()
    base_w: tuple[int, ...] = ()
    solar_w: tuple[int, ...] = ()
    import_w_max: int | None = None
    export_w_max: int | None = None
    co2_g_per_kwh: tuple[int, ...] = ()
    solar_first: bool = False


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of each term weighs in the objective, in parts; a strategy is such a vector.

    Units: cost micro-units; latency milliseconds; discomfort as the jobs say; exposure as the
    options say; co2 grams; peak watts of the highest import; makespan slots; change a moved job.
    """

    cost: int = 1
    latency: int = 0
    discomfort: int = 0
    exposure: int = 0
    co2: int = 0
    peak: int = 0
    makespan: int = 0
    change: int = 0


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is planned: begins with ``start``, done in the option."""

    job: str
    option: str
    start: int


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a solution comes to, term by term, in the units of ``Weights``; ``penalty`` is that of
    soft rules and of jobs left out. ``cost`` is the whole bill: import less export, options' cost
    and wear. ``energy_wh`` is what the jobs use."""

    cost: int = 0
    latency: int = 0
    discomfort: int = 0
    exposure: int = 0
    co2: int = 0
    peak: int = 0
    makespan: int = 0
    change: int = 0
    penalty: int = 0
    energy_wh: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the solver is asked.

    Attributes:
        slot_ms, count: The grid.
        jobs, rules, resources, batteries, power: See there.
        weights: The objective.
        frozen: Jobs whose place is given and stays.
        before: An earlier plan, as a hint and for the change term.
        alternatives: How many further plans that really differ are wanted.
        alternative_slack: How much worse than the best, in permille of the objective, one may be.
        priced: Ids of rules whose price is wanted: how much better it would be without each.
        time_limit_ms: After which the best known is given.
        seed: Of the search.
        workers: Threads of the search.
    """

    slot_ms: int
    count: int
    jobs: tuple[Job, ...]
    rules: tuple[Rule, ...] = ()
    resources: tuple[Resource, ...] = ()
    batteries: tuple[Battery, ...] = ()
    power: Power | None = None
    weights: Weights = Weights()
    frozen: tuple[Placed, ...] = ()
    before: tuple[Placed, ...] = ()
    alternatives: int = 0
    alternative_slack: int = 200
    priced: tuple[str, ...] = ()
    time_limit_ms: int = 5_000
    seed: int = 0
    workers: int = 2


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where everything goes.

    ``charge_w`` and ``discharge_w`` are by battery, one value a slot; ``broken`` the ids of soft
    rules that it breaks, ``dropped`` the jobs that it leaves out.
    """

    placed: tuple[Placed, ...]
    terms: Terms
    objective: int
    charge_w: dict[str, tuple[int, ...]] = {}
    discharge_w: dict[str, tuple[int, ...]] = {}
    broken: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """A way out of a conflict: without these rules there is this schedule."""

    without: tuple[str, ...]
    schedule: Schedule
    is_optimal: bool


class RulePrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule costs: without it the objective and the bill would be lower by so much; 0 where
    it binds nothing. ``is_proven`` when both solutions were."""

    objective: int
    cost_micro: int
    is_proven: bool


Status = Literal["optimal", "feasible", "infeasible", "unknown"]


class Solution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the solver answers.

    Attributes:
        status: ``optimal``: proven; ``feasible``: the best known when time was up; ``infeasible``:
            proven that there is none; ``unknown``: time was up with nothing known.
        schedule: The best one.
        bound: No schedule has a lower objective.
        alternatives: Further ones, each better than the others in some term.
        conflict: Where infeasible: ids of rules that cannot all hold, none of them dispensable;
            empty when the jobs and resources alone are contradictory.
        relaxations: Ways out of it, each with what it comes to, the cheapest first.
        prices: What the rules in ``Problem.priced`` cost, as far as time allowed.
        wall_ms: How long it took.
    """

    status: Status
    schedule: Schedule | None = None
    bound: int | None = None
    alternatives: tuple[Schedule, ...] = ()
    conflict: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    prices: dict[str, RulePrice] = {}
    wall_ms: int = 0

    @property
    def gap(self) -> float | None:
        """How far the schedule may be from the best, as a share of its objective; 0 when proven."""
        if self.schedule is None or self.bound is None:
            return None
        distance = self.schedule.objective - self.bound
        return max(0.0, distance / max(1, abs(self.schedule.objective)))
