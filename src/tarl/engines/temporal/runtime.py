"""What a user opens to have runs driven by Temporal: started, asked, told, and waited for here.

A run's name, input and result are tarl's; its history is Temporal's; what it did, under which
permits, is in the journal. How it ended is read from the journal, where it is recorded before
Temporal hears of it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from temporalio.client import (
    Client,
    WorkflowFailureError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import TerminatedError, WorkflowAlreadyStartedError
from temporalio.service import RPCError
from temporalio.worker import Worker

from tarl.engines.embedded.engine import EFFECTS_MAX, Engine
from tarl.engines.embedded.kin import first_started
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.recorded import (
    closing_event,
    continued,
    record_termination,
)
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import wire
from tarl.engines.temporal.attaching import Attaching
from tarl.engines.temporal.attributes import attributes_of, registered
from tarl.engines.temporal.beginning import beginning, input_of
from tarl.engines.temporal.connecting import reached
from tarl.engines.temporal.credentials import NO_CREDENTIALS, Credentials
from tarl.engines.temporal.effects import Effects
from tarl.engines.temporal.histories import Histories
from tarl.engines.temporal.home import Home, beside
from tarl.engines.temporal.listing import Listing
from tarl.engines.temporal.looking import Looking
from tarl.engines.temporal.reaching import Reach
from tarl.engines.temporal.reasons import told_reason
from tarl.engines.temporal.records import Records
from tarl.engines.temporal.scheduled import Starter, Starting
from tarl.engines.temporal.schedules import TemporalSchedules
from tarl.engines.temporal.sealing import converter
from tarl.engines.temporal.settling import Settling
from tarl.engines.temporal.shell import shell_of
from tarl.engines.temporal.silence import unavailable
from tarl.engines.temporal.telling import Telling
from tarl.errors import Conflict, RunFailed, Unavailable
from tarl.journal.patience import patiently, unwaiting
from tarl.kernel.acting import Acting, acting
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.runs import result_of
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.tenancy.scoped import check_write, home_of
from tarl.values.ids import RunId

_LOGGER = logging.getLogger(__name__)

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

TASK_QUEUE = "tarl"

RECORDED_WAIT_S = 0.05
"""How often a run that somebody else has just started is looked for in the journal."""

RECORDED_TRIES_MAX = 200

CACHED_MAX = 1_000
"""Runs in a worker's memory."""


class Started:
    """A run that was started or attached to."""

    def __init__(self, runtime: TemporalRuntime, run: RunId, workflow: Workflow[..., Any]) -> None:
        self.run_id = run
        self._runtime = runtime
        self._workflow = workflow

    async def result(self) -> Any:
        """The run's result.

        Raises:
            RunFailed: the run ended with an error, was cancelled or terminated.
        """
        return await self._runtime.result(self.run_id, self._workflow)


class TemporalRuntime(Telling, Looking):
    """Runs driven by Temporal, over the journal of a runtime; fills ``EnginePort``.

    Args:
        runtime: The journal, the gateway and the rest; drives no run itself.
        client: The way to Temporal.
        task_queue: Whose workers run the workflows.
        registered: Whether the namespace has tarl's search attributes.
    """

    name = wire.ENGINE

    def __init__(
        self,
        runtime: Runtime,
        client: Client,
        *,
        task_queue: str = TASK_QUEUE,
        registered: bool = False,
    ) -> None:
        self.engine: Engine = runtime.engine
        self.client = client
        self.task_queue = task_queue
        self.registered = registered
        self.reach = Reach(runtime, client)
        self.histories = Histories(self.reach)
        self.listing = Listing(client, self.histories.number, by_attribute=registered)
        self.settling = Settling(self.reach, self.histories)
        self.schedules = TemporalSchedules(runtime, client, task_queue=task_queue)
        self._runtime = runtime

    # --- from the outside

    async def run(self, workflow: Workflow[..., Any], input: Any = None, **options: Any) -> Any:
        """Start a workflow, or attach to the run of that id, and wait; see ``start``."""
        return await (await self.start(workflow, input, **options)).result()

    async def start(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        tenant: str | None = None,
        new_run: bool = False,
        agent: str | None = None,
        task: str | None = None,
    ) -> Started:
        """Start a workflow, or attach to the run of that id.

        Raises:
            Invalid: the code would not replay, or the input does not fit.
            Conflict: the id has a run with another workflow or input (``run.exists``).
            Unavailable: Temporal does not answer (``temporal.unavailable``).
        """
        self._runtime.register(workflow)
        owner = home_of(self.engine.store) if tenant is None else tenant
        name = uuid.uuid4().hex if id is None else id
        check_write(self.engine.store, RunId(owner, name, 1).stream)
        told = acting(agent, task)
        acts = told and told.within(None, default_task=name)
        data = input_of(self.engine, workflow, input)
        for _ in range(RECORDED_TRIES_MAX):
            latest = latest_run(self.engine, owner, name)
            if latest is not None and not new_run:
                self._check_same(workflow, latest, data, acts)
                return Started(self, latest, workflow)
            run = RunId(owner, name, latest.n + 1 if latest else 1)
            if await self._begin(workflow, run, data, acts):
                return Started(self, run, workflow)
            if not new_run and await self._is_unbegun(workflow, run, data, acts):
                return Started(self, run, workflow)
            if latest is not None and closing_event(self.engine.store, latest) is None:
                raise _still_open(latest)
            await asyncio.sleep(RECORDED_WAIT_S)
        raise Conflict(
            f"Temporal has a run {name} that this journal does not know",
            code="run.exists",
            next_step="choose another id, or look whose it is: temporal workflow describe",
            run=name,
        )

    async def result(self, run: RunId | str, workflow: Workflow[..., Any] | None = None) -> Any:
        """Wait for a run's end; see ``Started.result``."""
        run_id, store = self.reach.asked(run), self.engine.store
        failure: BaseException | None = None
        ending = partial(closing_event, store, run_id)
        if await patiently(ending) is None:
            try:
                await self.reach.handle(run_id).result()
            except WorkflowFailureError as error:
                failure = error.cause
            except RPCError as error:
                raise self.reach.refused(error, run_id) from error
        last = await patiently(ending)
        if last is None and isinstance(failure, TerminatedError):
            reason = told_reason(failure.message, RecordedValues(store, run_id.tenant).get)
            record_termination(self.engine, continued(store, run_id), reason)
            last = ending()
        if last is None or last.body is None:
            said = str(failure) if failure else "the journal does not say how it ended"
            kind = getattr(failure, "type", None) or type(failure).__name__
            raise RunFailed(f"{run_id.ref}: {said}", type=kind, error=said)
        shelf = RecordedValues(store, run_id.tenant)
        return result_of(last.kind, last.body, workflow=workflow, shelf=shelf)

    @asynccontextmanager
    async def working(
        self,
        *,
        workflows: Iterable[Workflow[..., Any]] = (),
        activities: Iterable[Activity[..., Any]] | None = None,
        activities_max: int = EFFECTS_MAX,
        drain_s: float = 0.0,
        cached_max: int = CACHED_MAX,
    ) -> AsyncIterator[Worker]:
        """Be a worker of the task queue meanwhile.

        Args:
            workflows: Those that it runs.
            activities: Those that it carries out; what the workflows' modules define or import,
                when left out.
            activities_max: How many at once.
            drain_s: How long it finishes what is under way when it ends.
            cached_max: How many runs it keeps in memory; others are replayed when they go on.

        Raises:
            Invalid: a definition that Temporal cannot have (``temporal.unmappable``), or code that
                would not replay.
        """
        known = list(workflows)
        carried_out = beside(known) if activities is None else activities
        home = Home(self.engine, workflows=known, activities=carried_out)
        self._runtime.register(*home.workflows.values())
        records = Records(home, home.logs)
        worker = Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=[
                *(shell_of(home, workflow) for workflow in home.workflows.values()),
                Starter,
            ],
            activities=[
                Effects(home).carry_out,
                records.begin,
                records.close,
                records.ask,
                records.call_off,
                records.mark,
                Attaching(home).attach,
                Starting(home, self.client, registered=self.registered).due,
            ],
            max_concurrent_activities=activities_max,
            max_cached_workflows=cached_max,
            graceful_shutdown_timeout=timedelta(seconds=drain_s),
        )
        with unwaiting(self.engine.store):
            async with worker:
                settling = asyncio.create_task(self.settling.keep_settling())
                try:
                    yield worker
                finally:
                    settling.cancel()

    # --- inside

    async def _begin(
        self, workflow: Workflow[..., Any], run: RunId, data: bytes, acts: Acting | None
    ) -> bool:
        """Start a run; False if there is one of its name."""
        start = beginning(self.engine, workflow, run, data, acting=acts, registered=self.registered)
        reuse = WorkflowIDReusePolicy
        try:
            await self.client.start_workflow(
                workflow.name,
                wire.sent(start),
                id=wire.workflow_id(run),
                task_queue=self.task_queue,
                search_attributes=attributes_of(start, workflow.name),
                id_reuse_policy=reuse.REJECT_DUPLICATE if run.n == 1 else reuse.ALLOW_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return False
        except RPCError as error:
            raise self.reach.refused(error, run) from error
        return True

    def _check_same(
        self, workflow: Workflow[..., Any], run: RunId, data: bytes, acts: Acting | None
    ) -> None:
        started = first_started(self.engine.store, run)
        same = {
            "engine": started.engine == wire.ENGINE,
            "workflow": started.workflow == workflow.name,
            "input": self._is_input(workflow, run, data, bytes(started.input)),
            "agent or task": started.acting == acts,
        }
        self._refuse_other(run, same)

    async def _is_unbegun(
        self, workflow: Workflow[..., Any], run: RunId, data: bytes, acts: Acting | None
    ) -> bool:
        """Whether Temporal has the very run, and no worker has begun it; the journal does not know
        it then.
        """
        began = await self.histories.began(run)
        if began is None or began.start.run != run.stream:
            return False
        same = {
            "workflow": began.workflow == workflow.name,
            "input": self._is_input(workflow, run, data, bytes(began.start.input)),
            "agent or task": began.start.acting == acts,
        }
        self._refuse_other(run, same)
        return True

    def _is_input(self, workflow: Workflow[..., Any], run: RunId, data: bytes, held: bytes) -> bool:
        """Whether a run that holds this has the input that is asked for."""
        shown = self.engine.gateway.screen.input(run, workflow.name, data)
        shelf = RecordedValues(self.engine.store, run.tenant)
        return unshelve(held, shelf=shelf) in (shown, data)

    def _refuse_other(self, run: RunId, same: dict[str, bool]) -> None:
        differs = [what for what, is_same in same.items() if not is_same]
        if differs:
            raise Conflict(
                f"{run.ref} exists with another {differs[0]}",
                code="run.exists",
                next_step="choose another id, or start a further run of it with new_run",
                run=run.ref,
            )


async def connect(
    runtime: Runtime,
    address: str,
    *,
    namespace: str = "default",
    task_queue: str = TASK_QUEUE,
    credentials: Credentials = NO_CREDENTIALS,
    tracing: bool | TracerProvider = False,
) -> TemporalRuntime:
    """Reach a Temporal server; ``tracing`` is a provider of spans, or whether the program's own is
    to make some.

    Raises:
        Unavailable: it does not answer (``temporal.unavailable``).
        Refused: a file of the credentials cannot be used (``temporal.credentials``).
    """
    client = await reached(
        address,
        namespace=namespace,
        credentials=credentials,
        payloads=converter(runtime.journal),
    )
    try:
        known = await registered(client)
    except RPCError as error:
        raise unavailable(error, client) from error
    if not known:
        _LOGGER.info(
            "namespace %s has no search attributes of tarl's: runs are found by their ids",
            namespace,
        )
    if tracing is not False:
        client = _with_spans(client, None if tracing is True else tracing)
    return TemporalRuntime(runtime, client, task_queue=task_queue, registered=known)


def _with_spans(client: Client, provider: TracerProvider | None) -> Client:
    try:
        from tarl.engines.temporal.tracing import traced
    except ImportError as error:
        raise Unavailable(
            f"no spans can be made: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[temporal]'",
        ) from error
    return traced(client, provider)


def _still_open(run: RunId) -> Conflict:
    return Conflict(
        f"{run.ref} has not ended: Temporal has one open run of an id",
        code="temporal.unmappable",
        next_step="wait for it, end it (tarl cancel RUN), or choose another id",
        run=run.ref,
    )
