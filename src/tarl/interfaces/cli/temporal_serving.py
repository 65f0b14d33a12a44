"""``tarl worker --engine temporal``: a process that runs a Temporal task queue's workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation


async def serve(
    invocation: Invocation,
    definitions: list[Any],
    *,
    concurrency: int,
    drain_s: float,
    wait_s: float,
) -> None:
    """Be a worker until a signal says to end; the journal's database and the server are waited for
    at the start.

    Raises:
        Invalid: no workflow and no activity is loaded (``worker.no_code``).
        TarlError: as ``engines.connect``.
    """
    from tarl.interfaces.cli.duties import log_to_stderr, told_to_end
    from tarl.interfaces.cli.engines import connect, place
    from tarl.kernel.definition import Activity, Workflow

    invocation.require_operator()
    log_to_stderr(invocation)
    workflows = [each for each in definitions if isinstance(each, Workflow)]
    activities = [each for each in definitions if isinstance(each, Activity)]
    if not definitions:
        raise Invalid(
            "nothing is loaded that could be run",
            code="worker.no_code",
            next_step="name the file of the workflows: tarl worker --engine temporal --code FILE",
        )
    async with invocation.open_runtime(wait_s=wait_s) as runtime:
        temporal = await connect(invocation, runtime, wait_s=wait_s)
        working = temporal.working(
            workflows=workflows,
            activities=activities,
            activities_max=concurrency,
            drain_s=drain_s,
        )
        with told_to_end(invocation) as ended:
            async with working:
                names = ", ".join(sorted(each.name for each in workflows))
                invocation.output.note(f"worker serves task queue {place(invocation)}: {names}")
                await ended.wait()
                invocation.output.note("finishing what is under way")
