"""Children of live runs: started once their parent's command is on disk, waited for, and ended with
their parent as the close policy says.

A child's own stream is the truth about it. Whoever runs the parent finds there how the child ended,
in this process or another, before or after a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from tarl.engines.embedded import kin
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.recorded import last_event
from tarl.engines.embedded.starts import Origin
from tarl.errors import Conflict, Missing, TarlError, Unavailable
from tarl.journal.event import Event
from tarl.journal.patience import heard
from tarl.kernel import events, history
from tarl.kernel.events import DECODERS, ChildStarted, ErrorRecord, Parentage
from tarl.kernel.marks import Mark, member
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.live_run import LiveRun
    from tarl.engines.embedded.runtime import Runtime

_LOGGER = logging.getLogger("tarl.children")

DEPTH_MAX = 100
"""Children of children: more is a workflow that starts itself without end."""

WAIT_S = 0.05
"""How often a child that another process runs is looked at."""


class Offspring:
    """The children of one runtime's live runs."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._engine = runtime.engine
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._runs: dict[tuple[str, int], RunId] = {}
        self._policies: dict[tuple[str, int], str] = {}

    def bring_up(self, parent: LiveRun, child: ChildStarted) -> None:
        """Start a child, or attach to it, and tell its parent how it ends."""
        key = parent.stream, child.child
        self._policies[key] = child.close_policy
        task = self._engine.loop.create_task(
            self._bring_up(parent, child), name=f"child {child.id}"
        )
        self._tasks[key] = task

        def forget(ended: asyncio.Task[None]) -> None:
            if self._tasks.get(key) is ended:
                del self._tasks[key]

        task.add_done_callback(forget)

    def cancel(self, parent: LiveRun, number: int) -> None:
        """Ask a child to stop."""
        run = self._runs.get((parent.stream, number))
        if run is not None:
            self._tell(run, "cancel", f"its parent {parent.run.ref} cancelled it")
        else:
            self._engine.loop.call_later(WAIT_S, self._cancel_later, parent, number)

    def _cancel_later(self, parent: LiveRun, number: int) -> None:
        if not parent.is_over and parent.execution.is_waiting_for_child(number):
            self.cancel(parent, number)

    def parent_ended(self, parent: LiveRun) -> None:
        """Let the open children of a run that has ended go, or end, as their policies say."""
        for key in [key for key in self._policies if key[0] == parent.stream]:
            policy, run = self._policies.pop(key), self._runs.pop(key, None)
            task = self._tasks.get(key)
            if task is not None and policy != "abandon":
                task.cancel()
            if run is not None and policy != "abandon" and self._is_to_end(run, parent.run):
                self._tell(run, policy, f"its parent {parent.run.ref} ended")

    def parent_let_go(self, parent: LiveRun) -> None:
        """A parent was interrupted: forget its children, who go on alone until it is resumed."""
        for key in [key for key in self._policies if key[0] == parent.stream]:
            self._policies.pop(key)
            self._runs.pop(key, None)
            task = self._tasks.pop(key, None)
            if task is not None:
                task.cancel()

    def policy_due(self, started: events.RunStarted) -> str | None:
        """What an open child should have been told, had its parent's process not died: ``cancel``
        or ``terminate``; None while its parent lives.
        """
        if started.parent is None or started.close_policy in (None, "abandon"):
            return None
        return started.close_policy if self._is_over(kin.run_of(started.parent)) else None

    async def begin_owed(self) -> list[RunId]:
        """Begin the children that ended runs have left to go on alone, and that are not there
        because a process died in between; those whose code is known here.
        """
        store, begun = self._engine.store, []
        for owed in list(store.scan("child_owed")):
            parent, id = kin.run_of(owed["parent"]), owed["workflow_id"]
            if latest_run(self._engine, parent.tenant, id) is not None:
                continue  # somebody else's, to which the parent attached
            last = last_event(store, parent)
            if last is None or last.kind not in events.CLOSING:
                continue  # whoever takes the parent up brings up its children
            ties = kin.ties(store, parent)
            child = next((tie.child for tie in ties if tie.child.child == owed["child"]), None)
            run = None if child is None else await self._begin_owed(parent, child)
            begun += [] if run is None else [run]
        return begun

    async def _begin_owed(self, parent: RunId, child: ChildStarted) -> RunId | None:
        runtime, started = self._runtime, history.started(self._engine.store, parent)
        workflow = runtime.known(child.workflow)
        if workflow is None:
            return None
        parentage = Parentage(kin.name_of(parent), child.child, child.close_policy)
        shelf = RecordedValues(self._engine.store, parent.tenant)
        try:
            return await runtime.start_child(
                workflow,
                unshelve(bytes(child.input), shelf=shelf),
                id=child.id,
                tenant=parent.tenant,
                origin=Origin(parentage, child.acting or started.acting, child.taint),
            )
        except TarlError as error:
            _LOGGER.warning("%s cannot begin: %s", child.id, error.message)
            return None

    def close(self) -> None:
        """Stop waiting for children."""
        for task in list(self._tasks.values()):
            task.cancel()

    # --- inside

    async def _bring_up(self, parent: LiveRun, child: ChildStarted) -> None:
        key = parent.stream, child.child
        try:
            last = await self._run(parent, child)
        except asyncio.CancelledError:
            raise
        except TarlError as error:
            record = ErrorRecord(type=error.code, message=error.message)
            parent.letters.child_ended(
                child.child, events.CHILD_FAILED, child_failed(child.child, record, "refused")
            )
        except Exception:
            _LOGGER.exception("child %s of %s was lost sight of", child.id, parent.run.ref)
            raise
        else:
            kind, body = child_end(child.child, last)
            if kind == events.CHILD_COMPLETED:
                with contextlib.suppress(Unavailable):  # then it is asked for where it is delivered
                    await parent.fetch(bytes(DECODERS[kind](body).result))
            parent.letters.child_ended(child.child, kind, body)
        self._policies.pop(key, None)
        self._runs.pop(key, None)

    async def _run(self, parent: LiveRun, child: ChildStarted) -> Event:
        """The closing event of the child's last run."""
        runtime, tenant = self._runtime, parent.run.tenant
        self._check_descent(parent, child)
        self._check_cycle(parent, child)
        workflow = runtime.known(child.workflow)
        if workflow is None:
            raise Missing(
                f"the code of {child.workflow!r} is not loaded where its parent runs",
                code="workflow.unknown",
                next_step="load it beside the parent's",
            )
        values = RecordedValues(self._engine.store, tenant)
        given = bytes(child.input)
        input_json = await heard(self._engine.store, lambda: unshelve(given, shelf=values))
        parentage = Parentage(kin.name_of(parent.run), child.child, child.close_policy)
        acting = child.acting
        if acting is not None:
            acting = acting.within(parent.acting, default_task=parent.run.workflow_id)
        origin = Origin(parentage, acting or parent.acting, child.taint)
        while True:
            try:
                run = await runtime.start_child(
                    workflow, input_json, id=child.id, tenant=tenant, origin=origin
                )
            except Unavailable:  # the disk is full or busy: that says nothing about the child
                await asyncio.sleep(WAIT_S)
                continue
            self._runs[parent.stream, child.child] = run
            if (last := await self._end_of(run)) is not None:
                return last

    async def _end_of(self, run: RunId) -> Event | None:
        """The closing event of a child, or None if even its start was lost."""
        while (last := self._runtime.closing_event(run)) is None:
            live = self._engine.live.get(run.stream)
            if live is not None:
                await asyncio.wait([live.result])
            elif self._engine.store.head(run.stream) is None:
                return None
            if self._runtime.closing_event(run) is None:
                await asyncio.sleep(WAIT_S)  # another process has it, or somebody has to resume it
        return last

    def _check_descent(self, parent: LiveRun, child: ChildStarted) -> None:
        ancestor: RunId | None = parent.run
        for _ in range(DEPTH_MAX):
            if ancestor is None:
                return
            if (ancestor.tenant, ancestor.workflow_id) == (parent.run.tenant, child.id):
                raise Conflict(
                    f"{child.id} is an ancestor of {parent.run.ref}: it would wait for itself",
                    code="child.cycle",
                    next_step="give the child another id",
                )
            above = history.started(self._engine.store, ancestor).parent
            ancestor = None if above is None else kin.run_of(above)
        raise Conflict(
            f"{parent.run.ref} has {DEPTH_MAX} ancestors; a child would be one too many",
            code="child.too_deep",
            next_step="end the recursion, or use continue_as_new",
        )

    def _check_cycle(self, parent: LiveRun, child: ChildStarted) -> None:
        """Refuse to attach to a run that waits, over however many others, for the parent."""
        engine = self._engine
        run = latest_run(engine, parent.run.tenant, child.id)
        if run is None or self._is_over(run) or kin.is_begun_by(engine.store, run, parent.run):
            return
        tie = next(t for t in kin.ties(engine.store, parent.run) if t.child.child == child.child)
        if kin.waits_for(engine, run, parent.run, before=tie.log_index):
            raise Conflict(
                f"{run.ref} waits for {parent.run.ref}: each would wait for the other",
                code="child.cycle",
                next_step="let one of them go on without the other's result",
            )

    def _is_to_end(self, run: RunId, parent: RunId) -> bool:
        """Whether a child is open and its parent's to end: one that it did not begin goes on."""
        return not self._is_over(run) and kin.is_begun_by(self._engine.store, run, parent)

    def _is_over(self, run: RunId) -> bool:
        return self._runtime.closing_event(run) is not None

    def _tell(self, run: RunId, what: str, reason: str) -> None:
        try:
            if what == "cancel":
                if not self._runtime.was_told_to_stop(run, reason):
                    self._runtime.cancel(run, reason=reason)
            else:
                self._runtime.terminate(run, reason=reason)
        except Unavailable:  # the disk is full or busy: nobody else would tell it
            self._engine.loop.call_later(WAIT_S, self._tell, run, what, reason)
        except TarlError as error:
            if error.code != "run.ended":
                _LOGGER.warning("%s could not be told to %s: %s", run.ref, what, error.message)


def child_end(number: int, last: Event) -> tuple[str, bytes]:
    """The event that tells a parent how its child ended, by the child's last one."""
    closing = DECODERS[last.kind](last.body or b"")
    if last.kind == events.RUN_COMPLETED:
        body = b'{"child":%d,"result":%b%b}' % (
            number,
            bytes(closing.result),
            member(closing.taint),
        )
        return events.CHILD_COMPLETED, body
    if last.kind == events.RUN_FAILED:
        record = ErrorRecord(type=closing.error.type, message=closing.error.message)
        return events.CHILD_FAILED, child_failed(number, record, "failed", closing.taint)
    status = "cancelled" if last.kind == events.RUN_CANCELLED else "terminated"
    record = ErrorRecord(type=status.capitalize(), message=closing.reason)
    return events.CHILD_FAILED, child_failed(number, record, status, closing.taint)


def child_failed(number: int, error: ErrorRecord, status: str, taint: Mark | None = None) -> bytes:
    """The body of ``child.failed/1``."""
    return b'{"child":%d,"error":%b,"status":"%b"%b}' % (
        number,
        events.error_json(error),
        status.encode(),
        member(taint),
    )
