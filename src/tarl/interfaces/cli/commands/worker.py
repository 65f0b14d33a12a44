"""``tarl worker``: a process that carries out a queue's tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import engine_options, is_on_temporal
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.starting import wait_option

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.work.workers.worker import Worker, WorkerOptions


@click.command(short_help="Carry out a queue's tasks.")
@code_option
@click.option("--queue", default="main", show_default=True, help="Which queue.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1, max=10_000),
    default=10,
    show_default=True,
    help="Tasks at once.",
)
@click.option("--capability", multiple=True, metavar="NAME", help="What this worker has.")
@click.option("--version", "version", default="", metavar="V", help="What this worker is.")
@click.option("--name", metavar="NAME", help="What it is called (default: host and process).")
@click.option(
    "--lease",
    "lease_s",
    type=click.FloatRange(min=0.1, max=86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it may be silent before its tasks are given to others.",
)
@click.option(
    "--drain",
    "drain_s",
    type=click.FloatRange(min=0, max=86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it finishes what it has when it is told to end.",
)
@wait_option
@click.option("--until-empty", is_flag=True, help="End when nothing is left to do.")
@click.option(
    "--only-tasks",
    is_flag=True,
    help="Leave schedules, timers, interrupted runs and nodes to other workers.",
)
@engine_options
@common_options
@click.pass_obj
def worker(
    invocation: Invocation,
    code: tuple[str, ...],
    queue: str,
    concurrency: int,
    capability: tuple[str, ...],
    version: str,
    name: str | None,
    lease_s: float,
    drain_s: float,
    wait_s: float,
    until_empty: bool,
    only_tasks: bool,
) -> None:
    """Carry out the tasks of a queue with the activities and workflows of --code.

    It also starts what schedules are due, fires timers whose handlers --code registers, tells of
    violations by its @escalation_handler functions, takes up runs of these workflows whose process
    died, and gives what dead nodes have to others.

    SIGTERM and SIGINT let it finish what it has; a second one, or the end of --drain, gives what it
    has back to the queue. SIGINT also interrupts a workflow that computes without yielding. Tasks
    of a worker that is killed go to others once their lease is over; workflows go on where they
    were.

    With --engine temporal it runs the workflows and carries out the steps of a Temporal task queue
    instead: of the options above, --code, --concurrency, --drain and --wait count.
    """
    from tarl.interfaces.cli.code_loading import load_all
    from tarl.interfaces.cli.duties import duties, handlers_of
    from tarl.work.workers.handlers import defined_in
    from tarl.work.workers.worker import WorkerOptions

    modules = load_all(invocation, code)
    definitions, handlers = defined_in(*modules), handlers_of(modules)
    if is_on_temporal(invocation):
        from tarl.interfaces.cli.temporal_serving import serve

        bounds = {"drain_s": drain_s, "wait_s": wait_s}
        asyncio.run(serve(invocation, definitions, concurrency=concurrency, **bounds))
        return
    if not definitions and handlers.is_empty:
        raise Invalid(
            "nothing is loaded that could carry out a task, fire a timer or tell of a violation",
            code="worker.no_code",
            next_step="name the file of the activities or workflows: tarl worker --code FILE",
        )
    options = WorkerOptions(
        name=name or _own_name(),
        concurrency=concurrency,
        capabilities=frozenset(capability),
        version=version,
        lease_ttl_ms=round(lease_s * 1_000),
        drain_ms=round(drain_s * 1_000),
    )

    def meanwhile(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
        return [] if only_tasks else duties(runtime, handlers)

    work = _work(invocation, definitions, queue, options, until_empty, meanwhile, wait_s=wait_s)
    done = asyncio.run(work)
    if invocation.output.as_json:
        invocation.output.document("worker", worker=options.name, queue=queue, completed=done)
    else:
        invocation.output.note(f"worker {options.name} completed {done}")


def _own_name() -> str:
    import os
    import socket
    import uuid

    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"


async def _work(
    invocation: Invocation,
    definitions: list[Any],
    queue: str,
    options: WorkerOptions,
    until_empty: bool,
    meanwhile: Callable[[Runtime], list[Coroutine[Any, Any, None]]],
    *,
    wait_s: float,
) -> int:
    from tarl.interfaces.cli.duties import beside, log_to_stderr
    from tarl.interfaces.cli.insisting import ending
    from tarl.work.workers.worker import Worker

    invocation.require_operator()
    log_to_stderr(invocation)
    async with invocation.open_runtime(wait_s=wait_s) as runtime:
        source, handlers = _joined(runtime, definitions, queue)
        one = Worker(source, handlers, options, until_empty=until_empty)
        with ending(_ending(invocation, one), invocation.give_up):
            names = ", ".join(sorted(handlers.names))
            invocation.output.note(f"worker {options.name} serves queue {queue}: {names}")
            async with beside(meanwhile(runtime), over=one.drain):
                await one.run()
        return one.done


def _joined(runtime: Runtime, definitions: list[Any], queue: str) -> tuple[Any, Any]:
    """The queue and the handlers on the runtime's journal."""
    from tarl.kernel.definition import Workflow
    from tarl.stack import queue_on
    from tarl.work.workers.handlers import Handlers
    from tarl.work.workers.runs import RuntimeRuns

    runtime.register(*(each for each in definitions if isinstance(each, Workflow)))
    handlers = Handlers(definitions, runs=RuntimeRuns(runtime), gateway=runtime.engine.gateway)
    return queue_on(runtime.journal, queue), handlers


def _ending(invocation: Invocation, worker: Worker) -> Callable[[], None]:
    """What a signal does: the first drains, the second stops."""
    heard = 0

    def on_signal() -> None:
        nonlocal heard
        heard += 1
        if heard == 1:
            invocation.output.note(f"finishing {worker.held} tasks; again to give them back")
            worker.drain()
        else:
            worker.stop()

    return on_signal
