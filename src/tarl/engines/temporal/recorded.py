"""What a history of Temporal's holds of the code's decisions, in tarl's own kinds and bodies.

1. A step's body is that of ``step.scheduled``: in the input of an activity, and beside the outcome
   of a local one, whose input Temporal does not keep.
2. Sealed payloads are opened with the tenant's key, in the history itself; what nobody sealed is
   not touched.
3. What Temporal does not keep is not told: snapshots, the reason of a cancelled run, the beginnings
   and ends that the journal has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import unquote

import msgspec
from google.protobuf.json_format import ParseError
from google.protobuf.message import DecodeError, Message
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.enums.v1 import EventType, ParentClosePolicy
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue

from tarl.engines.temporal import wire
from tarl.errors import Corrupt, Invalid, TarlError
from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.divergence import Recorded
from tarl.kernel.events import DECODERS
from tarl.kernel.marks import Mark, member
from tarl.kernel.runs import RunStatus
from tarl.values.canonical import quote
from tarl.values.ids import RunId

SEALED = b"binary/tarl-sealed"
"""How a payload says that it is sealed."""

Open = Callable[[list[Payload]], Awaitable[list[Payload]]]

_POLICIES: dict[int, str] = {
    ParentClosePolicy.PARENT_CLOSE_POLICY_TERMINATE: "terminate",
    ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL: "cancel",
    ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON: "abandon",
}
_read_start = msgspec.json.Decoder(wire.Start).decode
_read_call = msgspec.json.Decoder(wire.Call).decode
_read_ask = msgspec.json.Decoder(wire.Ask).decode


class _Marker(msgspec.Struct):
    """What Temporal's library notes of a local activity."""

    activity_type: str


_read_marker = msgspec.json.Decoder(_Marker).decode

Key = tuple[str, Any]
"""How a decision is known again: its kind, and its number or name."""


class Decisions:
    """The decisions that one history holds.

    Attributes:
        start: What the run began with.
        run: Which one it is.
        workflow: Its workflow's wire name.
        events: How many entries the history has.
        status: How the run stands at its end.
        is_begun: Whether a worker was given the run; before that, its code has decided nothing.
        ordered: Steps, timers and requests for approval in the order in which they were decided.
        beside: Local steps and children, whose places tell no order.
        answers: What updates were answered, by message; None for one that has no answer yet.
        closing: How the code ended; None where it has not, or was ended.
    """

    def __init__(self, start: wire.Start, workflow: str, events: int) -> None:
        self.start = start
        self.run = RunId.from_stream(start.run)
        self.workflow = workflow
        self.events = events
        self.status: RunStatus = "running"
        self.is_begun = False
        self.ordered: list[tuple[Key, Recorded]] = []
        self.beside: dict[Key, Recorded] = {}
        self.answers: dict[int, Recorded | None] = {}
        self.closing: Recorded | None = None
        self._updates: dict[str, int] = {}

    @property
    def steps(self) -> int:
        """How many steps were asked for."""
        kinds = [key[0] for key, _ in self.ordered] + [key[0] for key in self.beside]
        return kinds.count(events.STEP_SCHEDULED)

    def take(self, event: HistoryEvent) -> None:
        """Take in one entry."""
        take = _TAKERS.get(event.event_type)
        if take is not None:
            take(self, event)

    def _given(self, event: HistoryEvent) -> None:
        self.is_begun = True

    def _activity(self, event: HistoryEvent) -> None:
        told = event.activity_task_scheduled_event_attributes
        name, data = told.activity_type.name, _first(told.input).data
        if name == wire.ASK:
            body = bytes(_read_ask(data).asked)
            key = events.APPROVAL_REQUESTED, DECODERS[events.APPROVAL_REQUESTED](body).approval
            self.ordered.append((key, Recorded(events.APPROVAL_REQUESTED, body, event.event_id)))
        elif name not in wire.OWN:
            key, recorded = _step(bytes(_read_call(data).scheduled), event)
            self.ordered.append((key, recorded))

    def _marker(self, event: HistoryEvent) -> None:
        told = event.marker_recorded_event_attributes
        if told.marker_name != "core_local_activity":
            return
        if _read_marker(_first(told.details["data"]).data).activity_type in wire.OWN:
            return
        if told.HasField("failure"):
            asked = _details(told.failure).get("asked")
            body = None if asked is None else asked.encode()
        else:
            body = wire.asked_of(RawValue(_first(told.details["result"])))
        if body is not None:
            key, recorded = _step(body, event)
            self.beside[key] = recorded

    def _timer(self, event: HistoryEvent) -> None:
        told = event.timer_started_event_attributes
        delay_ms = told.start_to_fire_timeout.ToMilliseconds()
        key = events.TIMER_STARTED, int(told.timer_id)
        recorded = Recorded(events.TIMER_STARTED, b'{"delay_ms":%d}' % delay_ms, event.event_id)
        self.ordered.append((key, recorded))

    def _child(self, event: HistoryEvent) -> None:
        told = event.start_child_workflow_execution_initiated_event_attributes
        start = _read_start(_first(told.input).data)
        body = child_body(
            start.child,
            told.workflow_type.name,
            unquote(told.workflow_id.partition("/")[2]),
            start.input,
            policy=_POLICIES.get(told.parent_close_policy, ""),
            acting=start.acting,
            taint=start.taint,
        )
        key = events.CHILD_STARTED, start.child
        self.beside[key] = Recorded(events.CHILD_STARTED, body, event.event_id)

    def _accepted(self, event: HistoryEvent) -> None:
        told = event.workflow_execution_update_accepted_event_attributes
        message = self._updates[told.protocol_instance_id] = len(self._updates) + 1
        self.answers[message] = None

    def _answered(self, event: HistoryEvent) -> None:
        told = event.workflow_execution_update_completed_event_attributes
        message = self._updates.get(told.meta.update_id)
        if message is None:
            return
        if told.outcome.HasField("failure"):
            kind = events.UPDATE_FAILED
            body = str(_details(told.outcome.failure).get("body", "")).encode()
        else:
            kind, result = events.UPDATE_COMPLETED, _first(told.outcome.success).data
            body = b'{"message":%d,"result":%b}' % (message, result)
        self.answers[message] = Recorded(kind, body, event.event_id)

    def _close(self, status: RunStatus, event: HistoryEvent, kind: str, body: bytes) -> None:
        self.status = status
        self.closing = Recorded(kind, body, event.event_id)

    def _completed(self, event: HistoryEvent) -> None:
        result = _first(event.workflow_execution_completed_event_attributes.result)
        mark = member(wire.taint_of(RawValue(result)))
        body = b'{"result":%b%b}' % (result.data, mark)
        self._close("completed", event, events.RUN_COMPLETED, body)

    def _failed(self, event: HistoryEvent) -> None:
        details = _details(event.workflow_execution_failed_event_attributes.failure)
        body = str(details.get("body", "")).encode()
        self._close("failed", event, events.RUN_FAILED, body)

    def _cancelled(self, event: HistoryEvent) -> None:
        self._close("cancelled", event, events.RUN_CANCELLED, b"")

    def _continued(self, event: HistoryEvent) -> None:
        told = event.workflow_execution_continued_as_new_event_attributes
        start = _read_start(_first(told.input).data)
        body = b'{"input":%b%b}' % (bytes(start.input), member(start.taint))
        self._close("continued", event, events.RUN_CONTINUED, body)

    def _ended(self, event: HistoryEvent) -> None:
        self.status = "terminated"


_TAKERS: dict[int, Callable[[Decisions, HistoryEvent], None]] = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED: Decisions._given,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: Decisions._activity,
    EventType.EVENT_TYPE_MARKER_RECORDED: Decisions._marker,
    EventType.EVENT_TYPE_TIMER_STARTED: Decisions._timer,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: Decisions._child,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: Decisions._accepted,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: Decisions._answered,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: Decisions._completed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: Decisions._failed,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: Decisions._cancelled,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: Decisions._continued,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: Decisions._ended,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: Decisions._ended,
}


def read(history: WorkflowHistory) -> Decisions:
    """The decisions that a history, opened, holds.

    Raises:
        Corrupt: no run can have gone like this (``temporal.history``).
        Invalid: no run of tarl's (``temporal.foreign``).
    """
    first = history.events[0] if history.events else None
    if first is None or not first.HasField("workflow_execution_started_event_attributes"):
        raise Corrupt(
            "a history of Temporal's begins with the start of a workflow, and this one does not",
            code="temporal.history",
            next_step="save the whole of it: temporal workflow show --output json",
        )
    began = first.workflow_execution_started_event_attributes
    try:
        start = _read_start(_first(began.input).data)
        decisions = Decisions(start, began.workflow_type.name, len(history.events))
    except (msgspec.MsgspecError, TarlError) as error:
        raise Invalid(
            f"Temporal's workflow {history.workflow_id!r} was not started by tarl",
            code="temporal.foreign",
            next_step="replay it with the library that started it",
            workflow_id=history.workflow_id,
        ) from error
    for event in history.events:
        try:
            decisions.take(event)
        except (msgspec.MsgspecError, TarlError, ValueError) as error:
            raise Corrupt(
                f"{decisions.run.ref}@{event.event_id}: no worker of tarl's writes this: {error}",
                code="temporal.history",
                run=decisions.run.ref,
                seq=event.event_id,
            ) from error
    return decisions


def child_body(
    number: int,
    workflow: str,
    id: str,
    input: msgspec.Raw,
    *,
    policy: str,
    acting: Acting | None,
    taint: Mark | None,
) -> bytes:
    """A child as it is compared: what it is started with, and for whom."""
    acts = b"" if acting is None else b',"acting":%b' % msgspec.json.encode(acting)
    return b'{"child":%d,"close_policy":%b,"id":%b,"input":%b,"workflow":%b%b%b}' % (
        number,
        quote(policy),
        quote(id),
        bytes(input),
        quote(workflow),
        acts,
        member(taint),
    )


def from_json(data: bytes, *, name: str) -> WorkflowHistory:
    """A history as Temporal's own tools save it.

    Raises:
        Corrupt: it is none (``temporal.history``).
    """
    try:
        history = WorkflowHistory.from_json("", msgspec.json.decode(data))
    except (msgspec.MsgspecError, ParseError, TypeError, ValueError, KeyError) as error:
        _refuse(name, error)
    except AttributeError as error:  # JSON of another shape
        _refuse(name, error)
    return _named(history.events)


def from_bytes(data: bytes) -> WorkflowHistory:
    """A history as ``to_bytes`` hands it on.

    Raises:
        Corrupt: it is none (``temporal.history``).
    """
    try:
        return _named(History.FromString(data).events)
    except DecodeError as error:
        _refuse("it", error)


def to_bytes(history: WorkflowHistory) -> bytes:
    """A history for another process."""
    return History(events=history.events).SerializeToString()


async def opened(history: WorkflowHistory, open: Open) -> None:
    """Have every sealed payload of a history opened, in its place."""
    for event in history.events:
        if SEALED not in event.SerializeToString():  # the least work for what nobody sealed
            continue
        sealed = [each for each in _payloads(event) if each.metadata.get("encoding") == SEALED]
        if sealed:
            for place, clear in zip(sealed, await open(sealed), strict=True):
                place.CopyFrom(clear)


def _refuse(name: str, error: Exception) -> NoReturn:
    raise Corrupt(
        f"{name} holds no history of Temporal's: {error}",
        code="temporal.history",
        next_step="save one: temporal workflow show --workflow-id TENANT/ID --output json",
    ) from error


def _named(recorded: Any) -> WorkflowHistory:
    found = list(recorded)
    started = found[0].workflow_execution_started_event_attributes if found else None
    return WorkflowHistory("" if started is None else started.workflow_id, found)


def _step(body: bytes, event: HistoryEvent) -> tuple[Key, Recorded]:
    scheduled = DECODERS[events.STEP_SCHEDULED](body)
    key = events.STEP_SCHEDULED, scheduled.step
    return key, Recorded(events.STEP_SCHEDULED, body, event.event_id)


def _first(payloads: Payloads) -> Payload:
    if not payloads.payloads:
        raise ValueError("a payload is missing")
    return payloads.payloads[0]


def _details(failure: Failure) -> dict[str, Any]:
    """What a failure of tarl's carries; nothing for another."""
    found = failure.application_failure_info.details.payloads
    if len(found) != 1:
        return {}
    details = msgspec.json.decode(found[0].data)
    return details if isinstance(details, dict) else {}


def _payloads(message: Message) -> Iterator[Payload]:
    """Every payload in a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            values = [each for each in value.values() if isinstance(each, Message)]
        elif isinstance(value, Message):
            values = [value]
        else:
            values = list(value)
        for each in values:
            yield from _payloads(each)
