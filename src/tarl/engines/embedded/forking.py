"""A new run from a past point of another: it shares the events up to there and then goes its own
way.

The shared events are copied as they are, sealed if they were, with the times at which they were
first recorded, after the new run's own start, which names where they come from. The seed is the
original's, so that code that draws from it draws the same up to the fork (and, where nothing else
differs, beyond it). All of it is one commit; before it the copied events are replayed against the
code and the input that the new run will have, so that a fork that cannot go on is never written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.opening import replay_recorded
from tarl.errors import Invalid, Missing
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event, Row
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import bodies, events, history
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS, UPCASTERS, RunStarted
from tarl.kernel.execution import Execution
from tarl.kernel.replay import Replay
from tarl.kernel.values import Shelf, shelve, unshelve
from tarl.values.ids import RunId


def write_fork(
    engine: Engine,
    workflow: Workflow[..., Any],
    *,
    source: RunId,
    at: int,
    target: RunId,
    input_json: bytes | None,
) -> None:
    """Write the beginning of ``target``: the first ``at`` events of ``source``, for this code and
    input (None: the same input). The engine owns the target already; ``reopen`` lets it go on.

    Raises:
        Missing: the source has no such event, or its content is erased.
        Invalid: ``at`` is where the source ended (``fork.at_end``), or people were asked before
            (``fork.approval``).
        Conflict: the target exists.
        NondeterminismError: the code with that input would not have come to event ``at``.
    """
    check_point(engine, source, at)
    fork = _Fork(engine, workflow, source=source, at=at, target=target, input_json=input_json)
    fork.check()
    rows = list(fork.rows())
    engine.store.commit(Batch(rows, fork.shelf.blobs))


def check_point(engine: Engine, source: RunId, at: int) -> None:
    """Refuse a point that no run can be forked from; see ``write_fork``."""
    head = engine.store.head(source.stream)
    if head is None:
        raise history.no_run(source.ref)
    if not 1 <= at <= head.seq:
        raise Missing(
            f"{source.ref} has no event {at}; it has {head.seq}",
            code="run.no_event",
            next_step=f"tarl runs tail {source.ref} lists its events",
            run=source.ref,
            events=head.seq,
        )
    last = next(engine.store.read(source.stream, after=at - 1, until=at))
    if last.kind in events.CLOSING:
        raise Invalid(
            f"event {at} of {source.ref} is its end; nothing goes on from there",
            code="fork.at_end",
            next_step=f"fork at an earlier event, at most {at - 1}",
            run=source.ref,
            at=at,
        )


class _Fork:
    """One fork on its way: the source's first events as the target's."""

    def __init__(
        self,
        engine: Engine,
        workflow: Workflow[..., Any],
        *,
        source: RunId,
        at: int,
        target: RunId,
        input_json: bytes | None,
    ) -> None:
        self._engine = engine
        self._workflow = workflow
        self._source = source
        self._target = target
        self._at = at
        self._retries: list[int] = []
        self._first = next(self._read())
        self._started = history.read_started(self._first)
        self._codec = engine.store.codec.as_in(self._first)
        self.shelf = _ForkShelf(engine.store, source.tenant, self._codec)
        if input_json is not None:
            limit = engine.limits.inline_bytes_max
            input_json = engine.gateway.screen.input(target, workflow.name, input_json)
            held = shelve(input_json, shelf=self.shelf, inline_bytes_max=limit)
            self._started = msgspec.structs.replace(self._started, input=msgspec.Raw(held))

    def check(self) -> None:
        """Replay the shared events against the code.

        Raises:
            NondeterminismError: the code does something else.
        """
        store = self._engine.store
        patches = frozenset(
            DECODERS[event.kind](event.body).id
            for event in store.read_kind(self._source.stream, events.PATCH_MARKED)
            if event.body is not None and event.seq <= self._at
        )
        execution = Execution(
            self._workflow,
            run=self._target,
            seed=bytes.fromhex(self._started.seed),
            shelf=_Unwritten(self.shelf),
            limits=self._engine.limits,
            patches=patches,
        )
        try:
            replay = replay_recorded(execution, self._first, self._started, self._shared())
        finally:
            execution.stop()
        self._retries = list(_untried(replay))

    def rows(self) -> Iterator[Row]:
        """The target's events, chained in its own stream."""
        writer = StreamWriter(self._target.stream, tenant=self._target.tenant, codec=self._codec)
        note = b'{"copied_at_ms":%d}' % self._engine.clock.now_ms()
        started_at_ms = self._first.recorded_at_ms
        body = self._started_body()
        yield writer.append(events.RUN_STARTED, body, at_ms=started_at_ms, observed=note)
        for event in self._shared():
            assert event.body is not None
            yield writer.append(
                event.kind,
                event.body,
                at_ms=event.recorded_at_ms,
                observed=event.observed or note,
            )
        for step in self._retries:
            yield writer.append(
                events.STEP_RETRY_ALLOWED,
                b'{"step":%d}' % step,
                at_ms=self._engine.clock.now_ms(),
                observed=b'{"allowed_by":"fork"}',
            )

    def _started_body(self) -> bytes:
        started: RunStarted = self._started
        return events.run_started(
            code=self._workflow.code_digest,
            seed=started.seed,
            workflow=self._workflow.name,
            input_json=bytes(started.input),
            fork_of=self._source.ref,
            fork_at=self._at,
            acting=started.acting,
            taint=started.taint,
        )

    def _read(self) -> Iterator[Event]:
        stream = self._source.stream
        recorded = self._engine.store.read(stream, until=self._at)
        for event in history.verified(stream, recorded):
            yield UPCASTERS.read(event) if event.kind in UPCASTERS else event

    def _shared(self) -> Iterator[Event]:
        """The events after the start, as the target records them."""
        issued = 0
        for event in self._read():
            if event.seq == 1:
                continue
            if event.kind == events.APPROVAL_REQUESTED:
                raise self._asked_before(event.seq)
            if event.kind == events.SNAPSHOT_TAKEN and event.body is not None:
                event = event._replace(body=self._own_snapshot(event.body, issued))
            issued += event.kind in events.COMMANDS
            yield event

    def _asked_before(self, seq: int) -> Invalid:
        return Invalid(
            f"event {seq} of {self._source.ref} asks people, and what they decide is for that run",
            code="fork.approval",
            next_step=f"fork at an earlier event, at most {seq - 1}; the fork asks anew",
            run=self._source.ref,
            at=seq,
        )

    def _own_snapshot(self, body: bytes, issued: int) -> bytes:
        """A snapshot under the identifier that it has in the target: it names the workflow's id."""
        held = bytes(DECODERS[events.SNAPSHOT_TAKEN](body).state)
        state_json = unshelve(held, shelf=self.shelf)
        own_id = bodies.snapshot_id(self._target.workflow_id, issued=issued, state_json=state_json)
        return bodies.snapshot_taken(own_id, held)


def _untried(replay: Replay) -> Iterator[int]:
    """Non-idempotent steps that are open at the fork.

    In the original they may have been cut off with an unknown outcome. In the fork, under the
    fork's own idempotency key, nobody has tried them yet, so they may simply run; should that
    attempt be cut off in its turn, its outcome is unknown as ever.
    """
    for number, command in sorted(replay.open_steps.items()):
        assert command.activity is not None
        if not command.activity.idempotent and number not in replay.retries:
            yield number


class _ForkShelf(Shelf):
    """The tenant's large values; new ones are kept for the fork's commit."""

    def __init__(self, store: Store, tenant: str, codec: Codec) -> None:
        self.blobs: list[tuple[bytes, Stored]] = []
        self._store = store
        self._tenant = tenant
        self._codec = codec

    def put(self, data: bytes) -> str:
        digest, stored = self._codec.store_blob(self._tenant, data)
        self.blobs.append((digest, stored))
        return digest.hex()

    def digest(self, data: bytes) -> str:
        """The digest under which a value would be kept."""
        return self._codec.store_blob(self._tenant, data)[0].hex()

    def get(self, digest: str) -> bytes:
        wanted = bytes.fromhex(digest)
        for known, stored in self.blobs:
            if known == wanted:
                data = self._codec.open_blob(self._tenant, known, stored)
                assert data is not None
                return data
        return self._store.blob(self._tenant, wanted)


class _Unwritten(Shelf):
    """What the replay of a fork wants to keep is in the journal already, or will be kept later."""

    def __init__(self, shelf: _ForkShelf) -> None:
        self._shelf = shelf

    def put(self, data: bytes) -> str:
        return self._shelf.digest(data)

    def get(self, digest: str) -> bytes:
        return self._shelf.get(digest)
