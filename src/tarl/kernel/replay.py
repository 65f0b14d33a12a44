"""Replay: the same code fed its recorded history, each command compared with the recorded one.

No effect runs. A command that differs in kind, content or position is a ``NondeterminismError``
that shows both sides and where in the code; so is a history that the code no longer reaches the
end of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import msgspec

from tarl.errors import Corrupt, NondeterminismError, TarlError, UnknownOutcome
from tarl.journal.event import Event
from tarl.kernel import events, guard
from tarl.kernel.commands import Command, step_error
from tarl.kernel.divergence import Recorded, diverged
from tarl.kernel.events import DECODERS, UPCASTERS, ChildStarted
from tarl.kernel.execution import Execution
from tarl.kernel.gateway import denied
from tarl.values.ids import RunId

_RESULT_IN_BLOB = b'{"result":{"$blob":'


class Attempts(NamedTuple):
    """Failed attempts of an open step: how many, when the next is due, what the last heartbeat
    said, and whether the next has not begun yet.
    """

    failed: int
    due_ms: int
    details: Any
    is_waiting: bool


_RECEIVED = frozenset(
    {
        events.SIGNAL_RECEIVED,
        events.UPDATE_ACCEPTED,
        events.UPDATE_REJECTED,
        events.CANCEL_RECEIVED,
        events.APPROVAL_RECEIVED,
    }
)


class Replay:
    """Feeds one run's events, after ``run.started``, to its execution.

    Args:
        execution: The code that is replayed.
        fork_at: The last event that the run shares with the one it was forked from.

    Attributes:
        open_steps: Recorded steps that have no outcome yet, by number.
        open_timers: Recorded timers that have not fired, by number, with the time they were set
            (ms).
        retries: Cut-off steps that a person allowed to be tried again.
        attempts: Failed attempts of open steps, by number.
        open_children: Recorded children that have not ended, by number.
        inbox_seq: The last message of the inbox that the run has taken.
        events: How many events have been fed.
        seq: The last of them.
        steps: How many steps they asked for.
        code: The digest of the code that a recorded change of code went on with, if there was one.
    """

    def __init__(self, execution: Execution, *, fork_at: int = 0) -> None:
        self.execution = execution
        self._fork_at = fork_at
        execution.is_fork = fork_at > 0
        self.open_steps: dict[int, Command] = {}
        self.open_timers: dict[int, tuple[Command, int]] = {}
        self.retries: set[int] = set()
        self.attempts: dict[int, Attempts] = {}
        self.open_children: dict[int, ChildStarted] = {}
        self.cancelled_children: set[int] = set()
        self.inbox_seq = 0
        self.events = 0
        self.seq = 1
        self.steps = 0
        self.code: str | None = None
        self._ended = False

    def feed_all(self, block: Sequence[Event]) -> None:
        """The same as ``feed`` for each of the events, in one loop for those that are many.

        Raises:
            NondeterminismError: the code did something else.
        """
        execution, open_steps = self.execution, self.open_steps
        commands = execution.commands
        before = self.events - 1
        with execution.entered():
            for at, event in enumerate(block, 1):
                _, seq, kind, body, _, at_ms, _, _, _, _ = event
                if kind == events.STEP_SCHEDULED and commands:
                    command = commands[0]
                    if command.body == body and command.kind == kind:
                        self.seq = seq
                        self.steps += 1
                        command.at_ms = at_ms
                        open_steps[command.number] = commands.popleft()
                        continue
                elif kind == events.STEP_COMPLETED and len(open_steps) == 1 and body is not None:
                    self.seq = seq
                    if self._complete_only_step(body, at_ms):
                        continue
                self.events = before + at
                self.feed(event)
        self.events = before + 1 + len(block)

    def _complete_only_step(self, body: bytes, at_ms: int) -> bool:
        """Deliver the result of the one step that is open, read in one pass as its declared type;
        False, and nothing done, where that is not what the event says.
        """
        ((number, command),) = self.open_steps.items()
        if self._ended or command.activity is None or body.startswith(_RESULT_IN_BLOB):
            return False
        try:
            outcome = command.activity.decode_completed(body)
        except (TarlError, msgspec.MsgspecError):
            return False
        if outcome.step != number:
            return False
        del self.open_steps[number]
        if outcome.untrusted is not None:
            self.execution.distrust_step(number, outcome.untrusted)
        self.execution.complete_step(number, outcome.result, at_ms=at_ms)
        if self.execution.defect is not None:
            raise self.execution.defect
        return True

    def feed(self, event: Event) -> None:
        """Match a command or deliver an outcome.

        Raises:
            NondeterminismError: the code did something else.
        """
        self.events += 1
        self.seq = event.seq
        self._feed(event)
        if self.execution.defect is not None:
            raise self.execution.defect

    def _feed(self, event: Event) -> None:
        kind, body = event.kind, event.body
        if body is None:
            raise NondeterminismError(
                f"event {event.seq} of {event.stream} is erased; a replay needs its content",
                code="replay.erased",
                seq=event.seq,
            )
        if self._ended:
            raise _impossible(event, "follows the run's end", code="run.after_end")
        if kind == events.STEP_SCHEDULED:
            command = self._match(event)
            self.open_steps[command.number] = command
            command.at_ms = event.recorded_at_ms
            self.steps += 1
        elif kind == events.STEP_COMPLETED:
            outcome = DECODERS[kind](body)
            self._close_step(event, outcome.step)
            if outcome.untrusted is not None:
                self.execution.distrust_step(outcome.step, outcome.untrusted)
            self.execution.complete_step_json(
                outcome.step, bytes(outcome.result), at_ms=event.recorded_at_ms
            )
        elif kind in events.COMMANDS:
            self._feed_command(event)
        else:
            self._feed_outcome(event, body)

    def finish(self) -> None:
        """Say that the history is over and must have been whole.

        Raises:
            NondeterminismError: the code goes on where the recorded run had ended.
        """
        if self.execution.commands:
            command = self.execution.commands[0]
            self._diverged(None, command, "the code goes on after the recorded end")

    def _feed_command(self, event: Event) -> None:
        command = self._match(event)
        if event.kind == events.TIMER_STARTED:
            self.open_timers[command.number] = command, event.recorded_at_ms
        elif event.kind == events.TIMER_CANCELLED:
            self.open_timers.pop(command.number, None)
        elif event.kind == events.STEP_CANCELLED:
            self.open_steps.pop(command.number, None)
        elif event.kind == events.CHILD_STARTED:
            child = self.open_children[command.number] = DECODERS[event.kind](event.body or b"")
            assert child.child == command.number
        elif event.kind == events.CHILD_CANCELLED:
            self.cancelled_children.add(command.number)
        elif event.kind in events.CLOSING:
            self._ended = True

    def _feed_outcome(self, event: Event, body: bytes) -> None:
        kind, at_ms, execution = event.kind, event.recorded_at_ms, self.execution
        if kind == events.STEP_FAILED:
            outcome = DECODERS[kind](body)
            activity = self._close_step(event, outcome.step)
            if outcome.untrusted is not None:
                execution.distrust_step(outcome.step, outcome.untrusted)
            execution.fail_step(
                outcome.step, step_error(outcome.error, activity=activity), at_ms=at_ms
            )
        elif kind == events.STEP_DENIED:
            outcome = DECODERS[kind](body)
            activity = self._close_step(event, outcome.step)
            execution.fail_step(
                outcome.step, denied(outcome.reasons, activity=activity), at_ms=at_ms
            )
        elif kind == events.TIMER_FIRED:
            number = DECODERS[kind](body).timer
            if self.open_timers.pop(number, None) is None:
                raise _impossible(event, f"fires timer {number}, which is not running")
            execution.fire_timer(number, at_ms=at_ms)
        elif kind == events.STEP_RETRY_ALLOWED:
            self.retries.add(DECODERS[kind](body).step)
        elif kind == events.STEP_RETRIED:
            step = DECODERS[kind](body).step
            self.retries.discard(step)
            if step in self.attempts:
                self.attempts[step] = self.attempts[step]._replace(is_waiting=False)
        elif kind == events.ATTEMPT_FAILED:
            failed = DECODERS[kind](body)
            if failed.step not in self.open_steps:
                raise _impossible(event, f"is of step {failed.step}, which is not open")
            self.attempts[failed.step] = Attempts(
                failed.attempt, at_ms + failed.wait_ms, failed.details, True
            )
        elif kind == events.RUN_TERMINATED:
            self._ended = True
            execution.commands.clear()
        elif kind in _RECEIVED:
            self._feed_received(event, DECODERS[kind](body))
        elif kind in (events.CHILD_COMPLETED, events.CHILD_FAILED):
            self._feed_child(event, DECODERS[kind](body))
        elif kind == events.CODE_CHANGED:
            self.code = DECODERS[kind](body).code
        elif kind in UPCASTERS:
            self._feed(UPCASTERS.read(event))
        else:
            raise NondeterminismError(
                f"event {event.seq} is of kind {kind}, which this version does not know",
                code="replay.unknown_kind",
                next_step="replay with the version of tarl that recorded it",
                kind=kind,
            )

    def _feed_received(self, event: Event, received: Any) -> None:
        kind, at_ms, execution = event.kind, event.recorded_at_ms, self.execution
        if event.seq > self._fork_at:  # a fork has an inbox of its own
            self.inbox_seq = max(self.inbox_seq, received.message)
        if kind == events.SIGNAL_RECEIVED:
            execution.receive_signal(received.name, bytes(received.payload), at_ms=at_ms)
        elif kind == events.UPDATE_ACCEPTED:
            execution.accept_update(
                received.message, received.name, bytes(received.payload), at_ms=at_ms
            )
        elif kind == events.CANCEL_RECEIVED:
            execution.cancel(received.reason, at_ms=at_ms)
        elif kind == events.APPROVAL_RECEIVED:
            execution.receive_approval(received.approval, bytes(received.outcome), at_ms=at_ms)

    def _feed_child(self, event: Event, ended: Any) -> None:
        if self.open_children.pop(ended.child, None) is None:
            raise _impossible(event, f"ends child {ended.child}, which is not open")
        at_ms, execution = event.recorded_at_ms, self.execution
        if event.kind == events.CHILD_COMPLETED:
            execution.complete_child(ended, at_ms=at_ms)
        else:
            execution.fail_child(ended, at_ms=at_ms)

    def _close_step(self, event: Event, step: int) -> str:
        """The name of the activity that the event answers."""
        command = self.open_steps.pop(step, None)
        if command is None:
            raise _impossible(event, f"answers step {step}, which is not open")
        self.attempts.pop(step, None)
        assert command.activity is not None
        return command.activity.name

    def _match(self, event: Event) -> Command:
        commands = self.execution.commands
        if not commands:
            self._diverged(event, None, "the code did not get to this command")
        command = commands.popleft()
        same = command.kind == event.kind
        if not same or (command.body != event.body and not self._adopts(command, event)):
            self._diverged(event, command, "the code decided something else")
        return command

    def _adopts(self, command: Command, event: Event) -> bool:
        """Whether the recorded arguments stand, because some of them were taken out."""
        with guard.suspended():  # the shelf may read the tenant's key
            return event.body is not None and command.adopt(event.body, self.execution.read)

    def _diverged(self, event: Event | None, command: Command | None, why: str) -> NoReturn:
        recorded = None if event is None else Recorded(event.kind, event.body or b"", event.seq)
        raise diverged(self.execution, recorded, command, why)


def _impossible(event: Event, what: str, *, code: str = "run.impossible") -> Corrupt:
    """The error of a history that no run can have had, though its digests are right."""
    run = RunId.from_stream(event.stream).ref
    return Corrupt(f"{run}@{event.seq}: {event.kind} {what}", code=code, run=run, seq=event.seq)


def unknown_outcome(execution: Execution, command: Command) -> UnknownOutcome:
    """The error of a run that cannot go on before somebody decides about a cut-off step."""
    assert command.activity is not None
    run = execution.run.ref
    return UnknownOutcome(
        f"{run}: step {command.number} ({command.activity.name}) is not idempotent and was cut off;"
        " whether it took effect is unknown",
        next_step=f"find out, then: tarl resolve {run} {command.number}"
        " --result JSON | --failed TEXT | --retry",
        run=run,
        step=command.number,
        activity=command.activity.name,
    )
