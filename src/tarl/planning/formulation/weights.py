"""What is weighed how: the five strategies as vectors over one objective.

One unit of each term is worth so many hundredths of a micro-unit of money. Where a strategy is
balanced, a gram of CO2 is worth 50 micro-units (50 EUR a tonne), a minute of waiting 20, a
millisecond of latency 10, a unit of exposure 20,000. The other strategies weigh one term so much
that the rest only breaks ties.
"""

from __future__ import annotations

from collections.abc import Sequence

from tarl.planning.plan import Strategy
from tarl.planning.problem import Weights
from tarl.planning.task import Goal, TaskSpec

_BALANCED = Weights(cost=100, latency=1_000, discomfort=2_000, exposure=2_000_000, co2=5_000)

VECTORS: dict[Strategy, Weights] = {
    Strategy.BALANCED: _BALANCED,
    Strategy.COST_OPTIMIZED: Weights(cost=100, latency=1, discomfort=2, exposure=1),
    Strategy.LATENCY_OPTIMIZED: Weights(cost=1, latency=100_000, discomfort=100, exposure=1),
    Strategy.COMFORT_OPTIMIZED: Weights(cost=1, latency=1, discomfort=100_000, exposure=1),
    Strategy.PRIVACY_FIRST: Weights(cost=10, latency=1, discomfort=2, exposure=10_000_000),
}
"""Strategy -> the weight of a unit of each term."""

_STRATEGY_OF: dict[tuple[str, str], Strategy] = {
    ("minimize", "cost"): Strategy.COST_OPTIMIZED,
    ("optimize", "cost"): Strategy.COST_OPTIMIZED,
    ("minimize", "energy"): Strategy.COST_OPTIMIZED,
    ("optimize", "energy"): Strategy.COST_OPTIMIZED,
    ("minimize", "latency"): Strategy.LATENCY_OPTIMIZED,
    ("optimize", "latency"): Strategy.LATENCY_OPTIMIZED,
    ("maximize", "comfort"): Strategy.COMFORT_OPTIMIZED,
    ("optimize", "comfort"): Strategy.COMFORT_OPTIMIZED,
    ("maximize", "privacy"): Strategy.PRIVACY_FIRST,
    ("maximize", "security"): Strategy.PRIVACY_FIRST,
    ("optimize", "privacy"): Strategy.PRIVACY_FIRST,
    ("optimize", "balanced"): Strategy.BALANCED,
}

_CO2, _PEAK = 500_000, 500_000


def strategy_for(task: TaskSpec) -> Strategy:
    """The strategy that a task's goals ask for; balanced when they ask for none, or for several.

    Who says of everything that is to be done when it begins, and neither until when nor what for,
    wants it then: waiting weighs most.
    """
    asked = {
        _STRATEGY_OF[goal.type, goal.target]
        for goal in objectives(task.goals)
        if (goal.type, goal.target) in _STRATEGY_OF
    }
    rules = {str(bound.value) for bound in task.constraints if bound.type == "tariff"}
    if rules & {"cheapest", "off_peak"}:
        asked.add(Strategy.COST_OPTIMIZED)
    if not asked and not rules and not objectives(task.goals) and _is_at_a_time(task):
        return Strategy.COMFORT_OPTIMIZED
    return asked.pop() if len(asked) == 1 else Strategy.BALANCED


_LEAVES_OPEN = frozenset({"deadline", "window", "price", "cost", "energy"})
"""Rules that leave it to the planner when something is done, or bound what it may cost."""


def _is_at_a_time(task: TaskSpec) -> bool:
    """Whether each thing to be done is said to begin at a time, and nothing leaves another open."""
    if any(b.type in _LEAVES_OPEN and not b.is_start for b in task.constraints):
        return False
    begun = {goal for b in task.constraints if b.is_start for goal in b.goals}
    doing = {goal.id for goal in task.goals if goal.type in ("achieve", "keep")}
    return bool(doing) and doing <= begun


def objectives(goals: Sequence[Goal]) -> list[Goal]:
    """The goals that are objectives."""
    return [goal for goal in goals if goal.type in ("optimize", "minimize", "maximize")]


def weights_for(task: TaskSpec, strategy: Strategy) -> Weights:
    """The strategy's vector, with what the task's goals weigh besides."""
    base = VECTORS[strategy]
    co2, peak = base.co2, base.peak
    for goal in objectives(task.goals):
        scale = max(1, round(goal.weight * 1_000))
        if goal.target == "co2" or counts_grid(task):
            co2 = max(co2, _CO2 * scale // 1_000)
        elif goal.target == "peak_power":
            peak = max(peak, _PEAK * scale // 1_000)
    if any(bound.type == "tariff" and bound.value == "greenest" for bound in task.constraints):
        co2 = max(co2, _CO2)
    return Weights(
        cost=base.cost,
        latency=base.latency,
        discomfort=base.discomfort,
        exposure=base.exposure,
        co2=co2,
        peak=peak,
    )


def counts_grid(task: TaskSpec) -> bool:
    """Whether as little as can be is to be drawn from the grid: each watt-hour then counts as a
    gram of carbon would."""
    return any(
        goal.target in ("grid_import", "solar_use") for goal in objectives(task.goals)
    ) and not any(goal.target == "co2" for goal in task.goals)
