"""What anybody who knows a run can look up of it in Temporal."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal.histories import Histories
from tarl.engines.temporal.listing import Listing
from tarl.engines.temporal.reaching import Reach
from tarl.engines.temporal.replaying import Replays
from tarl.kernel.engine import (
    Cursor,
    Moment,
    OpenChild,
    OpenTimer,
    Replayed,
    RunListed,
    open_children,
    open_timers,
)
from tarl.kernel.runs import RunStatus
from tarl.tenancy.scoped import is_readable
from tarl.values.ids import RunId


class Looking:
    """The part of a runtime that looks at runs."""

    engine: Engine
    reach: Reach
    histories: Histories
    listing: Listing
    _runtime: Runtime

    async def list(
        self,
        *,
        tenant: str | None = None,
        workflow: str | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        after: Cursor | None = None,
    ) -> AsyncIterator[RunListed]:
        """The runs that Temporal's visibility knows, the newest first, at most ``limit``; it hears
        of what happens within moments. Through a journal that was opened for one tenant, that
        tenant's.

        Raises:
            Invalid: a limit that is none (``runs.limit``).
            Unavailable: Temporal does not answer (``temporal.unavailable``).
        """
        owner = self.reach.home if tenant is None else tenant
        if owner is not None and not is_readable(self.engine.store, RunId(owner, "x", 1).stream):
            return
        async for listed in self.listing.newest(
            tenant=owner, workflow=workflow, status=status, limit=limit, after=after
        ):
            yield listed

    async def history(self, run: RunId | str) -> AsyncIterator[Moment]:
        """What has happened in a run so far, in tarl's kinds and bodies; nothing before a worker
        has begun it.

        Raises:
            Missing: no such run, Temporal does not keep its history any more
                (``temporal.history_gone``), or its key is gone (``journal.erased``).
            Unavailable: Temporal does not answer (``temporal.unavailable``).
        """
        async for moment in self.histories.moments(self.reach.asked(run)):
            yield moment

    async def timers(self, run: RunId | str) -> tuple[OpenTimer, ...]:
        """A run's timers that have not fired; see ``history``."""
        return await open_timers(self.history(run))

    async def children(self, run: RunId | str) -> tuple[OpenChild, ...]:
        """A run's children whose end it has not seen; see ``history``."""
        tenant, found = self.reach.asked(run).tenant, []
        for child in await open_children(self.history(run)):
            latest = latest_run(self.engine, tenant, child.id) or RunId(tenant, child.id, 1)
            found.append(OpenChild(child=child.child, run=latest, workflow=child.workflow))
        return tuple(found)

    async def replay(self, run: RunId | str, *, strict: bool = True) -> Replayed:
        """Replay a run's history against the code that is loaded; see ``Replays.replay``."""
        history = await self.histories.raw(self.reach.asked(run))
        store, limits = self.engine.store, self.engine.limits
        async with Replays(self._runtime.registered, store, limits=limits) as replays:
            return await replays.replay(history, strict=strict)
