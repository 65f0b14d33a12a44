"""The composition root: it joins the rooms and names, with ``storage.py``, concrete adapters."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from tarl.crypto.keys import Keyring
from tarl.crypto.principals import PrincipalKeys
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import Clock, SystemClock, seconds_of
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.turns import TurnStore
from tarl.errors import Denied, Unavailable
from tarl.governance.compliance.court import ComplianceCourt
from tarl.governance.environment import Environment
from tarl.governance.environment import environment as environment_of
from tarl.governance.policies.court import CedarCourt
from tarl.governance.policies.traits import traits_in
from tarl.governance.safety.builtin import declared_guardrails
from tarl.governance.safety.court import SafetyCourt
from tarl.governance.safety.panel import Panel
from tarl.governance.safety.redaction import Redactor
from tarl.governance.taint.court import TaintCourt
from tarl.governance.taint.rules import Mode
from tarl.governance.taint.rules import mode as taint_mode
from tarl.journal.place import Place
from tarl.journal.refusals import moved
from tarl.journal.sqlite_connection import Synchronous
from tarl.journal.store import Store
from tarl.kernel.definition import Registry, Workflow
from tarl.kernel.gateway import AllowAll, Courts, Gate
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.permit import Notary
from tarl.kernel.screen import Screen
from tarl.planning.consent.court import ConsentCourt
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.lineage.environment import environment as environment_here
from tarl.storage import bounds_on, open_store, owners_of
from tarl.tenancy.scoped import Owners, ScopedStore
from tarl.trust.budget import Budgets
from tarl.trust.court import TrustCourt
from tarl.trust.kms import FileKeys, KeyService
from tarl.trust.ledger import TrustLedger
from tarl.trust.notary import AgentNotary
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.metrics import Metrics
from tarl.values.metrics import Registry as MetricsRegistry
from tarl.values.plain import plain
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.task import DEFAULT_QUEUE, id_at
from tarl.work.queue.together import AsyncTaskQueue

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from tarl.engines.temporal.runtime import TemporalRuntime
    from tarl.planning.learning.estimates import Estimates
    from tarl.planning.making import PlanMaker
    from tarl.planning.planner import Solve
    from tarl.planning.plans.ledger import PlanLedger
    from tarl.planning.sources.snapshot import Home


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


def draw_task_id(clock: Clock) -> str:
    """The id of a task that was given none; tasks of one time lie together in the file."""
    return id_at(clock.now_ms(), secrets.token_hex(16))


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

    Raises:
        Invalid: a routine of the home could never be planned (``household.routine``).
    """
    from tarl.governance.policies.ledger import Policies
    from tarl.planning.consent.ledger import Consents
    from tarl.planning.learning.history import PLANS_LEARNED_MAX, learned_from
    from tarl.planning.making import PlanMaker, refuse_odd_routines
    from tarl.planning.planner import ExecutionPlanner
    from tarl.planning.policy_gate import PolicyGate
    from tarl.planning.solver.process import SolverProcess

    time = clock or SystemClock()
    refuse_odd_routines(home.household, now_ms=time.now_ms())
    consents = Consents(store, clock=time)
    gate = PolicyGate(Policies(store, clock=time), consents=consents, tenant=tenant)
    plans = open_plans(store, clock=time)

    def learn() -> Estimates:
        return learned_from(plans, home.household, tenant=tenant, plans_max=PLANS_LEARNED_MAX)

    async with contextlib.AsyncExitStack() as closing:
        if solve is None:
            solve = (await closing.enter_async_context(SolverProcess())).solve
        yield PlanMaker(home, ExecutionPlanner(solve, gate), learn=learn)


class Terms(NamedTuple):
    """On which terms effects may happen; see ``open_runtime``."""

    gate: Gate = AllowAll()
    environment: Environment | None = None
    agents_only: bool = False
    plans_only: bool = False
    approvers: tuple[str, ...] = ()
    agent_keys: KeyService | None = None
    taint: Mode | None = None


class Guards(TypedDict):
    """What stands between runs and the world: who decides, who signs, who takes secrets out."""

    gate: Gate
    notary: Notary
    screen: Screen
    seen: TurnStore


@contextlib.contextmanager
def guards_on(
    store: Store, keys: Keyring, terms: Terms, *, clock: Clock, metrics: Metrics
) -> Iterator[Guards]:
    """Every court that effects are brought before, over one journal, in the running loop."""
    loop = asyncio.get_running_loop()
    seen = TurnStore(store, loop)
    notary = AgentNotary(
        seen,
        terms.agent_keys or FileKeys(PrincipalKeys(keys.directory.parent)),
        now_ms=clock.now_ms,
        now_s=seconds_of(loop),
        draw_nonce=lambda: secrets.token_hex(16),
    )
    records = open_trust(seen, keys)
    trust = TrustCourt(
        store,
        records,
        Budgets(store, metrics=metrics),
        signer=notary.signer,
        now_ms=clock.now_ms,
        requires_agent=terms.agents_only,
        approvers=terms.approvers,
    )
    where, traits_of = terms.environment, traits_in(records, clock.now_ms)
    policies = CedarCourt(
        seen, clock=clock, traits_of=traits_of, metrics=metrics, environment=where
    )
    tainted = TaintCourt(
        store,
        seen=seen,
        clock=clock,
        default=terms.taint,
        approvers=terms.approvers,
        metrics=metrics,
    )
    demanded = ComplianceCourt(
        seen,
        open_attestations(seen, keys, clock=clock),
        clock=clock,
        here=_installed,
        environment=where,
        metrics=metrics,
    )
    consents = ConsentCourt.on(store, seen=seen, clock=clock, requires_plan=terms.plans_only)
    panel = Panel(seen, clock=clock, guardrails=declared_guardrails(), metrics=metrics)
    safety = SafetyCourt(seen, panel, clock=clock, metrics=metrics)
    with contextlib.closing(panel):
        yield Guards(
            gate=Courts(
                *(safety, terms.gate, policies, demanded, tainted, consents, trust),
                revision=seen.tables_revision,
            ),
            notary=notary,
            screen=Redactor(panel, key=keys.redaction_key, metrics=metrics),
            seen=seen,
        )


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
        terms = Terms(
            gate=gate or AllowAll(),
            environment=environment_of(environment) if environment else None,
            agents_only=agents_only,
            plans_only=plans_only,
            approvers=tuple(approvers),
            agent_keys=agent_keys,
            taint=None if taint is None else taint_mode(taint),
        )
        locks = owners_of(path, store)
        engine = Engine(
            store,
            owners=Owners(locks, store) if isinstance(store, ScopedStore) else locks,
            clock=clock,
            limits=limits,
            metrics=metrics,
            **closing.enter_context(guards_on(store, keys, terms, clock=clock, metrics=metrics)),
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


async def connect_temporal(
    runtime: Runtime,
    address: str = "localhost:7233",
    *,
    namespace: str = "default",
    task_queue: str = "tarl",
    tls: bool = False,
    ca_file: str | Path | None = None,
    cert_file: str | Path | None = None,
    key_file: str | Path | None = None,
    api_key_file: str | Path | None = None,
    tracing: bool | TracerProvider = False,
) -> TemporalRuntime:
    """Runs that a Temporal server drives, under the courts of a runtime and in its journal.

    Args:
        runtime: The courts and the journal.
        address: The server, as ``HOST:PORT``.
        namespace: Its namespace.
        task_queue: Whose workers run what is started.
        tls: Whether to speak TLS; naming one of the files says so too.
        ca_file: The certificates that the server's is checked against (PEM); the system's without.
        cert_file: The own certificate (PEM), for a server that asks for one.
        key_file: Its private key (PEM).
        api_key_file: The file of the key that the server knows the caller by.
        tracing: Whether runs and their steps are spans of OpenTelemetry, by the program's own
            provider; or the provider.

    Raises:
        Unavailable: the server does not answer (``temporal.unavailable``), or the extra is not
            installed (``extra.missing``).
        Refused: a file of the credentials cannot be used (``temporal.credentials``), or spans are
            wanted and there is no provider of them (``tracing.no_provider``).
    """
    try:
        from tarl.engines.temporal.credentials import Credentials
        from tarl.engines.temporal.runtime import connect
    except ImportError as error:
        raise Unavailable(
            f"Temporal cannot be reached: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[temporal]'",
        ) from error
    credentials = Credentials(
        tls=tls,
        ca_file=ca_file,
        cert_file=cert_file,
        key_file=key_file,
        api_key_file=api_key_file,
    )
    return await connect(
        runtime,
        address,
        namespace=namespace,
        task_queue=task_queue,
        credentials=credentials,
        tracing=tracing,
    )


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
