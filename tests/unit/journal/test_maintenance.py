"""Backups, checks and compaction of real files, also while others use them."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel import recorded

import tarl
from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Corrupt, Denied, Missing, Unavailable
from tarl.journal import maintenance
from tarl.journal.check import CheckReport
from tarl.journal.codec import Codec
from tarl.journal.sqlite_schema import SCHEMA_VERSION
from tarl.journal.store import Batch, Checkpoint
from tarl.journal.upcast import Upcast, Upcasters
from tarl.journal.writer import StreamWriter
from tarl.storage import PROJECTIONS, open_store


@pytest.fixture(autouse=True)
def _as_written() -> None:
    recorded.BEHAVES.clear()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with three runs, more than two blocks of the log, and signed checkpoints."""
    home = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TARL_HOME", str(home / ".tarl"))
        db = home / "tarl.db"
        recorded.record(db, recorded.doubles, 300, id="many")
        recorded.record(db, recorded.carries, 40_000, id="large")
        recorded.record(db, recorded.fails, 1, id="failed")
    return db


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Path:
    """The journal and its keys, for the test to do with what it likes."""
    shutil.copytree(made.parent / ".tarl", tmp_path / ".tarl")
    return Path(shutil.copy(made, tmp_path))


def check(db: Path, **options: Any) -> CheckReport:
    return maintenance.check(db, Keyring(), projections=PROJECTIONS, **options)


def change(db: Path, statement: str, *values: Any) -> None:
    connection = sqlite3.connect(db)
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


# --- check


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_journal_is_found_sound(db: Path, deep: bool) -> None:
    report = check(db, deep=deep)
    assert report.findings == ()
    assert report.is_sound
    report.require_sound()
    assert (report.events, report.streams, report.nodes) == (602 + 6 + 4, 3, 3)
    assert report.checkpoints >= 1
    assert report.signatures
    assert report.blobs == (2 if deep else 0)
    assert report.deep is deep


def test_a_check_changes_nothing_and_tells_how_far_it_is(db: Path) -> None:
    before = db.read_bytes()
    told: list[tuple[str, int, int]] = []
    check(db, deep=True, progress=lambda *step: told.append(step))
    assert db.read_bytes() == before
    assert list(dict.fromkeys(phase for phase, _, _ in told)) == [
        "pages",
        "index",
        "chains",
        "log",
        "checkpoints",
        "tables",
        "blobs",
    ]
    assert all(0 <= done <= whole for _, done, whole in told)
    assert ("chains", 612, 612) in told


def other_body(db: Path) -> None:
    change(db, "UPDATE event SET body = replace(body, '[7]', '[8]') WHERE pos = 16")


def dropped_event(db: Path) -> None:
    change(db, "DELETE FROM event WHERE pos = 100")


def dropped_run(db: Path) -> None:
    change(db, "DELETE FROM event WHERE stream = 2")
    change(db, "DELETE FROM stream WHERE id = 2")


def orphaned_run(db: Path) -> None:
    change(db, "DELETE FROM stream WHERE id = 2")


def other_time(db: Path) -> None:
    change(db, "UPDATE event SET at = at + 1 WHERE pos = 50")


def other_time_behind_the_blocks(db: Path) -> None:
    change(db, "UPDATE event SET at = at + 1 WHERE pos = 600")


def other_block(db: Path) -> None:
    change(db, "UPDATE log_node SET hash = zeroblob(32) WHERE idx = 1")


def text_for_bytes(db: Path) -> None:
    change(db, "UPDATE event SET body = 'text' WHERE pos = 16")


def negative_time(db: Path) -> None:
    change(db, "UPDATE event SET at = -1 WHERE pos = 16")


def odd_kind(db: Path) -> None:
    change(db, "UPDATE event SET kind = x'ff' WHERE pos = 16")


def odd_stream(db: Path) -> None:
    change(db, "UPDATE stream SET name = 'run/nonsense' WHERE id = 2")


def odd_note(db: Path) -> None:
    change(db, "UPDATE checkpoint SET note = x'ff'")


def odd_start(db: Path) -> None:
    store = open_store(db, must_exist=True)
    writer = StreamWriter("note/default/x", tenant="default", codec=Codec())
    store.commit(Batch([writer.append("note.made/1", b"[]", at_ms=1)]))
    store.close()
    change(db, "UPDATE event SET kind = 'run.started/1' WHERE kind = 'note.made/1'")


def cut(db: Path) -> None:
    change(db, "DELETE FROM event WHERE pos > 610")


def other_status(db: Path) -> None:
    change(db, "UPDATE run SET status = 'completed' WHERE workflow_id = 'failed'")


def missing_record(db: Path) -> None:
    change(db, "DELETE FROM run WHERE workflow_id = 'many'")


def invented_record(db: Path) -> None:
    change(
        db,
        "INSERT INTO run SELECT tenant, 'invented', n, workflow, status, started_at_ms,"
        " ended_at_ms, fork_of FROM run LIMIT 1",
    )


def other_note(db: Path) -> None:
    change(db, "UPDATE checkpoint SET note = replace(note, '=', 'A')")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (other_body, "journal.chain_broken"),
        (dropped_event, "journal.gap"),
        (dropped_run, "log.gap"),
        (orphaned_run, "log.gap"),
        (other_time, "log.block_changed"),
        (other_time_behind_the_blocks, "journal.forked"),
        (other_block, "log.block_changed"),
        (text_for_bytes, "journal.chain_broken"),
        (negative_time, "journal.malformed"),
        (odd_kind, "journal.chain_broken"),
        (odd_stream, "journal.chain_broken"),
        (odd_note, "journal.malformed"),
        (odd_start, "id.stream"),
        (cut, "journal.older"),
        (other_status, "journal.projection"),
        (missing_record, "journal.projection"),
        (invented_record, "journal.projection"),
    ],
)
def test_damage_is_found_by_its_name(db: Path, damage: Callable[[Path], None], code: str) -> None:
    damage(db)
    report = check(db)
    assert code in {finding.code for finding in report.findings}
    assert not report.is_sound
    with pytest.raises(Corrupt) as corrupt:
        report.require_sound()
    assert corrupt.value.facts["findings"][0]["code"] == corrupt.value.code
    assert check(db).findings == report.findings


@pytest.mark.parametrize("damage", [dropped_run, orphaned_run])
def test_a_run_that_is_gone_is_found_without_any_checkpoint(
    db: Path, damage: Callable[[Path], None]
) -> None:
    change(db, "DELETE FROM checkpoint")
    change(db, "DELETE FROM log_node")
    damage(db)
    report = maintenance.check(db)
    assert [finding.code for finding in report.findings] == ["log.gap"]


def test_a_forged_checkpoint_is_found_with_the_keys_only(db: Path) -> None:
    store = open_store(db)
    (checkpoint,) = store.checkpoints()
    signature = checkpoint.note.rsplit(" ", 1)[1]
    store.close()
    change(db, "UPDATE checkpoint SET note = replace(note, ?, ?)", signature, "A" * 99 + "=\n")
    assert not check(db).is_sound
    # Without keys the statement is compared with the log, and its signature is not looked at.
    report = maintenance.check(db, projections=PROJECTIONS)
    assert (report.is_sound, report.signatures) == (True, False)


def test_an_older_copy_is_found_by_the_checkpoint_kept_with_the_keys(
    db: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "older.db"
    maintenance.backup(db, copy)
    assert check(copy).is_sound
    recorded.record(db, recorded.doubles, 2, id="later")
    report = check(copy)
    assert [finding.code for finding in report.findings] == ["journal.older"]
    assert check(db).is_sound


def test_a_large_value_with_other_content_is_found_by_a_deep_check(db: Path) -> None:
    change(db, "UPDATE blob SET data = data || 'x'")
    assert check(db).is_sound
    codes = [finding.code for finding in check(db, deep=True).findings]
    assert codes.count("journal.blob_changed") == 4  # where it is referred to, and where it lies
    change(db, "DELETE FROM blob")
    assert {finding.code for finding in check(db, deep=True).findings} == {"journal.no_blob"}


def test_sealed_content_is_checked_as_far_as_its_key_goes(tmp_path: Path) -> None:
    db = tmp_path / "sealed.db"
    recorded.record(db, recorded.carries, 40_000, sealed=True)
    report = check(db, deep=True)
    assert (report.is_sound, report.erased) == (True, 0)
    stolen = tmp_path / "stolen.db"
    shutil.copy(db, stolen)
    change(stolen, "UPDATE blob SET data = data || 'x'")
    assert not check(stolen, deep=True).is_sound
    Keyring().destroy_tenant_key("default")
    report = check(db, deep=True)
    assert (report.is_sound, report.erased) == (True, 6)


def test_a_body_that_is_not_canonical_is_found_by_a_deep_check(tmp_path: Path) -> None:
    store = open_store(tmp_path / "tarl.db")
    writer = StreamWriter("note/default/x", tenant="default", codec=Codec())
    store.commit(Batch([writer.append("note.made/1", b'{"b":1, "a":2}', at_ms=1)]))
    store.close()
    assert check(tmp_path / "tarl.db").is_sound
    (finding,) = check(tmp_path / "tarl.db", deep=True).findings
    assert finding.code == "journal.body_changed"


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_torn_pages_are_named_and_never_a_traceback(db: Path, at: float) -> None:
    data = bytearray(db.read_bytes())
    start = int(len(data) * at) // 4096 * 4096
    data[start : start + 4096] = bytes(4096)
    db.write_bytes(bytes(data))
    try:
        is_sound = check(db, deep=True).is_sound
    except Corrupt:
        is_sound = False
    assert not is_sound


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database" * 100)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    for care in (
        maintenance.check,
        maintenance.compact,
        lambda path: maintenance.backup(path, tmp_path / "copy.db"),
    ):
        for path in (text, foreign):
            with pytest.raises(Corrupt):
                care(path)
        with pytest.raises(Missing) as missing:
            care(tmp_path / "nowhere.db")
        assert missing.value.code == "journal.missing"
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "nowhere.db").exists()


def test_a_journal_of_a_newer_version_is_left_alone(db: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(db)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    for care in (check, maintenance.compact, lambda p: maintenance.backup(p, tmp_path / "c")):
        with pytest.raises(Conflict) as conflict:
            care(db)
        assert conflict.value.code == "journal.newer"


# --- backup


def test_a_backup_is_a_sound_journal_of_its_own(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    told: list[tuple[int, int]] = []
    report = maintenance.backup(db, copy, progress=lambda _, done, all: told.append((done, all)))
    assert (report.events, report.streams) == (612, 3)
    assert report.bytes == copy.stat().st_size > 100_000
    assert told[-1][0] == told[-1][1]
    assert check(copy, deep=True).is_sound
    assert recorded.read(copy, "many") == recorded.read(db, "many")
    assert list(tmp_path.glob("copy.db-*")) == []


def test_a_backup_never_overwrites(db: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.db"
    target.write_text("precious")
    for other in (target, db):
        with pytest.raises(Conflict) as conflict:
            maintenance.backup(db, other)
        assert conflict.value.code == "backup.exists"
    assert target.read_text() == "precious"
    with pytest.raises(Missing):
        maintenance.backup(db, tmp_path / "no" / "where.db")
    directory = tmp_path / "read only"
    directory.mkdir()
    with pytest.raises((Conflict, Denied)):
        maintenance.backup(db, directory)


def test_a_backup_that_fails_leaves_nothing_behind(db: Path, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maintenance.backup(db, tmp_path / "copy.db", progress=stop)
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_is_of_one_moment_while_others_write(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "_COPY_PAGES", 5)
    writer = open_store(db)
    stream = StreamWriter("note/default/x", tenant="default", codec=writer.codec)

    def write(*_: object) -> None:
        writer.commit(Batch([stream.append("note.made/1", b"{}", at_ms=1) for _ in range(50)]))

    report = maintenance.backup(db, tmp_path / "copy.db", progress=write)
    writer.close()
    assert stream.seq > 200
    assert report.events == 612
    assert check(tmp_path / "copy.db").events == 612
    assert check(tmp_path / "copy.db").is_sound


def test_a_check_is_of_one_moment_while_others_write(db: Path) -> None:
    writer = open_store(db)
    stream = StreamWriter("run/default/many/1", tenant="default", codec=writer.codec)
    head = writer.head(stream.stream)
    assert head is not None
    stream.continue_from(*head)

    def write(phase: str, *_: object) -> None:
        if phase != "pages":
            writer.commit(Batch([stream.append("note.made/1", b"{}", at_ms=1)]))

    report = check(db, deep=True, progress=write)
    writer.close()
    assert stream.seq > head.seq + 5
    assert report.findings == ()
    assert report.events == 612


# --- compact


def test_compacting_gives_space_back_and_keeps_every_event(db: Path) -> None:
    store = open_store(db)
    events = list(store.read_log())
    for size in range(10, 400):
        store.keep_checkpoint(Checkpoint(size, "x" * 3_000, size, size % 100 == 0), [])
    sizes = [c.size for c in store.checkpoints(limit=1_000)]
    store.close()
    newest = sizes[0]
    report = maintenance.compact(db)
    store = open_store(db)
    kept = [c.size for c in store.checkpoints(limit=1_000)]
    assert list(store.read_log()) == events
    store.close()
    assert kept == [newest, 300, 200, 100]
    assert report.checkpoints_removed == len(sizes) - 4
    assert report.bytes_after < report.bytes_before - 500_000
    assert report.bytes_after == db.stat().st_size
    recorded.record(db, recorded.doubles, 1, id="after")  # and it goes on
    assert maintenance.compact(db).checkpoints_removed <= 1


def test_compacting_refuses_while_somebody_has_the_journal_open(db: Path) -> None:
    other = open_store(db)
    next(other.read_log())
    with pytest.raises(Unavailable) as locked:
        maintenance.compact(db)
    assert locked.value.code == "journal.locked"
    other.close()
    maintenance.compact(db)

    async def compact_while_running() -> None:
        async with tarl.open(db) as runtime:
            await runtime.run(recorded.doubles, 1, id="x")
            with pytest.raises(Unavailable):
                maintenance.compact(db)
            await runtime.run(recorded.doubles, 1, id="y")

    asyncio.run(compact_while_running())


# --- rebuild


def test_tables_are_rebuilt_from_the_events(db: Path) -> None:
    before = open_store(db)
    runs = list(before.scan("run"))
    other_status(db)
    invented_record(db)
    assert not check(db).is_sound
    assert maintenance.rebuild_projections(before) == 6
    assert list(before.scan("run")) == runs
    before.close()
    assert check(db).is_sound
    recorded.record(db, recorded.doubles, 1, id="after")
    assert check(db).is_sound


def test_tables_are_rebuilt_from_older_kinds_too(tmp_path: Path) -> None:
    upcasters = Upcasters(
        {"run.begun/0": Upcast("run.started/1", lambda body: {**body, "workflow": "old"})}
    )
    store = open_store(tmp_path / "tarl.db")
    writer = StreamWriter("run/default/r/1", tenant="default", codec=Codec())
    body = b'{"code":"c","input":1,"seed":"00"}'
    store.commit(Batch([writer.append("run.begun/0", body, at_ms=7)]))
    assert list(store.scan("run")) == []
    assert maintenance.rebuild_projections(store, upcasters=upcasters) == 1
    (record,) = store.scan("run")
    assert (record["workflow"], record["started_at_ms"]) == ("old", 7)
    store.close()
    assert check(tmp_path / "tarl.db", upcasters=upcasters).is_sound
    assert not check(tmp_path / "tarl.db").is_sound


def test_a_rebuild_that_is_refused_leaves_the_tables(db: Path) -> None:
    store = open_store(db)
    runs = list(store.scan("run"))
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        maintenance.rebuild_projections(store, wait_ms=50)
    other.execute("ROLLBACK")
    other.close()
    assert list(store.scan("run")) == runs
    store.close()
