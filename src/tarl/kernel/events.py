"""The kinds of event in a run's stream and how their bodies are written and read.

Bodies are canonical JSON by construction: members in order, values already canonical. Commands are
what the workflow's code decided; outcomes are what the world answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from tarl.journal.upcast import Upcasters
from tarl.kernel import marks
from tarl.kernel.acting import Acting, recorded_acting
from tarl.kernel.marks import Mark, Said
from tarl.kernel.wording import printable
from tarl.values.canonical import encode

T = TypeVar("T")

RUN_STARTED = "run.started/1"
RUN_COMPLETED = "run.completed/1"
RUN_FAILED = "run.failed/1"
RUN_CANCELLED = "run.cancelled/1"
RUN_TERMINATED = "run.terminated/1"
RUN_CONTINUED = "run.continued/1"
CANCEL_RECEIVED = "cancel.received/1"
CODE_CHANGED = "run.code_changed/1"
STEP_SCHEDULED = "step.scheduled/1"
STEP_COMPLETED = "step.completed/1"
STEP_FAILED = "step.failed/1"
STEP_DENIED = "step.denied/1"
ATTEMPT_FAILED = "step.attempt_failed/1"
STEP_CANCELLED = "step.cancelled/1"
STEP_RETRY_ALLOWED = "step.retry_allowed/1"
STEP_RETRIED = "step.retried/1"
TIMER_STARTED = "timer.started/1"
TIMER_FIRED = "timer.fired/1"
TIMER_CANCELLED = "timer.cancelled/1"
SIGNAL_RECEIVED = "signal.received/1"
UPDATE_ACCEPTED = "update.accepted/1"
UPDATE_REJECTED = "update.rejected/1"
UPDATE_COMPLETED = "update.completed/1"
UPDATE_FAILED = "update.failed/1"
CHILD_STARTED = "child.started/1"
CHILD_COMPLETED = "child.completed/1"
CHILD_FAILED = "child.failed/1"
CHILD_CANCELLED = "child.cancelled/1"
APPROVAL_REQUESTED = "approval.asked/1"
APPROVAL_RECEIVED = "approval.received/1"
SNAPSHOT_TAKEN = "snapshot.taken/1"
PATCH_MARKED = "patch.marked/1"

STEP_PARTS = "step.parts/1"
"""In a stream beside the run's: what an attempt gave of its result before the whole was there."""

COMMANDS = frozenset(
    {
        STEP_SCHEDULED,
        STEP_CANCELLED,
        TIMER_STARTED,
        TIMER_CANCELLED,
        UPDATE_COMPLETED,
        UPDATE_FAILED,
        CHILD_STARTED,
        CHILD_CANCELLED,
        APPROVAL_REQUESTED,
        SNAPSHOT_TAKEN,
        PATCH_MARKED,
        marks.VALUE_FIXED,
        marks.CALL_INTENDED,
        marks.RUN_DISTRUSTED,
        RUN_COMPLETED,
        RUN_FAILED,
        RUN_CANCELLED,
        RUN_CONTINUED,
    }
)
"""Decided by the workflow's code; replay compares each with what the code decides again."""

CLOSING = frozenset({RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, RUN_TERMINATED, RUN_CONTINUED})
"""Nothing follows one of these. All but a termination are the code's own decision."""


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
    """A run began; ``seed`` (hex) feeds its chance, ``engine`` is who drives it if not tarl."""

    code: str
    seed: str
    workflow: str
    input: msgspec.Raw
    fork_of: str | None = None
    fork_at: int | None = None
    parent: str | None = None
    child: int | None = None
    close_policy: str | None = None
    continues: str | None = None
    agent: str | None = None
    task: str | None = None
    lent: str | None = None
    taint: Mark | None = None
    engine: str | None = None

    @property
    def acting(self) -> Acting | None:
        """For whom the run acts, if for anybody."""
        return recorded_acting(self.agent, self.task, self.lent)


class Parentage(NamedTuple):
    """Whose child a run is: the parent's reference, the child's number there, and what becomes of
    it when the parent ends (``terminate``, ``cancel`` or ``abandon``).
    """

    parent: str
    child: int
    close_policy: str


class StepScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow asked for an effect."""

    activity: str
    args: msgspec.Raw
    step: int
    kwargs: msgspec.Raw = msgspec.Raw(b"{}")
    mode: str = "strict"
    token: str | None = None
    agent: str | None = None
    task: str | None = None
    lent: str | None = None
    taint: Mark | None = None

    @property
    def acting(self) -> Acting | None:
        """For whom the step is taken, if for another than the run acts for."""
        return recorded_acting(self.agent, self.task, self.lent)


class StepCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """An effect answered."""

    result: msgspec.Raw
    step: int
    untrusted: Said | None = None


class StepCompletedAs(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """An effect answered, the result read as its declared type."""

    result: T
    step: int
    untrusted: Said | None = None


class StepFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An effect raised, timed out or could not be recorded."""

    error: ErrorRecord
    step: int
    untrusted: Said | None = None


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


class AttemptFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt of a step failed and another one follows ``wait_ms`` after this event.

    ``details`` is what the attempt's last heartbeat said.
    """

    attempt: int
    error: ErrorRecord
    step: int
    wait_ms: int
    details: Any = None


class SignalReceived(msgspec.Struct, frozen=True, kw_only=True):
    """The run took a signal from its inbox; ``message`` is its number there."""

    message: int
    name: str
    payload: msgspec.Raw


class UpdateRejected(msgspec.Struct, frozen=True, kw_only=True):
    """The run refused an update before its code saw it."""

    error: ErrorRecord
    message: int
    name: str


class UpdateCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """The code answered an update that was accepted."""

    message: int
    result: msgspec.Raw


class UpdateFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The code failed over an update that was accepted."""

    error: ErrorRecord
    message: int


class ChildStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow asked for a run of another workflow, of this tenant, under ``id``."""

    child: int
    close_policy: str
    id: str
    input: msgspec.Raw
    workflow: str
    agent: str | None = None
    task: str | None = None
    lent: str | None = None
    taint: Mark | None = None
    endorses: dict[str, Any] | None = None

    @property
    def acting(self) -> Acting | None:
        """For whom the child acts, if for another than its parent."""
        return recorded_acting(self.agent, self.task, self.lent)


class ChildCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A child returned."""

    child: int
    result: msgspec.Raw
    taint: Mark | None = None


class ChildFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A child ended without a result, or could not begin (``status`` is then ``refused``)."""

    child: int
    error: ErrorRecord
    status: str
    taint: Mark | None = None


class ChildRef(msgspec.Struct, frozen=True, kw_only=True):
    """A child by its number."""

    child: int


class ApprovalRequested(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow asked people; ``request`` is what it asked, the request's own stream says it
    whole.
    """

    approval: str
    request: msgspec.Raw


class ApprovalReceived(msgspec.Struct, frozen=True, kw_only=True):
    """People decided, or did not in time."""

    approval: str
    message: int
    outcome: msgspec.Raw


class CancelReceived(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked the run to stop; its code may clean up."""

    message: int
    reason: str


class RunEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The run was cancelled or terminated; ``uncompensated`` names what could not be undone."""

    reason: str
    uncompensated: tuple[str, ...] = ()
    taint: Mark | None = None


class RunContinued(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow goes on as the run of the next number, with a new input and a new history."""

    input: msgspec.Raw
    taint: Mark | None = None


class RunCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow returned."""

    result: msgspec.Raw
    taint: Mark | None = None


class RunFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow raised; ``uncompensated`` names completed steps that could not be undone."""

    error: ErrorRecord
    uncompensated: tuple[str, ...] = ()
    taint: Mark | None = None


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
    RUN_CANCELLED: RunEnded,
    RUN_TERMINATED: RunEnded,
    RUN_CONTINUED: RunContinued,
    CANCEL_RECEIVED: CancelReceived,
    CODE_CHANGED: CodeChanged,
    STEP_SCHEDULED: StepScheduled,
    STEP_COMPLETED: StepCompleted,
    STEP_FAILED: StepFailed,
    STEP_DENIED: StepDenied,
    ATTEMPT_FAILED: AttemptFailed,
    STEP_CANCELLED: StepRef,
    STEP_RETRY_ALLOWED: StepRef,
    STEP_RETRIED: StepRef,
    TIMER_STARTED: TimerStarted,
    TIMER_FIRED: TimerRef,
    TIMER_CANCELLED: TimerRef,
    SIGNAL_RECEIVED: SignalReceived,
    UPDATE_ACCEPTED: SignalReceived,
    UPDATE_REJECTED: UpdateRejected,
    UPDATE_COMPLETED: UpdateCompleted,
    UPDATE_FAILED: UpdateFailed,
    CHILD_STARTED: ChildStarted,
    CHILD_COMPLETED: ChildCompleted,
    CHILD_FAILED: ChildFailed,
    CHILD_CANCELLED: ChildRef,
    APPROVAL_REQUESTED: ApprovalRequested,
    APPROVAL_RECEIVED: ApprovalReceived,
    SNAPSHOT_TAKEN: SnapshotTaken,
    PATCH_MARKED: PatchMarked,
    marks.VALUE_FIXED: marks.ValueFixed,
    marks.CALL_INTENDED: marks.CallIntended,
    marks.RUN_DISTRUSTED: marks.RunDistrusted,
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
    parentage: Parentage | None = None,
    continues: str | None = None,
    acting: Acting | None = None,
    taint: Mark | None = None,
    engine: str | None = None,
) -> bytes:
    """The body of ``run.started/1``; a fork names the run it left and the last event they share,
    a child its parent, a continuation the run that it continues.
    """
    fork, child, parent, continued, agent, lent, task = b"", b"", b"", b"", b"", b"", b""
    if fork_of is not None:
        fork = b'"fork_at":%d,"fork_of":%b,' % (fork_at or 0, encode(fork_of))
    if parentage is not None:
        child = b'"child":%d,"close_policy":"%b",' % (
            parentage.child,
            parentage.close_policy.encode(),
        )
        parent = b'"parent":%b,' % encode(parentage.parent)
    if continues is not None:
        continued = b'"continues":%b,' % encode(continues)
    continued += b"" if engine is None else b'"engine":%b,' % encode(engine)
    if acting is not None:
        agent, task = (b'"agent":%b,' % encode(acting.agent), b'"task":%b,' % encode(acting.task))
        lent = b'"lent":%b,' % encode(acting.lent) if acting.lent else b""
    mark = b"" if taint is None else b'"taint":%b,' % taint.json
    return b'{%b%b"code":"%b",%b%b"input":%b,%b%b"seed":"%b",%b%b"workflow":%b}' % (
        agent,
        child,
        code.encode(),
        continued,
        fork,
        input_json,
        lent,
        parent,
        seed.encode(),
        mark,
        task,
        encode(workflow),
    )


def step_scheduled_parts(
    activity: bytes, mode: str, token: str | None, acting: Acting | None = None
) -> tuple[bytes, ...]:
    """The body of ``step.scheduled/1`` up to the arguments, from there to the step's number, and
    what follows it.

    ``activity`` is its name as JSON, ``acting`` who takes the step if not whoever the run acts for.
    Keyword arguments, where there are any, come between the first two.
    """
    agent = b"" if acting is None else b',"agent":%b' % encode(acting.agent)
    end = b',"lent":%b' % encode(acting.lent) if acting and acting.lent else b""
    end += b"" if mode == "strict" else b',"mode":"%b"' % mode.encode()
    task = b',"task":%b' % encode(acting.task) if acting and acting.task else b""
    tail = b"}" if token is None else b',"token":%b}' % encode(token)
    return b'{"activity":%b%b,"args":' % (activity, agent), end + b',"step":', task + tail


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
