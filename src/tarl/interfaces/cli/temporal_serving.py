"""``tarl worker --engine temporal``: a process that runs a Temporal task queue's workflows."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tarl.errors import Invalid

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation


class Place(Struct, frozen=True, kw_only=True):
    """Which server, and which of its task queues."""

    address: str
    namespace: str
    task_queue: str


async def serve(
    invocation: Invocation,
    definitions: list[Any],
    place: Place,
    *,
    concurrency: int,
    drain_s: float,
) -> None:
    """Be a worker until a signal says to end.

    Raises:
        Invalid: no workflow and no activity is loaded (``worker.no_code``).
        Unavailable: the server does not answer (``temporal.unavailable``), or the extra is not
            installed (``extra.missing``).
    """
    from tarl.interfaces.cli.duties import log_to_stderr
    from tarl.kernel.definition import Activity, Workflow
    from tarl.stack import connect_temporal

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
    async with invocation.open_runtime() as runtime:
        temporal = await connect_temporal(
            runtime, place.address, namespace=place.namespace, task_queue=place.task_queue
        )
        ended = _listening()
        async with temporal.working(
            workflows=workflows,
            activities=activities,
            activities_max=concurrency,
            drain_s=drain_s,
        ):
            names = ", ".join(sorted(each.name for each in workflows))
            where = f"{place.task_queue} of {place.namespace} at {place.address}"
            invocation.output.note(f"worker serves task queue {where}: {names}")
            await ended.wait()
            invocation.output.note("finishing what is under way")


def _listening() -> asyncio.Event:
    """Set once a signal says to end."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    return ended
