"""A few rows of streams that go on, one of which has an owner: committed in one statement.

The statement itself asks for the owner's epoch, and its key whether anybody has written since: each
row names its place in the log. So where the streams end is as it was when it was last looked at.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

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


def alone(
    batch: Batch,
    size: int,
    *,
    ids: Mapping[str, int],
    heads: Mapping[str, int],
    projected: Container[str],
) -> tuple[str, list[Any], dict[str, int]] | None:
    """How to commit a batch in one statement: the statement, its parameters, and where the streams
    end once it has written; None if it takes a transaction.

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
    is_plain = True
    for row in rows:
        if row[6] is not None or row[7] is not None:
            is_plain = False
    for stream, seq, kind, body, digest, at, commitment, observed in rows:
        head = found.get(stream) or heads.get(stream)
        if head is None or seq != head + 1 or kind in projected:
            return None
        found[stream] = seq
        # A bytearray is quicker: see INSERT_PLAIN.
        values += ids[stream], seq, kind, body and bytearray(body), bytearray(digest), at
        if not is_plain:
            values += commitment, observed
        size += 1
        values.append(size)
    ((owned, epoch),) = epochs.items()
    if owned not in found:
        return None
    values += (ids[owned], epoch)
    return (_PLAIN if is_plain else _WHOLE)[len(rows) - 1], values, found
