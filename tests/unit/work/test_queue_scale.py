"""What a lease costs does not grow with what waits: query plans, and pages of the file read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.opened import until_test_ends
from tests.unit.work.queues import COORDINATIONS, PROJECTIONS, HandClock, queue_on

from tarl.journal.sqlite import SqliteStore
from tarl.work.queue.merging import Merging
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.task import Offer

MANY = 100_000


class Watched(sqlite3.Connection):
    """Remembers what it was asked."""

    asked: list[str]

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # type: ignore[override]
        self.__dict__.setdefault("asked", []).append(sql)
        return super().execute(sql, *values)


def open_queue(path: Path) -> TaskQueue:
    store = SqliteStore(
        path,
        origin="tarl/test",
        projections=PROJECTIONS,
        coordinations=COORDINATIONS,
        synchronous="NORMAL",
    )
    return queue_on(store, HandClock())


def fill(queue: TaskQueue, count: int, *, tenants: int, start: int = 0) -> None:
    """Enqueue many at once: each a batch, all in one transaction."""
    from tarl.work.queue import asking

    batches = []
    for i in range(start, start + count):
        asked = asking.request("t", i, limits=queue.ledger.limits, tenant=f"tenant-{i % tenants}")
        task = asking.named(asked, queue.name, f"task-{i}")
        batches.append(next(queue.ledger.enqueue(task, asked.spec, asked.payload)))
    assert not any(Merging(queue.ledger.store).commit_each(batches))


def instructions(queue: TaskQueue, act: Callable[[], Any]) -> int:
    """How many steps of SQLite's virtual machine an action takes, in hundreds: its cost without the
    machine's noise.
    """
    store: Any = queue.ledger.store
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    for connection in (store._writer, store._reader):
        connection.set_progress_handler(count, 100)
    try:
        act()
    finally:
        for connection in (store._writer, store._reader):
            connection.set_progress_handler(None, 0)
    return counted


def cycle(queue: TaskQueue) -> None:
    for delivery in queue.lease("w", Offer(), tasks_max=10):
        queue.complete(delivery, 1)
    queue.fail(queue.lease("w")[0], "no")
    queue.reclaim()
    queue.cancel(queue.enqueue("t", 0))


@pytest.mark.timeout(120)
def test_a_lease_costs_the_same_with_100_and_with_100_000_waiting(tmp_path: Path) -> None:
    few, many = open_queue(tmp_path / "few.db"), open_queue(tmp_path / "many.db")
    fill(few, 100, tenants=20)
    for start in range(0, MANY, 20_000):
        fill(many, 20_000, tenants=20, start=start)
    for queue in (few, many):
        cycle(queue)
    small = instructions(few, lambda: cycle(few))
    large = instructions(many, lambda: cycle(many))
    assert large <= 1.5 * small, (small, large)
    assert many.get_metrics()["queue_depth"] > MANY - 100
    few.ledger.store.close()
    many.ledger.store.close()


def test_nothing_on_the_way_scans_or_sorts(tmp_path: Path, monkeypatch: Any) -> None:
    """Every statement of a task's life asks an index, and takes what it finds in its order."""
    connect = sqlite3.connect
    watched: list[Watched] = []

    def connect_watched(*args: Any, **options: Any) -> Watched:
        connection = connect(*args, **{**options, "factory": Watched})
        watched.append(connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_watched)
    queue = open_queue(tmp_path / "plans.db")
    fill(queue, 50, tenants=3)
    queue.enqueue("t", 0, tenant="two", needs=["gpu"])
    for connection in watched:
        connection.asked = []
    for _ in range(3):
        cycle(queue)
    few_rows = ("task_group", "task_turn", "task_gone")
    found = {
        sql
        for connection in watched
        for sql in connection.asked
        if sql.startswith(("SELECT", "DELETE", "UPDATE")) and " task" in sql
    }
    plans = until_test_ends(connect(tmp_path / "plans.db"))
    for sql in found:
        rows = plans.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
        for *_, detail in rows:
            assert not detail.startswith("SCAN"), (sql, detail)
            if not any(f"FROM {name}" in sql for name in few_rows):
                assert "TEMP B-TREE" not in detail, (sql, detail)
    assert len(found) >= 12
    queue.ledger.store.close()
