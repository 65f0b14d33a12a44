"""The schedules of a runtime's journal as ``SchedulesPort``; ``keep_time`` fires them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tarl.engines.embedded.runtime import Runtime
from tarl.kernel.engine import Scheduled, checked_limit
from tarl.tenancy.scoped import home_of
from tarl.work.schedules.ledger import Schedule, Schedules
from tarl.work.schedules.spec import Overlap, Spec


class EmbeddedSchedules:
    """Fills ``SchedulesPort``; see there for what each of these means."""

    def __init__(self, runtime: Runtime) -> None:
        engine = runtime.engine
        self._ledger = Schedules(engine.store, clock=engine.clock, metrics=engine.metrics)

    async def create(self, schedule_id: str, spec: Spec, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.create(schedule_id, spec, tenant=self._owner(tenant)))

    async def change(self, schedule_id: str, spec: Spec, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.change(schedule_id, spec, tenant=self._owner(tenant)))

    async def pause(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.pause(schedule_id, note=note, tenant=self._owner(tenant)))

    async def resume(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.resume(schedule_id, note=note, tenant=self._owner(tenant)))

    async def trigger(
        self, schedule_id: str, *, overlap: Overlap | None = None, tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.trigger(schedule_id, overlap=overlap, tenant=self._owner(tenant)))

    async def backfill(
        self,
        schedule_id: str,
        *,
        from_ms: int,
        until_ms: int,
        overlap: Overlap | None = None,
        tenant: str | None = None,
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        asked = self._ledger.backfill(
            schedule_id,
            from_ms=from_ms,
            until_ms=until_ms,
            overlap=overlap,
            tenant=self._owner(tenant),
        )
        return _told(asked)

    async def delete(self, schedule_id: str, *, tenant: str | None = None) -> None:
        """See ``SchedulesPort``."""
        self._ledger.delete(schedule_id, tenant=self._owner(tenant))

    async def get(self, schedule_id: str, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort``."""
        return _told(self._ledger.get(schedule_id, tenant=self._owner(tenant)))

    async def ls(self, *, tenant: str | None = None, limit: int = 100) -> AsyncIterator[Scheduled]:
        """See ``SchedulesPort``."""
        left = checked_limit(limit)
        for schedule in self._ledger.ls(tenant=tenant):
            if left == 0:
                return
            left -= 1
            yield _told(schedule)

    def _owner(self, tenant: str | None) -> str:
        return home_of(self._ledger.store) if tenant is None else tenant


def _told(schedule: Schedule) -> Scheduled:
    state = schedule.state
    return Scheduled(
        tenant=schedule.tenant,
        schedule_id=schedule.schedule_id,
        status=state.status,
        spec=schedule.spec,
        note=schedule.note,
        next_ms=state.at_ms,
        fired=state.fired,
        skipped=state.skipped,
        waiting=len(state.waiting),
        open=state.open,
        last_ms=state.last_ms,
        last_run=state.last_run,
    )
