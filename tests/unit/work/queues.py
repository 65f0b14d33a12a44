"""A queue on the reference store, with a clock that is moved by hand."""

from __future__ import annotations

from itertools import count
from typing import Any

from tarl.journal.memory import MemoryStore
from tarl.journal.projection import Coordination, Table
from tarl.journal.store import Store
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.tables import QUEUE_COORDINATION, QUEUES_PROJECTION, TASKS_PROJECTION
from tarl.work.queue.task import Offer

START_MS = 1_750_000_000_000
HOUR_MS = 3_600_000
ANY = Offer()
COUNTERS = Coordination(
    name="counters",
    tables=(Table(name="counter", columns={"name": "TEXT", "n": "INTEGER"}, key=("name",)),),
)
PROJECTIONS = (TASKS_PROJECTION, QUEUES_PROJECTION)
COORDINATIONS = (QUEUE_COORDINATION, COUNTERS)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


def memory(**options: Any) -> MemoryStore:
    return MemoryStore(
        origin="tarl/test", projections=PROJECTIONS, coordinations=COORDINATIONS, **options
    )


def queue_on(store: Store, clock: HandClock, name: str = "main", **options: Any) -> TaskQueue:
    numbers = count(1)
    return TaskQueue(store, name, clock=clock, draw_id=lambda: f"drawn-{next(numbers)}", **options)
