"""What a LangGraph thread is, from the events of its stream.

1. A checkpoint's channels have the values that are new in it, and its parent's for all others.
2. Of the writes of one task after one checkpoint, an index counts once: the first for what the
   task wrote, the last for what LangGraph notes about it (negative indexes).
3. A thread that was deleted begins anew; a checkpoint that was pruned is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tarl.journal.event import Event

CHECKPOINT_PUT = "thread.checkpoint/1"
WRITES_PUT = "thread.writes/1"
PRUNED = "thread.pruned/1"
DELETED = "thread.deleted/1"


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value as LangGraph's serializer wrote it: its type, and base64, or a blob's digest."""

    type: str
    data: str | None = None
    blob: str | None = None


class CheckpointPut(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint; ``values`` are those of the channels that are new in it, None for empty."""

    ns: str
    id: str
    parent: str | None
    checkpoint: Value
    metadata: Value
    values: dict[str, Value | None]


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One value that a task wrote to a channel."""

    index: int
    channel: str
    value: Value


class WritesPut(msgspec.Struct, frozen=True, kw_only=True):
    """What a task wrote after a checkpoint."""

    ns: str
    checkpoint: str
    task: str
    path: str
    writes: list[Write]


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """Checkpoints, by namespace and id, that are no longer shown."""

    checkpoints: list[tuple[str, str]]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint with the values of all its channels."""

    ns: str
    id: str
    parent: str | None
    checkpoint: Value
    metadata: Value
    values: dict[str, Value | None]


BODIES: dict[str, type[msgspec.Struct]] = {
    CHECKPOINT_PUT: CheckpointPut,
    WRITES_PUT: WritesPut,
    PRUNED: Pruned,
}

_DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


class Thread:
    """The fold; ``seq`` is the last event in it."""

    def __init__(self) -> None:
        self.seq = 0
        self._kept: dict[tuple[str, str], Kept] = {}
        self._writes: dict[tuple[str, str], dict[tuple[str, int], tuple[str, Write]]] = {}

    def evolve(self, event: Event) -> None:
        """Take in the stream's next event; an erased one says nothing any more."""
        self.seq = event.seq
        if event.kind == DELETED:
            self._kept.clear()
            self._writes.clear()
        elif event.body is not None and event.kind in _DECODERS:
            body = _DECODERS[event.kind](event.body)
            if event.kind == CHECKPOINT_PUT:
                self._put(body)
            elif event.kind == WRITES_PUT:
                self._write(body)
            else:
                for place in body.checkpoints:
                    self._kept.pop(place, None)
                    self._writes.pop(place, None)

    def checkpoint(self, ns: str, id: str) -> Kept | None:
        """A checkpoint by its id."""
        return self._kept.get((ns, id))

    def newest(self, ns: str) -> str | None:
        """The id of a namespace's newest checkpoint; ids sort by when they were made."""
        return max((id for space, id in self._kept if space == ns), default=None)

    def newest_of_all(self) -> str | None:
        """The id of the newest checkpoint of all namespaces."""
        return max((id for _, id in self._kept), default=None)

    def newest_first(self, ns: str | None) -> Iterator[Kept]:
        """The checkpoints of a namespace, or of all."""
        for space, id in sorted(self._kept, key=lambda place: place[1], reverse=True):
            if ns is None or space == ns:
                yield self._kept[space, id]

    def writes(self, ns: str, id: str) -> Iterator[tuple[str, Write]]:
        """What tasks wrote after a checkpoint, with the task, in LangGraph's order."""
        written = self._writes.get((ns, id), {})
        for task, index in sorted(written, key=lambda key: (written[key][0], *key)):
            yield task, written[task, index][1]

    def _put(self, body: CheckpointPut) -> None:
        parent = None if body.parent is None else self._kept.get((body.ns, body.parent))
        before = {} if parent is None else parent.values
        self._kept[body.ns, body.id] = Kept(
            ns=body.ns,
            id=body.id,
            parent=body.parent,
            checkpoint=body.checkpoint,
            metadata=body.metadata,
            values={**before, **body.values},
        )

    def _write(self, body: WritesPut) -> None:
        written = self._writes.setdefault((body.ns, body.checkpoint), {})
        for write in body.writes:
            key = body.task, write.index
            if write.index < 0 or key not in written:
                written[key] = body.path, write
