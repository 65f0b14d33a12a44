"""From a sentence to a recorded plan, for one home.

1. What is not understood is asked about or refused; nothing is guessed on a device that can hurt.
2. A preview is the same plan, and leaves no trace.
3. Every plan that is returned has passed the independent checker; one that has not is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from tarl.errors import Corrupt, Invalid
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.formulation.formulate import Effort, Request
from tarl.planning.household import Household
from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation
from tarl.planning.learning.estimates import Estimates, believed
from tarl.planning.moments import HORIZON_HOURS, HORIZON_HOURS_MAX, hours_named
from tarl.planning.orders import goals_of
from tarl.planning.plan import ExecutionPlan, FeasibilityStatus, Strategy
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.sources.needs import refuse_blocked
from tarl.planning.sources.snapshot import Home
from tarl.planning.task import (
    PrivacyClass,
    TaskSpec,
    TriggerType,
    TrustTier,
    check_constraint,
    check_goal,
)


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and where: a known user is verified, anybody else basic."""

    user_id: str | None = None
    trust_tier: TrustTier = TrustTier.BASIC
    area: str | None = None
    session_id: str | None = None


def asker_of(household: Household, user_id: str | None, *, area: str | None = None) -> Asker:
    """Somebody who lives here with the tier of theirs; anybody else is a stranger."""
    for person in household.people:
        if person.id == user_id:
            return Asker(user_id=user_id, trust_tier=person.trust_tier, area=area)
    return Asker(user_id=user_id, area=area)


OPERATOR = "operator"
"""Who holds the journal's keys, and speaks for the home when nobody else is named."""


def asker(household: Household, user: str | None, *, area: str | None = None) -> Asker:
    """Who asks: somebody of the household, a stranger, or, unnamed, the journal's operator."""
    if user is None or user == OPERATOR:
        return Asker(user_id=OPERATOR, trust_tier=TrustTier.TRUSTED, area=area)
    return asker_of(household, user, area=area)


def task_of(
    sentence: str,
    household: Household,
    asker: Asker,
    *,
    task_id: str,
    now_ms: int,
    language: str = "en",
    trigger: TriggerType = TriggerType.USER_REQUEST,
    privacy: PrivacyClass = PrivacyClass.INTERNAL,
    metadata: Mapping[str, Any] | None = None,
) -> TaskSpec:
    """What a sentence asks for.

    Raises:
        Invalid: ``task.not_understood``, ``task.only_rules``; see ``translate``, ``goals_of`` and
            ``check_goal``.
    """
    said = translate(sentence, language=language, home=household, area=asker.area)
    goals, constraints = said.goals, said.constraints
    if said.route == "command" and not said.questions:
        goals = goals_of(said.commands, household)
    if said.route != "none" and constraints and not (goals or said.questions):
        raise _only_rules(said)
    if said.route == "none" or not (goals or said.questions):
        raise _not_understood(said)
    return TaskSpec(
        task_id=task_id,
        trigger_type=trigger,
        intent=sentence,
        goals=tuple(map(check_goal, goals)),
        constraints=tuple(map(check_constraint, constraints)),
        privacy_class=privacy,
        trust_tier=asker.trust_tier,
        user_id=asker.user_id,
        session_id=asker.session_id,
        metadata=dict(metadata or {}),
        created_at=now_ms,
        language=language,
        questions=said.questions,
        confidence=said.confidence,
        is_hypothetical=said.is_hypothetical or trigger is TriggerType.PREVIEW_REQUEST,
    )


def refuse_odd_routines(household: Household, *, now_ms: int) -> None:
    """Refuse a home with a routine that could never be planned.

    Raises:
        Invalid: ``household.routine``: it is not understood, or leaves a question open.
    """
    for name, routine in household.routines.items():
        asker = asker_of(household, routine.owner)
        try:
            task = task_of(routine.sentence, household, asker, task_id=name, now_ms=now_ms)
        except Invalid as error:
            raise _odd_routine(name, routine.sentence, error.message, error.next_step) from error
        if task.questions:
            question = task.questions[0]
            choices = f" ({', '.join(question.choices)})" if question.choices else ""
            raise _odd_routine(
                name, routine.sentence, question.text, f"say it in the sentence{choices}"
            )


def _odd_routine(name: str, sentence: str, problem: str, next_step: str | None) -> Invalid:
    return Invalid(
        f"the routine {name} cannot be planned as it is written, {sentence!r}: {problem}",
        code="household.routine",
        next_step=f"{next_step or 'say it in other words'}; `tarl preview SENTENCE` tries one",
        routine=name,
        value=sentence,
    )


def _only_rules(said: Translation) -> Invalid:
    return Invalid(
        f"{said.text!r} sets a rule, and asks for nothing to be done",
        code="task.only_rules",
        next_step="say it with what is to happen; what always holds belongs in the household file,"
        " or in a policy",
        rules=[rule.type for rule in said.constraints],
    )


def _not_understood(said: Translation) -> Invalid:
    return Invalid(
        f"nothing in {said.text!r} asks the home for anything",
        code="task.not_understood",
        next_step="say what is to happen: run the dishwasher when power is cheapest before 7 am",
        language=said.language,
    )


class PlanMaker:
    """Makes checked plans for a home.

    Args:
        home: The household, and what its sources hold.
        planner: Makes plans.
        learn: What plans that ran teach of the home's devices; asked for each plan of a household
            that learns.
    """

    def __init__(
        self,
        home: Home,
        planner: ExecutionPlanner,
        *,
        learn: Callable[[], Estimates] | None = None,
    ) -> None:
        self.home = home
        self.planner = planner
        self._learn = learn

    @property
    def household(self) -> Household:
        """The household."""
        return self.home.household

    def snapshot(
        self,
        *,
        now_ms: int,
        states: Mapping[str, DeviceState] | None = None,
        hours: int | None = None,
        task: TaskSpec | None = None,
    ) -> ContextSnapshot:
        """What is known now, over so many hours; over ``HORIZON_HOURS`` when nobody says, or as
        far as the task's times lie.

        Raises:
            Invalid: ``plan.horizon``, ``task.time``; see ``Home.snapshot``.
        """
        if hours is None:
            known = self.home.snapshot(now_ms=now_ms, hours=HORIZON_HOURS, states=states)
            hours = HORIZON_HOURS if task is None else hours_named(task.constraints, known)
            if hours == HORIZON_HOURS:
                return known
        if not 1 <= hours <= HORIZON_HOURS_MAX:
            raise Invalid(
                f"a plan is made for 1 to {HORIZON_HOURS_MAX} hours",
                code="plan.horizon",
                next_step="plan a shorter time",
                hours=hours,
            )
        return self.home.snapshot(now_ms=now_ms, hours=hours, states=states)

    async def plan(
        self,
        task: TaskSpec,
        snapshot: ContextSnapshot,
        *,
        plan_id: str,
        strategy: Strategy | None = None,
        effort: Effort | None = None,
        also: Sequence[Request] = (),
        without: Collection[str] = (),
    ) -> ExecutionPlan:
        """A checked plan.

        Raises:
            Unavailable: what it rests on is stale or missing; see ``refuse_blocked``.
            Corrupt: ``plan.unsound``: the checker refuses what the planner made.
            As ``ExecutionPlanner.plan``.
        """
        if self._learn is not None and self.household.learns:
            learned = believed(self.household, self._learn())
            snapshot = msgspec.structs.replace(snapshot, learned=learned)
        kept = [bound for bound in task.constraints if bound.id not in without]
        refuse_blocked(task.goals, kept, snapshot)
        plan = await self.planner.plan(
            task,
            self.household,
            snapshot,
            plan_id=plan_id,
            strategy=strategy,
            effort=effort,
            also=also,
            without=without,
        )
        return sound(plan, self.household)

    def routines(self, *, now_ms: int, besides: str | None = None) -> list[Request]:
        """The household's routines as tasks, for plans in which they meet."""
        found = []
        for name, routine in self.household.routines.items():
            if name == besides:
                continue
            asker = asker_of(self.household, routine.owner)
            task = task_of(
                routine.sentence,
                self.household,
                asker,
                task_id=f"routine-{name}",
                now_ms=now_ms,
                trigger=TriggerType.SCHEDULED_ROUTINE,
            )
            found.append(Request(task=task, priority=routine.priority))
        return found


def sound(plan: ExecutionPlan, household: Household) -> ExecutionPlan:
    """The plan, if the independent checker has nothing against it.

    Raises:
        Corrupt: ``plan.unsound``.
    """
    if plan.feasibility in (FeasibilityStatus.INFEASIBLE, FeasibilityStatus.UNKNOWN):
        return plan
    findings = check_plan(plan, household)
    if not findings:
        return plan
    raise Corrupt(
        f"the plan does not hold: {findings[0].text}",
        code="plan.unsound",
        next_step="this is a fault of the planner: keep the request, and plan by hand",
        findings=[f"{finding.code}: {finding.text}" for finding in findings],
    )
