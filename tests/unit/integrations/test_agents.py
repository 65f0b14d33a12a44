"""AgentOrchestrator: the four patterns, recorded and validated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tarl.integrations.orchestration import AgentOrchestrator, DeterministicVM, Workflow


@pytest.fixture
def team(vm: DeterministicVM) -> AgentOrchestrator:
    team = AgentOrchestrator(vm)
    for name in "abcd":
        team.register_agent(name, lambda given, name=name: f"{name}({given})")
    return team


def payloads(team: AgentOrchestrator) -> list[dict[str, Any]]:
    return [e.to_dict()["payload"] for e in team.vm.get_event_log("w")]


def test_sequential_passes_each_answer_on_and_records_it(team: AgentOrchestrator) -> None:
    assert team.sequential("w", ["a", "b"], "x") == "b(a(x))"
    assert payloads(team) == [
        {"agent_id": "a", "input": "x", "output": "a(x)", "pattern": "sequential", "position": 0},
        {
            "agent_id": "b",
            "input": "a(x)",
            "output": "b(a(x))",
            "pattern": "sequential",
            "position": 1,
        },
    ]


def test_sequential_without_agents_is_the_input(team: AgentOrchestrator) -> None:
    assert team.sequential("w", [], "x") == "x"


def test_concurrent_agents_are_under_way_together(team: AgentOrchestrator) -> None:
    meeting = threading.Barrier(3, timeout=30)

    def meet(given: int) -> int:
        meeting.wait()
        return given * 10

    team.register_agent("meet", meet)
    assert team.concurrent("w", ["meet"] * 3, [1, 2, 3]) == [10, 20, 30]


@pytest.mark.parametrize("within_a_task", [False, True])
def test_concurrent_within_a_run(team: AgentOrchestrator, within_a_task: bool) -> None:
    meeting = threading.Barrier(2, timeout=30)
    team.register_agent("meet", lambda given: [meeting.wait() * 0, given])

    def ask() -> Any:
        return team.concurrent("w", ["meet", "meet"], [1, 2])

    def entrypoint(vm: Any, context: Any) -> Any:
        return vm.task_result("w", vm.submit_task("w", "t", ask)) if within_a_task else ask()

    team.vm.register_workflow(Workflow("w", entrypoint))
    assert team.vm.execute_workflow("w") == [[0, 1], [0, 2]]
    kinds = [e.kind.name for e in team.vm.get_event_log("w")]
    assert kinds.count("AGENT_DECISION") == 2


def test_concurrent_waits_for_all_and_raises_the_first_failure(team: AgentOrchestrator) -> None:
    def fail(given: str) -> None:
        raise LookupError(given)

    team.register_agent("fail", fail)
    with pytest.raises(LookupError, match="one"):
        team.concurrent("w", ["a", "fail", "fail"], ["x", "one", "two"])
    outcomes = {p["input"]: p.get("output", p.get("error")) for p in payloads(team)}
    assert outcomes == {
        "x": "a(x)",
        "one": {"message": "one", "type": "LookupError"},
        "two": {"message": "two", "type": "LookupError"},
    }


def test_as_many_inputs_as_agents(team: AgentOrchestrator) -> None:
    with pytest.raises(ValueError, match="must match"):
        team.concurrent("w", ["a"], [])
    assert team.concurrent("w", [], []) == []


def test_chat_gives_each_agent_the_whole_conversation(team: AgentOrchestrator) -> None:
    team.register_agent("count", len)
    assert team.chat("w", ["count", "a"], "Hello", max_turns=3) == [
        "Hello",
        1,
        "a(['Hello', 1])",
        3,
    ]
    assert [p["turn"] for p in payloads(team)] == [0, 1, 2]


def test_chat_without_agents(team: AgentOrchestrator) -> None:
    with pytest.raises(ZeroDivisionError):
        team.chat("w", [], "Hello")
    assert team.chat("w", [], "Hello", max_turns=0) == ["Hello"]


def test_a_diamond_is_joined_and_each_node_runs_once(team: AgentOrchestrator) -> None:
    ran: list[str] = []
    for name in "abc":
        team.register_agent(name, lambda given, name=name: ran.append(name) or f"{name}({given})")
    team.register_agent("d", lambda given: ran.append("d") or given)
    graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
    assert team.graph("w", graph, "a", "x") == {"b": "b(a(x))", "c": "c(a(x))"}
    assert ran[0] == "a"
    assert sorted(ran[1:3]) == ["b", "c"]
    assert ran[3:] == ["d"]


def test_an_edge_named_twice_is_one(team: AgentOrchestrator) -> None:
    assert team.graph("w", {"a": ["b", "b"]}, "a", "x") == "b(a(x))"


def test_several_ends_and_nodes_out_of_reach(team: AgentOrchestrator) -> None:
    graph = {"a": ["b", "c"], "d": ["a"]}
    assert team.graph("w", graph, "a", "x") == {"b": "b(a(x))", "c": "c(a(x))"}


def test_a_longer_and_a_shorter_way_to_one_node(team: AgentOrchestrator) -> None:
    team.register_agent("d", lambda given: given)
    graph = {"a": ["b", "d"], "b": ["c"], "c": ["d"]}
    assert team.graph("w", graph, "a", "x") == {"a": "a(x)", "c": "c(b(a(x)))"}


@pytest.mark.parametrize(
    "graph", [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}, {"a": ["b"], "b": ["c"], "c": ["b"]}]
)
def test_a_cycle_is_refused_before_anything_runs(
    team: AgentOrchestrator, graph: dict[str, list[str]]
) -> None:
    with pytest.raises(ValueError, match="cycle"):
        team.graph("w", graph, "a", "x")
    assert payloads(team) == []


@pytest.mark.parametrize(
    "use",
    [
        lambda team: team.sequential("w", ["a", "nobody"], "x"),
        lambda team: team.concurrent("w", ["a", "nobody"], ["x", "y"]),
        lambda team: team.chat("w", ["a", "nobody"], "x"),
        lambda team: team.graph("w", {"a": ["nobody"]}, "a", "x"),
    ],
)
def test_an_unknown_agent_is_refused_before_anything_runs(
    team: AgentOrchestrator, use: Callable[[AgentOrchestrator], Any]
) -> None:
    with pytest.raises(ValueError, match="Agent nobody not registered"):
        use(team)
    assert payloads(team) == []


def test_names_are_known_after_a_restart_and_functions_are_not(
    team: AgentOrchestrator, open_vm: Callable[[], DeterministicVM]
) -> None:
    later = AgentOrchestrator(open_vm())
    assert later.known_agents() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="not registered"):
        later.sequential("w", ["a"], "x")
    with pytest.raises(TypeError, match="not callable"):
        later.register_agent("e", "a string")  # type: ignore[arg-type]
