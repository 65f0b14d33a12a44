"""No space left, a lock that another process holds, a disk that fails: said so, and nothing is
lost.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lab import memory, using
from tests.unit.engines import trials
from tests.unit.engines.other_process import doing

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import TarlError, Unavailable
from tarl.journal.sqlite import SqliteStore
from tarl.kernel import history
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.testing.faults import Fault, Faults, FaultyStore


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    trials.SEEN.clear()
    trials.GATES.clear()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB, where this process may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_file_system_interrupts_and_the_runs_go_on_once_there_is_space(
    small_disk: Path,
) -> None:
    db = small_disk / "tarl.db"
    ballast = small_disk / "ballast"

    async def fill() -> None:
        async with tarl.open(db) as runtime:
            assert await runtime.run(trials.simple, 3, id="before") == [0, 1, 2]
            ballast.write_bytes(bytes(_free_bytes(small_disk)))
            handles = [await runtime.start(trials.loops, 200, id=f"full-{i}") for i in range(3)]
            for handle in handles:
                with pytest.raises(Unavailable) as full:
                    await asyncio.wait_for(handle.result(), 20)
                assert full.value.code == "journal.disk_full"
                assert full.value.next_step
            assert await runtime.run(trials.simple, 3, id="before") == [0, 1, 2]
            ballast.unlink()
            for i in range(3):
                assert await runtime.run(trials.loops, 200, id=f"full-{i}") == 200

    asyncio.run(fill())
    _assert_sound(db)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    store = SqliteStore(
        tmp_path / "t.db", origin="o", projections=(RUNS_PROJECTION, APPROVALS_PROJECTION)
    )

    async def use(runtime: Runtime) -> None:
        await runtime.run(trials.simple, 3, id="before")
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(Unavailable) as full:
            await runtime.run(trials.loops, 500, id="r")
        assert full.value.code == "journal.disk_full"
        steps_done = len(trials.SEEN)
        store._writer.execute("PRAGMA max_page_count = 100000")
        assert await runtime.resume("r") == 500
        assert len(trials.SEEN) - steps_done <= 500 - (steps_done - 3) + 1

    using(store, use)
    store.close()


def test_another_process_that_holds_the_lock_for_a_while_is_waited_for(tmp_path: Path) -> None:
    db = tmp_path / "t.db"

    async def through_the_lock() -> Any:
        async with tarl.open(db) as runtime:
            await runtime.run(trials.simple, 1, id="warm")
            with doing("lock", db) as other:
                handle = await runtime.start(trials.loops, 5, id="r")
                await asyncio.sleep(0.3)
                assert len(trials.SEEN) < 5, "nothing goes on before it is on disk"
                await asyncio.to_thread(other.communicate)
                return await asyncio.wait_for(handle.result(), 20)

    assert asyncio.run(through_the_lock()) == 5
    _assert_sound(db)


def test_a_lock_that_stays_is_named(tmp_path: Path) -> None:
    db = tmp_path / "t.db"
    store = SqliteStore(db, origin="o", projections=(RUNS_PROJECTION, APPROVALS_PROJECTION))

    async def use(runtime: Runtime) -> None:
        with doing("lock", db) as other:
            with pytest.raises(Unavailable) as locked:
                await runtime.run(trials.loops, 5, id="r")
            assert locked.value.code == "journal.locked"
            other.communicate()
        assert await runtime.run(trials.loops, 5, id="r") == 5

    using(store, use)
    store.close()


@pytest.mark.parametrize("fault", ["disk_full", "locked", "io", "unknown"])
@pytest.mark.parametrize("workflow", [trials.loops, trials.loops_and_pays])
def test_every_single_commit_may_fail(workflow: Any, fault: Fault) -> None:
    class Once(Faults):
        def __init__(self, at: int) -> None:
            super().__init__(0, {})
            self.left = at

        def draw(self) -> Fault | None:
            self.left -= 1
            return fault if self.left == 0 else None

    for at in range(1, 9):
        trials.SEEN.clear()
        inner = memory()
        store = FaultyStore(inner, Once(at))

        async def use(runtime: Runtime) -> Any:
            for _ in range(5):
                try:
                    return await runtime.run(workflow, 4, id="r")
                except TarlError as error:
                    if error.code == "step.unknown_outcome":
                        step = error.facts["step"]
                        if f"pay {step - 1}" in trials.SEEN:
                            runtime.resolve("r", step=step, result=f"paid {step - 1}")
                        else:
                            runtime.resolve("r", step=step, retry=True)
            raise AssertionError("it does not end")

        result = using(store, use)
        assert result in (4, [f"paid {i}" for i in range(4)])
        if workflow is trials.loops_and_pays:
            assert len(trials.SEEN) == 4, (fault, at, trials.SEEN)
        stream = "run/default/r/1"
        assert len(list(history.verified(stream, inner.read(stream)))) in (10, 12)


def _free_bytes(folder: Path) -> int:
    import os

    space = os.statvfs(folder)
    return max(0, space.f_bavail * space.f_frsize - 40_000)


def _assert_sound(db: Path) -> None:
    store = SqliteStore(db, origin="o", projections=(RUNS_PROJECTION, APPROVALS_PROJECTION))
    for stream in store.streams():
        events = list(history.verified(stream, store.read(stream)))
        assert events[-1].kind == "run.completed/1"
    assert store._reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
