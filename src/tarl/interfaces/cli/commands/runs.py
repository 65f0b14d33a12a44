"""``tarl runs``: the runs of a journal, and what happened in one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import click

from tarl.errors import Missing
from tarl.interfaces.cli.commands.parts import parts
from tarl.interfaces.cli.commands.states import state, step
from tarl.interfaces.cli.engines import TEMPORAL, engine_options, is_on_temporal
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.journal.event import Event
    from tarl.journal.store import Store
    from tarl.kernel.engine import Cursor
    from tarl.kernel.runs import RunStatus
    from tarl.kernel.state import RunState
    from tarl.values.ids import RunId

STATUSES = (
    "running",
    "interrupted",
    "completed",
    "failed",
    "cancelled",
    "terminated",
    "continued",
)
STEPS_SHOWN_MAX = 200

PAGE_RUNS = 200
"""Records that are read at once: those that are not shown cost nothing."""


@click.group(short_help="List runs, and look into one.")
def runs() -> None:
    """List runs, and look into one."""


@runs.command("ls", short_help="List runs, the newest first.")
@click.option("--status", type=click.Choice(STATUSES), help="Only runs of this status.")
@click.option("--tenant", help="Only runs of this tenant.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."
)
@click.option("--after", metavar="CURSOR", help="Go on behind a list: what it said comes after it.")
@engine_options
@common_options
@click.pass_obj
def list_runs(
    invocation: Invocation, status: str | None, tenant: str | None, limit: int, after: str | None
) -> None:
    """List runs, the newest first.

    Where there are more, it says with which --after the list goes on; with --json, as `next_after`.

    A run that has not ended is `running` while a process owns it, and `interrupted` when none does.

    With --engine temporal, those that the Temporal server knows: also runs that no worker has
    begun, and only as long as it keeps ended ones.
    """
    from tarl.kernel.engine import Cursor

    behind = None if after is None else Cursor.read(after)
    if is_on_temporal(invocation):
        from tarl.interfaces.cli.temporal_runs import listed

        asked = cast("RunStatus | None", status)
        if status == "interrupted":
            raise click.UsageError("On Temporal no run is interrupted: it waits for a worker.")
        wanted = listed(invocation, tenant=tenant, status=asked, limit=limit + 1, after=behind)
        records = asyncio.run(wanted)
    else:
        with invocation.open_store() as store:
            found = _records(store, invocation, status=status, tenant=tenant, after=behind)
            records = list(islice(found, limit + 1))
    is_whole, records = len(records) <= limit, records[:limit]
    next_after = None if is_whole else _cursor(records[-1]).text
    if invocation.output.as_json:
        invocation.output.document("runs.ls", runs=records, next_after=next_after)
        return
    columns: tuple[str, ...] = ("run", "workflow", "status", "started", "took", "fork_of")
    rows = [[*(r[c] for c in columns[:4]), _took(r), r["fork_of"]] for r in records]
    if any(record["agent"] for record in records):
        columns = (*columns, "agent")
        rows = [[*row, record["agent"]] for row, record in zip(rows, records, strict=True)]
    invocation.output.table(columns, rows)
    if next_after is not None:
        invocation.output.note(f"there are more: --after {next_after}")


@runs.command("show", short_help="Show a run: its steps, its timers and its end.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@engine_options
@common_options
@click.pass_obj
def show(invocation: Invocation, run: str) -> None:
    """Show a run: its steps, its timers and its end; of one that Temporal drives, what the journal
    has of it and what Temporal's history says.
    """
    from tarl.interfaces.cli.permits import permits_of, show_permits
    from tarl.interfaces.cli.recorded import state_at, state_data
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.interfaces.cli.temporal_runs import show_told, show_unbegun, told
    from tarl.kernel.history import engine_of

    try:
        with invocation.open_store(make=is_on_temporal(invocation)) as store:
            run_id = find_run(store, run)
            found = state_at(store, run_id)
            status = shown_status(found.status, run_id, invocation, store)
            permits = permits_of(store, found)
            is_told = engine_of(store, run_id) == TEMPORAL
    except Missing as error:
        if error.code != "run.missing" or not is_on_temporal(invocation):
            raise
        asyncio.run(show_unbegun(invocation, run))
        return
    history = asyncio.run(told(invocation, run_id)) if is_told else {}
    if invocation.output.as_json:
        more = {"status": status, "permits": permits, **history}
        invocation.output.document("runs.show", **(state_data(found) | more))
        return
    show_state(invocation.output, found, status=status)
    show_permits(invocation.output, permits)
    if is_told:
        show_told(invocation.output, history)
    if status == "interrupted":
        invocation.output.note(f"go on with: {invocation.command('resume', run_id.ref)}")


@runs.command("tail", short_help="Print a run's events.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.option("-f", "--follow", is_flag=True, help="Wait for further events until the run ends.")
@common_options
@click.pass_obj
def tail(invocation: Invocation, run: str, follow: bool) -> None:
    """Print a run's events, their chain checked; NDJSON with --json."""
    from tarl.interfaces.cli.run_refs import find_point

    with invocation.open_store() as store:
        run_id, at = find_point(store, run)
        with invocation.following(follow and at is None) as wait:
            for event in _events(store, run_id, until=at, wait=wait):
                _tell(invocation.output, run_id, event)


def _tell(output: Output, run: RunId, event: Event) -> None:
    from tarl.interfaces.cli.recorded import event_data, summary
    from tarl.values.instants import isoformat_ms

    if output.as_json:
        output.document("runs.tail", run=run.ref, **event_data(event))
        return
    line = f"{event.seq:>5}  {isoformat_ms(event.recorded_at_ms)}  {event.kind:<18}"
    text = summary(event).replace("\n", " ")
    output.data(f"{line}  {text}".rstrip())


runs.add_command(state)
runs.add_command(step)
runs.add_command(parts)


def shown_status(status: str, run: RunId, invocation: Invocation, store: Store) -> str:
    """``interrupted`` instead of ``running`` when no process owns the run, and no other engine
    drives it.
    """
    from tarl.kernel.history import engine_of

    if status != "running" or invocation.is_owned(run.stream):
        return status
    return "interrupted" if engine_of(store, run) is None else status


def show_state(output: Output, found: RunState, *, status: str) -> None:
    """A state for a person."""
    from tarl.interfaces.cli.output import json_text
    from tarl.values.instants import isoformat_ms

    fork = f"{found.fork_of}@{found.fork_at}" if found.fork_of else None
    error = f"{found.error.type}: {found.error.message}" if found.error else None
    snapshot = found.snapshot
    output.fields(
        [
            ("run", found.run.ref),
            ("workflow", found.workflow),
            ("status", status),
            ("started", isoformat_ms(found.started_at_ms)),
            ("last event", f"{found.last_seq} at {isoformat_ms(found.last_at_ms)}"),
            ("agent", found.agent),
            ("task", found.task),
            ("forked from", fork),
            ("input", json_text(found.input)),
            ("result", json_text(found.result) if found.status == "completed" else None),
            ("error", error),
            ("reason", found.reason or None),
            ("not undone", "; ".join(found.uncompensated) or None),
            ("child of", found.parent),
            ("continues", found.continues),
            (
                "snapshot",
                f"{json_text(snapshot.state)} at event {snapshot.seq}" if snapshot else None,
            ),
            ("patches", ", ".join(found.patches) or None),
            ("erased events", found.erased or None),
            ("unknown events", found.unknown or None),
        ]
    )
    if found.steps:
        output.data("")
        rows = [_step_row(s) for s in found.steps[-STEPS_SHOWN_MAX:]]
        output.table(("step", "activity", "status", "took", "arguments", "outcome"), rows)
        if len(found.steps) > STEPS_SHOWN_MAX:
            output.note(f"the last {STEPS_SHOWN_MAX} of {len(found.steps)} steps; --json has all")
    if found.timers:
        output.data("")
        due = [
            (t.timer, t.status, f"{t.delay_ms} ms", isoformat_ms(t.due_at_ms)) for t in found.timers
        ]
        output.table(("timer", "status", "delay", "due"), due[-STEPS_SHOWN_MAX:])

    if found.exchanges:
        output.data("")
        rows = [_exchange_row(e) for e in found.exchanges[-STEPS_SHOWN_MAX:]]
        output.table(("what", "name", "status", "at", "sent", "answer"), rows)


def _exchange_row(exchange: Any) -> list[Any]:
    from tarl.values.instants import isoformat_ms

    error = exchange.error
    answer = exchange.answer if error is None else f"{error.type}: {error.message}"
    at = isoformat_ms(exchange.at_ms)
    return [exchange.what, exchange.name, exchange.status, at, exchange.sent, answer]


def _step_row(step: Any) -> list[Any]:
    outcome = step.result if step.status == "completed" else None
    if step.error is not None:
        outcome = f"{step.error.type}: {step.error.message}"
    elif step.last_failure is not None and step.ended_seq is None:
        failure = step.last_failure
        outcome = f"attempt {step.failed_attempts}: {failure.type}: {failure.message}"
    if step.reasons:
        outcome = "; ".join(str(reason.get("text", reason)) for reason in step.reasons)
    took = None if step.ended_at_ms is None else f"{step.ended_at_ms - step.scheduled_at_ms} ms"
    args = step.args if not step.kwargs else {"args": step.args, "kwargs": step.kwargs}
    return [step.step, step.activity, step.status, took, args, outcome]


def _cursor(record: Mapping[str, Any]) -> Cursor:
    """Where a list goes on that ended with a run."""
    from tarl.kernel.engine import Cursor
    from tarl.values.ids import RunId

    run = RunId(record["tenant"], record["workflow_id"], record["n"])
    return Cursor(record["started_at_ms"], run)


def _newest(
    store: Store, where: Mapping[str, Any], after: Cursor | None
) -> Iterator[Mapping[str, Any]]:
    """The records of runs, the newest first, page by page."""
    from tarl.kernel.runs import newest

    while True:
        page = list(newest(store, where, limit=PAGE_RUNS, after=after))
        yield from page
        if len(page) < PAGE_RUNS:
            return
        after = _cursor(page[-1])


def _records(
    store: Store,
    invocation: Invocation,
    *,
    status: str | None,
    tenant: str | None,
    after: Cursor | None,
) -> Iterator[dict[str, Any]]:
    from tarl.values.ids import RunId
    from tarl.values.instants import isoformat_ms

    where = {} if tenant is None else {"tenant": tenant}
    if status is not None:
        where["status"] = "running" if status == "interrupted" else status
    for record in _newest(store, where, after):
        run_id = RunId(record["tenant"], record["workflow_id"], record["n"])
        shown = shown_status(record["status"], run_id, invocation, store)
        if status in (None, shown):
            ended_at_ms = record["ended_at_ms"]
            yield {
                "run": run_id.ref,
                **record,
                "status": shown,
                "started": isoformat_ms(record["started_at_ms"]),
                "ended": None if ended_at_ms is None else isoformat_ms(ended_at_ms),
                **acting_data(store, run_id),
            }


def acting_data(store: Store, run: RunId) -> dict[str, str | None]:
    """For whom a run acts and what that is for, as its start has it; nobody when it is erased."""
    from tarl.kernel.events import DECODERS, RUN_STARTED

    first = next(store.read(run.stream, until=1), None)
    if first is None or first.kind != RUN_STARTED or first.body is None:
        return {"agent": None, "task": None}
    started = DECODERS[RUN_STARTED](first.body)
    return {"agent": started.agent, "task": started.task}


def _took(record: Mapping[str, Any]) -> str | None:
    if record["ended_at_ms"] is None:
        return None
    return f"{(record['ended_at_ms'] - record['started_at_ms']) / 1000:.3f} s"


def _events(
    store: Store, run: RunId, *, until: int | None, wait: Callable[[], object] | None
) -> Iterator[Event]:
    from tarl.kernel.events import CLOSING
    from tarl.kernel.history import verified

    def growing() -> Iterator[Event]:
        seq = 0
        while True:
            last = None
            for last in store.read(run.stream, after=seq, until=until):
                yield last
                seq = last.seq
            if wait is None or (last is not None and last.kind in CLOSING):
                return
            wait()

    return verified(run.stream, growing())
