"""Whether conditions hold when a step is due: what nobody knows lets nothing go."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.planning.context import DeviceState
from tarl.planning.execution.handover import Observed
from tarl.planning.execution.moment import holds_now, may_go

WINDOW = {"window": DeviceState(state="Open", observed_ms=0)}
GONE = {"window": DeviceState(state="open", observed_ms=0, is_online=False)}


@pytest.mark.parametrize(
    ("subject", "state", "so", "not_so"),
    [
        ("occupancy", "asleep", {"asleep": 500}, {"asleep": 499}),
        ("occupancy", "awake", {"asleep": 499}, {"asleep": 500}),
        ("occupancy", "home", {"home": 500}, {"home": 499}),
        ("occupancy", "away", {"home": 499}, {"home": 500}),
        ("weather", "cold", {"temperature": 50}, {"temperature": 51}),
        ("weather", "hot", {"temperature": 250}, {"temperature": 249}),
        ("weather", "raining", {"weather": "raining"}, {"weather": "sunny"}),
        ("price", "negative", {"price_micro": -1}, {"price_micro": 0}),
        (
            "price",
            "high",
            {"price_micro": 115, "mean_price_micro": 100},
            {"price_micro": 114, "mean_price_micro": 100},
        ),
        (
            "price",
            "low",
            {"price_micro": 85, "mean_price_micro": 100},
            {"price_micro": 86, "mean_price_micro": 100},
        ),
        ("solar", "surplus", {"solar_w": 301, "base_w": 300}, {"solar_w": 300, "base_w": 300}),
    ],
)
def test_what_is_so_is_not_so_or_nobody_knows(
    subject: str, state: str, so: dict[str, Any], not_so: dict[str, Any]
) -> None:
    condition = {"subject": subject, "state": state}
    assert holds_now(condition, Observed(at_ms=0, **so)) is True
    assert holds_now(condition, Observed(at_ms=0, **not_so)) is False
    assert holds_now(condition, Observed(at_ms=0)) is None


@pytest.mark.parametrize(
    ("subject", "state", "so", "not_so"),
    [
        ("weather", "above", {"temperature": 221}, {"temperature": 220}),
        ("weather", "below", {"temperature": 219}, {"temperature": 220}),
        ("solar", "above", {"solar_w": 221}, {"solar_w": 220}),
        ("solar", "below", {"solar_w": 219}, {"solar_w": 220}),
    ],
)
def test_what_is_measured_lies_above_or_below_a_value(
    subject: str, state: str, so: dict[str, Any], not_so: dict[str, Any]
) -> None:
    condition = {"subject": subject, "state": state, "value": 220}
    assert holds_now(condition, Observed(at_ms=0, **so)) is True
    assert holds_now(condition, Observed(at_ms=0, **not_so)) is False
    assert holds_now(condition, Observed(at_ms=0)) is None


def test_a_device_that_does_not_answer_is_in_no_state() -> None:
    condition = {"subject": "device", "device": "window", "state": "open"}
    assert holds_now(condition, Observed(at_ms=0, states=WINDOW)) is True
    assert holds_now({**condition, "state": "closed"}, Observed(at_ms=0, states=WINDOW)) is False
    assert holds_now(condition, Observed(at_ms=0, states=GONE)) is None
    assert holds_now(condition, Observed(at_ms=0)) is None


def test_modes_are_on_or_not() -> None:
    condition = {"subject": "mode", "state": "vacation"}
    assert holds_now(condition, Observed(at_ms=0, modes=("vacation",))) is True
    assert holds_now(condition, Observed(at_ms=0)) is False


def test_what_nobody_judges_does_not_hold() -> None:
    assert holds_now({"subject": "moon", "state": "full"}, Observed(at_ms=0)) is None


@pytest.mark.parametrize(
    ("operator", "asleep", "goes"),
    [
        ("neq", 900, False),
        ("neq", 0, True),
        ("neq", None, False),
        ("eq", 900, True),
        ("eq", 0, False),
        ("eq", None, False),
    ],
)
def test_only_what_is_known_lets_a_step_go(operator: str, asleep: int | None, goes: bool) -> None:
    only_if = {"operator": operator, "subject": "occupancy", "state": "asleep"}
    found, why = may_go(only_if, Observed(at_ms=0, asleep=asleep))
    assert found is goes
    assert bool(why) is not goes
    assert ("nobody knows" in why) is (asleep is None)


def test_without_a_condition_it_goes() -> None:
    assert may_go(None, Observed(at_ms=0)) == (True, "")
