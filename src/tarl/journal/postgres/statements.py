"""What the store says to the server, and how rows become its columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

_INTO = (
    "INSERT INTO event (stream, seq, kind, body, digest, at, commitment, observed)"
    " SELECT r.stream, r.seq, r.kind, r.body, r.digest, r.at, r.commitment, r.observed FROM "
)
_INSERT = (
    f"{_INTO}unnest(%s::bigint[], %s::bigint[], %s::text[], %b::bytea[], %b::bytea[],"
    " %s::bigint[], %b::bytea[], %b::bytea[]) WITH ORDINALITY"
    " AS r(stream, seq, kind, body, digest, at, commitment, observed, n)"
)
_ROW = "(%s::bigint, %s::bigint, %s::text, %b::bytea, %b::bytea, %s::bigint, %b::bytea, %b::bytea, "

FEW_ROWS_MAX = 8
"""So many rows are parameters each; arrays, which take more are told in, cost the server and the
client three times as much to read.
"""

INSERT_EVENTS = f"{_INSERT} ORDER BY r.n"
"""Rows as columns, see ``columns_of``."""

_OWNED_ONE = "SELECT s.id FROM stream s WHERE s.id = %s AND s.epoch = %s FOR SHARE"
_OWNED = (
    "SELECT s.id FROM stream s JOIN unnest(%s::bigint[], %s::bigint[]) AS o(id, epoch)"
    " ON s.id = o.id AND s.epoch = o.epoch ORDER BY s.id FOR SHARE OF s"
)


def insert_owned(
    rows: Sequence[tuple[Any, ...]], owned: Sequence[tuple[int, int]], tables: int | None
) -> tuple[str, list[Any]]:
    """The statement that inserts rows (as for ``columns_of``) if the epoch of every stream that is
    ``owned`` is still that one, and the revision of the tables too if one is given; and its values.
    """
    few = len(rows) if len(rows) <= FEW_ROWS_MAX else 0
    text = _insert_owned(few, is_one=len(owned) == 1, asks_tables=tables is not None)
    told: list[Any] = (
        [*owned[0]] if len(owned) == 1 else [list(each) for each in zip(*owned, strict=True)]
    )
    told = told or [[], []]
    told += chain.from_iterable(rows) if few else columns_of(rows)
    told.append(len(owned))
    if tables is not None:
        told.append(tables)
    return text, told


@cache
def _insert_owned(few: int, *, is_one: bool, asks_tables: bool) -> str:
    text = f"WITH owned AS MATERIALIZED ({_OWNED_ONE if is_one else _OWNED}) "
    if few:
        values = ", ".join(f"{_ROW}{n})" for n in range(few))
        names = "stream, seq, kind, body, digest, at, commitment, observed, n"
        text += f"{_INTO}(VALUES {values}) AS r({names})"
    else:
        text += _INSERT
    text += " WHERE (SELECT count(*) FROM owned) = %s"
    if asks_tables:
        text += " AND (SELECT value FROM tables_revision) = %s"
    return f"{text} ORDER BY r.n"


TABLES_AS_THEY_ARE = "SELECT pg_current_xact_id()::text, value FROM tables_revision"
"""The transaction's id, and the revision that it finds."""

CHANGE_TABLES = (
    "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(%s))"
    " UPDATE tables_revision SET value = value + 1 FROM alone"
    " RETURNING pg_current_xact_id()::text, value - 1"
)
"""The same, for one that changes them, once it is the only one that does: what it finds is what the
one before it left, whenever it began to wait.
"""

INSERT_BLOB = "INSERT INTO blob VALUES (%s, %b, %s) ON CONFLICT DO NOTHING"

KEEP_NODE = "INSERT INTO log_node VALUES (%s, %s, %b) ON CONFLICT DO NOTHING"

KEEP_CHECKPOINT = (
    "INSERT INTO checkpoint (size, note, at, published) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (size) DO UPDATE SET note = excluded.note, at = excluded.at,"
    " published = checkpoint.published OR excluded.published"
)

EVENT = "seq, kind, body, digest, at, observed, commitment, pos"

OF_STREAM = "stream = (SELECT id FROM stream WHERE name = %s)"


def columns_of(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows (stream's id, then the fields of ``Row``) as the arrays that the statements take."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]
