"""A run has one owner: a lock of the operating system, which death releases."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines import trials
from tests.unit.engines.other_process import doing

import tarl
from tarl.engines.embedded.owners import OwnerLocks
from tarl.errors import Conflict, Denied


def test_two_holders_exclude_each_other_run_by_run(tmp_path: Path) -> None:
    first, second = OwnerLocks(tmp_path / "owners"), OwnerLocks(tmp_path / "owners")
    first.take("run/default/a/1")
    for holder in (first, second):
        with pytest.raises(Conflict) as refused:
            holder.take("run/default/a/1")
        assert refused.value.code == "run.owned"
    second.take("run/default/b/1")
    first.release("run/default/a/1")
    second.take("run/default/a/1")
    second.release("run/default/c/1")
    second.close()
    first.take("run/default/a/1")
    first.take("run/default/b/1")
    first.close()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="nowhere"):
        OwnerLocks(tmp_path / "nowhere" / "owners")


def test_a_second_process_may_not_resume_and_may_attach(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"

    async def look(process: Any) -> Any:
        async with tarl.open(db, workflows=[trials.one_by_one]) as runtime:
            with pytest.raises(Conflict) as refused:
                await runtime.resume("held")
            assert refused.value.code == "run.owned"
            [handle] = await runtime.resume_all()
            with pytest.raises(Conflict):
                await handle.result()
            with pytest.raises(Conflict):
                runtime.resolve("held", step=2, retry=True)
            attached = await runtime.start(trials.one_by_one, ["first", "held"], id="held")
            other = await runtime.run(trials.simple, 2, id="mine")
            assert other == [0, 1]
            assert process.stdin is not None
            process.stdin.close()
            return await attached.result()

    with doing("run", db) as process:
        assert asyncio.run(look(process)) == ["first", "held"]
        process.stdin = None
        process.wait(timeout=60)


def test_the_owners_death_frees_the_run(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"
    trials.SEEN.clear()

    async def take_over(process: Any) -> Any:
        async with tarl.open(db, workflows=[trials.one_by_one]) as runtime:
            attached = await runtime.start(trials.one_by_one, ["first", "held"], id="held")
            process.kill()
            process.wait()
            return await attached.result()

    with doing("run", db) as process:
        assert asyncio.run(take_over(process)) == ["first", "held"]
    assert trials.SEEN == ["held"], "the step that was on disk does not run again"


def test_two_runtimes_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"
    trials.GATES["shared"] = asyncio.Event()

    async def both() -> Any:
        async with tarl.open(db) as first, tarl.open(db) as second:
            handle = await first.start(trials.one_by_one, ["shared"], id="r")
            attached = await second.start(trials.one_by_one, ["shared"], id="r")
            await asyncio.sleep(0.1)
            with pytest.raises(Conflict):
                await second.resume("r")
            trials.GATES["shared"].set()
            return await handle.result(), await attached.result()

    assert asyncio.run(both()) == (["shared"], ["shared"])


def test_both_starting_the_same_run_at_once_run_it_once(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"
    trials.SEEN.clear()

    async def both() -> Any:
        async with tarl.open(db) as first, tarl.open(db) as second:
            handles = await asyncio.gather(
                *(r.start(trials.simple, 3, id=f"r{i}") for i in range(20) for r in (first, second))
            )
            return await asyncio.gather(*(handle.result() for handle in handles))

    assert asyncio.run(both()) == [[0, 1, 2]] * 40
    assert len(trials.SEEN) == 60


def test_a_run_that_ended_elsewhere_meanwhile_is_not_begun_again(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"

    async def both() -> Any:
        async with tarl.open(db) as first, tarl.open(db) as second:
            await second.run(trials.simple, 1, id="warm")
            result = await first.run(trials.simple, 3, id="r")
            return result, await second.run(trials.simple, 3, id="r")

    assert asyncio.run(both()) == ([0, 1, 2], [0, 1, 2])


def test_the_lock_file_is_private(tmp_path: Path) -> None:
    OwnerLocks(tmp_path / "owners").close()
    assert os.stat(tmp_path / "owners").st_mode & 0o077 == 0
