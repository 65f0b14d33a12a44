"""Registering, draining, removing nodes; their heartbeats."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.routing.parts import NOON_MS, Yard, sqlite

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.rebuild import changed_tables
from tarl.routing import nodes as nodes_module


def kinds(yard: Yard, node: str) -> list[str]:
    return [event.kind for event in yard.store.read(f"node/default/{node}")]


def test_registering_twice_is_a_heartbeat_and_registering_otherwise_a_change() -> None:
    yard = Yard()
    assert yard.nodes.register("a", capabilities=["x", "x"], heartbeat_ms=100) == "registered"
    yard.machine.ms += 500
    assert yard.nodes.get("a").is_lost
    assert yard.nodes.register("a", capabilities=["x"], heartbeat_ms=100) == "unchanged"
    assert not yard.nodes.get("a").is_lost
    assert yard.nodes.register("a", capabilities=["x", "y"], max_load=7) == "changed"
    assert kinds(yard, "a") == ["node.registered/1", "node.changed/1"]
    known = yard.nodes.get("a")
    assert (known.spec.capabilities, known.spec.max_load) == (("x", "y"), 7)


def test_a_change_keeps_what_the_node_has_and_whether_it_drains() -> None:
    yard = Yard()
    yard.nodes.register("a")
    yard.route("job", task="t")
    yard.nodes.drain("a")
    yard.nodes.register("a", max_load=1)
    assert yard.nodes.get("a").state == "draining"
    assert yard.loads() == {"a": 1}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"max_load": 0}, "node.max_load"),
        ({"max_load": True}, "node.max_load"),
        ({"max_load": 1.5}, "node.max_load"),
        ({"max_load": 100_001}, "node.max_load"),
        ({"priority": 1_000_001}, "node.priority"),
        ({"priority": "high"}, "node.priority"),
        ({"heartbeat_ms": 0}, "node.heartbeat"),
        ({"heartbeat_ms": -5}, "node.heartbeat"),
        ({"capabilities": "ml"}, "node.capabilities"),
        ({"capabilities": [""]}, "id.empty"),
        ({"capabilities": ["x" * 129]}, "node.capabilities"),
        ({"capabilities": [str(n) for n in range(65)]}, "node.capabilities"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_cannot_be_is_refused(said: dict[str, object], code: str) -> None:
    yard = Yard()
    with pytest.raises(Invalid) as refused:
        yard.nodes.register("a", **said)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert yard.nodes.ls() == []


def test_too_many_nodes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_module, "NODES_MAX", 2)
    yard = Yard()
    yard.nodes.register("a")
    yard.nodes.register("b")
    with pytest.raises(Exceeded) as refused:
        yard.nodes.register("c")
    assert refused.value.code == "node.too_many"
    assert yard.nodes.register("b", priority=1) == "changed"
    yard.nodes.remove("a")
    assert yard.nodes.register("c") == "registered"


def test_draining_twice_changes_nothing() -> None:
    yard = Yard()
    yard.nodes.register("a")
    assert yard.nodes.undrain("a") is False
    assert yard.nodes.drain("a", reason="new disk") is True
    assert yard.nodes.drain("a") is False
    assert yard.nodes.undrain("a") is True
    assert kinds(yard, "a")[1:] == ["node.drained/1", "node.undrained/1"]
    events = list(yard.store.read("node/default/a"))
    assert events[1].body == b'{"reason":"new disk"}'


def test_a_node_with_work_is_not_removed() -> None:
    yard = Yard()
    yard.nodes.register("a")
    yard.route("job", task="t")
    with pytest.raises(Conflict) as refused:
        yard.nodes.remove("a")
    assert (refused.value.code, refused.value.facts["load"]) == ("node.busy", 1)
    yard.release("t")
    yard.nodes.remove("a")
    assert yard.nodes.ls() == []
    assert yard.route("job").node is None
    assert yard.nodes.register("a") == "registered"


@pytest.mark.parametrize("deed", ["drain", "undrain", "remove", "heartbeat", "get"])
def test_a_node_that_is_not_there_is_missing(deed: str) -> None:
    yard = Yard()
    yard.nodes.register("b")
    yard.nodes.remove("b")
    for name in ("a", "b"):
        with pytest.raises(Missing) as refused:
            getattr(yard.nodes, deed)(name)
        assert refused.value.code == "node.missing"


def test_a_heartbeat_tells_the_node_what_it_is_to_do() -> None:
    yard = Yard()
    yard.nodes.register("a", heartbeat_ms=100)
    yard.route("job", task="t")
    assert yard.nodes.heartbeat("a") == (False, 1, False)
    yard.nodes.drain("a")
    yard.machine.ms += 101
    assert yard.nodes.heartbeat("a") == (True, 1, True)
    assert yard.nodes.heartbeat("a") == (True, 1, False)


def test_a_node_is_silent_after_its_time_and_not_before() -> None:
    yard = Yard()
    yard.nodes.register("a", heartbeat_ms=100)
    yard.machine.ms += 100
    assert yard.nodes.get("a").state == "active"
    yard.machine.ms += 1
    assert yard.nodes.get("a").state == "silent"


def test_a_node_that_promised_no_heartbeats_is_never_silent() -> None:
    yard = Yard()
    yard.nodes.register("a")
    yard.machine.ms += 10**12
    assert yard.nodes.get("a").state == "active"


@pytest.mark.parametrize("step_ms", [3_600_000, -3_600_000], ids=["forward", "back"])
def test_a_step_of_the_wall_clock_buries_nobody_and_raises_nobody(step_ms: int) -> None:
    yard = Yard()
    yard.nodes.register("alive", heartbeat_ms=100)
    yard.nodes.register("dead", heartbeat_ms=100)
    yard.machine.ms += 101
    yard.nodes.heartbeat("alive")
    yard.hand.at_ms += step_ms
    assert {node.node: node.state for node in yard.nodes.ls()} == {
        "alive": "active",
        "dead": "silent",
    }
    assert [one.node for one in yard.failover_dead()] == []  # nothing to move


def test_after_a_restart_of_the_machine_nodes_are_given_their_time() -> None:
    yard = Yard()
    yard.nodes.register("a", heartbeat_ms=100)
    yard.machine.boot, yard.machine.ms = "second", 60
    assert yard.nodes.get("a").state == "active"
    yard.machine.ms = 101
    assert yard.nodes.get("a").state == "silent"
    yard.nodes.heartbeat("a")
    assert yard.nodes.get("a").state == "active"


def test_nodes_of_another_tenant_are_not_there() -> None:
    yard = Yard()
    yard.nodes.register("a")
    other = Yard(yard.store, tenant="acme")
    assert other.nodes.ls() == []
    assert other.route("job", task="t").node is None
    with pytest.raises(Missing):
        other.nodes.drain("a")
    other.nodes.register("a", priority=3)
    assert yard.nodes.get("a").spec.priority == 0


def test_names_of_any_kind_keep_apart() -> None:
    yard = Yard()
    names = ["a/b", "a%2Fb", "ä ö", "..", "a"]
    for name in names:
        yard.nodes.register(name)
    assert sorted(node.node for node in yard.nodes.ls()) == sorted(names)


def test_the_tables_are_what_the_events_say(tmp_path: Path) -> None:
    store = sqlite(tmp_path / "j.db")
    yard = Yard(store)
    for name in ("a", "b", "c"):
        yard.nodes.register(name, capabilities=["x"])
    yard.nodes.register("a", priority=2)
    yard.nodes.drain("b")
    yard.nodes.remove("c")
    rule = yard.rules.add("j*", node="a")
    yard.rules.add("k*", capabilities=["x"])
    yard.rules.remove(rule.rule)
    assert list(changed_tables(store)) == []
    store._writer.execute("UPDATE node SET priority = 7 WHERE node = 'a'")
    assert [name for name, _ in changed_tables(store)] == ["node"]
    store.close()


def test_what_is_recorded_has_the_wall_clock_s_time() -> None:
    yard = Yard()
    yard.nodes.register("a")
    event = next(iter(yard.store.read("node/default/a")))
    assert event.recorded_at_ms == NOON_MS
    assert event.body == b'{"capabilities":[],"max_load":100,"priority":0}'
