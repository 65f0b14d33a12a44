"""Files that are not what they should be: named by a stable code, and left as they are."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines import trials

import tarl
from tarl.errors import Conflict, Corrupt, Denied, TarlError
from tarl.storage import open_store


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A journal with a completed run and one that was cut off."""
    path = tmp_path / "tarl.db"
    trials.GATES["later"] = asyncio.Event()

    async def make() -> None:
        async with tarl.open(path) as runtime:
            await runtime.run(trials.loops, 40, id="done")
            await runtime.start(trials.one_by_one, ["now", "later"], id="open")
            await asyncio.sleep(0.2)

    asyncio.run(make())
    trials.GATES.clear()
    return path


def use(path: Path, run: str = "open") -> Any:
    async def resume() -> Any:
        async with tarl.open(path, workflows=[trials.one_by_one, trials.loops]) as runtime:
            return await runtime.resume(run)

    return asyncio.run(resume())


def test_the_file_as_it_should_be(db: Path) -> None:
    assert use(db) == ["now", "later"]
    assert use(db, "done") == 40


@pytest.mark.parametrize("size", [1, 100, 4_096, 4_097, 20_000])
def test_a_truncated_file(db: Path, size: int) -> None:
    os.truncate(db, size)
    with pytest.raises(Corrupt) as damaged:
        use(db)
    assert damaged.value.code in ("journal.malformed", "journal.foreign", "journal.older")
    assert damaged.value.next_step


def test_an_emptied_file_is_older_than_what_was_signed_or_empty(db: Path) -> None:
    os.truncate(db, 0)
    with pytest.raises(TarlError) as empty:
        use(db)
    assert empty.value.code in ("run.missing", "journal.older")


def test_no_database_at_all(db: Path) -> None:
    text = b"This is a letter to my grandmother, and no journal. " * 200
    db.write_bytes(text)
    with pytest.raises(Corrupt) as foreign:
        use(db)
    assert foreign.value.code in ("journal.malformed", "journal.foreign")
    assert db.read_bytes() == text


def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE letters (text)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Corrupt) as foreign:
        use(path)
    assert foreign.value.code == "journal.foreign"
    assert path.read_bytes() == before


def test_random_damage_is_refused_or_harmless(db: Path, tmp_path: Path) -> None:
    """Overwritten pages: an error of the tree, or the right result; never anything else."""
    checkpoint(db)
    size = db.stat().st_size
    outcomes = set()
    for page in range(1, size // 4_096):
        copy = tmp_path / f"copy-{page}.db"
        shutil.copy(db, copy)
        with copy.open("r+b") as file:
            file.seek(page * 4_096 + 64)
            file.write(b"\xa5" * 2_000)
        for run in ("open", "done"):
            try:
                assert use(copy, run) in (["now", "later"], 40)
                outcomes.add("unharmed")
            except TarlError as error:
                outcomes.add(error.code)
    assert outcomes > {"unharmed"}, "damage is found, and only where there is any"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '1', '2') AS BLOB) WHERE seq = 3",
        "UPDATE event SET digest = zeroblob(32) WHERE seq = 3",
        "UPDATE event SET kind = 'step.failed/1' WHERE seq = 3",
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET seq = seq + 100 WHERE seq = 3",
    ],
)
def test_a_changed_event_breaks_the_chain(db: Path, change: str) -> None:
    checkpoint(db)
    connection = sqlite3.connect(db)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(Corrupt) as broken:
        use(db)
    assert broken.value.code in (
        "journal.chain_broken",
        "journal.gap",
        "journal.forked",
        "log.gap",
    )


def test_a_missing_last_event_is_noticed(db: Path) -> None:
    checkpoint(db)
    connection = sqlite3.connect(db)
    connection.execute("DELETE FROM event WHERE pos = (SELECT max(pos) FROM event)")
    connection.commit()
    connection.close()
    with pytest.raises(Corrupt) as shorter:
        use(db)
    assert shorter.value.code == "journal.older"


def test_a_newer_version_is_left_alone(db: Path) -> None:
    checkpoint(db)
    connection = sqlite3.connect(db)
    connection.execute("PRAGMA user_version = 9999")
    connection.commit()
    connection.close()
    before = db.read_bytes()
    with pytest.raises(Conflict) as newer:
        use(db)
    assert newer.value.code == "journal.newer"
    assert "upgrade" in (newer.value.next_step or "")
    assert db.read_bytes() == before


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(Denied) as denied:
        use(tmp_path / "nowhere" / "tarl.db")
    assert denied.value.code == "journal.cannot_open"


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(Denied) as denied:
        use(tmp_path)
    assert denied.value.code == "journal.cannot_open"


@pytest.fixture
def read_only(db: Path) -> Iterator[Path]:
    """The journal on a file system that takes no writes; root ignores permissions, not that."""
    checkpoint(db)
    folder = db.parent / "read_only"
    folder.mkdir()
    shutil.copy(db, folder / "tarl.db")
    for options in (["--bind", folder, folder], ["-o", "remount,ro,bind", folder]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            subprocess.run(["umount", folder], capture_output=True, check=False)
            pytest.skip("mounting takes root")
    yield folder / "tarl.db"
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_read_only_file_can_be_read(read_only: Path) -> None:
    store = open_store(read_only, must_exist=True)
    assert store.is_read_only
    assert "completed" in {record["status"] for record in store.scan("run")}
    stream = next(store.streams("run/"))
    assert [event.seq for event in store.read(stream)]
    with pytest.raises(Denied) as denied:
        store.take_over(stream)
    assert denied.value.code == "journal.read_only"
    store.close()


def test_a_read_only_file(read_only: Path) -> None:
    with pytest.raises(Denied) as denied:
        use(read_only)
    assert denied.value.code in ("journal.read_only", "journal.cannot_open")
    assert "permission" in (denied.value.next_step or "") or denied.value.next_step


@pytest.mark.skipif(os.geteuid() == 0, reason="root ignores permissions")
def test_a_file_without_write_permission(db: Path) -> None:
    checkpoint(db)
    db.chmod(0o400)
    with pytest.raises(Denied):
        use(db)


def checkpoint(path: Path) -> None:
    """Have everything in the main file, and no file beside it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
