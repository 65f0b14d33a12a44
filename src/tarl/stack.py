"""The composition root: the only file that names concrete adapters and joins the rooms."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl.crypto.keys import Keyring
from tarl.crypto.principals import PrincipalKeys
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.owners import OwnerLocks
from tarl.engines.embedded.owners import Owners as OwnersOfRuns
from tarl.engines.embedded.owners import is_owned as is_owned_here
from tarl.engines.embedded.resuming import RESUMING_COORDINATION
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.turns import TurnStore
from tarl.errors import Denied, Invalid, Unavailable
from tarl.governance.compliance.court import ComplianceCourt
from tarl.governance.compliance.state import COMPLIANCE_PROJECTION
from tarl.governance.environment import environment as environment_of
from tarl.governance.policies.court import CedarCourt
from tarl.governance.policies.state import POLICIES_PROJECTION
from tarl.governance.policies.traits import traits_in
from tarl.governance.promotion.state import PROMOTIONS_PROJECTION
from tarl.governance.safety.anomalies import ANOMALIES_PROJECTION
from tarl.governance.safety.builtin import declared_guardrails
from tarl.governance.safety.court import SafetyCourt
from tarl.governance.safety.panel import Panel
from tarl.governance.safety.redaction import Redactor
from tarl.governance.safety.state import SAFETY_PROJECTION
from tarl.governance.taint.court import TaintCourt
from tarl.governance.taint.rules import mode as taint_mode
from tarl.governance.taint.state import TAINT_PROJECTION
from tarl.governance.violations.state import VIOLATIONS_PROJECTION
from tarl.journal.codec import Codec
from tarl.journal.place import Place, is_database
from tarl.journal.projection import Coordination, Projection, Tables, table_names
from tarl.journal.refusals import moved
from tarl.journal.sqlite import SqliteStore
from tarl.journal.sqlite_connection import Synchronous
from tarl.journal.store import Store
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.definition import Registry, Workflow
from tarl.kernel.gateway import AllowAll, Courts, Gate
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.planning.consent.court import ConsentCourt
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.provenance.artifacts.state import ARTIFACTS_PROJECTION
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.state import ATTESTATIONS_PROJECTION
from tarl.provenance.lineage.environment import environment as environment_here
from tarl.routing.tables import NODES_COORDINATION, NODES_PROJECTION
from tarl.tenancy.bounds import QUOTAS_COORDINATION, RATE, TenantBounds
from tarl.tenancy.counting import RUN_COUNTERS, Counter, executions, rows_of
from tarl.tenancy.metering import RUN_RULES, BoundedStore, Rules
from tarl.tenancy.roster import Roster
from tarl.tenancy.scope import Caller
from tarl.tenancy.scoped import Owners, ScopedStore, scoped
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.tenancy.tenant import Resource
from tarl.trust.accounts import BUDGETS_PROJECTION
from tarl.trust.budget import Budgets
from tarl.trust.court import TrustCourt
from tarl.trust.kms import FileKeys, KeyService
from tarl.trust.ledger import TrustLedger
from tarl.trust.messages import MESSAGES_PROJECTION
from tarl.trust.notary import AgentNotary
from tarl.trust.projection import TRUST_PROJECTION
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.metrics import Metrics
from tarl.values.metrics import Registry as MetricsRegistry
from tarl.values.plain import plain
from tarl.work.leases import LEASES_COORDINATION
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.tables import (
    QUEUE_COORDINATION,
    QUEUES_PROJECTION,
    TASKS_PROJECTION,
    is_step,
)
from tarl.work.queue.task import DEFAULT_QUEUE, TaskId, id_at
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.schedules.state import SCHEDULES_PROJECTION
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

if TYPE_CHECKING:
    from tarl.journal.check import Progress
    from tarl.journal.postgres.moving import Moved
    from tarl.journal.upcast import Upcasters
    from tarl.planning.making import PlanMaker
    from tarl.planning.planner import Solve
    from tarl.planning.plans.ledger import PlanLedger
    from tarl.planning.sources.snapshot import Home

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


def is_owned(path: Place, stream: str) -> bool:
    """Whether some process has the run of a stream in its hands now; takes nothing."""
    if is_database(path):
        from tarl.journal.postgres.owners import is_owned as is_owned_there

        return is_owned_there(str(path), stream)
    return is_owned_here(_owners_file(path), stream)


def _owners_file(path: Place) -> Path:
    return Path(f"{path}-owners")


def _owners(path: Place) -> OwnersOfRuns:
    if is_database(path):
        from tarl.journal.postgres.owners import PostgresOwners

        return PostgresOwners(str(path))
    return OwnerLocks(_owners_file(path))


@contextlib.contextmanager
def open_queue(
    path: Place = "tarl.db",
    name: str = DEFAULT_QUEUE,
    *,
    keyring: Keyring | None = None,
    synchronous: Synchronous = "FULL",
    sealed: bool = False,
    tenant: str | None = None,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
) -> Iterator[TaskQueue]:
    """A queue of the journal in ``path``, to add tasks to and to look after them from any program;
    ``tarl worker`` carries them out. Tenants' quotas bound it.

    Every call is a commit of its own; ``queue_on`` is for an event loop. See ``open_store`` for the
    other arguments.
    """
    keys, time = keyring or Keyring(), clock or SystemClock()
    store = open_store(
        path, keyring=keys, synchronous=synchronous, sealed=sealed, tenant=tenant, clock=time
    )
    try:
        yield TaskQueue(
            store,
            name,
            clock=time,
            draw_id=lambda: draw_task_id(time),
            bounds=bounds_on(store, clock=time),
            metrics=metrics,
        )
    finally:
        store.close()


def queue_on(
    store: Store,
    name: str = DEFAULT_QUEUE,
    *,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
) -> AsyncTaskQueue:
    """A queue of a journal that is open (``runtime.journal``), for the event loop that asks."""
    time = clock or SystemClock()
    return AsyncTaskQueue(
        store,
        name,
        clock=time,
        draw_id=lambda: draw_task_id(time),
        bounds=bounds_on(store, clock=time),
        metrics=metrics,
    )


def draw_id(noun: str) -> str:
    """An id that was given none, drawn by chance."""
    return f"{noun}-{secrets.token_hex(4)}"


def draw_task_id(clock: Clock) -> str:
    """The id of a task that was given none; tasks of one time lie together in the file."""
    return id_at(clock.now_ms(), secrets.token_hex(16))


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


def open_trust(store: Store, keyring: Keyring) -> TrustLedger:
    """The records of trust of a journal, by whose operator's word they stand."""
    return TrustLedger(
        store,
        operator=keyring.public("operator"),
        log_key=keyring.public("log"),
        kept_checkpoint=lambda: keyring.kept_checkpoint(store.origin),
    )


def open_attestations(
    store: Store, keyring: Keyring, *, clock: Clock | None = None
) -> Attestations:
    """The signed statements of a journal, and whose keys count for them."""
    time = clock or SystemClock()
    keys = present_keys(store, keyring.public("operator"), clock=time)
    return Attestations(store, keys=keys, clock=time)


def open_plans(store: Store, *, clock: Clock | None = None) -> PlanLedger:
    """The plans of a journal."""
    from tarl.planning.plans.ledger import PlanLedger

    return PlanLedger(store, clock=clock or SystemClock())


@asynccontextmanager
async def open_planner(
    store: Store,
    home: Home,
    *,
    tenant: str = DEFAULT_TENANT,
    clock: Clock | None = None,
    solve: Solve | None = None,
) -> AsyncIterator[PlanMaker]:
    """What makes plans for a home, under the policies and consents of a journal. Who solves is a
    process of its own, which ends with it, where nobody is named.
    """
    from tarl.governance.policies.ledger import Policies
    from tarl.planning.consent.ledger import Consents
    from tarl.planning.making import PlanMaker
    from tarl.planning.planner import ExecutionPlanner
    from tarl.planning.policy_gate import PolicyGate
    from tarl.planning.solver.process import SolverProcess

    time = clock or SystemClock()
    consents = Consents(store, clock=time)
    gate = PolicyGate(Policies(store, clock=time), consents=consents, tenant=tenant)
    if solve is not None:
        yield PlanMaker(home, ExecutionPlanner(solve, gate))
        return
    async with SolverProcess() as solver:
        yield PlanMaker(home, ExecutionPlanner(solver.solve, gate))


@asynccontextmanager
async def open_runtime(
    path: Place = "tarl.db",
    *,
    workflows: Iterable[Workflow[..., Any]] = (),
    gate: Gate | None = None,
    keyring: Keyring | None = None,
    clock: Clock | None = None,
    limits: Limits = DEFAULT_LIMITS,
    synchronous: Synchronous = "FULL",
    sealed: bool = False,
    metrics: Metrics | None = None,
    tenant: str | None = None,
    agents_only: bool = False,
    plans_only: bool = False,
    approvers: Sequence[str] = (),
    environment: str | None = None,
    agent_keys: KeyService | None = None,
    taint: str | None = None,
) -> AsyncIterator[Runtime]:
    """A runtime over the journal in ``path``, in the event loop that opens it.

    Keys are made under ``$TARL_HOME`` if nobody has; see ``open_store`` for the other arguments.
    Every effect is decided about by ``gate``, which allows all when it is left out, by the policies
    of the tenant that are in force, where a plan moves a device by what its user consented to, and,
    where it is done for an agent, by what that agent holds.

    Args:
        path: The journal.
        workflows: Those that it can run, besides what is declared.
        gate: A further gate.
        keyring: The operator's keys.
        clock: The clock; the machine's when left out.
        limits: Bounds of runs.
        synchronous: See ``open_store``.
        sealed: See ``open_store``.
        metrics: Counts; a registry of the runtime's own when left out (``Runtime.get_metrics``).
        tenant: For whom the caller acts: nothing of others can be seen or touched.
        agents_only: Whether an effect that is not done for an agent is refused.
        plans_only: Whether an effect on a device that no recorded plan does is refused.
        approvers: Humans who may approve what an agent's posture holds, besides those behind it.
        environment: Where it is (dev, stage or prod); when left out, the policies of all
            environments count.
        agent_keys: Who signs for agents; the key files under ``$TARL_HOME`` when left out.
        taint: What becomes of side effects that nobody endorses once something untrusted has
            entered a run, in tenants that do not say themselves: ``deny``, ``hold`` for the
            ``approvers``, ``watch`` or ``off``; when left out, ``deny`` after what was declared
            untrusted and ``watch`` after what is only assumed to be.

    Raises:
        Corrupt: the journal is damaged, older than the last checkpoint that was signed, or forked.
        Conflict: a newer version of tarl wrote it.
    """
    where = environment_of(environment) if environment else None
    keys = (keyring or Keyring()).ensure()
    store = open_store(
        path, keyring=keys, synchronous=synchronous, sealed=sealed, tenant=tenant, clock=clock
    )
    with contextlib.ExitStack() as closing:
        closing.callback(store.close)
        _refuse_read_only(store, path)
        clock = clock or SystemClock()
        checkpointer = Checkpointer(store, keys, clock)
        closing.callback(checkpointer.close)
        metrics = metrics or MetricsRegistry()
        loop = asyncio.get_running_loop()
        seen = TurnStore(store, loop)
        notary = AgentNotary(
            seen,
            agent_keys or FileKeys(PrincipalKeys(keys.directory.parent)),
            now_ms=clock.now_ms,
            now_s=loop.time,
            draw_nonce=lambda: secrets.token_hex(16),
        )
        records = open_trust(seen, keys)
        trust = TrustCourt(
            store,
            records,
            Budgets(store, metrics=metrics),
            signer=notary.signer,
            now_ms=clock.now_ms,
            requires_agent=agents_only,
            approvers=approvers,
        )
        traits_of = traits_in(records, clock.now_ms)
        policies = CedarCourt(
            seen, clock=clock, traits_of=traits_of, metrics=metrics, environment=where
        )
        guardrails = declared_guardrails()
        panel = Panel(seen, clock=clock, guardrails=guardrails, metrics=metrics)
        closing.callback(panel.close)
        safety = SafetyCourt(seen, panel, clock=clock, metrics=metrics)
        screen = Redactor(panel, key=keys.redaction_key, metrics=metrics)
        tainted = TaintCourt(
            store,
            seen=seen,
            clock=clock,
            default=None if taint is None else taint_mode(taint),
            approvers=approvers,
            metrics=metrics,
        )
        demanded = ComplianceCourt(
            seen,
            open_attestations(seen, keys, clock=clock),
            clock=clock,
            here=_installed,
            environment=where,
        )
        consents = ConsentCourt.on(store, seen=seen, clock=clock, requires_plan=plans_only)
        locks = _owners(path)
        engine = Engine(
            store,
            owners=Owners(locks, store) if isinstance(store, ScopedStore) else locks,
            gate=Courts(safety, gate or AllowAll(), policies, demanded, tainted, consents, trust),
            clock=clock,
            limits=limits,
            metrics=metrics,
            notary=notary,
            screen=screen,
        )
        async with _kept_going(Runtime(engine, Registry()), checkpointer) as runtime:
            runtime.register(*workflows)
            yield runtime


@cache
def _installed() -> Any:
    """What is installed where this process runs; read once, since reading it takes long."""
    return plain(environment_here())


@asynccontextmanager
async def _kept_going(runtime: Runtime, checkpointer: Checkpointer) -> AsyncIterator[Runtime]:
    """The runtime with what goes on beside its runs; closed with them."""
    engine = runtime.engine
    beside = [
        asyncio.create_task(checkpointer.keep_signing()),
        asyncio.create_task(engine.post.keep_looking()),
        asyncio.create_task(engine.asking.keep_time()),
    ]
    try:
        yield runtime
    finally:
        for task in beside:
            task.cancel()
        await runtime.close()


def _refuse_read_only(store: Store, path: Place) -> None:
    place = getattr(store, "moved_to", None)
    if place is not None:
        raise moved(Path(path), place)
    if getattr(store, "is_read_only", False):
        raise Denied(
            f"{path} cannot be written, and a runtime records what it does",
            code="journal.read_only",
            next_step="check the permissions of the file and its directory",
            path=str(path),
        )
