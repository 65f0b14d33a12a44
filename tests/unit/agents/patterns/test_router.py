"""One of several: who is a candidate, in which order they are asked, and who answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import (
    Chair,
    Inline,
    Lender,
    NoSecrets,
    Plain,
    Secretive,
    endings,
    played,
)

import tarl
from tarl.agents.patterns.ranking import (
    Asked,
    Cheapest,
    LeastBusy,
    Nearest,
    RoundRobin,
)
from tarl.agents.patterns.router import router
from tarl.agents.registry import AgentRegistry
from tarl.agents.result import Result
from tarl.agents.roles import RoutingDecision
from tarl.agents.session import Options

NO = ValueError("no")


def speaker(id: str, *capabilities: str, answer: Any = ...) -> Plain:
    return Inline(id, id if answer is ... else answer, capabilities=capabilities)


ABLE = [
    speaker("general", "text.*", "image.*"),
    speaker("broad", "text.*"),
    speaker("exact", "text.translate"),
    speaker("other", "image.draw"),
]


def route(directory: Path, agents: Any, input: Any = "x", **settings: Any) -> Result:
    return played(directory, lambda ctx: router(ctx, agents, input, **settings))


def test_who_can_do_it_is_asked_the_specialist_first(tmp_path: Path) -> None:
    result = route(tmp_path, ABLE, needs=["text.translate"], top_k=3)
    assert (result.status, result.output) == ("solved", "exact")
    assert result.details == {
        "candidates": ["general", "broad", "exact"],
        "ranked": ["exact", "broad", "general"],
        "chosen": "exact",
    }


def test_a_registry_is_a_list_of_agents(tmp_path: Path) -> None:
    assert route(tmp_path, AgentRegistry(ABLE), needs=["image.draw"]).output == "other"


def test_who_may_not_be_given_it_is_no_candidate_and_never_named(tmp_path: Path) -> None:
    told: list[Any] = []

    def choose(given: dict[str, Any]) -> RoutingDecision:
        told.append([agent["id"] for agent in given["agents"]])
        return RoutingDecision(agent="broad")

    options = Options(lending=Lender("exact"))
    result = route(
        tmp_path,
        ABLE,
        needs=["text.translate"],
        by=Asked(Chair("chair", choose)),
        options=options,
    )
    assert result.output == "broad"
    assert told[0] == ["general", "broad"]


def test_an_agent_that_names_somebody_else_has_chosen_nobody(tmp_path: Path) -> None:
    options = Options(lending=Lender("exact"))
    chair = Chair("chair", RoutingDecision(agent="exact"))
    with pytest.raises(tarl.RunFailed, match="chose exact, who is no candidate"):
        route(tmp_path, ABLE, needs=["text.translate"], by=Asked(chair), options=options)


def test_an_agent_may_say_what_the_task_takes(tmp_path: Path) -> None:
    lender = Lender()
    chair = Chair("chair", RoutingDecision(required_capability="image.draw"))
    result = route(tmp_path, ABLE, by=Asked(chair), options=Options(lending=lender), top_k=2)
    assert result.details["ranked"] == ["general", "other"]
    assert (None, "general", ("image.draw",)) in lender.lent_to


def test_the_next_one_is_asked_when_the_first_fails(tmp_path: Path) -> None:
    agents = [speaker("a", answer=NO), Plain("b", NO), speaker("c"), speaker("d")]
    result = route(tmp_path, agents, top_k=3)
    assert (result.status, result.output) == ("solved", "c")
    assert endings(result) == [("a", "failed"), ("b", "failed"), ("c", "answered")]


def test_no_more_than_top_k_are_asked(tmp_path: Path) -> None:
    agents = [speaker("a", answer=NO), Plain("b", NO), speaker("c")]
    result = route(tmp_path, agents, top_k=2)
    assert (result.status, result.reason) == ("failed", "no answer from a, b")


def test_a_refusal_is_no_failure_to_fall_back_from(tmp_path: Path) -> None:
    agents = [Secretive("a"), Inline("b")]
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(tmp_path, lambda ctx: router(ctx, agents, 1, top_k=2), gate=NoSecrets())


def test_the_cheapest_first(tmp_path: Path) -> None:
    agents = [speaker(id) for id in "abc"]
    agents[0].cost, agents[1].cost = 3, 1  # type: ignore[attr-defined]
    result = route(tmp_path, agents, by=Cheapest(), top_k=3)
    assert result.details["ranked"] == ["b", "a", "c"]


def test_each_in_turn(tmp_path: Path) -> None:
    async def act(ctx: tarl.Context) -> Result:
        turns = RoundRobin(ctx)
        results = [await router(ctx, map(speaker, "abc"), 1, by=turns) for _ in "12345"]
        assert [result.output for result in results] == [*"abcab"]
        return results[-1]

    played(tmp_path, act)


def test_the_least_busy_first(tmp_path: Path) -> None:
    async def act(ctx: tarl.Context) -> Result:
        by = LeastBusy(ctx)
        agents = [Inline("slow", "slow", delay_s=100), Inline("quick", "quick", delay_s=1)]
        long = asyncio.ensure_future(router(ctx, agents, 1, by=by))
        await asyncio.sleep(5)
        for _ in range(3):  # asked more often, but not at this moment
            assert (await router(ctx, agents, 1, by=by)).output == "quick"
        assert (await long).output == "slow"
        return await router(ctx, agents, 1, by=by)

    assert played(tmp_path, act).output == "slow"  # nobody is busy: who was asked least


def test_a_ranking_counts_in_its_own_run(tmp_path: Path) -> None:
    kept: list[RoundRobin] = []

    async def act(ctx: tarl.Context) -> Result:
        kept.append(RoundRobin(ctx))
        kept[-1]._run = ctx.info.run.__class__("default", "another", 1)
        return await router(ctx, [Inline("a")], 1, by=kept[-1])

    with pytest.raises(tarl.RunFailed, match="counts in run another/1"):
        played(tmp_path, act)


def vectors(texts: list[str]) -> list[list[float]]:
    words = ["draw", "translate", "sum"]
    return [[text.count(word) + 0.01 for word in words] for text in texts]


@tarl.activity(name="embed")
async def embed(texts: list[str]) -> list[list[float]]:
    return vectors(texts)


@pytest.mark.parametrize("by", [Nearest(vectors), Nearest(embed)])
def test_the_nearest_in_meaning_first(tmp_path: Path, by: Nearest) -> None:
    agents = [speaker("a", "image.draw"), speaker("b", "text.translate"), speaker("c", "sum")]
    result = route(tmp_path, agents, {"please": "translate this"}, by=by, top_k=3)
    assert result.output == "b"


@pytest.mark.parametrize(
    "embedding",
    [
        lambda texts: [[1.0]],
        lambda texts: [[1.0] * (i + 1) for i in range(len(texts))],
        lambda texts: [[float("nan")] for _ in texts],
        lambda texts: None,
    ],
)
def test_an_embedding_that_is_none_is_refused(tmp_path: Path, embedding: Any) -> None:
    with pytest.raises(tarl.RunFailed, match="the embedding must give 3 vectors"):
        route(tmp_path, [speaker("a"), speaker("b")], by=Nearest(embedding))


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", "", {}),
        ("agents.duplicate", "aa", {}),
        ("agents.no_match", "ab", {"needs": ["fly"]}),
        ("agents.no_match", "ab", {"options": Options(lending=Lender("a", "b"))}),
        ("agents.no_match", "ab", {"by": Asked(Chair("chair", RoutingDecision()))}),
        (
            "agents.no_match",
            "ab",
            {"by": Asked(Chair("chair", RoutingDecision(required_capability="fly")))},
        ),
        ("agent.role", "a", {"by": Asked(Plain("b"))}),
        ("router.top_k", "a", {"top_k": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: str, settings: dict[str, Any]
) -> None:
    caught: list[str] = []
    team = [Inline(id) for id in agents]

    async def act(ctx: tarl.Context) -> Any:
        try:
            return await router(ctx, team, 1, **settings)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in team)
