"""One commit for all that is ready: rows of any runs, and what goes on once they are on disk.

Rows collect until somebody asks for durability; the commit then happens at the end of the loop's
turn, or at once when it was asked for while a commit let runs go on. So a run that is alone gets
its commit immediately and a thousand runs share one. While another process holds the file for
longer than its commit takes, ours is tried again without blocking the loop; so it is while a
database is away, with the very same rows where nobody knows whether it was made, which are found
where they are there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from time import monotonic  # the clock itself, which the guard does not ask about
from typing import Any, Protocol

import msgspec

from tarl.engines.embedded.clock import seconds_of
from tarl.errors import Conflict, Exceeded, TarlError, Unavailable
from tarl.journal.codec import Stored
from tarl.journal.event import Row
from tarl.journal.patience import (
    AWAY,
    AWAY_S_MAX,
    AWAY_WAIT_S,
    line_of,
    locked_wait_s,
    unwaiting_of,
)
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Store
from tarl.kernel.permit import Deed, NoNotary, Notary

_new_batch = tuple.__new__

UNASKED_WAIT_S = 0.05
"""Rows that nobody waits for (an effect under way) reach the disk after this, to be seen by
others.
"""

LOCKED_BLOCK_MS = 2
"""How long the loop stands still for another process's commit, which is over sooner as a rule; the
loop's own timers are no finer.
"""

LOCKED_WAIT_S_MAX = 30.0
"""How long another process may hold the file before the runs that wait are interrupted."""

SIGN_TRIES_MAX = 20
"""How often a commit is signed anew because other processes act for the same agents."""

ROUNDS_S_MAX = 0.008
"""Commits follow one another without a turn of the loop for at most this long."""


class Waiter(Protocol):
    """A run whose rows are in a batch.

    Attributes:
        epoch: The ownership under which it writes.
        stream: Where its rows go.
        part: Its part of the next batch, while it has one.
        pure_ahead: How many results it was given that are not on disk; 0 after each commit.
    """

    epoch: int
    stream: str
    part: Part | None
    pure_ahead: int

    def durable(self, part: Part) -> None: ...

    def interrupt(self, error: BaseException) -> None: ...


class Part(msgspec.Struct, eq=False):
    """One run's part of the next batch."""

    waiter: Waiter
    rows: list[Row] = []
    blobs: list[tuple[bytes, Stored]] = []
    deeds: list[Deed] = []
    steps: list[tuple[Callable[..., None], tuple[Any, ...]]] = []


class _Doubtful:
    """A commit of which nobody knows whether it was made, since when, and by whom it is signed."""

    def __init__(self, batch: Batch, *, is_signed: bool, since_s: float) -> None:
        self.batch = batch
        self.is_signed = is_signed
        self.since_s = since_s
        self.pending: dict[str, Part] = {}

    def leave(self, waiter: Waiter) -> None:
        """A run hears no more of it."""
        part = self.pending.get(waiter.stream)
        if part is not None and part.waiter is waiter:
            del self.pending[waiter.stream]


class Committer:
    """Collects rows and commits them.

    Args:
        store: Where to.
        loop: The loop that drives the runs.
        notary: Who signs what agents do.
    """

    def __init__(
        self, store: Store, loop: asyncio.AbstractEventLoop, notary: Notary | None = None
    ) -> None:
        self.commits = 0
        self._notary: Notary = notary or NoNotary()
        self._store = store
        self._is_never_away = line_of(store) is None
        self._unwaiting = unwaiting_of(store)
        self._loop = loop
        self._now_s = seconds_of(loop)
        self._pending: dict[str, Part] = {}
        self._durable: deque[Part] = deque()
        self._letting_go_on = False
        self._asked = False
        self._in_round = False
        self._later: asyncio.TimerHandle | None = None
        self._locked_since: float | None = None
        self._doubtful: _Doubtful | None = None

    def join(self, waiter: Waiter) -> Part:
        """The run's part of the next batch; the run keeps it until it is committed."""
        part = self._pending.get(waiter.stream)
        if part is None or part.waiter is not waiter:
            part = self._pending[waiter.stream] = Part(waiter)
            if self._later is None:
                self._later = self._loop.call_later(UNASKED_WAIT_S, self._flush_later)
        waiter.part = part
        return part

    def ask(self) -> None:
        """Have everything collected on disk by the end of this turn of the loop."""
        if not self._asked:
            self._asked = True
            if not self._in_round:
                self._loop.call_soon(self._rounds)

    def settle(self, waiter: Waiter) -> None:
        """Try to have on disk what an interrupted run has collected; nothing of it goes on."""
        if self._doubtful is not None:
            self._doubtful.leave(waiter)
        part = waiter.part
        if part is None:
            return
        self._pending.pop(waiter.stream, None)
        waiter.part = None
        if part.rows and self._doubtful is None:
            with contextlib.suppress(TarlError), self._unwaiting():
                self._commit([part], wait_ms=0)

    def flush(self) -> None:
        """Commit everything collected, and let the runs go on."""
        self._asked = False
        if self._doubtful is not None and not self._is_settled(self._doubtful):
            return
        pending, self._pending = self._pending, {}
        for part in pending.values():
            part.waiter.part = None
        self._commit_all(pending)

    def _commit_all(self, pending: dict[str, Part]) -> None:
        if not pending:
            return
        parts = list(pending.values())
        try:
            if self._is_never_away:
                self._commit(parts, wait_ms=LOCKED_BLOCK_MS, keeps=True)
            else:
                with self._unwaiting():
                    self._commit(parts, wait_ms=LOCKED_BLOCK_MS, keeps=True)
        except Unavailable as error:
            if self._doubtful is not None:
                self._doubtful.pending = pending
                self._wait_for_answer(self._doubtful, error)
                return
            is_away = error.code in AWAY  # before anything was committed
            if is_away or error.code == "journal.locked":
                waited_s = self._waited_s()
                if waited_s < LOCKED_WAIT_S_MAX:
                    wait_s = AWAY_WAIT_S if is_away else locked_wait_s(waited_s)
                    self._try_again(pending, wait_s)
                    return
            _interrupt(pending, error)
        except (Conflict, Exceeded) as error:
            self._commit_apart(pending, error)
        except Exception as error:
            _interrupt(pending, error)
        else:
            self._done(pending)

    def _commit(self, parts: list[Part], *, wait_ms: int, keeps: bool = False) -> None:
        """Commit; ``keeps`` if what may or may not have been committed is tried again later."""
        if len(parts) == 1:
            (part,) = parts
            deeds = part.deeds
            own = part.rows, part.blobs, {part.waiter.stream: part.waiter.epoch}, (), (), None
            batch = _new_batch(Batch, own)
        else:
            deeds = [deed for part in parts for deed in part.deeds]
            batch = _joined(parts)
        if deeds:
            self._commit_signed(batch, deeds, wait_ms=wait_ms, keeps=keeps)
        elif self._is_never_away:
            self._store.commit(batch, wait_ms=wait_ms)
        else:
            self._commit_once(batch, wait_ms=wait_ms, keeps=keeps)

    def _commit_once(
        self, batch: Batch, *, wait_ms: int, keeps: bool, is_signed: bool = False
    ) -> None:
        since_s = self._now_s()
        try:
            self._store.commit(batch, wait_ms=wait_ms)
        except Unavailable as error:
            if error.code in AWAY and keeps:
                self._doubtful = _Doubtful(batch, is_signed=is_signed, since_s=since_s)
            raise

    def _is_settled(self, doubtful: _Doubtful) -> bool:
        """Make a doubtful commit again; whether its runs know what became of it."""
        try:
            with self._unwaiting():
                self._store.commit(doubtful.batch, wait_ms=0)
        except Unavailable as error:
            if error.code in AWAY or error.code == "journal.locked":
                self._wait_for_answer(doubtful, error)
                return self._doubtful is None
            self._forget(doubtful)
            _interrupt(doubtful.pending, error)
        except Exception:  # it was not made, and cannot be made like this: say anew what is signed
            self._forget(doubtful)
            self._commit_all(doubtful.pending)
        else:
            self._doubtful = None
            if doubtful.is_signed:
                self._notary.committed()
            self._done(doubtful.pending)
        return self._doubtful is None

    def _wait_for_answer(self, doubtful: _Doubtful, error: Unavailable) -> None:
        if self._now_s() - doubtful.since_s >= AWAY_S_MAX:
            self._forget(doubtful)
            _interrupt(doubtful.pending, error)
        else:
            self._loop.call_later(AWAY_WAIT_S, self.ask)

    def _forget(self, doubtful: _Doubtful) -> None:
        self._doubtful = None
        if doubtful.is_signed:
            self._notary.forget()

    def _commit_signed(self, batch: Batch, deeds: list[Deed], *, wait_ms: int, keeps: bool) -> None:
        """Commit with the agents' signatures; sign anew when another process has been at the same
        agents' streams.
        """
        for tries_left in reversed(range(SIGN_TRIES_MAX)):
            signed = self._notary.sign(deeds)
            whole = _new_batch(Batch, ([*batch.rows, *signed], *batch[1:]))
            try:
                self._commit_once(whole, wait_ms=wait_ms, keeps=keeps, is_signed=True)
            except BaseException as error:
                if self._doubtful is not None:
                    raise
                self._notary.forget()
                streams = {row.stream for row in signed}
                is_theirs = isinstance(error, Conflict) and error.facts.get("stream") in streams
                if not is_theirs or not tries_left:
                    raise
            else:
                self._notary.committed()
                return

    def _rounds(self) -> None:
        """Commit, let the runs go on, and commit again what they ask for meanwhile."""
        until = monotonic() + ROUNDS_S_MAX
        self._in_round = True
        try:
            while self._asked:
                self.flush()
                if monotonic() >= until:
                    break
        finally:
            self._in_round = False
        if self._asked:
            self._loop.call_soon(self._rounds)

    def _done(self, pending: dict[str, Part]) -> None:
        self._locked_since = None
        self.commits += 1
        for part in pending.values():
            part.waiter.pure_ahead = 0
            if part.steps:
                self._durable.append(part)
        if self._letting_go_on:
            return  # asked for by a step of an earlier commit, of which the others come first
        self._letting_go_on = True
        try:
            while self._durable:
                part = self._durable.popleft()
                part.waiter.durable(part)
        finally:
            self._letting_go_on = False

    def _flush_later(self) -> None:
        self._later = None
        if self._pending:
            self.ask()

    def _waited_s(self) -> float:
        now = self._loop.time()
        if self._locked_since is None:
            self._locked_since = now
        return now - self._locked_since

    def _try_again(self, pending: dict[str, Part], wait_s: float) -> None:
        for stream, part in self._pending.items():
            earlier = pending.get(stream)
            if earlier is None:
                pending[stream] = part
                continue
            earlier.rows += part.rows
            earlier.blobs += part.blobs
            earlier.deeds += part.deeds
            earlier.steps += part.steps
        self._pending = pending
        for part in pending.values():
            part.waiter.part = part
        self._loop.call_later(wait_s, self.ask)

    def _commit_apart(self, pending: dict[str, Part], error: TarlError) -> None:
        """What one run is refused must not hold up the others: commit each by itself."""
        if len(pending) == 1:
            _interrupt(pending, error)
            return
        for stream, part in pending.items():
            try:
                self._commit([part], wait_ms=COMMIT_WAIT_MS)
            except Exception as own_error:
                _interrupt({stream: part}, own_error)
            else:
                self._done({stream: part})


def _joined(parts: list[Part]) -> Batch:
    rows: list[Row] = []
    blobs: list[tuple[bytes, Stored]] = []
    epochs = {}
    for part in parts:
        rows += part.rows
        blobs += part.blobs
        epochs[part.waiter.stream] = part.waiter.epoch
    return Batch(rows, blobs, epochs)


def _interrupt(pending: dict[str, Part], error: Exception) -> None:
    for part in pending.values():
        part.waiter.interrupt(error)
