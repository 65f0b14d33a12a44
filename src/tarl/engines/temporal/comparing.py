"""What the code decides in a replay, compared with what one history of Temporal's holds.

1. Steps, timers and requests for approval have to come in the recorded order. A decision that the
   history does not hold may be one that was taken back at once, of which Temporal is told nothing;
   Temporal's own replayer refuses it where it is not.
2. The first difference is what the replay came to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tarl.engines.temporal.recorded import Decisions, Key, child_body
from tarl.errors import NondeterminismError, TarlError
from tarl.kernel import events
from tarl.kernel.commands import Command
from tarl.kernel.divergence import Recorded, diverged
from tarl.kernel.events import DECODERS

if TYPE_CHECKING:
    from tarl.engines.temporal.shell import Shell
    from tarl.kernel.execution import Execution

_ELSE = "the code decided something else"
_NOT_REACHED = "the code did not get to this command"
_GOES_ON = "the code goes on after the recorded end"
_NOT_HELD = "the history holds nothing of the kind here"


class Comparison:
    """One history, against which the code's decisions are held as they come.

    Attributes:
        decisions: What the history holds.
        error: The first thing that went wrong.
    """

    def __init__(self, decisions: Decisions, *, strict: bool) -> None:
        self.decisions = decisions
        self.error: TarlError | None = None
        self._strict = strict
        self._places = {key: at for at, (key, _) in enumerate(decisions.ordered)}
        self._at = 0
        self._beside = dict(decisions.beside)
        self._more: dict[Key, Command] = {}
        self._ahead: Command | None = None
        self._timers: dict[int, int] = {}
        self._execution: Execution | None = None
        self._where: list[str] = []

    def check(self, command: Command, shell: Shell) -> None:
        """Compare one decision.

        Raises:
            NondeterminismError: the history holds another.
        """
        self._execution = shell.execution
        kind, number = command.kind, command.number
        if kind in events.CLOSING:
            self._check_closing(command)
        elif kind in (events.UPDATE_COMPLETED, events.UPDATE_FAILED):
            recorded = self.decisions.answers.get(DECODERS[kind](command.body).message)
            if recorded is not None:
                self._compare(recorded, command)
        elif kind == events.STEP_SCHEDULED:
            self._check_place((kind, number), command)
        elif kind == events.TIMER_STARTED:
            self._timers[number] = len(self._timers) + 1
            self._check_place((kind, self._timers[number]), command)
        elif kind == events.APPROVAL_REQUESTED:
            self._check_place((kind, DECODERS[kind](command.body).approval), command)
        elif kind == events.CHILD_STARTED:
            self._check_child(command, shell)
        elif kind == events.STEP_CANCELLED:
            self._more.pop((events.STEP_SCHEDULED, number), None)
        elif kind == events.TIMER_CANCELLED:
            self._more.pop((events.TIMER_STARTED, self._timers[number]), None)

    def fail(self, error: BaseException) -> None:
        """Something went wrong; what is not tarl's own error is told by Temporal's library."""
        if self.error is None and isinstance(error, TarlError):
            self.error = error

    def left(self, execution: Execution) -> None:
        """The code is let go where it stands."""
        if not execution.closed:
            self._execution, self._where = execution, execution.where()

    def refused(self, message: str) -> NondeterminismError | None:
        """The error for what Temporal's own replayer refused; None where the code only goes on
        after the recorded end, and may.
        """
        recorded, closing = self._next_recorded(), self.decisions.closing
        if not self._strict and closing is not None and recorded == closing:
            return None
        command = next(iter(self._more.values()), None if recorded is None else self._ahead)
        if (recorded is None and command is None) or self._execution is None:
            run = self.decisions.run.ref
            return NondeterminismError(
                f"{run}: the code decided something else: {message}",
                next_step="restore the code, or guard the change with ctx.patched(...)",
                run=run,
                temporal=message,
            )
        if recorded is not None:
            why = _NOT_REACHED if command is None else _ELSE
        else:
            why = _NOT_HELD if self.decisions.status == "running" else _GOES_ON
        return diverged(self._execution, recorded, command, why, where=self._where)

    def _next_recorded(self) -> Recorded | None:
        """The first decision in the history that the code has not come to."""
        left = list(self._beside.values())
        if self._at < len(self.decisions.ordered):
            left.append(self.decisions.ordered[self._at][1])
        if not left and self.decisions.closing is not None:
            left.append(self.decisions.closing)
        return min(left, key=lambda each: each.seq, default=None)

    def _check_place(self, key: Key, command: Command) -> None:
        place = self._places.get(key)
        if place is None:
            self._check_beside(key, command, command.body)
            return
        recorded = self.decisions.ordered[self._at][1]
        if place != self._at:
            raise self._diverged(recorded, command)
        self._at, self._ahead = self._at + 1, None
        if recorded.kind == events.TIMER_STARTED:
            body = recorded.body[:-1] + b',"timer":%d}' % command.number  # Temporal counts its own
            recorded = recorded._replace(body=body)
        self._compare(recorded, command)

    def _check_beside(self, key: Key, command: Command, body: bytes) -> None:
        recorded = self._beside.pop(key, None)
        if recorded is None:
            self._more[key] = command
            return
        if recorded.body != body:
            self._compare(recorded, command)
        following = self.decisions.ordered[self._at :][:1]
        if self._ahead is None and following and following[0][1].seq < recorded.seq:
            self._ahead = command  # what the code has come to without what should come before

    def _check_child(self, command: Command, shell: Shell) -> None:
        child = DECODERS[command.kind](command.body)
        body = child_body(
            child.child,
            child.workflow,
            child.id,
            child.input,
            policy=child.close_policy,
            acting=shell.descent.acting_of(child),
            taint=child.taint,
        )
        shown = Command(command.kind, body, command.number)
        self._check_beside((command.kind, command.number), shown, body)

    def _check_closing(self, command: Command) -> None:
        if self._at < len(self.decisions.ordered):
            raise self._diverged(self.decisions.ordered[self._at][1], command)
        closing = self.decisions.closing
        if closing is None:
            self._more[command.kind, 0] = command
            return
        if closing.kind != command.kind:
            raise self._diverged(closing, command)
        if closing.kind != events.RUN_CANCELLED:  # of which Temporal keeps no reason
            self._compare(closing, command)

    def _compare(self, recorded: Recorded, command: Command) -> None:
        assert self._execution is not None
        same = recorded.kind == command.kind and recorded.body == command.body
        if not same and not command.adopt(recorded.body, self._execution.read):
            raise self._diverged(recorded, command)

    def _diverged(self, recorded: Recorded, command: Command) -> NondeterminismError:
        assert self._execution is not None
        return diverged(self._execution, recorded, command, _ELSE)
