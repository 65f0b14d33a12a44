"""``tarl serve``: the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import engine_options, is_on_temporal, open_engine
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.listening import Listening, listening_options, require_extra
from tarl.interfaces.cli.starting import wait_option

if TYPE_CHECKING:
    from tarl.interfaces.cli.engines import Opened
    from tarl.interfaces.serve.app import Service
    from tarl.kernel.definition import Workflow


class Bounds(NamedTuple):
    """Which pages may ask, and how much at once."""

    origins: tuple[str, ...]
    concurrency: int


@click.command(short_help="Serve runs over HTTP.")
@code_option
@engine_options
@click.option("--worker", is_flag=True, help="On Temporal: be a worker of the task queue as well.")
@click.option(
    "--drain",
    "drain_s",
    type=click.FloatRange(min=0, max=86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a --worker finishes what it has when it is told to end.",
)
@wait_option
@listening_options(port=8087, name="serve")
@click.option(
    "--origin",
    "origins",
    metavar="URL",
    multiple=True,
    help="A browser's origin that may ask (repeatable).",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=128,
    show_default=True,
    help="Waits, and as many other requests, at once.",
)
@common_options
@click.pass_obj
def serve(
    invocation: Invocation,
    code: tuple[str, ...],
    worker: bool,
    drain_s: float,
    wait_s: float,
    listening: Listening,
    origins: tuple[str, ...],
    concurrency: int,
) -> None:
    """Serve runs over HTTP: start, wait for, tell, ask, stop, list and look at them, as JSON.

    The workflows of --code can be started. With tarl's own engine this process drives the runs,
    takes up interrupted ones, and starts what schedules are due; with --engine temporal it talks to
    the server, and runs them too with --worker.

    Requests bear the token; GET /healthz and /readyz need none. Only this machine may ask unless
    --public is said.
    """
    if worker and not is_on_temporal(invocation):
        raise click.UsageError("--worker goes with --engine temporal: else this process runs all.")
    require_extra("serve", "uvicorn")
    bounds = Bounds(origins, concurrency)
    drain = drain_s if worker else None
    asyncio.run(_serve(invocation, code, listening, bounds, drain_s=drain, wait_s=wait_s))


async def _serve(
    invocation: Invocation,
    code: tuple[str, ...],
    listening: Listening,
    bounds: Bounds,
    *,
    drain_s: float | None,
    wait_s: float,
) -> None:
    from tarl.interfaces.cli.code_loading import load_all
    from tarl.interfaces.cli.duties import log_to_stderr, told_to_end
    from tarl.interfaces.serve.app import Service
    from tarl.interfaces.serve.readiness import Readiness
    from tarl.interfaces.serve.running import Running
    from tarl.kernel.definition import Workflow
    from tarl.work.workers.handlers import defined_in

    log_to_stderr(invocation)
    modules = load_all(invocation, code)
    definitions = defined_in(*modules)
    workflows = {each.name: each for each in definitions if isinstance(each, Workflow)}
    async with open_engine(invocation, wait_s=wait_s) as opened:
        running = Running(opened.runtime, opened.engine, opened.temporal, workflows)
        service = Service(
            running,
            Readiness(opened.runtime, opened.temporal),
            concurrency=bounds.concurrency,
        )
        with told_to_end(invocation) as enough:
            async with _driving(opened, modules, definitions, drain_s=drain_s, enough=enough):
                await _listen(invocation, service, listening, bounds.origins, workflows, enough)


@asynccontextmanager
async def _driving(
    opened: Opened,
    modules: list[ModuleType],
    definitions: list[Any],
    *,
    drain_s: float | None,
    enough: asyncio.Event,
) -> AsyncIterator[None]:
    """Drive runs meanwhile, as far as this process does; where that fails it is enough, and the
    service ends with the error.
    """
    from tarl.kernel.definition import Activity, Workflow

    workflows = [each for each in definitions if isinstance(each, Workflow)]
    if opened.temporal is None:
        from tarl.interfaces.cli.duties import beside, duties, handlers_of

        opened.runtime.register(*workflows)
        meanwhile = duties(opened.runtime, handlers_of(modules))
        async with beside(meanwhile, over=enough.set):
            yield
    elif drain_s is not None:
        activities = [each for each in definitions if isinstance(each, Activity)]
        async with opened.temporal.working(
            workflows=workflows, activities=activities, drain_s=drain_s
        ):
            yield
    else:
        from tarl.journal.patience import unwaiting

        with unwaiting(opened.runtime.journal):
            yield


async def _listen(
    invocation: Invocation,
    service: Service,
    listening: Listening,
    origins: tuple[str, ...],
    workflows: dict[str, Workflow[..., Any]],
    enough: asyncio.Event,
) -> None:
    """Serve until it is enough."""
    from tarl.interfaces.http.guarding import Guarded
    from tarl.interfaces.serve.app import HEALTH, READY

    guarded = Guarded(
        service,
        token=listening.token(),
        hosts=listening.hosts,
        origins=origins,
        open_paths=(HEALTH, READY),
    )
    async with listening.served(guarded, extra="serve") as port:
        output, url = invocation.output, f"http://{listening.host}:{port}"
        token_file = listening.token_file
        if output.as_json:
            names = sorted(workflows)
            output.document("serve", url=url, token_file=str(token_file), workflows=names)
        else:
            output.data(url)
            output.note(f"workflows: {', '.join(sorted(workflows)) or 'none'}")
            output.note(f"the token is in {token_file}")
        output.stdout.flush()
        await enough.wait()
