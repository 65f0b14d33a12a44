"""A journal of an older schema opens, migrates, replays and goes on.

``tests/fixtures/journal-v1.sql`` is the dump of a file of the first schema with two runs of the
workflow below: one that has ended, and one that was interrupted at its second payment. The workflow
stays as it is. ``journal-v3.sql`` is the same file as schema version 3 has it.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel.recorded import Values

import tarl
from tarl import Limits
from tarl.errors import Conflict, Corrupt
from tarl.journal import maintenance
from tarl.journal.sqlite import SqliteStore
from tarl.journal.sqlite_schema import SCHEMA_VERSION
from tarl.kernel import history
from tarl.kernel.rerun import rerun
from tarl.storage import PROJECTIONS, open_store
from tarl.values.ids import RunId

FIXTURES = Path(__file__).parents[2] / "fixtures"
LIMITS = Limits(inline_bytes_max=64)
ENDED = RunId("default", "march", 1)
OPEN = RunId("default", "april", 1)

PAID: list[int] = []


@tarl.activity(name="stored.pay")
async def pay(amount_minor: int) -> str:
    PAID.append(amount_minor)
    return f"receipt for {amount_minor}: " + "x" * 80


@tarl.workflow(name="stored.settle")
async def settle(ctx: tarl.Context, amounts_minor: list[int]) -> dict[str, Any]:
    receipts = []
    for amount_minor in amounts_minor:
        receipts.append(await ctx.call(pay, amount_minor))
        ctx.snapshot({"paid": len(receipts)})
    discount = ctx.patched("discount")
    await ctx.sleep(0.001)
    return {"receipts": receipts, "discount": discount, "token": str(ctx.uuid())}


@pytest.fixture(params=[1, 3])
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def db(version: int, tmp_path: Path) -> Path:
    PAID.clear()
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript((FIXTURES / f"journal-v{version}.sql").read_text())
    connection.close()
    return path


def user_version(db: Path) -> int:
    connection = sqlite3.connect(db)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def test_an_old_file_is_migrated_when_it_is_opened(db: Path, version: int) -> None:
    assert user_version(db) == version
    store = open_store(db)
    assert user_version(db) == SCHEMA_VERSION
    assert store.origin == "tarl/0123456789abcdef"
    assert list(store.streams("run/")) == [OPEN.stream, ENDED.stream]
    (checkpoint,) = store.checkpoints(limit=9)
    assert (checkpoint.size, checkpoint.published) == (3, False)
    assert history.patches(store, ENDED) == {"discount"}
    assert list(store.log_nodes()) == []
    record = store.get("run", "default", "march", 1)
    assert record is not None
    assert record["status"] == "completed"
    store.close()
    assert maintenance.check(db, projections=PROJECTIONS, deep=True).is_sound
    open_store(db).close()


def test_an_old_run_replays(db: Path) -> None:
    store = open_store(db)
    report = rerun(settle, store.read(ENDED.stream), shelf=Values(store), limits=LIMITS)
    assert report.status == "completed"
    assert [r[:15] for r in report.result["receipts"]] == ["receipt for 120", "receipt for 80:"]
    assert report.result["discount"] is True
    report = rerun(settle, store.read(OPEN.stream), shelf=Values(store), limits=LIMITS)
    assert (report.status, report.open_steps) == ("running", (2,))
    assert PAID == []
    store.close()


def test_an_old_run_goes_on_and_old_and_new_runs_share_the_file(db: Path) -> None:
    async def go_on() -> tuple[Any, Any]:
        async with tarl.open(db, limits=LIMITS) as runtime:
            runtime.register(settle)
            resumed = await runtime.resume(OPEN)
            return resumed, await runtime.run(settle, [7], id="may")

    resumed, new = asyncio.run(go_on())
    assert PAID == [45, 7]
    assert [r[:14] for r in resumed["receipts"]] == ["receipt for 30", "receipt for 45"]
    assert new["receipts"][0].startswith("receipt for 7:")
    assert maintenance.check(db, projections=PROJECTIONS, deep=True).is_sound
    store = open_store(db)
    indexes = [event.log_index for event in store.read_log()]
    assert indexes == list(range(len(indexes)))
    store.close()


def test_a_migration_that_fails_changes_nothing(
    db: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tarl.journal import sqlite_schema

    step = version + 1
    broken = dict(sqlite_schema._MIGRATIONS)
    broken[step] += "; SELECT nonsense"
    monkeypatch.setattr(sqlite_schema, "_MIGRATIONS", broken)
    with pytest.raises(Corrupt):
        open_store(db)
    monkeypatch.undo()
    assert user_version(db) == version
    open_store(db).close()
    assert user_version(db) == SCHEMA_VERSION


def test_an_old_file_can_be_cared_for_before_it_is_migrated(
    db: Path, version: int, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    assert maintenance.backup(db, copy).streams == 2
    assert maintenance.compact(copy).checkpoints_removed == 0
    assert user_version(copy) == version
    assert maintenance.check(copy, projections=PROJECTIONS, deep=True).is_sound


def old_file(path: Path, events: list[tuple[int, int, str]]) -> sqlite3.Connection:
    """A file of schema version 3 with such events (stream, position, kind); a connection to it."""
    from tarl.journal import sqlite_schema

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for version in (1, 2, 3):
        connection.executescript(sqlite_schema._MIGRATIONS[version])
    connection.execute("INSERT INTO meta VALUES ('origin', 'tarl/old')")
    connection.execute(f"PRAGMA application_id = {sqlite_schema.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 3")
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT OR IGNORE INTO stream VALUES (?, 'run/a/x/' || ?, 1)",
        [(stream, stream) for stream, _, _ in events],
    )
    connection.executemany(OLD_INSERT, events)
    connection.execute("COMMIT")
    return connection


OLD_INSERT = (
    "INSERT INTO event (stream, seq, kind, body, digest, at, commitment, observed)"
    " VALUES (?, ?, ?, x'7b7d', zeroblob(32), 1, NULL, NULL)"
)


def test_every_event_of_an_old_file_is_found(tmp_path: Path) -> None:
    kinds = ("step.completed/1", "patch.marked/1", "signal.sent/1", "step.started/1")
    events = [(1 + n % 5, 1 + n // 5, kinds[n * n % 7 % 4]) for n in range(1_000)]
    old_file(tmp_path / "old.db", events).close()
    store = SqliteStore(tmp_path / "old.db", origin="")
    for stream in range(1, 6):
        name = f"run/a/x/{stream}"
        mine = [(seq, kind) for of, seq, kind in events if of == stream]
        assert [(event.seq, event.kind) for event in store.read(name)] == mine
        assert [event.seq for event in store.read_kind(name, "patch.marked/1")] == [
            seq for seq, kind in mine if kind == "patch.marked/1"
        ]
        head = store.head(name)
        assert head is not None
        assert head.seq == 200
    assert [index for index, _ in store.announced(7)] == [
        n for n, (_, _, kind) in enumerate(events) if kind == "signal.sent/1" and n >= 7
    ]
    assert store.index_faults() == []
    store.close()


def test_an_older_program_that_has_the_file_open_writes_nothing_any_more(tmp_path: Path) -> None:
    """It would leave it to an index that is gone to refuse a position that is taken."""
    old = old_file(tmp_path / "old.db", [(1, 1, "a/1")])
    old.execute(OLD_INSERT, (1, 2, "a/1"))
    SqliteStore(tmp_path / "old.db", origin="").close()
    for seq in (2, 3):
        with pytest.raises(sqlite3.OperationalError, match="observed"):
            old.execute(OLD_INSERT, (1, seq, "a/1"))
    old.close()
    store = SqliteStore(tmp_path / "old.db", origin="")
    assert [event.seq for event in store.read("run/a/x/1")] == [1, 2]
    store.close()


def test_a_newer_file_is_refused(db: Path) -> None:
    connection = sqlite3.connect(db)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(Conflict) as conflict:
        open_store(db)
    assert conflict.value.code == "journal.newer"
    assert user_version(db) == SCHEMA_VERSION + 1
