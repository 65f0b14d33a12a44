"""Laws of concurrent, parallel, graph, chat, router and ensemble over agents that do anything: they
answer, fail, give the wrong answer, hang, take their time, or do what they may not.

The numbers are those of the patterns' docstrings. Every run is replayed strictly and comes to the
same; cut off anywhere and taken up again, it obeys the same laws.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any, Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lab import Recorded, copied, ending, record, replayed, take_up

from tarl import Context, activity, workflow
from tarl.agents.desk import desk
from tarl.agents.patterns.chat import chat
from tarl.agents.patterns.concurrent import concurrent
from tarl.agents.patterns.ensemble import ensemble
from tarl.agents.patterns.graph import Edge, Node, graph
from tarl.agents.patterns.parallel import parallel
from tarl.agents.patterns.ranking import Cheapest
from tarl.agents.patterns.router import router
from tarl.agents.result import Result, Turn
from tarl.agents.session import Options
from tarl.agents.stop import TurnsMax
from tarl.testing.clock import JumpingClock

TIMEOUT_S = 60
ENDINGS = {"answers": "answered", "fails": "failed", "wrong": "failed", "hangs": "timed_out"}
SETTLED = ("completed", "failed", "denied", "cancelled")
DELAYS_S = (0, 0, 1, 2, 3)
Deed = Literal["answers", "fails", "wrong", "hangs", "denied"]


class Player(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent does, each time it is asked."""

    id: str
    deed: Deed
    delay_s: int
    is_inline: bool


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern, who plays, and how it is set up."""

    pattern: str
    players: tuple[Player, ...]
    settings: dict[str, Any] = {}
    turns_max: int | None = None


@activity
async def secret() -> str:
    return "told"


class Acts:
    capabilities = ("act",)
    output_schema = {"type": "string"}  # noqa: RUF012 (an agent declares it so)

    def __init__(self, player: Player) -> None:
        self.id = player.id
        self.inline = player.is_inline or player.deed == "denied"
        self.cost = player.delay_s
        self._player = player

    async def run(self, input: Any) -> Any:
        player = self._player
        await asyncio.sleep(10_000 if player.deed == "hangs" else player.delay_s)
        if player.deed == "fails":
            raise ValueError("no")
        if player.deed == "wrong":
            return 7
        if player.deed == "denied":
            return await desk().call(secret)
        return f"{self.id}!"

    synthesize = run


@workflow
async def acted(ctx: Context, play: Play) -> Result:
    agents = [Acts(player) for player in play.players]
    stop = None if play.turns_max is None else TurnsMax(play.turns_max)
    options = Options(stop=stop, turn_timeout_s=TIMEOUT_S)
    settings = dict(play.settings)
    if play.pattern == "graph":
        settings["edges"] = [_edge(edge) for edge in settings["edges"]]
        settings["nodes"] = [msgspec.convert(node, Node) for node in settings["nodes"]]
    if play.pattern == "router":
        settings["by"] = Cheapest()
    if play.pattern == "ensemble":
        settings["synthesizer"] = agents[0].id
    return await PATTERNS[play.pattern](ctx, agents, "in", options=options, **settings)


def _edge(edge: list[Any]) -> Edge:
    source, target, holds = edge
    return Edge(source, target, None if holds is None else lambda _: bool(holds))


PATTERNS: dict[str, Any] = {
    "chat": chat,
    "concurrent": concurrent,
    "ensemble": ensemble,
    "graph": graph,
    "parallel": parallel,
    "router": router,
}

# --- plays

DEEDS: tuple[Deed, ...] = ("answers", "answers", "answers", "fails", "wrong", "hangs", "denied")


@st.composite
def players(draw: st.DrawFn, most: int = 5) -> tuple[Player, ...]:
    return tuple(
        Player(
            id=f"p{i}",
            deed=draw(st.sampled_from(DEEDS)),
            delay_s=draw(st.sampled_from(DELAYS_S)),
            is_inline=draw(st.booleans()),
        )
        for i in range(draw(st.integers(1, most)))
    )


@st.composite
def plays(draw: st.DrawFn, pattern: str) -> Play:
    cast = draw(players())
    if pattern == "ensemble" and len(cast) < 2:
        cast = (*cast, Player(id="p9", deed="answers", delay_s=1, is_inline=True))
    settings: dict[str, Any] = {}
    together = st.integers(1, len(cast))
    if pattern == "concurrent":
        settings = {"together_max": draw(together), "fails_fast": draw(st.booleans())}
    elif pattern == "parallel":
        settings = {
            "together_max": draw(together),
            "quorum": draw(together),
            "waits_for_all": draw(st.booleans()),
        }
    elif pattern == "ensemble":
        settings = {"quorum": draw(st.integers(1, len(cast) - 1)), "together_max": draw(together)}
    elif pattern == "router":
        settings = {"top_k": draw(together)}
    elif pattern == "chat":
        settings = {"turns_max": draw(st.integers(1, 6)), "heard_max": draw(st.integers(1, 3))}
    elif pattern == "graph":
        settings = draw(graphs([player.id for player in cast])) | {"together_max": draw(together)}
    turns_max = draw(st.none() | st.integers(1, 6))
    return Play(pattern=pattern, players=cast, settings=settings, turns_max=turns_max)


@st.composite
def graphs(draw: st.DrawFn, ids: list[str]) -> dict[str, Any]:
    pairs = [(a, b) for i, b in enumerate(ids) for a in ids[:i]]
    holds = st.sampled_from([None, None, True, False])
    edges = [[*pair, draw(holds)] for pair in pairs if draw(st.booleans())]
    nodes = [
        {
            "id": id,
            "join": draw(st.sampled_from(["all", "any", "some"])),
            "attempts_max": draw(st.integers(1, 2)),
            "on_failure": draw(st.sampled_from([None, "fail", "skip", "go_on"])),
        }
        for id in ids
    ]
    on_failure = draw(st.sampled_from(["fail", "skip", "go_on"]))
    return {"edges": edges, "nodes": nodes, "on_failure": on_failure}


# --- laws


def law(play: Play, cut: float) -> None:
    live = record(acted, play)
    check(play, live)
    length = 1 + round(cut * (len(live.events) - 2))
    clock = JumpingClock(start_ms=live.events[length - 1].recorded_at_ms)
    check(play, take_up(copied(live, length), acted, live.run, clock=clock))


def check(play: Play, live: Recorded) -> None:
    """The laws that every pattern obeys, and those of this one."""
    replay = replayed(acted, live)
    assert ending(replay) == (live.result, live.error)
    assert replay.ahead == ()
    begun, ended = steps(live, "scheduled"), steps(live, *SETTLED)
    assert begun == ended, "nobody is left behind"
    if live.error is not None:
        assert "secret was denied" in live.error
        return
    unheard = steps(live, "cancelled")  # whoever asked was withdrawn before the answer was there
    assert steps(live, "denied") <= unheard, "a refusal of authority is never hidden"
    result = live.result
    deeds = {player.id: player.deed for player in play.players}
    numbers = [turn.number for turn in result.turns]
    assert len(set(numbers)) == len(numbers)
    for turn in result.turns:
        expected = ENDINGS.get(deeds[turn.agent], "failed")
        if turn.role == "synthesize" and expected == "failed":
            expected = turn.ending  # only what `run` answers has a schema here
        assert turn.ending in (expected, "withdrawn")
        assert (turn.answer is not None) == (turn.ending == "answered")
        assert (turn.error is not None) == (turn.ending in ("failed", "timed_out"))
    if result.status == "stopped":
        assert play.turns_max is not None
        assert len(result.turns) >= play.turns_max
    elif play.turns_max is None or len(result.turns) < play.turns_max:
        LAWS[play.pattern](play, result)
    if "together_max" in play.settings:
        assert most_at_once(result.turns) <= play.settings["together_max"]


def steps(live: Recorded, *hows: str) -> set[int]:
    kinds = {f"step.{how}/1" for how in hows}
    bodies = [event.body or b"" for event in live.events if event.kind in kinds]
    return {msgspec.json.decode(body)["step"] for body in bodies}


def most_at_once(turns: tuple[Turn, ...]) -> int:
    spans = [(turn.began_ms, turn.began_ms + turn.took_ms) for turn in turns]
    moments = [(begin + end) / 2 for begin, end in spans if end > begin]
    return max((sum(b < moment < e for b, e in spans) for moment in moments), default=0)


def answers(play: Play, *, but: str = "") -> list[str]:
    return [p.id for p in play.players if p.deed == "answers" and p.id != but]


def ended_as(result: Result, *endings: str) -> list[str]:
    return [turn.agent for turn in result.turns if turn.ending in endings]


def concurrent_law(play: Play, result: Result) -> None:
    good = answers(play)
    assert max(Counter(turn.agent for turn in result.turns).values()) == 1  # 1
    answered = set(ended_as(result, "answered"))
    assert result.output == [f"{p.id}!" if p.id in answered else None for p in play.players]  # 2
    assert (result.status == "solved") == (len(good) == len(play.players))  # 3
    if not play.settings["fails_fast"]:
        assert answered == set(good)
        assert not ended_as(result, "withdrawn")


def parallel_law(play: Play, result: Result) -> None:
    good, quorum = answers(play), play.settings["quorum"]
    assert result.status == ("solved" if len(good) >= quorum else "failed")  # 2
    answered = ended_as(result, "answered")
    order = [p.id for p in play.players]
    assert result.output == [f"{id}!" for id in sorted(answered, key=order.index)]  # 4
    if play.settings["waits_for_all"]:
        assert (set(answered), ended_as(result, "withdrawn")) == (set(good), [])  # 3
    elif result.status == "solved":
        assert len(answered) >= quorum


def graph_law(play: Play, result: Result) -> None:
    edges: list[list[Any]] = play.settings["edges"]
    nodes = {node["id"]: node for node in play.settings["nodes"]}
    good = set(answers(play))
    fates: dict[str, str] = {}
    signs: dict[tuple[str, str], str] = {}
    for id in nodes:  # edges lead onwards, so this order is one in which they can be walked
        incoming = [signs[source, target] for source, target, _ in edges if target == id]
        fates[id] = fate(nodes[id]["join"], incoming, is_good=id in good)
        policy = nodes[id]["on_failure"] or play.settings["on_failure"]
        for source, target, holds in edges:
            if source == id:
                signs[source, target] = sign(fates[id], policy, holds)
    fatal = [
        id
        for id, outcome in fates.items()
        if outcome == "failed"
        and (nodes[id]["on_failure"] or play.settings["on_failure"]) == "fail"
    ]
    tries = Counter(turn.agent for turn in result.turns if turn.ending != "withdrawn")
    for id, count in tries.items():
        assert count == 1 if id in good else count <= nodes[id]["attempts_max"]  # 4
    assert set(result.details["answered"]) == set(ended_as(result, "answered"))
    if fatal:
        assert result.status == "failed"  # 5
        assert result.output == {id: f"{id}!" for id in result.details["answered"]}  # 6
        assert set(result.details["failed"]) & set(fatal)
        return
    by_fate = {how: {id for id in fates if fates[id] == how} for how in fates.values()}
    assert set(result.details["answered"]) == by_fate.get("answered", set())  # 2, 3
    assert set(result.details["failed"]) == by_fate.get("failed", set())
    assert set(result.details["skipped"]) == {id for id in fates if "skipped" in fates[id]}
    ends = [id for id in nodes if not any(source == id for source, _, _ in edges)]
    reached = {id: f"{id}!" for id in ends if fates[id] == "answered"}
    assert result.status == ("solved" if reached else "failed")  # 5
    if reached:
        assert result.output == (reached[ends[0]] if len(ends) == 1 else reached)  # 6


def fate(join: str, incoming: list[str], *, is_good: bool) -> str:
    begins = not incoming or ("taken" in incoming and (join != "all" or "blocked" not in incoming))
    if begins:
        return "answered" if is_good else "failed"
    return "skipped" if "blocked" in incoming else "skipped, absent"


def sign(outcome: str, policy: str, holds: bool | None) -> str:
    if outcome == "answered":
        return "blocked" if holds is False else "taken"
    if outcome == "failed":
        return "absent" if policy == "go_on" else "blocked"
    return "absent" if outcome == "skipped, absent" else "blocked"


def chat_law(play: Play, result: Result) -> None:
    order, bound = [p.id for p in play.players], play.settings["turns_max"]
    spoke = [turn.agent for turn in result.turns]
    assert spoke == [order[i % len(order)] for i in range(len(spoke))]  # 2
    said = [turn.answer for turn in result.turns if turn.ending == "answered"]
    assert result.output == (said[-1] if said else None)  # 4
    if result.status == "exhausted":
        assert len(said) == bound  # 3
    else:
        assert result.status == "failed"
        assert result.turns[-1].ending != "answered"
        assert len(said) == len(spoke) - 1 < bound


def router_law(play: Play, result: Result) -> None:
    order = sorted(play.players, key=lambda p: p.delay_s)[: play.settings["top_k"]]
    good = [i for i, p in enumerate(order) if p.deed == "answers"]
    asked = [p.id for p in order[: good[0] + 1 if good else None]]
    assert [turn.agent for turn in result.turns] == asked  # 2
    assert result.status == ("solved" if good else "failed")  # 3
    assert result.output == (f"{asked[-1]}!" if good else None)


def ensemble_law(play: Play, result: Result) -> None:
    chair, *experts = play.players
    good = set(answers(play, but=chair.id))
    turns = [turn for turn in result.turns if turn.agent != chair.id]
    assert {turn.agent for turn in turns} == {p.id for p in experts}
    assert {turn.agent for turn in turns if turn.ending == "answered"} == good
    assert set(result.details["failed"]) >= {p.id for p in experts} - good
    asked = [i for i, turn in enumerate(result.turns) if turn.agent == chair.id]
    is_enough = len(good) >= play.settings["quorum"]
    assert asked == ([len(experts)] if is_enough else [])  # 2
    is_solved = is_enough and result.turns[-1].ending == "answered"
    assert result.status == ("solved" if is_solved else "failed")  # 4


LAWS = {
    "chat": chat_law,
    "concurrent": concurrent_law,
    "ensemble": ensemble_law,
    "graph": graph_law,
    "parallel": parallel_law,
    "router": router_law,
}

CUTS = st.floats(0, 1)
runs = settings(max_examples=1_000 if os.environ.get("TARL_SOAK") == "1" else 40)


@runs
@given(plays("concurrent"), CUTS)
def test_concurrent(play: Play, cut: float) -> None:
    law(play, cut)


@runs
@given(plays("parallel"), CUTS)
def test_parallel(play: Play, cut: float) -> None:
    law(play, cut)


@runs
@given(plays("graph"), CUTS)
def test_graph(play: Play, cut: float) -> None:
    law(play, cut)


@runs
@given(plays("chat"), CUTS)
def test_chat(play: Play, cut: float) -> None:
    law(play, cut)


@runs
@given(plays("router"), CUTS)
def test_router(play: Play, cut: float) -> None:
    law(play, cut)


@runs
@given(plays("ensemble"), CUTS)
def test_ensemble(play: Play, cut: float) -> None:
    law(play, cut)
