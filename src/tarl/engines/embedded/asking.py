"""Runs that ask people: a request is written with the run's own event, and taken back when the run
ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from tarl.engines.embedded.clock import Clock
from tarl.engines.embedded.post import jumps
from tarl.errors import TarlError, Unavailable
from tarl.journal.event import Row
from tarl.journal.patience import unwaiting
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.approvals.ledger import Approvals, outcome, request_rows, withdraw_rows
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.request import Request
from tarl.kernel.effect import Effect
from tarl.kernel.events import ApprovalRequested
from tarl.kernel.holding import approval_of, is_about_effect, request_of
from tarl.values.canonical import encode
from tarl.values.ids import RunId
from tarl.values.metrics import Metrics
from tarl.values.verdict import Hold

_LOGGER = logging.getLogger("tarl.approvals")

JUMP_S = 3_600.0
"""How far a loop whose time jumps may jump without a look for new requests."""

TICK_WAIT_S = 0.2
"""How late a request may expire or escalate."""

AWAY_WAIT_S_MAX = 5.0
"""How often a journal that is away is asked at least: the wait doubles up to this."""


ENDED = "the run has ended"
CALLED_OFF = "nobody waits for the step any more"
"""Why nobody needs to answer what a run asked."""


class Asking(Protocol):
    """Who is asked for approval."""

    def request(self, run: RunId, asked: ApprovalRequested) -> Sequence[Row]:
        """The rows that put a request before people, committed with the run's own event."""

    def ask_about(self, effect: Effect, held: Hold) -> bool:
        """Put a held effect before whom the verdict names; False if it names nobody."""

    def outcome(self, run: RunId, approval: str) -> bytes | None:
        """What people decided, as canonical JSON, every signature verified; None if nothing yet."""

    def withdraw(self, run: RunId, reason: str) -> None:
        """The run has ended: nobody needs to answer what it still asks."""

    def take_back(self, run: RunId, is_wanted: Callable[[int], bool]) -> None:
        """Nobody needs to answer what is asked about steps of a run that are not wanted any more.

        Raises:
            Unavailable: the journal is away.
        """

    def withdrawn(self, run: RunId, reason: str) -> Sequence[Row]:
        """The rows that take back what a run still asks, committed with the event that ends it."""

    async def keep_time(self) -> None:
        """Let requests expire and escalate when it is time, and take back what runs ask that have
        ended; runs until cancelled.
        """


class AskPeople:
    """Asks through the ledger of approvals."""

    def __init__(self, store: Store, clock: Clock, *, metrics: Metrics | None = None) -> None:
        self._store = store
        self._clock = clock
        self._approvals = Approvals(store, metrics=metrics)
        self._is_tidy = False

    def request(self, run: RunId, asked: ApprovalRequested) -> Sequence[Row]:
        """See ``Asking.request``."""
        request = msgspec.json.decode(bytes(asked.request), type=Request)
        id = ApprovalId(run.tenant, asked.approval)
        return request_rows(self._store, id, request, at_ms=self._clock.now_ms())

    def ask_about(self, effect: Effect, held: Hold) -> bool:
        """See ``Asking.ask_about``; what was asked before is not asked in other words."""
        id, request = approval_of(effect), request_of(effect, held)
        if request is None:
            return False
        if self._store.get("approval", id.tenant, id.id) is None:
            self._approvals.request(id, request, at_ms=self._clock.now_ms())
        return True

    def outcome(self, run: RunId, approval: str) -> bytes | None:
        """See ``Asking.outcome``; a message in an inbox proves nothing, the votes do."""
        found = self._approvals.get(ApprovalId(run.tenant, approval))
        return None if found.is_pending else encode(outcome(found))

    def withdraw(self, run: RunId, reason: str) -> None:
        """See ``Asking.withdraw``; what the journal cannot take now is taken back by who keeps
        time.
        """
        try:
            with unwaiting(self._store):
                for id in self._approvals.of_run(run):
                    self._approvals.withdraw(id, reason, at_ms=self._clock.now_ms())
        except Unavailable:
            self._is_tidy = False

    def take_back(self, run: RunId, is_wanted: Callable[[int], bool]) -> None:
        """See ``Asking.take_back``."""
        for id in self._approvals.of_run(run):
            request = self._approvals.get(id).request
            if is_about_effect(id) and request.step is not None and not is_wanted(request.step):
                self._approvals.withdraw(id, CALLED_OFF, at_ms=self._clock.now_ms())

    def withdrawn(self, run: RunId, reason: str) -> Sequence[Row]:
        """See ``Asking.withdrawn``; committing them conflicts with a vote that came meanwhile."""
        now_ms, store = self._clock.now_ms(), self._store
        return [
            row
            for id in self._approvals.of_run(run)
            for row in withdraw_rows(store, id, reason, at_ms=now_ms)
        ]

    def _next_wait_s(self) -> float:
        due_ms = self._approvals.next_due_at_ms()
        if due_ms is None:
            return JUMP_S
        return max(0.001, min(JUMP_S, (due_ms - self._clock.now_ms()) / 1000))

    async def _withdraw_left(self) -> None:
        """Take back what is still asked for runs that have ended: whoever ended them died before it
        did so.
        """
        for record in list(self._store.scan("approval", {"status": "pending"})):
            with unwaiting(self._store):
                if record["run"] is not None and _has_ended(self._store, record["run"]):
                    id = ApprovalId(record["tenant"], record["id"])
                    self._approvals.withdraw(id, ENDED, at_ms=self._clock.now_ms())
            await asyncio.sleep(0)

    async def keep_time(self) -> None:
        """See ``Asking.keep_time``."""
        jumping = jumps(asyncio.get_running_loop())
        away_wait_s = 0.0  # none while the journal answers
        while True:
            try:
                await asyncio.sleep(
                    away_wait_s or (self._next_wait_s() if jumping else TICK_WAIT_S)
                )
                with unwaiting(self._store):
                    self._approvals.advance(self._clock.now_ms())
                if not self._is_tidy:
                    self._is_tidy = True
                    await self._withdraw_left()
            except TarlError as error:
                self._is_tidy = False
                if not away_wait_s:
                    _LOGGER.warning("requests for approval wait for the journal: %s", error.message)
                away_wait_s = min(max(2 * away_wait_s, TICK_WAIT_S), AWAY_WAIT_S_MAX)
            else:
                if away_wait_s:
                    _LOGGER.warning("requests for approval go on: the journal answers again")
                away_wait_s = 0.0


def _has_ended(store: Store, run: str) -> bool:
    """Whether a run's stream, named in a request, is closed."""
    head = store.head(run)
    last = None if head is None else next(store.read(run, after=head.seq - 1), None)
    return last is not None and last.kind in events.CLOSING
