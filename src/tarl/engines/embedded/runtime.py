"""What a user opens: runs are started, resumed and decided about here."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.forking import write_fork
from tarl.engines.embedded.handle import Handle, pass_on_end
from tarl.engines.embedded.kin import first_started
from tarl.engines.embedded.live_run import LiveRun
from tarl.engines.embedded.lookup import find, fork_target, latest_run
from tarl.engines.embedded.messages import Correspondence
from tarl.engines.embedded.offspring import Offspring
from tarl.engines.embedded.opening import begin, reopen
from tarl.engines.embedded.recorded import closing_event, continued, record_decision
from tarl.engines.embedded.starts import Origin
from tarl.errors import Conflict, Invalid, Missing, TarlError
from tarl.journal.event import Event
from tarl.journal.patience import heard
from tarl.journal.store import Store
from tarl.kernel import history, inbox
from tarl.kernel.acting import Acting, acting
from tarl.kernel.analysis.review import refuse_nondeterminism
from tarl.kernel.definition import DECLARED, Registry, Workflow
from tarl.kernel.events import RunStarted
from tarl.kernel.payload import encode_value
from tarl.kernel.runs import result_of
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.tenancy.scoped import home_of
from tarl.values.ids import RunId
from tarl.values.metrics import totals

FOLLOW_WAIT_S = 0.05
"""How often a run that another process owns is looked at."""


class Runtime(Correspondence):
    """Starts and drives runs in the event loop that it was opened in; made by ``tarl.open``.

    Closing it interrupts what is under way; interrupted runs are resumed with ``resume``.
    """

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.engine = engine
        self._registry = registry
        self._checked: set[int] = set()
        self._followers: set[asyncio.Task[Any]] = set()
        engine.offspring = Offspring(self)
        engine.follow_continuation = self._follow_continuation

    @property
    def journal(self) -> Store:
        """The journal behind the runtime."""
        return self.engine.store

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
        tenant: str | None = None,
        new_run: bool = False,
        agent: str | None = None,
        task: str | None = None,
    ) -> Any:
        """Start a workflow, or attach to the run of that id, and wait for its result.

        ``agent`` is whom it acts for, with that agent's authority alone; ``task`` is what this must
        be for, the run's id when left out.

        Raises:
            Conflict: the id has a run with another workflow or input (``run.exists``).
            RunFailed: the run ended with an error; see ``Handle.result`` for the others.
        """
        handle = await self.start(
            workflow, input, id=id, tenant=tenant, new_run=new_run, agent=agent, task=task
        )
        return await handle.result()

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
    ) -> Handle:
        """Start a workflow, or attach to the run of that id; the handle gives its result.

        The run is durable once ``Handle.result`` or any event of it has been seen; a start that is
        lost in a crash has had no effect.
        """
        self.register(workflow)
        input_json = self._input_json(workflow, input)
        owner = home_of(self.engine.store) if tenant is None else tenant
        name = uuid.uuid4().hex if id is None else id
        told = acting(agent, task)
        origin = Origin(acting=told and told.within(None, default_task=name))
        return await self._start(workflow, input_json, name, owner, new_run=new_run, origin=origin)

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
        run_id = continued(self.engine.store, self.find(run))
        live = self.engine.live.get(run_id.stream)
        if live is not None:
            return Handle(run_id, live.result)
        started = history.started(self.engine.store, run_id)
        self._end_orphan(run_id, first_started(self.engine.store, run_id))
        ended = self._ended(run_id, self.known(started.workflow))
        if ended is not None:
            return Handle(run_id, ended)
        workflow = self.registered(started.workflow)
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
            Invalid: the run ended at that event (``fork.at_end``), had asked people by then
                (``fork.approval``), or the input does not fit.
            Conflict: the id has a run already (``run.exists``).
            NondeterminismError: the code would not have come to that event; nothing is written.
        """
        source = self.find(run)
        started = history.started(self.engine.store, source)
        workflow = workflow or self.registered(started.workflow)
        self.register(workflow)
        input_json = None if input is msgspec.UNSET else self._input_json(workflow, input)
        target = fork_target(self.engine, source, id)
        live = await self._reopen(
            workflow,
            target,
            prepare=lambda: write_fork(
                self.engine, workflow, source=source, at=at, target=target, input_json=input_json
            ),
        )
        return Handle(target, live.result)

    async def resume_all(self) -> list[Handle]:
        """Take up every interrupted run of which the code is loaded and nobody else is the
        owner.
        """
        handles = []
        for record in list(self.engine.store.scan("run", {"status": "running"})):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            try:
                handles.append(await self.take_up(run))
            except TarlError as error:
                if error.code != "run.elsewhere":
                    handles.append(Handle(run, self._failed(error)))
        begun = await self.engine.offspring.begin_owed()
        return [*handles, *[await self.take_up(run) for run in begun]]

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
        self.engine.own(run_id.stream)
        try:
            record_decision(self.engine, run_id, step, result=result, error=error, retry=retry)
        finally:
            self.engine.disown(run_id.stream)

    def find(self, run: RunId | str) -> RunId:
        """The run that a reference names: ``id``, ``id/n``, ``tenant/id/n`` or ``@last``.

        Raises:
            Missing: there is none.
        """
        return find(self.engine, run)

    # --- inside: starting

    def _input_json(self, workflow: Workflow[..., Any], input: Any) -> bytes:
        input_json = encode_value(
            input,
            name=f"the input of {workflow.name}",
            declared=workflow.input_type,
            bytes_max=self.engine.limits.value_bytes_max,
        )
        workflow.check_input(input_json)
        return input_json

    # --- for what belongs to the runtime

    def known(self, name: str) -> Workflow[..., Any] | None:
        """The workflow of a wire name, if its code is loaded."""
        try:
            return self.registered(name)
        except (Missing, Conflict):
            return None

    def has(self, name: str) -> bool:
        """Whether a workflow of that wire name was registered here."""
        return name in self._registry.names()

    async def start_child(
        self,
        workflow: Workflow[..., Any],
        input_json: bytes,
        *,
        id: str,
        tenant: str,
        origin: Origin,
    ) -> RunId:
        """Start a child, or attach to the run of its id."""
        self.register(workflow)
        handle = await self._start(workflow, input_json, id, tenant, origin=origin)
        return handle.run_id

    def closing_event(self, run: RunId) -> Event | None:
        """See ``recorded.closing_event``."""
        return closing_event(self.engine.store, run)

    def was_told_to_stop(self, run: RunId, reason: str | None = None) -> bool:
        """Whether somebody has asked the run to stop, for this reason or for any."""
        return any(
            letter.kind == inbox.CANCEL_SENT
            and letter.body is not None
            and reason in (None, inbox.DECODERS[letter.kind](letter.body).reason)
            for letter in self.engine.store.read(inbox.stream(run))
        )

    # --- inside

    def _end_orphan(self, run: RunId, started: RunStarted) -> None:
        """Tell an open child what its parent could not, whose process died first."""
        due = self.engine.offspring.policy_due(started)
        if due is None or self.closing_event(run) is not None:
            return
        reason = f"its parent {started.parent} ended"
        if due == "terminate":
            self.terminate(run, reason=reason)
        elif not self.was_told_to_stop(run):
            self.cancel(run, reason=reason)

    def _follow_continuation(self, live: LiveRun) -> None:
        """Let the result of a run that goes on as another be that of the last one."""

        run, result = live.run, live.result

        async def follow() -> None:
            try:
                handle = await self.take_up(run)
            except Exception as error:
                following = self._failed(error)
            else:
                following = handle.future
            following.add_done_callback(lambda ended: pass_on_end(ended, result))

        task = self.engine.loop.create_task(follow())
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)

    async def _start(
        self,
        workflow: Workflow[..., Any],
        input_json: bytes,
        id: str,
        tenant: str,
        *,
        origin: Origin,
        new_run: bool = False,
    ) -> Handle:
        store = self.engine.store
        while True:
            latest = await heard(store, lambda: latest_run(self.engine, tenant, id))
            if latest is not None and not new_run:
                return await self._attach(workflow, latest, input_json, origin.acting)
            run = RunId(tenant=tenant, workflow_id=id, n=latest.n + 1 if latest else 1)
            live = await self._begin(workflow, run, input_json, origin)
            if live is not None:
                return Handle(run, live.result)
            await asyncio.sleep(FOLLOW_WAIT_S)  # until what another process begins can be seen

    async def _begin(
        self,
        workflow: Workflow[..., Any],
        run: RunId,
        input_json: bytes,
        origin: Origin,
    ) -> LiveRun | None:
        """The new run under way, or None if somebody else has begun it at the same time."""
        engine = self.engine
        owned = False

        def take() -> LiveRun:
            nonlocal owned
            if not owned:
                engine.own(run.stream)
                owned = True
            if engine.store.head(run.stream) is not None:
                raise Conflict(f"{run.ref} has just been begun", code="run.owned")
            return begin(engine, workflow, run, input_json, origin=origin)

        await engine.slots.acquire()
        try:
            live = await heard(engine.store, take)
        except BaseException as error:
            engine.slots.release()
            if owned:
                engine.disown(run.stream)
            if isinstance(error, Conflict) and error.code == "run.owned":
                return None
            raise
        engine.live[run.stream] = live
        return live

    async def _attach(
        self, workflow: Workflow[..., Any], run: RunId, input_json: bytes, acting: Acting | None
    ) -> Handle:
        live = self.engine.live.get(run.stream)
        if live is not None and self.engine.store.head(run.stream) is None:
            self.engine.committer.flush()
        started = first_started(self.engine.store, run)
        shelf = RecordedValues(self.engine.store, run.tenant)
        shown = self.engine.gateway.screen.input(run, workflow.name, input_json)
        same_input = unshelve(bytes(started.input), shelf=shelf) in (shown, input_json)
        if started.workflow != workflow.name or not same_input or started.acting != acting:
            differs = "agent or task" if same_input else "input"
            differs = differs if started.workflow == workflow.name else "workflow"
            raise Conflict(
                f"{run.ref} exists with another {differs}",
                code="run.exists",
                next_step="choose another id, or start a further run: --new-run, new_run=True",
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
        await self.engine.slots.acquire()
        owned = False
        try:
            self.engine.own(run.stream)
            owned = True
            prepare()
            live = reopen(self.engine, workflow, run)
        except BaseException:
            self.engine.slots.release()
            if owned:
                self.engine.disown(run.stream)
            raise
        if not live.is_over:
            self.engine.live[run.stream] = live
        return live

    def _ended(self, run: RunId, workflow: Workflow[..., Any] | None) -> asyncio.Future[Any] | None:
        last = self.closing_event(run)
        if last is None or last.body is None:
            return None
        future: asyncio.Future[Any] = self.engine.loop.create_future()
        shelf = RecordedValues(self.engine.store, run.tenant)
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
                    self.engine.own(run.stream)
                except Conflict:
                    continue
                self.engine.disown(run.stream)
                if self._ended(run, workflow) is None:
                    return await (await self._reopen(workflow, run)).result
            return await ended

        task = self.engine.loop.create_task(watch())
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)
        return task

    def registered(self, name: str) -> Workflow[..., Any]:
        """The workflow of a wire name.

        Raises:
            Missing: its code is not loaded.
        """
        try:
            return self._registry.find(name)
        except Missing:
            return DECLARED.find(name)

    def _failed(self, error: Exception) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.engine.loop.create_future()
        future.set_exception(error)
        future.exception()
        return future

    def get_status(self) -> dict[str, int]:
        """What this process has under way: live runs, effects, commits so far."""
        return self.engine.get_status()

    def get_metrics(self) -> dict[str, float]:
        """What this process has counted, by name, over all labels; see ``tarl.values.metrics``."""
        return totals(self.engine.metrics)

    async def close(self) -> None:
        """Interrupt what is under way and let the journal go."""
        for task in list(self._followers):
            task.cancel()
        self.engine.close()
        await asyncio.sleep(0)
