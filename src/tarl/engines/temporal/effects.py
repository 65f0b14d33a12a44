"""Steps as Temporal's activities: asked at the gate, carried out, recorded with their permits.

One dynamic activity carries out every step, under the wire name that Temporal's UI shows.

1. What is recorded is answered from the record: an attempt whose answer was lost, or that another
   worker has finished meanwhile, does nothing again.
2. Temporal tries an attempt again whose worker is silent; tarl's own policy says when one that
   failed is tried again (``next_retry_delay``), from its own count in the journal.
3. A step that is not idempotent and was cut off waits for somebody's decision (``tarl resolve``);
   one that was broken off before it began is taken back, and tried again.
4. What the gate holds is asked about again and again, as long as somebody could answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic  # the clock itself, which the guard does not ask about

from temporalio import activity as temporal
from temporalio.api.workflowservice.v1 import RecordActivityTaskHeartbeatRequest
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError

from tarl.engines.temporal import wire
from tarl.engines.temporal.home import Home
from tarl.engines.temporal.record import Addition, RunLog, Step
from tarl.errors import TarlError, Unavailable
from tarl.journal.codec import Stored
from tarl.journal.patience import patiently
from tarl.journal.store import Batch
from tarl.kernel import bodies, events
from tarl.kernel.attempt import DETAILS_BYTES_MAX, Attempt
from tarl.kernel.commands import Command
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS, StepScheduled
from tarl.kernel.gateway import Failure, Outcome, denied
from tarl.kernel.marks import marked
from tarl.kernel.payload import encode_value
from tarl.kernel.permit import Deed, Permit
from tarl.kernel.retry import chance
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId

_LOGGER = logging.getLogger("tarl.temporal")

HELD_WAIT_MS = 1_000
"""How often the gate is asked about a step that it holds."""

UNDECIDED_WAIT_MS = 5_000
"""How often a step that was cut off looks whether somebody has decided about it."""

ELSEWHERE_MS_MIN, ELSEWHERE_MS_MAX = 20, 30_000
"""How soon a step is offered again that came to a worker without its code."""

STALL_S = 1.0
"""An attempt that comes so late after its look at the record, because the journal let it wait,
looks again: others may have been given the step.
"""

COUNTED_ON_WAIT = timedelta(seconds=2)
"""How long Temporal may take to say whether it counts on an attempt."""

BEATS_PER_SILENCE = 4
"""How often an attempt says that its worker lives within the time after which it is given up."""


_BENIGN = ApplicationErrorCategory.BENIGN  # no fault of the worker's, which logs others whole
_OWN_FAULT = ApplicationErrorCategory.UNSPECIFIED


class Effects:
    """Carries out the steps of runs in one worker."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read = wire.reader(wire.Call)

    @temporal.defn(dynamic=True)
    async def carry_out(self, args: Sequence[RawValue]) -> RawValue:
        """Carry out a step; its answer is the body of the event that says what came of it."""
        call = self._read(args[0])
        with as_temporal_says(), _beating():
            return wire.raw(await self._carried_out(call), asked=_told(call))

    async def _carried_out(self, call: wire.Call) -> bytes:
        run, is_again = RunId.from_stream(call.run), temporal.info().attempt > 1
        scheduled: StepScheduled = DECODERS[events.STEP_SCHEDULED](bytes(call.scheduled))
        since_s = self._home.ahead.came(run, scheduled.step)
        log = self._home.logs.of(run, is_again=is_again, since_s=since_s)
        known = log.steps.get(scheduled.step)
        if known is not None and known.is_over:
            return _answer(known, scheduled.activity, _told(call))
        shelf = StepShelf(self._home, log)
        effect = self._effect(call, scheduled, log, shelf)
        known_at_s = log.looked_s if log.looked_s >= since_s else None
        one = OneStep(self._home, log, effect, shelf, call, known_at_s=known_at_s)
        with self._home.engine.seen.known_at(known_at_s):
            await one.carry_out(known)
        done = log.steps.get(scheduled.step)
        if done is None or not done.is_over:
            _LOGGER.warning(
                "%s has ended: the outcome of its step %d (%s) came too late and is not recorded",
                log.run.ref,
                scheduled.step,
                scheduled.activity,
            )
            raise wire.over(f"{log.run.ref} has ended", type="run.ended")
        return _answer(done, scheduled.activity, _told(call))

    def _effect(
        self, call: wire.Call, scheduled: StepScheduled, log: RunLog, shelf: StepShelf
    ) -> Effect:
        activity = self._home.activity(scheduled.activity)
        if call.options is not None:
            activity = wire.with_options(activity, call.options)
        assert log.started is not None
        acting = log.started.acting
        if scheduled.acting is not None:
            acting = scheduled.acting.within(acting, default_task=log.run.workflow_id)
        args, kwargs = call.args or scheduled.args, call.kwargs or scheduled.kwargs
        command = Command(
            events.STEP_SCHEDULED,
            bytes(call.scheduled),
            scheduled.step,
            activity,
            scheduled.acting,
            args_json=unshelve(bytes(args), shelf=shelf),
            kwargs_json=unshelve(bytes(kwargs), shelf=shelf),
            at_ms=call.at_ms,
            suspicion=wire.suspicion_of(call, scheduled.taint),
        )
        journal, workflow = self._home.engine.journal, self._home.workflows.get(call.workflow)
        return Effect(
            log.run, scheduled.step, activity, command, acting, journal, workflow=workflow
        )


class StepShelf:
    """The large values of one attempt: new ones go with the commit of its outcome."""

    def __init__(self, home: Home, log: RunLog) -> None:
        self._store = home.engine.store
        self._run = log.run
        self._codec = log.codec
        self.blobs: list[tuple[bytes, Stored]] = []

    def put(self, data: bytes) -> str:
        """See ``Shelf.put``."""
        digest, stored = self._codec.store_blob(self._run.tenant, data)
        self.blobs.append((digest, stored))
        return digest.hex()

    def get(self, digest: str) -> bytes:
        """See ``Shelf.get``."""
        return self._store.blob(self._run.tenant, bytes.fromhex(digest))


class OneStep:
    """One attempt at a step, up to what is recorded of it.

    ``known_at_s`` is when it was looked what others have done, by ``time.monotonic``; None where
    the gate looks.
    """

    def __init__(
        self,
        home: Home,
        log: RunLog,
        effect: Effect,
        shelf: StepShelf,
        call: wire.Call,
        *,
        known_at_s: float | None,
    ) -> None:
        self._engine = home.engine
        self._log = log
        self._effect = effect
        self._shelf = shelf
        self._scheduled = bytes(call.scheduled)
        self._at_ms = call.at_ms
        self._known_at_s = known_at_s
        self._intent = 0  # where in the stream it is recorded that this attempt begins

    async def carry_out(self, known: Step | None) -> None:
        """Leave an outcome in the record, or raise what makes Temporal try again."""
        effect, activity = self._effect, self._effect.activity
        self._refuse_cut_off(known)
        number = 1 if known is None else known.failed + 1
        permit = self._asked(number)
        if isinstance(permit, Outcome):
            if permit.held is not None and self._engine.asking.ask_about(effect, permit.held):
                said = f"{activity.name} waits for approval"
                raise wire.later(said, type="step.held", wait_ms=HELD_WAIT_MS)
            await self._record(permit, None)
            return
        if activity.pure and not activity.is_async:
            computed = self._engine.gateway.perform_pure(permit, shelf=self._shelf)
            await self._record(computed, permit)
            return
        attempt = Attempt(effect, number, None if known is None else known.details)
        attempt.on_part = self._engine.parts.take
        try:
            if activity.records_intent_first:
                await self._record_intent(permit, known)
                permit.has_waited = True
                if not activity.idempotent:
                    await self._refuse_given_up()
            outcome = await self._perform(attempt, permit)
        except asyncio.CancelledError:
            await asyncio.shield(self._broken_off(attempt, permit))
            raise
        if outcome is not None:
            await self._conclude(attempt, permit, outcome)

    def _asked(self, attempt: int) -> Permit | Outcome:
        """The gate's answer.

        Raises:
            Unavailable: the journal is away, so it could not look (``journal.unreachable``).
        """
        known_at_s = self._known_at_s
        age_s = 0.0 if known_at_s is None else monotonic() - known_at_s
        return self._engine.gateway.ask(self._effect, attempt, age_s=age_s)

    def _refuse_cut_off(self, known: Step | None) -> None:
        if known is None or self._effect.activity.idempotent:
            return
        if known.kind in (events.STEP_SCHEDULED, events.STEP_RETRIED):
            run, step = self._log.run.ref, self._effect.step
            raise wire.later(
                f"{run}: step {step} ({self._effect.activity.name}) is not idempotent and was cut"
                " off; whether it took effect is unknown. Find out, then: "
                f"tarl resolve {run} {step} --result JSON | --failed TEXT | --retry",
                type="UnknownOutcome",
                wait_ms=UNDECIDED_WAIT_MS,
            )

    async def _record_intent(self, permit: Permit, known: Step | None) -> None:
        step, before = self._effect.step, 0 if known is None else known.seq
        intent = (events.STEP_SCHEDULED, self._scheduled)
        if known is not None:
            intent = (events.STEP_RETRIED, b'{"step":%d}' % step)
        deeds = [] if self._effect.acting is None else [Deed(permit)]

        def choose() -> Addition | None:
            found = self._log.steps.get(step)
            same = (0 if found is None else found.seq) == before
            return Addition([intent], deeds=deeds) if same else None

        adding = asyncio.ensure_future(self._log.add(choose))
        try:
            self._intent = await asyncio.shield(adding)
        except asyncio.CancelledError:
            self._intent = await adding  # it is on its way to the disk all the same
            raise
        if not self._intent:
            said = f"another worker has begun with step {step}"
            raise wire.later(said, type="step.taken", wait_ms=HELD_WAIT_MS)

    async def _refuse_given_up(self) -> None:
        """Begin what is done once only as long as Temporal counts on this attempt: of one that was
        given up meanwhile somebody may be told that it was cut off, and let another be made.
        """
        if await _is_counted_on():
            return
        await self._take_back()
        said = f"this attempt at step {self._effect.step} was given up before it began"
        raise wire.later(said, type="step.given_up", wait_ms=HELD_WAIT_MS)

    async def _take_back(self) -> None:
        """Record of an attempt that nothing has happened, and another may be made."""
        step, intent = self._effect.step, self._intent
        self._intent = 0

        def choose() -> Addition | None:
            found = self._log.steps.get(step)
            if found is None or found.seq != intent:
                return None
            return Addition([(events.STEP_RETRY_ALLOWED, b'{"step":%d}' % step)])

        await asyncio.shield(self._log.add(choose))

    async def _perform(self, attempt: Attempt, permit: Permit) -> Outcome | None:
        """What came of the attempt; None where the step has an outcome already."""
        effect, engine = self._effect, self._engine
        await patiently(partial(self._log.look_after, STALL_S))
        found = self._log.steps.get(effect.step)
        if found is not None and found.is_over:
            return None
        try:
            if effect.activity.token is None:
                return await self._performed(attempt, permit)
            perform = partial(self._performed, attempt, permit)
            return await engine.tokens.once(effect, perform, shelf=self._shelf)
        except Unavailable:  # the gate could not look again
            if self._intent and not attempt.has_begun:
                await self._take_back()
            raise

    async def _conclude(self, attempt: Attempt, permit: Permit, outcome: Outcome) -> None:
        """Record what came of the attempt, and have Temporal try again where another follows."""
        failure = outcome.failure
        wait_ms = None if failure is None else self._wait_ms(attempt.number, failure)
        if failure is None or wait_ms is None:
            await self._record(outcome, permit)
            return
        await self._record_failed(attempt, permit, failure, wait_ms)
        record = failure.record
        raise wire.later(record.message, type=record.type, wait_ms=wait_ms)

    async def _performed(self, attempt: Attempt, permit: Permit) -> Outcome:
        outcome = await self._engine.gateway.perform(
            attempt, permit, shelf=self._shelf, timeout_ms=self._timeout_ms()
        )
        if self._effect.activity.token is not None and self._shelf.blobs:
            self._engine.store.commit(Batch((), self._shelf.blobs))  # before others refer to them
        return outcome

    def _timeout_ms(self) -> int | None:
        activity = self._effect.activity
        if activity.total_timeout_ms is None:
            return activity.timeout_ms
        left = max(1, self._deadline_ms() - self._engine.clock.now_ms())
        return left if activity.timeout_ms is None else min(activity.timeout_ms, left)

    def _deadline_ms(self) -> int:
        return self._at_ms + (self._effect.activity.total_timeout_ms or 0)

    def _wait_ms(self, attempt: int, failure: Failure) -> int | None:
        """How long to wait before another attempt; None where this was the last."""
        activity, started = self._effect.activity, self._log.started
        if activity.retry is None or (failure.may_have_happened and not activity.idempotent):
            return None
        assert started is not None
        draw = chance(bytes.fromhex(started.seed), self._effect.step, attempt)
        wait_ms = activity.retry.wait_ms(attempt, failure.names, draw)
        if wait_ms is None or activity.total_timeout_ms is None:
            return wait_ms
        too_late = self._engine.clock.now_ms() + wait_ms >= self._deadline_ms()
        return None if too_late else wait_ms

    # --- what is recorded

    async def _record(self, outcome: Outcome, permit: Permit | None) -> None:
        effect, body = self._effect, outcome.body
        if effect.activity.untrusted is not None and outcome.kind != events.STEP_DENIED:
            body = marked(body, effect.activity.untrusted)
        deeds = []
        if permit is not None and effect.acting is not None:
            happened = outcome.failure is not None and outcome.failure.may_have_happened
            deeds = [Deed(permit, outcome.kind, body, happened)]
        await self._add(outcome.kind, body, deeds)

    async def _record_failed(
        self, attempt: Attempt, permit: Permit, failure: Failure, wait_ms: int
    ) -> None:
        details = None
        if attempt.details is not None:
            details = encode_value(
                attempt.details, name="the heartbeat's details", bytes_max=DETAILS_BYTES_MAX
            )
            details = self._engine.gateway.screen.result(self._effect, details)
        body = bodies.attempt_failed(
            failure.record,
            self._effect.step,
            attempt=attempt.number,
            wait_ms=wait_ms,
            details=details,
        )
        acts = self._effect.acting is not None
        deeds = [Deed(permit, events.ATTEMPT_FAILED, body)] if acts else []
        self._engine.metrics.count("steps.retried", activity=self._effect.activity.name)
        await self._add(events.ATTEMPT_FAILED, body, deeds)

    async def _broken_off(self, attempt: Attempt, permit: Permit) -> None:
        """The attempt was broken off; an agent was at it, whatever comes of it. Where nobody has
        called the step off, another attempt follows.
        """
        deeds = [Deed(permit)] if self._effect.acting is not None else []
        told = temporal.cancellation_details()
        if temporal.info().is_local or (told is not None and told.cancel_requested):
            own = [] if self._effect.activity.records_intent_first else deeds
            await self._add(events.STEP_CANCELLED, b'{"step":%d}' % self._effect.step, own)
        elif self._intent and not attempt.has_begun:
            await self._take_back()
        else:
            await self._note(deeds)

    async def _add(self, kind: str, body: bytes, deeds: list[Deed]) -> None:
        step = self._effect.step

        def choose() -> Addition | None:
            known = self._log.steps.get(step)
            if self._log.closed is not None or (known is not None and known.is_over):
                return None
            intent = [] if known is not None else [(events.STEP_SCHEDULED, self._scheduled)]
            return Addition([*intent, (kind, body)], self._shelf.blobs, deeds)

        if not await self._log.add(choose):
            known = self._log.steps.get(step)
            if known is not None and known.kind == events.STEP_CANCELLED:
                await self._note(deeds)

    async def _note(self, deeds: list[Deed]) -> None:
        """Have it signed that an agent was at an attempt of which nothing else is recorded."""
        if deeds and not self._effect.activity.records_intent_first:
            bare = [Deed(deed.permit) for deed in deeds]
            await self._log.add(lambda: Addition((), deeds=bare))


def _told(call: wire.Call) -> bytes | None:
    """What Temporal is told was asked for: it does not keep the input of a local activity."""
    return bytes(call.scheduled) if temporal.info().is_local else None


def _answer(step: Step, activity: str, asked: bytes | None) -> bytes:
    """The body of what a step came to.

    Raises:
        ApplicationError: it failed, or was refused.
    """
    if step.kind == events.STEP_COMPLETED:
        return step.body
    if step.kind == events.STEP_CANCELLED:
        said = "nobody waits for the step any more"
        raise wire.over(said, type="step.cancelled")
    told = DECODERS[step.kind](step.body)
    if step.kind == events.STEP_DENIED:
        said = denied(told.reasons, activity=activity).message
        raise wire.failure(step.kind, step.body, said=said, type="Denied", asked=asked)
    error = told.error
    raise wire.failure(step.kind, step.body, said=error.message, type=error.type, asked=asked)


@contextlib.contextmanager
def as_temporal_says() -> Iterator[None]:
    """Let what the journal or the code refuses be seen in Temporal by its code."""
    try:
        yield
    except TarlError as error:
        again = _soon() if error.code == "activity.unknown" else None
        raise ApplicationError(
            error.message,
            type=error.code,
            next_retry_delay=again,
            category=_BENIGN if isinstance(error, Unavailable) else _OWN_FAULT,
        ) from error


def _soon() -> timedelta:
    """When another worker may have a step whose activity this one does not know: one that the code
    of a workflow made, and which those know who have run that code.
    """
    wait_ms = ELSEWHERE_MS_MIN * 2 ** min(temporal.info().attempt - 1, 16)
    return timedelta(milliseconds=min(wait_ms, ELSEWHERE_MS_MAX))


async def _is_counted_on() -> bool:
    """Whether Temporal has not given this attempt to others; it waits as long again from now on."""
    info = temporal.info()
    if info.is_local:
        return True
    beat = RecordActivityTaskHeartbeatRequest(namespace=info.namespace, task_token=info.task_token)
    service = temporal.client().workflow_service
    try:
        answer = await service.record_activity_task_heartbeat(beat, timeout=COUNTED_ON_WAIT)
    except RPCError:
        return False
    return not answer.cancel_requested


@contextlib.contextmanager
def _beating() -> Iterator[None]:
    """Tell Temporal meanwhile that this worker lives."""
    silence = temporal.info().heartbeat_timeout
    if silence is None:
        yield
        return
    loop, wait_s = asyncio.get_running_loop(), silence.total_seconds() / BEATS_PER_SILENCE
    next_one = loop.call_later(wait_s, lambda: beat())  # a task would take two turns of the loop

    def beat() -> None:
        nonlocal next_one
        next_one = loop.call_later(wait_s, beat)
        temporal.heartbeat()

    try:
        yield
    finally:
        next_one.cancel()
