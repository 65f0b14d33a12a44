"""``tarl replay``: recorded history against the code, without any effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Corrupt, TarlError
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import TEMPORAL, engine_options, is_on_temporal
from tarl.interfaces.cli.files import PIPE, at_hand
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF
from tarl.interfaces.cli.spans import INSTANT

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.kernel.rerun import ReplayReport

STATUSES = ("all", "running", "completed", "failed", "cancelled", "terminated", "continued")


@click.command(short_help="Replay recorded history against the code.")
@click.argument("run", metavar="[RUN|FILE]", type=RUN_REF, required=False)
@click.option("--all", "every", is_flag=True, help="Replay every run of the journal.")
@click.option(
    "--strict/--no-strict",
    default=True,
    show_default=True,
    help="Whether the code must end exactly where its history does, under the recorded name.",
)
@click.option("--until", metavar="N", type=click.IntRange(min=1), help="Stop after event N.")
@click.option("--workflow", metavar="NAME", help="Of --all on Temporal: runs of this workflow.")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default="all",
    show_default=True,
    help="Of --all on Temporal: runs that stand so.",
)
@click.option(
    "--since",
    "since_ms",
    type=INSTANT,
    metavar="INSTANT",
    help="Of --all on Temporal: runs started then or later.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    help="Of --all on Temporal: so many runs, the newest (default: 10000).",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Of --all on Temporal: replay in so many processes (default: one for each CPU).",
)
@code_option
@engine_options
@common_options
@click.pass_obj
def replay(
    invocation: Invocation,
    run: str | None,
    every: bool,
    strict: bool,
    until: int | None,
    workflow: str | None,
    status: str,
    since_ms: int | None,
    limit: int | None,
    processes: int | None,
    code: tuple[str, ...],
) -> int:
    """Replay a run's recorded history against the code, without any effect.

    FILE is an evidence file of `tarl export`, `-` for one from standard input, or a history that
    Temporal's own tools saved as JSON: it replays on another machine. The chain of digests is
    checked on the way. A divergence shows both sides and where in the code; the exit code is then
    7.

    The history of a run that Temporal drives is Temporal's. With --all --engine temporal it is that
    of every run there, also of those under way: a check of code that is about to be deployed.
    """
    from tarl.interfaces.cli.code_loading import load_all

    if every == (run is not None):
        raise click.UsageError("Name one RUN or FILE, or say --all.")
    chooses = bool(workflow or since_ms is not None or limit or processes or status != "all")
    is_file = run is not None and (run == PIPE or _names_a_file(run))
    if run is None:
        is_temporal = is_on_temporal(invocation)
    else:
        is_temporal = run.endswith(".json") if is_file else _is_elsewhere(invocation, run)
    if chooses and (run is not None or not is_temporal):
        raise click.UsageError("Runs are chosen with --all --engine temporal.")
    if is_temporal:
        from tarl.interfaces.cli import temporal_replays as temporal

        if until is not None:
            raise click.UsageError("--until is not for histories of Temporal's.")
        temporal.require_temporal()
        if run is None:
            wanted = temporal.wanted(invocation, workflow, status, since_ms, limit)
            return temporal.replay_all(invocation, wanted, code, processes=processes, strict=strict)
        load_all(invocation, code)
        if is_file:
            return temporal.replay_file(invocation, Path(run), strict=strict)
        return temporal.replay_run(invocation, run, strict=strict)
    load_all(invocation, code)
    if run is None:
        return _replay_all(invocation, strict=strict)
    if is_file:
        with at_hand(run) as file:
            report = _replay_file(invocation, file, run, strict=strict, until=until)
    else:
        with invocation.open_store() as store:
            report = _replay_run(invocation, store, run, strict=strict, until=until)
    _show(invocation, report)
    return exits.OK


def _names_a_file(text: str) -> bool:
    return Path(text).is_file() or text.endswith(".evidence")


def _is_elsewhere(invocation: Invocation, text: str) -> bool:
    """Whether Temporal drives a run, as its first event says."""
    from tarl.interfaces.cli.run_refs import find_point
    from tarl.kernel.history import engine_of

    with invocation.open_store() as store:
        return engine_of(store, find_point(store, text).run) == TEMPORAL


def _replay_run(
    invocation: Invocation, store: Store, text: str, *, strict: bool, until: int | None
) -> ReplayReport:
    from tarl.interfaces.cli.code_loading import find_workflow
    from tarl.interfaces.cli.recorded import StoredValues
    from tarl.interfaces.cli.run_refs import find_point
    from tarl.kernel.history import started
    from tarl.kernel.rerun import rerun

    run_id, at = find_point(store, text)
    name = started(store, run_id).workflow
    return rerun(
        find_workflow(invocation, name, retry=["replay", run_id.ref]),
        store.read(run_id.stream),
        shelf=StoredValues(store, run_id),
        limits=invocation.limits,
        until=until or at,
        strict=strict,
    )


def _replay_file(
    invocation: Invocation, file: Path, word: str, *, strict: bool, until: int | None
) -> ReplayReport:
    from tarl.interfaces.cli.code_loading import find_workflow
    from tarl.kernel.history import read_started, verified
    from tarl.kernel.rerun import rerun
    from tarl.provenance.recording import Recording

    recording = Recording(file, name="standard input" if word == PIPE else None)
    first = next(verified(recording.stream, recording.events()), None)
    if first is None:
        raise Corrupt(
            f"{recording.name} holds no event",
            code="recording.malformed",
            path=recording.name,
        )
    return rerun(
        find_workflow(invocation, read_started(first).workflow, retry=["replay", word]),
        recording.events(),
        shelf=recording,
        limits=invocation.limits,
        until=until,
        strict=strict,
    )


def _replay_all(invocation: Invocation, *, strict: bool) -> int:
    """Every run, each with its own outcome; the exit code of the worst."""
    rows = []
    with invocation.open_store() as store:
        for ref in _refs(store):
            try:
                report = _replay_run(invocation, store, ref, strict=strict, until=None)
            except TarlError as error:
                rows.append({"run": ref, "replay": "failed", **exits.error_data(error)})
            else:
                rows.append({"run": ref, "replay": "ok", "events": report.events, "exit": 0})
            invocation.output.note(f"{ref}: {rows[-1]['replay']}")
    return tell_all(invocation, rows)


def tell_all(invocation: Invocation, rows: list[dict[str, Any]]) -> int:
    """Tell what became of each run; the exit code of the worst."""
    if invocation.output.as_json:
        invocation.output.document("replay", runs=rows)
    else:
        columns = ("run", "replay", "events", "code", "message")
        invocation.output.table(columns, [[row.get(c) for c in columns] for row in rows])
    codes = {int(str(row["exit"])) for row in rows}
    for worst in (exits.CORRUPT, exits.DIVERGED):
        if worst in codes:
            return worst
    return max(codes, default=exits.OK)


def _refs(store: Store) -> Iterator[str]:
    from tarl.values.ids import RunId

    for stream in list(store.streams("run/")):
        yield RunId.from_stream(stream).ref


def _show(invocation: Invocation, report: ReplayReport) -> None:
    import msgspec

    from tarl.interfaces.cli.commands.states import show_frames
    from tarl.interfaces.cli.output import json_text

    output = invocation.output
    data = msgspec.structs.asdict(report)
    data["run"] = report.run.ref
    data["ahead"] = [{"kind": a.kind, "body": json.loads(a.body)} for a in report.ahead]
    if output.as_json:
        output.document("replay", **data)
        return
    code = "the code that recorded it" if report.same_code else "other code than recorded it"
    output.data(
        f"replayed {report.run.ref}: {report.events} events, {report.steps} steps, no effect"
    )
    error = f"{report.error.type}: {report.error.message}" if report.error else None
    output.fields(
        [
            ("status", report.status),
            ("result", json_text(report.result) if report.status == "completed" else None),
            ("error", error),
            ("code", f"{code} ({report.code[:12]})"),
            ("last digest", report.digest),
        ]
    )
    if report.waits:
        show_frames(output, data["waits"], data["frames"])
    for command in data["ahead"]:
        output.data(f"next the code decides: {command['kind']} {json_text(command['body'])}")
