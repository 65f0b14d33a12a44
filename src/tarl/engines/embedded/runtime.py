"""What a user opens: runs are started, resumed and decided about here."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.forking import write_fork
from tarl.engines.embedded.live_run import LiveRun
from tarl.engines.embedded.opening import begin, reopen
from tarl.errors import Conflict, Invalid, Missing, TarlError
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, history
from tarl.kernel.analysis.review import refuse_nondeterminism
from tarl.kernel.definition import DECLARED, Registry, Workflow
from tarl.kernel.events import CLOSING, DECODERS, ErrorRecord
from tarl.kernel.payload import encode_value
from tarl.kernel.runs import result_of
from tarl.kernel.values import Shelf, unshelve
from tarl.values.ids import RunId, parse_ref

FOLLOW_WAIT_S = 0.05
"""How often a run that another process owns is looked at."""


class Handle:
    """A run that was started or attached to."""

    def __init__(self, run: RunId, result: asyncio.Future[Any]) -> None:
        self.run_id = run
        self._result = result

    async def result(self) -> Any:
        """The run's result.

        Raises:
            RunFailed: the run ended with an error of its own.
            UnknownOutcome: somebody must decide about a step first (``Runtime.resolve``).
            NondeterminismError: the code no longer does what its history says.
            Unavailable: the run was interrupted (a full disk, a closed runtime); it can be resumed.
        """
        return await asyncio.shield(self._result)


class Runtime:
    """Starts and drives runs in the event loop that it was opened in; made by ``tarl.open``.

    Closing it interrupts what is under way; interrupted runs are resumed with ``resume``.
    """

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry
        self._checked: set[int] = set()
        self._followers: set[asyncio.Task[Any]] = set()

    @property
    def journal(self) -> Store:
        """The journal behind the runtime."""
        return self._engine.store

    def register(self, *workflows: Workflow[..., Any]) -> None:
        """Make workflows known, and check their code for determinism and their manifest.

        Raises:
            Invalid: the code would not replay, or calls what its manifest does not hold.
        """
        for workflow in workflows:
            if not isinstance(workflow, Workflow):
                raise Invalid(
                    f"{workflow!r} is not a workflow",
                    code="workflow.not_a_workflow",
                    next_step="decorate the function with @workflow",
                )
            if id(workflow) not in self._checked:
                refuse_nondeterminism(workflow)
                self._checked.add(id(workflow))
                self._registry.add(workflow)

    async def run(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        tenant: str = "default",
        new_run: bool = False,
    ) -> Any:
        """Start a workflow, or attach to the run of that id, and wait for its result.

        Raises:
            Conflict: the id has a run with another workflow or input (``run.exists``).
            RunFailed: the run ended with an error; see ``Handle.result`` for the others.
        """
        handle = await self.start(workflow, input, id=id, tenant=tenant, new_run=new_run)
        return await handle.result()

    async def start(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        tenant: str = "default",
        new_run: bool = False,
    ) -> Handle:
        """Start a workflow, or attach to the run of that id; the handle gives its result.

        The run is durable once ``Handle.result`` or any event of it has been seen; a start that is
        lost in a crash has had no effect.
        """
        self.register(workflow)
        input_json = self._input_json(workflow, input)
        workflow_id = uuid.uuid4().hex if id is None else id
        while True:
            latest = None if id is None else self._latest(tenant, workflow_id)
            if latest is not None and not new_run:
                return await self._attach(workflow, latest, input_json)
            run = RunId(tenant=tenant, workflow_id=workflow_id, n=latest.n + 1 if latest else 1)
            live = await self._begin(workflow, run, input_json)
            if live is not None:
                return Handle(run, live.result)
            await asyncio.sleep(FOLLOW_WAIT_S)  # until what another process begins can be seen

    async def resume(self, run: RunId | str) -> Any:
        """Take up an interrupted run, or attach to it if it is under way here, and wait for its
        result.

        Raises:
            Missing: no such run, or its workflow's code is not loaded.
            Conflict: another process is running it (``run.owned``).
        """
        return await (await self.take_up(run)).result()

    async def take_up(self, run: RunId | str) -> Handle:
        """Like ``resume``, without waiting for the result."""
        run_id = self.find(run)
        live = self._engine.live.get(run_id.stream)
        if live is not None:
            return Handle(run_id, live.result)
        started = history.started(self._engine.store, run_id)
        ended = self._ended(run_id, self._known(started.workflow))
        if ended is not None:
            return Handle(run_id, ended)
        workflow = self._registered(started.workflow)
        self.register(workflow)
        return Handle(run_id, (await self._reopen(workflow, run_id)).result)

    async def fork(
        self,
        run: RunId | str,
        *,
        at: int,
        workflow: Workflow[..., Any] | None = None,
        input: Any = msgspec.UNSET,
        id: str | None = None,
    ) -> Handle:
        """Start a new run that shares the first ``at`` events of another, and goes on from there.

        Args:
            run: The run to leave; it stays as it is.
            at: Its last event that both share, from 1.
            workflow: Other code; the recorded workflow's as it is loaded now when left out.
            input: Another input; the recorded one when left out. Recorded outcomes are kept as far
                as the code, with this input, still asks for the same.
            id: The new run's workflow id; the same id, as its next run, when left out.

        Raises:
            Missing: no such run or event, or the workflow's code is not loaded.
            Invalid: the run ended at that event (``fork.at_end``), or the input does not fit.
            Conflict: the id has a run already (``run.exists``).
            NondeterminismError: the code would not have come to that event; nothing is written.
        """
        source = self.find(run)
        started = history.started(self._engine.store, source)
        workflow = workflow or self._registered(started.workflow)
        self.register(workflow)
        input_json = None if input is msgspec.UNSET else self._input_json(workflow, input)
        target = self._fork_target(source, id)
        live = await self._reopen(
            workflow,
            target,
            prepare=lambda: write_fork(
                self._engine, workflow, source=source, at=at, target=target, input_json=input_json
            ),
        )
        return Handle(target, live.result)

    async def resume_all(self) -> list[Handle]:
        """Take up every interrupted run of which the code is loaded and nobody else is the
        owner.
        """
        handles = []
        for record in list(self._engine.store.scan("run", {"status": "running"})):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            try:
                handles.append(await self.take_up(run))
            except TarlError as error:
                handles.append(Handle(run, self._failed(error)))
        return handles

    def resolve(
        self,
        run: RunId | str,
        *,
        step: int,
        result: Any = None,
        error: str | None = None,
        retry: bool = False,
    ) -> None:
        """Decide about a non-idempotent step that was cut off: its result, its failure, or try
        again.

        Raises:
            Missing: no such run or step.
            Conflict: the step has an outcome already, or the run is under way.
        """
        run_id = self.find(run)
        self._engine.own(run_id.stream)
        try:
            self._record_decision(run_id, step, result=result, error=error, retry=retry)
        finally:
            self._engine.disown(run_id.stream)

    def find(self, run: RunId | str) -> RunId:
        """The run that a reference names: ``id``, ``id/n``, ``tenant/id/n`` or ``@last``.

        Raises:
            Missing: there is none.
        """
        if isinstance(run, RunId):
            return run
        ref = parse_ref(run)
        tenant = ref.tenant or "default"
        if ref.workflow_id == "@last":
            newest = next(
                self._engine.store.scan("run", order_by="started_at_ms", descending=True, limit=1),
                None,
            )
            if newest is None:
                raise history.no_run(run)
            return RunId(newest["tenant"], newest["workflow_id"], newest["n"])
        if ref.n is not None:
            return RunId(tenant, ref.workflow_id, ref.n)
        latest = self._latest(tenant, ref.workflow_id)
        if latest is None:
            raise history.no_run(run)
        return latest

    # --- inside

    def _input_json(self, workflow: Workflow[..., Any], input: Any) -> bytes:
        input_json = encode_value(
            input,
            name=f"the input of {workflow.name}",
            declared=workflow.input_type,
            bytes_max=self._engine.limits.value_bytes_max,
        )
        workflow.check_input(input_json)
        return input_json

    def _fork_target(self, source: RunId, workflow_id: str | None) -> RunId:
        if workflow_id is None or workflow_id == source.workflow_id:
            latest = self._latest(source.tenant, source.workflow_id)
            n = latest.n + 1 if latest else source.n + 1
            return RunId(source.tenant, source.workflow_id, n)
        latest = self._latest(source.tenant, workflow_id)
        if latest is not None:
            raise Conflict(
                f"{latest.ref} exists already",
                code="run.exists",
                next_step="choose another id for the fork",
                run=latest.ref,
            )
        return RunId(source.tenant, workflow_id, 1)

    def _latest(self, tenant: str, workflow_id: str) -> RunId | None:
        where = {"tenant": tenant, "workflow_id": workflow_id}
        newest = next(
            self._engine.store.scan("run", where, order_by="n", descending=True, limit=1), None
        )
        latest = RunId(tenant, workflow_id, newest["n"]) if newest else None
        following = RunId(tenant, workflow_id, latest.n + 1 if latest else 1)
        while following.stream in self._engine.live:
            latest, following = following, RunId(tenant, workflow_id, following.n + 1)
        return latest

    async def _begin(
        self, workflow: Workflow[..., Any], run: RunId, input_json: bytes
    ) -> LiveRun | None:
        """The new run under way, or None if somebody else has begun it at the same time."""
        await self._engine.slots.acquire()
        owned = False
        try:
            self._engine.own(run.stream)
            owned = True
            if self._engine.store.head(run.stream) is not None:
                raise Conflict(f"{run.ref} has just been begun", code="run.owned")
            live = begin(self._engine, workflow, run, input_json)
        except BaseException as error:
            self._engine.slots.release()
            if owned:
                self._engine.disown(run.stream)
            if isinstance(error, Conflict) and error.code == "run.owned":
                return None
            raise
        self._engine.live[run.stream] = live
        return live

    async def _attach(self, workflow: Workflow[..., Any], run: RunId, input_json: bytes) -> Handle:
        live = self._engine.live.get(run.stream)
        if live is not None and self._engine.store.head(run.stream) is None:
            self._engine.committer.flush()
        started = history.started(self._engine.store, run)
        shelf = _ReadShelf(self._engine.store, run.tenant)
        same_input = unshelve(bytes(started.input), shelf=shelf) == input_json
        if started.workflow != workflow.name or not same_input:
            differs = "input" if started.workflow == workflow.name else "workflow"
            raise Conflict(
                f"{run.ref} exists with another {differs}",
                code="run.exists",
                next_step="choose another id, or start a further run of it with new_run",
                run=run.ref,
            )
        if live is not None:
            return Handle(run, live.result)
        ended = self._ended(run, workflow)
        if ended is not None:
            return Handle(run, ended)
        try:
            return Handle(run, (await self._reopen(workflow, run)).result)
        except Conflict as error:
            if error.code != "run.owned":
                raise
            return Handle(run, self._follow(workflow, run))

    async def _reopen(
        self,
        workflow: Workflow[..., Any],
        run: RunId,
        *,
        prepare: Callable[[], None] = lambda: None,
    ) -> LiveRun:
        await self._engine.slots.acquire()
        owned = False
        try:
            self._engine.own(run.stream)
            owned = True
            prepare()
            live = reopen(self._engine, workflow, run)
        except BaseException:
            self._engine.slots.release()
            if owned:
                self._engine.disown(run.stream)
            raise
        if not live.is_over:
            self._engine.live[run.stream] = live
        return live

    def _ended(self, run: RunId, workflow: Workflow[..., Any] | None) -> asyncio.Future[Any] | None:
        head = self._engine.store.head(run.stream)
        after = head.seq - 1 if head else 0
        last = next(self._engine.store.read(run.stream, after=after), None)
        if last is None or last.kind not in CLOSING or last.body is None:
            return None
        future: asyncio.Future[Any] = self._engine.loop.create_future()
        shelf = _ReadShelf(self._engine.store, run.tenant)
        try:
            future.set_result(result_of(last.kind, last.body, workflow=workflow, shelf=shelf))
        except TarlError as error:
            future = self._failed(error)
        return future

    def _follow(self, workflow: Workflow[..., Any], run: RunId) -> asyncio.Future[Any]:
        async def watch() -> Any:
            while (ended := self._ended(run, workflow)) is None:
                await asyncio.sleep(FOLLOW_WAIT_S)
                try:
                    self._engine.own(run.stream)
                except Conflict:
                    continue
                self._engine.disown(run.stream)
                if self._ended(run, workflow) is None:
                    return await (await self._reopen(workflow, run)).result
            return await ended

        task = self._engine.loop.create_task(watch())
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)
        return task

    def _known(self, name: str) -> Workflow[..., Any] | None:
        try:
            return self._registered(name)
        except (Missing, Conflict):
            return None

    def _registered(self, name: str) -> Workflow[..., Any]:
        try:
            return self._registry.find(name)
        except Missing:
            return DECLARED.find(name)

    def _failed(self, error: TarlError) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._engine.loop.create_future()
        future.set_exception(error)
        future.exception()
        return future

    def _record_decision(
        self, run: RunId, step: int, *, result: Any, error: str | None, retry: bool
    ) -> None:
        store = self._engine.store
        decided = [
            e.kind
            for e in history.verified(run.stream, store.read(run.stream))
            if e.body is not None
            and e.kind.startswith("step.")
            and DECODERS[e.kind](e.body).step == step
        ]
        if not decided:
            raise Missing(f"{run.ref} has no step {step}", code="step.missing", step=step)
        if decided[-1] not in (events.STEP_SCHEDULED, events.STEP_RETRIED):
            raise Conflict(
                f"step {step} of {run.ref} is decided already: {decided[-1]}",
                code="step.decided",
                step=step,
            )
        if retry:
            kind, body = events.STEP_RETRY_ALLOWED, b'{"step":%d}' % step
        elif error is not None:
            record = ErrorRecord(type="Resolved", message=error)
            kind, body = events.STEP_FAILED, events.step_failed(record, step)
        else:
            limit = self._engine.limits.inline_bytes_max
            data = encode_value(result, name="the result", bytes_max=limit)
            kind, body = events.STEP_COMPLETED, events.step_completed(data, step)
        head = store.head(run.stream)
        assert head is not None
        codec = store.codec.as_in(next(store.read(run.stream, until=1), None))
        writer = StreamWriter(run.stream, tenant=run.tenant, codec=codec)
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
        row = writer.append(
            kind,
            body,
            at_ms=self._engine.clock.now_ms(),
            observed=b'{"resolved_by":"operator"}',
        )
        store.commit(Batch([row]))

    async def close(self) -> None:
        """Interrupt what is under way and let the journal go."""
        for task in list(self._followers):
            task.cancel()
        self._engine.close()
        await asyncio.sleep(0)


class _ReadShelf(Shelf):
    """Large values of recorded runs."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant

    def put(self, data: bytes) -> str:
        raise NotImplementedError("a recorded run takes no new values")

    def get(self, digest: str) -> bytes:
        return self._store.blob(self._tenant, bytes.fromhex(digest))
