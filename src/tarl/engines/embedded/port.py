"""tarl's own engine as ``EnginePort``: a thin face over a runtime, awaited throughout.

It lists the runs of its journal, whoever drives them; the history of those that another engine
drives is that engine's to tell (``run.elsewhere``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, TypeVar

from tarl.engines.embedded.handle import Handle
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.messages import named_body, reason_body, send_from_loop
from tarl.engines.embedded.planned import EmbeddedSchedules
from tarl.engines.embedded.recorded import continued
from tarl.engines.embedded.runtime import FOLLOW_WAIT_S, Runtime
from tarl.errors import Conflict, Missing
from tarl.journal.event import Event
from tarl.journal.patience import heard
from tarl.kernel import inbox
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import (
    UPDATE_TIMEOUT_S,
    Cursor,
    Moment,
    OpenChild,
    OpenTimer,
    Replayed,
    RunListed,
    checked_limit,
    open_children,
    open_timers,
)
from tarl.kernel.events import RUN_TERMINATED, UPCASTERS
from tarl.kernel.history import refuse_elsewhere, started
from tarl.kernel.rerun import rerun
from tarl.kernel.runs import RunStatus, newest
from tarl.kernel.shelves import RecordedShelf
from tarl.values.ids import RunId

T = TypeVar("T")

PAGE_EVENTS = 1_000
"""Of a history, so many are read in one question to the journal."""


class EmbeddedEngine:
    """Fills ``EnginePort``; see there for what each of these means.

    Args:
        runtime: Starts and drives the runs.
    """

    name = "tarl"

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.schedules = EmbeddedSchedules(runtime)

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
        """See ``EnginePort``."""
        return await self.runtime.start(
            workflow, input, id=id, tenant=tenant, new_run=new_run, agent=agent, task=task
        )

    async def run(self, workflow: Workflow[..., Any], input: Any = None, **start: Any) -> Any:
        """See ``EnginePort``."""
        return await self.runtime.run(workflow, input, **start)

    async def result(self, run: RunId | str, workflow: Workflow[..., Any] | None = None) -> Any:
        """Wait for a run's end; one that nobody drives is taken up here.

        Raises:
            Missing: no such run, or its workflow's code is not loaded.
            RunFailed: it ended with an error, was cancelled or terminated.
        """
        if workflow is not None:
            self.runtime.register(workflow)
        run_id = await self._heard(lambda: self.runtime.find(run))
        while True:
            try:
                handle = await self.runtime.take_up(run_id)
            except Conflict as error:
                if error.code != "run.owned":
                    raise
                await asyncio.sleep(FOLLOW_WAIT_S)  # another process drives it
            else:
                return await handle.result()

    async def signal(self, run: RunId | str, name: str, payload: Any = None) -> None:
        """See ``EnginePort``."""
        body = named_body(self.runtime.engine, name, payload)
        await self._send(run, inbox.SIGNAL_SENT, body)

    async def query(self, run: RunId | str, name: str, *args: Any) -> Any:
        """See ``EnginePort``."""
        return await self._heard(lambda: self.runtime.query(run, name, *args))

    async def update(
        self,
        run: RunId | str,
        name: str,
        payload: Any = None,
        *,
        timeout_s: float = UPDATE_TIMEOUT_S,
    ) -> Any:
        """See ``EnginePort``."""
        return await self.runtime.update(run, name, payload, timeout_s=timeout_s)

    async def cancel(self, run: RunId | str, *, reason: str = "") -> None:
        """See ``EnginePort``."""
        await self._send(run, inbox.CANCEL_SENT, reason_body(reason))

    async def terminate(self, run: RunId | str, *, reason: str = "") -> None:
        """See ``EnginePort``."""
        runtime, tries = self.runtime, 0

        def end() -> None:
            nonlocal tries
            tries += 1
            runtime.terminate(run, reason=reason)

        try:
            await self._heard(end)
        except Conflict as error:
            if error.code != "run.ended" or tries == 1:
                raise
            run_id = await self._heard(lambda: continued(runtime.journal, runtime.find(run)))
            last = await self._heard(lambda: runtime.closing_event(run_id))
            if last is None or last.kind != RUN_TERMINATED:
                raise
            await self._heard(lambda: runtime.end_children(run_id))  # the try before did the rest

    # --- looked at

    async def list(
        self,
        *,
        tenant: str | None = None,
        workflow: str | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        after: Cursor | None = None,
    ) -> AsyncIterator[RunListed]:
        """The runs of the journal; see ``EnginePort``."""
        asked = {"tenant": tenant, "workflow": workflow, "status": status}
        where = {name: value for name, value in asked.items() if value is not None}
        limit, store = checked_limit(limit), self.runtime.journal
        if self.runtime.engine.live:
            self.runtime.engine.committer.flush()
        found = await self._heard(lambda: list(newest(store, where, limit=limit, after=after)))
        for record in found:
            yield RunListed(
                run=RunId(record["tenant"], record["workflow_id"], record["n"]),
                workflow=record["workflow"],
                status=record["status"],
                started_at_ms=record["started_at_ms"],
                ended_at_ms=record["ended_at_ms"],
            )

    async def history(self, run: RunId | str) -> AsyncIterator[Moment]:
        """See ``EnginePort``.

        Raises:
            Missing: no such run, or what it held is erased (``journal.erased``).
            Conflict: another engine drives it (``run.elsewhere``).
        """
        run_id = await self._heard(lambda: self._told(run))
        after = 0
        while page := await self._heard(partial(self._page, run_id, after)):
            for event in page:
                if event.body is None:
                    raise Missing(
                        f"the content of {run_id.ref} is erased: its key was destroyed",
                        code="journal.erased",
                        stream=run_id.stream,
                    )
                yield Moment(
                    seq=event.seq, at_ms=event.recorded_at_ms, kind=event.kind, body=event.body
                )
                after = event.seq

    async def timers(self, run: RunId | str) -> tuple[OpenTimer, ...]:
        """See ``EnginePort``."""
        return await open_timers(self.history(run))

    async def children(self, run: RunId | str) -> tuple[OpenChild, ...]:
        """See ``EnginePort``."""
        run_id = await self._heard(lambda: self.runtime.find(run))
        tenant, engine, found = run_id.tenant, self.runtime.engine, []
        for child in await open_children(self.history(run_id)):
            known = await self._heard(partial(latest_run, engine, tenant, child.id))
            latest = known or RunId(tenant, child.id, 1)
            found.append(OpenChild(child=child.child, run=latest, workflow=child.workflow))
        return tuple(found)

    async def replay(self, run: RunId | str, *, strict: bool = True) -> Replayed:
        """See ``EnginePort``."""
        return await self._heard(lambda: self._replayed(run, strict=strict))

    def _replayed(self, run: RunId | str, *, strict: bool) -> Replayed:
        run_id, store = self._told(run), self.runtime.journal
        report = rerun(
            self.runtime.registered(started(store, run_id).workflow),
            store.read(run_id.stream),
            shelf=RecordedShelf(store, run_id),
            limits=self.runtime.engine.limits,
            strict=strict,
        )
        return Replayed(
            run=run_id,
            workflow=report.workflow,
            events=report.events,
            steps=report.steps,
            status=report.status,
        )

    async def _heard(self, ask: Callable[[], T]) -> T:
        """What the journal answers; the loop goes on while it is away."""
        return await heard(self.runtime.journal, ask)

    async def _send(self, run: RunId | str, kind: str, body: bytes) -> None:
        runtime = self.runtime
        await send_from_loop(runtime.engine, lambda: runtime.find(run), kind, body)

    def _page(self, run: RunId, after: int) -> tuple[Event, ...]:
        """The next events of a run, as they are written today; none when it has no more."""
        page = self.runtime.journal.read(run.stream, after=after, until=after + PAGE_EVENTS)
        return tuple(UPCASTERS.read(event) if event.kind in UPCASTERS else event for event in page)

    def _told(self, run: RunId | str) -> RunId:
        """The run, with all of it on disk that this process knows."""
        run_id, engine = self.runtime.find(run), self.runtime.engine
        if run_id.stream in engine.live:
            engine.committer.flush()
        refuse_elsewhere(run_id, started(engine.store, run_id))
        return run_id
