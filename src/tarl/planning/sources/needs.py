"""What a task rests on, and which doubts of a snapshot stand in its way.

A goal or a rule rests on what its words name: a cheap time on prices, an empty house on people. A
doubt stands in the way when it blocks one of these (``reading.BLOCKS``). So does knowing nothing:
a home without a forecast of the sun has no doubt about it until somebody asks for the sun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tarl.errors import Unavailable
from tarl.planning.context import ContextSnapshot, Doubt
from tarl.planning.task import Constraint, Goal

_OF_GOALS: Mapping[str, str] = {
    "cost": "cost",
    "co2": "co2",
    "solar_use": "solar_use",
}
_OF_TARIFFS: Mapping[str, str] = {
    "cheapest": "tariff",
    "off_peak": "tariff",
    "solar_only": "solar",
    "greenest": "co2",
}
_OF_RULES = frozenset({"cost", "price"})
_TEMPERATURES = frozenset({"cold", "hot", "above", "below"})
_SERIES: Mapping[str, tuple[str, str]] = {
    "co2": ("co2_g_per_kwh", "the carbon of the grid's power"),
    "occupancy": ("home", "who is at home"),
    "solar": ("solar_w", "the power of the sun"),
    "solar_use": ("solar_w", "the power of the sun"),
    "weather": ("temperature", "the weather"),
}
"""Which part of a snapshot holds what is needed, and what people call it."""


def needs_of(goals: Iterable[Goal], constraints: Iterable[Constraint]) -> frozenset[str]:
    """What goals and hard rules rest on, in the words of ``Doubt.blocks``."""
    return frozenset((*_of_goals(goals), *_of_rules(constraints)))


def blocking(
    goals: Iterable[Goal], constraints: Iterable[Constraint], snapshot: ContextSnapshot
) -> tuple[Doubt, ...]:
    """The doubts that stand in the way of a task, and what nobody knows of at all."""
    needs = needs_of(goals, constraints)
    doubts = tuple(doubt for doubt in snapshot.doubts if needs.intersection(doubt.blocks))
    told = {need for doubt in doubts for need in doubt.blocks}
    return (*doubts, *_unknown(needs - told, snapshot))


def _unknown(needs: Iterable[str], snapshot: ContextSnapshot) -> Iterator[Doubt]:
    for need in sorted(needs):
        part, noun = _SERIES.get(need, ("", ""))
        if part and all(value is None for value in getattr(snapshot, part)):
            yield Doubt(
                code="source.none", text=f"{noun} is not known", source=need, blocks=(need,)
            )


def refuse_blocked(
    goals: Iterable[Goal], constraints: Iterable[Constraint], snapshot: ContextSnapshot
) -> None:
    """Refuses a task that rests on what is stale or not known.

    Raises:
        Unavailable: ``source.blocks``, with the codes and texts of the doubts.
    """
    doubts = blocking(goals, constraints, snapshot)
    if doubts:
        raise Unavailable(
            f"what this rests on is not to be relied on: {'; '.join(each.text for each in doubts)}",
            code="source.blocks",
            next_step="bring the source up to date, or ask for something that does not rest on it",
            doubts=[{"code": each.code, "source": each.source} for each in doubts],
        )


def _of_goals(goals: Iterable[Goal]) -> Iterator[str]:
    for goal in goals:
        if goal.type not in ("achieve", "keep") and goal.target in _OF_GOALS:
            yield _OF_GOALS[goal.target]


def _of_rules(constraints: Iterable[Constraint]) -> Iterator[str]:
    for rule in constraints:
        if not rule.hard:
            continue
        if rule.type in _OF_RULES:
            yield rule.type
        elif rule.type == "tariff" and isinstance(rule.value, str):
            yield _OF_TARIFFS.get(rule.value, "tariff")
        elif rule.type == "condition" and isinstance(rule.value, Mapping):
            subject, state = rule.value.get("subject"), rule.value.get("state")
            # That it rains is for the moment itself to tell; how warm it will be is forecast.
            if subject != "weather" or state in _TEMPERATURES:
                yield str(subject)
