"""Commits of which nobody knows whether they were made: the same is committed again, the loop goes
on meanwhile, and runs hear once what became of it.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tests.lab import memory
from tests.unit.engines.test_committer import Run

from tarl.engines.embedded.committer import Committer
from tarl.errors import Unavailable
from tarl.journal.patience import AWAY_S_MAX
from tarl.journal.store import Batch
from tarl.testing.clock import run


class Far:
    """The way to a server that may be away."""

    outages = 0

    def unwaiting(self) -> AbstractContextManager[None]:
        return nullcontext()


class Doubtful:
    """A memory store whose server is away until a time; what is committed first is made all the
    same, and found later, as a database would.
    """

    line = Far()

    def __init__(self, away_s: float) -> None:
        self.store = memory()
        self.tries: list[Batch] = []
        self._until_s = asyncio.get_running_loop().time() + away_s
        self._made: Batch | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, batch: Batch, **options: Any) -> None:
        self.tries.append(batch)
        if self._made is None:
            self._made = batch
            self.store.commit(batch, **options)
        elif batch.rows != self._made.rows:
            self.store.commit(batch, **options)
        if asyncio.get_running_loop().time() < self._until_s:
            raise Unavailable("away", code="journal.unreachable")


def test_the_same_rows_are_committed_again_and_what_came_meanwhile_after_them() -> None:
    async def main() -> tuple[Doubtful, Run, Run]:
        store = Doubtful(away_s=5.0)
        committer = Committer(store, asyncio.get_running_loop())  # type: ignore[arg-type]
        one, other = Run("a/t/1"), Run("a/t/2")
        one.write(committer, "first")
        await asyncio.sleep(1)
        one.write(committer, "second")
        other.write(committer, "third")
        await asyncio.sleep(1)
        assert one.heard == other.heard == []
        await asyncio.sleep(10)
        return store, one, other

    store, one, other = run(main())
    assert (one.heard, other.heard) == (["first", "second"], ["third"])
    assert one.errors == other.errors == []
    assert {len(batch.rows) for batch in store.tries[:-1]} == {1}
    assert len(store.tries[-1].rows) == 2
    assert [event.seq for event in store.read("a/t/1")] == [1, 2]


def test_a_lock_that_somebody_holds_then_is_waited_for() -> None:
    class Locked(Doubtful):
        def commit(self, batch: Batch, **options: Any) -> None:
            if len(self.tries) in (1, 2):
                self.tries.append(batch)
                raise Unavailable("locked", code="journal.locked")
            super().commit(batch, **options)

    async def main() -> tuple[Doubtful, Run]:
        store = Locked(away_s=0.05)
        committer = Committer(store, asyncio.get_running_loop())  # type: ignore[arg-type]
        one = Run("a/t/1")
        one.write(committer, "first")
        await asyncio.sleep(10)
        return store, one

    store, one = run(main())
    assert (one.heard, one.errors) == (["first"], [])
    assert len(store.tries) == 4


def test_runs_are_interrupted_when_a_server_stays_away() -> None:
    async def main() -> Run:
        committer = Committer(Doubtful(away_s=3_600.0), asyncio.get_running_loop())  # type: ignore[arg-type]
        one = Run("a/t/1")
        one.write(committer, "first")
        await asyncio.sleep(AWAY_S_MAX - 1)
        assert one.errors == []
        await asyncio.sleep(2)
        return one

    (error,) = run(main()).errors
    assert isinstance(error, Unavailable)
    assert error.code == "journal.unreachable"
