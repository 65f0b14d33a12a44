"""A commit whose answer is lost is there once: the way to the server is cut at every message."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.links import Wire, to_socket
from tests.postgres_server import PORT, Server, server

from tarl.journal.event import ChainCheck, Row
from tarl.journal.postgres.store import PostgresStore
from tarl.journal.projection import Coordination, Fact, Projection, Table, Tables
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

MESSAGES_MAX = 60
STREAM = "run/a/x/1"

COUNT = Table(name="count", columns={"key": "TEXT", "n": "INTEGER"}, key=("key",))
TOUCHED = Table(name="touched", columns={"key": "TEXT", "n": "INTEGER"}, key=("key",))


def add(tables: Tables, table: str) -> None:
    record = tables.get(table, "all")
    tables.put(table, {"key": "all", "n": (record["n"] if record else 0) + 1})


def count(tables: Tables, fact: Fact) -> None:
    add(tables, "count")


def touch(tables: Tables) -> None:
    add(tables, "touched")


PROJECTION = Projection(
    name="count", tables=(COUNT,), kinds=frozenset({"thing.made/1"}), apply=count
)
COORDINATION = Coordination(name="touched", tables=(TOUCHED,))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tarl-wire-") as path:
        yield Path(path)


def opened(url: str) -> PostgresStore:
    return PostgresStore(url, origin="o", projections=(PROJECTION,), coordinations=(COORDINATION,))


def rows(store: PostgresStore, kind: str, n: int = 2) -> list[Row]:
    writer = StreamWriter(STREAM, tenant="a", codec=store.codec)
    if (head := store.head(STREAM)) is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    return [writer.append(kind, b"{}", at_ms=1) for _ in range(n)]


BATCHES = {
    "one statement": lambda rows: Batch(rows("other/1"), epochs={STREAM: 1}),
    "with a projection": lambda rows: Batch(rows("thing.made/1"), epochs={STREAM: 1}),
    "nothing but a change": lambda _: Batch([], changes=[touch]),
}


@pytest.mark.parametrize("kind", BATCHES)
def test_it_is_there_once_wherever_the_way_is_cut(
    postgres: Server, folder: Path, kind: str
) -> None:
    direct = postgres.database()
    cut = direct.replace(str(postgres.home), str(folder))
    looking = opened(direct)
    looking.commit(Batch(rows(looking, "other/1", 1), epochs={STREAM: 1}))
    cuts = 0
    for after in range(MESSAGES_MAX):
        with to_socket(postgres.home / f".s.PGSQL.{PORT}", folder, Wire) as through:
            store = opened(cut)
            store.commit(Batch(rows(store, "other/1", 1), epochs={STREAM: 1}))
            batch = BATCHES[kind](lambda kind, store=store: rows(store, kind))
            before = standing(looking)
            through.cut_after = through.passed + after
            store.commit(batch)
            through.cut_after = None
            store.close()
        (folder / f".s.PGSQL.{PORT}").unlink()
        made = [row.kind == "thing.made/1" for row in batch.rows]
        expected = (before[0] + len(made), before[1] + sum(made), before[2] + len(batch.changes))
        assert standing(looking) == expected, f"cut after {after} messages"
        cuts += through.has_cut
        if not through.has_cut:
            break
    looking.close()
    assert 2 <= cuts < MESSAGES_MAX


def standing(store: PostgresStore) -> tuple[int, int, int]:
    """Events, what was projected and what was changed; the log has no gap and the chain holds."""
    events = list(store.read_log())
    assert [event.log_index for event in events] == list(range(len(events)))
    ChainCheck(STREAM).check_all(events)
    counted, touched = store.get("count", "all"), store.get("touched", "all")
    return len(events), counted["n"] if counted else 0, touched["n"] if touched else 0
