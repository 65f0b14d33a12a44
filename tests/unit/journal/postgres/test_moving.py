"""A journal's file moved to a database: everything as it was, and the file read only from then."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.postgres_server import Server, server

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Corrupt, Denied, Invalid, Unavailable
from tarl.journal.check import check_store
from tarl.journal.log import Log
from tarl.journal.store import Batch, Store
from tarl.kernel.events import UPCASTERS
from tarl.provenance.evidence import export
from tarl.storage import PROJECTIONS, move_to_database, open_store
from tarl.values.ids import RunId


@activity
async def double(n: int) -> int:
    return 2 * n


@activity
async def large(n: int) -> str:
    return "x" * n


@workflow
async def doubling(ctx: Context, n: int) -> int:
    await ctx.call(large, 200_000)
    for _ in range(n):
        n = await ctx.call(double, n)
    return n


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def keyring() -> Keyring:
    keys = Keyring().ensure()
    keys.make_tenant_key("default")
    return keys


async def work(path: Path | str, *ids: str) -> list[int]:
    async with tarl.open(path, workflows=[doubling], sealed=True) as runtime:
        return [await runtime.run(doubling, 3, id=id) for id in ids]


def worked(path: Path | str, *ids: str) -> list[int]:
    return asyncio.run(work(path, *ids))


def everything(store: Store) -> dict[str, object]:
    log = Log(store)
    return {
        "origin": store.origin,
        "events": list(store.read_log()),
        "root": log.root(store.log_size()),
        "proof": log.inclusion([1], store.log_size()),
        "checkpoints": store.checkpoints(limit=100),
        "nodes": list(store.log_nodes()),
        "runs": list(store.scan("run")),
    }


def evidence_of(store: Store, keyring: Keyring) -> bytes:
    note = store.checkpoints()[0].note
    return b"".join(export(store, keyring, RunId("default", "a", 1), note=note))


def test_everything_is_as_it_was_and_the_journal_goes_on(
    postgres: Server, tmp_path: Path, keyring: Keyring
) -> None:
    path, url = tmp_path / "tarl.db", postgres.database()
    worked(path, "a", "b")
    store = open_store(path, keyring=keyring)
    before, evidence = everything(store), evidence_of(store, keyring)
    store.close()

    moved = move_to_database(path, url, keyring=keyring, upcasters=UPCASTERS)

    assert moved.events == len(before["events"])
    store = open_store(url, keyring=keyring)
    assert everything(store) == before
    assert evidence_of(store, keyring) == evidence
    report = check_store(store, keyring, projections=PROJECTIONS, deep=True, upcasters=UPCASTERS)
    assert report.findings == ()
    assert (report.events, report.erased) == (moved.events, 0)
    store.close()
    assert worked(url, "a", "c") == [24, 24]
    store = open_store(url, keyring=keyring)
    assert everything(store)["events"][: moved.events] == before["events"]
    store.close()


def test_the_file_is_read_and_not_written_any_more(
    postgres: Server, tmp_path: Path, keyring: Keyring
) -> None:
    path, url = tmp_path / "tarl.db", postgres.database()
    worked(path, "a")
    move_to_database(path, url, keyring=keyring, upcasters=UPCASTERS)
    with pytest.raises(Conflict) as refused:
        worked(path, "b")
    assert refused.value.code == "journal.moved"
    store = open_store(path, keyring=keyring)
    assert store.log_size() > 0
    with pytest.raises(Conflict) as refused:
        store.commit(Batch([], [store.codec.store_blob("a", b"x")]))
    assert refused.value.code == "journal.moved"
    store.close()
    with pytest.raises(Conflict) as refused:
        move_to_database(path, postgres.database(), keyring=keyring, upcasters=UPCASTERS)
    assert refused.value.code == "journal.moved"


def test_what_cannot_be_moved_stays(postgres: Server, tmp_path: Path, keyring: Keyring) -> None:
    path, url = tmp_path / "tarl.db", postgres.database()
    worked(path, "a")
    open_store(url, keyring=keyring).close()
    for place, code, kind in (
        (url, "journal.not_empty", Conflict),
        ("mysql://there", "journal.not_a_url", Invalid),
        (f"postgresql://tarl@/none?host={tmp_path}", "journal.unreachable", Unavailable),
    ):
        with pytest.raises(kind) as refused:
            move_to_database(path, place, keyring=keyring, upcasters=UPCASTERS)
        assert refused.value.code == code
    store = open_store(path, keyring=keyring)
    with pytest.raises(Unavailable) as busy:
        move_to_database(path, postgres.database(), keyring=keyring, upcasters=UPCASTERS)
    store.close()
    assert busy.value.code == "journal.locked"
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE event SET digest = zeroblob(32) WHERE pos = 3")
    raw.close()
    with pytest.raises(Corrupt) as unsound:
        move_to_database(path, postgres.database(), keyring=keyring, upcasters=UPCASTERS)
    assert unsound.value.code == "journal.unsound"


def test_a_character_that_the_database_cannot_keep_leaves_all_as_it_was(
    postgres: Server, tmp_path: Path, keyring: Keyring
) -> None:
    path, url = tmp_path / "tarl.db", postgres.database()
    worked(path, "a")
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE checkpoint SET note = note || char(0)")
    raw.close()
    with pytest.raises((Denied, Corrupt)):
        move_to_database(path, url, upcasters=UPCASTERS)
    assert worked(path, "b") == [24]


def test_what_was_changed_in_a_database_is_found(
    postgres: Server, tmp_path: Path, keyring: Keyring
) -> None:
    url = postgres.database()
    worked(url, "a")
    for change, code in (
        ("UPDATE run SET status = 'failed'", "journal.projection"),
        ("UPDATE event SET digest = sha256('') WHERE pos = 3", "journal.chain_broken"),
    ):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(change)
        store = open_store(url, keyring=keyring)
        report = check_store(store, keyring, projections=PROJECTIONS, upcasters=UPCASTERS)
        store.close()
        assert code in {finding.code for finding in report.findings}
