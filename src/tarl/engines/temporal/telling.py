"""What anybody who knows a run can tell it or ask it through Temporal."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.recorded import (
    closing_event,
    continued,
    record_termination,
)
from tarl.engines.temporal import wire
from tarl.engines.temporal.histories import Histories
from tarl.engines.temporal.reaching import Reach, ended
from tarl.engines.temporal.reasons import kept_reason
from tarl.errors import Conflict, Missing, Unavailable
from tarl.kernel import events
from tarl.kernel.engine import UPDATE_TIMEOUT_S
from tarl.kernel.payload import decode_value, encode_value
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId


class Telling:
    """The part of a runtime that talks to runs."""

    engine: Engine
    reach: Reach
    histories: Histories

    async def signal(self, run: RunId | str, name: str, payload: Any = None) -> None:
        """Send a signal; Temporal has it when this returns.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
            Invalid: a payload without a JSON form.
        """
        run_id, data = self.reach.told(run), self._payload(payload)
        try:
            await self.reach.handle(run_id).signal(name, wire.raw(data))
        except RPCError as error:
            raise self.reach.refused(error, run_id) from error

    async def query(self, run: RunId | str, name: str, *args: Any) -> Any:
        """Ask a run, under way or ended, what it sees.

        Raises:
            Missing: no such run or query.
            Conflict: the query failed (``query.failed``).
        """
        run_id = self.reach.asked(run)
        latest = latest_run(self.engine, run_id.tenant, run_id.workflow_id)
        execution = None  # the one that Temporal has now
        if latest is not None and latest.n > run_id.n:
            execution = await self.histories.execution(run_id)
        given = [wire.raw(self._payload(each)) for each in args]
        try:
            handle = self.reach.handle(run_id, execution=execution)
            seen = await handle.query(name, args=given, result_type=RawValue)
        except WorkflowQueryFailedError as error:
            code, _, said = error.message.partition(": ")
            kind = Missing if code == "query.unknown" else Conflict
            raise kind(said or code, code=code if said else "query.failed") from error
        except RPCError as error:
            raise self.reach.refused(error, run_id) from error
        return decode_value(seen.payload.data)

    async def update(
        self,
        run: RunId | str,
        name: str,
        payload: Any = None,
        *,
        timeout_s: float = UPDATE_TIMEOUT_S,
    ) -> Any:
        """Send an update and wait for the answer.

        Raises:
            Missing: no such run.
            Conflict: refused (``update.rejected``), failed (``update.failed``), or the run has
                ended (``run.ended``).
            Unavailable: no answer in time (``update.no_answer``); where a worker had taken the
                update, it may still come.
        """
        run_id, data = self.reach.told(run), self._payload(payload)
        asking = asyncio.ensure_future(self._updated(run_id, name, data))
        try:
            await asyncio.wait({asking}, timeout=timeout_s)
        finally:
            asking.add_done_callback(_let_go)
            asking.cancel()
        if not asking.done():
            raise Unavailable(
                f"{run_id.ref} has not answered within {timeout_s:g} s",
                code="update.no_answer",
                next_step="see that a worker runs it: tarl worker --engine temporal",
                run=run_id.ref,
            )
        return asking.result()

    async def cancel(self, run: RunId | str, *, reason: str = "") -> None:
        """Ask a run to stop; its code may clean up.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
        """
        run_id = self.reach.told(run)
        if closing_event(self.engine.store, run_id) is not None:  # Temporal would not say so
            raise ended(run_id)
        try:
            kept = kept_reason(self.engine, run_id.tenant, reason)
            await self.reach.handle(run_id).cancel(reason=kept)
        except RPCError as error:
            raise self.reach.refused(error, run_id) from error

    async def terminate(self, run: RunId | str, *, reason: str = "") -> None:
        """End a run at once; its code does not get to clean up.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
        """
        run_id, store = self.reach.told(run), self.engine.store
        try:
            kept = kept_reason(self.engine, run_id.tenant, reason)
            await self.reach.handle(run_id).terminate(reason=kept)
        except RPCError as error:
            raise self.reach.refused(error, run_id) from error
        last = continued(store, run_id)
        if store.head(last.stream) is not None and not closing_event(store, last):
            record_termination(self.engine, last, reason)

    def _payload(self, payload: Any) -> bytes:
        limit = self.engine.limits.inline_bytes_max
        return encode_value(payload, name="the payload", bytes_max=limit)

    async def _updated(self, run: RunId, name: str, data: bytes) -> Any:
        try:
            answer = await self.reach.handle(run).execute_update(
                name, wire.raw(data), result_type=RawValue
            )
        except WorkflowUpdateFailedError as error:
            raise _update_failed(run, error) from error
        except RPCError as error:
            raise self.reach.refused(error, run) from error
        shelf = RecordedValues(self.engine.store, run.tenant)
        return decode_value(unshelve(answer.payload.data, shelf=shelf))


def _let_go(asking: asyncio.Future[Any]) -> None:
    """Take note of how it ended when nobody waits for it any more."""
    if not asking.cancelled():
        asking.exception()


def _update_failed(run: RunId, error: WorkflowUpdateFailedError) -> Conflict:
    cause = error.cause
    said = cause.message if isinstance(cause, ApplicationError) else str(cause)
    kind = (cause.type if isinstance(cause, ApplicationError) else None) or type(cause).__name__
    found = wire.failed_with(cause) if isinstance(cause, ApplicationError) else None
    failed = found is not None and found[0] == events.UPDATE_FAILED
    return Conflict(
        f"{run.ref} {'failed over' if failed else 'refused'} the update: {said}",
        code="update.failed" if failed else "update.rejected",
        type=kind,
        error=said,
    )
