"""Named leases: who may do something that only one at a time may do, until when.

Laws:
1. At most one holder at a time has an unexpired lease of a name.
2. Each acquisition by another holder has a higher token; what is committed under ``Leases.guard``
   is refused once a higher token was given out, whatever the late holder's clock says.
3. Only the holder extends and releases, and only while it holds.
4. A lease ends by the wall clock. One that would last longer from now than it was given for was
   given before the clock was set back: it is cut to its own length when somebody else asks, so a
   clock set back by an hour keeps nobody out for an hour.

Leases are coordination rows: they say nothing about what happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tarl.errors import Conflict, Invalid
from tarl.journal.projection import Change, Coordination, Guard, Record, Table, Tables
from tarl.journal.store import Batch, Store
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured

DURATION_MS_MAX = 366 * 86_400_000
"""A lease for longer would be ownership."""

LEASE = Table(
    name="named_lease",
    columns={
        "tenant": "TEXT",
        "name": "TEXT",
        "holder": "TEXT",
        "token": "INTEGER",
        "acquired_at_ms": "INTEGER",
        "expires_at_ms": "INTEGER",
        "duration_ms": "INTEGER",
        "beat_at_ms": "INTEGER",
    },
    key=("tenant", "name"),
)
"""A row stays when its lease is released, without a holder, so that tokens never fall."""

LEASES_COORDINATION = Coordination(name="named_leases", tables=(LEASE,))


class Lease(NamedTuple):
    """A lease as it was when it was acquired, extended or looked at."""

    tenant: str
    name: str
    holder: str
    token: int
    acquired_at_ms: int
    expires_at_ms: int
    duration_ms: int
    beat_at_ms: int


class Leases:
    """The leases of one journal, shared by all processes that have it open."""

    def __init__(self, store: Store, *, clock: Clock, metrics: Metrics | None = None) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics or Unmeasured()

    def acquire(
        self,
        name: str,
        holder: str,
        *,
        duration_ms: int,
        tenant: str = DEFAULT_TENANT,
        over: Lease | None = None,
    ) -> Lease | None:
        """The lease, or None while somebody else has it; whoever has it already extends it.

        ``over`` is a lease that the caller knows to be a dead holder's, however long it would last:
        it is taken if it is still the same.

        Raises:
            Invalid: a name that cannot be one, or a duration out of range (``lease.duration``).
        """
        check_name(name, "lease")
        check_name(holder, "holder")
        check_name(tenant, "tenant")
        if type(duration_ms) is not int or not 0 < duration_ms <= DURATION_MS_MAX:
            raise Invalid(
                f"a lease lasts 1 to {DURATION_MS_MAX} ms, not {duration_ms!r}",
                code="lease.duration",
                next_step="give the duration in milliseconds",
            )
        now_ms = self._clock.now_ms()
        ends_ms = now_ms + duration_ms
        asked = Lease(tenant, name, holder, 0, now_ms, ends_ms, duration_ms, now_ms)
        found: list[Lease | None] = []

        def change(tables: Tables) -> None:
            row = tables.get(LEASE.name, tenant, name)
            found.append(_acquire(tables, asked, row, over=over))

        self._store.commit(Batch((), changes=(change,)))
        outcome = "refused" if found[-1] is None else "acquired"
        self._metrics.count(f"leases.{outcome}")
        return found[-1]

    def heartbeat(
        self,
        name: str,
        holder: str,
        *,
        duration_ms: int | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Lease | None:
        """Extend the lease by its duration from now, or a new one; None if the holder has lost
        it.
        """
        now_ms = self._clock.now_ms()
        found: list[Lease | None] = []

        def change(tables: Tables) -> None:
            row = tables.get(LEASE.name, tenant, name)
            found.append(None)
            if row is None or not _is_held(row, now_ms) or row["holder"] != holder:
                return
            length = duration_ms or row["duration_ms"]
            found[-1] = _put(
                tables,
                {**row, "expires_at_ms": now_ms + length, "duration_ms": length},
                now_ms,
            )

        self._store.commit(Batch((), changes=(change,)))
        if found[-1] is None:
            self._metrics.count("leases.lost")
        return found[-1]

    def release(self, name: str, holder: str, *, tenant: str = DEFAULT_TENANT) -> bool:
        """Give the lease up; False if the holder does not have it (any more)."""
        now_ms = self._clock.now_ms()
        released: list[bool] = []

        def change(tables: Tables) -> None:
            row = tables.get(LEASE.name, tenant, name)
            mine = row is not None and row["holder"] == holder and _is_held(row, now_ms)
            released.append(mine)
            if mine:
                tables.update(LEASE.name, (tenant, name), {"holder": None})

        self._store.commit(Batch((), changes=(change,)))
        return released[-1]

    def get(self, name: str, *, tenant: str = DEFAULT_TENANT) -> Lease | None:
        """The lease that somebody holds now, or None."""
        row = self._store.get(LEASE.name, tenant, name)
        return _lease(row) if row is not None and _is_held(row, self._clock.now_ms()) else None

    def peek(self, name: str, *, tenant: str = DEFAULT_TENANT) -> Lease | None:
        """The lease that somebody has not given up, whether it has ended or not."""
        row = self._store.get(LEASE.name, tenant, name)
        return None if row is None or row["holder"] is None else _lease(row)

    def held(self, *, tenant: str = DEFAULT_TENANT) -> Iterator[Lease]:
        """Every lease of a tenant that somebody holds now, by name."""
        now_ms = self._clock.now_ms()
        for row in self._store.scan(LEASE.name, {"tenant": tenant}, order_by="name"):
            if _is_held(row, now_ms):
                yield _lease(row)

    def guard(self, lease: Lease) -> Guard:
        """For a batch that must only be written while nobody else was given the lease since.

        The guard raises Conflict (``lease.lost``).
        """

        def ask(tables: Tables) -> None:
            row = tables.get(LEASE.name, lease.tenant, lease.name)
            if row is None or (row["holder"], row["token"]) != (lease.holder, lease.token):
                raise Conflict(
                    f"{lease.holder} has lost the lease of {lease.name}",
                    code="lease.lost",
                    next_step="leave the work to the holder of the newer token",
                    name=lease.name,
                    token=lease.token,
                    current=None if row is None else row["token"],
                )

        return ask

    def unheld(self, name: str, holder: str, *, tenant: str = DEFAULT_TENANT) -> Guard:
        """For a batch that must not be written before others have given the lease up, ended or not.

        The guard raises Conflict (``lease.held``).
        """

        def ask(tables: Tables) -> None:
            row = tables.get(LEASE.name, tenant, name)
            if row is not None and row["holder"] not in (None, holder):
                raise Conflict(
                    f"{row['holder']} holds the lease of {name}", code="lease.held", name=name
                )

        return ask

    def releasing(self, lease: Lease) -> Change:
        """Give the lease up with a batch that is committed; nothing if it is lost already."""

        def change(tables: Tables) -> None:
            row = tables.get(LEASE.name, lease.tenant, lease.name)
            if row is not None and (row["holder"], row["token"]) == (lease.holder, lease.token):
                tables.update(LEASE.name, (lease.tenant, lease.name), {"holder": None})

        return change


def _acquire(
    tables: Tables, asked: Lease, row: Record | None, *, over: Lease | None
) -> Lease | None:
    """The lease that is asked for, if the row that there is permits it."""
    now_ms = asked.beat_at_ms
    if row is not None and _is_held(row, now_ms) and _lease(row) != over:
        if row["holder"] != asked.holder:
            latest_ms = now_ms + row["duration_ms"]
            if row["expires_at_ms"] > latest_ms:
                key = asked.tenant, asked.name
                tables.update(LEASE.name, key, {"expires_at_ms": latest_ms})
            return None
        asked = asked._replace(token=row["token"], acquired_at_ms=row["acquired_at_ms"])
    else:
        asked = asked._replace(token=1 if row is None else row["token"] + 1)
    tables.put(LEASE.name, asked._asdict())
    return asked


def _put(tables: Tables, record: Record, now_ms: int) -> Lease:
    whole = {**record, "beat_at_ms": now_ms}
    tables.put(LEASE.name, whole)
    return _lease(whole)


def _is_held(row: Record, now_ms: int) -> bool:
    return row["holder"] is not None and row["expires_at_ms"] > now_ms


def _lease(row: Record) -> Lease:
    return Lease(**{name: row[name] for name in Lease._fields})
