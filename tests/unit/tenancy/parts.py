"""What the tests of tenancy stand on: a journal with tenants, a clock that is set by hand."""

from __future__ import annotations

from pathlib import Path

from tests.opened import until_test_ends

from tarl.crypto.keys import Keyring
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.tenancy.bounds import QUOTAS_COORDINATION, TenantBounds
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.state import TENANTS_PROJECTION

NOON_MS = 1_800_000_000_000
PROJECTIONS = (RUNS_PROJECTION, TENANTS_PROJECTION, APPROVALS_PROJECTION)
COORDINATIONS = (QUOTAS_COORDINATION,)


class HandClock:
    """Shows what it is set to."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS, coordinations=COORDINATIONS)


def sqlite(path: Path, *, codec: Codec | None = None) -> SqliteStore:
    return until_test_ends(
        SqliteStore(
            path,
            origin="tarl/test",
            codec=codec,
            projections=PROJECTIONS,
            coordinations=COORDINATIONS,
            synchronous="NORMAL",
        )
    )


class Office:
    """A journal, its tenants and their bounds."""

    def __init__(self, store: Store | None = None, *, clock: HandClock | None = None) -> None:
        self.store = store or memory()
        self.clock = clock or HandClock()
        self.keyring = Keyring()
        self.bounds = TenantBounds(self.store, clock=self.clock)
        self.tenants = Tenants(self.store, keyring=self.keyring, bounds=self.bounds)

    def take(self, tenant: str, resource: str, amount: int = 1) -> None:
        bound = self.bounds.take(tenant, resource, amount)
        self.store.commit(Batch((), guards=bound.guards, changes=bound.changes))

    def give_back(self, tenant: str, resource: str, amount: int = 1) -> None:
        bound = self.bounds.give_back(tenant, resource, amount)
        self.store.commit(Batch((), guards=bound.guards, changes=bound.changes))


def started(tenant: str, id: str, *, n: int = 1, codec: Codec | None = None) -> Row:
    """The first event of a run."""
    body = events.run_started(code="c", seed="00", workflow="w", input_json=b"null")
    return writer(tenant, id, n=n, codec=codec).append(events.RUN_STARTED, body, at_ms=NOON_MS)


def writer(tenant: str, id: str, *, n: int = 1, codec: Codec | None = None) -> StreamWriter:
    return StreamWriter(f"run/{tenant}/{id}/{n}", tenant=tenant, codec=codec or Codec())


def ended(store: Store, tenant: str, id: str, kind: str = events.RUN_COMPLETED) -> Row:
    """The last event of a run that is in a store."""
    stream = f"run/{tenant}/{id}/1"
    head = store.head(stream)
    assert head is not None
    end = writer(tenant, id, codec=store.codec.as_in(next(store.read(stream, until=1))))
    end.continue_from(*head)
    return end.append(kind, b'{"result":1}', at_ms=NOON_MS)
