"""What a live run is told by others and tells them: its inbox, its children, the people it asks.

Messages are taken strictly in the inbox's order. One is received when its event is on disk; the
code sees it after that, as it sees every outcome.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tarl.engines.embedded.asking import ENDED
from tarl.engines.embedded.handover import pass_on
from tarl.errors import TarlError, Unavailable
from tarl.journal.event import Event
from tarl.journal.patience import AWAY_WAIT_S, unwaiting
from tarl.kernel import events, inbox
from tarl.kernel.commands import Command
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS, ChildStarted
from tarl.values.canonical import quote
from tarl.values.verdict import Hold

if TYPE_CHECKING:
    from tarl.engines.embedded.live_run import LiveRun
    from tarl.kernel.replay import Replay

JUDGE_TRIES_MAX = 100
"""An update is judged when everything recorded before it has been seen by the code; a run that is
never quiet judges it after so many commits all the same."""


class Letters:
    """One live run's correspondence."""

    def __init__(self, live: LiveRun) -> None:
        self._live = live
        self._seq = 0
        self._queue: deque[Event] = deque()
        self._on_the_way: deque[tuple[str, bytes]] = deque()
        self._judging = False
        self._has_asked = False

    def go_on(self, replay: Replay) -> None:
        """Take up where the recorded history ends."""
        self._seq = replay.inbox_seq
        if replay.events == 0:
            live = self._live
            pass_on(live.engine.store, live.run, at_ms=live.engine.clock.now_ms())
        self._has_asked = replay.events > 0  # whoever had the run before may have asked
        for child in replay.open_children.values():
            self._raise(child)
            if child.child in replay.cancelled_children:
                self._cancel_child(child.child)
        self.take_back()
        self.look()

    def note(self, command: Command) -> None:
        """A command was recorded: tell whom it concerns once it is on disk."""
        live = self._live
        if command.kind == events.CHILD_STARTED:
            live.then(self._raise, DECODERS[command.kind](command.body))
        elif command.kind == events.CHILD_CANCELLED:
            live.then(self._cancel_child, command.number)
        elif command.kind == events.APPROVAL_REQUESTED:
            self._has_asked = True
            asked = DECODERS[command.kind](command.body)
            live.add_rows(live.engine.asking.request(live.run, asked))
        elif command.kind not in (events.UPDATE_COMPLETED, events.UPDATE_FAILED):
            return
        live.engine.committer.ask()

    def ask_about(self, effect: Effect, held: Hold) -> bool:
        """Put a held effect before people; False when the verdict names nobody who could answer."""
        if not self._live.engine.asking.ask_about(effect, held):
            return False
        self._has_asked = True
        return True

    def take_back(self) -> None:
        """Nobody needs to answer what is asked about steps that the code has called off."""
        live = self._live
        if live.is_open and self._has_asked:
            try:
                with unwaiting(live.engine.store):
                    is_wanted = live.execution.waiting_steps.__contains__
                    live.engine.asking.take_back(live.run, is_wanted)
            except Unavailable:
                live.engine.loop.call_later(AWAY_WAIT_S, self.take_back)

    def over(self) -> None:
        """The run has ended: nobody needs to answer what it still asks."""
        if self._has_asked:
            self._live.engine.asking.withdraw(self._live.run, ENDED)

    def unread(self) -> list[tuple[str, bytes]]:
        """Signals, received and not read by the code, that the run leaves when it goes on."""
        return [*self._live.execution.unread_signals(), *self._on_the_way]

    # --- the inbox

    def look(self) -> None:
        """Take what has come into the inbox since the last look."""
        live = self._live
        if not live.is_open:
            return
        for event in live.engine.store.read(inbox.stream(live.run), after=self._seq):
            self._seq = event.seq
            self._queue.append(event)
        self._take_next()

    def _take_next(self) -> None:
        live = self._live
        try:
            while self._queue and not self._judging and live.is_open:
                self._take(self._queue.popleft())
        except TarlError as error:
            live.interrupt(error)

    def _take(self, event: Event) -> None:
        if event.body is None or event.kind not in inbox.DECODERS:
            return  # erased, or of a newer version's kind
        live = self._live
        told = inbox.DECODERS[event.kind](event.body)
        if event.kind == inbox.UPDATE_SENT:
            self._judging = True
            live.then(self._judge, event.seq, told, JUDGE_TRIES_MAX)
            live.engine.committer.ask()
        elif event.kind == inbox.SIGNAL_SENT:
            payload = bytes(told.payload)
            live.receive(events.SIGNAL_RECEIVED, _received(event.seq, told))
            self._on_the_way.append((told.name, payload))
            live.deliver_later(self._hand_over, told.name, payload)
        elif event.kind == inbox.CANCEL_SENT:
            body = b'{"message":%d,"reason":%b}' % (event.seq, quote(told.reason))
            live.receive(events.CANCEL_RECEIVED, body)
            live.deliver_later(live.execution.cancel, told.reason)
        elif event.kind == inbox.TERMINATE_SENT:
            live.terminate(told.reason)
        elif not live.execution.is_waiting_for_approval(told.approval):
            live.attempts.ask_again()
        else:
            outcome = live.engine.asking.outcome(live.run, told.approval)
            if outcome is None:
                return  # nobody has decided, whatever the message says
            body = b'{"approval":%b,"message":%d,"outcome":%b}' % (
                quote(told.approval),
                event.seq,
                outcome,
            )
            live.receive(events.APPROVAL_RECEIVED, body)
            live.deliver_later(live.execution.receive_approval, told.approval, outcome)

    def _hand_over(self, name: str, payload: bytes, *, at_ms: int) -> None:
        self._on_the_way.popleft()
        self._live.execution.receive_signal(name, payload, at_ms=at_ms)

    def _judge(self, message: int, told: inbox.Named, tries: int) -> None:
        live = self._live
        if not live.is_open:
            return
        if live.has_undelivered and tries:
            live.then(self._judge, message, told, tries - 1)
            live.engine.committer.ask()
            return
        self._judging = False
        payload = bytes(told.payload)
        try:
            refusal = live.execution.update_refusal(told.name, payload)
            if refusal is None:
                live.receive(events.UPDATE_ACCEPTED, _received(message, told))
                live.deliver_later(live.execution.accept_update, message, told.name, payload)
            else:
                body = b'{"error":%b,"message":%d,"name":%b}' % (
                    events.error_json(refusal),
                    message,
                    quote(told.name),
                )
                live.receive(events.UPDATE_REJECTED, body)
                live.engine.committer.ask()
        except TarlError as error:
            live.interrupt(error)
            return
        self._take_next()

    # --- children

    def _raise(self, child: ChildStarted) -> None:
        self._live.engine.offspring.bring_up(self._live, child)

    def _cancel_child(self, number: int) -> None:
        self._live.engine.offspring.cancel(self._live, number)

    def child_ended(self, number: int, kind: str, body: bytes) -> None:
        """Record a child's end and let the code see it; ``kind`` is one of the two of ends."""
        live = self._live
        if not live.is_open or not live.execution.is_waiting_for_child(number):
            return
        ended: Any = DECODERS[kind](body)
        try:
            live.receive(kind, body)
            if kind == events.CHILD_COMPLETED:
                live.deliver_later(live.execution.complete_child, ended)
            else:
                live.deliver_later(live.execution.fail_child, ended)
        except TarlError as error:
            live.interrupt(error)


def _received(message: int, told: inbox.Named) -> bytes:
    return b'{"message":%d,"name":%b,"payload":%b}' % (
        message,
        quote(told.name),
        bytes(told.payload),
    )
