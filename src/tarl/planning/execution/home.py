"""What a run does to the home, as activities: every one a step through the gateway.

A device's action ``run`` is the activity ``device.run``, which takes the capability ``device.run``
on ``device/<id>``. Looking takes ``home.observe``, planning anew ``plan.replan``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import msgspec

from tarl.errors import Denied
from tarl.kernel.attempt import current_effect
from tarl.kernel.definition import Activity
from tarl.kernel.retry import RetryPolicy
from tarl.planning.execution.handover import Observed, StepResult
from tarl.planning.execution.moment import may_go, verdict_of
from tarl.planning.formulation.formulate import Progress
from tarl.planning.household import PlacementTarget
from tarl.planning.notices.news import News
from tarl.planning.plan import ExecutionPlan, ExecutionStep, Spent
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.ids import check_name
from tarl.values.verdict import Deny

COMMAND_TIMEOUT_MS = 60_000
COMMAND_RETRY = RetryPolicy(
    attempts_max=4, first_wait_ms=1_000, wait_max_ms=15_000, never=("Refused", "Corrupt")
)
"""A broker that comes back is worth waiting for; a device that refuses is not asked again."""

WHOLE = "home"
"""In the place of a device, where a step has none."""

REPLAN_TIMEOUT_MS = 120_000


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be planned anew, and why. ``drawn``: by goal, what counts against budgets of what
    has not ended yet (:mod:`tarl.planning.execution.drawn`)."""

    plan_id: str
    version: int
    reason: str
    affected: tuple[str, ...] | None
    progress: Progress
    drawn: dict[str, Spent] = {}


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that a step needs: its scope, the class of its data, and the device's tier."""

    scope: str
    privacy_class: PrivacyClass
    trust_tier: TrustTier


class Looking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is looked at besides the device.

    Attributes:
        plan_id, user_id: For whose plan.
        about: Other devices that a condition is about.
        needs: Consents that the step needs.
        action, placement, privacy_class: What the step does, where, and with which data: a consent
            to that may let it run without a sandbox.
        isolated: Whether it wants one.
        begins: The step that would begin, which is checked once more; empty when none would.
        version: Of the plan that it is of.
        ended: The steps that have ended, and did not fail.
    """

    plan_id: str
    user_id: str | None = None
    about: tuple[str, ...] = ()
    needs: tuple[Needed, ...] = ()
    action: str = ""
    placement: PlacementTarget = PlacementTarget.LOCAL_DEVICE
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    isolated: bool = False
    begins: str = ""
    version: int = 0
    ended: tuple[str, ...] = ()


class LastLook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is held against what is so between the consent to a command and the command.

    Attributes:
        step: The step, without what is done instead.
        confirmed: Marks of the steps that a person said yes to.
        looking: What is looked at for it.
    """

    step: ExecutionStep
    confirmed: tuple[str, ...] = ()
    looking: Looking


class NotNow(Denied):
    """While people were waited for, a step's condition ceased to hold."""

    default_code = "plan.not_now"


class Home(Protocol):
    """The home, as a run sees it; ``integrations`` and the stack make one."""

    async def command(
        self, device: str, action: str, arguments: dict[str, Any], *, isolated: bool, key: str
    ) -> dict[str, Any]:
        """Let a device do something; ``isolated``: what is sent is worked out in the sandbox."""
        ...

    async def observe(self, device: str, looking: Looking) -> Observed:
        """What is so now, of a device (``WHOLE`` for none)."""
        ...

    async def replan(self, asked: Asked) -> ExecutionPlan:
        """The next version, recorded as a draft; without its snapshot."""
        ...

    async def settle(self, plan_id: str, version: int, by: str | None, reason: str) -> None:
        """Put a version in force by somebody's word (empty where nobody's is needed), or decline
        it (None)."""
        ...

    async def ended(self, plan_id: str, result: StepResult) -> None:
        """Record what a step came to."""
        ...

    async def tell(self, news: News) -> None:
        """Tell people what a run has to say."""
        ...


class HomeActivities:
    """The activities of a home.

    Args:
        home: Who carries them out; None in a process that only replays.
    """

    def __init__(self, home: Home | None) -> None:
        self._home = home
        self._commands: dict[str, Activity[..., Any]] = {}

    @property
    def home(self) -> Home:
        """Who carries them out.

        Raises:
            RuntimeError: this process has no home: it can replay alone.
        """
        if self._home is None:
            raise RuntimeError(
                "this process knows no home; it can replay the run, not carry it out"
            )
        return self._home

    def command(self, action: str) -> Activity[..., Any]:
        """Letting a device do something: ``(device, arguments, isolated) -> what it answered``;
        with ``look``, only if what the step stands on is still so by then."""
        if action not in self._commands:
            self._commands[action] = self._command(check_name(action, "action"))
        return self._commands[action]

    def _command(self, action: str) -> Activity[..., Any]:
        async def command(
            device: str, arguments: dict[str, Any], isolated: bool, look: LastLook | None = None
        ) -> dict[str, Any]:
            if look is not None:
                await self._look_again(device, look)
            key = current_effect().key
            return await self.home.command(device, action, arguments, isolated=isolated, key=key)

        return Activity(
            command,
            name=f"device.{action}",
            needs=(f"device.{action}",),
            resource="device/{device}",
            timeout_ms=COMMAND_TIMEOUT_MS,
            retry=COMMAND_RETRY,
        )

    async def _look_again(self, device: str, look: LastLook) -> None:
        """Whether what a step stands on is still so. Consents are for the courts: they have decided
        about the effect that this is.

        Raises:
            NotNow: its condition does not hold.
            Denied: ``plan.step_refused``: the check or a guardrail has something against it.
        """
        observed = await self.home.observe(device, look.looking)
        goes, why = may_go(look.step.only_if, observed)
        if not goes:
            raise NotNow(why, step=look.step.step_id)
        verdict = verdict_of(look.step, observed, confirmed=look.confirmed)
        if isinstance(verdict, Deny):
            text = "; ".join(reason.text for reason in verdict.reasons)
            raise Denied(text, code="plan.step_refused", step=look.step.step_id)

    @cached_property
    def observe(self) -> Activity[..., Any]:
        """Looking: ``(device, Looking) -> Observed``."""

        async def observe(device: str, looking: Looking) -> Observed:
            return await self.home.observe(device, looking)

        return Activity(
            observe,
            name="home.observe",
            needs=("home.observe",),
            resource="device/{device}",
            access="read",
            timeout_ms=COMMAND_TIMEOUT_MS,
            retry=COMMAND_RETRY,
        )

    @cached_property
    def replan(self) -> Activity[..., Any]:
        """Planning anew: ``(Asked) -> ExecutionPlan``."""

        async def replan(asked: Asked) -> ExecutionPlan:
            return await self.home.replan(asked)

        return Activity(
            replan,
            name="plan.replan",
            needs=("plan.replan",),
            timeout_ms=REPLAN_TIMEOUT_MS,
            retry=COMMAND_RETRY,
        )

    @cached_property
    def settle(self) -> Activity[..., Any]:
        """Putting a version in force, or declining it: ``(plan_id, version, by, reason)``."""

        async def settle(plan_id: str, version: int, by: str | None, reason: str) -> None:
            await self.home.settle(plan_id, version, by, reason)

        return Activity(settle, name="plan.settle", needs=("plan.replan",), retry=COMMAND_RETRY)

    @cached_property
    def ended(self) -> Activity[..., Any]:
        """Recording what a step came to: ``(plan_id, StepResult) -> None``."""

        async def ended(plan_id: str, result: StepResult) -> None:
            await self.home.ended(plan_id, result)

        return Activity(ended, name="plan.step_ended", needs=("plan.record",), retry=COMMAND_RETRY)

    @cached_property
    def tell(self) -> Activity[..., Any]:
        """Telling people what a run has to say: ``(News) -> None``."""

        async def tell(news: News) -> None:
            await self.home.tell(news)

        return Activity(tell, name="notice.send", needs=("notice.send",), retry=COMMAND_RETRY)
