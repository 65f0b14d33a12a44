"""The tool ``plan``: a sentence becomes a plan that is explained, and kept as a draft.

1. Who asks is said when the server is started, never by the client: somebody of the household, or a
   stranger, who is trusted with little.
2. A plan is recorded as a draft. Approving it, consenting to what it needs and carrying it out are
   people's, and nothing here can.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tarl.interfaces.mcp.looking import bounded

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.interfaces.mcp.offers import ForPlan
    from tarl.journal.store import Store
    from tarl.planning.household import Household
    from tarl.planning.making import Asker
    from tarl.planning.plan import ExecutionPlan

TIME_LIMIT_MS = 5_000
"""Of the solver, for each thing that it is asked."""


async def drafted(
    invocation: Invocation, asked: ForPlan, *, user: str | None, agent: str | None
) -> dict[str, Any]:
    """The plan of a sentence, recorded and explained.

    Raises:
        Invalid, Missing, Denied, Unavailable: as ``task_of`` and ``PlanMaker.plan``.
        Exceeded: ``mcp.answer_too_large``; the draft is recorded all the same.
    """
    from tarl.stack import open_plans
    from tarl.storage import draw_id

    began = time.monotonic()
    with invocation.open_store() as store:
        plan, household = await _made(
            invocation, store, asked, plan_id=draw_id("plan"), user=user, agent=agent
        )
        took_ms = round((time.monotonic() - began) * 1_000)
        open_plans(store).record(plan, tenant=invocation.home(), took_ms=took_ms)
    return bounded(_told(plan, household))


async def _made(
    invocation: Invocation,
    store: Store,
    asked: ForPlan,
    *,
    plan_id: str,
    user: str | None,
    agent: str | None,
) -> tuple[ExecutionPlan, Household]:
    from tarl.interfaces.cli.homes import plan_maker
    from tarl.interfaces.cli.people import now_ms
    from tarl.planning.formulation.formulate import Effort
    from tarl.planning.making import task_of

    now = now_ms()
    async with plan_maker(invocation, store) as maker:
        task = task_of(
            asked.sentence,
            maker.household,
            _asker(maker.household, user, agent=agent, area=asked.area),
            task_id=plan_id,
            now_ms=now,
            language=asked.language,
        )
        plan = await maker.plan(
            task,
            maker.snapshot(now_ms=now, task=task),
            plan_id=plan_id,
            effort=Effort(time_limit_ms=TIME_LIMIT_MS),
        )
    return plan, maker.household


def _asker(household: Household, user: str | None, *, agent: str | None, area: str | None) -> Asker:
    """Who asks; an agent that is called like somebody of the household is a stranger all the
    same."""
    from tarl.planning.making import Asker, asker

    if user is not None:
        return asker(household, user, area=area)
    return Asker(user_id=agent, area=area)


def _told(plan: ExecutionPlan, household: Household) -> dict[str, Any]:
    from tarl.planning.explanation.explained import explain
    from tarl.planning.explanation.markdown import markdown
    from tarl.values.plain import plain

    explanation = explain(plan, household)
    return {
        "plan": plan.plan_id,
        "status": plan.status.value,
        "feasibility": plan.feasibility.value,
        "household": household.id,
        "explanation": plain(explanation),
        "markdown": markdown(explanation),
        "note": f"nothing is done; a person can have it carried out: tarl run {plan.plan_id}"
        if plan.steps and not plan.task_spec.is_hypothetical
        else "nothing is done",
    }
