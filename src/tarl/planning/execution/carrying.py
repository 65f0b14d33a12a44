"""The workflow that carries a plan out: each step when it is due, if it still may.

1. A step runs only if its condition holds, every guardrail holds and the gateway permits it, at the
   moment itself; what cannot be known does not let it run. The same goes for what is done instead.
2. A step that has begun is not begun again by a later version, nor is one that has ended; one that
   is left out of a later version is skipped and says so.
3. A later version that costs more, or comes later, than the thresholds allow is asked about first.
4. Every step ends in one result; the plan is ``completed`` if none of them failed.
5. When the run is cancelled or fails, what it has started and can stop is stopped.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, NamedTuple

import msgspec

from tarl.errors import ActivityFailed, Denied, Invalid
from tarl.kernel.context import Context
from tarl.kernel.definition import Workflow
from tarl.planning.execution.doing import GRACE_MS, INSTANT_MS, Doing
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
from tarl.planning.execution.home import HomeActivities
from tarl.planning.execution.moment import may_go
from tarl.planning.execution.versions import (
    dearer_by,
    is_interruptible,
    later_by,
    news_of,
    original,
    what_is_left,
    what_to_plan,
    work_of,
)
from tarl.planning.guardrails import wants_yes
from tarl.planning.notices.news import News, NewsKind
from tarl.planning.plan import ExecutionPlan, ExecutionStep, FeasibilityStatus
from tarl.values.verdict import Allow

STEP_TRIES_MAX = 3
"""How often a step is planned anew after it failed or could not begin."""

NAME = "plan"

REFUSED = (ActivityFailed, Denied, Invalid)
"""What lets a step fail, and not the run."""

NOT_DONE = frozenset({"failed", "cancelled", "skipped"})
"""Endings after which what depends on a step is skipped."""


class Waiting(NamedTuple):
    """A step that waits for another version, why, and what it comes to without one."""

    step: ExecutionStep
    why: str
    or_else: Ending


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
        self._doing = Doing(ctx, activities, handover)
        self._handover = handover
        self._plan = handover.plan
        self._approved = handover.plan
        self._results: dict[str, StepResult] = {}
        self._begun: dict[str, int] = {}
        self._at: dict[str, ExecutionStep] = {}
        """What is really being done of a step that has begun: it, or a fallback."""
        self._versions: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended = defaultdict[str, asyncio.Event](asyncio.Event)
        self._waiting: dict[str, Waiting] = {}
        self._drifts: list[Drift] = []
        self._told = asyncio.Event()
        self._moves = asyncio.Event()
        self._fault: BaseException | None = None
        self._is_planning = False
        self._replans = 0

    # --- the whole

    async def through(self) -> Outcome:
        """Until every step has ended."""
        self._ctx.on_signal(DRIFT_SIGNAL, self._signalled)
        self._ctx.on_signal(CONSENT_SIGNAL, lambda _: self._doing.consented.set())
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
        except (asyncio.CancelledError, *REFUSED) as error:
            anew.cancel()
            is_cancelled = isinstance(error, asyncio.CancelledError)
            why = "the plan was cancelled" if is_cancelled else f"the run failed: {error}"
            await self._stop_all(why)
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
        self._versions[step.step_id] = self._plan.version
        task = asyncio.create_task(self._see_to(step))
        self._tasks[step.step_id] = task

        def gone(ended: asyncio.Task[None]) -> None:
            if self._tasks.get(step.step_id) is ended:
                del self._tasks[step.step_id]
            self._moved(ended)

        task.add_done_callback(gone)

    def _drop(self, id: str) -> None:
        """Nobody sees to the step any more."""
        task = self._tasks.pop(id, None)
        if task is not None:
            task.cancel()
        self._waiting.pop(id, None)

    def _moved(self, task: asyncio.Task[None]) -> None:
        """Something has ended; what a task raised is the run's fault."""
        if not task.cancelled() and task.exception() is not None:
            self._fault = self._fault or task.exception()
        self._moves.set()

    def _seen(self) -> dict[str, Any]:
        """What the query shows."""
        return {
            "version": self._plan.version,
            "replans": self._replans,
            "begun": dict(self._begun),
            "waiting": {id: waits.why for id, waits in self._waiting.items()},
            "results": [msgspec.to_builtins(result) for result in self._results.values()],
        }

    def _over(self) -> set[str]:
        """Steps that are over, without those of which the rest is still to be done."""
        return {id for id, result in self._results.items() if not result.is_part}

    # --- a step

    async def _see_to(self, step: ExecutionStep) -> None:
        for id in step.dependencies:
            await self._ended[id].wait()
            before = self._results[id]
            if before.ending in NOT_DONE:
                await self._end(step, "skipped", f"{id} {before.ending}: {before.reason}")
                return
        await self._doing.until(step.start_ms)
        await self._carry_out(step)

    async def _carry_out(self, step: ExecutionStep) -> None:
        try:
            observed = await self._doing.observe(self._plan, step, begins=True)
            if not await self._goes(step, observed):
                return
            verdict, observed = await self._doing.permitted(self._plan, step, observed)
        except REFUSED as error:
            await self._fail(step, error.message)
            return
        if not isinstance(verdict, Allow):
            await self._fail(step, "; ".join(reason.text for reason in verdict.reasons))
            return
        # People may have taken their time.
        if not await self._goes(step, observed):
            return
        self._begun[step.step_id] = self._doing.now()
        self._at[step.step_id] = step
        try:
            answer = await self._doing.perform(self._plan, step, observed)
        except REFUSED as error:
            await self._instead(step, error.message)
            return
        await self._end(step, "completed", answer=answer)

    async def _goes(self, step: ExecutionStep, observed: Observed) -> bool:
        """Whether the step's condition lets it go; else it is planned anew, or skipped."""
        goes, why = may_go(step.only_if, observed)
        if goes:
            return True
        drift = Drift(kind="occupancy", text=f"{step.step_id}: {why}", affected=(step.step_id,))
        if self._may_try_again(step):
            self._postpone(step, drift, or_else="skipped")
        else:
            await self._end(step, "skipped", why)
        return False

    async def _instead(self, step: ExecutionStep, reason: str) -> None:
        """The first fallback that is permitted and works; else the step has failed."""
        for fallback in step.fallback_steps:
            try:
                observed = await self._doing.observe(self._plan, fallback, begins=True)
                verdict = self._doing.verdict(fallback, observed)
                if not isinstance(verdict, Allow):
                    reason += f"; {fallback.step_id}: {verdict.reasons[0].text}"
                    continue
                self._at[step.step_id] = fallback
                answer = await self._doing.perform(self._plan, fallback, observed)
            except REFUSED as error:
                reason += f"; {fallback.step_id}: {error.message}"
            else:
                await self._end(step, "completed", f"by {fallback.step_id}: {reason}", answer)
                news = self._news("instead", step, why=reason, instead_id=fallback.step_id)
                await self._doing.tell(news)
                return
        await self._fail(step, reason)

    async def _fail(self, step: ExecutionStep, reason: str) -> None:
        """Planned anew as long as there are tries; then failed. How a critical device is that was
        told something is not waited for until then."""
        if not self._may_try_again(step):
            await self._end(step, "failed", reason)
            return
        was_told = self._begun.pop(step.step_id, None) is not None
        if was_told and wants_yes(step):
            news = self._news("failed", step, why=reason, was_told=True, is_tried_again=True)
            await self._doing.tell(news)
        text = f"{step.step_id}: {reason}"
        affected = (step.step_id, *self._after(step))
        drift = Drift(kind="step_failed", text=text, affected=affected)
        self._postpone(step, drift, or_else="failed")

    def _news(self, kind: NewsKind, step: ExecutionStep, **said: Any) -> News:
        """What there is to say of a step, as the version that it is of has it."""
        version = self._versions[step.step_id]
        return news_of(kind, self._plan, step, **{**said, "version": version})

    def _after(self, step: ExecutionStep) -> list[str]:
        return [other.step_id for other in self._plan.steps if step.step_id in other.dependencies]

    def _may_try_again(self, step: ExecutionStep) -> bool:
        return (
            self._tries.get(original(step.step_id), 0) + 1 < STEP_TRIES_MAX
            and not self._is_past(step)
            and self._replans < self._handover.thresholds.replans_max
        )

    def _is_past(self, step: ExecutionStep) -> bool:
        """Whether what was for a moment or a span alone is over: nobody wants it later."""
        late_ms, lasts_ms = self._doing.now() - step.end_ms, step.end_ms - step.start_ms
        return late_ms >= 0 if step.is_span else lasts_ms <= INSTANT_MS and late_ms >= GRACE_MS

    def _postpone(self, step: ExecutionStep, drift: Drift, *, or_else: Ending) -> None:
        """The step has not begun, and waits for the next version; without one it has ended."""
        id = original(step.step_id)
        self._tries[id] = self._tries.get(id, 0) + 1
        self._waiting[step.step_id] = Waiting(step, drift.text, or_else)
        self._hear(drift)

    async def _end(
        self,
        step: ExecutionStep,
        ending: Ending,
        reason: str = "",
        answer: Any = None,
        *,
        is_part: bool = False,
    ) -> None:
        now_ms = self._doing.now()
        result = StepResult(
            step_id=step.step_id,
            ending=ending,
            began_ms=self._begun.get(step.step_id, now_ms),
            ended_ms=self._doing.ended_ms(step),
            answer=answer,
            reason=reason,
            version=self._versions[step.step_id],
            is_part=is_part,
        )
        self._results[step.step_id] = result
        self._doing.note(result)
        self._waiting.pop(step.step_id, None)
        if not is_part:
            self._ended[step.step_id].set()
        self._moves.set()
        await self._ctx.call(self._home.ended, self._plan.plan_id, result)
        if ending == "failed":
            news = self._news(
                "failed",
                step,
                why=reason,
                tries=self._tries.get(original(step.step_id), 0) + 1,
                skipped=tuple(map(original, self._after(step))),
                was_told=step.step_id in self._at,
            )
            await self._doing.tell(news)

    # --- planning anew

    async def _signalled(self, told: Any) -> None:
        """Somebody says that something has drifted."""
        try:
            drift = msgspec.convert(told, Drift)
        except msgspec.ValidationError as error:
            await self._doubt(f"a signal to the plan cannot be read: {error}")
            return
        self._hear(drift)

    def _hear(self, drift: Drift) -> None:
        self._drifts.append(drift)
        self._told.set()

    async def _plan_anew_when_told(self) -> None:
        while True:
            await self._told.wait()
            await self._ctx.sleep(self._handover.thresholds.debounce_ms / 1000)
            self._told.clear()
            drifts, self._drifts = self._drifts, []
            over = self._over()
            drifts = [d for d in drifts if not d.affected or not over.issuperset(d.affected)]
            if not drifts:
                continue
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
        asked = what_to_plan(
            self._plan, drifts, ended=self._over(), begun=self._begun, now_ms=self._doing.now()
        )
        try:
            later = await self._ctx.call(self._home.replan, asked)
        except REFUSED as error:
            await self._give_up_waiting(f"{text}; it could not be planned anew: {error.message}")
            return
        if later.feasibility is FeasibilityStatus.INFEASIBLE or not later.steps:
            await self._doing.tell(self._of_version("conflict", later, why=text))
            await self._give_up_waiting(later.rationale, is_told=True)
            await self._decline(later, later.rationale)
            return
        moved = self._of_version("moved", later, why=text)
        agreed, by = await self._agreed(later, text)
        if agreed:
            # As long as the earlier version is in force, all that it began may be ended.
            cut = await self._interrupt()
            await self._settle(later, by, text)
            await self._adopt(later, cut)
            await self._doing.tell(moved)
        else:
            await self._give_up_waiting("the later version was not approved", is_told=True)
            await self._decline(later, text)
            await self._doing.tell(self._of_version("kept", later, why=f"{by}: {text}"))

    async def _settle(self, later: ExecutionPlan, by: str | None, reason: str) -> None:
        await self._ctx.call(self._home.settle, later.plan_id, later.version, by, reason[:500])

    async def _decline(self, later: ExecutionPlan, reason: str) -> None:
        try:
            await self._settle(later, None, reason)
        except REFUSED as error:
            # Somebody else has made a version since: what is in force goes on all the same.
            await self._doubt(error.message)

    async def _doubt(self, why: str) -> None:
        await self._doing.tell(news_of("doubt", self._plan, why=why))

    def _of_version(self, kind: NewsKind, later: ExecutionPlan, **said: Any) -> News:
        """What there is to say of a later version, beside the one that is in force."""
        over = tuple(sorted(map(original, self._over())))
        return news_of(kind, later, before=self._plan.version, over=over, **said)

    async def _agreed(self, later: ExecutionPlan, text: str) -> tuple[bool, str]:
        """Whether the later version may be taken up, asking where it goes past a threshold; and by
        whose word, or why not."""
        bounds = self._handover.thresholds
        more = dearer_by(later, self._approved, ended=self._over())
        wait_ms = later_by(later, self._approved, begun=self._begun)
        within = more <= bounds.cost_more_micro and wait_ms <= bounds.later_ms
        if within and not later.approval_required:
            return True, ""
        if not self._handover.approvers:
            return False, "nobody is named who could be asked (tarl run PLAN --approver NAME)"
        until_ms = self._doing.now() + bounds.grace_ms
        answer = await self._doing.ask(
            self._of_version("version", later, why=text, until_ms=until_ms),
            self._ctx.approval(
                f"take up version {later.version}: {more / 1e6:+.2f}, "
                f"{wait_ms // 60_000} min later? {text}"[:500],
                approvers=self._handover.approvers,
                needed=1,
                context={"plan": later.plan_id, "version": later.version},
                expires_s=bounds.grace_ms / 1000,
            ),
        )
        voters = ", ".join(str(vote["principal"]) for vote in answer.votes)
        if not answer.approved:
            return False, f"{voters} said no" if voters else "nobody answered in time"
        self._approved = later
        return True, voters or "an approver"

    async def _adopt(self, later: ExecutionPlan, cut: list[str]) -> None:
        """Go on with a later version; ``cut`` are the steps that were ended for it."""
        parts = self._results.keys() - self._over()
        later = what_is_left(later, ended=self._over(), parts=parts)
        before, self._plan = self._plan, later
        settled = self._begun.keys() | self._results.keys()
        for step in later.steps:
            if step.step_id not in settled:
                self._drop(step.step_id)
                self._begin(step)
        kept = {step.step_id for step in later.steps}
        done_later = set(map(work_of, later.steps))
        for step in before.steps:
            if step.step_id in kept | settled:
                continue
            self._drop(step.step_id)
            is_part = work_of(step) in done_later
            why = "does the rest" if is_part else "leaves it out"
            await self._end(step, "skipped", f"version {later.version} {why}", is_part=is_part)
        for id in cut:
            if work_of(self._at[id]) not in done_later and self._results[id].is_part:
                reason = f"version {later.version} has nothing left for it to do"
                await self._end(self._at[id], "completed", reason)

    async def _interrupt(self) -> list[str]:
        """End what a later version plans the rest of; which that was."""
        begun = [id for id in self._begun if id not in self._results]
        cut = [id for id in begun if is_interruptible(self._at[id])]
        for id in cut:
            self._drop(id)
            await self._stop(id, "completed", "the rest is planned anew", is_part=True)
        return cut

    async def _give_up_waiting(self, reason: str, *, is_told: bool = False) -> None:
        if not (self._waiting or is_told):
            await self._doubt(reason)
        for waits in list(self._waiting.values()):
            await self._end(waits.step, waits.or_else, f"{waits.why}; {reason}")

    # --- cancelling

    async def _stop_all(self, why: str) -> None:
        for id in list(self._tasks):
            self._drop(id)
        for id in [id for id in self._begun if id not in self._results]:
            await self._stop(id, "cancelled", why)
        for step in self._plan.steps:
            if step.step_id not in self._results:
                await self._end(step, "cancelled", why)

    async def _stop(self, id: str, ending: Ending, reason: str, *, is_part: bool = False) -> None:
        step = self._at[id]
        undoing = step.parameters.get("at_end") or step.compensate
        step_ended = msgspec.structs.replace(step, step_id=id)
        if undoing and step.device_id is not None:
            try:
                observed = await self._doing.observe(self._plan, step)
                await self._doing.tell_device(step, step.device_id, undoing, observed)
            except REFUSED as error:
                why = f"{reason}, and could not be stopped: {error.message}"
                await self._end(step_ended, "failed", why)
                return
        await self._end(step_ended, ending, reason, is_part=is_part)
