"""``tarl serve``: the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Unavailable
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import engine_options, is_on_temporal, open_engine
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.interfaces.cli.engines import Opened
    from tarl.interfaces.serve.app import Service
    from tarl.kernel.definition import Workflow


class Doors(NamedTuple):
    """Where the service listens, and to whom."""

    host: str
    port: int
    is_public: bool
    host_names: tuple[str, ...]
    origins: tuple[str, ...]
    token_file: str | None
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
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8087,
    show_default=True,
    help="0 takes one that is free.",
)
@click.option("--public", is_flag=True, help="Other machines may reach it.")
@click.option(
    "--host-name",
    "host_names",
    metavar="NAME",
    multiple=True,
    help="A further name by which it is reached (repeatable).",
)
@click.option(
    "--origin",
    "origins",
    metavar="URL",
    multiple=True,
    help="A browser's origin that may ask (repeatable).",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="Where the token is; made if there is none (default: serve.token in the home).",
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
    host: str,
    port: int,
    public: bool,
    host_names: tuple[str, ...],
    origins: tuple[str, ...],
    token_file: str | None,
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
    _require_library()
    doors = Doors(host, port, public, host_names, origins, token_file, concurrency)
    asyncio.run(_serve(invocation, code, doors, drain_s=drain_s if worker else None))


async def _serve(
    invocation: Invocation, code: tuple[str, ...], doors: Doors, *, drain_s: float | None
) -> None:
    from tarl.interfaces.cli.code_loading import load_all
    from tarl.interfaces.cli.duties import log_to_stderr
    from tarl.interfaces.serve.app import Service
    from tarl.interfaces.serve.readiness import Readiness
    from tarl.interfaces.serve.running import Running
    from tarl.kernel.definition import Workflow
    from tarl.work.workers.handlers import defined_in

    log_to_stderr(invocation)
    modules = load_all(invocation, code)
    definitions = defined_in(*modules)
    workflows = {each.name: each for each in definitions if isinstance(each, Workflow)}
    async with open_engine(invocation) as opened:
        running = Running(opened.runtime, opened.engine, opened.temporal, workflows)
        service = Service(
            running,
            Readiness(opened.runtime, opened.temporal),
            concurrency=doors.concurrency,
        )
        enough = _signalled()
        async with _driving(opened, modules, definitions, drain_s=drain_s, enough=enough):
            await _listen(invocation, service, doors, workflows, enough)


def _signalled() -> asyncio.Event:
    """Set once a signal says that it is enough."""
    import signal

    enough = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, enough.set)
    return enough


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
        from tarl.interfaces.cli.duties import duties, handlers_of

        opened.runtime.register(*workflows)
        tasks = [asyncio.create_task(duty) for duty in duties(opened.runtime, handlers_of(modules))]
        for task in tasks:
            task.add_done_callback(lambda _: enough.set())
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome
    elif drain_s is not None:
        activities = [each for each in definitions if isinstance(each, Activity)]
        async with opened.temporal.working(
            workflows=workflows, activities=activities, drain_s=drain_s
        ):
            yield
    else:
        yield


async def _listen(
    invocation: Invocation,
    service: Service,
    doors: Doors,
    workflows: dict[str, Workflow[..., Any]],
    enough: asyncio.Event,
) -> None:
    """Serve until it is enough."""
    from tarl.interfaces.http.guarding import LOOPBACK, Guarded, make_token
    from tarl.interfaces.http.serving import served
    from tarl.interfaces.serve.app import HEALTH, READY

    home = Path(invocation.settings["home"].value)
    token_file = Path(doors.token_file) if doors.token_file else home / "serve.token"
    guarded = Guarded(
        service,
        token=make_token(token_file),
        hosts=(*LOOPBACK, doors.host, *doors.host_names),
        origins=doors.origins,
        open_paths=(HEALTH, READY),
    )
    listening = served(
        guarded, host=doors.host, port=doors.port, is_public=doors.is_public, extra="serve"
    )
    async with listening as port:
        output, url = invocation.output, f"http://{doors.host}:{port}"
        if output.as_json:
            names = sorted(workflows)
            output.document("serve", url=url, token_file=str(token_file), workflows=names)
        else:
            output.data(url)
            output.note(f"workflows: {', '.join(sorted(workflows)) or 'none'}")
            output.note(f"the token is in {token_file}")
        output.stdout.flush()
        await enough.wait()


def _require_library() -> None:
    from importlib.util import find_spec

    if find_spec("uvicorn") is None:
        raise Unavailable(
            "uvicorn is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[serve]'",
        )
