"""The notices that plans give rise to: the one place where they are put into words.

1. Who is asked is told what for, why, until when, and the command that answers.
2. Every number can be derived again from the plans that the notice is about.
3. What a step or a version waits for, and what became of a step, is told as about that alone: an
   answer is wanted sooner than the next notice about the plan may come, and the failure of one step
   does not stand for that of another.
4. A device that can hurt somebody or let somebody in, and was told something that nobody has
   confirmed, is a danger; whatever else fails is a failure.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence

from tarl.errors import Invalid
from tarl.planning.consent.lifetimes import PRIVACY_ORDER, TRUST_ORDER
from tarl.planning.consent.wanted import wants_of
from tarl.planning.explanation.explained import explain
from tarl.planning.explanation.wording import clock, doing, money
from tarl.planning.household import Device, Household
from tarl.planning.notices.notice import Notice, NoticeKind, Solution
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import zone_named

Facts = dict[str, str | int | bool | None]

MOVED_MAX = 8
"""Steps that a notice says have moved; the rest are counted."""


class Telling:
    """Puts into words what there is to say of the plans of a household.

    Args:
        household: Its names, currency and time zone.
        now_ms: The instant.
    """

    def __init__(self, household: Household, *, now_ms: int) -> None:
        self._household = household
        self._zone = zone_named(household.time_zone)
        self._now_ms = now_ms

    def of_plan(self, plan: ExecutionPlan) -> Notice | None:
        """What there is to say of a plan that was made: its conflict, or that it waits for
        somebody's word; None for neither, and for what can only be looked at."""
        if plan.task_spec.is_hypothetical:
            return None
        if plan.conflict is not None:
            return self.conflict_found(plan)
        if plan.approval_required and plan.steps:
            return self.approval_wanted(plan)
        return None

    # --- asking

    def approval_wanted(self, plan: ExecutionPlan) -> Notice:
        """A plan waits for somebody's word."""
        words = explain(plan, self._household)
        answer = f"tarl run {plan.plan_id}"
        until_ms = min((step.start_ms for step in plan.steps), default=None)
        needs = [f"It needs {need}." for need in words.approval]
        others = [
            Solution(
                f"{other['title']}: {self._starts(other['starts'])}"
                f" for {self._money(other['cost_micro'])}",
                other["cost_micro"],
            )
            for other in words.alternatives
        ]
        return self._notice(
            plan,
            NoticeKind.APPROVAL_WANTED,
            f"Shall this be done: {plan.task_spec.intent}",
            [words.summary, *needs, *self._answering(answer, until_ms)],
            {"answer": answer, "until_ms": until_ms},
            solutions=others,
        )

    def consent_wanted(
        self,
        plan: ExecutionPlan,
        step: ExecutionStep,
        *,
        scopes: Sequence[str],
        why: str,
        until_ms: int,
    ) -> Notice:
        """A step waits for a consent."""
        user = plan.task_spec.user_id or "USER"
        words = ["tarl", "consent", "grant", *scopes, "--user", user, "--only-for", plan.plan_id]
        wants = [want for want in wants_of(plan, [step]) if want.scope in scopes]
        if wants:
            privacy = max((want.privacy_class for want in wants), key=PRIVACY_ORDER.index)
            trust = min((want.trust_tier for want in wants), key=TRUST_ORDER.index)
            words += ["--privacy", privacy.value, "--trust", trust.value]
        answer = shlex.join(words)
        return self._notice(
            plan,
            NoticeKind.APPROVAL_WANTED,
            f"{self._name(step)} waits for a consent: {plan.task_spec.intent}",
            [
                f"{self._doing(step)} at {self._clock(step.start_ms)} needs it: {why}.",
                *self._answering(answer, until_ms),
                "Without it the step is not done.",
            ],
            {"step": step.step_id, "answer": answer, "until_ms": until_ms},
            about=_of_step(plan, step),
        )

    def confirm_wanted(
        self, plan: ExecutionPlan, step: ExecutionStep, *, approval: str, why: str, until_ms: int
    ) -> Notice:
        """A step waits for a yes to it as it stands."""
        answer = f"tarl approve {approval}"
        return self._notice(
            plan,
            NoticeKind.APPROVAL_WANTED,
            f"Shall {self._name(step)} do this now: {doing(step.parameters)}?",
            [
                f"For: {plan.task_spec.intent}. {_sentence(why)}",
                *self._answering(answer, until_ms, no=f"tarl reject {approval}"),
                "Without a yes the step is not done.",
            ],
            {"step": step.step_id, "answer": answer, "until_ms": until_ms},
            about=_of_step(plan, step),
        )

    def version_wanted(
        self,
        before: ExecutionPlan,
        later: ExecutionPlan,
        *,
        over: Collection[str],
        approval: str,
        why: str,
        until_ms: int,
    ) -> Notice:
        """A later version goes past what may change without asking."""
        answer = f"tarl approve {approval}"
        lines, facts = self._compared(before, later, over)
        return self._notice(
            later,
            NoticeKind.APPROVAL_WANTED,
            f"Shall this change: {later.task_spec.intent}",
            [
                _sentence(why),
                *lines,
                *self._answering(answer, until_ms, no=f"tarl reject {approval}"),
                f"Without a yes version {before.version} goes on.",
            ],
            {"answer": answer, "until_ms": until_ms, **facts},
            about=f"{later.plan_id}.v{later.version}",
        )

    # --- saying

    def conflict_found(self, plan: ExecutionPlan) -> Notice:
        """Not all that was asked can be had; the ways out are proposed, cheapest first, each with
        what it comes to and the words that take it.

        Raises:
            Invalid: the plan has no conflict (``notice.no_conflict``).
        """
        if plan.conflict is None:
            raise Invalid(
                f"plan {plan.plan_id} has no conflict to tell of",
                code="notice.no_conflict",
                next_step="tell of plans that have one",
                plan=plan.plan_id,
            )
        names = [plan.conflict.names.get(rule, rule) for rule in plan.conflict.rules]
        ways = []
        for way in explain(plan, self._household).ways_out:
            flags = " ".join(f"--without {rule}" for rule in way.give_up)
            ways.append(
                Solution(
                    f"giving up “{way.text}”: {self._starts(way.starts)}"
                    f" for {self._money(way.cost_micro)} (tarl plan {flags})",
                    way.cost_micro,
                )
            )
        return self._notice(
            plan,
            NoticeKind.CONFLICT,
            f"This cannot be done as it was said: {plan.task_spec.intent}",
            [f"These cannot all be kept: {'; '.join(names)}."],
            solutions=ways,
        )

    def none_left(self, plan: ExecutionPlan, *, why: str) -> Notice:
        """There is no later version, and no rules that could be given up for one."""
        return self._notice(
            plan,
            NoticeKind.CONFLICT,
            f"This cannot be done any more: {plan.task_spec.intent}",
            [_sentence(why)],
        )

    def drifted(
        self, before: ExecutionPlan, later: ExecutionPlan, *, over: Collection[str], why: str
    ) -> Notice:
        """A later version is in force: a price, somebody's presence or a device changed."""
        lines, facts = self._compared(before, later, over)
        return self._notice(
            later,
            NoticeKind.DRIFT,
            f"Planned anew: {later.task_spec.intent}",
            [_sentence(why), *lines],
            facts,
        )

    def not_taken_up(
        self, before: ExecutionPlan, later: ExecutionPlan, *, over: Collection[str], why: str
    ) -> Notice:
        """A later version was made, and the earlier goes on."""
        lines, facts = self._compared(before, later, over)
        return self._notice(
            later,
            NoticeKind.DRIFT,
            f"Not changed: {later.task_spec.intent}",
            [
                f"Version {before.version} goes on: {why}.",
                f"Version {later.version} would have been so:",
                *lines,
            ],
            facts,
        )

    def doubted(self, plan: ExecutionPlan, *, why: str) -> Notice:
        """What a run was told, or wanted to record, is not as it should be."""
        return self._notice(
            plan,
            NoticeKind.DRIFT,
            f"Something is odd: {plan.task_spec.intent}",
            [_sentence(why), "The plan goes on as it was."],
        )

    def failed(
        self,
        plan: ExecutionPlan,
        step: ExecutionStep,
        *,
        why: str,
        tries: int = 0,
        skipped: Sequence[ExecutionStep] = (),
        was_told: bool = False,
        is_tried_again: bool = False,
    ) -> Notice:
        """A step did not come to what it was to."""
        device = self._device(step)
        if is_tried_again:
            done = "It is planned anew."
        else:
            times = f" It was tried {tries} times." if tries > 1 else ""
            done = f"Nothing was done instead.{times}"
        lines = [_sentence(why), done]
        if skipped:
            names = ", ".join(map(self._name, skipped))
            lines.append(f"Skipped, as it waits for this: {names}.")
        is_danger = was_told and device is not None and device.is_critical
        if is_danger:
            lines.append("Nobody knows how it is now: look after it.")
        title = f"{self._name(step)} did not {doing(step.parameters)}"
        return self._notice(
            plan,
            NoticeKind.SAFETY if is_danger else NoticeKind.FAILURE,
            f"{title}: {plan.task_spec.intent}",
            lines,
            {"step": step.step_id, "device": step.device_id},
            about=step.device_id if is_danger else _of_step(plan, step),
        )

    def done_instead(
        self, plan: ExecutionPlan, step: ExecutionStep, fallback: ExecutionStep, *, why: str
    ) -> Notice:
        """A step failed, and its fallback did it."""
        return self._notice(
            plan,
            NoticeKind.FAILURE,
            f"{self._name(step)} did not {doing(step.parameters)}: {plan.task_spec.intent}",
            [_sentence(why), f"Done instead: {self._doing(fallback)}."],
            {"step": step.step_id, "instead": fallback.step_id},
            about=_of_step(plan, step),
        )

    def said(self, plan: ExecutionPlan, step: ExecutionStep) -> Notice:
        """What a step of a plan tells people, in its own words."""
        told = {name: str(value) for name, value in step.parameters.items() if name != "action"}
        kind = told.pop("kind", "")
        return self._notice(
            plan,
            # A plan may tell what is none of the house's own kinds of news.
            NoticeKind(kind) if kind in set(NoticeKind) else NoticeKind.DRIFT,
            told.pop("title", plan.task_spec.intent),
            [told.pop("text", "")],
            {"step": step.step_id, **told},
        )

    # --- parts

    def _notice(
        self,
        plan: ExecutionPlan,
        kind: NoticeKind,
        title: str,
        lines: Iterable[str],
        facts: Facts | None = None,
        *,
        solutions: Iterable[Solution] = (),
        about: str | None = None,
    ) -> Notice:
        return Notice(
            kind=kind,
            about=about or plan.plan_id,
            title=title,
            text="\n".join(line for line in lines if line),
            created_ms=self._now_ms,
            solutions=tuple(solutions),
            facts={"plan": plan.plan_id, "version": plan.version, **(facts or {})},
            privacy_class=plan.task_spec.privacy_class,
        )

    def _compared(
        self, before: ExecutionPlan, later: ExecutionPlan, over: Collection[str]
    ) -> tuple[list[str], Facts]:
        """What is left of a version beside a later one: cost, finish, and what moved."""
        left = {step.step_id: step for step in before.steps if step.step_id not in over}
        steps = {step.step_id: step for step in later.steps}
        was, costs = _cost(left.values()), _cost(steps.values())
        ended = max((step.end_ms for step in left.values()), default=0)
        ends = max((step.end_ms for step in steps.values()), default=0)
        lines = [f"What is left costs {self._money(costs)} instead of {self._money(was)}."]
        if ended and ends:
            lines.append(f"It finishes at {self._clock(ends)} instead of {self._clock(ended)}.")
        moved = [*self._moved(left, steps)]
        lines += moved[:MOVED_MAX]
        if len(moved) > MOVED_MAX:
            lines.append(f"{len(moved) - MOVED_MAX} more have changed.")
        facts: Facts = {
            "before": before.version,
            "cost_micro": costs,
            "cost_was_micro": was,
            "ends_ms": ends or None,
            "ended_ms": ended or None,
        }
        return lines, facts

    def _moved(
        self, left: dict[str, ExecutionStep], steps: dict[str, ExecutionStep]
    ) -> Iterable[str]:
        for id, step in steps.items():
            earlier = left.get(id)
            name, at = self._name(step), self._clock(step.start_ms)
            if earlier is None:
                yield f"{name}: {doing(step.parameters)} at {at}, which is new."
            elif earlier.device_id != step.device_id:
                yield f"{name} at {at} instead of {self._name(earlier)}."
            elif earlier.start_ms != step.start_ms:
                was = self._clock(earlier.start_ms)
                yield f"{name}: {doing(step.parameters)} at {at} instead of {was}."
        for id in left.keys() - steps.keys():
            yield f"{self._name(left[id])}: left out."

    def _answering(self, answer: str, until_ms: int | None, *, no: str = "") -> list[str]:
        refuse = f" (no: {no})" if no else ""
        until = "" if not until_ms else f"Until {self._clock(until_ms)}: "
        return [f"{until}{answer}{refuse}"]

    def _device(self, step: ExecutionStep) -> Device | None:
        return next((d for d in self._household.devices if d.id == step.device_id), None)

    def _name(self, step: ExecutionStep) -> str:
        device = self._device(step)
        return step.device_id or "Notice" if device is None else device.name

    def _doing(self, step: ExecutionStep) -> str:
        return f"{self._name(step)}: {doing(step.parameters)}"

    def _clock(self, ms: int) -> str:
        return clock(ms, self._zone, now_ms=self._now_ms)

    def _money(self, micro: int) -> str:
        return money(micro, self._household.currency)

    @staticmethod
    def _starts(starts: dict[str, str]) -> str:
        return ", ".join(f"{name} {at}" for name, at in starts.items()) or "nothing is left to do"


def _of_step(plan: ExecutionPlan, step: ExecutionStep) -> str:
    """What a notice is about that is of one step alone."""
    return f"{plan.plan_id}.{step.step_id}"


def _cost(steps: Iterable[ExecutionStep]) -> int:
    return sum(step.estimated_cost for step in steps)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
