"""Whoever falls silent in the middle of a transaction keeps nobody else for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from tests.postgres_server import Server, server
from tests.unit.journal.postgres.test_lost_answers import STREAM, opened, touch

from tarl.errors import Unavailable
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.patience import unwaiting
from tarl.journal.postgres import session
from tarl.journal.postgres.schema import SEQUENCER_LOCK, TABLES_LOCK
from tarl.journal.postgres.session import IDLE_MS_MAX, connect, fault
from tarl.journal.postgres.store import PostgresStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

IDLE_S = 1.0
TOGETHER, CHANGES = 4, 25


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


def rows(*words: str) -> list[Row]:
    writer = StreamWriter(STREAM, tenant="a", codec=Codec())
    return [writer.append("thing.made/1", b'"%b"' % word.encode(), at_ms=1) for word in words]


def test_its_locks_are_freed(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "IDLE_MS_MAX", int(IDLE_S * 1_000))
    url = postgres.database()
    store = opened(url)
    fallen = connect(url)
    fallen.execute("BEGIN")
    for lock in (TABLES_LOCK, SEQUENCER_LOCK):
        fallen.execute("SELECT pg_advisory_xact_lock(%s)", (lock,))
    before_s = time.monotonic()
    store.commit(Batch(rows("one"), changes=[touch]), wait_ms=30_000)
    assert [event.body for event in store.read(STREAM)] == [b'"one"']
    assert store.log_size() == 1
    assert time.monotonic() - before_s < 20 * IDLE_S
    with pytest.raises(session.psycopg.Error) as caught:
        fallen.execute("SELECT 1")
    assert isinstance(fault(caught.value, url), Unavailable)
    fallen.close()
    store.close()


@pytest.mark.parametrize("hurries", [False, True])
def test_who_does_not_wait_is_told_at_once(postgres: Server, hurries: bool) -> None:
    url = postgres.database()
    store, holder = opened(url), connect(url)
    holder.execute("BEGIN")
    holder.execute("SELECT pg_advisory_xact_lock(%s)", (TABLES_LOCK,))
    batch = Batch(rows("one"), changes=[touch])
    before_s = time.monotonic()
    with pytest.raises(Unavailable) as refused, unwaiting(store) if hurries else nullcontext():
        store.commit(batch, wait_ms=0)
    assert refused.value.code == "journal.locked"
    assert time.monotonic() - before_s < IDLE_MS_MAX / 1_000 / 2
    assert store.head(STREAM) is None
    holder.execute("ROLLBACK")
    store.commit(batch, wait_ms=0)
    assert [event.body for event in store.read(STREAM)] == [b'"one"']
    holder.close()
    store.close()


def test_who_changes_tables_finds_what_the_one_before_left(postgres: Server) -> None:
    url = postgres.database()
    stores = [opened(url) for _ in range(TOGETHER)]
    before = stores[0].tables_revision()

    def change(store: PostgresStore) -> None:
        for _ in range(CHANGES):
            store.commit(Batch([], changes=[touch]), wait_ms=30_000)

    with ThreadPoolExecutor(TOGETHER) as threads:
        list(threads.map(change, stores))
    touched = stores[0].get("touched", "all")
    assert touched is not None
    assert touched["n"] == TOGETHER * CHANGES
    assert stores[0].tables_revision() == before + TOGETHER * CHANGES
    for store in stores:
        store.close()


def test_a_moment_may_take_its_time(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "IDLE_MS_MAX", 200)
    store = opened(postgres.database())
    store.commit(Batch(rows("one")))
    with store.at_one_moment():
        time.sleep(1.0)
        assert store.log_size() == 1
    store.close()


def test_the_server_gives_up_who_says_nothing(postgres: Server) -> None:
    with connect(postgres.database()) as connection:
        (idle,) = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() or ("",)
    assert idle == "15s"


def test_what_others_add_while_a_stream_is_read_is_left_for_the_next_read(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    store, other = opened(url), opened(url)
    first, second = rows("one", "two")
    store.commit(Batch([first]))
    place = store._place

    def place_and_be_overtaken() -> None:
        place()
        other.commit(Batch([second]))

    monkeypatch.setattr(store, "_place", place_and_be_overtaken)
    assert [event.body for event in store.read(STREAM)] == [b'"one"']
    monkeypatch.undo()
    assert [event.log_index for event in store.read(STREAM)] == [0, 1]
    other.close()
    store.close()
