"""What travels through Temporal: inputs, outcomes and errors as JSON, with tarl's own bytes inside.

1. Every payload is ``json/plain``, so that Temporal's UI shows it, and holds the canonical JSON
   that the journal holds: what is read back is what was recorded, byte by byte.
2. A mark travels beside a result in the payload's metadata, under ``tarl-taint``.
3. So does, under ``tarl-asked``, the step that a local activity carried out, whose input Temporal
   does not keep: a replay compares it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Literal

import msgspec
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.conditions import as_data, read_condition
from tarl.kernel.definition import Activity
from tarl.kernel.marks import Mark
from tarl.kernel.retry import RetryPolicy
from tarl.kernel.taint import Intent, Suspicion
from tarl.values.ids import RunId, encode_segment

ENGINE = "temporal"
"""How the first event of a run names who drives it."""

BEGIN, CLOSE, ASK, CALL_OFF = "tarl.begin", "tarl.close", "tarl.ask", "tarl.call_off"
ATTACH, MARK = "tarl.attach", "tarl.mark"
"""Activities of the adapter's own; a wire name of a user's cannot be one of them."""

DUE, SCHEDULED = "tarl.due", "tarl.scheduled"
"""The activity that says what a schedule starts at a time, and the workflow that starts it."""

OWN = frozenset({BEGIN, CLOSE, ASK, CALL_OFF, ATTACH, MARK, DUE, SCHEDULED})

ASKS_MARKS = "tarl:marks-of-cancelled-children"
"""A patch of the adapter's own: runs that began before it do not ask."""

_TAINT, _ASKED = "tarl-taint", "tarl-asked"
_ENCODING = {"encoding": b"json/plain"}


NOT_GIVEN = msgspec.Raw(b"")

Shown = Literal["", "names", "agent"]
"""What a run is found by: nothing, names without the agent's, or all."""

NOTHING = b"null"
"""What an activity answers that has nothing to say."""


class Start(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run begins with; ``input`` is what its first event holds, ``unread`` are signals that
    the run before it was given and has not read, ``besides`` what the code that asked for a child
    said besides, ``depth`` how many ancestors it has, ``shown`` what the run is found by
    (``attributes``).
    """

    run: str
    seed: str
    input: msgspec.Raw
    acting: Acting | None = None
    taint: Mark | None = None
    parent: str | None = None
    child: int = 0
    close_policy: str = ""
    continues: str | None = None
    unread: list[tuple[str, msgspec.Raw]] = []
    besides: dict[str, Any] = {}
    depth: int = 0
    shown: Shown = ""

    @property
    def parentage(self) -> events.Parentage | None:
        """Whose child the run is."""
        if self.parent is None:
            return None
        return events.Parentage(self.parent, self.child, self.close_policy)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a call may say otherwise than its activity's declaration; see ``Activity.options``."""

    idempotent: bool
    pure: bool
    timeout_ms: int | None
    total_timeout_ms: int | None
    heartbeat_ms: int | None
    retry: RetryPolicy | None
    token: str | None
    capture: str


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that is to be carried out: the body of its event, and what that does not hold.

    ``args`` and ``kwargs`` are there when the event holds their digest alone; ``at_ms`` is when it
    was asked for.
    """

    run: str
    workflow: str
    scheduled: msgspec.Raw
    at_ms: int
    args: msgspec.Raw = NOT_GIVEN
    kwargs: msgspec.Raw = NOT_GIVEN
    options: Options | None = None
    undoes: bool = False
    intent: dict[str, Any] | None = None
    near: list[dict[str, Any]] = []


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """The first event of a run, to be recorded."""

    run: str
    started: msgspec.Raw


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """The event that closes a run, to be recorded."""

    run: str
    kind: str
    closing: msgspec.Raw


class CallOff(msgspec.Struct, frozen=True, kw_only=True):
    """A step that nobody waits for any more; ``scheduled`` is the body of its event."""

    run: str
    scheduled: msgspec.Raw


class Attach(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A child whose id has a run already: which, and what the code asked for."""

    run: str
    workflow: str
    input: msgspec.Raw
    parent: str
    child: int
    acting: Acting | None = None


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was cancelled: with which mark did it end?"""

    run: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event, told by an activity."""

    kind: str
    body: msgspec.Raw


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request for approval, to be put before people; ``asked`` is the body of its event."""

    run: str
    asked: msgspec.Raw


_encode = msgspec.json.Encoder().encode


def sent(value: msgspec.Struct) -> RawValue:
    """A struct as a payload."""
    return raw(_encode(value))


def raw(data: bytes, *, taint: Mark | None = None, asked: bytes | None = None) -> RawValue:
    """JSON as a payload."""
    metadata = _ENCODING if taint is None else {**_ENCODING, _TAINT: taint.json}
    if asked is not None:
        metadata = {**metadata, _ASKED: asked}
    return RawValue(Payload(metadata=metadata, data=data))


def reader(kind: type[Any]) -> Callable[[RawValue], Any]:
    """Reads payloads of one struct."""
    decode = msgspec.json.Decoder(kind).decode
    return lambda value: decode(value.payload.data)


def data_of(args: Sequence[RawValue]) -> bytes:
    """The JSON of a message's payload; null for one without."""
    return args[0].payload.data if args else b"null"


def taint_of(value: RawValue) -> Mark | None:
    """The mark that a result bears."""
    found = value.payload.metadata.get(_TAINT)
    return None if found is None else msgspec.json.decode(found, type=Mark)


def asked_of(value: RawValue) -> bytes | None:
    """The step that a local activity's result says it is of."""
    return value.payload.metadata.get(_ASKED)


def workflow_id(run: RunId) -> str:
    """Temporal's name of a run: its tenant and id; the run's number is that of its history."""
    return f"{encode_segment(run.tenant)}/{encode_segment(run.workflow_id)}"


def options_of(activity: Activity[..., Any]) -> Options:
    """What a call says, whatever its activity declares."""
    return Options(
        idempotent=activity.idempotent,
        pure=activity.pure,
        timeout_ms=activity.timeout_ms,
        total_timeout_ms=activity.total_timeout_ms,
        heartbeat_ms=activity.heartbeat_ms,
        retry=activity.retry,
        token=activity.token,
        capture=activity.capture,
    )


def with_options(activity: Activity[..., Any], options: Options) -> Activity[..., Any]:
    """The activity as a call wants it."""
    return activity.options(**{name: getattr(options, name) for name in options.__struct_fields__})


def intent_data(intent: Intent) -> dict[str, Any]:
    """A fixed call as data."""
    return {
        "activity": intent.activity,
        "arguments": as_data(intent.arguments),
        "times": intent.times,
        "used": intent.used,
    }


def suspicion_of(call: Call, mark: Mark | None) -> Suspicion | None:
    """What the gate is told about a step that was asked for under a mark."""
    if mark is None:
        return None
    intent = None if call.intent is None else _intent(call.intent)
    near = [_intent(data) for data in call.near]
    return Suspicion(mark, intent, undoes=call.undoes, near=near)


def _intent(data: dict[str, Any]) -> Intent:
    conditions = {name: read_condition(each) for name, each in data["arguments"].items()}
    return Intent(
        activity=data["activity"],
        arguments=conditions,
        times=data["times"],
        used=data["used"],
    )


def failure(
    kind: str, body: bytes, *, said: str, type: str, asked: bytes | None = None
) -> ApplicationError:
    """An outcome that is a failure, as Temporal shows it; ``body`` is that of its event."""
    details = {"kind": kind, "body": body.decode()}
    if asked is not None:
        details["asked"] = asked.decode()
    return ApplicationError(
        said,
        details,
        type=type,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,  # recorded: no fault of the worker's
    )


def later(message: str, *, type: str, wait_ms: int) -> ApplicationError:
    """What makes Temporal try an activity again after a wait."""
    return ApplicationError(
        message,
        type=type,
        next_retry_delay=timedelta(milliseconds=max(1, wait_ms)),
        category=ApplicationErrorCategory.BENIGN,
    )


def over(message: str, *, type: str) -> ApplicationError:
    """What ends an activity of which nobody wants to know any more."""
    benign = ApplicationErrorCategory.BENIGN  # nobody's fault, so its trace says nothing
    return ApplicationError(message, type=type, non_retryable=True, category=benign)


def failed_with(error: ApplicationError) -> tuple[str, bytes] | None:
    """The event that a failure stands for; None for one that is not tarl's."""
    if len(error.details) != 1 or not isinstance(error.details[0], dict):
        return None
    found: dict[str, Any] = dict(error.details[0])
    if not isinstance(found.get("body"), str):
        return None
    return str(found.get("kind")), found["body"].encode()
