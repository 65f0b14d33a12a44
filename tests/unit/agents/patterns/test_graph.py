"""Graphs of agents: what begins when, with what, and what cannot be walked."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import (
    Inline,
    Lender,
    NoSecrets,
    Plain,
    Secretive,
    endings,
    played,
)
from tests.unit.engines.test_asking import asked, vote

import tarl
from tarl.agents.patterns.graph import Edge, Node, graph
from tarl.agents.result import Result
from tarl.agents.session import Ask, Options
from tarl.agents.stop import TurnsMax

NO = ValueError("no")
DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def abcd(**answers: Any) -> list[Plain]:
    return [Inline(id, answers.get(id, id.upper())) for id in "abcd"]


def walk(directory: Path, agents: list[Plain], **settings: Any) -> Result:
    return played(directory, lambda ctx: graph(ctx, agents, "in", **settings))


def heard(agents: list[Plain]) -> dict[str, Any]:
    """What each was given in the run itself: a replay gives it to inline agents once more."""
    return {agent.id: agent.heard[0] for agent in agents if agent.heard}


def test_answers_go_along_the_edges(tmp_path: Path) -> None:
    agents = abcd()
    result = walk(tmp_path, agents, edges=DIAMOND)
    assert (result.status, result.output) == ("solved", "D")
    assert heard(agents) == {"a": "in", "b": "A", "c": "A", "d": {"b": "B", "c": "C"}}
    assert result.details == {"answered": ["a", "b", "c", "d"], "failed": {}, "skipped": []}


def test_without_edges_all_are_starts_and_ends(tmp_path: Path) -> None:
    result = walk(tmp_path, abcd())
    assert result.output == {"a": "A", "b": "B", "c": "C", "d": "D"}


def test_a_condition_blocks_what_needs_it_and_what_needs_that(tmp_path: Path) -> None:
    edges = [("a", "b", lambda answer: answer == "other"), ("b", "c"), ("a", "d")]
    result = walk(tmp_path, abcd(), edges=edges)
    assert (result.status, result.output) == ("solved", {"d": "D"})
    assert result.details["skipped"] == ["b", "c"]


@pytest.mark.parametrize(
    ("join", "given", "skipped"),
    [("all", None, ["d"]), ("any", {"b": "B"}, []), ("some", {"b": "B"}, [])],
)
def test_joins_where_one_branch_is_blocked(
    tmp_path: Path, join: Any, given: Any, skipped: list[str]
) -> None:
    agents = abcd()
    edges = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d", lambda answer: False)]
    result = walk(tmp_path, agents, edges=edges, nodes=[Node(id="d", join=join)])
    assert heard(agents).get("d") == given
    assert result.details["skipped"] == skipped
    assert result.status == ("failed" if skipped else "solved")


def test_any_begins_at_the_first_and_only_once(tmp_path: Path) -> None:
    agents = [Inline("a"), Inline("b", "B", delay_s=5), Inline("c", "C", delay_s=1), Inline("d")]
    result = walk(tmp_path, agents, edges=DIAMOND, nodes=[Node(id="d", join="any")])
    assert result.output == {"c": "C"}
    assert [turn.agent for turn in result.turns] == ["a", "c", "d", "b"]


@pytest.mark.parametrize(
    ("policy", "status", "given", "ended"),
    [
        ("fail", "failed", None, ["a", "b"]),
        ("skip", "failed", None, ["a", "b", "c"]),
        ("go_on", "solved", {"c": "C"}, ["a", "b", "c", "d"]),
    ],
)
def test_what_a_failure_means(
    tmp_path: Path, policy: Any, status: str, given: Any, ended: list[str]
) -> None:
    agents = [Inline("a"), Inline("b", NO), Plain("c", "C", delay_s=2), Inline("d", "D")]
    result = walk(tmp_path, agents, edges=DIAMOND, on_failure=policy)
    assert result.status == status
    assert heard(agents).get("d") == given
    assert [turn.agent for turn in result.turns if turn.ending != "withdrawn"] == ended
    assert list(result.details["failed"]) == ["b"]


def test_go_on_with_nothing_at_all_is_no_solution(tmp_path: Path) -> None:
    result = walk(
        tmp_path, abcd(a=NO), edges=[("a", "b"), ("b", "c"), ("b", "d")], on_failure="go_on"
    )
    assert (result.status, result.details["skipped"]) == ("failed", ["b", "c", "d"])


def test_what_is_absent_stays_absent_and_what_is_blocked_stays_blocked(tmp_path: Path) -> None:
    edges = [("a", "b"), ("b", "d"), ("c", "d")]
    absent = walk(tmp_path, abcd(a=NO), edges=edges, on_failure="go_on")
    assert (absent.output, absent.details["skipped"]) == ("D", ["b"])
    blocked = walk(tmp_path / "blocked", abcd(a=NO), edges=edges, on_failure="skip")
    assert (blocked.status, blocked.details["skipped"]) == ("failed", ["b", "d"])


def test_a_node_is_tried_so_often_and_no_more(tmp_path: Path) -> None:
    tries: list[int] = []

    def third(_: Any) -> Any:
        tries.append(1)
        return "A" if len(tries) > 2 else NO

    nodes = [Node(id="a", attempts_max=3, retry_wait_s=7), Node(id="b", attempts_max=2)]
    result = walk(tmp_path, [Plain("a", third), Plain("b", NO)], nodes=nodes, edges=[("a", "b")])
    assert endings(result) == [
        ("a", "failed"),
        ("a", "failed"),
        ("a", "answered"),
        ("b", "failed"),
        ("b", "failed"),
    ]
    assert result.turns[2].began_ms >= 14_000


def test_a_node_has_a_time_of_its_own_and_an_agent_several_nodes(tmp_path: Path) -> None:
    nodes = [
        Node(id="quick", agent="a", timeout_s=1, on_failure="skip"),
        Node(id="patient", agent="a", timeout_s=10),
    ]
    result = walk(tmp_path, [Plain("a", "A", delay_s=5)], nodes=nodes)
    assert (result.status, result.output) == ("solved", {"patient": "A"})
    assert endings(result) == [("a", "timed_out"), ("a", "answered")]


def test_a_refusal_of_authority_is_no_failure_to_go_on_from(tmp_path: Path) -> None:
    agents = [Inline("a"), Secretive("b"), Plain("c", delay_s=1e6), Inline("d")]
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(
            tmp_path,
            lambda ctx: graph(ctx, agents, 1, edges=DIAMOND, on_failure="go_on"),
            gate=NoSecrets(),
        )


def test_a_stop_condition_begins_nothing_more(tmp_path: Path) -> None:
    result = walk(tmp_path, abcd(), edges=DIAMOND, options=Options(stop=TurnsMax(2)))
    assert (result.status, result.reason) == ("stopped", "2 turns")
    assert result.output == {"a": "A", "b": "B"}


def test_authority_comes_from_whose_answer_it_is(tmp_path: Path) -> None:
    lender = Lender()
    agents = [Inline(id, capabilities=[f"do.{id}"]) for id in "abcd"]
    walk(tmp_path, agents, edges=DIAMOND, options=Options(lending=lender))
    assert lender.lent_to[:4] == [
        (None, "a", ("do.a",)),
        ("a", "b", ("do.b",)),
        ("a", "c", ("do.c",)),
        ("b", "d", ("do.d",)),
    ]
    assert lender.open == []


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_person_stands_at_an_edge(tmp_path: Path, choice: Any) -> None:
    agents = [Plain(id, id.upper()) for id in "abcd"]
    options = Options(ask=Ask(before=("d",), approvers=("ada",)))

    async def during(runtime: Any, handle: Any) -> None:
        id = await asked(runtime, "it")
        assert [agent.id for agent in agents if agent.heard] == ["a", "b", "c"]
        vote(runtime, id, "ada", choice)

    async def act(ctx: tarl.Context) -> Result:
        return await graph(ctx, agents, "in", edges=DIAMOND, options=options)

    result = played(tmp_path, act, during=during, jumps=False)
    if choice == "approve":
        assert (result.status, result.output) == ("solved", "D")
    else:
        assert (result.status, result.reason) == ("stopped", "the turn of d was rejected")
        assert result.output == {"a": "A", "b": "B", "c": "C"}


def test_a_long_chain_is_skipped_without_recursion(tmp_path: Path) -> None:
    ids = [f"n{i}" for i in range(3_000)]
    edges = [("first", ids[0], lambda _: False), *pairwise(ids)]
    agents = [Inline("first"), Inline("end"), *map(Inline, ids)]
    result = walk(tmp_path, agents, edges=edges)
    assert len(result.details["skipped"]) == 3_000
    assert result.output == {"end": "in"}


NODE = Node(id="x", agent="a")


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", "", {}),
        ("agents.duplicate", "aa", {}),
        ("agents.unknown", "a", {"nodes": [Node(id="x", agent="nobody")]}),
        ("agents.together", "a", {"together_max": 0}),
        ("graph.cycle", "abc", {"edges": [("a", "b"), ("b", "c"), ("c", "b")]}),
        ("graph.cycle", "a", {"edges": [("a", "a")]}),
        ("graph.dangling", "a", {"edges": [("a", "nowhere")]}),
        ("graph.dangling", "a", {"edges": [("nowhere", "a")]}),
        ("graph.duplicate_edge", "ab", {"edges": [("a", "b"), Edge("a", "b")]}),
        ("graph.duplicate_node", "a", {"nodes": [NODE, Node(id="x", agent="a")]}),
        ("graph.duplicate_node", "ab", {"nodes": [Node(id="b", agent="a")]}),
        ("graph.edge", "a", {"edges": [("a",)]}),
        ("graph.edge", "a", {"edges": [7]}),
        ("graph.node", "a", {"nodes": [Node(id="a", attempts_max=0)]}),
        ("graph.start", "a", {"start": "nowhere"}),
        ("graph.too_large", "a", {"nodes": [Node(id=f"{i}", agent="a") for i in range(10_001)]}),
        ("graph.unreachable", "abc", {"edges": [("a", "b")], "start": ["a"]}),
    ],
)
def test_what_cannot_be_walked_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: str, settings: dict[str, Any]
) -> None:
    caught: list[str] = []
    team = [Inline(id) for id in agents]

    async def act(ctx: tarl.Context) -> Any:
        try:
            return await graph(ctx, team, 1, **settings)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in team)


def test_the_cycle_is_named(tmp_path: Path) -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]
    with pytest.raises(tarl.RunFailed, match=r"b -> c -> d -> b|c -> d -> b -> c|d -> b -> c -> d"):
        walk(tmp_path, abcd(), edges=edges)
