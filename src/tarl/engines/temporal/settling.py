"""The ends of runs that Temporal ended without asking their code: a parent's close policy, an
operator in Temporal's UI, a limit. No worker hears of these; so each looks for them.

1. Visibility is asked for what was ended like that, the last ended first, until what was there at
   the look before: at most ``SETTLED_MAX`` of them, however many there are.
2. A run whose end the journal has is left alone. Of the others it is recorded that they were
   terminated, and why, as Temporal tells it; of several workers one does.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecution, WorkflowHistoryEventFilterType
from temporalio.service import RPCError

from tarl.engines.embedded.recorded import last_event, record_termination
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import NUMBER
from tarl.engines.temporal.reasons import told_reason
from tarl.engines.temporal.silence import plain
from tarl.errors import Conflict, TarlError, Unavailable
from tarl.kernel import events
from tarl.kernel.history import engine_of
from tarl.tenancy.scoped import is_readable
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.temporal.histories import Histories
    from tarl.engines.temporal.reaching import Reach

LOOK_S = 30.0
"""How late the journal may hear of such an end, while a worker runs."""

LATE = timedelta(seconds=60)
"""How late visibility may hear of one."""

SETTLED_MAX = 1_000
"""Ends that one look reads."""

_ENDED = "ExecutionStatus IN ('Terminated', 'TimedOut')"
_LOGGER = logging.getLogger("tarl.temporal")


class Settling:
    """Looks for such ends in one namespace.

    Args:
        reach: How runs are reached.
        histories: Asked for the number of a run that no search attribute tells.
    """

    def __init__(self, reach: Reach, histories: Histories) -> None:
        self._reach = reach
        self._histories = histories
        self._seen: datetime | None = None

    async def keep_settling(self) -> None:
        """Look again and again; runs until cancelled."""
        is_away = False
        while True:
            try:
                await self.settle()
            except (RPCError, Unavailable) as error:
                if not is_away:
                    said = plain(error.message) if isinstance(error, RPCError) else error.message
                    _LOGGER.warning("ends of runs wait for Temporal or the journal: %s", said)
                is_away = True
            else:
                is_away = False
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> int:
        """Record the ends that the journal does not have; how many it did not have.

        Raises:
            RPCError: the server does not answer.
            Unavailable: the journal does not.
        """
        newest, settled, read = self._seen, 0, 0
        async for found in self._reach.client.list_workflows(_ENDED, limit=SETTLED_MAX):
            ended = found.close_time
            read += 1
            if ended is None or (self._seen is not None and ended < self._seen - LATE):
                break
            newest = ended if newest is None else max(newest, ended)
            settled += await self._settled(found)
        if read == SETTLED_MAX:
            _LOGGER.info("%d ended runs were looked at; what ended before was not", read)
        self._seen = newest
        return settled

    async def _settled(self, found: WorkflowExecution) -> bool:
        """Record one end, if the journal has the run and not its end."""
        run = await self._run(found)
        store = self._reach.engine.store
        if run is None or not is_readable(store, run.stream):
            return False
        last = last_event(store, run)
        if last is None or last.kind in events.CLOSING or engine_of(store, run) != wire.ENGINE:
            return False
        kept = await self._reason(found)

        def get(digest: str) -> bytes:
            return store.blob(run.tenant, bytes.fromhex(digest))

        try:
            reason = told_reason(kept, get)
            record_termination(self._reach.engine, run, reason)
        except Conflict:  # another worker was faster
            return False
        return True

    async def _run(self, found: WorkflowExecution) -> RunId | None:
        tenant, is_ours, name = found.id.partition("/")
        if not is_ours or "/" in name:
            return None
        number = found.typed_search_attributes.get(NUMBER)
        if number is None:
            number = await self._histories.number(found)
        try:
            return RunId(unquote(tenant), unquote(name), number or 0)
        except TarlError:
            return None  # no run of tarl's

    async def _reason(self, found: WorkflowExecution) -> str:
        """Why it was ended, as Temporal keeps it."""
        handle = self._reach.client.get_workflow_handle(found.id, run_id=found.run_id)
        closing = WorkflowHistoryEventFilterType.CLOSE_EVENT
        async for event in handle.fetch_history_events(event_filter_type=closing):
            return _said(event)
        return ""


def _said(event: HistoryEvent) -> str:
    if event.HasField("workflow_execution_terminated_event_attributes"):
        return event.workflow_execution_terminated_event_attributes.reason
    return "timed out"
