"""``tarl replay --engine temporal``: histories fetched from Temporal, against the code."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from tarl.errors import Unavailable
from tarl.interfaces.cli import exits

if TYPE_CHECKING:
    from temporalio.client import Client

    from tarl.engines.temporal.replay_all import Outcome, Wanted
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.kernel.engine import Replayed

TELL_EVERY_S = 2.0
"""How often it is told on stderr how far a replay of many has come."""

RUNS_MAX = 10_000
"""How many runs are replayed where nobody says how many: as many as a list may have."""

_COMMAND = (sys.executable, "-P", "-m", "tarl.interfaces.cli.replay_process")


def require_temporal() -> None:
    """Refuse what needs Temporal's library where it is not installed.

    Raises:
        Unavailable: it is not (``extra.missing``).
    """
    try:
        import temporalio  # noqa: F401
    except ImportError as error:
        raise Unavailable(
            f"histories of Temporal's cannot be replayed: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[temporal]'",
        ) from error


def wanted(
    invocation: Invocation,
    workflow: str | None,
    status: str,
    since_ms: int | None,
    limit: int | None,
) -> Wanted:
    """Which runs the options ask for."""
    from tarl.engines.temporal.replay_all import Wanted

    return Wanted(
        workflow=workflow,
        status=status,
        since_ms=since_ms,
        tenant=invocation.tenant,
        limit=limit or RUNS_MAX,
    )


def replay_all(
    invocation: Invocation,
    wanted: Wanted,
    code: tuple[str, ...],
    *,
    processes: int | None,
    strict: bool,
) -> int:
    """Replay many runs, each with its own outcome; the exit code of the worst."""
    from tarl.engines.temporal.replay_all import PROCESSES_MAX, Replaying
    from tarl.interfaces.cli.commands.replay import tell_all
    from tarl.interfaces.cli.replay_process import Setup

    how = Replaying(
        command=_COMMAND,
        greeting=Setup(flags=invocation.flags, code=code),
        processes=processes or min(_cpus(), PROCESSES_MAX),
        strict=strict,
    )
    rows = asyncio.run(_replay_all(invocation, wanted, how))
    return tell_all(invocation, rows)


def _cpus() -> int:
    """How many there are for this process."""
    own = getattr(os, "sched_getaffinity", None)
    return len(own(0)) if own is not None else os.cpu_count() or 1


async def _replay_all(invocation: Invocation, wanted: Wanted, how: Any) -> list[dict[str, Any]]:
    from tarl.engines.temporal.replay_all import count, replay_all

    client = await _reached(invocation)
    found = await count(client, wanted)
    if found > wanted.limit:
        invocation.output.note(f"of {found} runs the newest {wanted.limit} are replayed: --limit")
    told = _Telling(invocation, min(found, wanted.limit))
    await replay_all(client, wanted, how, told.take)
    told.end()
    return sorted(told.rows, key=lambda row: str(row["run"]))


class _Telling:
    """Collects outcomes, and tells a person how far it is."""

    def __init__(self, invocation: Invocation, runs: int) -> None:
        self.rows: list[dict[str, Any]] = []
        self._output = invocation.output
        self._runs = runs
        self._failed = 0
        self._told_s = monotonic()

    def take(self, outcome: Outcome) -> None:
        """One more run."""
        found, replayed = outcome.found, outcome.replayed
        row: dict[str, Any] = {"run": found.workflow_id, "workflow": found.workflow}
        if replayed is not None:
            row |= {"run": replayed.run.ref, "replay": "ok", **_data(replayed), "exit": exits.OK}
        else:
            assert outcome.error is not None
            self._failed += 1
            row |= {"replay": "failed", **exits.error_data(outcome.error)}
            row["run"] = outcome.error.facts.get("run", found.workflow_id)
            self._output.note(exits.error_text(outcome.error))
        self.rows.append(row)
        if monotonic() - self._told_s >= TELL_EVERY_S:
            self._tell()

    def end(self) -> None:
        """That was all."""
        self._tell()

    def _tell(self) -> None:
        self._told_s = monotonic()
        failed = f", {self._failed} failed" if self._failed else ""
        self._output.note(f"replayed {len(self.rows)} of {self._runs}{failed}")


def replay_file(invocation: Invocation, file: Path, *, strict: bool) -> int:
    """Replay a history that Temporal's own tools have saved."""
    return _show(invocation, asyncio.run(_replay_file(invocation, file, strict=strict)))


def replay_run(invocation: Invocation, text: str, *, strict: bool) -> int:
    """Replay the history that Temporal has of a run."""
    return _show(invocation, asyncio.run(_replay_run(invocation, text, strict=strict)))


async def _replay_run(invocation: Invocation, text: str, *, strict: bool) -> Replayed:
    from tarl.engines.temporal.replaying import replay
    from tarl.interfaces.cli.engines import connect
    from tarl.interfaces.cli.replay_process import finding, keep_quiet
    from tarl.interfaces.cli.run_refs import find_run

    keep_quiet()
    async with invocation.open_runtime(must_exist=True) as runtime:
        run = find_run(runtime.journal, text)
        engine = await connect(invocation, runtime)
        return await replay(
            await engine.histories.raw(engine.reach.asked(run)),
            find=finding(invocation, "replay", run.ref, "--engine", "temporal"),
            store=runtime.journal,
            limits=invocation.limits,
            strict=strict,
        )


async def _replay_file(invocation: Invocation, file: Path, *, strict: bool) -> Replayed:
    from tarl.engines.temporal.recorded import from_json
    from tarl.engines.temporal.replaying import replay
    from tarl.interfaces.cli.replay_process import finding, keep_quiet, open_journal

    keep_quiet()
    with open_journal(invocation) as store:
        return await replay(
            from_json(file.read_bytes(), name=str(file)),
            find=finding(invocation, "replay", str(file)),
            store=store,
            limits=invocation.limits,
            strict=strict,
        )


async def _reached(invocation: Invocation) -> Client:
    """The server that the settings name; payloads stay as they are."""
    from tarl.engines.temporal.connecting import reached
    from tarl.engines.temporal.credentials import Credentials

    settings = invocation.settings
    credentials = Credentials(
        tls=settings["temporal_tls"].value,
        ca_file=settings["temporal_ca_file"].value or None,
        cert_file=settings["temporal_cert_file"].value or None,
        key_file=settings["temporal_key_file"].value or None,
        api_key_file=settings["temporal_api_key_file"].value or None,
    )
    namespace = settings["temporal_namespace"].value
    return await reached(settings["temporal"].value, namespace=namespace, credentials=credentials)


def _show(invocation: Invocation, replayed: Replayed) -> int:
    output, data = invocation.output, _data(replayed)
    if output.as_json:
        output.document("replay", run=replayed.run.ref, **data)
        return exits.OK
    output.data(
        f"replayed {replayed.run.ref}: {replayed.events} events of Temporal's, {replayed.steps}"
        " steps, no effect"
    )
    output.fields([("workflow", replayed.workflow), ("status", replayed.status)])
    return exits.OK


def _data(replayed: Replayed) -> dict[str, Any]:
    return {
        "workflow": replayed.workflow,
        "events": replayed.events,
        "steps": replayed.steps,
        "status": replayed.status,
    }
