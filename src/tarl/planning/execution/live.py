"""The home as it is: its devices over their channels, what is known of it, its plans and consents.

1. A command is checked against the home's own description before anything is sent; what runs
   isolated is worked out in the sandbox first, and refused where there is none.
2. Planning anew records the version as a draft; it counts only once it is settled.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec

from tarl.errors import Denied, Missing, Unavailable
from tarl.kernel.approvals.ledger import Approvals
from tarl.planning.checker.finding import Finding, finding
from tarl.planning.checker.steps import findings_of
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.scopes import Want, scope_of
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.context_puller import ContextPuller
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.execution.drawn import course_of
from tarl.planning.execution.handover import Observed, StepResult
from tarl.planning.execution.home import WHOLE, Asked, Looking
from tarl.planning.execution.versions import original, slot_ms_of
from tarl.planning.formulation.formulate import Effort
from tarl.planning.household import Device
from tarl.planning.making import PlanMaker, sound
from tarl.planning.notices.news import News
from tarl.planning.notices.notice import Notice, Notifier
from tarl.planning.notices.telling import Telling
from tarl.planning.plan import ExecutionPlan, ExecutionStatus, Spent
from tarl.planning.plans.decide import all_steps
from tarl.planning.plans.events import StepEnded
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.sandbox.running import Sandbox
from tarl.values.ids import RunId

UNSANDBOXED = "unsandboxed"
"""The override by which a step runs without a sandbox."""

REPLAN_EFFORT = Effort(alternatives=0, are_rules_priced=False, time_limit_ms=3_000)


class LiveHome:
    """Fills ``Home``.

    Args:
        maker: Plans anew.
        puller: What is known.
        channel: How devices are reached.
        plans: Recorded plans.
        consents: What users consented to.
        notifier: Tells people.
        now_ms: The clock.
        tenant: Whose home it is.
    """

    def __init__(
        self,
        maker: PlanMaker,
        puller: ContextPuller,
        channel: DeviceChannel,
        *,
        plans: PlanLedger,
        consents: Consents,
        notifier: Notifier,
        now_ms: Callable[[], int],
        tenant: str,
    ) -> None:
        self._maker = maker
        self._puller = puller
        self._channel = channel
        self._plans = plans
        self._consents = consents
        self._notifier = notifier
        self._now_ms = now_ms
        self._tenant = tenant
        self._sandbox = Sandbox()

    # --- devices

    async def command(
        self, device: str, action: str, arguments: dict[str, Any], *, isolated: bool, key: str
    ) -> dict[str, Any]:
        """See ``Home.command``."""
        found = self._maker.household.device(device)
        if isolated:
            arguments = await self._isolated(found, action, arguments)
        self._puller.forget()
        return await self._channel.command(found, action, arguments, key=key)

    async def _isolated(
        self, device: Device, action: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """The arguments, read by the device's own schemas where those can do no harm."""
        checked: dict[str, Any] = await self._sandbox.run(
            "tarl.planning.devices.isolated:read_arguments",
            {
                "device": msgspec.to_builtins(device),
                "action": action,
                "arguments": arguments,
            },
        )
        return checked

    async def observe(self, device: str, looking: Looking) -> Observed:
        """See ``Home.observe``."""
        snapshot = await self._puller.get_snapshot()
        states = {id: await self._state(id) for id in looking.about}
        state = None if device == WHOLE else await self._state(device)
        now = self._now_ms()  # after all that was seen, or that would be of the future
        slot = max(0, snapshot.grid.slot_of(now))  # a kept snapshot may be of the one before
        live = self._live_scopes(looking, now)
        return Observed(
            at_ms=now,
            state=state,
            states={id: state for id, state in states.items() if state is not None},
            consents=tuple(sorted(live)),
            dynamic=tuple(sorted(scope for scope, asks in live.items() if asks)),
            overrides=self._overrides(looking, device, now),
            home=_at(snapshot.home, slot),
            asleep=_at(snapshot.asleep, slot),
            price_micro=_at(snapshot.import_price, slot),
            mean_price_micro=_mean(snapshot),
            solar_w=_at(snapshot.solar_w, slot),
            base_w=_at(snapshot.base_load_w, slot),
            temperature=_at(snapshot.temperature, slot),
            modes=_modes(snapshot),
            sandbox=looking.isolated and await self._sandbox.is_available(),
            amiss=self._amiss(looking, snapshot, now) if looking.begins else (),
        )

    def _amiss(self, looking: Looking, snapshot: ContextSnapshot, now: int) -> tuple[Finding, ...]:
        """What the independent check has against a step that would begin now."""
        plan = self._plans.get(looking.plan_id, looking.version, tenant=self._tenant)
        for step in all_steps(plan.steps):
            if step.step_id == looking.begins:
                return findings_of(
                    plan, self._maker.household, snapshot, step, at_ms=now, ended=looking.ended
                )
        text = f"version {looking.version} has no step {looking.begins}"
        return (finding(code="check.shape", text=text),)

    async def _state(self, id: str) -> DeviceState | None:
        try:
            return await self._channel.state(self._maker.household.device(id))
        except Missing:
            return None

    def _live_scopes(self, looking: Looking, now: int) -> dict[str, bool]:
        """The scopes that are live, and whether the user is asked each time."""
        found: dict[str, bool] = {}
        for need in looking.needs if looking.user_id is not None else ():
            live = self._consents.live(
                str(looking.user_id),
                Want(need.scope, need.privacy_class, need.trust_tier),
                now,
                plan_id=looking.plan_id,
                tenant=self._tenant,
            )
            if live is not None:
                found[need.scope] = live.said.dynamic
        return found

    def _overrides(self, looking: Looking, device: str, now: int) -> dict[str, str]:
        if looking.user_id is None or device == WHOLE or not looking.isolated:
            return {}
        known = self._maker.household.device(device)
        scope = scope_of(looking.action, known, looking.placement)
        given = self._consents.overridden(
            looking.user_id,
            Want(scope, looking.privacy_class, known.trust_tier),
            UNSANDBOXED,
            now,
            plan_id=looking.plan_id,
            tenant=self._tenant,
        )
        return {} if given is None else {scope: given.token}

    # --- plans

    async def replan(self, asked: Asked) -> ExecutionPlan:
        """See ``Home.replan``."""
        plan = self._plans.get(asked.plan_id, asked.version, tenant=self._tenant)
        newest = self._plans.standing(asked.plan_id, tenant=self._tenant).version
        reached = 0 if plan.grid is None else plan.grid.end_ms
        snapshot = await self._puller.get_snapshot(until_ms=reached, is_fresh=True)
        affected = None if asked.affected is None else frozenset(asked.affected)
        later = await self._maker.planner.replan(
            plan,
            self._maker.household,
            snapshot,
            affected=affected,
            progress=msgspec.structs.replace(
                asked.progress, spent=self._spent(asked, plan, snapshot.timestamp)
            ),
            reason=asked.reason,
            effort=REPLAN_EFFORT,
        )
        later = sound(later, self._maker.household)
        if newest != plan.version:
            later = msgspec.structs.replace(later, version=newest + 1, supersedes=newest)
        self._plans.record(later, tenant=self._tenant)
        return msgspec.structs.replace(later, context_snapshot=None)

    def _spent(self, asked: Asked, plan: ExecutionPlan, now_ms: int) -> dict[str, Spent]:
        """By goal, what has been done of a plan, or tried, has come to, as it was planned."""
        found: dict[str, Spent] = {}
        made = [
            self._plans.get(asked.plan_id, n + 1, tenant=self._tenant) for n in range(plan.version)
        ]
        steps = {(each.version, step.step_id): step for each in made for step in each.steps}

        def add(goal: str, cost_micro: int, energy_wh: int) -> None:
            before = found.get(goal, Spent())
            found[goal] = Spent(before.cost_micro + cost_micro, before.energy_wh + energy_wh)

        for id, row in self._plans.outcomes(asked.plan_id, tenant=self._tenant).items():
            step = steps.get((row["version"], id))
            if step is not None and row["outcome"]:
                add(step.goal, row["cost_micro"], row["energy_wh"])
        for goal, tried in asked.drawn.items():
            add(goal, tried.cost_micro, tried.energy_wh)
        slot_ms = slot_ms_of(plan)
        for id, began_ms in asked.progress.begun.items():
            # Later versions have the rest of it alone.
            begun = [step for (_, known), step in steps.items() if known == id]
            step = next((each for each in begun if each.began_ms is None), None)
            course = [] if step is None else list(course_of(step, slot_ms=slot_ms))
            over_ms = now_ms - began_ms
            drawn = sum(w * max(0, min(end, over_ms) - start) for start, end, w in course)
            if step is not None and drawn:
                part = Fraction(drawn, sum(w * (end - start) for start, end, w in course))
                add(step.goal, int(step.estimated_cost * part), int(step.energy_wh * part))
        return found

    async def settle(self, plan_id: str, version: int, by: str | None, reason: str) -> None:
        """See ``Home.settle``."""
        if by is None:
            self._plans.decline(plan_id, version, by="", reason=reason, tenant=self._tenant)
            return
        put_in_force(self._plans, plan_id, version, by=by, reason=reason, tenant=self._tenant)

    async def ended(self, plan_id: str, result: StepResult) -> None:
        """See ``Home.ended``. Of a step whose rest is done later, the last part is recorded, or
        that an earlier one was done whole. What was drawn in vain counts as spent."""
        id = original(result.step_id)
        known = self._plans.outcomes(plan_id, tenant=self._tenant).get(id)
        is_whole = known is not None and known["outcome"] == "completed"
        if result.is_part or (is_whole and id != result.step_id):
            return
        plan = self._plans.get(plan_id, result.version, tenant=self._tenant)
        step = next(step for step in plan.steps if step.step_id == id)
        done, drawn = result.ending == "completed", result.drawn or Spent()
        self._plans.end_step(
            plan_id,
            StepEnded(
                version=result.version,
                step_id=step.step_id,
                outcome=result.ending,
                began_ms=result.began_ms,
                ended_ms=max(result.began_ms, result.ended_ms),
                cost_micro=drawn.cost_micro + (step.estimated_cost if done else 0),
                energy_wh=drawn.energy_wh + (step.energy_wh if done else 0),
                error=result.reason if result.ending == "failed" else "",
            ),
            tenant=self._tenant,
        )

    # --- people

    async def tell(self, news: News) -> None:
        """See ``Home.tell``."""
        plan = self._plans.get(news.plan_id, news.version, tenant=self._tenant)
        await self._notifier.notify(self._worded(news, plan))

    def _worded(self, news: News, plan: ExecutionPlan) -> Notice:
        say = Telling(self._maker.household, now_ms=self._now_ms())
        steps = {step.step_id: step for step in all_steps(plan.steps)}
        if news.kind == "doubt":
            return say.doubted(plan, why=news.why)
        if news.kind == "conflict":
            if plan.conflict is None:
                return say.none_left(plan, why=f"{plan.rationale} {news.why}")
            return say.conflict_found(plan)
        if news.before:
            return self._of_versions(say, news, plan)
        step = steps[news.step_id]
        if news.kind == "said":
            return say.said(plan, step)
        if news.kind == "instead":
            return say.done_instead(plan, step, steps[news.instead_id], why=news.why)
        if news.kind == "consent":
            return say.consent_wanted(
                plan, step, scopes=news.scopes, why=news.why, until_ms=news.until_ms
            )
        if news.kind == "confirm":
            asked = self._asked(news, "step", news.step_id)
            return say.confirm_wanted(
                plan, step, approval=asked, why=news.why, until_ms=news.until_ms
            )
        return say.failed(
            plan,
            step,
            why=news.why,
            tries=news.tries,
            skipped=[steps[id] for id in news.skipped if id in steps],
            was_told=news.was_told,
            is_tried_again=news.is_tried_again,
        )

    def _of_versions(self, say: Telling, news: News, later: ExecutionPlan) -> Notice:
        """What is told of a version beside an earlier one."""
        before = self._plans.get(news.plan_id, news.before, tenant=self._tenant)
        if news.kind == "version":
            asked = self._asked(news, "version", news.version)
            return say.version_wanted(
                before, later, over=news.over, approval=asked, why=news.why, until_ms=news.until_ms
            )
        tells = say.drifted if news.kind == "moved" else say.not_taken_up
        return tells(before, later, over=news.over, why=news.why)

    def _asked(self, news: News, name: str, value: str | int) -> str:
        """The id of the approval that the run waits for, by what it shows of itself.

        Raises:
            Unavailable: the journal does not have it: not yet, or not any more
                (``notice.not_asked``).
        """
        approvals = Approvals(self._plans.store)
        for id in approvals.of_run(RunId(self._tenant, news.plan_id, 1)):
            shown = approvals.get(id).request.context
            if isinstance(shown, dict) and shown.get(name) == value:
                return id.id
        raise Unavailable(
            f"the journal has no request for approval of plan {news.plan_id} that waits",
            code="notice.not_asked",
            next_step="it is looked for again: it may be on its way to the disk; tarl approvals ls",
            plan=news.plan_id,
        )


def put_in_force(
    plans: PlanLedger, plan_id: str, version: int, *, by: str, reason: str, tenant: str
) -> None:
    """Let a version be carried out, by somebody's word where it needs one.

    Raises:
        Conflict, Invalid: see ``PlanLedger.change_status``.
        Denied: ``plan.unapproved``: it needs somebody's word, and this is nobody's.
    """
    standing = plans.standing(plan_id, tenant=tenant)
    if standing.in_force == version:
        return
    if standing.state.approval_required:
        if not by:
            raise Denied(
                f"version {version} of plan {plan_id} needs somebody's approval",
                code="plan.unapproved",
                next_step="`tarl run PLAN` asks for it",
                plan=plan_id,
                version=version,
            )
        if standing.status == ExecutionStatus.DRAFT:
            plans.change_status(
                plan_id, ExecutionStatus.PENDING_APPROVAL, version=version, tenant=tenant
            )
    for status in (ExecutionStatus.APPROVED, ExecutionStatus.EXECUTING):
        plans.change_status(plan_id, status, version=version, by=by, reason=reason, tenant=tenant)


def _at(values: tuple[int | None, ...], slot: int) -> int | None:
    return values[slot] if slot < len(values) else None


def _mean(snapshot: ContextSnapshot) -> int | None:
    known = [price for price in snapshot.import_price if price is not None]
    return sum(known) // len(known) if known else None


def _modes(snapshot: ContextSnapshot) -> tuple[str, ...]:
    """Modes that are on: devices of the home named ``mode.<name>``."""
    return tuple(
        id.removeprefix("mode.")
        for id, state in snapshot.devices.items()
        if id.startswith("mode.") and state.state.casefold() == "on"
    )
