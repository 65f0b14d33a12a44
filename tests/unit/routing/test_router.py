"""Routing, releasing and failing over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.unit.routing.parts import Yard, sqlite

from tarl.errors import Conflict, Invalid, Missing
from tarl.journal.store import Batch
from tarl.routing import router as router_module
from tarl.routing.watch import keep_watching


def three(**said: object) -> Yard:
    yard = Yard()
    for name in ("a", "b", "c"):
        yard.nodes.register(name, heartbeat_ms=100, **said)  # type: ignore[arg-type]
    return yard


def bury(yard: Yard, *dead: str) -> None:
    """Let all but those be heard of, after a silence that none survives."""
    yard.machine.ms += 101
    for node in yard.nodes.ls():
        if node.node not in dead:
            yard.nodes.heartbeat(node.node)


def test_work_is_spread_and_full_nodes_get_nothing() -> None:
    yard = three(max_load=2)
    decisions = [yard.route("job", task=f"t{n}") for n in range(7)]
    assert [decision.node for decision in decisions] == ["a", "b", "c", "a", "b", "c", None]
    assert yard.loads() == {"a": 2, "b": 2, "c": 2}
    assert decisions[-1].outcome == "none"
    assert yard.assignment("t6") is None


def test_routing_again_gives_the_node_that_it_has() -> None:
    yard = three()
    first = yard.route("job", task="t")
    again = yard.route("job", task="t")
    assert (again.node, again.fence, again.outcome) == (first.node, first.fence, "kept")
    assert sum(yard.loads().values()) == 1


@pytest.mark.parametrize(
    "other", [("other", ()), ("job", ("x",))], ids=["other type", "other capabilities"]
)
def test_an_id_is_not_used_for_other_work(other: tuple[str, tuple[str, ...]]) -> None:
    yard = three(capabilities=["x"])
    yard.route("job", task="t")
    with pytest.raises(Conflict) as refused:
        yard.route(other[0], other[1], task="t")
    assert refused.value.code == "route.task_exists"
    assert sum(yard.loads().values()) == 1


def test_required_capabilities_are_a_set() -> None:
    yard = three(capabilities=["x", "y"])
    yard.route("job", ["y", "x"], task="t")
    assert yard.route("job", ["x", "y", "x"], task="t").outcome == "kept"


def test_work_without_an_id_is_given_one() -> None:
    yard = three()
    assert yard.route("job").task == "drawn-1"
    yard._draw_id = None
    with pytest.raises(Invalid):
        yard.route("job")


@pytest.mark.parametrize("task_type", ["", "a\x00b"])
def test_a_type_that_cannot_be_one_is_refused(task_type: str) -> None:
    with pytest.raises(Invalid):
        Yard().route(task_type)


def test_draining_nodes_keep_what_they_have_and_get_nothing_new() -> None:
    yard = three()
    yard.route("job", task="t")
    yard.nodes.drain("a")
    assert yard.route("job", task="t").node == "a"
    assert {yard.route("job").node for _ in range(6)} == {"b", "c"}


def test_rules_are_consulted() -> None:
    yard = three()
    yard.rules.add("ml_*", node="c", priority=1)
    decision = yard.route("ml_train")
    assert (decision.node, decision.rule) == ("c", "r1")
    assert yard.route("web").node == "a"


def test_explaining_assigns_nothing() -> None:
    yard = three()
    decision = yard.explain("job")
    assert (decision.node, decision.outcome, decision.fence) == ("a", "explained", None)
    assert yard.loads() == {"a": 0, "b": 0, "c": 0}
    assert decision.text().splitlines() == [
        "job goes to a",
        "  by priority and load: it requires nothing",
        "  * a: priority 0, load 0 of 100",
        "  - b: is as good as a, which comes first by name",
        "  - c: is as good as a, which comes first by name",
    ]
    data = decision.as_data()
    assert data["considered"][1]["reasons"] == [
        {"code": "tie", "text": "is as good as a, which comes first by name"}
    ]


def test_releasing_twice_changes_nothing() -> None:
    yard = three()
    yard.route("job", task="t")
    yard.route("job", task="u")
    assert yard.release("t") is True
    assert yard.release("t") is False
    assert yard.release("never") is False
    assert yard.loads() == {"a": 0, "b": 1, "c": 0}


def test_a_late_release_does_not_take_the_work_off_its_new_node() -> None:
    yard = three()
    old = yard.route("job", task="t")
    bury(yard, "a")
    yard.failover("a")
    with pytest.raises(Conflict) as refused:
        yard.release("t", fence=old.fence)
    assert (refused.value.code, refused.value.facts["node"]) == ("route.moved", "b")
    assert yard.loads() == {"a": 0, "b": 1, "c": 0}


def test_a_task_that_is_assigned_anew_has_another_number() -> None:
    yard = three()
    first = yard.route("job", task="t")
    yard.release("t")
    second = yard.route("job", task="t")
    assert (first.fence, second.fence) == (1, 2)
    with pytest.raises(Conflict):
        yard.release("t", fence=first.fence)
    assert yard.release("t", fence=second.fence) is True


def test_the_oldest_assignment_is_released_for_those_who_keep_no_ids() -> None:
    yard = Yard()
    yard.nodes.register("a")
    for task in ("z", "y", "x"):
        yard.route("job", task=task)
    assert [yard.release_oldest("a") for _ in range(4)] == ["z", "y", "x", None]
    with pytest.raises(Missing):
        yard.release_oldest("nobody")


def test_a_dead_node_fails_over() -> None:
    yard = three()
    for number in range(6):
        yard.route("job", task=f"t{number}")
    bury(yard, "a")
    (failover,) = yard.failover_dead()
    assert failover.node == "a"
    assert [(move.task, move.to) for move in failover.moved] == [("t0", "b"), ("t3", "c")]
    assert failover.stranded == ()
    assert yard.loads() == {"a": 0, "b": 3, "c": 3}
    assert yard.failover_dead() == []
    assert yard.failover("a").moved == ()


def test_what_nobody_can_take_stays_until_somebody_can() -> None:
    yard = three(max_load=1)
    for number in range(3):
        yard.route("job", task=f"t{number}")
    bury(yard, "a")
    assert yard.failover("a").stranded == ("t0",)
    assert yard.places() == {"t0": "a", "t1": "b", "t2": "c"}
    yard.release("t2")
    assert [move.to for move in yard.failover("a").moved] == ["c"]
    assert yard.places() == {"t0": "c", "t1": "b"}


def test_failing_over_follows_the_rules_and_capabilities() -> None:
    yard = Yard()
    yard.nodes.register("a", capabilities=["ml"], heartbeat_ms=100, priority=9)
    yard.nodes.register("b", priority=8)
    yard.nodes.register("c", capabilities=["ml"])
    yard.nodes.register("d", capabilities=["ml"])
    yard.route("train", ["ml"], task="t")
    yard.route("learn", ["ml"], task="u")
    yard.rules.add("l*", node="d")
    bury(yard, "a")
    assert {move.task: move.to for move in yard.failover("a").moved} == {"t": "c", "u": "d"}


def test_a_living_node_is_not_failed_over_unless_forced() -> None:
    yard = three()
    yard.route("job", task="t")
    with pytest.raises(Conflict) as refused:
        yard.failover("a")
    assert refused.value.code == "node.alive"
    assert [move.to for move in yard.failover("a", force=True).moved] == ["b"]
    assert yard.route("job").node in ("a", "c")  # it lives, and gets work again


def test_a_node_that_was_given_up_gets_nothing_until_it_is_heard_of() -> None:
    yard = three()
    yard.route("job", task="t")
    bury(yard, "a")
    yard.failover("a")
    yard.machine.ms -= 50  # whatever the clock says: it was given up
    assert yard.nodes.get("a").state == "silent"
    assert "given up" in yard.explain("job").considered[0].reasons[0].text
    assert yard.nodes.heartbeat("a").was_lost
    assert yard.nodes.get("a").state == "active"


def test_routing_a_task_of_a_dead_node_again_moves_it() -> None:
    yard = three()
    first = yard.route("job", task="t")
    bury(yard, "a")
    second = yard.route("job", task="t")
    assert (second.node, second.outcome) == ("b", "moved")
    assert second.fence is not None
    assert first.fence is not None
    assert second.fence > first.fence
    assert second.reasons[0].code == "dead"
    assert yard.loads() == {"a": 0, "b": 1, "c": 0}


def test_a_task_of_a_dead_node_stays_when_no_other_can_take_it() -> None:
    yard = three(max_load=1)
    for number in range(3):
        yard.route("job", task=f"t{number}")
    bury(yard, "a")
    decision = yard.route("job", task="t0")
    assert (decision.node, decision.outcome) == (None, "none")
    assert yard.places()["t0"] == "a"


def test_failing_over_in_parts_looks_at_each_assignment_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(router_module, "MOVED_TOGETHER_MAX", 3)
    yard = Yard()
    yard.nodes.register("a", capabilities=["x", "y"], heartbeat_ms=100)
    for number in range(20):
        yard.route("job", ["x" if number % 3 else "y"], task=f"t{number}")
    yard.nodes.register("b", capabilities=["x"])
    bury(yard, "a")
    failover = yard.failover("a")
    assert {move.task for move in failover.moved} == {f"t{n}" for n in range(20) if n % 3}
    assert failover.stranded == tuple(f"t{n}" for n in range(20) if not n % 3)
    assert yard.loads() == {"a": 7, "b": 13}


def test_lost_loads_are_counted_again() -> None:
    """Coordination rows may be lost; a node's load is then what it is found to have."""
    yard = Yard()
    yard.nodes.register("a", max_load=3)
    yard.route("job", task="t0")
    yard.route("job", task="t1")
    yard.store.commit(
        Batch((), changes=(lambda tables: tables.delete("node_load", "default", "a"),))
    )
    yard.route("job", task="t2")
    assert yard.loads() == {"a": 3}
    assert yard.route("job", task="t3").node is None


def test_two_routers_share_what_they_see(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    first, second = Yard(sqlite(path)), Yard(sqlite(path))
    first.nodes.register("a", max_load=1)
    assert second.route("job", task="t").node == "a"
    assert first.route("job", task="u").node is None
    assert first.route("job", task="t").outcome == "kept"
    second.store.close()
    third = Yard(sqlite(path))
    assert third.loads() == {"a": 1}
    assert third.release("t")
    assert first.route("job", task="u").node == "a"
    first.store.close()
    third.store.close()


def test_a_refused_decision_leaves_nothing_behind() -> None:
    yard = three()
    yard.route("job", task="t")
    before = yard.store.revision()
    with pytest.raises(Conflict):
        yard.route("other", task="t")
    assert yard.places() == {"t": "a"}
    assert yard.loads() == {"a": 1, "b": 0, "c": 0}
    assert yard.store.revision() == before


def test_status_and_metrics_say_how_it_stands() -> None:
    yard = three(max_load=2)
    yard.route("job", task="t")
    yard.route("job", task="u")
    yard.rules.add("*", node="a")
    yard.nodes.drain("b")
    bury(yard, "c")
    assert yard.get_metrics() == {
        "nodes": 3,
        "nodes_active": 1,
        "nodes_draining": 1,
        "nodes_silent": 1,
        "assignments": 2,
        "places_free": 1,
        "rules": 1,
    }
    status = yard.get_status()
    assert [(node["node"], node["state"]) for node in status["nodes"]] == [
        ("a", "active"),
        ("b", "draining"),
        ("c", "silent"),
    ]


def test_what_happens_is_counted() -> None:
    yard = three(max_load=1)
    for number in range(4):
        yard.route("job", task=f"t{number}")
    yard.route("job", task="t0")
    yard.release("t1")
    yard.release("t1")
    bury(yard, "a", "c")
    yard.failover_dead()
    counted = {(name, labels): value for name, labels, value in yard.registry.numbers()}
    assert counted[("routing.decisions", (("outcome", "assigned"),))] == 3
    assert counted[("routing.decisions", (("outcome", "none"),))] == 1
    assert counted[("routing.decisions", (("outcome", "kept"),))] == 1
    assert counted[("routing.released", ())] == 1
    assert counted[("routing.failovers", ())] == 2
    assert counted[("routing.moved", ())] == 1
    assert counted[("routing.stranded", ())] == 1


def test_a_watcher_fails_over_until_it_is_cancelled() -> None:
    yard = three()
    yard.route("job", task="t")
    bury(yard, "a")
    heard: list[str] = []

    async def watch() -> None:
        task = asyncio.create_task(
            keep_watching(yard, every_s=0, tell=lambda failover: heard.append(failover.node))
        )
        while not heard:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(watch())
    assert heard == ["a"]
    assert yard.places() == {"t": "b"}
