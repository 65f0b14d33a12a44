"""Quotas, enforced in the same transaction as what they bound.

1. What a tenant uses never passes its quota, however many processes ask at once: the amount is
   checked and counted inside the commit of what it bounds.
2. What is given back never makes a count negative.
3. Tenants about which the journal says nothing have no quotas and are not counted; from the
   transaction on that registers one, its counters hold what the facts say.
4. Whatever a guard here raises is ``Exceeded``: one tenant's bounds stop nobody else's work.

Counters are coordination rows. They can be counted anew from the facts (``recount``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Exceeded, Missing
from tarl.journal.projection import Change, Coordination, Record, Table, Tables
from tarl.journal.store import Batch, Store
from tarl.kernel.bounds import Bound
from tarl.tenancy import refusals
from tarl.tenancy.counting import (
    RUN_COUNTERS,
    Counter,
    HeldTasks,
    Storage,
    no_tasks,
    open_runs,
)
from tarl.tenancy.rate import Window, pack, unpack
from tarl.tenancy.tenant import COUNTED, Resource, check_amount, check_resource
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured

RATE: Resource = "rate_per_minute"
STORAGE: Resource = "storage_bytes"
EXECUTIONS: Resource = "concurrent_executions"

USAGE = Table(
    name="tenant_usage",
    columns={"tenant": "TEXT", **dict.fromkeys(COUNTED, "INTEGER")},
    key=("tenant",),
)
WINDOW = Table(
    name="tenant_rate",
    columns={"tenant": "TEXT", "newest_s": "INTEGER", "slots": "BLOB"},
    key=("tenant",),
)
BLOBS = Table(
    name="tenant_blob",
    columns={"tenant": "TEXT", "digest": "BLOB", "size_bytes": "INTEGER"},
    key=("tenant", "digest"),
)
QUOTAS_COORDINATION = Coordination(name="quotas", tables=(USAGE, WINDOW, BLOBS))

Blobs = Sequence[tuple[bytes, int]]
"""Digests and stored sizes."""


class Execution(NamedTuple):
    """A run or a task that begins or ends, by its id: both of one id are one execution."""

    id: str
    amount: int
    is_run: bool


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How much a tenant has; ``rate_per_minute`` is what passed in the last minute."""

    workflows: int = 0
    concurrent_executions: int = 0
    queue_depth: int = 0
    storage_bytes: int = 0
    rate_per_minute: int = 0

    def as_data(self) -> dict[str, int]:
        """Every resource with what is used of it."""
        data: dict[str, int] = msgspec.structs.asdict(self)
        return data


class TenantBounds:
    """What tenants may have (``kernel.bounds.Bounds``).

    Args:
        store: The journal, with the projection of tenants and ``QUOTAS_COORDINATION``.
        clock: Wall-clock time, for rates.
        counters: How each resource is counted from the tables; see ``counting``.
        held_tasks: How many tasks of an id workers have.
        metrics: Where it counts.
        registered_only: Whether tenants that nobody registered get nothing, but for the default
            one.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        counters: Mapping[Resource, tuple[Counter, ...]] = RUN_COUNTERS,
        held_tasks: HeldTasks = no_tasks,
        metrics: Metrics | None = None,
        registered_only: bool = False,
    ) -> None:
        self.clock = clock
        self.metrics = metrics or Unmeasured()
        self.registered_only = registered_only
        self._store = store
        self._counters = counters
        self._held_tasks = held_tasks

    # --- the port

    def take(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """To have so much more; its guard raises ``Exceeded`` when that is over the quota.

        Raises:
            Invalid: an amount that is none (``quota.amount``), an unknown resource
                (``quota.resource``).
        """
        known = check_resource(resource)
        return self._charge(tenant, known, check_amount(amount, resource=known), task)

    def give_back(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """To have so much less; never below nothing. A rate is given back by time alone.

        Raises:
            Invalid: as ``take``.
        """
        known = check_resource(resource)
        return self._charge(tenant, known, -check_amount(amount, resource=known), task)

    def charge(
        self,
        tenant: str,
        amounts: Mapping[Resource, int],
        *,
        blobs: Blobs = (),
        executions: Sequence[Execution] = (),
    ) -> Bound:
        """Several amounts at once, negative ones given back, and blobs that count where they are
        new; of the executions among the amounts, those that ``executions`` names count once.
        """
        grows = bool(blobs) or any(amount > 0 for amount in amounts.values())
        asked = _Charge(self, tenant, dict(amounts), blobs, executions, grows=grows)
        return Bound((asked.guard,) if grows else (), (asked.change,))

    def _charge(self, tenant: str, resource: Resource, amount: int, task: str) -> Bound:
        executions = (Execution(task, amount, is_run=False),) if task else ()
        return self.charge(tenant, {resource: amount}, executions=executions)

    def shared(self, tables: Tables, tenant: str, execution: Execution) -> int:
        """By how much less an execution changes the count because another one of its id stays."""
        others = self._held_tasks(tables, tenant, execution.id)
        if execution.is_run:
            return -execution.amount if others else 0
        return 0 if others else -execution.amount * open_runs(tables, tenant, execution.id)

    # --- what is used

    def usage(self, tenant: str) -> Usage:
        """What a tenant uses now; counted from the facts when nobody registered it."""
        record = self._store.get("tenant_usage", tenant)
        if record is None:
            return self.counted(tenant)
        window = _window(self._store.get("tenant_rate", tenant)).at(self.clock.now_ms())
        return Usage(**_held(record), rate_per_minute=window.used)

    def counted(self, tenant: str) -> Usage:
        """What the facts say a tenant uses; of what no table tells, what is counted."""
        storage = Storage(self._store, tenant)
        storage.advance()
        window = _window(self._store.get("tenant_rate", tenant)).at(self.clock.now_ms())
        # The store answers what Tables answers; only its writing members are missing.
        tables: Any = self._store
        return Usage(**self._facts(tables, tenant, storage), rate_per_minute=window.used)

    def recount(self, tenant: str) -> tuple[Usage, Usage]:
        """Make the counters hold what the facts say; what they held, and what they hold now.

        Raises:
            Missing: the tenant is not registered, so nothing is counted (``tenant.missing``).
        """
        if self._store.get("tenant", tenant) is None:
            raise Missing(
                f"no tenant {tenant!r} is registered, and nothing is counted for it",
                code="tenant.missing",
                next_step="tarl tenants ls shows them; tarl tenants create makes one",
                tenant=tenant,
            )
        record = self._store.get("tenant_usage", tenant)
        before = Usage() if record is None else self.usage(tenant)
        self._store.commit(Batch((), changes=(self.counting(tenant),)))
        return before, self.usage(tenant)

    def counting(self, tenant: str) -> Change:
        """Sets the counters to what the facts say, when it is committed."""
        storage = Storage(self._store, tenant)
        storage.advance()

        def change(tables: Tables) -> None:
            storage.advance()  # nobody else writes from here to the end of the transaction
            tables.put("tenant_usage", {"tenant": tenant, **self._facts(tables, tenant, storage)})
            for known in list(tables.scan("tenant_blob", {"tenant": tenant})):
                tables.delete("tenant_blob", tenant, known["digest"])
            for digest, size in storage.blobs.items():
                tables.put("tenant_blob", {"tenant": tenant, "digest": digest, "size_bytes": size})

        return change

    def get_metrics(self) -> dict[str, Any]:
        """What each registered tenant uses."""
        ids = [record["tenant"] for record in self._store.scan("tenant")]
        return {"usage": {id: self.usage(id).as_data() for id in ids}}

    def get_status(self) -> dict[str, Any]:
        """How many tenants are counted, and whether others get anything."""
        counted = self._store.count("tenant_usage")
        return {"counted": counted, "registered_only": self.registered_only}

    def _facts(self, tables: Tables, tenant: str, storage: Storage) -> dict[str, int]:
        held = tables.get("tenant_usage", tenant)
        facts: dict[str, int] = {n: 0 if held is None else held[n] for n in COUNTED}
        for resource, counters in self._counters.items():
            facts[resource] = sum(counter(tables, tenant) for counter in counters)
        facts[STORAGE] = storage.total
        return facts


class _Charge:
    """What one batch asks of a tenant's quotas.

    A guard and a change, because several batches share a transaction: the guard refuses before
    anything is written, the change looks again at what has been counted since.
    """

    __slots__ = ("_amounts", "_blobs", "_bounds", "_executions", "_grows", "_quotas", "_tenant")

    def __init__(
        self,
        bounds: TenantBounds,
        tenant: str,
        amounts: dict[Resource, int],
        blobs: Blobs,
        executions: Sequence[Execution],
        *,
        grows: bool,
    ) -> None:
        self._bounds = bounds
        self._tenant = tenant
        self._amounts = amounts
        self._blobs = blobs
        self._executions = executions
        self._grows = grows
        self._quotas: Record | None = None

    def guard(self, tables: Tables) -> None:
        """Refuse what would pass a quota.

        Raises:
            Exceeded: ``quota.exceeded``, ``quota.closed``, ``quota.unregistered`` or
                ``quota.uncounted``.
        """
        self._quotas = tables.get("tenant", self._tenant)
        if self._quotas is None:
            if self._bounds.registered_only and self._tenant != "default":
                raise self._counted(refusals.unregistered(self._tenant))
            return
        if self._quotas["status"] != "active" and self._is_work():
            raise self._counted(refusals.closed(self._tenant, self._quotas["status"]))
        used = tables.get("tenant_usage", self._tenant)
        if used is None:
            raise self._counted(refusals.uncounted(self._tenant))
        self._next(tables, self._quotas, used)
        self._next_window(tables, self._quotas)

    def change(self, tables: Tables) -> None:
        """Count.

        Raises:
            Exceeded: another batch of this transaction took what was left.
        """
        quotas = self._quotas or tables.get("tenant", self._tenant)
        used = None if quotas is None else tables.get("tenant_usage", self._tenant)
        if quotas is None or used is None:
            return
        counts = self._next(tables, quotas, used)
        window = self._next_window(tables, quotas)
        if counts:
            tables.update("tenant_usage", (self._tenant,), counts)
        for digest, size in self._new_blobs(tables):
            record = {"tenant": self._tenant, "digest": digest, "size_bytes": size}
            tables.put("tenant_blob", record)
        if window is not None:
            tables.put(
                "tenant_rate",
                {"tenant": self._tenant, "newest_s": window.newest_s, "slots": pack(window)},
            )

    def _next(self, tables: Tables, quotas: Record, used: Record) -> dict[str, int]:
        """The counters that change, as they will be."""
        counts: dict[str, int] = {}
        for resource, amount in self._amounts.items():
            if resource == RATE:
                continue
            if resource == STORAGE:
                amount += sum(size for _, size in self._new_blobs(tables))
            if resource == EXECUTIONS:
                amount += sum(
                    self._bounds.shared(tables, self._tenant, each) for each in self._executions
                )
            counts[resource] = max(0, used[resource] + amount)
            quota = quotas[resource]
            if self._grows and amount > 0 and quota is not None and counts[resource] > quota:
                raise self._exceeded(resource, quota, used[resource], amount)
        return counts

    def _next_window(self, tables: Tables, quotas: Record) -> Window | None:
        """The last minute as it will be; None when it is not bounded, or nothing passes."""
        amount, quota = self._amounts.get(RATE, 0), quotas[RATE]
        if amount <= 0 or quota is None:
            return None
        for each in self._executions:
            if each.is_run and each.amount > 0:  # its task has passed when it was enqueued
                amount += self._bounds.shared(tables, self._tenant, each)
        if amount <= 0:
            return None
        now_ms = self._bounds.clock.now_ms()
        window = _window(tables.get("tenant_rate", self._tenant)).at(now_ms)
        if window.used + amount > quota:
            wait_ms = window.wait_ms(amount, quota=quota, now_ms=now_ms)
            raise self._exceeded(RATE, quota, window.used, amount, wait_ms)
        return window.plus(amount)

    def _new_blobs(self, tables: Tables) -> list[tuple[bytes, int]]:
        return [
            (digest, size)
            for digest, size in dict(self._blobs).items()
            if tables.get("tenant_blob", self._tenant, digest) is None
        ]

    def _is_work(self) -> bool:
        return any(amount > 0 for name, amount in self._amounts.items() if name != STORAGE)

    def _exceeded(
        self, resource: Resource, quota: int, used: int, asked: int, wait_ms: int | None = None
    ) -> Exceeded:
        return self._counted(
            refusals.exceeded(
                self._tenant,
                resource,
                quota=quota,
                used=used,
                asked=asked,
                retry_after_ms=wait_ms,
            )
        )

    def _counted(self, refusal: Exceeded) -> Exceeded:
        about = str(refusal.facts.get("resource", refusal.code))
        self._bounds.metrics.count("tenancy.refusals", resource=about)
        return refusal


def _held(record: Record) -> dict[str, int]:
    return {resource: record[resource] for resource in COUNTED}


def _window(record: Record | None) -> Window:
    return Window() if record is None else unpack(record["newest_s"], record["slots"])
