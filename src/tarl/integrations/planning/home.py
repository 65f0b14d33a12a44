"""A home with its journal, its devices and its people: sentences become plans, and plans are
carried out.

    async with open_home("tarl.db", home, broker=broker) as here:
        plan = await here.plan("run the dishwasher when power is cheapest before 7 am")
        here.agree(plan, by="anna")
        outcome = await here.carry_out(plan.plan_id)

1. Nothing is carried out that needs a person's word and does not have it.
2. What a run may do is handed on for its plan alone (``authority``), and ends with it.
3. A run that is cut off goes on: carrying out a plan again takes it up where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Denied, Invalid, RunFailed
from tarl.integrations.planning.authority import HANDS, HomeTrust
from tarl.integrations.planning.telling import outbox_of
from tarl.kernel.payload import decode_value
from tarl.planning.checker.safety import may_approve
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.wanted import wants_of
from tarl.planning.context_puller import ContextPuller
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.devices.routed import RoutedChannel
from tarl.planning.execution.carrying import plan_workflow
from tarl.planning.execution.handover import PROGRESS_QUERY, Handover, Outcome, Thresholds
from tarl.planning.execution.home import HomeActivities
from tarl.planning.execution.live import LiveHome, put_in_force
from tarl.planning.execution.overseer import LOOK_S, Overseer
from tarl.planning.explanation.wording import lasting
from tarl.planning.formulation.formulate import Effort
from tarl.planning.guardrails import mark_of, wants_yes
from tarl.planning.making import OPERATOR, PlanMaker, asker, task_of
from tarl.planning.notices.log import LogNotifier
from tarl.planning.notices.notice import Notifier
from tarl.planning.notices.outbox import Outbox
from tarl.planning.notices.quiet import quiet_of
from tarl.planning.notices.telling import Telling
from tarl.planning.plan import ExecutionPlan, ExecutionStatus, Strategy
from tarl.planning.planner import Solve
from tarl.planning.plans.decide import all_steps
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.sources.snapshot import Home, home_at
from tarl.planning.task import TaskSpec, TriggerType
from tarl.stack import open_planner, open_runtime
from tarl.storage import draw_id
from tarl.values.ids import DEFAULT_TENANT, RunId

if TYPE_CHECKING:
    from tarl.planning.devices.broker import Broker
    from tarl.planning.household import Household

STOPPED = frozenset({"run.cancelled", "run.terminated"})
"""Codes of runs that somebody ended."""


class HomeRuntime:
    """Plans for a home and carries plans out; see :func:`open_home`."""

    def __init__(
        self,
        runtime: Runtime,
        maker: PlanMaker,
        puller: ContextPuller,
        channel: DeviceChannel,
        *,
        notifier: Notifier,
        trust: HomeTrust,
        clock: Clock,
        tenant: str,
    ) -> None:
        self.runtime = runtime
        self.maker = maker
        self.puller = puller
        self.plans = PlanLedger(runtime.journal, clock=clock)
        self.consents = Consents(runtime.journal, clock=clock)
        self.trust = trust
        self._channel = channel
        self._notifier = notifier
        self._clock = clock
        self._tenant = tenant
        live = LiveHome(
            maker,
            puller,
            channel,
            plans=self.plans,
            consents=self.consents,
            notifier=notifier,
            now_ms=clock.now_ms,
            tenant=tenant,
        )
        self._workflow = plan_workflow(HomeActivities(live))
        runtime.register(self._workflow)

    # --- planning

    def understand(
        self,
        sentence: str,
        *,
        user: str | None = None,
        area: str | None = None,
        language: str = "en",
        task_id: str | None = None,
        trigger: TriggerType = TriggerType.USER_REQUEST,
        **options: Any,
    ) -> TaskSpec:
        """What a sentence asks for.

        Raises:
            As ``task_of``.
        """
        return task_of(
            sentence,
            self.maker.household,
            asker(self.maker.household, user, area=area),
            task_id=task_id or draw_id("task"),
            now_ms=self._clock.now_ms(),
            language=language,
            trigger=trigger,
            **options,
        )

    async def plan(
        self,
        sentence: str | TaskSpec,
        *,
        plan_id: str | None = None,
        strategy: Strategy | None = None,
        effort: Effort | None = None,
        records: bool = True,
        **asked: Any,
    ) -> ExecutionPlan:
        """A plan for a sentence or a task, with what is known now; recorded, unless ``records`` is
        false.

        Raises:
            As ``understand`` and ``PlanMaker.plan``.
        """
        began = self._clock.now_ms()
        task = self.understand(sentence, **asked) if isinstance(sentence, str) else sentence
        plan = await self.maker.plan(
            task,
            await self.puller.get_snapshot(task=task),
            plan_id=plan_id or draw_id("plan"),
            strategy=strategy,
            effort=effort,
        )
        if records:
            took = max(0, self._clock.now_ms() - began)
            self.plans.record(plan, tenant=self._tenant, took_ms=took)
        return plan

    # --- people

    async def tell_of(self, plan: ExecutionPlan) -> None:
        """Tell people of a plan that cannot be as it was said, or that waits for their word;
        what must wait for the end of quiet hours does.

        Raises:
            Unavailable: they could not be told now.
        """
        say = Telling(self.maker.household, now_ms=self._clock.now_ms())
        notice = say.of_plan(plan)
        if notice is not None:
            await self._notifier.notify(notice)
            if isinstance(self._notifier, Outbox):
                await self._notifier.settled()

    def agree(self, plan: ExecutionPlan, *, by: str) -> ExecutionPlan:
        """Somebody's yes to a plan: the consents that it wants, and its approval.

        Raises:
            Invalid: ``plan.not_for_doing``: it is hypothetical, or there is none.
            Conflict: ``plan.late``: it was to begin more than an hour ago.
            Denied: ``plan.not_yours``: the consent is another's to give;
                ``plan.not_trusted``: the yes is another's to say.
            Conflict: the plan has a newer version; see ``PlanLedger.change_status``.
        """
        self.check_agreeable(plan)
        self._check_trusted(plan, by)
        user = plan.task_spec.user_id
        wanted = [r for r in plan.consent_references if not r.consent_token]
        if wanted and by not in (user, OPERATOR):
            raise Denied(
                f"the plan wants a consent of {user}, which {by} cannot give"
                if user
                else "the plan wants a consent, and nobody known asked for it",
                code="plan.not_yours",
                next_step="let whoever asked say yes; the operator may for them"
                if user
                else "say who asks: --user NAME",
                plan=plan.plan_id,
            )
        scopes = {scope for reference in wanted for scope in reference.scopes}
        for want in wants_of(plan, all_steps(plan.steps)):
            if want.scope in scopes:
                self.consents.grant(
                    user or by,
                    [want.scope],
                    by=by,
                    privacy_class=want.privacy_class,
                    trust_tier=want.trust_tier,
                    plan_id=plan.plan_id,
                    tenant=self._tenant,
                )
        put_in_force(
            self.plans, plan.plan_id, plan.version, by=by, reason="agreed", tenant=self._tenant
        )
        return self.plans.get(plan.plan_id, tenant=self._tenant)

    def check_agreeable(self, plan: ExecutionPlan) -> None:
        """Refuse what nobody should say yes to: what can only be looked at, or is over.

        Raises:
            Invalid: ``plan.not_for_doing``.
            Conflict: ``plan.late``: it was to begin more than an hour ago.
        """
        check_doable(plan)
        first = min(plan.steps, key=lambda step: step.start_ms)
        late_ms = self._clock.now_ms() - first.start_ms
        if late_ms > Thresholds().later_ms and not self.has_begun(plan.plan_id):
            raise Conflict(
                f"{first.step_id} of plan {plan.plan_id} was to begin {lasting(late_ms)} ago",
                code="plan.late",
                next_step="plan it anew: `tarl plan SENTENCE`",
                plan=plan.plan_id,
                step=first.step_id,
                late_ms=late_ms,
            )

    def _check_trusted(self, plan: ExecutionPlan, by: str) -> None:
        """Refuse a yes of somebody who is not trusted to what needs the yes of somebody who is: who
        asked for it does not approve of it.

        Raises:
            Denied: ``plan.not_trusted``.
        """
        tier = asker(self.maker.household, by).trust_tier
        if not all(may_approve(plan, step, tier) for step in all_steps(plan.steps)):
            raise Denied(
                f"plan {plan.plan_id} needs the yes of somebody who is trusted, and {by} is"
                f" {tier.value} to the household",
                code="plan.not_trusted",
                next_step="let somebody who lives here say yes: `tarl run PLAN --by NAME`",
                plan=plan.plan_id,
                by=by,
            )

    # --- doing

    async def carry_out(
        self,
        plan_id: str,
        *,
        approvers: Sequence[str] = (),
        thresholds: Thresholds | None = None,
    ) -> Outcome:
        """Carry an agreed plan out, to its end; takes up a run that was cut off, and says again
        what became of one that has ended.

        Raises:
            Invalid: ``plan.not_for_doing``.
            Conflict: ``plan.not_agreed``: nobody has said yes to it.
            RunFailed: the run failed.
        """
        standing = self.plans.standing(plan_id, tenant=self._tenant)
        if not (standing.in_force or self.has_begun(plan_id)):
            raise Conflict(
                f"plan {plan_id} is {standing.status.replace('_', ' ')}: nobody has agreed to it",
                code="plan.not_agreed",
                next_step="agree to it first: `tarl run PLAN` asks",
                plan=plan_id,
                status=standing.status,
            )
        first = self._first(plan_id, approvers, thresholds)
        handle = await self.runtime.start(
            self._workflow,
            first,
            id=plan_id,
            tenant=self._tenant,
            agent=HANDS,
            task=plan_id,
        )
        try:
            outcome = msgspec.convert(await handle.result(), Outcome)
        except RunFailed as error:
            stopped = error.code in STOPPED
            status = ExecutionStatus.CANCELLED if stopped else ExecutionStatus.FAILED
            self._over(plan_id, status, error.message)
            raise
        done = outcome.status == "completed"
        self._over(plan_id, ExecutionStatus.COMPLETED if done else ExecutionStatus.FAILED)
        return outcome

    @asynccontextmanager
    async def watched(
        self, *, look_s: float = LOOK_S, doubt: Callable[[str, str], None]
    ) -> AsyncIterator[Overseer]:
        """Look, for as long as it is open, whether what is carried out still holds."""
        runtime, tenant = self.runtime, self._tenant
        overseer = Overseer(
            self.puller,
            self._channel,
            self.plans,
            self.consents,
            signal=lambda plan, name, said: runtime.signal(RunId(tenant, plan, 1), name, said),
            progress=lambda plan: runtime.query(RunId(tenant, plan, 1), PROGRESS_QUERY)["begun"],
            doubt=doubt,
            tenant=tenant,
            look_s=look_s,
        )
        watching = asyncio.create_task(overseer.keep_watch())
        try:
            yield overseer
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    def _over(self, plan_id: str, status: ExecutionStatus, reason: str = "") -> None:
        """The run has ended: so has the plan, and what it was lent."""
        if self.plans.standing(plan_id, tenant=self._tenant).in_force:
            self.plans.change_status(plan_id, status, reason=reason, tenant=self._tenant)
        self.trust.take_back(plan_id)

    def has_begun(self, plan_id: str) -> bool:
        """Whether somebody has begun to carry the plan out."""
        return self.runtime.journal.head(RunId(self._tenant, plan_id, 1).stream) is not None

    def _first(
        self, plan_id: str, approvers: Sequence[str], thresholds: Thresholds | None
    ) -> Handover:
        """What the run is given: the same however often it is taken up."""
        known = self._handed_over(plan_id)
        if known is not None:
            return known
        plan = self.plans.get(
            plan_id,
            self.plans.standing(plan_id, tenant=self._tenant).in_force,
            tenant=self._tenant,
        )
        check_doable(plan)
        self.trust.lend(plan, self.maker.household)
        return Handover(
            plan=msgspec.structs.replace(
                plan, context_snapshot=None, updated_at=0, status=ExecutionStatus.EXECUTING
            ),
            approvers=tuple(approvers),
            confirmed=tuple(mark_of(step) for step in plan.steps if wants_yes(step)),
            thresholds=thresholds or Thresholds(),
            tenant=self._tenant,
        )

    def _handed_over(self, plan_id: str) -> Handover | None:
        """What a run of this plan that was begun earlier was given."""
        if not self.has_begun(plan_id):
            return None
        run = RunId(self._tenant, plan_id, 1)
        begun = next(self.runtime.journal.read(run.stream, until=1))
        body = msgspec.json.decode(begun.body or b"{}")
        value: Handover = decode_value(msgspec.json.encode(body["input"]), Handover)
        return value


def check_doable(plan: ExecutionPlan) -> None:
    """Refuse what can only be looked at.

    Raises:
        Invalid: ``plan.not_for_doing``.
    """
    if plan.steps and not plan.task_spec.is_hypothetical:
        return
    why = "it is a what-if" if plan.steps else f"it is {plan.feasibility.value}"
    raise Invalid(
        f"plan {plan.plan_id} is not for doing: {why}",
        code="plan.not_for_doing",
        next_step="plan what is to be done, or take one of the ways out",
        plan=plan.plan_id,
    )


@asynccontextmanager
async def open_home(
    db: str | Path,
    home: Home | Path,
    *,
    broker: Broker | None = None,
    channels: dict[str, DeviceChannel] | None = None,
    keyring: Keyring | None = None,
    clock: Clock | None = None,
    tenant: str = DEFAULT_TENANT,
    notifier: Notifier | None = None,
    notifiers: Sequence[Notifier] = (),
    look_s: float = LOOK_S,
    doubt: Callable[[str, str], None] | None = None,
    solve: Solve | None = None,
    **runtime_options: Any,
) -> AsyncIterator[HomeRuntime]:
    """A home over a journal, with its devices.

    Args:
        db: The journal.
        home: The household, and what its sources hold; or the file that describes them, whose
            sources are read again for each snapshot.
        broker: Where devices are reached over MQTT.
        channels: Further ways to reach devices, by the name that households use.
        keyring: The operator's keys.
        clock: The clock.
        tenant: Whose home it is.
        notifier: Tells people at once; the log when left out.
        notifiers: Tell people durably instead, and not in quiet hours; see ``outbox_of``.
        look_s: How often it is looked whether a plan still holds.
        doubt: Is told what could not be looked at.
        solve: Who solves; a process of its own when left out.
        runtime_options: Of ``tarl.open``. Devices are moved by recorded plans alone, unless
            ``plans_only`` says otherwise.

    Raises:
        Unavailable: the broker does not answer (``device.unreachable``).
    """
    time, keys = clock or SystemClock(), (keyring or Keyring()).ensure()
    known = home_at(home, must=False) if isinstance(home, Path) else home
    async with contextlib.AsyncExitStack() as closing:
        channel = await closing.enter_async_context(
            _reached(known.household, broker, channels or {}, clock=time)
        )
        puller = ContextPuller(home, clock=time.now_ms, states=channel.state)
        runtime = await closing.enter_async_context(
            open_runtime(db, keyring=keys, clock=time, **{"plans_only": True, **runtime_options})
        )
        maker = await closing.enter_async_context(
            open_planner(runtime.journal, known, tenant=tenant, clock=time, solve=solve)
        )
        if notifiers:
            quiet = quiet_of(await puller.get_snapshot())
            posting = outbox_of(runtime.journal, notifiers, quiet=quiet, clock=time, tenant=tenant)
            notifier = await closing.enter_async_context(posting)
        trust = HomeTrust(runtime.journal, keys, time, tenant=tenant)
        trust.prepare()
        here = HomeRuntime(
            runtime,
            maker,
            puller,
            channel,
            notifier=notifier or LogNotifier(),
            trust=trust,
            clock=time,
            tenant=tenant,
        )
        async with here.watched(look_s=look_s, doubt=doubt or _ignored):
            yield here


@asynccontextmanager
async def _reached(
    household: Household,
    broker: Broker | None,
    channels: Mapping[str, DeviceChannel],
    *,
    clock: Clock,
) -> AsyncIterator[RoutedChannel]:
    """All ways to the devices of a home; see ``open_home``."""
    if broker is None:
        yield RoutedChannel(channels)
        return
    from tarl.planning.devices.mqtt import MqttChannel

    async with MqttChannel(broker, household.devices, now_ms=clock.now_ms) as over_mqtt:
        yield RoutedChannel({**channels, "mqtt": over_mqtt})


def _ignored(plan: str, why: str) -> None:
    """Where nobody wants to know what could not be looked at, the run finds it at the step."""
