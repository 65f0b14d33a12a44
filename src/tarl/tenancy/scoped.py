"""A store that shows a caller its own tenant's data, and of others what their isolation permits.

Whoever is handed this store cannot forget to ask: every stream's name says whose it is, and so does
every record of a table with a column ``tenant``. What may not be named is not there: reading it
finds nothing, as if it had never been; writing to it is refused in the same words whether or not it
exists.

1. Nothing read through it is of a tenant that the caller may not read.
2. No event and no record of such a tenant is written through it.
3. Tables and streams that are no tenant's are the operator's.

Guards and changes come from rooms of tarl, which keep whole queues in order: they read everything
and write what is the caller's.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tarl.errors import Denied, Missing, TarlError
from tarl.journal.event import Event
from tarl.journal.projection import Change, Record, Table, Tables
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Head, Store
from tarl.tenancy.counting import OPERATOR_NOUN, Storage, owner_of
from tarl.tenancy.passing import PassingStore
from tarl.tenancy.scope import Access, Caller, check, isolation_in, may
from tarl.values.ids import tenant_of

NAME_TABLES = frozenset({"run"})
"""Tables of names and statuses, without content: what a shared tenant lets others see."""

OWN_NOUNS = frozenset(
    {
        "agent",
        "anomaly",
        "approval",
        "artifact",
        "authority",
        "call",
        "component",
        "consent",
        "context",
        "inbox",
        "node",
        "node_rule",
        "parts",
        "plan",
        "policy_note",
        "principal",
        "promotion",
        "revocations",
        "run",
        "safety_block",
        "schedule",
        "statement",
        "task",
        "thread",
        "timer",
        "token",
        "trust",
        "violation",
    }
)
"""Streams that a tenant's caller may write; their second segment is the tenant. Records of trust
count by their signatures, whoever writes them.
"""


SHOWN_NOUNS = frozenset({OPERATOR_NOUN, "assessors", "demand", "ladder", "policy", "taint"})
"""Streams of the operator's facts about a tenant, which its caller may read and not write."""


class ScopedStore(PassingStore):
    """A store as one caller may see it.

    Args:
        store: The whole store.
        caller: Who acts.
        tables: The shapes of its tables, by name.
        own_nouns: Streams that are tenants' own.
    """

    def __init__(
        self,
        store: Store,
        caller: Caller,
        *,
        tables: Mapping[str, Table],
        own_nouns: frozenset[str] = OWN_NOUNS,
    ) -> None:
        super().__init__(store)
        self.caller = caller
        self._tables = tables
        self._own_nouns = own_nouns
        self._isolation_of = isolation_in(store)
        self._held: dict[str, Storage] = {}

    # --- streams

    def streams(self, prefix: str = "") -> Iterator[str]:
        return (s for s in self._store.streams(prefix) if self._may_stream(s, Access.NAME))

    def head(self, stream: str) -> Head | None:
        return self._store.head(stream) if self._may_stream(stream, Access.NAME) else None

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        if not self._is_there(stream):
            return iter(())
        return self._store.read(stream, after=after, until=until)

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        if not self._is_there(stream):
            return iter(())
        return self._store.read_kind(stream, kind)

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        events = self._store.read_log(start, stop)
        return (event for event in events if self._may_stream(event.stream, Access.READ))

    def announced(self, start: int) -> list[tuple[int, str]]:
        found = self._store.announced(start)
        return [(index, s) for index, s in found if self._may_stream(s, Access.READ)]

    def take_over(self, stream: str) -> int:
        self.check_write(stream)
        return self._store.take_over(stream)

    def check_write(self, stream: str) -> None:
        """Refuse a stream that the caller may not write.

        Raises:
            Denied: it is another tenant's (``tenant.denied``) or the operator's
                (``tenant.operator``).
        """
        owner = owner_of(stream)
        if owner is None or stream.partition("/")[0] not in self._own_nouns:
            raise self.operators(f"the stream {stream}")
        self._check(owner, Access.WRITE)

    def may_read(self, stream: str) -> bool:
        """Whether the caller may read a stream, whether or not it is there."""
        return self._may_stream(stream, Access.READ)

    # --- commits

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        self._store.commit(self._checked(batch), wait_ms=wait_ms)

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        """As ``Store.commit_each``; a batch that the caller may not write is refused by itself."""
        answers: list[TarlError | None] = []
        allowed: list[Batch] = []
        for batch in batches:
            try:
                allowed.append(self._checked(batch))
            except TarlError as refusal:
                answers.append(refusal)
            else:
                answers.append(None)
        written = iter(self._store.commit_each(allowed, wait_ms=wait_ms))
        return [next(written) if answer is None else answer for answer in answers]

    def _checked(self, batch: Batch) -> Batch:
        for stream in {row.stream for row in batch.rows} | set(batch.epochs):
            self.check_write(stream)
        if not batch.changes:
            return batch
        return batch._replace(changes=[self._own(change) for change in batch.changes])

    def _own(self, change: Change) -> Change:
        return lambda tables: change(_OwnTables(tables, self))

    # --- large values

    def blob(self, tenant: str, digest: bytes) -> bytes:
        """The content under a digest, if the tenant's own events refer to it: in clear, one blob
        serves all who hold the same bytes.
        """
        if not self._may(tenant, Access.READ) or not self._holds(tenant, digest):
            raise Missing(f"no blob {digest.hex()}", code="journal.no_blob", digest=digest.hex())
        return self._store.blob(tenant, digest)

    def _holds(self, tenant: str, digest: bytes) -> bool:
        if self._store.get("tenant_blob", tenant, digest) is not None:
            return True
        held = self._held.get(tenant)
        if held is None:
            held = self._held[tenant] = Storage(self._store, tenant)
        if digest not in held.blobs:
            held.advance()
        return digest in held.blobs

    # --- tables

    def get(self, table: str, *key: Any) -> Record | None:
        self._check_table(table)
        record = self._store.get(table, *key)
        if record is None or not self._may(record["tenant"], _access(table)):
            return None
        return record

    def scan(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        at_most: Mapping[str, Any] | None = None,
        order_by: str | tuple[str, ...] = (),
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]:
        parts = [
            self._store.scan(
                table,
                {**(where or {}), "tenant": tenant},
                at_most=at_most,
                order_by=order_by,
                descending=descending,
                limit=limit,
            )
            for tenant in self._tenants(table, where or {})
        ]
        if len(parts) == 1:
            return parts[0]
        names = (order_by,) if isinstance(order_by, str) else order_by
        merged = heapq.merge(
            *parts,
            key=lambda record: [(record[n] is not None, record[n]) for n in names],
            reverse=descending,
        )
        return islice(merged, limit)

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        where = where or {}
        return sum(
            self._store.count(table, {**where, "tenant": tenant})
            for tenant in self._tenants(table, where)
        )

    def _tenants(self, table: str, where: Mapping[str, Any]) -> list[str]:
        """The tenants whose records of a table the caller may see, of those that are asked for."""
        self._check_table(table)
        if "tenant" in where:
            return [t for t in (where["tenant"],) if self._may(t, _access(table))]
        known = {record["tenant"] for record in self._store.scan("tenant")}
        return sorted(t for t in known | {self.caller.home} if self._may(t, _access(table)))

    # --- the questions

    def table_tenant(self, table: str) -> int | None:
        """Where in the key of a table the tenant stands; None when it is not in the key."""
        key = self._tables[table].key
        return key.index("tenant") if "tenant" in key else None

    def check_record(self, table: str, tenant: str | None) -> None:
        """Refuse a record of a tenant whose things the caller may not change."""
        if "tenant" in self._tables[table].columns and tenant is not None:
            self._check(tenant, Access.WRITE)

    def _may(self, tenant: str, access: Access) -> bool:
        return may(self.caller, tenant, access, isolation_of=self._isolation_of)

    def _check(self, tenant: str, access: Access) -> None:
        check(self.caller, tenant, access, isolation_of=self._isolation_of)

    def _may_stream(self, stream: str, access: Access) -> bool:
        noun = stream.partition("/")[0]
        if noun in SHOWN_NOUNS:
            return self._may(tenant_of(stream), access)
        owner = owner_of(stream)
        return owner is not None and noun in self._own_nouns and self._may(owner, access)

    def _is_there(self, stream: str) -> bool:
        """Whether the stream can be read; what can only be named is refused instead.

        Raises:
            Denied: its tenant lets others see names only (``tenant.denied``).
        """
        if self._may_stream(stream, Access.READ):
            return True
        if self._may_stream(stream, Access.NAME):
            self._check(owner_of(stream) or "", Access.READ)
        return False

    def _check_table(self, table: str) -> None:
        if "tenant" not in self._tables[table].columns:
            raise self.operators(f"the table {table}")

    def operators(self, what: str) -> Denied:
        """The refusal of what is nobody's but the operator's."""
        return Denied(
            f"{what} is the operator's, and tenant {self.caller.tenant!r} acts",
            code="tenant.operator",
            next_step="act as the operator: without --as-tenant and TARL_TENANT",
            caller=self.caller.tenant,
        )


def _access(table: str) -> Access:
    return Access.NAME if table in NAME_TABLES else Access.READ


class _OwnTables:
    """``Tables`` that write no record of a tenant that is not the caller's to change."""

    def __init__(self, tables: Tables, store: ScopedStore) -> None:
        self._tables = tables
        self._store = store
        self.get = tables.get
        self.scan = tables.scan
        self.count = tables.count

    def put(self, table: str, record: Record) -> None:
        self._store.check_record(table, record.get("tenant"))
        self._tables.put(table, record)

    def update(self, table: str, key: tuple[Any, ...], changes: Record) -> None:
        self._store.check_record(table, self._owner(table, key))
        self._store.check_record(table, changes.get("tenant"))
        self._tables.update(table, key, changes)

    def delete(self, table: str, *key: Any) -> None:
        self._store.check_record(table, self._owner(table, key))
        self._tables.delete(table, *key)

    def _owner(self, table: str, key: tuple[Any, ...]) -> str | None:
        place = self._store.table_tenant(table)
        if place is not None:
            return str(key[place])
        record = self._tables.get(table, *key)
        return None if record is None else record.get("tenant")


class Owners:
    """What says who runs what, for one caller: it owns no run of another tenant.

    Args:
        owners: Takes and releases the ownership of streams (``engines.embedded.owners``).
        store: The caller's store.
    """

    def __init__(self, owners: Any, store: ScopedStore) -> None:
        self._owners = owners
        self._store = store

    def take(self, stream: str) -> None:
        """Own a stream.

        Raises:
            Denied: it is another tenant's, whether or not anybody owns it.
        """
        self._store.check_write(stream)
        self._owners.take(stream)

    def release(self, stream: str) -> None:
        """Give a stream up."""
        self._owners.release(stream)

    def close(self) -> None:
        """Give everything up."""
        self._owners.close()


def scoped(store: Store, caller: Caller, *, tables: Mapping[str, Table]) -> Store:
    """The store as a caller may see it: as it is for the operator."""
    return store if caller.tenant is None else ScopedStore(store, caller, tables=tables)


def home_of(store: Store) -> str:
    """The tenant that is meant when none is named: the one for which a store is scoped."""
    return store.caller.home if isinstance(store, ScopedStore) else Caller().home


def check_write(store: Store, stream: str) -> None:
    """Refuse to go on before anything is done outside the journal, such as making a key file, for a
    stream that a store's caller may not write.

    Raises:
        Denied: as ``ScopedStore.check_write``.
    """
    if isinstance(store, ScopedStore):
        store.check_write(stream)


def is_readable(store: Store, stream: str) -> bool:
    """Whether a store's caller may read a stream, whether or not it is there."""
    return not isinstance(store, ScopedStore) or store.may_read(stream)


def caller_tenant(store: Store) -> str | None:
    """The tenant for which a store is scoped; None for the operator's."""
    return store.caller.tenant if isinstance(store, ScopedStore) else None


def require_operator(store: Store, what: str) -> None:
    """Refuse what concerns the whole journal to a caller who acts for a tenant.

    Raises:
        Denied: somebody acts for a tenant (``tenant.operator``).
    """
    if isinstance(store, ScopedStore):
        raise store.operators(what)
