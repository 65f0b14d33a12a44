"""How a run is reached: its name here, its workflow in Temporal, and what a refusal means.

Whoever opened the journal for one tenant reaches that tenant's runs only, as in the journal.
"""

from __future__ import annotations

from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.recorded import closing_event
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import wire
from tarl.engines.temporal.silence import unavailable
from tarl.errors import Conflict, Missing
from tarl.kernel.history import no_run
from tarl.tenancy.scoped import caller_tenant, check_write, home_of, is_readable
from tarl.values.ids import RunId, parse_ref


class Reach:
    """The runs of one journal in one of Temporal's namespaces."""

    def __init__(self, runtime: Runtime, client: Client) -> None:
        self.engine: Engine = runtime.engine
        self.client = client
        self._runtime = runtime

    @property
    def home(self) -> str | None:
        """The tenant for which the journal was opened, if for one."""
        return caller_tenant(self.engine.store)

    def told(self, run: RunId | str) -> RunId:
        """The run that somebody wants to tell something.

        Raises:
            Missing: there is none of that number.
            Conflict: it has ended (``run.ended``).
            Denied: it is another tenant's (``tenant.denied``).
        """
        run_id = self._named(run)
        check_write(self.engine.store, run_id.stream)
        if _is_numbered(run) and closing_event(self.engine.store, run_id) is not None:
            raise ended(run_id)  # a later run of its id would be told
        return run_id

    def asked(self, run: RunId | str) -> RunId:
        """The run that somebody wants to know something of.

        Raises:
            Missing: there is none of that number, or none that may be read.
        """
        run_id = self._named(run)
        if not is_readable(self.engine.store, run_id.stream):
            raise no_run(run_id.ref)
        return run_id

    def handle(self, run: RunId, *, execution: str | None = None) -> WorkflowHandle[Any, Any]:
        """Temporal's workflow of a run, as it runs now or in one of its executions."""
        return self.client.get_workflow_handle(wire.workflow_id(run), run_id=execution)

    def refused(self, error: RPCError, run: RunId) -> Exception:
        """What Temporal's refusal means for a run."""
        if error.status != RPCStatusCode.NOT_FOUND:
            return unavailable(error, self.client)
        if self.engine.store.head(run.stream) is None:
            return Missing(f"no run {run.ref}", code="run.missing", run=run.ref)
        return ended(run)

    def _named(self, run: RunId | str) -> RunId:
        if isinstance(run, RunId):
            return run
        ref = parse_ref(run)
        if ref.n is None:
            try:
                return self._runtime.find(run)
            except Missing:
                return RunId(ref.tenant or home_of(self.engine.store), ref.workflow_id, 1)
        return self._runtime.find(run)


def _is_numbered(run: RunId | str) -> bool:
    return isinstance(run, RunId) or parse_ref(run).n is not None


def ended(run: RunId) -> Conflict:
    """The error for a run that takes nothing."""
    return Conflict(
        f"{run.ref} has ended",
        code="run.ended",
        next_step="tarl runs ls shows what is running",
        run=run.ref,
    )
