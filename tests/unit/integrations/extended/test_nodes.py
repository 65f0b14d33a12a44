"""Nodes: capability, priority, load and rules decide; loads are counted in the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations.orchestration_extended import MetaOrchestrator, OrchestratorNode
from tarl.routing.uptime import Mark


class HandUptime:
    ms = 1_000

    def mark(self) -> Mark:
        return Mark("boot", self.ms)


@pytest.fixture
def uptime() -> HandUptime:
    return HandUptime()


@pytest.fixture
def open_meta(journal: Path, uptime: HandUptime) -> Callable[[], MetaOrchestrator]:
    return lambda: MetaOrchestrator(journal=journal, uptime=uptime)


@pytest.fixture
def meta(open_meta: Callable[[], MetaOrchestrator]) -> MetaOrchestrator:
    return open_meta()


def test_capability_then_priority_then_load(meta: MetaOrchestrator) -> None:
    meta.register_orchestrator("low", ["ml"], priority=1)
    meta.register_orchestrator("a", ["ml"], priority=10)
    meta.register_orchestrator("b", ["ml", "data"], priority=10)
    assert {meta.route_task("t", ["ml"]), meta.route_task("t", ["ml"])} == {"a", "b"}
    assert meta.route_task("t", ["data"]) == "b"
    assert meta.route_task("t", ["ml"]) == "a"
    assert meta.route_task("t", ["vision"]) is None


def test_a_full_node_takes_nothing(
    meta: MetaOrchestrator, open_meta: Callable[[], MetaOrchestrator]
) -> None:
    meta.register_orchestrator("n", ["ml"], max_load=1)
    assert meta.route_task("t", ["ml"]) == "n"
    assert open_meta().route_task("t", ["ml"]) is None
    open_meta().release_task("n")
    assert meta.get_node("n") == OrchestratorNode("n", ["ml"], 0, 0, 1)
    meta.release_task("n")  # it has none
    assert meta.get_node("n").load == 0
    assert meta.route_task("t", ["ml"]) == "n"


def test_rules_are_asked_first(meta: MetaOrchestrator) -> None:
    meta.register_orchestrator("fast", ["ml"], priority=10)
    meta.register_orchestrator("night", ["ml"], priority=1, max_load=1)
    meta.register_orchestrator("other", ["data"], priority=99)
    meta.add_routing_rule("batch_*", "night", priority=5)
    meta.add_routing_rule("batch_*", "other", priority=9)  # cannot do it
    assert [r["target"] for r in meta.get_routing_rules()] == ["other", "night"]
    assert meta.explain("batch_x", ["ml"])["node"] == "night"
    assert meta.route_task("batch_x", ["ml"]) == "night"
    assert meta.route_task("batch_x", ["ml"]) == "fast"  # the rule's node is full
    assert meta.route_task("online", ["ml"]) == "fast"


def test_a_rule_again_sets_its_priority(
    meta: MetaOrchestrator, open_meta: Callable[[], MetaOrchestrator]
) -> None:
    for priority in (1, 1, 7):
        meta.add_routing_rule("ml_*", "n", priority)
    assert open_meta().get_routing_rules() == [{"pattern": "ml_*", "target": "n", "priority": 7}]


def test_a_node_keeps_its_load_when_registered_anew(meta: MetaOrchestrator) -> None:
    meta.register_orchestrator("n", ["ml"])
    meta.route_task("t", ["ml"])
    meta.register_orchestrator("n", ["ml", "data"], priority=3)
    assert meta.get_node("n") == OrchestratorNode("n", ["data", "ml"], 3, 1, 100)
    assert meta.get_status() == {"nodes": 1}


def test_named_tasks(meta: MetaOrchestrator) -> None:
    meta.register_orchestrator("a", ["ml"], priority=2)
    meta.register_orchestrator("b", ["ml"])
    assert meta.route_task("t", ["ml"], task_id="x") == "a"
    assert meta.route_task("t", ["ml"], task_id="x") == "a"
    assert meta.get_node("a").load == 1
    with pytest.raises(ValueError, match="is node a's"):
        meta.release_task("b", task_id="x")
    meta.release_task("a", task_id="x")
    assert meta.get_node("a").load == 0


def test_a_silent_node_loses_its_tasks(meta: MetaOrchestrator, uptime: HandUptime) -> None:
    meta.register_orchestrator("a", ["ml"], priority=9, heartbeat_interval=10)
    meta.register_orchestrator("b", ["ml"])
    assert meta.route_task("t", ["ml"], task_id="x") == "a"
    uptime.ms += 9_000
    meta.heartbeat("a")
    uptime.ms += 9_000
    assert meta.failover() == []
    uptime.ms += 60_000
    assert meta.failover() == ["x"]
    assert (meta.get_node("a").state, meta.get_node("b").load) == ("silent", 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"node_id": ""},
        {"capabilities": "ml"},
        {"capabilities": [7]},
        {"priority": "high"},
        {"max_load": 0},
        {"max_load": -1},
        {"max_load": True},
        {"heartbeat_interval": 0},
    ],
    ids=lambda bad: "_".join(f"{k}_{v}" for k, v in bad.items()),
)
def test_bad_nodes_are_refused(meta: MetaOrchestrator, bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (every message differs)
        meta.register_orchestrator(**{"node_id": "n", "capabilities": ["ml"], **bad})
    assert meta.get_nodes() == []


def test_unknown_nodes(meta: MetaOrchestrator) -> None:
    for call in (meta.release_task, meta.heartbeat, meta.drain, meta.get_node):
        with pytest.raises(KeyError, match="no node 'nobody'"):
            call("nobody")
    with pytest.raises(ValueError, match="pattern"):
        meta.add_routing_rule("", "n")


def test_many_at_once_pass_no_limit(
    meta: MetaOrchestrator, open_meta: Callable[[], MetaOrchestrator]
) -> None:
    meta.register_orchestrator("n", ["ml"], max_load=5)
    routed: list[str] = []

    def route() -> None:
        mine = open_meta()
        routed.extend(node for _ in range(3) if (node := mine.route_task("t", ["ml"])))

    threads = [threading.Thread(target=route) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert routed == ["n"] * 5
    assert meta.get_node("n").load == 5
