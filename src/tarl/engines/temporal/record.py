"""A run's stream, written by whichever workers carry out its steps.

1. Rows are added at the end as it is on disk; a writer that finds others were faster reads what
   they wrote and asks again what is to be written.
2. What is to be written is decided when the end is known: of two attempts that come to an outcome,
   one is recorded, and the other is given it.
3. The rows of all runs that are ready share a commit, with the agents' signatures (``Committer``).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import inf
from time import monotonic  # the clock itself, which the guard does not ask about
from typing import Any, NamedTuple

import msgspec

from tarl.engines.embedded.committer import Part
from tarl.engines.embedded.engine import Engine
from tarl.errors import Conflict
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event, Row
from tarl.journal.patience import patiently
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.kernel.events import DECODERS, RunStarted
from tarl.kernel.permit import Deed
from tarl.values.ids import RunId

LOGS_KEPT = 1_000
"""Runs whose steps are remembered; others are read again."""

LOOKED_S = 0.05
"""For so long after a look the end of a stream is taken to be where it was; a writer that finds it
elsewhere looks then.
"""

_TRIES_MAX = 100


class Step(msgspec.Struct, kw_only=True):
    """What is recorded of a step: its last event and the place of that in the stream, and how many
    attempts have failed.
    """

    kind: str
    body: bytes
    seq: int = 0
    failed: int = 0
    details: Any = None

    @property
    def is_over(self) -> bool:
        """Whether it has an outcome, or the code has called it off."""
        return self.kind in _OVER


_OVER = frozenset(
    {events.STEP_COMPLETED, events.STEP_FAILED, events.STEP_DENIED, events.STEP_CANCELLED}
)
_OF_STEPS = frozenset(
    {
        events.STEP_SCHEDULED,
        events.STEP_RETRIED,
        events.STEP_RETRY_ALLOWED,
        events.ATTEMPT_FAILED,
        *_OVER,
    }
)


class Addition(NamedTuple):
    """What is committed together: events of the run, and what goes with them."""

    events: Sequence[tuple[str, bytes]]
    blobs: Sequence[tuple[bytes, Stored]] = ()
    deeds: Sequence[Deed] = ()
    rows: Sequence[Row] = ()


class RunLog:
    """One run's stream, as this worker knows it; fills ``Waiter`` of the committer.

    Attributes:
        started: Its first event, if there is one.
        closed: Its last event, once it is over.
        steps: What is recorded of its steps.
        asked: The approvals that it has asked for.
        looked_s: When the end of the stream was last known to be where it is taken to be, by
            ``time.monotonic``.
    """

    epoch = 1
    """Nobody takes the stream over: whose turn it is, Temporal decides."""

    def __init__(self, engine: Engine, run: RunId) -> None:
        self.run = run
        self.stream = run.stream
        self.part: Part | None = None
        self.pure_ahead = 0
        self.started: RunStarted | None = None
        self.closed: tuple[str, bytes] | None = None
        self.steps: dict[int, Step] = {}
        self.asked: set[str] = set()
        self._engine = engine
        self._durable = (0, b"", 0)
        self.looked_s = -inf
        self._codec: Codec | None = None
        self._writer: StreamWriter | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing of it is on its way to the disk."""
        return not self._waiting

    @property
    def codec(self) -> Codec:
        """How the bodies and large values of the run lie on disk."""
        if self._codec is not None:
            return self._codec
        if self.looked_s > -inf:  # it was empty; whoever begins it first, all others find out
            return self._codec_after(None)
        first = next(self._engine.store.read(self.stream, until=1), None)
        codec = self._codec_after(first)
        if first is not None:
            self._codec = codec
        return codec

    def _codec_after(self, first: Event | Row | None) -> Codec:
        return self._engine.store.codec.as_in(first).of(self.run.tenant)

    def look(self) -> None:
        """Read what others have written since."""
        begun_s = monotonic()
        for event in self._engine.seen.read(self.stream, after=self._durable[0]):
            self._see(event)
        self.looked_s = begun_s

    def look_after(self, stall_s: float) -> None:
        """Read what others have written if the last look is so long ago."""
        if monotonic() - self.looked_s > stall_s:
            self.look()

    async def add(self, choose: Callable[[], Addition | None]) -> int:
        """Have on disk what ``choose`` says when the end of the stream is known; where the stream
        then ends, or 0 when it says that nothing is to be written any more.
        """
        for _ in range(_TRIES_MAX):
            if not self._waiting and monotonic() - self.looked_s > LOOKED_S:
                await patiently(self.look)
            addition = choose()
            if addition is None:
                return 0
            try:
                return await self._commit(addition)
            except Conflict as error:
                if error.code != "journal.position" or error.facts.get("stream") != self.stream:
                    raise
                await patiently(self.look)
        raise Conflict(f"{self.stream} never stood still", code="journal.position")

    async def _commit(self, addition: Addition) -> int:
        engine, writer = self._engine, self._open_writer()
        part = self.part or engine.committer.join(self)
        at_ms = engine.clock.now_ms()
        own = [writer.append(kind, body, at_ms=at_ms) for kind, body in addition.events]
        part.rows += [*own, *addition.rows]
        part.blobs += addition.blobs
        part.deeds += addition.deeds
        done: asyncio.Future[None] = engine.loop.create_future()
        self._waiting.add(done)
        part.steps.append((self._landed, (own, addition.events, done)))
        engine.committer.ask()
        await done
        return own[-1].seq if own else self._durable[0]

    def _open_writer(self) -> StreamWriter:
        writer = self._writer
        if writer is None:
            writer = StreamWriter(self.stream, tenant=self.run.tenant, codec=self.codec)
            if self._durable[0]:
                writer.continue_from(*self._durable)
            self._writer = writer
        return writer

    # --- for the committer

    def durable(self, part: Part) -> None:
        """See ``Waiter``."""
        for step, args in part.steps:
            step(*args)

    def interrupt(self, error: BaseException) -> None:
        """See ``Waiter``: nothing that waits is on disk."""
        self._writer = None
        waiting, self._waiting = self._waiting, set()
        for done in waiting:
            if not done.done():
                done.set_exception(error)
                done.exception()

    def _landed(
        self, own: list[Row], said: Sequence[tuple[str, bytes]], done: asyncio.Future[None]
    ) -> None:
        for row, (kind, body) in zip(own, said, strict=True):
            if row.seq == 1:
                self._codec = self._codec_after(row)
            self._durable = row.seq, row.digest, row.recorded_at_ms
            self._fold(kind, body)
        self.looked_s = monotonic()
        self._waiting.discard(done)
        if not done.done():
            done.set_result(None)

    # --- what is recorded

    def _see(self, event: Event) -> None:
        self._durable = event.seq, event.digest, event.recorded_at_ms
        self._writer = None
        if event.seq == 1:
            self._codec = self._codec_after(event)
        if event.body is not None:
            self._fold(event.kind, event.body)

    def _fold(self, kind: str, body: bytes) -> None:
        if kind == events.RUN_STARTED:
            self.started = DECODERS[kind](body)
        elif kind in events.CLOSING:
            self.closed = kind, body
        elif kind == events.APPROVAL_REQUESTED:
            self.asked.add(DECODERS[kind](body).approval)
        elif kind in _OF_STEPS:
            told = DECODERS[kind](body)
            step = self.steps.setdefault(told.step, Step(kind=kind, body=body))
            if step.is_over:
                return
            step.kind, step.body, step.seq = kind, body, self._durable[0]
            if kind == events.ATTEMPT_FAILED:
                step.failed, step.details = told.attempt, told.details


class RunLogs:
    """The logs of the runs that this worker has to do with."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: OrderedDict[str, RunLog] = OrderedDict()

    def of(self, run: RunId, *, is_again: bool = False, since_s: float = inf) -> RunLog:
        """A run's log, as the disk has it now, or has had it ``since_s`` at the earliest;
        ``is_again`` if others may have been at what is asked about, which is looked for even while
        something of the run is on its way.
        """
        log = self._known.get(run.stream)
        if log is None:
            log = self._known[run.stream] = RunLog(self._engine, run)
            self._drop_oldest()
        else:
            self._known.move_to_end(run.stream)
        if (log.is_idle and log.looked_s < since_s) or is_again:
            log.look()
        return log

    def _drop_oldest(self) -> None:
        """Forget those that nothing is on its way of."""
        for stream in list(self._known):
            if len(self._known) <= LOGS_KEPT:
                return
            if self._known[stream].is_idle:
                del self._known[stream]
