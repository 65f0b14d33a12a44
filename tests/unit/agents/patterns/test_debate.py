"""A debate: sides, rounds, a judge who is none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import NoSecrets, endings, played

import tarl
from tarl.agents.patterns.debate import debate
from tarl.agents.roles import Argument, Judgement
from tarl.agents.session import Ask, Options
from tarl.agents.stop import TurnsMax


def side(id: str, *, rebuts: Any = None, **options: Any) -> Player:
    says = lambda told: Argument(text=f"{id}{told['round']}")  # noqa: E731
    return Player(id, **{"construct_argument": says, "rebut": rebuts or says} | options)


def judge(said: Any = None, id: str = "judge", **options: Any) -> Player:
    return Player(id, judge_debate=said or Judgement(), **options)


def by_round(*judgements: Judgement) -> Any:
    return lambda told: judgements[told["round"] - 1]


def concedes(to: str) -> Any:
    return lambda told: Argument(text="you are right", concedes=to)


def test_the_judge_names_the_winner_after_the_last_round(tmp_path: Path) -> None:
    bench = judge(by_round(Judgement(winner="a"), Judgement(winner="b", reason="better")))
    result = played(
        tmp_path, lambda ctx: debate(ctx, [side("a"), side("b"), bench], "topic", rounds_max=2)
    )
    assert result.status == "solved"
    assert result.output == {"winner": "b", "text": "b2", "reason": "better"}
    assert [(s["round"], s["side"]) for s in result.details["transcript"]] == [
        (1, "a"),
        (1, "b"),
        (2, "a"),
        (2, "b"),
    ]


def test_sides_of_a_round_see_the_rounds_before_it(tmp_path: Path) -> None:
    def rebuts(told: dict[str, Any]) -> Argument:
        return Argument(text=" ".join(said["text"] for said in told["transcript"]))

    agents = [side("a", delay_s=3), side("b", rebuts=rebuts), side("c"), judge()]
    result = played(tmp_path, lambda ctx: debate(ctx, agents, "topic", rounds_max=2))
    assert result.details["transcript"][4]["text"] == "a1 b1 c1"


def test_a_settled_debate_ends_early(tmp_path: Path) -> None:
    bench = judge(Judgement(winner="a", settled=True))
    result = played(tmp_path, lambda ctx: debate(ctx, [side("a"), side("b"), bench], "topic"))
    assert (result.status, result.output["winner"]) == ("solved", "a")
    assert len(result.details["transcript"]) == 2


def test_rounds_without_a_winner_exhaust_it(tmp_path: Path) -> None:
    for name, said, why in (
        ("rounds", Judgement(), "3 rounds without a winner"),
        ("settled", Judgement(settled=True), "the judge sees no winner"),
    ):
        agents = [side("a"), side("b"), judge(said)]
        result = played(tmp_path / name, lambda ctx, agents=agents: debate(ctx, agents, "t"))
        assert (result.status, result.reason) == ("exhausted", why)
        assert result.output["winner"] is None


def test_who_concedes_leaves_and_the_last_one_wins_without_the_judge(tmp_path: Path) -> None:
    agents = [side("a"), side("b", rebuts=concedes("a")), side("c", rebuts=concedes("b")), judge()]
    result = played(tmp_path, lambda ctx: debate(ctx, agents, "topic", rounds_max=4))
    assert result.details["conceded"] == {"b": "a"}
    assert result.details["ignored"] == [
        "c concedes to b, who is not in it",
        "c concedes to b, who is not in it",
        "c concedes to b, who is not in it",
    ]
    assert result.status == "exhausted"
    agents[2] = side("c", rebuts=concedes("a"))
    result = played(tmp_path / "2", lambda ctx: debate(ctx, agents, "topic", rounds_max=4))
    assert (result.status, result.output["winner"]) == ("solved", "a")
    assert len(result.details["judgements"]) == 1


def test_two_who_concede_to_each_other_leave_one(tmp_path: Path) -> None:
    agents = [side("a", rebuts=concedes("b")), side("b", rebuts=concedes("a")), judge()]
    result = played(tmp_path, lambda ctx: debate(ctx, agents, "topic"))
    assert (result.status, result.output["winner"]) == ("solved", "b")
    assert result.details["ignored"] == ["b concedes to a, who is not in it"]


def test_a_judge_who_names_nobody_of_the_debate_has_named_nobody(tmp_path: Path) -> None:
    agents = [side("a"), side("b"), judge(Judgement(winner="judge", settled=True))]
    result = played(tmp_path, lambda ctx: debate(ctx, agents, "topic"))
    assert (result.status, result.output["winner"]) == ("exhausted", None)
    assert result.details["ignored"] == ["the judge names judge, who is not in it"]


def test_a_side_that_fails_or_hangs_has_not_spoken(tmp_path: Path) -> None:
    agents = [
        side("a", rebuts=ValueError("no")),
        side("b", construct_argument={"texts": 3}),
        side("c", delay_s=1e6),
        judge(by_round(Judgement(), Judgement(winner="a"))),
    ]
    options = Options(turn_timeout_s=5)
    result = played(
        tmp_path, lambda ctx: debate(ctx, agents, "topic", rounds_max=2, options=options)
    )
    assert (result.status, result.output["winner"]) == ("solved", "a")
    assert [said["side"] for said in result.details["transcript"]] == ["a", "b"]
    assert ("c", "timed_out") in endings(result)


def test_no_argument_at_all_or_no_judgement_fails(tmp_path: Path) -> None:
    silent = [side(id, construct_argument=ValueError("no")) for id in "ab"]
    result = played(tmp_path / "1", lambda ctx: debate(ctx, [*silent, judge()], "topic"))
    assert (result.status, result.reason) == ("failed", "no side argued in round 1")
    bench = judge(ValueError("no"))
    result = played(tmp_path / "2", lambda ctx: debate(ctx, [side("a"), side("b"), bench], "t"))
    assert result.status == "failed"
    assert "judge.judge_debate" in result.reason


def test_a_refusal_of_authority_aborts(tmp_path: Path) -> None:
    slow = side("a", delay_s=1e6)
    other = Forbidden("b", "construct_argument", delay_s=1, rebut=Argument(text=""))
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(tmp_path, lambda ctx: debate(ctx, [slow, other, judge()], "t"), gate=NoSecrets())


def test_stop_conditions_and_people_keep_who_is_ahead(tmp_path: Path) -> None:
    agents = [side("a"), side("b"), judge(Judgement(winner="a", reason="so far"))]
    options = Options(stop=TurnsMax(3))
    result = played(tmp_path / "1", lambda ctx: debate(ctx, agents, "t", options=options))
    assert (result.status, result.output) == (
        "stopped",
        {"winner": "a", "text": "a1", "reason": "so far"},
    )
    ask = Options(ask=Ask(before=("judge",), approvers=("ada",), expires_s=60))
    result = played(
        tmp_path / "2", lambda ctx: debate(ctx, agents, "t", options=ask), during=answers_come
    )
    assert (result.status, result.output) == ("stopped", None)
    assert len(result.details["transcript"]) == 2


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.too_few", [side("a"), judge()], {}),
        ("agents.role", [side("a"), side("b"), side("c")], {}),
        ("agents.role", [side("a"), Player("x"), judge()], {}),
        ("agent.role", [side("a"), Player("b", construct_argument=1), judge()], {}),
        ("agent.role", [side("a"), side("b"), judge()], {"judge": "a"}),
        ("debate.judge_is_side", [side("a"), side("b"), judge()], {"judge": "a", "sides": ["a"]}),
        ("agents.unknown", [side("a"), side("b"), judge()], {"sides": ["a", "z"]}),
        ("agents.role", [side("a"), side("b"), judge()], {"sides": ["a"]}),
        ("agents.role", [side("a"), side("b"), judge()], {"sides": ["a", "a"]}),
        ("agents.duplicate", [side("a"), side("a"), judge()], {}),
        ("agents.bound", [side("a"), side("b"), judge()], {"rounds_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: debate(ctx, agents, "t", **settings)) == code
    assert not any(agent.heard for agent in agents)


def test_an_agent_with_all_roles_judges_only_what_it_is_no_side_of(tmp_path: Path) -> None:
    both = side("a", judge_debate=Judgement(winner="b", settled=True))
    result = played(
        tmp_path / "1",
        lambda ctx: debate(ctx, [both, side("b"), side("c")], "t", sides=["b", "c"]),
    )
    assert (result.status, result.output["winner"]) == ("solved", "b")
    result = played(
        tmp_path / "2", lambda ctx: debate(ctx, [both, side("b"), side("c")], "t", judge="a")
    )
    assert {said["side"] for said in result.details["transcript"]} == {"b", "c"}
