"""Watches the home while plans are carried out, and tells their runs what has drifted.

It looks when a device says something and at least every ``LOOK_S``; what it tells is a signal to
the run, which decides. It keeps nothing that a restart would have to know.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from tarl.errors import TarlError
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.wanted import wants_of
from tarl.planning.context import ContextSnapshot
from tarl.planning.context_puller import ContextPuller
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.execution.drift import Measured, Watch, drifts_of
from tarl.planning.execution.handover import DRIFT_SIGNAL, Drift
from tarl.planning.execution.versions import is_interruptible, original
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.plans.ledger import PlanLedger
from tarl.values.plain import plain

LOOK_S = 60.0
SETTLE_S = 1.0
"""Several devices often speak at once."""

Signal = Callable[[str, str, Any], None]
"""Sends a signal to a run: run, name, payload."""

Progress = Callable[[str], Mapping[str, int]]
"""Steps of a plan's run that have begun, and since when (UTC milliseconds)."""

Doubt = Callable[[str, str], None]
"""Is told what could not be looked at: plan and why."""


class Overseer:
    """Watches for the plans that are being carried out.

    Args:
        puller: What is known.
        channel: Devices, whose words wake it.
        plans: Recorded plans.
        consents: What users consented to.
        signal: How a run is told; its id is the plan's.
        progress: What a run has begun; asked when there is something to tell.
        doubt: Is told what could not be looked at.
        tenant: Whose plans.
        look_s: How often it looks when nothing wakes it.
    """

    def __init__(
        self,
        puller: ContextPuller,
        channel: DeviceChannel,
        plans: PlanLedger,
        consents: Consents,
        *,
        signal: Signal,
        progress: Progress,
        doubt: Doubt,
        tenant: str,
        look_s: float = LOOK_S,
    ) -> None:
        self._puller = puller
        self._channel = channel
        self._plans = plans
        self._consents = consents
        self._signal = signal
        self._progress = progress
        self._doubt = doubt
        self._tenant = tenant
        self._look_s = look_s
        self._watches: dict[str, Watch] = {}
        self._drawn: dict[str, list[tuple[int, int]]] = {}
        self._woken = asyncio.Event()

    async def keep_watch(self) -> None:
        """Until cancelled; what fails is told, and looked at again."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._look_s):
                        await self._woken.wait()
                await asyncio.sleep(SETTLE_S)
                self._woken.clear()
                try:
                    await self.look()
                except TarlError as error:
                    self._doubt("", error.message)
                except Exception as error:
                    # A watch that ended without a word would be taken for peace.
                    self._doubt("", f"it cannot be looked: {type(error).__name__}: {error}")
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        try:
            async for _ in self._channel.watch():
                self._puller.forget()
                self._woken.set()
        except Exception as error:
            why = (
                error.message
                if isinstance(error, TarlError)
                else f"{type(error).__name__}: {error}"
            )
            self._doubt("", f"devices are not listened to any more: {why}")

    async def look(self) -> list[Drift]:
        """Look once at every plan that is being carried out; what has been told."""
        told: list[Drift] = []
        snapshot = await self._puller.get_snapshot(is_fresh=True)
        self._note_power(snapshot)
        watched = [each for each in self._plans.ls(tenant=self._tenant) if each.in_force]
        self._watches = {each.plan_id: self._watch(each.plan_id) for each in watched}
        for standing in watched:
            try:
                plan = self._plans.get(standing.plan_id, standing.in_force, tenant=self._tenant)
                told += self._look_at(plan, snapshot)
            except TarlError as error:
                self._doubt(standing.plan_id, error.message)
        return told

    def _watch(self, plan_id: str) -> Watch:
        return self._watches.get(plan_id) or Watch()

    def _look_at(self, plan: ExecutionPlan, now: ContextSnapshot) -> list[Drift]:
        before = plan.context_snapshot
        if before is None:
            return []
        ended, watch = self._ended(plan), self._watches[plan.plan_id]
        live = self._live_scopes(plan, now.timestamp)

        def fresh_with(begun: Mapping[str, int]) -> list[Drift]:
            drifts = drifts_of(
                plan,
                before,
                now,
                ended=ended,
                begun=begun,
                live_scopes=live,
                measured=self._measured(plan, begun),
                priced=watch.priced(plan.version),
            )
            return watch.new(drifts, version=plan.version)

        due = {s.step_id: s.start_ms for s in plan.steps if s.start_ms <= now.timestamp}
        if not fresh_with(due):
            return []
        # The run itself knows what began late, or runs on from an earlier version.
        fresh = fresh_with({original(id): at for id, at in self._progress(plan.plan_id).items()})
        for drift in fresh:
            # A run that is not there yet is told at the next look.
            self._signal(plan.plan_id, DRIFT_SIGNAL, plain(drift))
            watch.told(drift, now, version=plan.version)
        return fresh

    def _ended(self, plan: ExecutionPlan) -> set[str]:
        """Steps that are over; not those of which this version does the rest."""
        outcomes = self._plans.outcomes(plan.plan_id, tenant=self._tenant)

        def is_over(step: ExecutionStep) -> bool:
            row = outcomes.get(step.step_id)
            if row is None or not row["outcome"]:
                return False
            return not is_interruptible(step) or row["version"] >= plan.version

        return {step.step_id for step in plan.steps if is_over(step)}

    def _live_scopes(self, plan: ExecutionPlan, now_ms: int) -> frozenset[str] | None:
        user = plan.task_spec.user_id
        if user is None:
            return None
        wants = wants_of(plan, plan.steps)
        found = {
            want.scope
            for want in wants
            if self._consents.live(user, want, now_ms, plan_id=plan.plan_id, tenant=self._tenant)
        }
        # A scope that was never given is waited for at the step; it is no drift.
        never = {
            want.scope
            for want in wants
            if self._consents.last(user, want, plan_id=plan.plan_id, tenant=self._tenant) is None
        }
        return frozenset(found | never)

    # --- power

    def _note_power(self, snapshot: ContextSnapshot) -> None:
        for id, state in snapshot.devices.items():
            watts = state.attributes.get("power_w")
            if isinstance(watts, int | float) and not isinstance(watts, bool):
                points = self._drawn.setdefault(id, [])
                points.append((snapshot.timestamp, round(watts)))
                del points[:-POINTS_MAX]

    def _measured(self, plan: ExecutionPlan, begun: Mapping[str, int]) -> dict[str, Measured]:
        found = {}
        for step in plan.steps:
            if step.step_id not in begun:
                continue
            since_ms = max(step.start_ms, begun[step.step_id])
            points = self._drawn.get(step.device_id or "", [])
            within = [point for point in points if point[0] >= since_ms]
            if len(within) >= 2:
                found[step.step_id] = mean_of(within, since_ms=since_ms)
        return found


POINTS_MAX = 2_000
"""Measurements of one device: a day and a half, one a minute."""


def mean_of(points: list[tuple[int, int]], *, since_ms: int) -> Measured:
    """The mean of measurements (UTC milliseconds, watts) of a step that began at an instant, each
    counting until the next."""
    drawn = sum(watts * (after - at) for (at, watts), (after, _) in pairwise(points))
    over = points[-1][0] - points[0][0]
    return Measured(
        power_w=round(drawn / max(1, over)), over_ms=over, after_ms=points[0][0] - since_ms
    )
