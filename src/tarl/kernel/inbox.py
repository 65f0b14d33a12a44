"""A run's inbox: what others tell it, in a stream of its own that anybody may append to.

The run's own stream has one writer, its owner, who takes what lies in the inbox in its order and
records that it was received. So a message is there once it is committed, whoever runs the run and
whenever, and it is received once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tarl.errors import Conflict
from tarl.journal.event import Row
from tarl.journal.projection import Guard
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.values.ids import RunId

SIGNAL_SENT = "signal.sent/1"
UPDATE_SENT = "update.sent/1"
CANCEL_SENT = "cancel.sent/1"
TERMINATE_SENT = "terminate.sent/1"
APPROVAL_ENDED = "approval.ended/1"


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A signal or an update: its name and payload."""

    name: str
    payload: msgspec.Raw


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why the run should stop."""

    reason: str


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How a request for approval ended; ``outcome`` is what the workflow receives."""

    approval: str
    outcome: msgspec.Raw


BODIES: dict[str, type[msgspec.Struct]] = {
    SIGNAL_SENT: Named,
    UPDATE_SENT: Named,
    CANCEL_SENT: Reason,
    TERMINATE_SENT: Reason,
    APPROVAL_ENDED: Decided,
}
"""The kinds of message; ``ANNOUNCED_KINDS`` of the store are the same."""

DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}

TRIES_MAX = 100
"""Others who append at the same moment make a try fail; so many in a row is a fault."""


def stream(run: RunId) -> str:
    """The name of the run's inbox."""
    return "inbox/" + run.stream.removeprefix("run/")


def message(store: Store, run: RunId, kind: str, body: bytes, *, at_ms: int) -> Row:
    """The next message of the run's inbox as it stands now; ``body`` is canonical JSON.

    Committing it is a Conflict (``journal.position``) if somebody else was faster: make it anew.
    """
    name = stream(run)
    codec = store.codec.as_in(next(store.read(name, until=1), None))
    writer = StreamWriter(name, tenant=run.tenant, codec=codec)
    head = store.head(name)
    if head is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    return writer.append(kind, body, at_ms=at_ms)


def send(
    store: Store,
    run: RunId,
    kind: str,
    body: bytes,
    *,
    at_ms: int,
    guards: Sequence[Guard] = (),
) -> int:
    """Append a message if the guards permit; its number in the inbox."""
    for _ in range(TRIES_MAX):
        row = message(store, run, kind, body, at_ms=at_ms)
        try:
            store.commit(Batch([row], guards=guards))
        except Conflict as error:
            if error.code != "journal.position":
                raise
        else:
            return row.seq
    raise Conflict(f"{stream(run)} never stood still", code="journal.position")
