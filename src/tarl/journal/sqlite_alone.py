"""A few rows of streams that go on, one of which has an owner: committed in one statement.

The statement itself asks for the owner's epoch, the index by stream for the rows' positions there,
and, where it is told the size of the log, the table whether anybody has written since.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from tarl.journal.store import Batch

ROWS_MAX = 4

_NAMES = "stream, seq, kind, body, digest, at, commitment, observed"
_IF_OWNED = "WHERE (SELECT epoch FROM stream WHERE id = ?) = ?"


def _statements(names: str) -> tuple[str, ...]:
    marks = f"({', '.join('?' for _ in names.split(','))})"
    return tuple(
        f"INSERT INTO event ({names})"
        f" SELECT * FROM (VALUES {', '.join([marks] * rows)}) {_IF_OWNED}"
        for rows in range(1, ROWS_MAX + 1)
    )


_AFTER_ALL = _statements(_NAMES)
_AT_POSITIONS = _statements(f"{_NAMES}, pos")
"""A position that is taken breaks the table's key, and one beyond the next cannot be asked for: the
log never gets shorter.
"""


class Alone(NamedTuple):
    """A statement with its parameters, and where the streams end once it has written."""

    statement: str
    values: list[Any]
    heads: dict[str, int]


def alone(
    batch: Batch,
    size: int | None,
    *,
    ids: Mapping[str, int],
    heads: Mapping[str, int],
    projected: Container[str],
) -> Alone | None:
    """How to commit a batch in one statement; None if it takes a transaction.

    Args:
        batch: What to commit.
        size: How many events the log must hold; None for any.
        ids: Streams' numbers.
        heads: Where streams end, of those that are known.
        projected: Kinds that concern a projection.
    """
    rows, blobs, epochs, guards, changes, _ = batch
    if blobs or guards or changes or len(epochs) != 1 or not 0 < len(rows) <= ROWS_MAX:
        return None
    found: dict[str, int] = {}
    values: list[Any] = []
    for row in rows:
        stream = row[0]
        head = found.get(stream) or heads.get(stream)
        if head is None or row[1] != head + 1 or row[2] in projected:
            return None
        found[stream] = head + 1
        values.append(ids[stream])
        values += row[1:]
        if size is not None:
            size += 1
            values.append(size)
    ((owned, epoch),) = epochs.items()
    if owned not in found:
        return None
    values += (ids[owned], epoch)
    statements = _AFTER_ALL if size is None else _AT_POSITIONS
    return Alone(statements[len(rows) - 1], values, found)
