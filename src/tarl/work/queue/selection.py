"""Which tasks are leased next, decided and done inside one transaction.

The cost of a lease depends on how many groups have work and on how many tenants are at their quota,
not on how many tasks wait: each lane is one range of a b-tree, and so are the lanes of a priority
in the order of their turns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tarl.errors import Exceeded
from tarl.journal.projection import Record, Tables
from tarl.kernel.bounds import Bounds
from tarl.work.queue import places
from tarl.work.queue.fairness import PRIORITY_STRIDES, start_tag
from tarl.work.queue.places import Lane
from tarl.work.queue.rates import Bucket
from tarl.work.queue.task import Offer, Priority, TaskId, is_of_steps

PROMOTE_MAX = 100
"""Delayed tasks that one lease brings into their lanes: more have their turn at the next one."""

GONE_MAX = 1_000
"""Cancelled tasks that one lease clears away, so that no transaction grows without bound."""

_TASKS_READ = 8
"""Of a lane at first; four times as many each time that they are all taken."""


class Lease(NamedTuple):
    """A task that a worker has until an instant, by the number that fences earlier holders off."""

    task: TaskId
    fence: int
    attempt: int
    worker: str
    expires_at_ms: int
    ttl_ms: int
    requeues: int


class Demand(NamedTuple):
    """Who asks for tasks: of which queue, how many at most, and until when it wants them."""

    queue: str
    worker: str
    offer: Offer
    tasks_max: int
    ttl_ms: int


def lease(tables: Tables, demand: Demand, bounds: Bounds, *, now_ms: int) -> list[Lease]:
    """Choose at most ``demand.tasks_max`` tasks and give them to the worker."""
    places.set_back(tables, demand.queue, now_ms=now_ms, limit=PROMOTE_MAX)
    places.promote(tables, demand.queue, now_ms=now_ms, limit=PROMOTE_MAX)
    bucket = Bucket.open(tables, demand.queue, now_ms=now_ms)
    room = min(demand.tasks_max, bucket.room)
    if room <= 0:
        return []
    leased = _Choice(tables, demand, bounds, now_ms).take(room)
    if leased:
        bucket.take(len(leased))
    return leased


class _Tasks:
    """The tasks of one lane, the first ones first."""

    def __init__(self, tables: Tables, row: Record) -> None:
        self.lane = Lane(row["queue"], row["priority"], row["grouping"], row["tenant"])
        self.is_of_steps = is_of_steps(row["grouping"])
        self.stride: int = row["stride"]
        self.finish: int = row["finish"]
        self.is_changed = False
        self.is_empty = False
        self._tables = tables
        self._read: list[Record] = []
        self._limit = _TASKS_READ

    @property
    def turn(self) -> tuple[int, str, str]:
        """The order of lanes: by start tag, which is in the order of finish tags."""
        return self.finish, self.lane.tenant, self.lane.grouping

    def first(self) -> Record | None:
        """The lane's first task; None when it is empty."""
        if not self._read:
            rows = self._tables.scan(
                "task_ready", self.lane.where, order_by="place", limit=self._limit
            )
            self._read = list(rows)[::-1]
            self._limit *= 4
            self.is_empty = not self._read
        return self._read[-1] if self._read else None

    def remove_first(self) -> None:
        """Take it out."""
        self._tables.delete("task_ready", *self.lane, self._read.pop()["place"])
        self.is_changed = True

    def save(self) -> None:
        """Keep the lane's turn, or take the lane away when it is empty."""
        if self.first() is None:
            places.shut(self._tables, self.lane)
        else:
            self._tables.update("task_lane", self.lane, {"finish": self.finish})


class _Level:
    """The lanes of one priority that the worker can serve."""

    def __init__(self, tables: Tables, turn: Record, groups: list[str]) -> None:
        self.priority: int = turn["priority"]
        self.finish: int = turn["finish"]
        self.now: int = turn["now"]
        self.stride = PRIORITY_STRIDES[Priority(self.priority)]
        self.lanes: dict[Lane, _Tasks] = {}
        self._tables = tables
        self._queue: str = turn["queue"]
        self._groups = groups
        self._limit = 0
        self._has_all = False

    def next_lane(self, shut_out: set[str], count: int) -> _Tasks | None:
        """The lane whose turn it is, of a tenant that is not shut out or of steps of runs that it
        has; None when there is none.

        Of each group as many lanes are looked at as there may be further turns (``count``): the
        lanes behind them come later than all those turns.
        """
        while True:
            usable = [
                tasks
                for tasks in self.lanes.values()
                if not tasks.is_empty and (tasks.is_of_steps or tasks.lane.tenant not in shut_out)
            ]
            if not self._has_all and len(usable) < count:
                self._read_lanes(max(count, 4 * self._limit))
                continue
            best = min(usable, key=lambda tasks: tasks.turn, default=None)
            if best is None or best.first() is not None:
                return best

    def _read_lanes(self, limit: int) -> None:
        self._limit = limit
        self._has_all = True
        for grouping in self._groups:
            where = {"queue": self._queue, "priority": self.priority, "grouping": grouping}
            order = ("finish", "tenant")
            rows = list(self._tables.scan("task_lane", where, order_by=order, limit=limit))
            self._has_all = self._has_all and len(rows) < limit
            for row in rows:
                tasks = _Tasks(self._tables, row)
                self.lanes.setdefault(tasks.lane, tasks)

    def serve(self, served: _Tasks) -> None:
        """Move the turn on: the tenant pays, in whichever group it was served."""
        self.now = start_tag(served.finish, self.now)
        served.finish = self.now + served.stride
        if len(self._groups) > 1:
            for tasks in self.lanes.values():
                if tasks.lane.tenant == served.lane.tenant:
                    tasks.finish = max(tasks.finish, served.finish)
                    tasks.is_changed = True


class _Choice:
    """One lease's choice: what it has seen so far, and what it gives."""

    def __init__(self, tables: Tables, demand: Demand, bounds: Bounds, now_ms: int) -> None:
        self._tables = tables
        self._demand = demand
        self._bounds = bounds
        self._now_ms = now_ms
        self._shut_out: set[str] = set()
        self._gone = 0
        self._has_gone = bool(list(tables.scan("task_gone", {"queue": demand.queue}, limit=1)))
        queue = {"queue": demand.queue}
        self._groups: dict[int, list[str]] = {}
        for row in tables.scan("task_group", queue):
            self._groups.setdefault(row["priority"], []).append(row["grouping"])
        self._turns = {row["priority"]: row for row in tables.scan("task_turn", queue)}

    def take(self, room: int) -> list[Lease]:
        """Lease so many tasks, if there are so many for this worker."""
        levels = self._levels()
        served: dict[int, _Level] = {}
        leased: list[Lease] = []
        now = self._turns[0]["now"] if 0 in self._turns else 0
        while levels and len(leased) < room and self._gone < GONE_MAX:
            level = min(levels, key=lambda each: (start_tag(each.finish, now), each.priority))
            served[level.priority] = level
            tasks = level.next_lane(self._shut_out, room - len(leased))
            if tasks is None:
                levels.remove(level)
                continue
            granted = self._grant(tasks)
            if granted is not None:
                leased.append(granted)
                now = start_tag(level.finish, now)
                level.finish = now + level.stride
                level.serve(tasks)
        self._save(served.values(), now)
        return leased

    def _levels(self) -> list[_Level]:
        fits = self._demand.offer.fits
        levels = []
        for priority, groups in self._groups.items():
            fitting = [grouping for grouping in groups if fits(grouping)]
            if fitting:
                levels.append(_Level(self._tables, self._turns[priority], fitting))
        return levels

    def _grant(self, tasks: _Tasks) -> Lease | None:
        """A lease of the lane's first task; None when it is no longer wanted or its tenant may not
        have more.
        """
        tables, demand, tenant = self._tables, self._demand, tasks.lane.tenant
        first = tasks.first()
        assert first is not None
        task = TaskId(tenant, demand.queue, first["task_id"])
        if self._has_gone and places.remove_gone(tables, task):
            tasks.remove_first()
            self._gone += 1
            return None
        if not tasks.is_of_steps and not self._may_begin(task):
            self._shut_out.add(tenant)
            return None
        tasks.remove_first()
        return self._given(task, first)

    def _may_begin(self, task: TaskId) -> bool:
        bound = self._bounds.take(task.tenant, "concurrent_executions", task=task.id)
        try:
            for ask in (*bound.guards, *bound.changes):
                ask(self._tables)
        except Exceeded:
            return False
        return True

    def _given(self, task: TaskId, first: Record) -> Lease:
        demand, now_ms = self._demand, self._now_ms
        lease = Lease(
            task,
            fence=first["fence"] + 1,
            attempt=first["attempts"] + 1,
            worker=demand.worker,
            expires_at_ms=now_ms + demand.ttl_ms,
            ttl_ms=demand.ttl_ms,
            requeues=first["requeues"],
        )
        self._tables.put(
            "task_lease",
            {
                "queue": demand.queue,
                "tenant": first["tenant"],
                "task_id": first["task_id"],
                "fence": lease.fence,
                "worker": lease.worker,
                "attempt": lease.attempt,
                "ttl_ms": lease.ttl_ms,
                "leased_at_ms": now_ms,
                "expires_at_ms": lease.expires_at_ms,
            },
        )
        return lease

    def _save(self, levels: Iterable[_Level], now: int) -> None:
        tables, queue = self._tables, self._demand.queue
        for level in levels:
            turn = {"finish": level.finish, "now": level.now}
            tables.update("task_turn", (queue, level.priority), turn)
            for tasks in level.lanes.values():
                if tasks.is_changed:
                    tasks.save()
            if len(self._groups[level.priority]) > 1:
                self._charge_siblings(level)
        tables.put("task_turn", {"queue": queue, "priority": 0, "finish": 0, "now": now})

    def _charge_siblings(self, level: _Level) -> None:
        """A tenant pays in all its lanes of a priority, whichever groups this worker can serve."""
        finishes: dict[str, int] = {}
        for tasks in level.lanes.values():
            if tasks.is_changed:
                tenant = tasks.lane.tenant
                finishes[tenant] = max(finishes.get(tenant, 0), tasks.finish)
        for tenant, finish in finishes.items():
            where = {"queue": self._demand.queue, "priority": level.priority, "tenant": tenant}
            for row in list(self._tables.scan("task_lane", where)):
                if row["finish"] < finish:
                    lane = Lane(row["queue"], row["priority"], row["grouping"], tenant)
                    self._tables.update("task_lane", lane, {"finish": finish})
