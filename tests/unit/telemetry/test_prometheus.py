"""Metrics as Prometheus reads them: the whole text."""

from __future__ import annotations

from tarl.telemetry.prometheus import exposition
from tarl.values.metrics import Registry


def test_an_empty_registry_is_an_empty_text() -> None:
    assert exposition(Registry()) == ""


def test_counters_gauges_and_labels() -> None:
    registry = Registry()
    registry.count("queue.tasks_completed", 3, queue='a"b\\c\nd')
    registry.gauge("queue.depth", 2.5)
    assert exposition(registry) == (
        "# HELP tarl_queue_depth queue.depth\n"
        "# TYPE tarl_queue_depth gauge\n"
        "tarl_queue_depth 2.5\n"
        "# HELP tarl_queue_tasks_completed_total queue.tasks_completed\n"
        "# TYPE tarl_queue_tasks_completed_total counter\n"
        'tarl_queue_tasks_completed_total{queue="a\\"b\\\\c\\nd"} 3\n'
    )


def test_histograms_are_cumulative_and_in_seconds() -> None:
    registry = Registry()
    for value_ms in (1, 3, 70_000):
        registry.observe("queue.wait_ms", value_ms, queue="q")
    lines = exposition(registry).splitlines()
    assert lines[1] == "# TYPE tarl_queue_wait_seconds histogram"
    assert lines[2] == 'tarl_queue_wait_seconds_bucket{queue="q",le="0.001"} 1'
    assert lines[4] == 'tarl_queue_wait_seconds_bucket{queue="q",le="0.005"} 2'
    assert lines[-4:] == [
        'tarl_queue_wait_seconds_bucket{queue="q",le="60"} 2',
        'tarl_queue_wait_seconds_bucket{queue="q",le="+Inf"} 3',
        'tarl_queue_wait_seconds_sum{queue="q"} 70.004',
        'tarl_queue_wait_seconds_count{queue="q"} 3',
    ]


def test_names_that_are_spelled_alike_keep_apart() -> None:
    registry = Registry()
    registry.gauge("a.b", 1)
    registry.gauge("a_b", 2)
    samples = [line for line in exposition(registry).splitlines() if not line.startswith("#")]
    assert samples == ["tarl_a_b 1", "tarl_a_b_ 2"]
