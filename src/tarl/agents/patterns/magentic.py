"""A planner with a ledger: it notes what is known, plans steps, sees what came of them, plans anew.

1. Steps are taken in the plan's order, one at a time, by the agents that the plan names; the
   planner takes none.
2. Each step taken, and each that could not be, is in the ledger with what came of it, and the
   planner sees the whole ledger before every plan.
3. The first step of a plan that fails ends that plan: its other steps are dropped, recorded as
   such, and the planner plans anew.
4. A plan of which no step was done is a stall. ``exhausted``: ``stall_max`` stalls in a row, or
   ``plans_max`` plans, without the planner's word that it is done. ``solved``: it gave its word;
   the output is its answer. ``failed``: it gave no plan.

``details``: ``facts`` as last planned, ``steps`` (the ledger: ``plan``, ``step``, ``agent``,
``status`` done, failed, refused or dropped, ``answer`` or ``error``) and ``plans``. Unless it is
solved, the output is the answer of the last step that was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tarl.agents.agent import Agent
from tarl.agents.patterns.casting import at_least_one, one_with
from tarl.agents.result import Result
from tarl.agents.roles import Plan, Step
from tarl.agents.session import PLAIN, Options, Session
from tarl.kernel.context import Context
from tarl.values.plain import plain

PLANS_MAX = 20
STALL_MAX = 3


async def magentic(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    planner: str | None = None,
    plans_max: int = PLANS_MAX,
    stall_max: int = STALL_MAX,
) -> Result:
    """Let a planner lead agents to an answer.

    ``plan_task`` is given ``{"task", "team": [{"id", "capabilities", "description"}], "facts",
    "steps", "plan": n, "stalls": n}``; agents ``run`` a step's input.

    Args:
        ctx: The run.
        agents: The planner and those who take steps.
        input: The task.
        options: Bounds and the like.
        planner: Who plans; the first that has ``plan_task`` when None.
        plans_max: How many plans may be made.
        stall_max: How many plans in a row may come to nothing.

    Raises:
        Invalid: nobody plans (``agents.role``, ``agent.role``), nobody takes steps
            (``agents.too_few``), or a bound below one (``agents.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: the planner named is none of the agents (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "magentic", agents, options, least=2)
    for name, bound in (("plans_max", plans_max), ("stall_max", stall_max)):
        at_least_one(name, bound)
    lead = one_with(session.agents, "plan_task", named=planner)
    ledger = _Ledger(session, lead, input)

    async def moves() -> Any:
        while ledger.plans < plans_max and ledger.stalls < stall_max:
            plan = await ledger.planned()
            if plan.is_done:
                return plan.answer
            await ledger.follow(plan)
        if ledger.stalls >= stall_max:
            reason = f"{ledger.stalls} plans in a row came to nothing"
        else:
            reason = f"{plans_max} plans"
        return session.result("exhausted", session.output, reason)

    return await session.play(moves())


class _Ledger:
    """What is known, what was planned, and what came of it."""

    def __init__(self, session: Session, planner: Agent, task: Any) -> None:
        self.plans = 0
        self.stalls = 0
        self._session = session
        self._planner = planner
        self._task = plain(task)
        self._facts: list[str] = []
        self._steps: list[dict[str, Any]] = []
        self._team = {agent.id: agent for agent in session.agents if agent is not planner}
        self._tell()

    async def planned(self) -> Plan:
        """The next plan."""
        told = {
            "task": self._task,
            "team": [
                {
                    "id": agent.id,
                    "capabilities": list(agent.capabilities),
                    "description": getattr(agent, "description", ""),
                }
                for agent in self._team.values()
            ],
            "facts": self._facts,
            "steps": self._steps,
            "plan": self.plans + 1,
            "stalls": self.stalls,
        }
        needs = tuple(self._planner.capabilities)
        plan: Plan = await self._session.ask(self._planner, "plan_task", told, needs=needs)
        self.plans += 1
        self._facts = list(plan.facts)
        self._tell()
        return plan

    async def follow(self, plan: Plan) -> None:
        """Take a plan's steps, until one fails."""
        taken, done = 0, 0
        try:
            for step in plan.steps:
                is_done = await self._taken(step)
                taken, done = taken + 1, done + is_done
                if not is_done:
                    break
        finally:
            for step in plan.steps[taken:]:
                self._note(step, "dropped")
        self.stalls = 0 if done else self.stalls + 1

    async def _taken(self, step: Step) -> bool:
        agent = self._team.get(step.agent)
        if agent is None:
            self._note(step, "refused", error=f"{step.agent} is nobody who takes steps")
            return False
        turn = await self._session.attempt(
            agent, "run", step.input, giver=self._planner, needs=tuple(agent.capabilities)
        )
        if turn.ending != "answered":
            self._note(step, "failed", error=turn.error)
            return False
        self._session.output = turn.answer
        self._note(step, "done", answer=turn.answer)
        return True

    def _note(self, step: Step, status: str, **came_of_it: Any) -> None:
        said = {"plan": self.plans, "step": step.id, "agent": step.agent, "status": status}
        self._steps.append({**said, **came_of_it})

    def _tell(self) -> None:
        self._session.details |= {
            "facts": self._facts,
            "steps": self._steps,
            "plans": self.plans,
        }
