"""Processes that route at the same time: no node gets too much, no task gets two nodes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.warm.process import popen

from tarl.engines.embedded.clock import SystemClock
from tarl.routing.router import Router
from tarl.routing.uptime import SystemUptime
from tarl.storage import open_store

RACERS = 4
ROUNDS = 25
NODES = {"a": 13, "b": 20, "c": 9}


def test_processes_that_route_at_once_never_pass_a_node_s_largest_load(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    store = open_store(path, synchronous="NORMAL")
    router = Router(store, clock=SystemClock(), uptime=SystemUptime())
    for node, max_load in NODES.items():
        router.nodes.register(node, max_load=max_load)
    said = race(path)

    places = {each.task: each.node for each in router.assignments()}
    loads = {node.node: node.load for node in router.nodes.ls()}
    held = list(places.values())
    assert loads == {node: held.count(node) for node in NODES}
    assert all(loads[node] <= most for node, most in NODES.items())
    assert [one["over"] for one in said] == [0] * RACERS

    # More was asked for than there is room: 25 shared tasks and 4 times 13 that are kept.
    assert sum(loads.values()) == sum(NODES.values())
    for one in said:
        for task, node in {**one["shared"], **one["own"]}.items():
            assert node is None or places[task] == node, task
        released = [task for task in one["own"] if int(task.rpartition("-")[2]) % 2]
        assert not places.keys() & set(released)
    store.close()


def race(path: Path) -> list[dict[str, dict[str, str | None]]]:
    """What racers that begin at the same moment have to say."""
    command = [sys.executable, str(Path(__file__).with_name("racer.py")), str(path)]
    racers = [
        popen(
            [*command, f"racer{number}", str(ROUNDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(RACERS)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [json.loads(racer.communicate(timeout=60)[0]) for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * RACERS
        return said
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()


def test_a_process_that_is_killed_leaves_loads_that_are_true(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    store = open_store(path, synchronous="NORMAL")
    router = Router(store, clock=SystemClock(), uptime=SystemUptime())
    for node in NODES:
        router.nodes.register(node, max_load=100_000)
    command = [sys.executable, str(Path(__file__).with_name("racer.py")), str(path)]
    for number in range(3):
        racer = popen(
            [*command, f"killed{number}", "1000000"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert racer.stdout is not None
        assert racer.stdin is not None
        assert racer.stdout.readline() == "ready\n"
        before = len(router.assignments())
        racer.stdin.write("go\n")
        racer.stdin.flush()
        while len(router.assignments()) < before + 5 + number:
            assert racer.poll() is None
        racer.kill()
        racer.communicate()

        held = [each.node for each in router.assignments()]
        assert {n.node: n.load for n in router.nodes.ls()} == {n: held.count(n) for n in NODES}
        fences = [each.fence for each in router.assignments()]
        assert len(set(fences)) == len(fences)
        assert router.route("job", task=f"after-{number}").node is not None
    store.close()
