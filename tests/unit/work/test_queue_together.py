"""What is asked for in one turn of the loop shares a commit, and each learns its own refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.unit.work.queues import COORDINATIONS, PROJECTIONS, HandClock, memory
from tests.unit.work.test_queue import Few

from tarl.errors import Conflict, Exceeded, Unavailable
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Store
from tarl.testing.faults import Faults, FaultyStore
from tarl.work.queue import events
from tarl.work.queue.merging import Merging
from tarl.work.queue.together import AsyncTaskQueue


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield memory()
        return
    made = SqliteStore(
        tmp_path / "queue.db",
        origin="tarl/test",
        projections=PROJECTIONS,
        coordinations=COORDINATIONS,
    )
    yield made
    assert list(changed_tables(made)) == []
    made.close()


def on(
    store: Store,
    scenario: Callable[[AsyncTaskQueue], Coroutine[Any, Any, None]],
    **options: Any,
) -> None:
    async def main() -> None:
        numbers = count(1)
        queue = AsyncTaskQueue(
            store, clock=HandClock(), draw_id=lambda: f"t{next(numbers)}", **options
        )
        await scenario(queue)
        queue.close()

    asyncio.run(main())


def together(*asked: Any) -> Any:
    return asyncio.gather(*asked, return_exceptions=True)


def test_a_turns_batches_are_one_commit(store: Store) -> None:
    commits: list[int] = []

    class Counting(FaultyStore):
        def commit(self, batch: Batch, **options: Any) -> None:
            commits.append(len(batch.rows))
            super().commit(batch, **options)

    async def scenario(queue: AsyncTaskQueue) -> None:
        tasks = await together(*(queue.enqueue("t", i) for i in range(20)))
        leased = await queue.lease("w", tasks_max=20)
        await together(*(queue.complete(d, 1) for d in leased))
        assert [await queue.result(task) for task in tasks] == [1] * 20

    on(Counting(store, Faults(0, {})), scenario)
    assert commits == [20, 20]


def test_a_lease_sees_what_was_enqueued_in_its_turn(store: Store) -> None:
    async def scenario(queue: AsyncTaskQueue) -> None:
        task, leased = await together(queue.enqueue("t", 1), queue.lease("w"))
        assert [d.lease.task for d in leased] == [task]

    on(store, scenario)


def test_the_same_id_twice_in_one_turn_is_one_task(store: Store) -> None:
    async def scenario(queue: AsyncTaskQueue) -> None:
        first, same, other, another = await together(
            queue.enqueue("t", 1, id="x"),
            queue.enqueue("t", 1, id="x"),
            queue.enqueue("t", 2, id="x"),
            queue.enqueue("t", 3, id="y"),
        )
        assert first == same
        assert isinstance(other, Conflict)
        assert other.code == "task.exists"
        assert another.id == "y"
        assert len(await queue.lease("w", tasks_max=9)) == 2

    on(store, scenario)


def test_a_quota_holds_within_a_turn(store: Store) -> None:
    async def scenario(queue: AsyncTaskQueue) -> None:
        answers = await together(*(queue.enqueue("t", i) for i in range(5)))
        assert [isinstance(answer, Exceeded) for answer in answers] == [False] * 3 + [True] * 2
        held = await queue.lease("w", tasks_max=9)
        assert len(held) == 3

    on(store, scenario, bounds=Few(3))


def test_one_lost_lease_spoils_no_other_outcome(store: Store) -> None:
    async def scenario(queue: AsyncTaskQueue) -> None:
        tasks = await together(*(queue.enqueue("t", i) for i in range(4)))
        held = await queue.lease("w", tasks_max=4)
        await queue.cancel(tasks[1])
        answers = await together(
            *(queue.complete(d, i) for i, d in enumerate(held)),
            queue.heartbeat([d.lease for d in held]),
        )
        assert isinstance(answers[1], Conflict)
        assert answers[1].code == "lease.lost"
        assert answers[-1] == [d.lease for d in held]  # all are over by then
        assert [await queue.result(tasks[i]) for i in (0, 2, 3)] == [0, 2, 3]
        for i in (0, 2, 3):
            kinds = [event.kind for event in queue.ledger.store.read(tasks[i].stream)]
            assert kinds.count(events.TASK_COMPLETED) == 1

    on(store, scenario)


def test_a_full_disk_refuses_nothing_and_writes_nothing(store: Store) -> None:
    faulty = FaultyStore(store, Faults(0, {"disk_full": 1.0}))
    with pytest.raises(Unavailable):
        Merging(faulty).commit_each([Batch(()), Batch(())])
    assert faulty.drawn == {"disk_full": 1}
