"""The sequencer: committed events take their places in the log, in an order without gaps.

Writers insert without knowing of one another; whoever reads the log gives what has been committed
since its places first, one reader at a time, in a commit of its own. So a commit never waits for a
place, and a place never is of an event that was undone.

1. Places ascend with ``id``: the events of a stream, and of a commit, lie in their order, and what
   had been committed before another event was made lies before it.
2. A place, once given, never changes.
"""

from __future__ import annotations

import psycopg

from tarl.journal.postgres.schema import SEQUENCER_LOCK

CHANNEL = "tarl_log"
"""Where the log's new size is announced (NOTIFY)."""

PLACED_AT_ONCE_MAX = 20_000

_PLACE = """
WITH unplaced AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n
    FROM (SELECT id FROM event WHERE pos IS NULL ORDER BY id LIMIT %s) AS first
), placed AS (
    UPDATE event SET pos = (SELECT coalesce(max(pos), 0) FROM event) + unplaced.n
    FROM unplaced WHERE event.id = unplaced.id AND event.pos IS NULL
    RETURNING event.pos
)
SELECT count(*), max(pos) FROM placed
"""


def place_all(connection: psycopg.Connection) -> int:
    """Give every committed event its place; how many had none."""
    total = 0
    while True:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (SEQUENCER_LOCK,))
            row = connection.execute(_PLACE, (PLACED_AT_ONCE_MAX,)).fetchone()
            placed, size = row or (0, None)
            if placed:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(size)))
        total += int(placed)
        if placed < PLACED_AT_ONCE_MAX:
            return total


def size_of(connection: psycopg.Connection) -> tuple[int, bool]:
    """How many events have a place, and whether all have."""
    row = connection.execute(
        "SELECT coalesce((SELECT max(pos) FROM event), 0),"
        " NOT EXISTS (SELECT 1 FROM event WHERE pos IS NULL)"
    ).fetchone()
    return (int(row[0]), bool(row[1])) if row else (0, True)
