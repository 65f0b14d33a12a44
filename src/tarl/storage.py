"""Where a journal is kept, and which tables are kept with its events: every room's, joined."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.engines.embedded.owners import OwnerLocks
from tarl.engines.embedded.owners import Owners as OwnersOfRuns
from tarl.engines.embedded.owners import is_owned as is_owned_here
from tarl.engines.embedded.resuming import RESUMING_COORDINATION
from tarl.errors import Invalid, Unavailable
from tarl.governance.compliance.state import COMPLIANCE_PROJECTION
from tarl.governance.policies.state import POLICIES_PROJECTION
from tarl.governance.promotion.state import PROMOTIONS_PROJECTION
from tarl.governance.safety.anomalies import ANOMALIES_PROJECTION
from tarl.governance.safety.state import SAFETY_PROJECTION
from tarl.governance.taint.state import TAINT_PROJECTION
from tarl.governance.violations.state import VIOLATIONS_PROJECTION
from tarl.journal.codec import Codec
from tarl.journal.patience import line_of
from tarl.journal.place import Place, is_database
from tarl.journal.projection import Coordination, Projection, Tables, table_names
from tarl.journal.sqlite import SqliteStore
from tarl.journal.sqlite_connection import Synchronous
from tarl.journal.store import Store
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.provenance.artifacts.state import ARTIFACTS_PROJECTION
from tarl.provenance.attestations.state import ATTESTATIONS_PROJECTION
from tarl.routing.tables import NODES_COORDINATION, NODES_PROJECTION
from tarl.tenancy.bounds import QUOTAS_COORDINATION, RATE, TenantBounds
from tarl.tenancy.counting import RUN_COUNTERS, Counter, executions, rows_of
from tarl.tenancy.metering import RUN_RULES, BoundedStore, Rules
from tarl.tenancy.roster import Roster
from tarl.tenancy.scope import Caller
from tarl.tenancy.scoped import scoped
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.tenancy.tenant import Resource
from tarl.trust.accounts import BUDGETS_PROJECTION
from tarl.trust.messages import MESSAGES_PROJECTION
from tarl.trust.projection import TRUST_PROJECTION
from tarl.values.metrics import Metrics
from tarl.work.leases import LEASES_COORDINATION
from tarl.work.queue.tables import QUEUE_COORDINATION, QUEUES_PROJECTION, TASKS_PROJECTION, is_step
from tarl.work.queue.task import TaskId
from tarl.work.schedules.state import SCHEDULES_PROJECTION
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

if TYPE_CHECKING:
    from tarl.journal.check import Progress
    from tarl.journal.postgres.moving import Moved
    from tarl.journal.upcast import Upcasters


FILE_WAIT_S = 0.1
"""How often who waits for a file's events looks."""

DATABASE_WAIT_S = 5.0
"""How often who waits for a database's looks, though nothing was said."""

PROJECTIONS: tuple[Projection, ...] = (
    RUNS_PROJECTION,
    APPROVALS_PROJECTION,
    TASKS_PROJECTION,
    QUEUES_PROJECTION,
    TIMERS_PROJECTION,
    SCHEDULES_PROJECTION,
    TENANTS_PROJECTION,
    NODES_PROJECTION,
    POLICIES_PROJECTION,
    VIOLATIONS_PROJECTION,
    TRUST_PROJECTION,
    BUDGETS_PROJECTION,
    MESSAGES_PROJECTION,
    PLANS_PROJECTION,
    CONSENTS_PROJECTION,
    PROMOTIONS_PROJECTION,
    ARTIFACTS_PROJECTION,
    ATTESTATIONS_PROJECTION,
    COMPLIANCE_PROJECTION,
    SAFETY_PROJECTION,
    ANOMALIES_PROJECTION,
    TAINT_PROJECTION,
)
"""What every room folds its events into."""

COORDINATIONS: tuple[Coordination, ...] = (
    QUEUE_COORDINATION,
    LEASES_COORDINATION,
    TIMERS_COORDINATION,
    QUOTAS_COORDINATION,
    NODES_COORDINATION,
    RESUMING_COORDINATION,
)
"""The rooms' rows that are no facts."""


def _executions(tables: Tables, tenant: str) -> int:
    leases = tables.scan("task_lease", {"tenant": tenant})
    tasks = [TaskId(tenant, lease["queue"], lease["task_id"]) for lease in leases]
    return executions(tables, tenant, [task.id for task in tasks if not is_step(tables, task)])


USAGE_COUNTERS: dict[Resource, tuple[Counter, ...]] = {
    "workflows": RUN_COUNTERS["workflows"],
    "concurrent_executions": (_executions,),
    "queue_depth": (rows_of("task", status="queued"),),
}
"""How a tenant's usage is counted from every room's tables."""

RULES: Rules = {**RUN_RULES, "task.enqueued/1": {RATE: 1}}
"""What events take from their tenant's quotas, and give back."""


def open_store(
    path: Place,
    *,
    keyring: Keyring | None = None,
    synchronous: Synchronous = "FULL",
    sealed: bool = False,
    must_exist: bool = False,
    tenant: str | None = None,
    clock: Clock | None = None,
) -> Store:
    """The journal in a file or a database, with every room's tables, as a tenant's caller may see
    it.

    Quotas bound what is committed through it, and strict tenants are sealed.

    Args:
        path: The file, or a database's URL (``postgresql://``).
        keyring: Where tenants' keys are; sealed content is unreadable without it.
        synchronous: ``FULL``, or ``NORMAL`` for speed at the price of power loss; a database is
            always told to have commits on disk.
        sealed: Whether new content is sealed with its tenant's key.
        must_exist: Whether a missing file is an error instead of a new journal.
        tenant: For whom the caller acts; the operator when left out.
        clock: What the quotas' rates are measured by; the machine's when left out.
    """
    caller = Caller(tenant)
    keys, roster = keyring or Keyring(), Roster()
    codec = Codec(keys.tenant_key, seals=sealed, seals_for=roster.seals)
    kept: Store
    if is_database(path):
        kept = _database(str(path), codec, must_exist=must_exist)
    else:
        kept = SqliteStore(
            path,
            origin=_drawn_origin(),
            codec=codec,
            projections=PROJECTIONS,
            coordinations=COORDINATIONS,
            synchronous=synchronous,
            must_exist=must_exist,
        )
    roster.attach(kept)
    whole = BoundedStore(kept, bounds_on(kept, clock=clock), rules=RULES, roster=roster)
    return scoped(whole, caller, tables=table_names((*PROJECTIONS, *COORDINATIONS)))


def _database(url: str, codec: Codec, *, must_exist: bool) -> Store:
    with _with_postgres():
        from tarl.journal.postgres.store import PostgresStore
    return PostgresStore(
        url,
        origin=_drawn_origin(),
        codec=codec,
        projections=PROJECTIONS,
        coordinations=COORDINATIONS,
        must_exist=must_exist,
    )


def move_to_database(
    path: Path,
    url: str,
    *,
    keyring: Keyring | None = None,
    upcasters: Upcasters,
    progress: Progress = lambda phase, done, whole: None,
) -> Moved:
    """Move a journal's file to an empty database; see ``journal.postgres.moving``."""
    if not is_database(url):
        raise Invalid(
            f"{url} is no database's URL",
            code="journal.not_a_url",
            next_step="write postgresql://user@host/name",
        )
    with _with_postgres():
        from tarl.journal.postgres.moving import move
    return move(
        path,
        url,
        keyring,
        projections=PROJECTIONS,
        coordinations=COORDINATIONS,
        upcasters=upcasters,
        progress=progress,
    )


@contextlib.contextmanager
def _with_postgres() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise Unavailable(
            f"a journal on PostgreSQL cannot be opened: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[postgres]'",
        ) from error


def _drawn_origin() -> str:
    return f"tarl/{secrets.token_hex(8)}"


@contextlib.contextmanager
def growth_of(path: Place) -> Iterator[Callable[[], object]]:
    """What waits until a journal may have grown: a file is looked at again and again, a database
    says when it has.

    Raises:
        Unavailable: no server answers (``journal.unreachable``), then or while it waits.
    """
    if not is_database(path):
        yield partial(time.sleep, FILE_WAIT_S)
        return
    from tarl.journal.postgres.tailing import Tail

    with contextlib.closing(Tail(str(path))) as tail:
        yield partial(tail.wait, DATABASE_WAIT_S)


def is_owned(path: Place, stream: str) -> bool:
    """Whether some process has the run of a stream in its hands now; takes nothing."""
    if is_database(path):
        from tarl.journal.postgres.owners import is_owned as is_owned_there

        return is_owned_there(str(path), stream)
    return is_owned_here(_owners_file(path), stream)


def _owners_file(path: Place) -> Path:
    return Path(f"{path}-owners")


def owners_of(path: Place, store: Store) -> OwnersOfRuns:
    """Who says which process owns a run of a journal that is open."""
    if is_database(path):
        from tarl.journal.postgres.line import Line
        from tarl.journal.postgres.owners import PostgresOwners

        line = line_of(store)
        assert isinstance(line, Line)
        return PostgresOwners(str(path), line=line)
    return OwnerLocks(_owners_file(path))


def draw_id(noun: str) -> str:
    """An id that was given none, drawn by chance."""
    return f"{noun}-{secrets.token_hex(4)}"


def bounds_on(
    store: Store, *, clock: Clock | None = None, metrics: Metrics | None = None
) -> TenantBounds:
    """What tenants may have, counted from every room's tables in this journal."""
    return TenantBounds(
        store,
        clock=clock or SystemClock(),
        counters=USAGE_COUNTERS,
        held_tasks=_held_tasks,
        metrics=metrics,
    )


def _held_tasks(tables: Tables, tenant: str, id: str) -> int:
    return tables.count("task_lease", {"tenant": tenant, "task_id": id})
