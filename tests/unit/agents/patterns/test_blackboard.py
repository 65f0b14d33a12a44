"""A blackboard: entries are only added, by who may write them, on what they saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import Lender, NoSecrets, endings, played

import tarl
from tarl.agents.patterns.blackboard import blackboard
from tarl.agents.patterns.board import Board
from tarl.agents.roles import Contribution, Selection
from tarl.agents.session import Ask, Options
from tarl.agents.stop import TurnsMax


def specialist(id: str, said: Any = None, **options: Any) -> Player:
    """Writes the round's number under its own name, unless told what."""
    default = lambda view: Contribution(key=id, value=view["round"])  # noqa: E731
    return Player(id, contribute=default if said is None else said, **options)


def in_turn(*names: str, solved_after: int = 100) -> Any:
    """A rule: one specialist a round, again and again."""

    def choose(view: dict[str, Any]) -> Selection:
        if view["round"] > solved_after:
            return Selection(solved=True, reason="enough")
        return Selection(specialist=names[(view["round"] - 1) % len(names)])

    return choose


def at_once(*names: str) -> Any:
    return lambda view: [Selection(specialist=name) for name in names]


def test_a_controller_chooses_until_it_is_solved(tmp_path: Path) -> None:
    def choose(view: dict[str, Any], told: list[dict[str, Any]]) -> Selection:
        empty = [each["id"] for each in told if each["id"] not in view["board"]]
        return Selection(specialist=empty[0]) if empty else Selection(solved=True, reason="full")

    agents = [Player("lead", select_specialist=choose), specialist("a"), specialist("b")]
    result = played(tmp_path, lambda ctx: blackboard(ctx, agents, "problem"))
    assert (result.status, result.reason) == ("solved", "full")
    assert result.output == {"a": 1, "b": 2}
    assert result.details["entries"] == [
        {"version": 1, "key": "a", "value": 1, "type": "contribution", "by": "a", "turn": 2},
        {"version": 2, "key": "b", "value": 2, "type": "contribution", "by": "b", "turn": 4},
    ]


def test_a_rule_may_choose_and_running_out_of_rounds_is_no_solution(tmp_path: Path) -> None:
    agents = [specialist("a"), specialist("b")]
    rule = in_turn("a", "b", solved_after=3)
    solved = played(tmp_path / "1", lambda ctx: blackboard(ctx, agents, 0, controller=rule))
    assert (solved.status, solved.output) == ("solved", {"a": 3, "b": 2})
    out = played(
        tmp_path / "2", lambda ctx: blackboard(ctx, agents, 0, controller=rule, rounds_max=3)
    )
    assert (out.status, out.reason, out.output) == ("exhausted", "3 rounds", {"a": 3, "b": 2})


def test_a_predicate_of_the_values_solves_it(tmp_path: Path) -> None:
    result = played(
        tmp_path,
        lambda ctx: blackboard(
            ctx,
            [specialist("a")],
            0,
            controller=in_turn("a"),
            until=lambda values: values.get("a", 0) >= 2,
            answer_key="a",
        ),
    )
    assert (result.status, result.output, result.details["rounds"]) == ("solved", 2, 2)


def test_who_has_no_right_to_a_key_writes_nothing(tmp_path: Path) -> None:
    agents = [
        specialist("a", Contribution(key="plan/a", value=1)),
        specialist("b", Contribution(key="plan/a", value=2)),
    ]
    result = played(
        tmp_path,
        lambda ctx: blackboard(
            ctx,
            agents,
            0,
            controller=in_turn("a", "b", solved_after=2),
            writers={"a": ["plan/*"], "b": ["plan", "notes/*"]},
        ),
    )
    assert result.output == {"plan/a": 1}
    assert result.details["refused"] == [
        {"key": "plan/a", "by": "b", "turn": 2, "why": "b may not write plan/a"}
    ]


def test_who_is_left_out_of_the_rights_has_none(tmp_path: Path) -> None:
    board = Board({"a": ["*"]})
    assert board.add(Contribution(key="x", value=1), by="a", turn=1)
    assert not board.add(Contribution(key="x", value=2), by="b", turn=2)
    assert board.values == {"x": 1}


def test_what_rests_on_an_old_version_is_refused(tmp_path: Path) -> None:
    def adds(view: dict[str, Any]) -> Contribution:
        seen = view["board"].get("sum", {"value": 0, "version": 0})
        return Contribution(key="sum", value=seen["value"] + 1, based_on=seen["version"])

    agents = [specialist("a", adds, delay_s=5), specialist("b", adds, delay_s=1)]
    result = played(
        tmp_path,
        lambda ctx: blackboard(ctx, agents, 0, controller=at_once("a", "b"), rounds_max=3),
    )
    assert result.output == {"sum": 3}
    assert [entry["by"] for entry in result.details["entries"]] == ["a", "a", "a"]
    assert [each["by"] for each in result.details["refused"]] == ["b", "b", "b"]
    assert result.details["refused"][0]["why"] == ("it is based on version 0 of sum, which is at 1")


def test_entries_are_never_changed(tmp_path: Path) -> None:
    board = Board()
    for value in range(3):
        assert board.add(Contribution(key="k", value=value), by="a", turn=value)
    assert [entry.value for entry in board.entries] == [0, 1, 2]
    assert [entry.version for entry in board.entries] == [1, 2, 3]
    assert board.version_of("k") == 3
    assert not board.add(Contribution(key="", value=1), by="a", turn=9)


def test_rounds_that_bring_nothing_are_a_stall(tmp_path: Path) -> None:
    agents = [specialist("a", ValueError("no"))]
    result = played(
        tmp_path, lambda ctx: blackboard(ctx, agents, 0, controller=in_turn("a", "nobody"))
    )
    assert (result.status, result.reason) == ("exhausted", "3 rounds in a row brought no entry")
    assert result.details["refused"] == [
        {"key": "", "by": "nobody", "turn": 0, "why": "no such specialist"}
    ]
    assert endings(result) == [("a", "failed"), ("a", "failed")]


def test_nobody_selected_exhausts_it(tmp_path: Path) -> None:
    agents = [Player("lead", select_specialist=Selection()), specialist("a")]
    result = played(tmp_path, lambda ctx: blackboard(ctx, agents, 0))
    assert (result.status, result.reason) == ("exhausted", "nobody was selected")


def test_a_controller_that_fails_is_no_solution(tmp_path: Path) -> None:
    for name, said in (("raises", ValueError("no")), ("wrong", {"solved": "perhaps"})):
        agents = [Player("lead", select_specialist=said), specialist("a")]
        result = played(tmp_path / name, lambda ctx, agents=agents: blackboard(ctx, agents, 0))
        assert result.status == "failed"
        assert "lead.select_specialist" in result.reason


def test_a_specialist_that_hangs_or_answers_something_else_costs_its_round(tmp_path: Path) -> None:
    agents = [specialist("a", {"value": 3}), specialist("b", delay_s=1e6), specialist("c")]
    result = played(
        tmp_path,
        lambda ctx: blackboard(
            ctx,
            agents,
            0,
            controller=in_turn("a", "b", "c", solved_after=3),
            options=Options(turn_timeout_s=5),
        ),
    )
    assert (result.status, result.output) == ("solved", {"c": 3})
    assert endings(result) == [("a", "failed"), ("b", "timed_out"), ("c", "answered")]


def test_a_refusal_of_authority_aborts(tmp_path: Path) -> None:
    agents = [specialist("a", delay_s=1e6), Forbidden("b", "contribute", delay_s=1)]
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(
            tmp_path,
            lambda ctx: blackboard(ctx, agents, 0, controller=at_once("a", "b")),
            gate=NoSecrets(),
        )


def test_stop_conditions_and_people_keep_the_board(tmp_path: Path) -> None:
    agents = [specialist("a"), specialist("b")]
    rule = in_turn("a", "b")
    options = Options(stop=TurnsMax(3))
    stopped = played(
        tmp_path / "1", lambda ctx: blackboard(ctx, agents, 0, controller=rule, options=options)
    )
    assert (stopped.status, stopped.output) == ("stopped", {"a": 3, "b": 2})
    ask = Options(ask=Ask(before=("b",), approvers=("ada",), expires_s=60))
    refused_by = played(
        tmp_path / "2",
        lambda ctx: blackboard(ctx, agents, 0, controller=rule, options=ask),
        during=answers_come,
    )
    assert (refused_by.status, refused_by.output) == ("stopped", {"a": 1})
    assert len(refused_by.details["entries"]) == 1


def test_authority_comes_from_the_controller(tmp_path: Path) -> None:
    lender = Lender()
    agents = [
        Player("lead", select_specialist=lambda view, _: Selection(specialist="a")),
        specialist("a", capabilities=["write"]),
    ]
    played(
        tmp_path,
        lambda ctx: blackboard(ctx, agents, 0, rounds_max=1, options=Options(lending=lender)),
    )
    assert lender.lent_to[:2] == [(None, "lead", ()), ("lead", "a", ("write",))]


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.role", [specialist("a")], {}),
        ("agents.role", [Player("lead", select_specialist=Selection())], {}),
        ("agent.role", [specialist("a"), specialist("b")], {"controller": "a"}),
        ("agents.unknown", [specialist("a")], {"controller": "nobody"}),
        ("agents.duplicate", [specialist("a"), specialist("a")], {"controller": in_turn("a")}),
        (
            "blackboard.writers",
            [specialist("a")],
            {"controller": in_turn("a"), "writers": {"b": []}},
        ),
        ("agents.bound", [specialist("a")], {"controller": in_turn("a"), "rounds_max": 0}),
        ("agents.bound", [specialist("a")], {"controller": in_turn("a"), "stall_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: blackboard(ctx, agents, 0, **settings)) == code
    assert not any(agent.heard for agent in agents)
