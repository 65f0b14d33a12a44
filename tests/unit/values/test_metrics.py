"""The registry: counting, what cannot be counted, threads."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pytest

from tarl.values import metrics as module
from tarl.values.metrics import Registry, Unmeasured


def numbers(registry: Registry) -> dict[str, float]:
    return {name: value for name, _, value in registry.numbers()}


def test_a_counter_adds_and_a_gauge_replaces() -> None:
    registry = Registry()
    registry.count("a.done")
    registry.count("a.done", 4)
    registry.gauge("a.depth", 7)
    registry.gauge("a.depth", -2)
    assert numbers(registry) == {"a.depth": -2, "a.done": 5}


def test_labels_are_the_same_in_any_order() -> None:
    registry = Registry()
    registry.count("a", queue="q", status="s")
    registry.count("a", status="s", queue="q")
    registry.count("a", queue="other", status="s")
    assert [(labels, value) for _, labels, value in registry.numbers()] == [
        ((("queue", "other"), ("status", "s")), 1),
        ((("queue", "q"), ("status", "s")), 2),
    ]


def test_a_duration_falls_into_the_bucket_whose_bound_it_does_not_pass() -> None:
    registry = Registry()
    for value in (0, 1, 1.5, 2, 60_000, 60_001):
        registry.observe("a.wait_ms", value)
    ((_, _, found),) = registry.histograms()
    assert found.buckets[:2] == (2, 2)
    assert found.buckets[-2:] == (1, 1)
    assert (found.observed, found.sum_ms) == (6, 120_005.5)
    assert sum(found.buckets) == found.observed


@pytest.mark.parametrize("amount", [-1, -0.5, nan, inf, -inf], ids=str)
def test_what_a_counter_cannot_be_is_refused_and_counted(amount: float) -> None:
    registry = Registry()
    registry.count("a", 2)
    registry.count("a", amount)
    assert numbers(registry) == {"a": 2, "metrics.refused": 1}


@pytest.mark.parametrize("value", [nan, inf, -inf], ids=str)
def test_a_gauge_is_finite(value: float) -> None:
    registry = Registry()
    registry.gauge("a", value)
    assert numbers(registry) == {"metrics.refused": 1}


@pytest.mark.parametrize("value", [nan, inf, -1], ids=str)
def test_a_duration_is_finite_and_not_negative(value: float) -> None:
    """A wall clock that is set back between two readings must not spoil the sum."""
    registry = Registry()
    registry.observe("a_ms", value)
    assert list(registry.histograms()) == []
    assert numbers(registry) == {"metrics.refused": 1}


def test_a_name_is_of_one_kind() -> None:
    registry = Registry()
    registry.count("a")
    registry.gauge("a", 9)
    registry.observe("a", 9)
    assert numbers(registry) == {"a": 1, "metrics.refused": 2}
    assert {each.name: each.kind for each in registry.series()} == {
        "a": "counter",
        "metrics.refused": "counter",
    }


def test_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERIES_MAX", 3)
    registry = Registry()
    for number in range(10):
        registry.count("a", task=str(number))
    registry.count("a", task="0")
    registry.observe("b_ms", 1)
    found = {labels: value for name, labels, value in registry.numbers() if name == "a"}
    assert len(found) == 3
    assert found[(("task", "0"),)] == 2
    assert numbers(registry)["metrics.dropped"] == 8
    assert list(registry.histograms()) == []


def test_everything_as_data_is_json() -> None:
    registry = Registry()
    registry.count("a", status="x")
    registry.observe("b_ms", 3)
    data = json.loads(json.dumps(registry.as_data(), allow_nan=False))
    assert data[0] == {"name": "a", "kind": "counter", "labels": {"status": "x"}, "value": 1}
    assert data[1]["buckets_ms"]["5"] == 1
    assert (data[1]["count"], data[1]["sum_ms"]) == (1, 3)


def test_what_is_read_is_not_changed_by_what_is_counted_meanwhile() -> None:
    registry = Registry()
    registry.count("a")
    reading = registry.numbers()
    registry.count("a")
    registry.count("b")
    assert list(reading) == [("a", (), 1)]


def test_threads_lose_nothing() -> None:
    """With threads that are switched all the time, an unlocked read and write loses counts."""
    registry = Registry()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(_: int) -> None:
        for number in range(2_000):
            registry.count("a", queue=str(number % 3))
            registry.observe("b_ms", number)

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    assert sum(value for _, _, value in registry.numbers()) == 16_000
    ((_, _, found),) = registry.histograms()
    assert found.observed == sum(found.buckets) == 16_000
    assert found.sum_ms == 8 * sum(range(2_000))


def test_code_that_nobody_watches_counts_nothing() -> None:
    nobody = Unmeasured()
    nobody.count("a")
    nobody.gauge("a", 1)
    nobody.observe("a", nan)
