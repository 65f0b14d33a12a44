"""A few rows of streams that go on, one of which has an owner: committed in one statement.

The statement itself asks for the owner's epoch, and its key whether anybody has written since: each
row names its place in the log. So where the streams end is as it was when it was last looked at.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from tarl.journal.store import Batch

ROWS_MAX = 4

_NAMES = "stream, seq, kind, body, digest, at"
_SELDOM = "commitment, observation"


def _statements(names: str) -> tuple[str, ...]:
    marks = f"({', '.join('?' for _ in names.split(','))})"
    return tuple(
        f"INSERT INTO event ({names}) SELECT * FROM (VALUES {', '.join([marks] * rows)})"
        " WHERE (SELECT epoch FROM stream WHERE id = ?) = ?"
        for rows in range(1, ROWS_MAX + 1)
    )


_PLAIN = _statements(f"{_NAMES}, pos")
_WHOLE = _statements(f"{_NAMES}, {_SELDOM}, pos")
"""A place that is taken breaks the table's key, and one beyond the next cannot be asked for: the
log never gets shorter.
"""


class Alone(NamedTuple):
    """A statement with its parameters, and where the streams end once it has written."""

    statement: str
    values: list[Any]
    heads: dict[str, int]


def alone(
    batch: Batch,
    size: int,
    *,
    ids: Mapping[str, int],
    heads: Mapping[str, int],
    projected: Container[str],
) -> Alone | None:
    """How to commit a batch in one statement; None if it takes a transaction.

    Args:
        batch: What to commit.
        size: How many events the log must hold.
        ids: Streams' numbers.
        heads: Where streams end in a log of that size, of those that are known.
        projected: Kinds that concern a projection.
    """
    rows, blobs, epochs, guards, changes, _ = batch
    if blobs or guards or changes or len(epochs) != 1 or not 0 < len(rows) <= ROWS_MAX:
        return None
    found: dict[str, int] = {}
    values: list[Any] = []
    statements, end = _PLAIN, 6
    for row in rows:
        if row[6] is not None or row[7] is not None:
            statements, end = _WHOLE, 8
    for row in rows:
        stream = row[0]
        head = found.get(stream) or heads.get(stream)
        if head is None or row[1] != head + 1 or row[2] in projected:
            return None
        found[stream] = head + 1
        values.append(ids[stream])
        values += row[1:end]
        size += 1
        values.append(size)
    ((owned, epoch),) = epochs.items()
    if owned not in found:
        return None
    values += (ids[owned], epoch)
    return Alone(statements[len(rows) - 1], values, found)
