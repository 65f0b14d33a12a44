"""Agents in roles while the process is killed: each role is workflow code that uses a tool or asks
a model, every use and every call leaves its line, and what is answered holds its token.
"""

from __future__ import annotations

from typing import Any

from tests.crash.mix import slow
from tests.crash.pattern_mix import NotedModel

from tarl import Context, workflow
from tarl.agents.desk import desk
from tarl.agents.model import Message, ModelRequest
from tarl.agents.patterns.ballot import Rules
from tarl.agents.patterns.blackboard import blackboard
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.debate import debate
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.magentic import magentic
from tarl.agents.patterns.nested import PatternAgent
from tarl.agents.patterns.supervisor_worker import supervisor_worker
from tarl.agents.result import Result
from tarl.agents.roles import Selection
from tarl.values.canonical import encode
from tarl.values.plain import plain


class Plays:
    """An agent that acts once in every role, through a tool or through a model."""

    inline = True
    capabilities = ()

    def __init__(self, id: str, *, fails: bool = False) -> None:
        self.id = id
        self._fails = fails

    async def _token(self, role: str, *given: Any) -> str:
        seen = encode([self.id, role, plain(given)]).decode()
        if len(seen) % 2:
            token: str = await desk().call(slow, seen, 1 + len(seen) % 5)
        else:
            messages = (Message(role="user", content=seen),)
            request = ModelRequest(model="noted", messages=messages)
            token = (await desk().complete(NotedModel(), request)).message.content
        if self._fails:
            raise RuntimeError(token)
        return token

    async def run(self, given: Any) -> str:
        return await self._token("run", given)

    async def decompose_task(self, n: int) -> dict[str, Any]:
        token = await self._token("decompose_task", n)
        return {"subtasks": [{"id": f"s{at}", "input": [token, at]} for at in range(n)]}

    async def aggregate_results(self, n: int, results: list[Any]) -> list[Any]:
        return [await self._token("aggregate_results", n), len(results)]

    async def contribute(self, view: dict[str, Any]) -> dict[str, Any]:
        return {"key": self.id, "value": await self._token("contribute", view["round"])}

    async def create_proposal(self, told: Any) -> dict[str, Any]:
        return {"proposal": await self._token("create_proposal", told["round"])}

    async def vote(self, told: Any) -> dict[str, Any]:
        token = await self._token("vote", told["round"])
        return {"choice": self.id if told["round"] == 1 else "p0", "reason": token}

    async def construct_argument(self, told: Any) -> dict[str, Any]:
        return {"text": await self._token("argue", told["round"])}

    async def rebut(self, told: Any) -> dict[str, Any]:
        return {"text": await self._token("rebut", told["transcript"])}

    async def judge_debate(self, told: Any) -> dict[str, Any]:
        reason = await self._token("judge_debate", told["transcript"])
        return {"winner": "p1", "reason": reason}

    async def evaluate_task(self, n: int) -> dict[str, Any]:
        reason = await self._token("evaluate_task", n)
        return {"can_handle": self.id == "p3", "reason": reason}

    async def execute_task(self, n: int) -> str:
        return await self._token("execute_task", n)

    async def plan_task(self, told: dict[str, Any]) -> dict[str, Any]:
        token = await self._token("plan_task", told["plan"])
        if told["plan"] > 2:
            return {"is_done": True, "answer": [token, len(told["steps"])]}
        steps = [{"id": f"t{at}", "agent": f"p{1 + at % 2}", "input": at} for at in range(3)]
        return {"facts": [token], "steps": steps}


def cast(n: int) -> list[Any]:
    return [Plays(f"p{at}") for at in range(n)]


def told(result: Result) -> list[Any]:
    return [result.status, result.output, [turn.answer for turn in result.turns]]


@workflow
async def divided(ctx: Context, n: int) -> list[Any]:
    inner = PatternAgent("inner", handoff, [Plays("p2"), Plays("p3")])
    agents = [*cast(2), Plays("fails", fails=True), inner]
    return told(await supervisor_worker(ctx, agents, n))


@workflow
async def collected(ctx: Context, n: int) -> list[Any]:
    def rule(view: dict[str, Any]) -> Any:
        if view["round"] > n:
            return Selection(solved=True)
        return [Selection(specialist=f"p{(view['round'] + at) % 3}") for at in range(2)]

    return told(await blackboard(ctx, cast(3), n, controller=rule))


@workflow
async def decided(ctx: Context, n: int) -> list[Any]:
    rules = Rules(rule="unanimous")
    return told(await consensus(ctx, cast(min(n, 4)), n, rules=rules, rounds_max=2))


@workflow
async def argued(ctx: Context, n: int) -> list[Any]:
    return told(await debate(ctx, cast(4), n, judge="p0", rounds_max=2 + n % 2))


@workflow
async def handed_on(ctx: Context, n: int) -> list[Any]:
    return told(await handoff(ctx, cast(4), n))


@workflow
async def planned(ctx: Context, n: int) -> list[Any]:
    return told(await magentic(ctx, cast(3), n))


ROLE_MIX = (divided, collected, decided, argued, handed_on, planned)
