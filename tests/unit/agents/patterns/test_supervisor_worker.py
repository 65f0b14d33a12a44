"""A supervisor and workers: nothing dropped, failed parts tried by others, budgets split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import Lender, NoSecrets, endings, played

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.nested import PatternAgent
from tarl.agents.patterns.supervisor_worker import SUBTASKS_MAX, supervisor_worker
from tarl.agents.result import Result
from tarl.agents.roles import Decomposition, Subtask
from tarl.agents.session import Ask, Options
from tarl.agents.spending import Budget
from tarl.agents.stop import TurnsMax


def split(task: list[Any]) -> Decomposition:
    """A task is a list of inputs; a pair is an input and a capability."""
    return Decomposition(
        subtasks=tuple(
            Subtask(id=f"s{at}", input=each[0], required_capabilities=(each[1],))
            if isinstance(each, list)
            else Subtask(id=f"s{at}", input=each)
            for at, each in enumerate(task)
        )
    )


def total(task: Any, results: list[dict[str, Any]]) -> Any:
    return [each.get("answer", "-") for each in results]


def boss(**roles: Any) -> Player:
    return Player("boss", **{"decompose_task": split, "aggregate_results": total} | roles)


def worker(id: str, *, fails: Any = (), **options: Any) -> Player:
    def run(given: Any) -> Any:
        return ValueError(f"not {given}") if given in fails else [id, given]

    return Player(id, run=run, **options)


def statuses(result: Result) -> dict[str, str]:
    return {each["id"]: each["status"] for each in result.details["subtasks"]}


def test_more_subtasks_than_workers_wait_and_none_is_dropped(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=1), worker("b", delay_s=3.5)]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2, 3, 4, 5]))
    assert result.status == "solved"
    assert [answer[1] for answer in result.output] == [1, 2, 3, 4, 5]
    assert [answer[0] for answer in result.output] == ["a", "b", "a", "a", "a"]
    assert set(statuses(result).values()) == {"done"}


def test_each_worker_has_one_subtask_at_a_time(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=10), worker("b", delay_s=10)]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2, 3, 4]))
    for turns in (result.by_agent()["a"], result.by_agent()["b"]):
        assert turns[1].began_ms >= turns[0].began_ms + turns[0].took_ms


def test_a_subtask_goes_only_to_who_can_do_it(tmp_path: Path) -> None:
    agents = [boss(), worker("a", capabilities=["read"]), worker("b", capabilities=["math.*"])]
    task = [[1, "math.add"], [2, "read"], [3, "math.mul"]]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, task))
    assert result.output == [["b", 1], ["a", 2], ["b", 3]]


def test_what_nobody_can_do_fails_before_any_worker_is_asked(tmp_path: Path) -> None:
    agents = [boss(), worker("a")]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, [2, "fly"]]))
    assert result.status == "failed"
    assert "nobody can do fly" in result.reason
    assert statuses(result) == {"s0": "left", "s1": "failed"}
    assert not agents[1].heard


def test_a_failed_subtask_goes_to_another_worker_who_can(tmp_path: Path) -> None:
    agents = [boss(), worker("a", fails=[1, 2]), worker("b", delay_s=2)]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2]))
    assert result.output == [["b", 1], ["b", 2]]
    assert result.details["subtasks"][0]["workers"] == ["a", "b"]


def test_attempts_are_bounded_and_nobody_tries_twice(tmp_path: Path) -> None:
    workers = [worker(id, fails=[1]) for id in "abcd"]
    result = played(
        tmp_path, lambda ctx: supervisor_worker(ctx, [boss(), *workers], [1], attempts_max=2)
    )
    assert result.status == "failed"
    assert result.details["subtasks"] == [
        {"id": "s0", "status": "failed", "workers": ["a", "b"], "error": "ValueError: not 1"}
    ]


def test_failures_within_bounds_are_told_to_the_supervisor(tmp_path: Path) -> None:
    agents = [boss(), worker("a", fails=[2]), worker("b", fails=[2])]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2, 3], failures_max=1))
    assert result.status == "solved"
    assert [answer == "-" for answer in result.output] == [False, True, False]
    assert statuses(result)["s1"] == "failed"


def test_one_failure_too_many_withdraws_who_still_works(tmp_path: Path) -> None:
    agents = [boss(), worker("a", fails=[1], capabilities=["x"]), worker("b", delay_s=1e6)]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [[1, "x"], 2]))
    assert result.status == "failed"
    assert endings(result)[-1] == ("b", "withdrawn")
    assert statuses(result) == {"s0": "failed", "s1": "left"}


def test_all_may_fail_but_one(tmp_path: Path) -> None:
    agents = [boss(), worker("a", fails=[1, 2])]
    one = played(
        tmp_path / "one", lambda ctx: supervisor_worker(ctx, agents, [1, 2, 3], failures_max=None)
    )
    assert (one.status, one.output[2]) == ("solved", ["a", 3])
    none = played(
        tmp_path / "none", lambda ctx: supervisor_worker(ctx, agents, [1, 2], failures_max=None)
    )
    assert none.status == "failed"


def test_nothing_to_split_is_the_supervisors_to_answer(tmp_path: Path) -> None:
    agents = [boss(), worker("a")]
    for failures_max in (0, None):
        result = played(
            tmp_path / str(failures_max),
            lambda ctx, most=failures_max: supervisor_worker(ctx, agents, [], failures_max=most),
        )
        assert (result.status, result.output) == ("solved", [])


def test_attempts_that_fail_in_a_row_are_a_stall(tmp_path: Path) -> None:
    workers = [worker(id, fails=[1, 2, 3]) for id in "ab"]
    result = played(
        tmp_path,
        lambda ctx: supervisor_worker(
            ctx, [boss(), *workers], [1, 2, 3], failures_max=None, stall_max=3
        ),
    )
    assert (result.status, result.reason) == ("exhausted", "3 attempts failed in a row")


@pytest.mark.parametrize(
    ("subtasks", "why"),
    [
        ([Subtask(id="s"), Subtask(id="s")], "the same id"),
        ([Subtask(id="s", weight=-1)], "negative weight"),
        ([Subtask(id=str(at)) for at in range(5_001)], "5001 subtasks are more than 5000"),
    ],
)
def test_a_split_that_cannot_be_fails(tmp_path: Path, subtasks: list[Subtask], why: str) -> None:
    lead = boss(decompose_task=lambda _: Decomposition(subtasks=tuple(subtasks)))
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, [lead, worker("a")], 1))
    assert result.status == "failed"
    assert why in result.reason


def test_as_many_subtasks_as_there_may_be_are_all_done(tmp_path: Path) -> None:
    lead = boss(decompose_task=lambda n: split([*range(n)]), aggregate_results=lambda n, r: len(r))
    agents = [lead, *(worker(id) for id in "abcdefgh")]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, SUBTASKS_MAX))
    assert (result.status, result.output) == ("solved", SUBTASKS_MAX)


def test_a_supervisor_that_raises_or_answers_something_else_fails(tmp_path: Path) -> None:
    for name, said in (("raises", ValueError("no")), ("wrong", {"parts": 3})):
        lead = boss(decompose_task=said)
        result = played(
            tmp_path / name, lambda ctx, lead=lead: supervisor_worker(ctx, [lead, worker("a")], 1)
        )
        assert result.status == "failed"
        assert "boss.decompose_task" in result.reason


def test_a_worker_that_hangs_is_timed_out_and_its_subtask_goes_on(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=1e6), worker("b", delay_s=1)]
    options = Options(turn_timeout_s=5)
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1], options=options))
    assert result.output == [["b", 1]]
    assert ("a", "timed_out") in endings(result)


def test_a_refusal_of_authority_aborts_and_withdraws(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=1e6), Forbidden("b", "run", delay_s=1)]
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(
            tmp_path,
            lambda ctx: supervisor_worker(ctx, agents, [1, 2], failures_max=None),
            gate=NoSecrets(),
        )


def test_stop_conditions_keep_what_is_done(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=1)]
    options = Options(stop=TurnsMax(3))
    result = played(
        tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2, 3], options=options)
    )
    assert (result.status, result.reason) == ("stopped", "3 turns")
    assert result.output == {"s0": ["a", 1], "s1": ["a", 2]}
    assert statuses(result)["s2"] == "left"


def test_a_person_may_say_no_to_a_worker(tmp_path: Path) -> None:
    ask = Ask(before=("a",), approvers=("ada",), expires_s=60)
    agents = [boss(), worker("a"), worker("b", delay_s=1)]
    result = played(
        tmp_path,
        lambda ctx: supervisor_worker(ctx, agents, [1, 2], options=Options(ask=ask)),
        during=answers_come,
    )
    assert (result.status, result.output) == ("stopped", {"s1": ["b", 2]})


def words(id: str, count: int) -> ModelAgent:
    return ModelAgent(id, ScriptedModel(f"m-{id}", " ".join("word" for _ in range(count))))


def test_budgets_are_split_by_weight(tmp_path: Path) -> None:
    """Calls are divided: 6 by the weights 1, 3 and the supervisor's 2."""

    def lead(_: Any) -> Decomposition:
        return Decomposition(
            subtasks=(Subtask(id="light", input="x"), Subtask(id="heavy", input="x", weight=3))
        )

    one = Caller("a", 2)
    options = Options(budget=Budget(model_calls=6))
    result = played(
        tmp_path,
        lambda ctx: supervisor_worker(
            ctx,
            [boss(decompose_task=lead), one],
            "x",
            options=options,
            failures_max=1,
            supervisor_weight=2,
        ),
    )
    assert result.status == "solved"
    assert statuses(result) == {"light": "failed", "heavy": "done"}
    assert "1 model_calls" in result.details["subtasks"][0]["error"]
    assert result.usage.model_calls == 3


class Caller(Player):
    """Asks a model so many times, and then answers or fails."""

    inline = True

    def __init__(self, id: str, calls: int, *, fails: bool = False) -> None:
        super().__init__(id)

        async def run(input: Any) -> Any:
            for _ in range(calls):
                await words(id, 1).run(input)
            if fails:
                raise ValueError("no")
            return id

        self.run = run


def test_a_second_attempt_has_what_the_first_one_left(tmp_path: Path) -> None:
    for calls, status in ((1, "solved"), (2, "stopped")):
        agents = [boss(), Caller("a", 2, fails=True), Caller("b", calls)]
        options = Options(budget=Budget(model_calls=6))
        result = played(
            tmp_path / str(calls),
            lambda ctx, agents=agents, options=options: supervisor_worker(
                ctx, agents, ["x"], options=options
            ),
        )
        assert result.status == status  # the subtask has 3 calls, the supervisor the other 3
        assert result.usage.model_calls == 3


def test_cancelling_the_run_cancels_the_workers(tmp_path: Path) -> None:
    agents = [boss(), worker("a", delay_s=1e6), worker("b", delay_s=1e6, inline=False)]

    async def during(runtime: Any, handle: Any) -> None:
        runtime.cancel(handle.run_id, reason="enough")

    with pytest.raises(tarl.RunFailed, match="enough"):
        played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1, 2]), during=during)


def test_a_budget_that_does_not_suffice_stops_it(tmp_path: Path) -> None:
    agents = [boss(), words("a", 3), Player("b", delay_s=5)]
    options = Options(budgets={"a": Budget(model_calls=0)})
    result = played(
        tmp_path, lambda ctx: supervisor_worker(ctx, agents, ["x", "y"], options=options)
    )
    assert result.status == "stopped"
    assert "model_calls" in result.reason


def test_authority_comes_from_the_supervisor_and_strangers_get_nothing(tmp_path: Path) -> None:
    lender = Lender("a")
    agents = [boss(), worker("a", capabilities=["x"]), worker("b", capabilities=["x"])]
    result = played(
        tmp_path,
        lambda ctx: supervisor_worker(ctx, agents, [[1, "x"]], options=Options(lending=lender)),
    )
    assert result.output == [["b", 1]]
    assert ("boss", "b", ("x",)) in lender.lent_to
    assert not [taker for _, taker, _ in lender.lent_to if taker == "a"]
    assert lender.open == []


def test_a_supervisor_may_be_a_worker_of_another(tmp_path: Path) -> None:
    inner_boss = Player("inner-boss", decompose_task=split, aggregate_results=total)
    inner = [inner_boss, worker("c", fails=[1]), worker("d")]
    team = PatternAgent("team", supervisor_worker, inner, capabilities=["teamwork"])
    task = [[[1, 2], "teamwork"], [[3, 4], "teamwork"]]
    agents = [boss(), team, worker("e", capabilities=["teamwork"], fails=[[1, 2], [3, 4]])]
    result = played(tmp_path, lambda ctx: supervisor_worker(ctx, agents, task))
    assert result.output == [[["d", 1], ["d", 2]], [["c", 3], ["d", 4]]]


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.too_few", [boss()], {}),
        ("agents.role", [worker("a"), worker("b")], {}),
        ("agent.role", [Player("lead", decompose_task=split), worker("a")], {}),
        ("agent.role", [boss(), worker("a")], {"supervisor": "a"}),
        ("agents.unknown", [boss(), worker("a")], {"supervisor": "nobody"}),
        ("agents.duplicate", [boss(), worker("a"), worker("a")], {}),
        ("agents.bound", [boss(), worker("a")], {"attempts_max": 0}),
        ("agents.bound", [boss(), worker("a")], {"stall_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: supervisor_worker(ctx, agents, [1], **settings)) == code
    assert not any(agent.heard for agent in agents)
