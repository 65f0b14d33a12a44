"""The histories that Temporal keeps of runs, opened, and told in tarl's own kinds and bodies.

A run's number is that of its Temporal execution: the workflow's id is the run's without the number.

The journal knows a run's end a moment before Temporal does, and so does who waits for its result:
what is told of a run that has ended has its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowHistoryEventAsyncIterator,
)
from temporalio.converter import WorkflowSerializationContext
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.embedded.recorded import last_event
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import NUMBER
from tarl.engines.temporal.moments import Beside, Chronicle
from tarl.engines.temporal.reaching import Reach
from tarl.engines.temporal.recorded import opened
from tarl.engines.temporal.sealing import SealingCodec
from tarl.engines.temporal.silence import unavailable
from tarl.errors import Missing, TarlError
from tarl.kernel import events
from tarl.kernel.engine import Moment
from tarl.kernel.history import no_run
from tarl.values.ids import RunId

EXECUTIONS_MAX = 1_000
"""Executions of one workflow id that are looked at for one of a number."""

LOOKS_MAX, LOOK_WAIT_S = 40, 0.05
"""How often, and after which waits, Temporal is asked again for the end of a run that the journal
knows to have ended. Where a worker died between the two it comes much later, or never.
"""

_ENDS = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
    }
)

_read_start = msgspec.json.Decoder(wire.Start).decode


class Histories:
    """The histories of one namespace."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._client: Client = reach.client

    async def moments(self, run: RunId) -> AsyncIterator[Moment]:
        """What has happened in a run so far; nothing before a worker has begun it.

        Raises:
            Missing: no such run, Temporal does not keep its history any more
                (``temporal.history_gone``), or its key is gone (``journal.erased``).
            Unavailable: the server does not answer (``temporal.unavailable``).
        """
        beside = Beside(self._reach.engine.store, run)
        chronicle, seq = Chronicle(run, beside), 0
        async for page in self._pages(run):
            beside.look()  # what is recorded is so before Temporal hears of it
            if beside.started is None:
                return
            for event in page:
                for at_ms, kind, body in chronicle.take(event):
                    seq += 1
                    yield Moment(seq=seq, at_ms=at_ms, kind=kind, body=body)
        for at_ms, kind, body in chronicle.rest():
            seq += 1
            yield Moment(seq=seq, at_ms=at_ms, kind=kind, body=body)

    async def raw(self, run: RunId) -> WorkflowHistory:
        """Temporal's own history of a run, its sealed payloads opened.

        Raises:
            Missing: see ``moments``.
            Unavailable: see ``moments``.
        """
        recorded: list[HistoryEvent] = []
        async for page in self._pages(run):
            recorded += page
        return WorkflowHistory(wire.workflow_id(run), recorded)

    async def number(self, found: WorkflowExecution) -> int | None:
        """The number of the run that an execution is; None for a workflow that is no run of
        tarl's.
        """
        handle = self._client.get_workflow_handle(found.id, run_id=found.run_id)
        first = await self._first(handle)
        return None if first is None else first.number

    async def began(self, run: RunId) -> Began | None:
        """What the newest execution of a run's id began with; None for what tarl did not start.

        Raises:
            Missing: there is none (any more).
            Unavailable: the server does not answer (``temporal.unavailable``).
        """
        handle = self._reach.handle(run)
        pages = handle.fetch_history_events(page_size=1)
        try:
            await pages.fetch_next_page()
        except RPCError as error:
            raise self._refused(run, error) from error
        page = list(pages.current_page or [])
        await self._open(handle.id, page)
        try:
            began = page[0].workflow_execution_started_event_attributes
            start = _read_start(began.input.payloads[0].data)
        except (IndexError, msgspec.MsgspecError):
            return None
        return Began(began.workflow_type.name, start)

    async def execution(self, run: RunId) -> str:
        """Temporal's name for the execution that a run is.

        Raises:
            Missing: see ``moments``.
            Unavailable: see ``moments``.
        """
        try:
            return await self._execution(run)
        except RPCError as error:
            raise self._refused(run, error) from error

    async def _execution(self, run: RunId) -> str:
        now: str | None = (await self._reach.handle(run).describe()).run_id
        while now is not None:  # from the last one back, as far as each went on as the next
            first = await self._first(self._reach.handle(run, execution=now))
            if first is None or first.number < run.n:
                raise self._gone(run)
            if first.number == run.n:
                return now
            now = first.before
        looked = 0
        async for found in self._client.list_workflows(f"WorkflowId = '{wire.workflow_id(run)}'"):
            number = found.typed_search_attributes.get(NUMBER) or await self.number(found)
            looked += 1
            if number == run.n:
                return found.run_id
            if looked == EXECUTIONS_MAX:
                break
        raise self._gone(run)

    async def _first(self, handle: WorkflowHandle[Any, Any]) -> _First | None:
        """What an execution began with; None for what tarl did not start."""
        pages = handle.fetch_history_events(page_size=1)
        await pages.fetch_next_page()
        page = list(pages.current_page or [])
        if not page:
            return None
        await self._open(handle.id, page)
        return _first_of(page[0])

    async def _pages(self, run: RunId) -> AsyncIterator[list[HistoryEvent]]:
        """A run's events, by the page; most often of the execution that Temporal has now."""
        handle = self._reach.handle(run)
        pages = handle.fetch_history_events()
        page = await self._page(run, pages)
        first = _first_of(page[0]) if page else None
        if first is None or first.number != run.n:
            handle = self._reach.handle(run, execution=await self.execution(run))
            pages = handle.fetch_history_events()
            page = await self._page(run, pages)
        yield page
        while pages.next_page_token:
            page = await self._page(run, pages)
            yield page
        if page and page[-1].event_type not in _ENDS and self._has_ended(run):
            yield await self._end(run, handle, after=page[-1].event_id)

    def _has_ended(self, run: RunId) -> bool:
        last = last_event(self._reach.engine.store, run)
        return last is not None and last.kind in events.CLOSING

    async def _end(
        self, run: RunId, handle: WorkflowHandle[Any, Any], *, after: int
    ) -> list[HistoryEvent]:
        """What comes after an event, up to the end of the run as soon as Temporal has it."""
        found: list[HistoryEvent] = []
        for _ in range(LOOKS_MAX):
            pages = handle.fetch_history_events()
            found = await self._page(run, pages)
            while pages.next_page_token:
                found += await self._page(run, pages)
            if found and found[-1].event_type in _ENDS:
                break
            await asyncio.sleep(LOOK_WAIT_S)
        return [event for event in found if event.event_id > after]

    async def _page(
        self, run: RunId, pages: WorkflowHistoryEventAsyncIterator
    ) -> list[HistoryEvent]:
        try:
            await pages.fetch_next_page()
        except RPCError as error:
            raise self._refused(run, error) from error
        page = list(pages.current_page or [])
        await self._open(wire.workflow_id(run), page)
        return page

    async def _open(self, workflow_id: str, page: list[HistoryEvent]) -> None:
        codec = self._client.data_converter.payload_codec
        assert isinstance(codec, SealingCodec)
        context = WorkflowSerializationContext(self._client.namespace, workflow_id)
        await opened(WorkflowHistory(workflow_id, page), codec.with_context(context).decode)

    def _refused(self, run: RunId, error: RPCError) -> TarlError:
        if error.status == RPCStatusCode.NOT_FOUND:
            return self._gone(run)
        return unavailable(error, self._client)

    def _gone(self, run: RunId) -> Missing:
        if self._reach.engine.store.head(run.stream) is None:
            return no_run(run.ref)
        return Missing(
            f"Temporal keeps no history of {run.ref} any more",
            code="temporal.history_gone",
            next_step=f"what it did is in the journal: tarl runs show {run.ref}",
            run=run.ref,
        )


class Began(NamedTuple):
    """What an execution began with: its workflow's wire name, and what that was given."""

    workflow: str
    start: wire.Start


class _First(msgspec.Struct, frozen=True):
    """How an execution began: the run's number, and the execution that went on as it."""

    number: int
    before: str | None


def _first_of(event: HistoryEvent) -> _First | None:
    began = event.workflow_execution_started_event_attributes
    try:
        start = _read_start(began.input.payloads[0].data)
        number = RunId.from_stream(start.run).n
    except (IndexError, msgspec.MsgspecError, TarlError):
        return None
    return _First(number, began.continued_execution_run_id or None)
