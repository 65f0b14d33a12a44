"""``OrchestrationEngine``: the agent, with its answers as JSON values and the older workflows.

engine = OrchestrationEngine()
await engine.start()
response = await engine.create_execution_plan(request)
await engine.stop()
"""

from __future__ import annotations

from typing import Any

from tarl.errors import Conflict, Missing
from tarl.integrations.planning.agent import OrchestrationAgent
from tarl.integrations.planning.refusals import NotRunning, not_running
from tarl.integrations.planning.workflows import (
    WIRE_NAME,
    DiscoveryStep,
    InferenceStep,
    NotificationStep,
    PlanStep,
    read_step,
    steps_of,
    steps_workflow,
    workflow_in,
    workflows_in,
)
from tarl.kernel.definition import Workflow
from tarl.planning.execution.handover import Outcome
from tarl.planning.language.router import route
from tarl.planning.notices.notice import Notice, fitted
from tarl.planning.plan import ExecutionPlan
from tarl.planning.requests import (
    OrchestrationConfig,
    OrchestrationRequest,
    OrchestrationResponse,
)
from tarl.planning.task import TriggerType
from tarl.storage import draw_id
from tarl.values.ids import RunId
from tarl.values.instants import isoformat_ms
from tarl.values.plain import plain

__all__ = ["OrchestrationEngine"]


class OrchestrationEngine:
    """Plans a home, keeps the plans, and carries them out.

    Args:
        config: What counts where neither the sentence nor the caller says otherwise.
        options: Of ``OrchestrationAgent``: ``household``, ``journal``, ``broker`` and so on.
    """

    def __init__(self, config: OrchestrationConfig | None = None, **options: Any) -> None:
        self.agent = OrchestrationAgent(config, **options)

    # --- its life

    async def start(self) -> None:
        """Start the agent, and take up workflows that were cut off; nothing if it runs.

        Raises:
            As ``OrchestrationAgent.start``.
        """
        if self.is_running():
            return
        await self.agent.start()
        runtime = self.agent.home.runtime
        runtime.register(self._steps())
        where = {"tenant": self.agent.tenant, "workflow": WIRE_NAME, "status": "running"}
        for record in list(runtime.journal.scan("run", where)):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            try:
                await runtime.take_up(run)
            except Conflict as error:
                if error.code != "run.owned":
                    raise

    async def stop(self) -> None:
        """Let go of it all; what is under way waits to be taken up again.

        Raises:
            NotRunning: it was started in another event loop.
        """
        await self.agent.stop()

    async def __aenter__(self) -> OrchestrationEngine:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self.agent.is_running()

    # --- plans

    async def create_execution_plan(self, request: OrchestrationRequest) -> OrchestrationResponse:
        """A plan for a request; see ``OrchestrationAgent.create_execution_plan``.

        Raises:
            NotRunning: ``orchestration.not_running``, a ``RuntimeError``.
            Unavailable, Corrupt: as there.
        """
        return await self.agent.create_execution_plan(request)

    async def get_plan_status(self, plan_id: str) -> dict[str, Any] | None:
        """Where a plan stands, as JSON values; None if there is none. The engine need not run."""
        plan = await self.agent.get_plan_status(plan_id)
        if plan is None:
            return None
        return {
            "plan_id": plan.plan_id,
            "version": plan.version,
            "status": plan.status.value,
            "feasibility": plan.feasibility.value,
            "rationale": plan.rationale,
            "approval_required": plan.approval_required,
            "is_hypothetical": plan.task_spec.is_hypothetical,
            "steps": len(plan.steps),
            "created_at": isoformat_ms(plan.created_at),
            "updated_at": isoformat_ms(plan.updated_at),
        }

    async def get_plan_metrics(self, plan_id: str) -> dict[str, Any] | None:
        """How a plan fares (``PlanMetrics``), as JSON values; None if there is none."""
        found = await self.agent.get_plan_metrics(plan_id)
        return None if found is None else dict(plain(found))

    async def get_system_metrics(self) -> dict[str, Any]:
        """How all plans (``SystemMetrics``) and workflows fare, as JSON values, and the engine's
        ``health``: ``stopped``, ``degraded`` where something that is not known stands in the way of
        plans (``blocked`` says of which), else ``healthy``.
        """
        statuses = [each["status"] for each in await self.list_workflows()]
        return {
            **plain(await self.agent.get_system_metrics()),
            "total_workflows": len(statuses),
            "active_workflows": statuses.count("running"),
            "completed_workflows": statuses.count("completed"),
            "failed_workflows": statuses.count("failed"),
            "is_running": self.is_running(),
            "health": await self._health(),
        }

    async def _health(self) -> dict[str, Any]:
        try:
            puller = self.agent.context_puller
        except NotRunning:
            return {"status": "stopped"}
        known = await puller.get_snapshot()
        blocked = sorted({what for doubt in known.doubts for what in doubt.blocks})
        return {
            "status": "degraded" if blocked else "healthy",
            "blocked": blocked,
            "devices_known": len(self.agent.household.devices),
            "devices_online": sum(state.is_online for state in known.devices.values()),
        }

    async def cancel_plan(self, plan_id: str) -> bool:
        """Cancel a plan that has not ended, and stop what carries it out; whether it was so.

        Raises:
            NotRunning: ``orchestration.not_running``.
        """
        return await self.agent.cancel_plan(plan_id)

    async def approve_plan(self, plan_id: str, *, by: str) -> ExecutionPlan:
        """Somebody's yes; see ``OrchestrationAgent.approve_plan``."""
        return await self.agent.approve_plan(plan_id, by=by)

    async def execute_plan(self, plan_id: str) -> Outcome:
        """Carry an approved plan out; see ``OrchestrationAgent.execute_plan``."""
        return await self.agent.execute_plan(plan_id)

    # --- workflows

    async def create_workflow(self, workflow: dict[str, Any]) -> dict[str, Any]:
        """Let a list of steps be done, one after the other; returns when it has begun.

        Raises:
            NotRunning: ``orchestration.not_running``.
            BadRequest: ``orchestration.workflow``.
        """
        if not self.is_running():
            raise not_running("engine")
        runtime = self.agent.home.runtime
        asked = steps_of(workflow)
        handle = await runtime.start(
            runtime.registered(WIRE_NAME),
            asked,
            id=draw_id("workflow"),
            tenant=self.agent.tenant,
        )
        runtime.engine.committer.flush()  # whoever is told of it finds it
        id = handle.run_id.workflow_id
        return {
            **(await self.get_workflow_status(id) or {}),
            "workflow_id": id,
            "status": "created",
        }

    async def list_workflows(self) -> list[dict[str, Any]]:
        """All workflows, the latest first."""
        with self.agent.store() as store:
            return [] if store is None else workflows_in(store, self.agent.tenant)

    async def get_workflow_status(self, workflow_id: str) -> dict[str, Any] | None:
        """Where a workflow stands; None if there is none."""
        with self.agent.store() as store:
            return None if store is None else workflow_in(store, self.agent.tenant, workflow_id)

    async def cancel_workflow(self, workflow_id: str) -> bool:
        """Ask a workflow to stop; whether there is one that has not ended.

        Raises:
            NotRunning: ``orchestration.not_running``.
        """
        runtime = self.agent.home.runtime
        if await self.get_workflow_status(workflow_id) is None:
            return False
        try:
            runtime.cancel(RunId(self.agent.tenant, workflow_id, 1), reason="cancel_workflow")
        except (Conflict, Missing) as error:
            if error.code != "run.ended":
                raise
            return False
        return True

    # --- steps of workflows

    def _steps(self) -> Workflow[..., Any]:
        return steps_workflow(self._done)

    async def _done(self, data: dict[str, Any], id: str) -> dict[str, Any]:
        match read_step(data):
            case PlanStep() as step:
                return await self._plan_made(step, id)
            case InferenceStep() as step:
                found = route(step.text, language=step.language)
                return {"status": "completed", "model_used": "router", **plain(found)}
            case NotificationStep() as step:
                notice = Notice(
                    kind=step.kind,
                    about=id,
                    title=step.title,
                    text=step.text,
                    created_ms=self.agent.clock.now_ms(),
                )
                await self.agent.notifier.notify(fitted(notice))
                return {"status": "completed", "notified_by": self.agent.notifier.name}
            case DiscoveryStep():
                known = await self.agent.context_puller.get_environment_summary()
                return {
                    "status": "completed",
                    "devices_found": len(self.agent.household.devices),
                    "devices_online": known["devices_online"],
                }
        raise AssertionError("waiting is no effect")

    async def _plan_made(self, step: PlanStep, id: str) -> dict[str, Any]:
        request = OrchestrationRequest(
            trigger_type=TriggerType.USER_REQUEST,
            intent=step.intent,
            user_id=step.user_id,
            preferences=step.preferences,
        )
        response = await self.agent.create_execution_plan(request, plan_id=id)
        return {
            "status": "failed" if response.errors else "completed",
            "plan_id": response.plan_id,
            "plan_status": response.status.value,
            "rationale": response.rationale,
            "errors": list(response.errors),
        }
