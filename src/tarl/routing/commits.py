"""How the room goes on with the operator's streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from tarl.errors import Conflict
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.projection import Change, Guard, Tables
from tarl.journal.store import Batch, Head, Store
from tarl.journal.writer import StreamWriter
from tarl.values.canonical import encode

T = TypeVar("T")


def row_after(
    head: Head | None, stream: str, kind: str, body: Any, *, tenant: str, at_ms: int
) -> Row:
    """The stream's next event; it lies in clear, whatever the tenant's content does."""
    writer = StreamWriter(stream, tenant=tenant, codec=Codec())
    if head is not None:
        writer.continue_from(*head)
    plain = msgspec.json.decode(msgspec.json.encode(body))  # tuples as lists
    data = {name: value for name, value in plain.items() if value is not None}
    return writer.append(kind, encode(data), at_ms=at_ms)


def committed(
    store: Store,
    rows: Sequence[Row],
    *,
    guards: Sequence[Guard] = (),
    changes: Sequence[Change] = (),
) -> bool:
    """Commit; False if somebody else was faster in one of the streams, so decide again."""
    try:
        store.commit(Batch(rows, guards=guards, changes=changes))
    except Conflict as error:
        if error.code != "journal.position":
            raise
        return False
    return True


def changed(store: Store, change: Callable[[Tables], T]) -> T:
    """Make a change of coordination rows in a transaction of its own, and what it returned."""
    answers: list[T] = []
    store.commit(Batch((), changes=(lambda tables: answers.append(change(tables)),)))
    return answers[-1]
