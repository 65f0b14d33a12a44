"""People at the edges of patterns: whoever was named has its turn once they have approved, and not
before.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Player
from tests.unit.agents.patterns.stage import played

from tarl import Context
from tarl.agents.patterns.blackboard import blackboard
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.debate import debate
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.magentic import magentic
from tarl.agents.patterns.supervisor_worker import supervisor_worker
from tarl.agents.roles import (
    Argument,
    Contribution,
    Decomposition,
    Evaluation,
    Judgement,
    Plan,
    Selection,
    Step,
    Subtask,
    Vote,
)
from tarl.agents.session import Ask, Options
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People
from tarl.kernel.approvals.names import PrincipalId

ADA = PrincipalId("default", "ada")


def player(id: str) -> Player:
    """An agent for every role, that comes to an end as soon as it can."""

    def plans(told: dict[str, Any]) -> Plan:
        steps = (Step(id="1", agent="b", input=1),)
        return Plan(steps=steps) if told["plan"] == 1 else Plan(is_done=True, answer="done")

    def chooses(view: dict[str, Any], _: Any) -> Selection:
        return Selection(specialist="b", solved=view["round"] > 1)

    return Player(
        id,
        decompose_task=Decomposition(subtasks=(Subtask(id="1"), Subtask(id="2"))),
        aggregate_results="all",
        select_specialist=chooses,
        contribute=Contribution(key="k", value=1),
        vote=Vote(choice="x"),
        construct_argument=Argument(text=id),
        rebut=Argument(text=id),
        judge_debate=Judgement(winner="b"),
        evaluate_task=Evaluation(can_handle=id == "b", hand_to="b"),
        execute_task="done",
        plan_task=plans,
    )


PATTERNS: dict[str, Any] = {
    "blackboard": (blackboard, {}),
    "consensus": (consensus, {"choices": {"x": 1}}),
    "debate": (debate, {"rounds_max": 1}),
    "handoff": (handoff, {}),
    "magentic": (magentic, {}),
    "supervisor_worker": (supervisor_worker, {}),
}


@pytest.mark.parametrize("choice", ["approve", "reject"])
@pytest.mark.parametrize("name", PATTERNS)
def test_an_agent_has_its_turn_when_people_approve_and_not_before(
    tmp_path: Path, name: str, choice: Any
) -> None:
    pattern, settings = PATTERNS[name]
    agents = [player(id) for id in "abc"]
    options = Options(ask=Ask(before=("b",), approvers=("ada",)))
    heard_before: list[int] = []

    async def act(ctx: Context) -> Any:
        return await pattern(ctx, agents, "task", options=options, **settings)

    async def during(runtime: Any, handle: Any) -> None:
        people = People(runtime.journal, Keyring().ensure())
        people.ensure_human(ADA, at_ms=runtime.engine.clock.now_ms())
        result = asyncio.ensure_future(handle.result())
        while not result.done():
            await asyncio.sleep(0.01)
            for asked in people.approvals.of_run(handle.run_id):
                heard_before.append(len(agents[1].heard))
                people.vote(asked, ADA, choice, at_ms=runtime.engine.clock.now_ms())

    result = played(tmp_path, act, during=during, jumps=False)
    assert heard_before[0] == 0
    if choice == "approve":
        assert result.status == "solved"
        assert "b" in result.by_agent()
    else:
        assert (result.status, result.reason) == ("stopped", "the turn of b was rejected")
        assert not agents[1].heard
