"""What the store says to the server, and how rows become its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_INSERT = (
    "INSERT INTO event (stream, seq, kind, body, digest, at, commitment, observed)"
    " SELECT r.stream, r.seq, r.kind, r.body, r.digest, r.at, r.commitment, r.observed"
    " FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %b::bytea[], %b::bytea[], %s::bigint[],"
    " %b::bytea[], %b::bytea[]) WITH ORDINALITY"
    " AS r(stream, seq, kind, body, digest, at, commitment, observed, n)"
)

INSERT_EVENTS = f"{_INSERT} ORDER BY r.n"
"""Rows as columns, see ``columns_of``."""

INSERT_OWNED = (
    "WITH owned AS MATERIALIZED ("
    "SELECT s.id FROM stream s JOIN unnest(%s::bigint[], %s::bigint[]) AS o(id, epoch)"
    " ON s.id = o.id AND s.epoch = o.epoch ORDER BY s.id FOR SHARE OF s) "
    f"{_INSERT} WHERE (SELECT count(*) FROM owned) = %s ORDER BY r.n"
)
"""The same, if the epoch of every stream that is named with one is still that one."""

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
