"""``tarl schedules`` where Temporal keeps and fires them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tarl.errors import Missing
from tarl.interfaces.cli.engines import open_temporal
from tarl.kernel.engine import LISTED_MAX

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.kernel.engine import Scheduled, SchedulesPort

COMING_SHOWN = 5

Ask = Callable[["SchedulesPort"], Awaitable["Scheduled"]]


async def ls(invocation: Invocation, tenant: str | None) -> list[dict[str, Any]]:
    """The rows of a list of schedules."""
    async with open_temporal(invocation) as engine:
        found = engine.schedules.ls(tenant=tenant, limit=LISTED_MAX)
        return [row(each) async for each in found]


async def ask(invocation: Invocation, asked: Ask, *, make: bool = False) -> Scheduled:
    """What Temporal says of a schedule after it was asked for something."""
    async with open_temporal(invocation, must_exist=not make) as engine:
        return await asked(engine.schedules)


async def create(invocation: Invocation, schedule_id: str, asked: Ask) -> Scheduled:
    """A new schedule, whose code is loaded.

    Raises:
        Missing: it is not (``workflow.unknown``).
        TarlError: as ``TemporalSchedules.create``.
    """
    from tarl.interfaces.cli.code_loading import with_code_hint

    try:
        return await ask(invocation, asked, make=True)
    except Missing as error:
        retry = ("schedules", "create", schedule_id, "...")
        raise with_code_hint(invocation, error, retry=retry) from None


async def delete(invocation: Invocation, schedule_id: str, tenant: str) -> None:
    """Let nothing fire any more."""
    async with open_temporal(invocation, must_exist=True) as engine:
        await engine.schedules.delete(schedule_id, tenant=tenant)


def row(schedule: Scheduled) -> dict[str, Any]:
    """A schedule as data."""
    from tarl.values.instants import isoformat_ms
    from tarl.work.schedules.spec import described

    spec, next_ms = schedule.spec, schedule.next_ms
    return {
        "tenant": schedule.tenant,
        "schedule": schedule.schedule_id,
        "status": schedule.status,
        "times": None if spec is None else described(spec.times),
        "workflow": None if spec is None else spec.workflow,
        "next": None if next_ms is None else isoformat_ms(next_ms),
        "fired": schedule.fired,
        "skipped": schedule.skipped,
        "waiting": schedule.waiting,
        "note": schedule.note,
    }


def show(invocation: Invocation, schedule: Scheduled, verb: str) -> None:
    """Show a schedule as Temporal tells of it; what happened to it before is in Temporal."""
    from tarl.interfaces.cli.output import json_text
    from tarl.work.schedules.spec import spec_data

    spec, output = schedule.spec, invocation.output
    data: dict[str, Any] = {
        **row(schedule),
        "spec": None if spec is None else spec_data(spec),
        "coming": _coming(schedule),
        "open": list(schedule.open),
        "last_run": schedule.last_run,
    }
    if output.as_json:
        output.document(f"schedules.{verb}", **data)
        return
    names = ("schedule", "tenant", "status", "times", "workflow", "fired", "skipped", "waiting")
    output.fields((name, data[name]) for name in names)
    spec_text = None if spec is None else json_text(data["spec"])
    output.fields([("note", data["note"] or None), ("specification", spec_text)])
    output.fields([("coming", "\n".join(data["coming"]) or None)])
    output.fields([("open runs", "\n".join(data["open"]) or None)])
    output.fields([("last run", data["last_run"])])


def _coming(schedule: Scheduled) -> list[str]:
    from tarl.values.instants import isoformat_ms
    from tarl.work.schedules.spec import next_time

    at, spec = schedule.next_ms, schedule.spec
    coming: list[str] = []
    while at is not None and spec is not None and len(coming) < COMING_SHOWN:
        coming.append(isoformat_ms(at))
        at = next_time(spec, at)
    return coming
