"""The process that the index test kills: commits to a stream of its own and to one that all share.

Usage: ``python -m tests.crash.index_worker JOURNAL NAME BEHIND``. Every commit is told on standard
output once it is acknowledged: stream and last position. The index is brought up to date after
every BEHIND events, so that many kills meet it.
"""

from __future__ import annotations

import sys

from tarl.errors import Conflict
from tarl.journal import sqlite_index
from tarl.journal.codec import Codec
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

SHARED = "run/default/shared/1"


def main(journal: str, name: str, behind: str) -> None:
    sqlite_index.BEHIND_MAX = int(behind)
    store = SqliteStore(journal, origin="tarl/test")
    own = StreamWriter(f"run/default/{name}/1", tenant="default", codec=Codec())
    begin(store, own)
    epoch = {own.stream: store.take_over(own.stream)}
    shared = StreamWriter(SHARED, tenant="default", codec=Codec())
    begin(store, shared)
    n = 0
    while True:
        n += 1
        rows = [own.append("a/1", b"%d" % n, at_ms=1) for _ in range(1 + n % 2)]
        also = [shared.append("b/1", name.encode(), at_ms=1)] if n % 3 == 0 else []
        try:
            store.commit(Batch([*rows, *also], epochs=epoch))
        except Conflict as late:
            if late.facts["stream"] != SHARED:
                raise
            follow(store, own)
            follow(store, shared)
        else:
            told = [f"{own.stream} {own.seq}", *(f"{SHARED} {row.seq}" for row in also)]
            print("\n".join(told), flush=True)


def begin(store: SqliteStore, writer: StreamWriter) -> None:
    """Make the stream if it is not there yet."""
    while not follow(store, writer):
        row = writer.append("begun/1", b"{}", at_ms=1)
        try:
            store.commit(Batch([row]))
        except Conflict:
            continue


def follow(store: SqliteStore, writer: StreamWriter) -> bool:
    """Go on behind the stream's end on disk; whether there is one."""
    head = store.head(writer.stream)
    if head is not None:
        writer.continue_from(*head)
    else:
        writer.continue_from(0, bytes(32), 0)
    return head is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
