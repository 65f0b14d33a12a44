"""``tarl schedules``: workflows that are started at the times of a cron or an interval."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import engine_options, is_on_temporal
from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant
from tarl.interfaces.cli.spans import DURATION, INSTANT

if TYPE_CHECKING:
    from tarl.interfaces.cli.duties import Loaded
    from tarl.interfaces.cli.temporal_schedules import Ask
    from tarl.kernel.definition import Workflow
    from tarl.work.schedules.ledger import Schedule, Schedules
    from tarl.work.schedules.spec import Spec

OVERLAPS = ("skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all")
NEXT_SHOWN = 5
EVENTS_SHOWN = 10

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
schedule_argument = click.argument("schedule_id", metavar="SCHEDULE")


@click.group(short_help="Start workflows at the times of a cron or an interval.")
def schedules() -> None:
    """Start workflows at the times of a cron expression or an interval.

    What is asked for here is recorded; a process that runs `tarl schedules run` does it. With
    --engine temporal a Temporal server keeps the schedules and fires them.
    """


@schedules.command("ls", short_help="List schedules.")
@click.option("--tenant", help="Only this tenant's.")
@engine_options
@common_options
@click.pass_obj
def list_schedules(invocation: Invocation, tenant: str | None) -> None:
    """List schedules, and when each fires next."""
    if is_on_temporal(invocation):
        from tarl.interfaces.cli import temporal_schedules

        found = asyncio.run(temporal_schedules.ls(invocation, tenant))
    else:
        with _open(invocation) as ledger:
            found = [_row(each) for each in ledger.ls(tenant=tenant)]
    if invocation.output.as_json:
        invocation.output.document("schedules.ls", schedules=found)
        return
    columns = ("tenant", "schedule", "status", "times", "workflow", "next", "fired", "skipped")
    invocation.output.table(columns, [[row[c] for c in columns] for row in found])


@schedules.command("show", short_help="Show a schedule: its times, its runs, what happened.")
@schedule_argument
@tenant_option
@engine_options
@common_options
@click.pass_obj
def show(invocation: Invocation, schedule_id: str, tenant: str) -> None:
    """Show a schedule: its times, what waits, its open runs, and what happened last."""
    if _on_temporal(
        invocation, "show", lambda there: there.get(schedule_id, tenant=tenant), in_full=True
    ):
        return
    with _open(invocation) as ledger:
        _show(invocation, ledger, ledger.get(schedule_id, tenant=tenant), "show")


@schedules.command("create", short_help="Create a schedule.")
@schedule_argument
@click.argument("workflow")
@click.option("--cron", metavar="EXPRESSION", help="Minute, hour, day, month, weekday (or six).")
@click.option("--zone", default="UTC", show_default=True, help="The cron's time zone (IANA).")
@click.option("--every", type=DURATION, metavar="DURATION", help="An interval: 90s, 5m, 1h30m.")
@click.option("--offset", type=DURATION, default="0s", metavar="DURATION", help="Into it.")
@click.option("--input", "input_text", metavar="JSON|@FILE|-", help="Each run's input.")
@click.option(
    "--overlap",
    type=click.Choice(OVERLAPS),
    default="skip",
    show_default=True,
    help="When an earlier run still runs.",
)
@click.option(
    "--catch-up",
    type=DURATION,
    default="1d",
    show_default=True,
    metavar="DURATION",
    help="How late a time is still met.",
)
@click.option("--jitter", type=DURATION, default="0s", metavar="DURATION", help="Delay by chance.")
@click.option("--seed", default="", help="What the jitter is drawn from (default: the id).")
@click.option("--start", type=INSTANT, metavar="INSTANT", help="Not before.")
@click.option("--end", type=INSTANT, metavar="INSTANT", help="Not after.")
@click.option("--runs-max", type=click.IntRange(min=1), help="So many runs, then no more.")
@tenant_option
@code_option
@engine_options
@common_options
@click.pass_obj
def create(
    invocation: Invocation,
    /,
    schedule_id: str,
    workflow: str,
    tenant: str,
    input_text: str | None,
    code: tuple[str, ...],
    **asked: Any,
) -> None:
    """Start WORKFLOW at the times of --cron or --every from now on.

    A cron that never fires is refused. Times that fall into a clock change: see the how-to. With
    --engine temporal the workflow and its input are checked by the code of --code, and what
    Temporal would do otherwise is refused.
    """
    from tarl.interfaces.cli.input_text import read_json

    value = None if input_text is None else read_json(input_text, option="--input")
    spec = _spec(workflow, value, **asked)
    if is_on_temporal(invocation):
        from tarl.interfaces.cli import temporal_schedules
        from tarl.interfaces.cli.code_loading import load_all

        load_all(invocation, code)
        made = temporal_schedules.create(
            invocation, schedule_id, lambda there: there.create(schedule_id, spec, tenant=tenant)
        )
        temporal_schedules.show(invocation, asyncio.run(made), "create")
        return
    if code:
        raise click.UsageError("--code is for --engine temporal: elsewhere, who fires has it.")
    with _open(invocation, make=True) as ledger:
        _show(invocation, ledger, ledger.create(schedule_id, spec, tenant=tenant), "create")


@schedules.command("pause", short_help="Let a schedule's times pass by.")
@schedule_argument
@click.option("--note", default="", metavar="TEXT", help="Why.")
@tenant_option
@engine_options
@common_options
@click.pass_obj
def pause(invocation: Invocation, schedule_id: str, note: str, tenant: str) -> None:
    """Let a schedule's times pass by until `tarl schedules resume`."""
    if _on_temporal(
        invocation, "pause", lambda there: there.pause(schedule_id, note=note, tenant=tenant)
    ):
        return
    with _open(invocation) as ledger:
        _done(invocation, ledger.pause(schedule_id, note=note, tenant=tenant), "pause")


@schedules.command("resume", short_help="Count a schedule's times again.")
@schedule_argument
@click.option("--note", default="", metavar="TEXT", help="Why.")
@tenant_option
@engine_options
@common_options
@click.pass_obj
def resume(invocation: Invocation, schedule_id: str, note: str, tenant: str) -> None:
    """Count a paused schedule's times again, from now on."""
    if _on_temporal(
        invocation, "resume", lambda there: there.resume(schedule_id, note=note, tenant=tenant)
    ):
        return
    with _open(invocation) as ledger:
        _done(invocation, ledger.resume(schedule_id, note=note, tenant=tenant), "resume")


@schedules.command("trigger", short_help="Ask for a run now.")
@schedule_argument
@click.option("--overlap", type=click.Choice(OVERLAPS), help="Instead of the schedule's policy.")
@tenant_option
@engine_options
@common_options
@click.pass_obj
def trigger(invocation: Invocation, schedule_id: str, overlap: Any, tenant: str) -> None:
    """Ask for a run now, beside the schedule's own times; also while it is paused."""
    if _on_temporal(
        invocation,
        "trigger",
        lambda there: there.trigger(schedule_id, overlap=overlap, tenant=tenant),
    ):
        return
    with _open(invocation) as ledger:
        _done(invocation, ledger.trigger(schedule_id, overlap=overlap, tenant=tenant), "trigger")


@schedules.command("backfill", short_help="Ask for the runs of a range of times.")
@schedule_argument
@click.option(
    "--from", "from_ms", type=INSTANT, required=True, metavar="INSTANT", help="The first."
)
@click.option(
    "--until", "until_ms", type=INSTANT, required=True, metavar="INSTANT", help="After the last."
)
@click.option(
    "--overlap",
    type=click.Choice(OVERLAPS),
    default="buffer_all",
    show_default=True,
    help="When an earlier run still runs.",
)
@tenant_option
@engine_options
@common_options
@click.pass_obj
def backfill(
    invocation: Invocation,
    schedule_id: str,
    from_ms: int,
    until_ms: int,
    overlap: Any,
    tenant: str,
) -> None:
    """Ask for the runs of the schedule's times in a range, which may lie in the past.

    A time that was started before is not started again.
    """
    more: dict[str, Any] = {
        "from_ms": from_ms,
        "until_ms": until_ms,
        "overlap": overlap,
        "tenant": tenant,
    }
    if _on_temporal(invocation, "backfill", lambda there: there.backfill(schedule_id, **more)):
        return
    with _open(invocation) as ledger:
        asked = ledger.backfill(schedule_id, **more)
        _done(invocation, asked, "backfill")


@schedules.command("delete", short_help="Delete a schedule.")
@schedule_argument
@tenant_option
@engine_options
@common_options
@click.pass_obj
def delete(invocation: Invocation, schedule_id: str, tenant: str) -> None:
    """Delete a schedule; runs that it started go on, its history stays in the journal."""
    if is_on_temporal(invocation):
        from tarl.interfaces.cli import temporal_schedules

        asyncio.run(temporal_schedules.delete(invocation, schedule_id, tenant))
    else:
        with _open(invocation) as ledger:
            ledger.delete(schedule_id, tenant=tenant)
    if invocation.output.as_json:
        invocation.output.document("schedules.delete", schedule=schedule_id, tenant=tenant)
    else:
        invocation.output.note(f"schedule {schedule_id} is deleted")


@schedules.command("run", short_help="Start what is due, until told to stop.")
@code_option
@engine_options
@common_options
@click.pass_obj
def run(invocation: Invocation, code: tuple[str, ...]) -> None:
    """Start what schedules are due to start, with the workflows of --code, until SIGTERM or SIGINT.

    Timers whose handlers the code registers are fired as well, violations are told, and runs that
    were interrupted are taken up. Any number of processes may do this on one journal.
    """
    from tarl.interfaces.cli.code_loading import load_all
    from tarl.interfaces.cli.duties import handlers_of
    from tarl.kernel.definition import Workflow
    from tarl.work.workers.handlers import defined_in

    if is_on_temporal(invocation):
        raise click.UsageError("Temporal fires its schedules itself: tarl worker runs what is due.")
    modules = load_all(invocation, code)
    workflows = [each for each in defined_in(*modules) if isinstance(each, Workflow)]
    asyncio.run(_keep_firing(invocation, workflows, handlers_of(modules)))


async def _keep_firing(
    invocation: Invocation, workflows: list[Workflow[..., Any]], loaded: Loaded
) -> None:
    from tarl.engines.embedded.resuming import Resuming
    from tarl.engines.embedded.timekeeping import keep_time
    from tarl.interfaces.cli.duties import beside, log_to_stderr, told_to_end

    log_to_stderr(invocation)
    async with invocation.open_runtime() as runtime:
        runtime.register(*workflows)
        keeping = [
            Resuming(runtime).keep_resuming(),
            keep_time(runtime, handlers=loaded.on(runtime)),
        ]
        with told_to_end(invocation) as enough:
            invocation.output.note("firing schedules")
            async with beside(keeping, over=enough.set):
                await enough.wait()
        invocation.output.note("stopped; runs under way go on when they are taken up")


@contextmanager
def _open(invocation: Invocation, *, make: bool = False) -> Iterator[Schedules]:
    from tarl.engines.embedded.clock import SystemClock
    from tarl.storage import open_store
    from tarl.work.schedules.ledger import Schedules

    if not make:
        with invocation.open_store() as store:
            yield Schedules(store, clock=SystemClock())
        return
    store = open_store(
        invocation.db,
        keyring=invocation.keyring,
        synchronous=invocation.settings["synchronous"].value,
        sealed=invocation.settings["sealed"].value,
        tenant=invocation.tenant,
    )
    try:
        yield Schedules(store, clock=SystemClock())
    finally:
        store.close()


def _spec(workflow: str, value: Any, *, cron: str | None, zone: str, **asked: Any) -> Spec:
    from tarl.work.schedules.spec import Spec
    from tarl.work.schedules.times import Cron, Every

    every = asked["every"]
    if (cron is None) == (every is None):
        raise click.UsageError("Say --cron EXPRESSION or --every DURATION, one of the two.")
    times = (
        Every(every_ms=every, offset_ms=asked["offset"])
        if cron is None
        else Cron(expression=cron, zone=zone)
    )
    return Spec(
        times=times,
        workflow=workflow,
        input=value,
        overlap=asked["overlap"],
        catch_up_ms=asked["catch_up"],
        jitter_ms=asked["jitter"],
        seed=asked["seed"],
        start_at_ms=asked["start"],
        end_at_ms=asked["end"],
        runs_max=asked["runs_max"],
    )


def _row(schedule: Schedule) -> dict[str, Any]:
    from tarl.values.instants import isoformat_ms
    from tarl.work.schedules.spec import described

    state, spec = schedule.state, schedule.spec
    return {
        "tenant": schedule.tenant,
        "schedule": schedule.schedule_id,
        "status": state.status,
        "times": None if spec is None else described(spec.times),
        "workflow": None if spec is None else spec.workflow,
        "next": None if state.at_ms is None else isoformat_ms(state.at_ms),
        "fired": state.fired,
        "skipped": state.skipped,
        "waiting": len(state.waiting),
        "note": schedule.note,
    }


def _on_temporal(invocation: Invocation, verb: str, asked: Ask, *, in_full: bool = False) -> bool:
    """Ask Temporal and tell its answer, if it is Temporal that fires; whether it is."""
    if not is_on_temporal(invocation):
        return False
    from tarl.interfaces.cli import temporal_schedules

    answer = asyncio.run(temporal_schedules.ask(invocation, asked))
    if in_full:
        temporal_schedules.show(invocation, answer, verb)
    else:
        _say(invocation, temporal_schedules.row(answer), verb)
    return True


def _done(invocation: Invocation, schedule: Schedule, verb: str) -> None:
    _say(invocation, _row(schedule), verb)


def _say(invocation: Invocation, row: dict[str, Any], verb: str) -> None:
    if invocation.output.as_json:
        invocation.output.document(f"schedules.{verb}", **row)
        return
    waiting = f", {row['waiting']} waiting" if row["waiting"] else ""
    invocation.output.note(f"schedule {row['schedule']} is {row['status']}{waiting}")


def _show(invocation: Invocation, ledger: Schedules, schedule: Schedule, verb: str) -> None:
    from tarl.interfaces.cli.output import json_text
    from tarl.values.instants import isoformat_ms
    from tarl.work.schedules.spec import spec_data

    row, state, spec = _row(schedule), schedule.state, schedule.spec
    data: dict[str, Any] = {
        **row,
        "spec": None if spec is None else spec_data(spec),
        "coming": _coming(schedule),
        "open": list(state.open),
        "buffer": [[isoformat_ms(one.nominal_ms), one.cause] for one in state.waiting],
        "events": _events(ledger, schedule),
    }
    output = invocation.output
    if output.as_json:
        output.document(f"schedules.{verb}", **data)
        return
    output.fields(
        (name, data[name])
        for name in ("schedule", "tenant", "status", "times", "workflow", "fired", "skipped")
    )
    spec_text = None if spec is None else json_text(data["spec"])
    output.fields([("note", row["note"] or None), ("specification", spec_text)])
    output.fields([("coming", "\n".join(data["coming"]) or None)])
    output.fields([("open runs", "\n".join(data["open"]) or None)])
    output.fields([("waiting", "\n".join(map(" ".join, data["buffer"])) or None)])
    for event in data["events"]:
        output.data(f"{event['at']}  {event['kind']:<20}  {json_text(event['body'])}")


def _coming(schedule: Schedule) -> list[str]:
    from tarl.values.instants import isoformat_ms
    from tarl.work.schedules.spec import next_time

    at, spec = schedule.state.nominal_ms, schedule.spec
    coming: list[str] = []
    while at is not None and spec is not None and len(coming) < NEXT_SHOWN:
        coming.append(isoformat_ms(at))
        at = next_time(spec, at)
    return coming


def _events(ledger: Schedules, schedule: Schedule) -> list[dict[str, Any]]:
    import msgspec

    from tarl.values.instants import isoformat_ms

    found = ledger.events(schedule.schedule_id, limit=EVENTS_SHOWN, tenant=schedule.tenant)
    return [
        {"at": isoformat_ms(at_ms), "kind": kind, "body": msgspec.to_builtins(body)}
        for at_ms, kind, body in found
    ]
