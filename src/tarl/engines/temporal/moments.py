"""Temporal's history of a run, told in the kinds and bodies of ``kernel.events``.

1. What the code decided and what it was told comes from Temporal's history, in its order.
2. How the run began and ended, and the failed attempts between, come from the run's record in the
   journal; an attempt has its place by its time, between its step and the step's outcome,
   whatever the clocks of workers say.
3. Messages are numbered in the order in which Temporal took them in.
4. What Temporal does not keep is not told: snapshots, what was fixed or intended before something
   untrusted came, updates that a validator refused, and what was begun and given up within one turn
   of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import msgspec
from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent, MarkerRecordedEventAttributes
from temporalio.api.update.v1 import Input
from temporalio.common import RawValue

from tarl.engines.temporal import wire
from tarl.engines.temporal.descent import cancelled_by
from tarl.engines.temporal.reasons import told_reason
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.events import DECODERS, ErrorRecord
from tarl.kernel.marks import Mark
from tarl.kernel.shelves import RecordedValues
from tarl.values.canonical import encode, quote
from tarl.values.ids import RunId

Told = tuple[str, bytes]
"""A kind and a body."""

Timed = tuple[int, str, bytes]
"""When, a kind and a body."""

_read_start = msgspec.json.Decoder(wire.Start).decode
_read_call = msgspec.json.Decoder(wire.Call).decode
_read_ask = msgspec.json.Decoder(wire.Ask).decode
_read_attach = msgspec.json.Decoder(wire.Attach).decode
_read_told = msgspec.json.Decoder(wire.Told).decode

_BETWEEN = frozenset({events.ATTEMPT_FAILED, events.STEP_RETRIED, events.STEP_RETRY_ALLOWED})


class Beside:
    """What the journal has of a run and Temporal's history has not.

    Attributes:
        started: Its first event; None before a worker has begun it.
        closed: Its last event, once it is over.
        between: What happened to steps between their request and their outcome, by step.
        blobs: The large values.
    """

    def __init__(self, store: Store, run: RunId) -> None:
        self.started: Event | None = None
        self.closed: Event | None = None
        self.between: dict[int, list[Event]] = {}
        self.blobs = RecordedValues(store, run.tenant)
        self._store = store
        self._stream = run.stream
        self._seq = 0
        self.look()

    def look(self) -> None:
        """Read what was recorded since."""
        for event in self._store.read(self._stream, after=self._seq):
            self._seq = event.seq
            if event.kind == events.RUN_STARTED:
                self.started = event
            elif event.kind in events.CLOSING:
                self.closed = event
            elif event.kind in _BETWEEN and event.body is not None:
                step = DECODERS[event.kind](event.body).step
                self.between.setdefault(step, []).append(event)


class _Wait(msgspec.Struct):
    seconds: int = 0
    nanos: int = 0


class _Marker(msgspec.Struct):
    """What Temporal's library notes of a local activity."""

    activity_type: str
    backoff: _Wait | None = None


_read_marker = msgspec.json.Decoder(_Marker).decode


class Chronicle:
    """Tells one history, event by event."""

    def __init__(self, run: RunId, beside: Beside) -> None:
        self._run = run
        self._beside = beside
        self._now_ms = 0
        self._messages = 0
        self._steps: dict[int, int] = {}
        self._approvals: dict[int, str] = {}
        self._children: dict[int, int] = {}
        self._child_ids: dict[str, int] = {}
        self._cancelled: set[int] = set()
        self._attached: dict[int, int] = {}
        self._updates: dict[str, int] = {}
        self._admitted: dict[str, Input] = {}
        self._timers: dict[str, int] = {}
        self._waits = 0
        self._waited_s: list[float] = []
        self._open: dict[int, list[Event]] = {}

    def take(self, event: HistoryEvent) -> Iterator[Timed]:
        """What an event says, and what the journal has from before it."""
        at_ms = event.event_time.ToMilliseconds()
        yield from self._until(at_ms)
        self._now_ms = at_ms
        take = _TAKERS.get(event.event_type)
        if take is not None:
            for kind, body in take(self, event):
                if kind == events.STEP_SCHEDULED:
                    step = DECODERS[kind](body).step
                    self._open[step] = self._beside.between.setdefault(step, [])
                elif kind in _OUTCOMES:
                    between = self._open.pop(DECODERS[kind](body).step, [])
                    yield from ((at_ms, e.kind, e.body or b"") for e in between)
                yield at_ms, kind, body

    def rest(self) -> Iterator[Timed]:
        """What the journal has after the last event."""
        yield from self._until(None)

    def _until(self, at_ms: int | None) -> Iterator[Timed]:
        if not any(self._open.values()):
            return
        due = [
            event
            for between in self._open.values()
            for event in between
            if at_ms is None or event.recorded_at_ms <= at_ms
        ]
        for event in sorted(due, key=lambda each: each.seq):
            self._open[DECODERS[event.kind](event.body or b"").step].remove(event)
            yield max(event.recorded_at_ms, self._now_ms), event.kind, event.body or b""

    def _message(self) -> int:
        self._messages += 1
        return self._messages

    # --- the beginning and messages

    def started(self, event: HistoryEvent) -> Iterator[Told]:
        """Its beginning, and the signals that the run before it left."""
        assert self._beside.started is not None
        yield events.RUN_STARTED, self._beside.started.body or b""
        told = event.workflow_execution_started_event_attributes
        for name, payload in _read_start(_data(told.input)).unread:
            yield events.SIGNAL_RECEIVED, self._received(name, bytes(payload))

    def _received(self, name: str, payload: bytes) -> bytes:
        return _body(message=b"%d" % self._message(), name=quote(name), payload=payload)

    def signalled(self, event: HistoryEvent) -> Iterator[Told]:
        """A signal."""
        told = event.workflow_execution_signaled_event_attributes
        yield events.SIGNAL_RECEIVED, self._received(told.signal_name, _data(told.input))

    def admitted(self, event: HistoryEvent) -> Iterator[Told]:
        """An update that Temporal keeps until the code takes it, as after a reset."""
        request = event.workflow_execution_update_admitted_event_attributes.request
        self._admitted[request.meta.update_id] = request.input
        yield from ()

    def accepted(self, event: HistoryEvent) -> Iterator[Told]:
        """An update that the code took."""
        told = event.workflow_execution_update_accepted_event_attributes
        admitted = self._admitted.pop(told.protocol_instance_id, None)
        request = admitted or told.accepted_request.input
        yield events.UPDATE_ACCEPTED, self._received(request.name, _data(request.args))
        self._updates[told.protocol_instance_id] = self._messages

    def answered(self, event: HistoryEvent) -> Iterator[Told]:
        """Its answer."""
        told = event.workflow_execution_update_completed_event_attributes
        message = b"%d" % self._updates[told.meta.update_id]
        if told.outcome.HasField("failure"):
            error = events.error_json(_error(told.outcome.failure))
            yield events.UPDATE_FAILED, _body(error=error, message=message)
        else:
            result = _data(told.outcome.success)
            yield events.UPDATE_COMPLETED, _body(message=message, result=result)

    def told_to_stop(self, event: HistoryEvent) -> Iterator[Told]:
        """Somebody wants the run to stop."""
        cause = event.workflow_execution_cancel_requested_event_attributes.cause
        reason = told_reason(cause, self._beside.blobs.get)
        body = _body(message=b"%d" % self._message(), reason=quote(reason))
        yield events.CANCEL_RECEIVED, body

    # --- steps and questions

    def scheduled(self, event: HistoryEvent) -> Iterator[Told]:
        """A step, or a question to people."""
        told = event.activity_task_scheduled_event_attributes
        data = _data(told.input)
        if told.activity_type.name == wire.ASK:
            body = bytes(_read_ask(data).asked)
            self._approvals[event.event_id] = DECODERS[events.APPROVAL_REQUESTED](body).approval
            yield events.APPROVAL_REQUESTED, body
            return
        if told.activity_type.name == wire.ATTACH:
            self._attached[event.event_id] = _read_attach(data).child
            return
        body = bytes(_read_call(data).scheduled)
        self._steps[event.event_id] = DECODERS[events.STEP_SCHEDULED](body).step
        yield events.STEP_SCHEDULED, body

    def completed(self, event: HistoryEvent) -> Iterator[Told]:
        """What came of it."""
        told = event.activity_task_completed_event_attributes
        data, approval = _data(told.result), self._approvals.get(told.scheduled_event_id)
        if told.scheduled_event_id in self._attached:
            end = _read_told(data)
            yield end.kind, bytes(end.body)
            return
        if approval is None:
            yield events.STEP_COMPLETED, data
            return
        members = {"approval": quote(approval), "message": b"%d" % self._message()}
        yield events.APPROVAL_RECEIVED, _body(**members, outcome=data)

    def failed(self, event: HistoryEvent) -> Iterator[Told]:
        """A step's failure or refusal; others are Temporal's own affair."""
        yield from _recorded(event.activity_task_failed_event_attributes.failure)

    def let_go(self, event: HistoryEvent) -> Iterator[Told]:
        """Nobody waits for a step any more."""
        told = event.activity_task_cancel_requested_event_attributes
        step = self._steps.get(told.scheduled_event_id)
        if step is not None:
            yield events.STEP_CANCELLED, b'{"step":%d}' % step

    def marked(self, event: HistoryEvent) -> Iterator[Told]:
        """A local step with its outcome, or a patch."""
        told = event.marker_recorded_event_attributes
        if told.marker_name == "core_patch":
            patch = msgspec.json.decode(_data(told.details["patch-data"]))["id"]
            if patch != wire.ASKS_MARKS:
                yield events.PATCH_MARKED, b'{"id":%b}' % quote(patch)
            return
        if told.marker_name != "core_local_activity":
            return
        marker = _read_marker(_data(told.details["data"]))
        if marker.backoff is not None:  # a timer of the library's follows, then another attempt
            self._waited_s.append(marker.backoff.seconds + marker.backoff.nanos / 1e9)
        elif marker.activity_type not in wire.OWN:
            yield from _local(told)

    # --- timers

    def timer_set(self, event: HistoryEvent) -> Iterator[Told]:
        """A timer of the code's."""
        told = event.timer_started_event_attributes
        delay_ms = told.start_to_fire_timeout.ToMilliseconds()
        if told.start_to_fire_timeout.ToNanoseconds() / 1e9 in self._waited_s:
            self._waited_s.remove(told.start_to_fire_timeout.ToNanoseconds() / 1e9)
            self._waits += 1
            return
        number = int(told.timer_id) - self._waits
        yield events.TIMER_STARTED, b'{"delay_ms":%d,"timer":%d}' % (delay_ms, number)
        self._timers[told.timer_id] = number

    def timer_fired(self, event: HistoryEvent) -> Iterator[Told]:
        """It came due."""
        number = self._timers.get(event.timer_fired_event_attributes.timer_id)
        if number is not None:
            yield events.TIMER_FIRED, b'{"timer":%d}' % number

    def timer_cancelled(self, event: HistoryEvent) -> Iterator[Told]:
        """Nobody waits for it any more."""
        number = self._timers.get(event.timer_canceled_event_attributes.timer_id)
        if number is not None:
            yield events.TIMER_CANCELLED, b'{"timer":%d}' % number

    # --- children

    def child_started(self, event: HistoryEvent) -> Iterator[Told]:
        """A child that was asked for."""
        told = event.start_child_workflow_execution_initiated_event_attributes
        start = _read_start(_data(told.input))
        self._children[event.event_id] = self._child_ids[told.workflow_id] = start.child
        besides = {name: encode(value) for name, value in start.besides.items()}
        if start.taint is not None:
            besides["taint"] = start.taint.json
        yield (
            events.CHILD_STARTED,
            _body(
                child=b"%d" % start.child,
                close_policy=quote(start.close_policy),
                id=quote(unquote(told.workflow_id.partition("/")[2])),
                input=bytes(start.input),
                workflow=quote(told.workflow_type.name),
                **besides,
            ),
        )

    def child_cancelled(self, event: HistoryEvent) -> Iterator[Told]:
        """A child that was asked to stop."""
        told = event.request_cancel_external_workflow_execution_initiated_event_attributes
        number = self._child_ids.get(told.workflow_execution.workflow_id)
        is_own = told.child_workflow_only or number in self._attached.values()
        if is_own and number is not None:
            self._cancelled.add(number)
            yield events.CHILD_CANCELLED, b'{"child":%d}' % number

    def child_completed(self, event: HistoryEvent) -> Iterator[Told]:
        """A child's result."""
        told = event.child_workflow_execution_completed_event_attributes
        number = b"%d" % self._children[told.initiated_event_id]
        result = RawValue(told.result.payloads[0])
        mark = wire.taint_of(result)
        more = {} if mark is None else {"taint": mark.json}
        yield events.CHILD_COMPLETED, _body(child=number, result=result.payload.data, **more)

    def child_failed(self, event: HistoryEvent) -> Iterator[Told]:
        """A child's own failure."""
        told = event.child_workflow_execution_failed_event_attributes
        number, recorded = self._children[told.initiated_event_id], _recorded(told.failure)
        error, mark = _error(told.failure), None
        for _, body in recorded:
            mark = DECODERS[events.RUN_FAILED](body).taint
        yield events.CHILD_FAILED, _ended(number, "failed", error, mark)

    def child_stopped(self, event: HistoryEvent) -> Iterator[Told]:
        """A child that was cancelled."""
        told = event.child_workflow_execution_canceled_event_attributes
        number = self._children[told.initiated_event_id]
        said = cancelled_by(self._run) if number in self._cancelled else "Cancelled"
        yield self._stopped(number, "cancelled", said)

    def child_terminated(self, event: HistoryEvent) -> Iterator[Told]:
        """A child that was terminated."""
        told = event.child_workflow_execution_terminated_event_attributes
        yield self._stopped(self._children[told.initiated_event_id], "terminated", "Terminated")

    def _stopped(self, number: int, status: str, said: str) -> Told:
        error = ErrorRecord(type=status.capitalize(), message=said)
        return events.CHILD_FAILED, _ended(number, status, error, None)

    # --- the end

    def closed(self, event: HistoryEvent) -> Iterator[Told]:
        """How the run ended, as the journal has it."""
        recorded = self._beside.closed
        if recorded is not None and recorded.body is not None:
            yield recorded.kind, recorded.body

    def ended(self, event: HistoryEvent) -> Iterator[Told]:
        """Somebody ended the run, or Temporal did."""
        if self._beside.closed is not None:
            yield from self.closed(event)
            return
        kept = event.workflow_execution_terminated_event_attributes.reason
        reason = told_reason(kept, self._beside.blobs.get)
        yield events.RUN_TERMINATED, _body(reason=quote(reason))


_OUTCOMES = frozenset(
    {events.STEP_COMPLETED, events.STEP_FAILED, events.STEP_DENIED, events.STEP_CANCELLED}
)

_TAKERS: dict[int, Callable[[Chronicle, HistoryEvent], Iterator[Told]]] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: Chronicle.started,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: Chronicle.signalled,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED: Chronicle.admitted,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: Chronicle.accepted,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: Chronicle.answered,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: Chronicle.told_to_stop,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: Chronicle.scheduled,
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: Chronicle.completed,
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: Chronicle.failed,
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED: Chronicle.let_go,
    EventType.EVENT_TYPE_MARKER_RECORDED: Chronicle.marked,
    EventType.EVENT_TYPE_TIMER_STARTED: Chronicle.timer_set,
    EventType.EVENT_TYPE_TIMER_FIRED: Chronicle.timer_fired,
    EventType.EVENT_TYPE_TIMER_CANCELED: Chronicle.timer_cancelled,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: Chronicle.child_started,
    EventType.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: (
        Chronicle.child_cancelled
    ),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED: Chronicle.child_completed,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED: Chronicle.child_failed,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED: Chronicle.child_stopped,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED: Chronicle.child_terminated,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: Chronicle.closed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: Chronicle.closed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: Chronicle.closed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: Chronicle.closed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: Chronicle.ended,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: Chronicle.ended,
}


def _body(**members: bytes) -> bytes:
    """A body of members that are JSON already, in order."""
    return b"{%b}" % b",".join(b'"%b":%b' % (k.encode(), members[k]) for k in sorted(members))


def _ended(number: int, status: str, error: ErrorRecord, mark: Mark | None) -> bytes:
    return _body(
        child=b"%d" % number,
        error=events.error_json(error),
        status=quote(status),
        **({} if mark is None else {"taint": mark.json}),
    )


def _data(payloads: Payloads) -> bytes:
    """The JSON of the first payload; null for none."""
    return payloads.payloads[0].data if payloads.payloads else b"null"


def _local(told: MarkerRecordedEventAttributes) -> Iterator[Told]:
    """A local step as it was asked for, and what came of it."""
    if told.HasField("failure"):
        asked = _details(told.failure).get("asked")
        outcome = _recorded(told.failure)
        body = None if asked is None else str(asked).encode()
    else:
        result = RawValue(told.details["result"].payloads[0])
        outcome, body = [(events.STEP_COMPLETED, result.payload.data)], wire.asked_of(result)
    if body is not None:
        yield events.STEP_SCHEDULED, body
        yield from outcome


def _details(failure: Failure) -> dict[str, Any]:
    """What a failure of tarl's carries; nothing for another."""
    found = failure.application_failure_info.details.payloads
    details = msgspec.json.decode(found[0].data) if len(found) == 1 else {}
    return details if isinstance(details, dict) else {}


def _recorded(failure: Failure) -> list[Told]:
    """The event that a failure stands for, if it is tarl's."""
    details = _details(failure)
    return [(details["kind"], details["body"].encode())] if "body" in details else []


def _error(failure: Failure) -> ErrorRecord:
    """What a failure says: as it was recorded, or as Temporal has it."""
    for kind, body in _recorded(failure):
        error: ErrorRecord = DECODERS[kind](body).error
        return ErrorRecord(type=error.type, message=error.message)
    message = failure.message
    if failure.HasField("encoded_attributes"):
        message = msgspec.json.decode(failure.encoded_attributes.data).get("message", message)
    kind = failure.application_failure_info.type or "ApplicationError"
    return ErrorRecord(type=kind, message=message)
