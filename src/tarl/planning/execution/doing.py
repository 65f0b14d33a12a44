"""One step at its moment: what is looked at, whom it asks, what the device is told.

1. Every guardrail is held against what is so at the moment, after any waiting for people, and the
   independent check looks once more. Where the user is asked for the consent to the very command,
   so it is, with the step's conditions, between the yes and the command (:class:`LastLook`).
2. Nobody is told the same of a step twice; a plan does not fail because nobody could be told.
3. A program has ended when its device says so: sooner than planned, or later, within bounds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from tarl.errors import ActivityFailed, Denied
from tarl.kernel.context import Approval, Context
from tarl.planning.consent.wanted import wants_of
from tarl.planning.context import DeviceState
from tarl.planning.devices.channel import AT_REST, AT_WORK
from tarl.planning.execution.handover import Handover, Observed, StepResult
from tarl.planning.execution.home import WHOLE, HomeActivities, LastLook, Looking, Needed
from tarl.planning.execution.moment import is_isolated, parts_of, verdict_of, wants_sandbox
from tarl.planning.execution.versions import news_of, original
from tarl.planning.explanation.wording import doing, lasting
from tarl.planning.guardrails import mark_of
from tarl.planning.notices.news import News
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.values.instants import from_datetime
from tarl.values.verdict import Deny, Hold, Reason, Verdict

CONSENT_POLL_S = 60.0
"""A consent may be given without anybody telling the run."""

INSTANT_MS = 60_000
"""What ends by itself and lasts no longer than this is done when the device has confirmed it."""

GRACE_MS = 30_000
"""A command is tried until what it does would have ended, and for so long after."""

LOOKS = 12
LOOK_MS_MIN = 5 * 60_000
"""A program that runs is looked at so often while it should, and not more often than this."""

OVER_LOOK_MS = 60_000
OVER_MS_MIN = 30 * 60_000
"""One that is not over when it should is looked at so often, for half its time again and at least
this long."""

RESTS = AT_REST - {"paused"}
BROKEN = frozenset({"error", "failed"})
"""What a device says that did not do what it was told."""


class Permitted(NamedTuple):
    """The verdict about a step, and what it was given by."""

    verdict: Verdict
    observed: Observed


class Doing:
    """Does single steps for a run.

    Args:
        ctx: Of the run.
        home: Its activities.
        handover: What the run was given.
    """

    def __init__(self, ctx: Context, home: HomeActivities, handover: Handover) -> None:
        self._ctx = ctx
        self._home = home
        self._handover = handover
        self._confirmed = set(handover.confirmed)
        self._told: set[tuple[str, str]] = set()
        self.consented = asyncio.Event()
        self._done: set[str] = set()
        """Steps that have ended and did not fail, by the planner's ids."""
        self._ended_ms: dict[str, int] = {}
        """When programs had ended, as their devices said later."""

    def now(self) -> int:
        """UTC in milliseconds."""
        return from_datetime(self._ctx.now())

    def ended_ms(self, step: ExecutionStep) -> int:
        """When a step that ends now has ended."""
        return self._ended_ms.pop(step.step_id, self.now())

    def note(self, result: StepResult) -> None:
        """A step has ended."""
        if result.ending == "completed" and not result.is_part:
            self._done.add(original(result.step_id))

    async def until(self, at_ms: int) -> None:
        """Wait for an instant."""
        left = at_ms - self.now()
        if left > 0:
            await self._ctx.sleep(left / 1000)

    def is_past(self, step: ExecutionStep) -> bool:
        """Whether what was for a moment or a span alone is over: nobody wants it later."""
        late_ms, lasts_ms = self.now() - step.end_ms, step.end_ms - step.start_ms
        return late_ms >= 0 if step.is_span else lasts_ms <= INSTANT_MS and late_ms >= GRACE_MS

    # --- looking

    async def observe(
        self, plan: ExecutionPlan, step: ExecutionStep, *, begins: bool = False
    ) -> Observed:
        """What is so now, as far as the step needs it; ``begins``: it would begin now, and is
        checked once more.

        Raises:
            ActivityFailed, Denied: it could not be looked.
            Invalid: a guardrail names no scope (``consent.scope``).
        """
        looking = self._looking(plan, step, begins=begins)
        device = step.device_id or WHOLE
        return cast(Observed, await self._ctx.call(self._home.observe, device, looking))

    def _looking(self, plan: ExecutionPlan, step: ExecutionStep, *, begins: bool) -> Looking:
        """What is looked at for a step."""
        return Looking(
            plan_id=plan.plan_id,
            user_id=plan.task_spec.user_id,
            about=tuple(
                dict.fromkeys(str(p["device"]) for p in parts_of(step.only_if) if p.get("device"))
            ),
            needs=tuple(
                Needed(scope=w.scope, privacy_class=w.privacy_class, trust_tier=w.trust_tier)
                for w in wants_of(plan, [step])
            ),
            action=str(step.parameters.get("action", "")),
            placement=step.placement,
            privacy_class=step.privacy_class,
            isolated=wants_sandbox(step),
            begins=original(step.step_id) if begins else "",
            version=plan.version if begins else 0,
            ended=tuple(sorted(self._done)) if begins else (),
        )

    # --- asking

    async def permitted(
        self, plan: ExecutionPlan, step: ExecutionStep, observed: Observed
    ) -> Permitted:
        """The verdict about a step, after what people can still give has been asked for; one that
        comes too late is not the one that was agreed to."""
        late_ms = self.now() - step.start_ms
        if late_ms > self._handover.thresholds.later_ms:
            text = f"it was to begin {lasting(late_ms)} ago"
            return Permitted(Deny((Reason(code="plan.late", text=text),)), observed)
        latest = max(step.start_ms, self.now()) + self._handover.thresholds.grace_ms
        while True:
            verdict = self.verdict(step, observed)
            if not isinstance(verdict, Hold) or self.now() >= latest:
                return Permitted(verdict, observed)
            if verdict.awaits is not None and verdict.awaits.startswith("confirm:"):
                if not await self._asked(plan, step, _texts(verdict), latest):
                    return Permitted(verdict, observed)
            else:
                await self._await_consent(plan, step, verdict, latest)
            observed = await self.observe(plan, step, begins=True)

    def verdict(self, step: ExecutionStep, observed: Observed) -> Verdict:
        """What the check and the step's guardrails say of what is so."""
        return verdict_of(step, observed, confirmed=self._confirmed)

    async def _asked(self, plan: ExecutionPlan, step: ExecutionStep, why: str, latest: int) -> bool:
        approvers = self._handover.approvers
        if not approvers:
            return False
        answer = await self.ask(
            news_of("confirm", plan, step, why=why, until_ms=latest),
            self._ctx.approval(
                _question(step),
                approvers=approvers,
                needed=1,
                context={"plan": plan.plan_id, "step": original(step.step_id)},
                subject=mark_of(step),
                expires_s=max(1.0, (latest - self.now()) / 1000),
            ),
        )
        if answer.approved:
            self._confirmed.add(mark_of(step))
        return answer.approved

    async def ask(self, news: News, asking: Awaitable[Approval]) -> Approval:
        """Ask people for an approval, and tell them that they are asked; their answer."""
        # Asked first, so that who is told finds the request.
        answer, _ = await asyncio.gather(asking, self.tell(news))
        return answer

    async def ask_to_take_up(
        self, later: ExecutionPlan, news: News, question: str
    ) -> tuple[bool, str]:
        """Whether people let a later version be taken up, and by whose word, or why not."""
        if not self._handover.approvers:
            return False, "nobody is named who could be asked (tarl run PLAN --approver NAME)"
        answer = await self.ask(
            news,
            self._ctx.approval(
                question,
                approvers=self._handover.approvers,
                needed=1,
                context={"plan": later.plan_id, "version": later.version},
                expires_s=self._handover.thresholds.grace_ms / 1000,
            ),
        )
        voters = ", ".join(str(vote["principal"]) for vote in answer.votes)
        if answer.approved:
            return True, voters or "an approver"
        return False, f"{voters} said no" if voters else "nobody answered in time"

    async def _await_consent(
        self, plan: ExecutionPlan, step: ExecutionStep, verdict: Hold, latest: int
    ) -> None:
        text = _texts(verdict)
        if (step.step_id, text) not in self._told:
            self._told.add((step.step_id, text))
            scopes = [reason.facts.get("scope") for reason in verdict.reasons]
            wanted = tuple(str(scope) for scope in scopes if scope)
            await self.tell(
                news_of("consent", plan, step, why=text, scopes=wanted, until_ms=latest)
            )
        self.consented.clear()
        left = max(0.001, min(CONSENT_POLL_S, (latest - self.now()) / 1000))
        try:
            async with asyncio.timeout(left):
                await self.consented.wait()
        except TimeoutError:
            return

    async def tell(self, news: News) -> None:
        """Tell people; that nobody could be told is in the journal, as the step that failed."""
        try:
            await self._ctx.call(self._home.tell, news)
        except (ActivityFailed, Denied):
            return

    # --- commanding

    async def perform(self, plan: ExecutionPlan, step: ExecutionStep, observed: Observed) -> Any:
        """Let the device do it, wait until it is done, and end what does not end by itself; what
        the device answered at first.

        Raises:
            ActivityFailed, Denied: it did not do it, or did not finish.
        """
        if step.device_id is None:
            return await self._ctx.call(self._home.tell, news_of("said", plan, step))
        if observed.dynamic:
            until_ms = self.now() + self._handover.thresholds.grace_ms
            why = f"the consent to {', '.join(observed.dynamic)} is asked for each time"
            await self.tell(
                news_of("consent", plan, step, why=why, scopes=observed.dynamic, until_ms=until_ms)
            )
        look = self._last_look(plan, step) if observed.dynamic else None
        answer = await self.tell_device(
            step, step.device_id, step.parameters, observed, asked=observed.dynamic, look=look
        )
        lasts = step.end_ms - step.start_ms
        at_end = step.parameters.get("at_end")
        if at_end:
            await self.until(step.end_ms if step.is_span else self.now() + lasts)
            await self.tell_device(step, step.device_id, at_end, observed)
        elif lasts > INSTANT_MS:
            state = await self._outlasted(plan, step, answer)
            if state is None or not state.is_online or state.state in BROKEN:
                said = "nothing" if state is None or not state.is_online else state.state
                raise ActivityFailed(
                    f"{step.device_id} says {said} when it should have finished",
                    type="DeviceFailed",
                )
        return answer

    def _last_look(self, plan: ExecutionPlan, step: ExecutionStep) -> LastLook:
        """What is held against what is so once people have been waited for."""
        return LastLook(
            step=msgspec.structs.replace(step, fallback_steps=(), power_w=(), runner_up=None),
            confirmed=tuple(sorted(self._confirmed)),
            looking=self._looking(plan, step, begins=True),
        )

    async def _outlasted(
        self, plan: ExecutionPlan, step: ExecutionStep, answer: Any
    ) -> DeviceState | None:
        """What the device says when what it was told is over: a program, when the device rests
        after work, though not before half its time; all else, when its time is."""
        began_ms, lasts = self.now(), step.end_ms - step.start_ms
        end_ms, half_ms = began_ms + lasts, began_ms + lasts // 2
        if step.parameters.get("action") != "run":
            await self.until(end_ms)
            return (await self.observe(plan, step)).state
        latest_ms = end_ms + max(lasts // 2, OVER_MS_MIN)
        every_ms = max(LOOK_MS_MIN, lasts // LOOKS)
        worked = isinstance(answer, dict) and answer.get("state") in AT_WORK
        while True:
            left = end_ms - self.now()
            await self.until(self.now() + (min(every_ms, left) if left > 0 else OVER_LOOK_MS))
            state, now_ms = (await self.observe(plan, step)).state, self.now()
            said = state.state if state is not None and state.is_online else ""
            worked = worked or said in AT_WORK
            if state is not None and worked and said in RESTS and now_ms >= half_ms:
                if half_ms <= state.observed_ms <= now_ms:
                    self._ended_ms[step.step_id] = state.observed_ms
                return state
            if now_ms >= (latest_ms if said in AT_WORK else end_ms):
                return state

    async def tell_device(
        self,
        step: ExecutionStep,
        device: str,
        parameters: dict[str, Any],
        observed: Observed,
        *,
        asked: Sequence[str] = (),
        look: LastLook | None = None,
    ) -> Any:
        """One command of a step; ``asked`` are the consents that its user is asked for first, after
        which it is looked at what the step stands on once more.

        Raises:
            ActivityFailed, Denied: it is not confirmed, or not permitted.
        """
        arguments = {n: v for n, v in parameters.items() if n not in ("action", "at_end")}
        command = self._home.command(str(parameters["action"]))
        isolated = is_isolated(step, observed)
        last = {} if look is None else {"look": look}
        lasts_ms = max(INSTANT_MS, step.end_ms - step.start_ms)
        for_people_ms = self._handover.thresholds.grace_ms if asked else 0
        try:
            async with asyncio.timeout((for_people_ms + lasts_ms + GRACE_MS) / 1000):
                return await self._ctx.call(command, device, arguments, isolated, **last)
        except TimeoutError as error:
            if asked:
                text = f"nobody has consented to {', '.join(asked)}, or {device} has not confirmed"
                raise ActivityFailed(
                    f"{text} {parameters['action']} in {lasting(for_people_ms + lasts_ms)}",
                    type="DeviceSilent",
                ) from error
            raise ActivityFailed(
                f"{device} has not confirmed {parameters['action']} in"
                f" {lasting(lasts_ms)} and {GRACE_MS // 1000} s",
                type="DeviceSilent",
            ) from error


def _texts(verdict: Hold) -> str:
    return "; ".join(reason.text for reason in verdict.reasons)


def _question(step: ExecutionStep) -> str:
    """What a person says yes to: the device, and all that it is told."""
    told = {name: value for name, value in step.parameters.items() if name != "action"}
    action = step.parameters.get("action")
    if not told:
        return f"{action} {step.device_id} now?"
    return f"{action} {step.device_id} now: {doing(step.parameters)}?"
