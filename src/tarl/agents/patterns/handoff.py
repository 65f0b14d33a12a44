"""A task goes from agent to agent until one can handle it; authority goes with it, not a copy.

1. One agent at a time has the task. What it was lent for it moved to it from the agent that handed
   it on, who keeps nothing of it meanwhile; it goes back as the task does, and when all ends.
2. A task is handed on only along ``targets``, to an agent that can do what the task ``needs``. A
   wish for anybody else is refused and recorded, and counts as none: the first permitted target
   that has not had the task gets it.
3. An agent that had the task does not get it again for the same reason: that is a loop. With
   ``loops="refuse"`` it ends there; with ``loops="return"`` the task goes back to who handed it on,
   who is asked again (``passes`` can tell it why); who had it first has nobody to give it back to.
4. An agent that cannot say whether it can handle the task (it fails, or is late) cannot. An agent
   that took it and fails ends it ``failed``, because it may have done half of it.
5. ``solved``: somebody handled it. ``exhausted``: nobody is left who may get it, a loop was
   refused, or ``hops_max`` hops were made.

``details``: ``hops`` (``from``, ``to``, ``reason``, ``kind``: handed or returned), ``refused``
wishes, and who ``handled`` it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal

import msgspec

from tarl.agents.agent import Agent, has_role
from tarl.agents.patterns.casting import all_with, at_least_one, by_id
from tarl.agents.registry import can
from tarl.agents.result import Result
from tarl.agents.roles import Evaluation
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Invalid
from tarl.kernel.context import Context
from tarl.values.plain import plain

HOPS_MAX = 10

Loops = Literal["refuse", "return"]

Passes = Callable[[Any, Sequence[Mapping[str, Any]]], Any]
"""A pure function of the task and the hops so far: what the next agent is given."""


def _whole(task: Any, hops: Sequence[Mapping[str, Any]]) -> Any:
    return task


class _Had(msgspec.Struct):
    """An agent that has, or handed on, the task; and the loan under which it acts."""

    agent: Agent
    ctx: Context
    loan: AsyncExitStack


async def handoff(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    first: str | None = None,
    targets: Mapping[str, Sequence[str]] | None = None,
    needs: Sequence[str] = (),
    passes: Passes = _whole,
    hops_max: int = HOPS_MAX,
    loops: Loops = "refuse",
) -> Result:
    """Let a task find who can handle it.

    ``evaluate_task`` and ``execute_task`` (``run`` where an agent has none) are given what
    ``passes`` makes of the task. An agent without ``evaluate_task`` handles whatever it gets.

    Args:
        ctx: The run.
        agents: Those who may get the task, in the order in which they are tried.
        input: The task.
        options: Bounds and the like.
        first: Who gets it first; the first agent when None.
        targets: To whom each agent may hand it on, by ids; everybody to everybody when None.
        needs: The capabilities that the task takes: what is handed over with it.
        passes: What of the task and its hops the next agent is given.
        hops_max: How often it may be handed on or back.
        loops: What to do about a loop.

    Raises:
        Invalid: no agents (``agents.too_few``), nobody evaluates (``agents.role``), the first one
            cannot do what the task needs (``handoff.first``), or a bound below one
            (``agents.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: ``first`` or ``targets`` name somebody unknown (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "handoff", agents, options)
    at_least_one("hops_max", hops_max)
    all_with(session.agents, "evaluate_task")
    start = session.agents[0] if first is None else by_id(session.agents, first)
    allowed = _checked_targets(session.agents, targets)
    if not _able(start, needs):
        raise Invalid(
            f"{start.id} cannot do {' and '.join(needs)}, so it cannot be given the task",
            code="handoff.first",
            next_step="begin with an agent that has the capabilities which the task needs",
            agent=start.id,
        )
    route = _Route(session, allowed, tuple(needs), plain(input), passes)

    async def moves() -> Any:
        try:
            await route.hand_to(start, "")
            while True:
                evaluation = await route.evaluation()
                if evaluation.can_handle:
                    return await route.handled()
                if len(route.hops) >= hops_max:
                    return route.exhausted(f"{hops_max} hops")
                ended = await route.go_on(evaluation, loops)
                if ended is not None:
                    return ended
        finally:
            await route.give_all_back()

    return await session.play(moves())


class _Route:
    """Where the task is, where it was, and what was lent on its way."""

    def __init__(
        self,
        session: Session,
        allowed: Mapping[str, Sequence[str]],
        needs: tuple[str, ...],
        task: Any,
        passes: Passes,
    ) -> None:
        self.hops: list[dict[str, Any]] = []
        self._session = session
        self._allowed = allowed
        self._needs = needs
        self._task = task
        self._passes = passes
        self._path: list[_Had] = []
        self._reasons: set[tuple[str, str]] = set()
        self._refused: list[dict[str, Any]] = []
        session.details |= {"hops": self.hops, "refused": self._refused, "handled": None}

    @property
    def _now(self) -> _Had:
        return self._path[-1]

    async def hand_to(self, agent: Agent, reason: str) -> None:
        """Move the task, and the authority for it, to an agent that is not on the path."""
        giver = self._path[-1] if self._path else None
        loan = AsyncExitStack()
        lent = self._session.lent(
            agent,
            giver=None if giver is None else giver.agent,
            needs=self._needs,
            moves=True,
        )
        ctx = await loan.enter_async_context(lent)
        self._path.append(_Had(agent=agent, ctx=ctx, loan=loan))
        self._reasons.add((agent.id, reason))

    async def evaluation(self) -> Evaluation:
        """Whether the agent that has the task can handle it."""
        had = self._now
        if not has_role(had.agent, "evaluate_task"):
            return Evaluation(can_handle=True)
        turn = await self._session.attempt(
            had.agent, "evaluate_task", self._given, needs=self._needs, held=had.ctx
        )
        if turn.ending != "answered":
            return Evaluation(can_handle=False, reason=f"{had.agent.id} {turn.ending}")
        return msgspec.convert(turn.answer, Evaluation)

    async def handled(self) -> Any:
        """What the agent that has the task makes of it."""
        had = self._now
        role = "execute_task" if has_role(had.agent, "execute_task") else "run"
        answer = await self._session.ask(
            had.agent, role, self._given, needs=self._needs, held=had.ctx
        )
        self._session.details["handled"] = had.agent.id
        return answer

    async def go_on(self, said: Evaluation, loops: Loops) -> Result | None:
        """Hand the task on, or back; how it ended, if nobody may get it."""
        here = self._now
        wish = self._wish(here, said)
        if wish is None:
            return self.exhausted(f"nobody is left to whom {here.agent.id} may hand it")
        had_it = {had.agent.id for had in self._path}
        if (wish.id, said.reason) not in self._reasons:
            self._note(here, wish, said.reason, "handed")
            if wish.id in had_it:
                await self._back_to(wish, said.reason)
            else:
                await self.hand_to(wish, said.reason)
            return None
        why = f"{wish.id} had it already for the same reason: {said.reason or 'none given'}"
        self._refuse(here, wish.id, why)
        if loops == "refuse" or len(self._path) == 1:
            return self.exhausted(why)
        sender = self._path[-2].agent
        self._note(here, sender, why, "returned")
        await self._back_to(sender, why)
        return None

    def exhausted(self, reason: str) -> Result:
        """Nobody handles it."""
        return self._session.result("exhausted", self._session.output, reason)

    async def give_all_back(self) -> None:
        """End all loans, the last one first."""
        async with AsyncExitStack() as loans:
            for had in self._path:
                loans.push_async_callback(had.loan.aclose)
            self._path.clear()

    # --- inside

    @property
    def _given(self) -> Any:
        return self._passes(self._task, tuple(self.hops))

    def _wish(self, here: _Had, said: Evaluation) -> Agent | None:
        """Who is to get it: who is wished for and permitted, else the first who has not had it."""
        permitted = [id for id in self._allowed[here.agent.id] if id != here.agent.id]
        able = [agent for agent in self._session.agents if _able(agent, self._needs)]
        able = [agent for agent in able if agent.id in permitted]
        if said.hand_to is not None:
            for agent in able:
                if agent.id == said.hand_to:
                    return agent
            self._refuse(here, said.hand_to, "it is not among those who may get it")
        had = {id for id, _ in self._reasons}
        in_order = sorted(able, key=lambda agent: permitted.index(agent.id))
        return next((agent for agent in in_order if agent.id not in had), None)

    async def _back_to(self, agent: Agent, reason: str) -> None:
        while self._now.agent is not agent:
            await self._path.pop().loan.aclose()
        self._reasons.add((agent.id, reason))

    def _note(self, here: _Had, to: Agent, reason: str, kind: str) -> None:
        said = {"from": here.agent.id, "to": to.id, "reason": reason, "kind": kind}
        self.hops.append(said)

    def _refuse(self, here: _Had, wish: str, why: str) -> None:
        self._refused.append({"from": here.agent.id, "to": wish, "why": why})


def _able(agent: Agent, needs: Sequence[str]) -> bool:
    return all(can(agent, need) for need in needs)


def _checked_targets(
    agents: Sequence[Agent], targets: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[str, ...]]:
    everybody = tuple(agent.id for agent in agents)
    if targets is None:
        return dict.fromkeys(everybody, everybody)
    for id in (*targets, *(id for ids in targets.values() for id in ids)):
        by_id(agents, id)
    return {id: tuple(targets.get(id, ())) for id in everybody}
