"""The kinds of event in a run's stream and how their bodies are written and read.

Bodies are canonical JSON by construction: members in order, values already canonical. Commands are
what the workflow's code decided; outcomes are what the world answered.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from tarl.journal.upcast import Upcasters
from tarl.values.canonical import encode

T = TypeVar("T")

RUN_STARTED = "run.started/1"
RUN_COMPLETED = "run.completed/1"
RUN_FAILED = "run.failed/1"
CODE_CHANGED = "run.code_changed/1"
STEP_SCHEDULED = "step.scheduled/1"
STEP_COMPLETED = "step.completed/1"
STEP_FAILED = "step.failed/1"
STEP_DENIED = "step.denied/1"
STEP_CANCELLED = "step.cancelled/1"
STEP_RETRY_ALLOWED = "step.retry_allowed/1"
STEP_RETRIED = "step.retried/1"
TIMER_STARTED = "timer.started/1"
TIMER_FIRED = "timer.fired/1"
TIMER_CANCELLED = "timer.cancelled/1"
SNAPSHOT_TAKEN = "snapshot.taken/1"
PATCH_MARKED = "patch.marked/1"

COMMANDS = frozenset(
    {
        STEP_SCHEDULED,
        STEP_CANCELLED,
        TIMER_STARTED,
        TIMER_CANCELLED,
        SNAPSHOT_TAKEN,
        PATCH_MARKED,
        RUN_COMPLETED,
        RUN_FAILED,
    }
)
"""Decided by the workflow's code; replay compares each with what the code decides again."""

CLOSING = frozenset({RUN_COMPLETED, RUN_FAILED})
"""Nothing follows one of these."""


ERROR_CHARS_MAX = 8_192
"""An error's recorded text is cut to this: it is for people, and lies in the event itself."""


class ErrorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded failure; ``id`` is ``SHA-256(workflow_id:message)`` in hex for a run's own."""

    type: str
    message: str
    id: str | None = None


class BlobRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where a large value lies: SHA-256 (or keyed digest) in hex, and its size in bytes."""

    digest: str
    size: int


class BlobHolder(msgspec.Struct, frozen=True, kw_only=True):
    """The body's place of a value that lies in a blob."""

    ref: BlobRef = msgspec.field(name="$blob")


class RunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A run began; ``seed`` (hex) feeds its random streams and identifiers."""

    code: str
    seed: str
    workflow: str
    input: msgspec.Raw
    fork_of: str | None = None
    fork_at: int | None = None


class StepScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow asked for an effect."""

    activity: str
    args: msgspec.Raw
    step: int
    kwargs: msgspec.Raw = msgspec.Raw(b"{}")
    mode: str = "strict"


class StepCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """An effect answered."""

    result: msgspec.Raw
    step: int


class StepCompletedAs(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """An effect answered, the result read as its declared type."""

    result: T
    step: int


class StepFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An effect raised, timed out or could not be recorded."""

    error: ErrorRecord
    step: int


class StepDenied(msgspec.Struct, frozen=True, kw_only=True):
    """The gate refused an effect, which therefore did not run."""

    reasons: list[dict[str, Any]]
    step: int


class StepRef(msgspec.Struct, frozen=True, kw_only=True):
    """A step by its number."""

    step: int


class TimerStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A timer was set; it is due ``delay_ms`` after this event's recorded time."""

    delay_ms: int
    timer: int


class TimerRef(msgspec.Struct, frozen=True, kw_only=True):
    """A timer by its number."""

    timer: int


class RunCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow returned."""

    result: msgspec.Raw


class RunFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow raised."""

    error: ErrorRecord


class SnapshotTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow recorded its state; ``id`` is ``SHA-256(workflow_id:counter:state_json)``."""

    id: str
    state: msgspec.Raw


class PatchMarked(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow took the new side of a patch."""

    id: str


class CodeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The run goes on with code of another digest."""

    code: str


BODIES: dict[str, type[msgspec.Struct]] = {
    RUN_STARTED: RunStarted,
    RUN_COMPLETED: RunCompleted,
    RUN_FAILED: RunFailed,
    CODE_CHANGED: CodeChanged,
    STEP_SCHEDULED: StepScheduled,
    STEP_COMPLETED: StepCompleted,
    STEP_FAILED: StepFailed,
    STEP_DENIED: StepDenied,
    STEP_CANCELLED: StepRef,
    STEP_RETRY_ALLOWED: StepRef,
    STEP_RETRIED: StepRef,
    TIMER_STARTED: TimerStarted,
    TIMER_FIRED: TimerRef,
    TIMER_CANCELLED: TimerRef,
    SNAPSHOT_TAKEN: SnapshotTaken,
    PATCH_MARKED: PatchMarked,
}

DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}
"""Kind -> the function that reads its body."""

UPCASTERS = Upcasters()
"""Kinds of earlier versions and how they are read as today's. So far no kind has had to change."""


def run_started(
    *,
    code: str,
    seed: str,
    workflow: str,
    input_json: bytes,
    fork_of: str | None = None,
    fork_at: int | None = None,
) -> bytes:
    """The body of ``run.started/1``; a fork names the run it left and the last event they share."""
    fork = b""
    if fork_of is not None:
        fork = b'"fork_at":%d,"fork_of":%b,' % (fork_at or 0, encode(fork_of))
    return b'{"code":"%b",%b"input":%b,"seed":"%b","workflow":%b}' % (
        code.encode(),
        fork,
        input_json,
        seed.encode(),
        encode(workflow),
    )


def step_scheduled_parts(activity: bytes, mode: str) -> tuple[bytes, bytes]:
    """The body of ``step.scheduled/1`` up to the arguments, and from there to the step's number.

    ``activity`` is its name as JSON. Keyword arguments, where there are any, come between the two.
    """
    end = b"" if mode == "strict" else b',"mode":"%b"' % mode.encode()
    return b'{"activity":%b,"args":' % activity, end + b',"step":'


def snapshot_id(workflow_id: str, *, issued: int, state_json: bytes) -> str:
    """``SHA-256(workflow_id:counter:state_json)`` in hex; the counter is the number of commands
    that were issued before.
    """
    return sha256(f"{workflow_id}:{issued}:".encode() + state_json).hexdigest()


def snapshot_taken(snapshot_id: str, state: bytes) -> bytes:
    """The body of ``snapshot.taken/1``; ``state`` is what stands for it in a body."""
    return b'{"id":"%b","state":%b}' % (snapshot_id.encode(), state)


def step_completed(result: bytes, step: int) -> bytes:
    """The body of ``step.completed/1``; ``result`` is canonical JSON."""
    return b'{"result":%b,"step":%d}' % (result, step)


def step_failed(error: ErrorRecord, step: int) -> bytes:
    """The body of ``step.failed/1``."""
    return b'{"error":%b,"step":%d}' % (error_json(error), step)


def error_json(error: ErrorRecord) -> bytes:
    """An error record as canonical JSON; what JSON cannot carry of its text is escaped."""
    record = {"message": printable(error.message), "type": printable(error.type)}
    if error.id is not None:
        record["id"] = error.id
    return encode(record)


def printable(text: str) -> str:
    """The text with what is no Unicode character escaped, cut to ``ERROR_CHARS_MAX``."""
    if len(text) > ERROR_CHARS_MAX:
        text = f"{text[:ERROR_CHARS_MAX]}... ({len(text)} characters)"
    return text.encode("utf-8", "backslashreplace").decode()
