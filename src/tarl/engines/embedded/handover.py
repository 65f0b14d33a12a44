"""What a run that goes on as another leaves to it: the messages that it has not read.

Signals that were received and not read go over with the commit that ends the run. Messages that
nobody has taken from its inbox are passed on before the next run reads its own, by whoever comes
first: its owner, or somebody who sends it another. Each is passed on once, and in order: it is
marked with its number in the inbox that it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tarl.errors import Conflict
from tarl.journal.codec import Codec
from tarl.journal.event import Event, Row
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, inbox
from tarl.kernel.events import DECODERS
from tarl.values.canonical import quote
from tarl.values.ids import RunId

_PASSED_ON = frozenset({inbox.SIGNAL_SENT, inbox.CANCEL_SENT, inbox.TERMINATE_SENT})
"""Not updates: who sent one waits for an answer of that run; not decisions: it had asked."""

_TAKEN = frozenset({events.SIGNAL_RECEIVED, events.CANCEL_RECEIVED})

_TRIES_MAX = 100

_passed_on = msgspec.json.Decoder(dict[str, Any]).decode


def unread_rows(
    run: RunId, signals: Sequence[tuple[str, bytes]], *, codec: Codec, at_ms: int
) -> list[Row]:
    """The first messages of a run's inbox: signals that the run before has received but not read.

    Args:
        run: The run that goes on; nobody can have written to it yet.
        signals: Names and payloads.
    """
    writer = StreamWriter(inbox.stream(run), tenant=run.tenant, codec=codec)
    return [
        writer.append(
            inbox.SIGNAL_SENT,
            b'{"name":%b,"payload":%b}' % (quote(name), payload),
            at_ms=at_ms,
        )
        for name, payload in signals
    ]


def pass_on(store: Store, run: RunId, *, at_ms: int) -> None:
    """Let a run that has just begun have the messages that the run before it never took."""
    if run.n == 1:
        return
    before = RunId(run.tenant, run.workflow_id, run.n - 1)
    if store.head(inbox.stream(before)) is None:
        return
    last = store.head(before.stream)
    ended = None if last is None else next(store.read(before.stream, after=last.seq - 1), None)
    if ended is None or ended.kind != events.RUN_CONTINUED:
        return
    for _ in range(_TRIES_MAX):
        rows = list(_rows(store, before, run, at_ms))
        if not rows:
            return
        try:
            store.commit(Batch(rows))
        except Conflict as error:
            if error.code != "journal.position":
                raise
        else:
            return
    raise Conflict(f"{inbox.stream(run)} never stood still", code="journal.position")


def _rows(store: Store, before: RunId, run: RunId, at_ms: int) -> Iterator[Row]:
    name = inbox.stream(run)
    head = store.head(name)
    known = {
        _passed_on(event.observed).get("from_message")
        for event in store.read(name)
        if event.observed
    }
    taken = {
        DECODERS[event.kind](event.body).message
        for event in store.read(before.stream)
        if event.kind in _TAKEN and event.body is not None
    }
    first: Event | None = next(store.read(inbox.stream(before), until=1), None)
    writer = StreamWriter(name, tenant=run.tenant, codec=store.codec.as_in(first))
    if head is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    for event in store.read(inbox.stream(before)):
        if event.seq in taken or event.seq in known or event.kind not in _PASSED_ON:
            continue
        if event.body is not None:
            mark = b'{"from_message":%d}' % event.seq
            yield writer.append(event.kind, event.body, at_ms=at_ms, observed=mark)
