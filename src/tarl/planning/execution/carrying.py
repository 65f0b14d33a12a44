"""The workflow that carries a plan out: each step when it is due, if it still may.

1. A step runs only if its condition holds, every guardrail holds and the gateway permits it, at the
   moment itself; what cannot be known does not let it run.
2. A step that has begun is not begun again by a later version; one that is left out of a later
   version is skipped and says so.
3. A later version that costs more, or comes later, than the thresholds allow is asked about first.
4. Every step ends in one result; the plan is ``completed`` if none of them failed.
5. When the run is cancelled, what it has started and can stop is stopped.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec

from tarl.errors import ActivityFailed, Denied
from tarl.kernel.context import Context
from tarl.kernel.definition import Workflow
from tarl.planning.execution.handover import (
    CONSENT_SIGNAL,
    DRIFT_SIGNAL,
    PROGRESS_QUERY,
    Drift,
    Ending,
    Handover,
    Observed,
    Outcome,
    StepResult,
)
from tarl.planning.execution.home import WHOLE, HomeActivities, Looking
from tarl.planning.execution.moment import may_go
from tarl.planning.execution.versions import (
    apart,
    dearer_by,
    is_interruptible,
    later_by,
    ways_out,
    what_to_plan,
)
from tarl.planning.guardrails import StepFacts, hold_all, mark_of
from tarl.planning.plan import ExecutionPlan, ExecutionStep, FeasibilityStatus
from tarl.values.instants import from_datetime
from tarl.values.verdict import Allow, Hold, Verdict

STEP_TRIES_MAX = 3
"""How often a step is planned anew after it failed or could not begin."""

CONSENT_POLL_S = 60.0
"""A consent may be given without anybody telling the run."""

INSTANT_MS = 60_000
"""What lasts no longer than this is done when the device has confirmed it."""

NAME = "plan"


def plan_workflow(activities: HomeActivities) -> Workflow[..., Any]:
    """The workflow, over a home."""

    async def plan(ctx: Context, handover: Handover) -> Outcome:
        """Carry a plan out."""
        return await Carrying(ctx, handover, activities).through()

    return Workflow(plan, name=NAME)


class Carrying:
    """One run of a plan."""

    def __init__(self, ctx: Context, handover: Handover, activities: HomeActivities) -> None:
        self._ctx = ctx
        self._home = activities
        self._handover = handover
        self._plan = handover.plan
        self._approved = handover.plan
        self._confirmed = set(handover.confirmed)
        self._results: dict[str, StepResult] = {}
        self._begun: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._waiting: dict[str, str] = {}
        self._drifts: list[Drift] = []
        self._told = asyncio.Event()
        self._consented = asyncio.Event()
        self._moves = asyncio.Event()
        self._fault: BaseException | None = None
        self._is_planning = False
        self._replans = 0

    # --- the whole

    async def through(self) -> Outcome:
        """Until every step has ended."""
        self._ctx.on_signal(DRIFT_SIGNAL, self._hear)
        self._ctx.on_signal(CONSENT_SIGNAL, lambda _: self._consented.set())
        self._ctx.on_query(PROGRESS_QUERY, self._seen)
        for step in self._plan.steps:
            self._begin(step)
        anew = asyncio.create_task(self._plan_anew_when_told())
        anew.add_done_callback(self._moved)
        try:
            while self._tasks or self._waiting or self._is_planning:
                self._moves.clear()
                await self._moves.wait()
                if self._fault is not None:
                    raise self._fault
        except asyncio.CancelledError:
            await self._stop_all()
            raise
        finally:
            anew.cancel()
        failed = any(result.ending == "failed" for result in self._results.values())
        return Outcome(
            plan_id=self._plan.plan_id,
            status="failed" if failed else "completed",
            version=self._plan.version,
            results=tuple(self._results.values()),
            replans=self._replans,
        )

    def _begin(self, step: ExecutionStep) -> None:
        self._ended.setdefault(step.step_id, asyncio.Event())
        task = asyncio.create_task(self._see_to(step))
        self._tasks[step.step_id] = task

        def gone(ended: asyncio.Task[None]) -> None:
            if self._tasks.get(step.step_id) is ended:
                del self._tasks[step.step_id]
            self._moved(ended)

        task.add_done_callback(gone)

    def _moved(self, task: asyncio.Task[None]) -> None:
        """Something has ended; what a task raised is the run's fault."""
        if not task.cancelled() and task.exception() is not None:
            self._fault = self._fault or task.exception()
        self._moves.set()

    def _now(self) -> int:
        return from_datetime(self._ctx.now())

    async def _until(self, at_ms: int) -> None:
        left = at_ms - self._now()
        if left > 0:
            await self._ctx.sleep(left / 1000)

    def _seen(self) -> dict[str, Any]:
        """What the query shows."""
        return {
            "version": self._plan.version,
            "replans": self._replans,
            "begun": dict(self._begun),
            "waiting": dict(self._waiting),
            "results": [msgspec.to_builtins(result) for result in self._results.values()],
        }

    # --- a step

    async def _see_to(self, step: ExecutionStep) -> None:
        for id in step.dependencies:
            await self._event(id).wait()
            before = self._results[id]
            if before.ending in ("failed", "cancelled"):
                await self._end(step, "skipped", f"{id} {before.ending}: {before.reason}")
                return
        await self._until(step.start_ms)
        await self._carry_out(step)

    def _event(self, id: str) -> asyncio.Event:
        return self._ended.setdefault(id, asyncio.Event())

    async def _carry_out(self, step: ExecutionStep) -> None:
        observed = await self._observe(step)
        goes, why = may_go(step.only_if, observed)
        if not goes:
            drift = Drift(kind="occupancy", text=f"{step.step_id}: {why}", affected=(step.step_id,))
            if self._may_try_again(step):
                self._postpone(step, drift)
            else:
                await self._end(step, "skipped", why)
            return
        verdict = await self._permitted(step, observed)
        if not isinstance(verdict, Allow):
            await self._fail(step, "; ".join(reason.text for reason in verdict.reasons))
            return
        self._begun[step.step_id] = self._now()
        try:
            answer = await self._do(step, step.parameters, observed)
            await self._last(step, observed)
        except (ActivityFailed, Denied) as error:
            await self._instead(step, error.message, observed)
            return
        await self._end(step, "completed", answer=answer)

    async def _observe(self, step: ExecutionStep) -> Observed:
        about = step.only_if.get("device") if step.only_if else None
        looking = Looking(
            plan_id=self._plan.plan_id,
            user_id=self._plan.task_spec.user_id,
            about=(about,) if about else (),
            scopes=dict.fromkeys(scopes_of(step), step.privacy_class.value),
        )
        device = step.device_id or WHOLE
        return cast(Observed, await self._ctx.call(self._home.observe, device, looking))

    async def _do(self, step: ExecutionStep, parameters: dict[str, Any], observed: Observed) -> Any:
        arguments = {n: v for n, v in parameters.items() if n not in ("action", "at_end")}
        if step.device_id is None:
            kind, text = arguments.pop("kind", "notice"), arguments.pop("text", "")
            return await self._ctx.call(self._home.tell, kind, text, arguments)
        command = self._home.command(str(parameters["action"]))
        return await self._ctx.call(
            command, step.device_id, arguments, self._is_isolated(step, observed)
        )

    def _is_isolated(self, step: ExecutionStep, observed: Observed) -> bool:
        wanted = any(rail.kind == "sandbox" for rail in step.guardrails)
        return wanted and observed.sandbox

    async def _last(self, step: ExecutionStep, observed: Observed) -> None:
        """Wait until what was begun is done, and end it where it does not end by itself."""
        lasts = step.end_ms - step.start_ms
        if lasts > INSTANT_MS:
            await self._until(self._begun[step.step_id] + lasts)
        at_end = step.parameters.get("at_end")
        if at_end:
            await self._do(step, at_end, observed)
        elif lasts > INSTANT_MS and step.device_id is not None:
            seen = await self._observe(step)
            state = seen.state
            if state is None or not state.is_online or state.state in ("error", "failed"):
                said = "nothing" if state is None else state.state
                raise ActivityFailed(
                    f"{step.device_id} says {said} when it should have finished",
                    type="DeviceFailed",
                )

    async def _instead(self, step: ExecutionStep, reason: str, observed: Observed) -> None:
        """The first fallback that works; else the step has failed."""
        for fallback in step.fallback_steps:
            try:
                answer = await self._do(fallback, fallback.parameters, observed)
            except (ActivityFailed, Denied) as error:
                reason += f"; {fallback.step_id}: {error.message}"
            else:
                await self._end(step, "completed", f"by {fallback.step_id}: {reason}", answer)
                return
        await self._fail(step, reason)

    async def _fail(self, step: ExecutionStep, reason: str) -> None:
        """Planned anew as long as there are tries; then failed."""
        drift = Drift(kind="step_failed", text=f"{step.step_id}: {reason}")
        drift = msgspec.structs.replace(drift, affected=(step.step_id, *self._after(step)))
        if not self._may_try_again(step):
            await self._end(step, "failed", reason)
            return
        self._begun.pop(step.step_id, None)
        self._postpone(step, drift)

    def _after(self, step: ExecutionStep) -> list[str]:
        return [other.step_id for other in self._plan.steps if step.step_id in other.dependencies]

    def _may_try_again(self, step: ExecutionStep) -> bool:
        return (
            self._tries.get(step.step_id, 0) + 1 < STEP_TRIES_MAX
            and self._replans < self._handover.thresholds.replans_max
        )

    def _postpone(self, step: ExecutionStep, drift: Drift) -> None:
        """The step has not begun, and waits for the next version."""
        self._tries[step.step_id] = self._tries.get(step.step_id, 0) + 1
        self._waiting[step.step_id] = drift.text
        self._hear(drift)

    async def _end(
        self, step: ExecutionStep, ending: Ending, reason: str = "", answer: Any = None
    ) -> None:
        result = StepResult(
            step_id=step.step_id,
            ending=ending,
            began_ms=self._begun.get(step.step_id, self._now()),
            ended_ms=self._now(),
            answer=answer,
            reason=reason,
            version=self._plan.version,
        )
        self._results[step.step_id] = result
        self._waiting.pop(step.step_id, None)
        self._event(step.step_id).set()
        self._moves.set()
        await self._ctx.call(self._home.ended, self._plan.plan_id, result)
        if ending == "failed":
            await self._ctx.call(self._home.tell, "failure", f"{step.step_id}: {reason}", {})

    # --- what it needs

    async def _permitted(self, step: ExecutionStep, observed: Observed) -> Verdict:
        """The verdict of the guardrails, after what people can still give has been asked for."""
        latest = max(step.start_ms, self._now()) + self._handover.thresholds.grace_ms
        while True:
            verdict = hold_all(self._facts(step, observed))
            if not isinstance(verdict, Hold) or self._now() >= latest:
                return verdict
            if verdict.awaits is not None and verdict.awaits.startswith("confirm:"):
                if not await self._asked(step, latest):
                    return verdict
            else:
                await self._await_consent(verdict, latest)
            observed = await self._observe(step)

    def _facts(self, step: ExecutionStep, observed: Observed) -> StepFacts:
        scopes = scopes_of(step)
        return StepFacts(
            now_ms=observed.at_ms,
            step=step,
            state=observed.state,
            confirmed=frozenset(self._confirmed),
            consents=frozenset(observed.consents),
            is_isolated=self._is_isolated(step, observed),
            override=next((observed.overrides[s] for s in scopes if s in observed.overrides), None),
        )

    async def _asked(self, step: ExecutionStep, latest: int) -> bool:
        approvers = self._handover.approvers
        if not approvers:
            return False
        answer = await self._ctx.approval(
            f"{step.parameters.get('action')} {step.device_id} now?",
            approvers=approvers,
            needed=1,
            context={"plan": self._plan.plan_id, "step": step.step_id},
            subject=mark_of(step),
            expires_s=max(1.0, (latest - self._now()) / 1000),
        )
        if answer.approved:
            self._confirmed.add(mark_of(step))
        return answer.approved

    async def _await_consent(self, verdict: Hold, latest: int) -> None:
        text = "; ".join(reason.text for reason in verdict.reasons)
        await self._ctx.call(self._home.tell, "approval_wanted", text, {})
        self._consented.clear()
        left = max(0.001, min(CONSENT_POLL_S, (latest - self._now()) / 1000))
        try:
            async with asyncio.timeout(left):
                await self._consented.wait()
        except TimeoutError:
            return

    # --- planning anew

    def _hear(self, told: Any) -> None:
        self._drifts.append(msgspec.convert(told, Drift))
        self._told.set()

    async def _plan_anew_when_told(self) -> None:
        while True:
            await self._told.wait()
            await self._ctx.sleep(self._handover.thresholds.debounce_ms / 1000)
            self._told.clear()
            drifts, self._drifts = self._drifts, []
            self._is_planning = True
            await self._plan_anew(drifts)
            self._is_planning = False
            self._moves.set()

    async def _plan_anew(self, drifts: list[Drift]) -> None:
        text = "; ".join(dict.fromkeys(drift.text for drift in drifts))
        if self._replans >= self._handover.thresholds.replans_max:
            await self._give_up_waiting(f"planned anew {self._replans} times: {text}")
            return
        self._replans += 1
        try:
            asked = what_to_plan(
                self._plan, drifts, ended=self._results, begun=self._begun, now_ms=self._now()
            )
            later = await self._ctx.call(self._home.replan, asked)
        except ActivityFailed as error:
            await self._give_up_waiting(f"it could not be planned anew: {error.message}")
            return
        if later.feasibility is FeasibilityStatus.INFEASIBLE or not later.steps:
            await self._ctx.call(self._home.tell, "conflict", later.rationale, ways_out(later))
            await self._give_up_waiting(later.rationale)
            await self._settle(later, None, later.rationale)
            return
        agreed, by = await self._agreed(later, text)
        await self._settle(later, by if agreed else None, text)
        if agreed:
            await self._adopt(later)
        else:
            await self._give_up_waiting("the later version was not approved")

    async def _settle(self, later: ExecutionPlan, by: str | None, reason: str) -> None:
        await self._ctx.call(self._home.settle, later.plan_id, later.version, by, reason[:500])

    async def _agreed(self, later: ExecutionPlan, text: str) -> tuple[bool, str]:
        """Whether the later version may be taken up, asking where it goes past a threshold; and by
        whose word."""
        bounds = self._handover.thresholds
        more = dearer_by(later, self._approved, ended=self._results)
        wait_ms = later_by(later, self._approved, begun=self._begun)
        within = more <= bounds.cost_more_micro and wait_ms <= bounds.later_ms
        if within and not later.approval_required:
            return True, ""
        if not self._handover.approvers:
            return False, ""
        answer = await self._ctx.approval(
            f"take up version {later.version}: {more / 1e6:+.2f}, "
            f"{wait_ms // 60_000} min later? {text}"[:500],
            approvers=self._handover.approvers,
            needed=1,
            context={"plan": later.plan_id, "version": later.version},
            expires_s=bounds.grace_ms / 1000,
        )
        if answer.approved:
            self._approved = later
        by = ", ".join(str(vote["principal"]) for vote in answer.votes)
        return answer.approved, by or "an approver"

    async def _adopt(self, later: ExecutionPlan) -> None:
        """Go on with a later version."""
        await self._interrupt()
        later = apart(later, frozenset(self._results))
        kept = {step.step_id for step in later.steps}
        before, self._plan = self._plan, later
        for step in later.steps:
            if step.step_id not in self._begun:
                task = self._tasks.pop(step.step_id, None)
                if task is not None:
                    task.cancel()
                self._waiting.pop(step.step_id, None)
                self._begin(step)
        for step in before.steps:
            if step.step_id in kept | self._begun.keys() | self._results.keys():
                continue
            task = self._tasks.pop(step.step_id, None)
            if task is not None:
                task.cancel()
            await self._end(step, "skipped", f"version {later.version} leaves it out")

    async def _interrupt(self) -> None:
        """End what a later version plans the rest of."""
        for id in [id for id in self._begun if id not in self._results]:
            if not is_interruptible(self._plan, id):
                continue
            step = next(step for step in self._plan.steps if step.step_id == id)
            task = self._tasks.pop(id, None)
            if task is not None:
                task.cancel()
            await self._stop(step, "completed", "the rest is planned anew")

    async def _give_up_waiting(self, reason: str) -> None:
        for id, why in list(self._waiting.items()):
            step = next(step for step in self._plan.steps if step.step_id == id)
            ending: Ending = "skipped" if step.only_if else "failed"
            await self._end(step, ending, f"{why}; {reason}")

    # --- cancelling

    async def _stop_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        for step in self._plan.steps:
            if step.step_id in self._results:
                continue
            if step.step_id in self._begun:
                await self._stop(step, "cancelled", "the plan was cancelled")
            else:
                await self._end(step, "cancelled", "the plan was cancelled")

    async def _stop(self, step: ExecutionStep, ending: Ending, reason: str) -> None:
        undoing = step.parameters.get("at_end") or step.compensate
        if undoing and step.device_id is not None:
            try:
                observed = await self._observe(step)
                await self._do(step, undoing, observed)
            except (ActivityFailed, Denied) as error:
                await self._end(
                    step, "failed", f"{reason}, and could not be stopped: {error.message}"
                )
                return
        await self._end(step, ending, reason)


def scopes_of(step: ExecutionStep) -> list[str]:
    """The consents that a step needs."""
    return [str(rail.facts.get("scope")) for rail in step.guardrails if rail.kind == "consent"]
