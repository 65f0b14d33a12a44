"""A run's state at a point: the fold of its events up to there.

Invariants:
1. The state at event N is the fold of the first N events, and of nothing else.
2. The fold never fails on what a run recorded: erased content and kinds of a newer version are
   counted and passed over.

Times are UTC in milliseconds, sequence numbers count from 1. Values that lie in blobs are shown as
their references unless a shelf is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from tarl.errors import Corrupt, Missing
from tarl.journal.event import Event
from tarl.journal.upcast import Upcasters
from tarl.kernel import events, marks
from tarl.kernel.events import DECODERS, UPCASTERS, ErrorRecord
from tarl.kernel.payload import decode_value
from tarl.kernel.runs import STATUS, RunStatus
from tarl.kernel.values import Kept, is_digested, unshelve
from tarl.values.ids import RunId

StepStatus = Literal["scheduled", "completed", "failed", "denied", "cancelled"]
TimerStatus = Literal["running", "fired", "cancelled"]


class StepState(msgspec.Struct, kw_only=True, frozen=True):
    """One step: what was asked for, and what came of it.

    ``reasons`` are those of a refusal. ``retry_allowed_seq`` is set when a person allowed a step
    that was cut off to be tried again, until that attempt begins. ``agent`` and ``task`` say for
    whom it was asked for, if for anybody.
    """

    step: int
    activity: str
    args: Any
    kwargs: Any
    mode: str
    status: StepStatus
    scheduled_seq: int
    scheduled_at_ms: int
    result: Any = None
    error: ErrorRecord | None = None
    reasons: tuple[Any, ...] = ()
    ended_seq: int | None = None
    ended_at_ms: int | None = None
    retry_allowed_seq: int | None = None
    failed_attempts: int = 0
    last_failure: ErrorRecord | None = None
    token: str | None = None
    agent: str | None = None
    task: str | None = None


class ExchangeState(msgspec.Struct, kw_only=True, frozen=True):
    """Something that came from outside or was asked of others: a signal, an update, a child, a
    request for approval.

    Attributes:
        what: Which of these it is.
        name: The name of a signal or update, the id of a child's workflow or of a request.
        status: ``received``, ``accepted``, ``rejected``, ``waiting``, or how it ended.
        sent: The payload, the child's input or the request.
        answer: What came of it, if anything can.
    """

    what: Literal["signal", "update", "child", "approval", "cancel"]
    name: str
    status: str
    seq: int
    at_ms: int
    sent: Any = None
    answer: Any = None
    error: ErrorRecord | None = None
    ended_seq: int | None = None
    ended_at_ms: int | None = None


class TimerState(msgspec.Struct, kw_only=True, frozen=True):
    """One timer; it is due ``delay_ms`` after it started."""

    timer: int
    delay_ms: int
    status: TimerStatus
    started_seq: int
    started_at_ms: int
    ended_seq: int | None = None
    ended_at_ms: int | None = None

    @property
    def due_at_ms(self) -> int:
        """When it fires, or should have."""
        return self.started_at_ms + self.delay_ms


class SnapshotState(msgspec.Struct, kw_only=True, frozen=True):
    """A state that the workflow recorded for people who look back."""

    id: str
    state: Any
    seq: int
    at_ms: int


class RunState(msgspec.Struct, kw_only=True, frozen=True):
    """A run as far as its events tell.

    Attributes:
        workflow: Its wire name; None when the run's start is erased, as is ``code``.
        code: The digest of the code that it runs with, after changes of code.
        snapshot: The last one taken.
        patches: Patches of which it took the new side, in order.
        exchanges: What came from outside or was asked of others, in order.
        parent: The run whose child it is.
        continues: The run that went on as this one.
        agent: Whom it acts for, if for anybody; ``task`` is what that is for.
        reason: Why it was cancelled or terminated.
        uncompensated: Completed steps that could not be undone.
        erased: Events of which the content is erased.
        unknown: Events of kinds that this version does not know.
    """

    run: RunId
    workflow: str | None
    code: str | None
    status: RunStatus
    input: Any
    result: Any
    error: ErrorRecord | None
    fork_of: str | None
    fork_at: int | None
    steps: tuple[StepState, ...]
    timers: tuple[TimerState, ...]
    exchanges: tuple[ExchangeState, ...]
    parent: str | None
    continues: str | None
    agent: str | None
    task: str | None
    reason: str | None
    uncompensated: tuple[str, ...]
    snapshot: SnapshotState | None
    snapshots: int
    patches: tuple[str, ...]
    started_at_ms: int
    last_seq: int
    last_at_ms: int
    erased: int
    unknown: int

    @property
    def open_steps(self) -> tuple[StepState, ...]:
        """Steps without an outcome."""
        return tuple(step for step in self.steps if step.status == "scheduled")

    @property
    def open_timers(self) -> tuple[TimerState, ...]:
        """Timers that are still running."""
        return tuple(timer for timer in self.timers if timer.status == "running")


def fold(
    recorded: Iterable[Event], *, shelf: Kept | None = None, upcasters: Upcasters = UPCASTERS
) -> RunState:
    """The state after the given events: a run's first N for its state at event N.

    Digests are not looked at here; ``history.verified`` checks them on the way.

    Raises:
        Missing: there is no event (``run.missing``), or the shelf has no such value.
        Corrupt: the events do not begin with a run's start (``run.no_start``).
    """
    folding: _Folding | None = None
    for event in recorded:
        if event.kind in upcasters:
            event = upcasters.read(event)
        if folding is None:
            folding = _Folding(event, shelf)
        folding.take(event)
    if folding is None:
        raise Missing("a run without events has no state", code="run.missing")
    return folding.state()


class _Folding:
    """The state while it is being built."""

    def __init__(self, first: Event, shelf: Kept | None) -> None:
        if first.kind != events.RUN_STARTED:
            raise Corrupt(
                f"{first.stream} begins with {first.kind}, not with a run's start",
                code="run.no_start",
                stream=first.stream,
            )
        self.last = first
        self._shelf = shelf
        self._started_at_ms = first.recorded_at_ms
        self._run: dict[str, Any] = {
            "run": RunId.from_stream(first.stream),
            "status": "running",
            "uncompensated": (),
            **dict.fromkeys(_UNKNOWN_AT_FIRST),
        }
        self._steps: dict[int, StepState] = {}
        self._timers: dict[int, TimerState] = {}
        self._exchanges: dict[tuple[str, int | str], ExchangeState] = {}
        self._patches: list[str] = []
        self._snapshots = 0
        self._erased = 0
        self._unknown = 0

    def take(self, event: Event) -> None:
        """The next event."""
        self.last = event
        evolve = _EVOLVE.get(event.kind)
        if evolve is None:
            self._unknown += 1
        elif event.body is None:
            self._erased += 1
            if event.kind in events.CLOSING:
                self._run["status"] = STATUS[event.kind]
        else:
            evolve(self, event, DECODERS[event.kind](event.body))

    def state(self) -> RunState:
        """The state after the events taken so far."""
        return RunState(
            **self._run,
            steps=tuple(self._steps.values()),
            timers=tuple(self._timers.values()),
            exchanges=tuple(self._exchanges.values()),
            snapshots=self._snapshots,
            patches=tuple(self._patches),
            started_at_ms=self._started_at_ms,
            last_seq=self.last.seq,
            last_at_ms=self.last.recorded_at_ms,
            erased=self._erased,
            unknown=self._unknown,
        )

    def started(self, event: Event, body: events.RunStarted) -> None:
        self._run |= {
            "workflow": body.workflow,
            "code": body.code,
            "input": self._value(body.input),
            "fork_of": body.fork_of,
            "fork_at": body.fork_at,
            "parent": body.parent,
            "continues": body.continues,
            "agent": body.agent,
            "task": body.task,
        }

    def completed(self, event: Event, body: events.RunCompleted) -> None:
        self._run |= {"status": "completed", "result": self._value(body.result)}

    def failed(self, event: Event, body: events.RunFailed) -> None:
        self._run |= {
            "status": "failed",
            "error": body.error,
            "uncompensated": body.uncompensated,
        }

    def stopped(self, event: Event, body: events.RunEnded) -> None:
        self._run |= {
            "status": STATUS[event.kind],
            "reason": body.reason,
            "uncompensated": body.uncompensated,
        }

    def went_on(self, event: Event, body: events.RunContinued) -> None:
        self._run["status"] = "continued"

    def cancel_received(self, event: Event, body: events.CancelReceived) -> None:
        self._begin(
            event, "cancel", body.message, name="cancel", status="received", sent=body.reason
        )

    def signal_received(self, event: Event, body: events.SignalReceived) -> None:
        sent = self._value(body.payload)
        self._begin(event, "signal", body.message, name=body.name, status="received", sent=sent)

    def update_accepted(self, event: Event, body: events.SignalReceived) -> None:
        sent = self._value(body.payload)
        self._begin(event, "update", body.message, name=body.name, status="accepted", sent=sent)

    def update_rejected(self, event: Event, body: events.UpdateRejected) -> None:
        self._begin(
            event, "update", body.message, name=body.name, status="rejected", error=body.error
        )

    def update_completed(self, event: Event, body: events.UpdateCompleted) -> None:
        answer = self._value(body.result)
        self._end(event, "update", body.message, status="completed", answer=answer)

    def update_failed(self, event: Event, body: events.UpdateFailed) -> None:
        self._end(event, "update", body.message, status="failed", error=body.error)

    def child_started(self, event: Event, body: events.ChildStarted) -> None:
        sent = self._value(body.input)
        self._begin(event, "child", body.child, name=body.id, status="waiting", sent=sent)

    def child_completed(self, event: Event, body: events.ChildCompleted) -> None:
        answer = self._value(body.result)
        self._end(event, "child", body.child, status="completed", answer=answer)

    def child_failed(self, event: Event, body: events.ChildFailed) -> None:
        self._end(event, "child", body.child, status=body.status, error=body.error)

    def child_cancelled(self, event: Event, body: events.ChildRef) -> None:
        """Only asked for: how the child ends is still to come."""

    def approval_requested(self, event: Event, body: events.ApprovalRequested) -> None:
        sent = self._value(body.request)
        self._begin(
            event, "approval", body.approval, name=body.approval, status="waiting", sent=sent
        )

    def approval_received(self, event: Event, body: events.ApprovalReceived) -> None:
        answer = self._value(body.outcome)
        status = str(answer.get("status")) if isinstance(answer, dict) else "decided"
        self._end(event, "approval", body.approval, status=status, answer=answer)

    def attempt_failed(self, event: Event, body: events.AttemptFailed) -> None:
        step = self._steps.get(body.step)
        if step is not None:
            self._steps[body.step] = msgspec.structs.replace(
                step, failed_attempts=body.attempt, last_failure=body.error
            )

    def code_changed(self, event: Event, body: events.CodeChanged) -> None:
        self._run["code"] = body.code

    def step_scheduled(self, event: Event, body: events.StepScheduled) -> None:
        self._steps[body.step] = StepState(
            step=body.step,
            activity=body.activity,
            args=self._value(body.args),
            kwargs=self._value(body.kwargs),
            mode=body.mode,
            token=body.token,
            agent=body.agent or self._run["agent"],
            task=body.task or self._run["task"],
            status="scheduled",
            scheduled_seq=event.seq,
            scheduled_at_ms=event.recorded_at_ms,
        )

    def step_completed(self, event: Event, body: events.StepCompleted) -> None:
        self._end_step(event, body.step, status="completed", result=self._value(body.result))

    def step_failed(self, event: Event, body: events.StepFailed) -> None:
        self._end_step(event, body.step, status="failed", error=body.error)

    def step_denied(self, event: Event, body: events.StepDenied) -> None:
        self._end_step(event, body.step, status="denied", reasons=tuple(body.reasons))

    def step_cancelled(self, event: Event, body: events.StepRef) -> None:
        # An outcome may be recorded just before the code, which has not seen it, cancels the step.
        step = self._steps.get(body.step)
        if step is not None and step.status == "scheduled":
            self._end_step(event, body.step, status="cancelled")

    def step_retry_allowed(self, event: Event, body: events.StepRef) -> None:
        step = self._steps.get(body.step)
        if step is not None:
            self._steps[body.step] = msgspec.structs.replace(step, retry_allowed_seq=event.seq)

    def step_retried(self, event: Event, body: events.StepRef) -> None:
        step = self._steps.get(body.step)
        if step is not None:
            self._steps[body.step] = msgspec.structs.replace(step, retry_allowed_seq=None)

    def timer_started(self, event: Event, body: events.TimerStarted) -> None:
        self._timers[body.timer] = TimerState(
            timer=body.timer,
            delay_ms=body.delay_ms,
            status="running",
            started_seq=event.seq,
            started_at_ms=event.recorded_at_ms,
        )

    def timer_fired(self, event: Event, body: events.TimerRef) -> None:
        self._end_timer(event, body.timer, "fired")

    def timer_cancelled(self, event: Event, body: events.TimerRef) -> None:
        self._end_timer(event, body.timer, "cancelled")

    def snapshot_taken(self, event: Event, body: events.SnapshotTaken) -> None:
        self._snapshots += 1
        self._run["snapshot"] = SnapshotState(
            id=body.id,
            state=self._value(body.state),
            seq=event.seq,
            at_ms=event.recorded_at_ms,
        )

    def patch_marked(self, event: Event, body: events.PatchMarked) -> None:
        self._patches.append(body.id)

    def said(self, event: Event, body: Any) -> None:
        """What the code says of itself for the gate: a value or a call that it fixed, distrust."""

    def _value(self, raw: msgspec.Raw) -> Any:
        data = bytes(raw)
        if self._shelf is not None and not is_digested(data):
            data = unshelve(data, shelf=self._shelf)
        return decode_value(data)

    def _end_step(self, event: Event, number: int, **changes: Any) -> None:
        step = self._steps.get(number)
        if step is not None:
            self._steps[number] = msgspec.structs.replace(
                step, ended_seq=event.seq, ended_at_ms=event.recorded_at_ms, **changes
            )

    def _begin(self, event: Event, what: Any, number: int | str, **facts: Any) -> None:
        self._exchanges[what, number] = ExchangeState(
            what=what, seq=event.seq, at_ms=event.recorded_at_ms, **facts
        )

    def _end(self, event: Event, what: str, number: int | str, **changes: Any) -> None:
        begun = self._exchanges.get((what, number))
        if begun is not None:
            self._exchanges[what, number] = msgspec.structs.replace(
                begun, ended_seq=event.seq, ended_at_ms=event.recorded_at_ms, **changes
            )

    def _end_timer(self, event: Event, number: int, status: TimerStatus) -> None:
        timer = self._timers.get(number)
        if timer is not None and timer.status == "running":
            self._timers[number] = msgspec.structs.replace(
                timer, status=status, ended_seq=event.seq, ended_at_ms=event.recorded_at_ms
            )


_UNKNOWN_AT_FIRST = (
    "workflow",
    "code",
    "input",
    "result",
    "error",
    "fork_of",
    "fork_at",
    "parent",
    "continues",
    "agent",
    "task",
    "reason",
    "snapshot",
)

_EVOLVE: dict[str, Callable[[_Folding, Event, Any], None]] = {
    events.RUN_STARTED: _Folding.started,
    events.RUN_COMPLETED: _Folding.completed,
    events.RUN_FAILED: _Folding.failed,
    events.RUN_CANCELLED: _Folding.stopped,
    events.RUN_TERMINATED: _Folding.stopped,
    events.RUN_CONTINUED: _Folding.went_on,
    events.CANCEL_RECEIVED: _Folding.cancel_received,
    events.SIGNAL_RECEIVED: _Folding.signal_received,
    events.UPDATE_ACCEPTED: _Folding.update_accepted,
    events.UPDATE_REJECTED: _Folding.update_rejected,
    events.UPDATE_COMPLETED: _Folding.update_completed,
    events.UPDATE_FAILED: _Folding.update_failed,
    events.CHILD_STARTED: _Folding.child_started,
    events.CHILD_COMPLETED: _Folding.child_completed,
    events.CHILD_FAILED: _Folding.child_failed,
    events.CHILD_CANCELLED: _Folding.child_cancelled,
    events.APPROVAL_REQUESTED: _Folding.approval_requested,
    events.APPROVAL_RECEIVED: _Folding.approval_received,
    events.ATTEMPT_FAILED: _Folding.attempt_failed,
    events.CODE_CHANGED: _Folding.code_changed,
    events.STEP_SCHEDULED: _Folding.step_scheduled,
    events.STEP_COMPLETED: _Folding.step_completed,
    events.STEP_FAILED: _Folding.step_failed,
    events.STEP_DENIED: _Folding.step_denied,
    events.STEP_CANCELLED: _Folding.step_cancelled,
    events.STEP_RETRY_ALLOWED: _Folding.step_retry_allowed,
    events.STEP_RETRIED: _Folding.step_retried,
    events.TIMER_STARTED: _Folding.timer_started,
    events.TIMER_FIRED: _Folding.timer_fired,
    events.TIMER_CANCELLED: _Folding.timer_cancelled,
    events.SNAPSHOT_TAKEN: _Folding.snapshot_taken,
    events.PATCH_MARKED: _Folding.patch_marked,
    marks.VALUE_FIXED: _Folding.said,
    marks.CALL_INTENDED: _Folding.said,
    marks.RUN_DISTRUSTED: _Folding.said,
}
