"""A task handed on: authority moves with it, loops end, nobody left is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import NoSecrets, endings, played

import tarl
from tarl import Context
from tarl.agents.patterns.handoff import handoff
from tarl.agents.roles import Evaluation
from tarl.agents.session import Ask, Options
from tarl.agents.spending import UNBOUNDED, Budget
from tarl.agents.stop import TurnsMax


def takes(id: str, **options: Any) -> Player:
    roles = {"evaluate_task": Evaluation(can_handle=True), "execute_task": f"{id} did it"}
    return Player(id, **roles | options)


def passes_on(id: str, to: str | None = None, reason: str = "", **options: Any) -> Player:
    said = Evaluation(can_handle=False, hand_to=to, reason=reason)
    return Player(id, **{"evaluate_task": said, "execute_task": ValueError("never")} | options)


def hops(result: Any) -> list[str]:
    return [f"{hop['from']}>{hop['to']}" for hop in result.details["hops"]]


class Movable:
    """Lending that keeps who holds the task's authority, and who has handed it on for now."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.holders: list[str] = []

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        return True

    @asynccontextmanager
    async def lent(
        self,
        ctx: Context,
        giver: str | None,
        taker: str,
        actions: Sequence[str],
        *,
        constraints: Sequence[str] = (),
        budget: Budget = UNBOUNDED,
        moves: bool = False,
    ) -> Any:
        assert moves
        assert giver == (self.holders[-1] if self.holders else None)
        assert taker not in self.holders
        self.holders.append(taker)
        self.log.append(f"{giver}>{taker} {' '.join(actions)}")
        try:
            yield ctx
        finally:
            await asyncio.sleep(0.001)  # as a step of the run would: nothing that is forgotten can
            assert self.holders.pop() == taker
            self.log.append(f"{taker} back")


def test_the_first_who_can_handles_it(tmp_path: Path) -> None:
    agents = [passes_on("a"), passes_on("b"), takes("c"), takes("d")]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task"))
    assert (result.status, result.output) == ("solved", "c did it")
    assert hops(result) == ["a>b", "b>c"]
    assert result.details["handled"] == "c"


def test_who_hands_it_on_says_to_whom(tmp_path: Path) -> None:
    agents = [passes_on("a", "c", "sums"), takes("b"), takes("c")]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task"))
    assert result.output == "c did it"
    assert result.details["hops"] == [{"from": "a", "to": "c", "reason": "sums", "kind": "handed"}]


def test_authority_moves_along_and_comes_back(tmp_path: Path) -> None:
    lender = Movable()
    agents = [
        passes_on("a", "b", capabilities=["mail.*"]),
        passes_on("b", "c", capabilities=["mail.send"]),
        takes("c", capabilities=["mail.send"]),
    ]
    played(
        tmp_path,
        lambda ctx: handoff(
            ctx, agents, "task", needs=["mail.send"], options=Options(lending=lender)
        ),
    )
    assert lender.log[:6] == [
        "None>a mail.send",
        "a>b mail.send",
        "b>c mail.send",
        "c back",
        "b back",
        "a back",
    ]
    assert lender.holders == []


def test_a_task_that_goes_back_takes_authority_back(tmp_path: Path) -> None:
    lender = Movable()

    def evaluates(told: dict[str, Any]) -> Evaluation:
        return Evaluation(can_handle=len(told["hops"]) > 1, hand_to="b", reason="look at it")

    agents = [
        takes("a", evaluate_task=evaluates),
        passes_on("b", "a", "I have looked"),
    ]
    result = played(
        tmp_path,
        lambda ctx: handoff(
            ctx,
            agents,
            "task",
            passes=lambda task, hops: {"task": task, "hops": list(hops)},
            options=Options(lending=lender),
        ),
    )
    assert (result.status, result.output, hops(result)) == ("solved", "a did it", ["a>b", "b>a"])
    assert lender.log[:4] == ["None>a ", "a>b ", "b back", "a back"]


def test_only_along_the_permitted_targets(tmp_path: Path) -> None:
    agents = [passes_on("a", "c"), passes_on("b"), takes("c"), takes("d")]
    result = played(
        tmp_path,
        lambda ctx: handoff(ctx, agents, "task", targets={"a": ["b"], "b": ["d", "c"]}),
    )
    assert (result.output, hops(result)) == ("d did it", ["a>b", "b>d"])
    assert result.details["refused"] == [
        {"from": "a", "to": "c", "why": "it is not among those who may get it"}
    ]


def test_only_to_who_can_do_what_it_needs(tmp_path: Path) -> None:
    agents = [
        passes_on("a", "b", capabilities=["sums"]),
        takes("b"),
        takes("c", capabilities=["sums"]),
    ]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task", needs=["sums"]))
    assert (result.output, hops(result)) == ("c did it", ["a>c"])


def test_nobody_left_exhausts_it(tmp_path: Path) -> None:
    agents = [passes_on("a"), passes_on("b")]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task"))
    assert result.status == "exhausted"
    assert result.reason == "nobody is left to whom b may hand it"
    assert result.details["handled"] is None


def test_a_loop_is_refused(tmp_path: Path) -> None:
    agents = [
        passes_on("a", "b", "yours"),
        passes_on("b", "c", "yours"),
        passes_on("c", "b", "yours"),
    ]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task"))
    assert result.status == "exhausted"
    assert result.reason == "b had it already for the same reason: yours"
    assert hops(result) == ["a>b", "b>c"]


def test_a_loop_may_send_it_back_to_who_handed_it_on(tmp_path: Path) -> None:
    def evaluates(told: list[Any]) -> Evaluation:
        returned = [hop for hop in told if hop["kind"] == "returned"]
        return Evaluation(can_handle=False, hand_to="d" if returned else "c", reason="yours")

    agents = [
        passes_on("a", "b", "yours"),
        passes_on("b", evaluate_task=evaluates),
        passes_on("c", "b", "yours"),
        takes("d"),
    ]
    result = played(
        tmp_path,
        lambda ctx: handoff(
            ctx, agents, "task", loops="return", passes=lambda task, hops: list(hops)
        ),
    )
    assert (result.status, result.output) == ("solved", "d did it")
    assert hops(result) == ["a>b", "b>c", "c>b", "b>d"]
    assert [hop["kind"] for hop in result.details["hops"]][2] == "returned"


def test_sending_back_ends_too(tmp_path: Path) -> None:
    agents = [passes_on("a", "b", "yours"), passes_on("b", "a", "yours")]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "t", loops="return"))
    assert result.status == "exhausted"
    assert hops(result) == ["a>b", "b>a"]


def test_hops_are_bounded(tmp_path: Path) -> None:
    agents = [
        Player(
            id,
            evaluate_task=lambda told, to=to: Evaluation(
                can_handle=False, hand_to=to, reason=f"because {len(told)}"
            ),
        )
        for id, to in (("a", "b"), ("b", "a"))
    ]
    result = played(
        tmp_path,
        lambda ctx: handoff(ctx, agents, 0, hops_max=5, passes=lambda task, hops: list(hops)),
    )
    assert (result.status, result.reason) == ("exhausted", "5 hops")
    assert hops(result) == ["a>b", "b>a", "a>b", "b>a", "a>b"]


def test_who_cannot_say_cannot_handle_it(tmp_path: Path) -> None:
    agents = [
        passes_on("raises", evaluate_task=ValueError("no")),
        passes_on("hangs", delay_s=1e6),
        passes_on("wrong", evaluate_task={"can": "maybe"}),
        Player("last"),
    ]
    options = Options(turn_timeout_s=5)
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task", options=options))
    assert (result.status, result.output) == ("solved", "task")
    assert [ending for _, ending in endings(result)] == [
        "failed",
        "timed_out",
        "failed",
        "answered",
    ]


def test_who_took_it_and_fails_has_failed_it(tmp_path: Path) -> None:
    agents = [takes("a", execute_task=ValueError("half done")), takes("b")]
    result = played(tmp_path, lambda ctx: handoff(ctx, agents, "task"))
    assert result.status == "failed"
    assert "half done" in result.reason
    assert not agents[1].heard


def test_a_filter_says_what_is_handed_on(tmp_path: Path) -> None:
    agents = [passes_on("a"), takes("b", execute_task=lambda given: given)]
    result = played(
        tmp_path,
        lambda ctx: handoff(
            ctx,
            agents,
            {"text": "t", "secret": "s"},
            passes=lambda task, hops: {"text": task["text"], "from": [h["from"] for h in hops]},
        ),
    )
    assert result.output == {"text": "t", "from": ["a"]}


def test_a_refusal_of_authority_aborts_and_all_loans_end(tmp_path: Path) -> None:
    lender = Movable()
    agents = [
        passes_on("a"),
        Forbidden("b", "execute_task", evaluate_task=Evaluation(can_handle=True)),
    ]
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(
            tmp_path,
            lambda ctx: handoff(ctx, agents, "task", options=Options(lending=lender)),
            gate=NoSecrets(),
        )
    assert lender.holders == []


def test_cancelling_the_run_gives_all_back(tmp_path: Path) -> None:
    lender = Movable()
    agents = [passes_on("a"), takes("b", execute_task=lambda _: "done", delay_s=1e6)]

    async def during(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(1)
        assert lender.holders == ["a", "b"]
        runtime.cancel(handle.run_id, reason="enough")

    with pytest.raises(tarl.RunFailed, match="enough"):
        played(
            tmp_path,
            lambda ctx: handoff(ctx, agents, "task", options=Options(lending=lender)),
            during=during,
        )
    assert lender.holders == []


def test_stop_conditions_and_people_end_it_and_all_loans(tmp_path: Path) -> None:
    lender = Movable()
    agents = [passes_on("a"), passes_on("b"), takes("c")]
    options = Options(stop=TurnsMax(2), lending=lender)
    result = played(tmp_path / "1", lambda ctx: handoff(ctx, agents, "t", options=options))
    assert (result.status, result.reason) == ("stopped", "2 turns")
    ask = Options(ask=Ask(before=("c",), approvers=("ada",), expires_s=60), lending=lender)
    result = played(
        tmp_path / "2", lambda ctx: handoff(ctx, agents, "t", options=ask), during=answers_come
    )
    assert result.status == "stopped"
    assert "c was expired" in result.reason
    assert lender.holders == []


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.role", [Player("a")], {}),
        ("agents.unknown", [takes("a")], {"first": "b"}),
        ("agents.unknown", [takes("a")], {"targets": {"b": []}}),
        ("agents.unknown", [takes("a")], {"targets": {"a": ["b"]}}),
        ("agents.duplicate", [takes("a"), takes("a")], {}),
        ("handoff.first", [takes("a")], {"needs": ["sums"]}),
        ("agents.bound", [takes("a")], {"hops_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: handoff(ctx, agents, "t", **settings)) == code
    assert not any(agent.heard for agent in agents)
