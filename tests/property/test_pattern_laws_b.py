"""Laws of supervisor_worker, blackboard, consensus, debate, handoff and magentic over agents that
do anything: they answer, fail, give the wrong answer, hang, take their time, or do what they may
not.

The numbers are those of the patterns' docstrings. Every run is replayed strictly and comes to the
same; cut off anywhere and taken up again, it obeys the same laws.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any, Literal
from zlib import crc32

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.lab import Recorded, copied, ending, record, replayed, take_up

from tarl import Context, activity, workflow
from tarl.agents.desk import desk
from tarl.agents.patterns.ballot import Rules
from tarl.agents.patterns.blackboard import blackboard
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.debate import debate
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.magentic import magentic
from tarl.agents.patterns.supervisor_worker import supervisor_worker
from tarl.agents.result import Result, Turn
from tarl.agents.session import Options
from tarl.agents.stop import TurnsMax
from tarl.policy.capability import is_within_resource
from tarl.testing.clock import JumpingClock
from tarl.values.canonical import encode

TIMEOUT_S = 60
KEYS = ("a/1", "a/2", "b", "c")
CAPABILITIES = ("x", "y", "nobody-can")

Deed = Literal["answers", "fails", "wrong", "hangs", "denied"]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent does when it is asked something; ``pick`` chooses among its answers."""

    deed: Deed
    delay_s: int
    pick: int


class Player(msgspec.Struct, frozen=True, kw_only=True):
    """An agent: which of its moves it makes depends on what it is given, and on nothing else."""

    id: str
    moves: tuple[Move, ...]
    is_inline: bool
    capabilities: tuple[str, ...]


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern, who plays, and how it is set up."""

    pattern: str
    players: tuple[Player, ...]
    settings: dict[str, Any]
    turns_max: int | None


@activity
async def secret() -> str:
    return "told"


class Acts:
    def __init__(self, player: Player, ids: list[str]) -> None:
        self.id = player.id
        self.capabilities = player.capabilities
        self.inline = player.is_inline or any(move.deed == "denied" for move in player.moves)
        self._player = player
        self._ids = ids

    async def _act(self, role: str, *given: Any) -> Any:
        moves = self._player.moves
        move = moves[crc32(encode([role, *given])) % len(moves)]
        await asyncio.sleep(10_000 if move.deed == "hangs" else move.delay_s)
        if move.deed == "fails":
            raise ValueError("no")
        if move.deed == "denied":
            return await desk().call(secret)
        if move.deed == "wrong" and role != "run":
            return [move.pick]
        return ANSWERS[role](move.pick, [*self._ids, "nobody"], given)

    async def run(self, input: Any) -> Any:
        return await self._act("run", input)


def _method(role: str) -> Any:
    async def take(self: Acts, *given: Any) -> Any:
        return await self._act(role, *given)

    return take


def _split(pick: int, ids: list[str], given: Any) -> Any:
    needs = [[], [], ["x"], ["y"], ["x", "y"], ["nobody-can"]]
    return {
        "subtasks": [
            {
                "id": f"s{at % (5 if pick % 7 == 6 else 9)}",
                "input": at,
                "required_capabilities": needs[(pick >> at) % len(needs)],
                "weight": 1 + (pick >> at) % 3,
            }
            for at in range(pick % 6)
        ]
    }


def _chosen(pick: int, ids: list[str], given: Any) -> Any:
    return {
        "solved": pick % 7 == 0,
        "specialist": None if pick % 11 == 1 else ids[pick % len(ids)],
    }


def _contributed(pick: int, ids: list[str], given: Any) -> Any:
    key = KEYS[pick % len(KEYS)]
    seen = given[0]["board"].get(key, {"version": 0})["version"]
    return {"key": key, "value": pick, "based_on": [None, seen, seen, 99][(pick >> 2) % 4]}


def _voted(pick: int, ids: list[str], given: Any) -> Any:
    choices = [*given[0]["options"], *given[0]["options"], "reject", "abstain", "nobody"]
    return {"choice": choices[pick % len(choices)]}


def _argued(pick: int, ids: list[str], given: Any) -> Any:
    return {"text": str(pick), "concedes": ids[1 + pick % (len(ids) - 1)] if pick % 5 < 2 else None}


def _judged(pick: int, ids: list[str], given: Any) -> Any:
    return {"winner": [None, *ids][pick % (len(ids) + 1)], "settled": pick % 9 == 0}


def _evaluated(pick: int, ids: list[str], given: Any) -> Any:
    return {
        "can_handle": pick % 5 == 0,
        "hand_to": [None, *ids][pick % (len(ids) + 1)],
        "reason": f"r{pick % 3}",
    }


def _planned(pick: int, ids: list[str], given: Any) -> Any:
    if pick % 6 == 5:
        return {"is_done": True, "answer": len(given[0]["steps"])}
    steps = [
        {"id": f"p{at}", "agent": ids[(pick >> at) % len(ids)], "input": at} for at in range(3)
    ]
    return {"facts": [f"f{pick}"], "steps": steps[: pick % 4]}


ANSWERS: dict[str, Any] = {
    "run": lambda pick, ids, given: f"{pick}!",
    "decompose_task": _split,
    "aggregate_results": lambda pick, ids, given: ["all", pick],
    "select_specialist": _chosen,
    "contribute": _contributed,
    "create_proposal": lambda pick, ids, given: {"proposal": pick},
    "vote": _voted,
    "construct_argument": _argued,
    "rebut": _argued,
    "judge_debate": _judged,
    "evaluate_task": _evaluated,
    "execute_task": lambda pick, ids, given: f"{pick}!",
    "plan_task": _planned,
}
for _role in ANSWERS:
    if _role != "run":
        setattr(Acts, _role, _method(_role))

PATTERNS: dict[str, Any] = {
    "blackboard": blackboard,
    "consensus": consensus,
    "debate": debate,
    "handoff": handoff,
    "magentic": magentic,
    "supervisor_worker": supervisor_worker,
}


@workflow
async def acted_in_roles(ctx: Context, play: Play) -> Result:
    ids = [player.id for player in play.players]
    agents = [Acts(player, ids) for player in play.players]
    stop = None if play.turns_max is None else TurnsMax(play.turns_max)
    options = Options(stop=stop, turn_timeout_s=TIMEOUT_S)
    settings = dict(play.settings)
    if "rules" in settings:
        settings["rules"] = msgspec.convert(settings["rules"], Rules)
    if settings.pop("tells_hops", False):
        settings["passes"] = lambda task, hops: [task, len(hops)]
    return await PATTERNS[play.pattern](ctx, agents, "in", options=options, **settings)  # type: ignore[no-any-return]


# --- plays

MILD: tuple[Deed, ...] = ("answers",) * 6 + ("fails", "wrong", "hangs")
WILD: tuple[Deed, ...] = (*MILD, "denied")


@st.composite
def players(draw: st.DrawFn, least: int) -> tuple[Player, ...]:
    deeds = draw(st.sampled_from([MILD, MILD, WILD]))
    move = st.builds(
        Move,
        deed=st.sampled_from(deeds),
        delay_s=st.sampled_from([0, 0, 1, 2, 3]),
        pick=st.integers(0, 10_000),
    )
    return tuple(
        Player(
            id=f"p{i}",
            moves=tuple(draw(st.lists(move, min_size=1, max_size=5))),
            is_inline=draw(st.booleans()),
            capabilities=draw(st.sampled_from([("x",), ("y",), ("x", "y"), ("*",)])),
        )
        for i in range(draw(st.integers(least, 5)))
    )


@st.composite
def plays(draw: st.DrawFn, pattern: str) -> Play:
    cast = draw(players(3))
    ids = [player.id for player in cast]
    turns_max = draw(st.none() | st.none() | st.integers(1, 8))
    settings: dict[str, Any] = draw(SETTINGS[pattern](ids))
    return Play(pattern=pattern, players=cast, settings=settings, turns_max=turns_max)


def rights(ids: list[str]) -> st.SearchStrategy[Any]:
    keys = st.lists(st.sampled_from(["*", "a/*", "b", "c"]), unique=True)
    return st.none() | st.dictionaries(st.sampled_from(ids[1:]), keys)


def rules(ids: list[str]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "rule": st.sampled_from(["majority", "plurality", "unanimous"]),
            "weights": st.dictionaries(st.sampled_from(ids[1:]), st.integers(0, 3)),
            "quorum": st.integers(1, len(ids)),
            "veto": st.lists(st.sampled_from(ids), unique=True, max_size=1),
            "tie": st.sampled_from(["none", "first", "chair"]),
            "chair": st.sampled_from(ids),
            "counts_abstentions": st.booleans(),
        }
    )


def targets(ids: list[str]) -> st.SearchStrategy[Any]:
    some = st.lists(st.sampled_from(ids), unique=True)
    return st.none() | st.dictionaries(st.sampled_from(ids), some)


SETTINGS: dict[str, Any] = {
    "blackboard": lambda ids: st.fixed_dictionaries(
        {"writers": rights(ids), "rounds_max": st.integers(1, 5), "stall_max": st.integers(1, 3)}
    ),
    "consensus": lambda ids: st.fixed_dictionaries(
        {"rules": rules(ids), "rounds_max": st.integers(1, 3)}
    ),
    "debate": lambda ids: st.fixed_dictionaries({"rounds_max": st.integers(1, 5)}),
    "handoff": lambda ids: st.fixed_dictionaries(
        {
            "targets": targets(ids),
            "hops_max": st.integers(1, 6),
            "loops": st.sampled_from(["refuse", "return"]),
            "tells_hops": st.booleans(),
        }
    ),
    "magentic": lambda ids: st.fixed_dictionaries(
        {"plans_max": st.integers(1, 5), "stall_max": st.integers(1, 3)}
    ),
    "supervisor_worker": lambda ids: st.fixed_dictionaries(
        {
            "failures_max": st.none() | st.integers(0, 3),
            "attempts_max": st.integers(1, 3),
            "stall_max": st.integers(1, 6),
        }
    ),
}

# --- laws


def law(play: Play, cut: float) -> None:
    live = record(acted_in_roles, play)
    check(play, live)
    length = 1 + round(cut * (len(live.events) - 2))
    clock = JumpingClock(start_ms=live.events[length - 1].recorded_at_ms)
    check(play, take_up(copied(live, length), acted_in_roles, live.run, clock=clock))


def check(play: Play, live: Recorded) -> None:
    """The laws that every pattern obeys, and those of this one."""
    replay = replayed(acted_in_roles, live)
    assert ending(replay) == (live.result, live.error)
    assert replay.ahead == ()
    begun, ended = (
        steps(live, "scheduled"),
        steps(live, "completed", "failed", "denied", "cancelled"),
    )
    assert begun == ended, "nobody is left behind"
    if live.error is not None:
        assert "secret was denied" in live.error
        return
    unheard = steps(live, "cancelled")  # whoever asked was withdrawn before the answer was there
    assert steps(live, "denied") <= unheard, "a refusal of authority is never hidden"
    result = live.result
    numbers = [turn.number for turn in result.turns]
    assert len(set(numbers)) == len(numbers)
    for turn in result.turns:
        assert (turn.answer is not None) == (turn.ending == "answered")
        assert (turn.error is not None) == (turn.ending in ("failed", "timed_out"))
    if result.status == "stopped":
        assert play.turns_max is not None
        assert len(result.turns) >= play.turns_max
    LAWS[play.pattern](play, result)


def steps(live: Recorded, *happened: str) -> set[int]:
    kinds = {f"step.{each}/1" for each in happened}
    return {msgspec.json.decode(e.body or b"")["step"] for e in live.events if e.kind in kinds}


def asked(result: Result, *roles: str) -> list[Turn]:
    return [turn for turn in result.turns if turn.role in roles]


def answered(result: Result, *roles: str) -> list[Turn]:
    return [turn for turn in asked(result, *roles) if turn.ending == "answered"]


def supervisor_law(play: Play, result: Result) -> None:
    able = {p.id: p.capabilities for p in play.players}
    split = answered(result, "decompose_task")
    if not split:
        assert result.status in ("failed", "stopped")
        return
    subtasks = {each["id"]: each for each in split[0].answer["subtasks"]}
    if "subtasks" not in result.details:
        assert "split the task wrongly" in result.reason
        assert len(subtasks) < len(split[0].answer["subtasks"])
        return
    told = result.details["subtasks"]
    assert [each["id"] for each in told] == list(subtasks)  # 1: none is dropped
    statuses = Counter(each["status"] for each in told)
    for each in told:
        needs = subtasks[each["id"]].get("required_capabilities", [])
        for id in each["workers"]:
            assert "*" in able[id] or set(needs) <= set(able[id])  # 2
            assert id != "p0"
        assert len(set(each["workers"])) == len(each["workers"])  # 3
        assert len(each["workers"]) <= play.settings["attempts_max"]
    for player in play.players:  # 2: one at a time
        spans = [
            (t.began_ms, t.began_ms + t.took_ms)
            for t in asked(result, "run")
            if t.agent == player.id
        ]
        spans.sort()
        assert all(first[1] <= second[0] for first, second in pairwise(spans))
    most = play.settings["failures_max"]
    allowed = max(0, len(told) - 1) if most is None else most
    if asked(result, "aggregate_results"):
        assert not statuses["left"]  # 1
        assert statuses["failed"] <= allowed  # 5
        assert result.turns[-1].role == "aggregate_results"
    if result.status == "solved":
        assert result.output == result.turns[-1].answer
    else:
        assert set(result.output) == {each["id"] for each in told if each["status"] == "done"}
    if result.status == "exhausted":  # 6
        last = sorted(asked(result, "run"), key=lambda turn: turn.began_ms + turn.took_ms)
        failed = [t for t in last if t.ending in ("failed", "timed_out")]
        assert len(failed) >= play.settings["stall_max"]


def blackboard_law(play: Play, result: Result) -> None:
    contributions = {turn.number: turn for turn in answered(result, "contribute")}
    entries, refused = result.details.get("entries", []), result.details.get("refused", [])
    assert [entry["version"] for entry in entries] == [*range(1, len(entries) + 1)]  # 1
    writers = play.settings["writers"]
    newest: dict[str, Any] = {}
    for entry in entries:
        said = contributions[entry["turn"]]
        assert (said.agent, said.answer["key"]) == (entry["by"], entry["key"])
        assert said.answer["value"] == entry["value"]
        based_on = said.answer.get("based_on")
        assert based_on in (None, newest.get(entry["key"], {"version": 0})["version"])
        if writers is not None:
            rights = writers.get(entry["by"], [])
            assert any(is_within_resource(entry["key"], own) for own in rights)
        newest[entry["key"]] = entry
    assert result.output == {key: entry["value"] for key, entry in newest.items()}
    written = [each["turn"] for each in [*entries, *refused] if each["turn"]]
    assert sorted(written) == sorted(contributions)  # 1: each is on the board or refused
    assert result.details.get("rounds", 0) <= play.settings["rounds_max"]
    chosen = answered(result, "select_specialist")
    if result.status == "solved":  # 3
        assert chosen[-1].answer["solved"]
    if result.status == "failed":
        assert result.turns[-1].role == "select_specialist"
        assert result.turns[-1].ending != "answered"


def consensus_law(play: Play, result: Result) -> None:
    rules = msgspec.convert(play.settings["rules"], Rules)
    order = [player.id for player in play.players]
    rounds = result.details["rounds"]
    votes = answered(result, "vote")
    for at, held in enumerate(rounds):
        if "totals" not in held:
            assert result.status == "stopped"
            continue
        cast = [turn for turn in votes if turn.number in range(*_numbers(result, at))]
        assert len({turn.agent for turn in cast}) == len(cast)  # 2
        cast.sort(key=lambda turn: order.index(turn.agent))
        valid = {t.agent: t.answer["choice"] for t in cast if t.answer["choice"] != "nobody"}
        assert {each["voter"]: each["choice"] for each in held["counted"]} == valid
        assert held["winner"] == naive_winner(rules, held["options"], valid, len(order))  # 1
    if result.status == "solved":
        winner = rounds[-1]["winner"]
        assert winner == result.details["winner"] not in (None, "reject")
        made = {t.agent: t.answer["proposal"] for t in answered(result, "create_proposal")}
        assert result.output == made[winner]  # 5
    else:
        assert result.output is None
        assert not any(held["winner"] not in (None, "reject") for held in rounds)
    if result.status == "exhausted":
        assert len(rounds) == play.settings["rounds_max"]


def _numbers(result: Result, at: int) -> tuple[int, int]:
    """The turns' numbers of a round: the proposals begin it."""
    players = max(turn.number for turn in result.turns)
    begins: list[int] = []
    last = "vote"
    for turn in sorted(result.turns, key=lambda turn: turn.number):
        if turn.role == "create_proposal" and last == "vote":
            begins.append(turn.number)
        last = turn.role
    return (begins[at], begins[at + 1] if at + 1 < len(begins) else players + 1)


def naive_winner(
    rules: Rules, options: list[str], votes: dict[str, str], voters: int
) -> str | None:
    """The arithmetic again, in other words."""
    if len(votes) < rules.quorum or any(votes.get(id) == "reject" for id in rules.veto):
        return None
    ballots = [(choice, rules.weights.get(id, 1)) for id, choice in votes.items()]
    weights = {o: sum(w for choice, w in ballots if choice == o) for o in [*options, "reject"]}
    counts = rules.counts_abstentions
    whole = sum(w for choice, w in ballots if counts or choice != "abstain")
    top = max(weights.values())
    if not top:
        return None
    first, *others = [o for o in weights if weights[o] == top]
    if rules.rule == "unanimous":
        return first if top == whole else None
    if rules.rule == "majority" and top * 2 < whole:
        return None
    if rules.rule == "majority" and top * 2 == whole and not others:
        return None
    if not others or rules.tie == "first":
        return first
    chairs = votes.get(rules.chair or "")
    return chairs if rules.tie == "chair" and chairs in (first, *others) else None


def debate_law(play: Play, result: Result) -> None:
    judge, sides = play.players[0].id, [player.id for player in play.players[1:]]
    transcript, conceded = result.details["transcript"], result.details["conceded"]
    spoke = Counter((said["round"], said["side"]) for said in transcript)
    assert set(spoke.values()) <= {1}
    assert judge not in {said["side"] for said in transcript}  # 1
    assert all(number <= play.settings["rounds_max"] for number, _ in spoke)
    for side, to in conceded.items():
        assert to != side
        rounds = [
            turn for turn in asked(result, "construct_argument", "rebut") if turn.agent == side
        ]
        said = [turn for turn in rounds if turn.ending == "answered"]
        assert said[-1].answer["concedes"] == to  # 3: it never speaks again
        assert rounds[-1] is said[-1]
    left = [side for side in sides if side not in conceded]
    assert left
    judged = answered(result, "judge_debate")
    if result.status == "solved":  # 4
        assert result.output["winner"] in left
        if len(left) > 1:
            assert judged[-1].answer["winner"] == result.output["winner"]
    if result.status == "exhausted":
        assert result.output["winner"] is None
        last = judged[-1].answer
        rounds_are_over = result.details["judgements"][-1]["round"] == play.settings["rounds_max"]
        assert last.get("settled") or rounds_are_over
        assert last.get("winner") not in left or not (last.get("settled") or rounds_are_over)  # 5
    if result.status == "failed":
        reasons = ("no side argued", f"{judge}.judge_debate")
        assert result.reason.startswith(reasons)


def handoff_law(play: Play, result: Result) -> None:
    hops, ids = result.details["hops"], [player.id for player in play.players]
    permitted = play.settings["targets"]
    assert len(hops) <= play.settings["hops_max"]
    place, path = ids[0], [ids[0]]
    seen = {(ids[0], "")}
    for hop in hops:
        assert hop["from"] == place  # 1: one agent has it
        if hop["kind"] == "handed":
            assert hop["to"] != place
            assert permitted is None or hop["to"] in permitted.get(place, [])  # 2
            assert (hop["to"], hop["reason"]) not in seen  # 3
        else:
            assert play.settings["loops"] == "return"
            assert hop["to"] == path[-2]
        seen.add((hop["to"], hop["reason"]))
        path = path[: path.index(hop["to"])] if hop["to"] in path else path
        path.append(hop["to"])
        place = hop["to"]
    executed = asked(result, "execute_task", "run")
    assert len(executed) <= 1
    if executed:
        assert executed[0].agent == place
        said = asked(result, "evaluate_task")[-1]
        assert said.agent == place
        assert said.answer["can_handle"]  # 4
    assert (result.status == "solved") == (result.details["handled"] is not None)
    if result.status == "solved":
        assert (result.details["handled"], result.output) == (place, executed[0].answer)
    if result.status == "failed":
        assert executed[0].ending != "answered"  # 4
    if result.status == "exhausted":
        assert not executed


def magentic_law(play: Play, result: Result) -> None:
    planner, ids = play.players[0].id, [player.id for player in play.players]
    plans = answered(result, "plan_task")
    assert {turn.agent for turn in asked(result, "run")} <= set(ids) - {planner}  # 1
    assert result.details["plans"] == len(plans) <= play.settings["plans_max"]
    steps, stalls, last = result.details["steps"], 0, None
    for number, turn in enumerate(plans, 1):
        planned = turn.answer.get("steps", [])
        if turn.answer.get("is_done"):
            assert number == len(plans)
            assert result.output == turn.answer.get("answer")  # 4
            assert result.status == "solved"
            return
        taken = [step for step in steps if step["plan"] == number]
        assert [(s["step"], s["agent"]) for s in taken] == [(s["id"], s["agent"]) for s in planned]
        statuses = [step["status"] for step in taken]
        done = statuses.count("done")
        rest = statuses[done:]
        assert statuses[:done] == ["done"] * done
        if result.status != "stopped":
            assert rest == [] or rest[0] in ("failed", "refused")  # 3
        assert set(rest[1:]) <= {"dropped"}
        last = taken[done - 1]["answer"] if done else last
        stalls = 0 if done else stalls + 1
    assert result.status != "solved"
    assert result.output == last
    if result.status == "exhausted":
        settings = play.settings
        assert stalls >= settings["stall_max"] or len(plans) == settings["plans_max"]
    if result.status == "failed":
        assert result.turns[-1].role == "plan_task"


LAWS = {
    "blackboard": blackboard_law,
    "consensus": consensus_law,
    "debate": debate_law,
    "handoff": handoff_law,
    "magentic": magentic_law,
    "supervisor_worker": supervisor_law,
}

CUTS = st.floats(0, 1)


@given(plays("supervisor_worker"), CUTS)
def test_supervisor_worker(play: Play, cut: float) -> None:
    law(play, cut)


@given(plays("blackboard"), CUTS)
def test_blackboard(play: Play, cut: float) -> None:
    law(play, cut)


@given(plays("consensus"), CUTS)
def test_consensus(play: Play, cut: float) -> None:
    law(play, cut)


@given(plays("debate"), CUTS)
def test_debate(play: Play, cut: float) -> None:
    law(play, cut)


@given(plays("handoff"), CUTS)
def test_handoff(play: Play, cut: float) -> None:
    law(play, cut)


@given(plays("magentic"), CUTS)
def test_magentic(play: Play, cut: float) -> None:
    law(play, cut)
