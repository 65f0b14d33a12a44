"""Which engine drives runs, as a command line or the settings say; how it is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from tarl.errors import Missing
from tarl.interfaces.cli.invocation import note_option
from tarl.interfaces.cli.settings import ENGINES

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.engines.temporal.credentials import Credentials
    from tarl.engines.temporal.runtime import TemporalRuntime
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.kernel.engine import EnginePort
    from tarl.values.ids import RunId

F = TypeVar("F", bound=Callable[..., Any])

TEMPORAL = "temporal"
"""The engine's name, as the setting has it and as a run's first event does."""

_FILES = ("ca_file", "cert_file", "key_file", "api_key_file")

_SERVER = (
    click.option(
        "--temporal",
        metavar="HOST:PORT",
        expose_value=False,
        callback=note_option,
        help="The Temporal server (default: the setting temporal, else localhost:7233).",
    ),
    click.option(
        "--namespace",
        "temporal_namespace",
        metavar="NAME",
        expose_value=False,
        callback=note_option,
        help="Its namespace (default: the setting temporal_namespace, else default).",
    ),
    click.option(
        "--task-queue",
        metavar="NAME",
        expose_value=False,
        callback=note_option,
        help="Its task queue (default: the setting task_queue, else tarl).",
    ),
)
_ENGINE = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    expose_value=False,
    callback=note_option,
    help="Who drives runs: tarl itself, or a Temporal server (default: the setting engine, else"
    " tarl).",
)


def engine_options(command: F) -> F:
    """``--engine``, ``--temporal``, ``--namespace`` and ``--task-queue``: each overrules its
    setting, and the command reads the settings.
    """
    return _ENGINE(server_options(command))


def server_options(command: F) -> F:
    """The same without ``--engine``, for what knows from a run who drives it."""
    for option in reversed(_SERVER):
        command = option(command)
    return command


def is_on_temporal(invocation: Invocation) -> bool:
    """Whether Temporal is to drive runs."""
    return bool(invocation.settings["engine"].value == TEMPORAL)


def credentials_of(invocation: Invocation) -> Credentials:
    """How the server is spoken to, as the settings say."""
    from tarl.engines.temporal.credentials import Credentials

    return Credentials(**_credentials(invocation))


def _credentials(invocation: Invocation) -> dict[str, Any]:
    settings = invocation.settings
    files = {name: settings[f"temporal_{name}"].value or None for name in _FILES}
    return {"tls": settings["temporal_tls"].value, **files}


async def connect(
    invocation: Invocation, runtime: Runtime, *, wait_s: float = 0
) -> TemporalRuntime:
    """The Temporal server that the settings name, over the journal of a runtime; it is waited for.

    Raises:
        Unavailable: it does not answer (``temporal.unavailable``), or the extra is not installed
            (``extra.missing``).
        Refused: a file of the credentials cannot be used (``temporal.credentials``), or spans are
            wanted and the process has no provider (``tracing.no_provider``).
    """
    from tarl.interfaces.cli.starting import awaited
    from tarl.stack import connect_temporal

    settings, credentials = invocation.settings, _credentials(invocation)
    return await awaited(
        lambda: connect_temporal(
            runtime,
            settings["temporal"].value,
            namespace=settings["temporal_namespace"].value,
            task_queue=settings["task_queue"].value,
            tracing=settings["temporal_tracing"].value,
            **credentials,
        ),
        lambda error: bool(error.facts.get("is_away")),
        name="Temporal",
        wait_s=wait_s,
        output=invocation.output,
    )


class Opened(NamedTuple):
    """An engine, over the journal of a runtime; ``temporal`` is the same where it is Temporal's."""

    runtime: Runtime
    engine: EnginePort
    temporal: TemporalRuntime | None = None


@asynccontextmanager
async def open_engine(
    invocation: Invocation, *, must_exist: bool = False, wait_s: float = 0
) -> AsyncIterator[Opened]:
    """The engine that the settings name; the journal's database is waited for, and then Temporal.

    Raises:
        TarlError: as ``Invocation.open_runtime`` and ``connect``.
    """
    from tarl.engines.embedded.port import EmbeddedEngine

    async with invocation.open_runtime(must_exist=must_exist, wait_s=wait_s) as runtime:
        if is_on_temporal(invocation):
            temporal = await connect(invocation, runtime, wait_s=wait_s)
            yield Opened(runtime, temporal, temporal)
        else:
            yield Opened(runtime, EmbeddedEngine(runtime))


@asynccontextmanager
async def open_temporal(
    invocation: Invocation, *, must_exist: bool = False
) -> AsyncIterator[TemporalRuntime]:
    """Runs on the Temporal server that the settings name, over the journal; see ``connect``."""
    async with invocation.open_runtime(must_exist=must_exist) as runtime:
        yield await connect(invocation, runtime)


class Spoken(NamedTuple):
    """A run, and the engine that drives it."""

    engine: EnginePort
    run: RunId
    runtime: Runtime


@asynccontextmanager
async def speaking_to(invocation: Invocation, text: str) -> AsyncIterator[Spoken]:
    """The run that a text names, and who drives it: as its first event says; where no worker has
    begun it yet, the engine that the settings name.

    Raises:
        Missing: there is no such run (``run.missing``), nor a journal (``journal.missing``).
        TarlError: as ``find_run`` and ``connect``.
    """
    from tarl.engines.embedded.port import EmbeddedEngine
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.kernel.history import engine_of
    from tarl.values.ids import parse_ref

    may_begin = is_on_temporal(invocation)
    async with invocation.open_runtime(must_exist=not may_begin) as runtime:
        try:
            run = find_run(runtime.journal, text)
        except Missing as error:
            if error.code != "run.missing" or not may_begin:
                raise
            yield Spoken(
                await connect(invocation, runtime), _unbegun(text, error, runtime), runtime
            )
            return
        if engine_of(runtime.journal, run) != TEMPORAL:
            yield Spoken(EmbeddedEngine(runtime), run, runtime)
            return
        temporal = await connect(invocation, runtime)
        if parse_ref(text).n is None:
            run = await newest(temporal, run)
        yield Spoken(temporal, run, runtime)


async def newest(temporal: TemporalRuntime, run: RunId) -> RunId:
    """The newest run of a run's id that Temporal knows, which no worker may have begun; the run
    itself where Temporal does not keep any.
    """
    from tarl.values.ids import RunId

    try:
        began = await temporal.histories.began(run)
    except Missing:
        return run
    return run if began is None else RunId.from_stream(began.start.run)


def _unbegun(text: str, error: Missing, runtime: Runtime) -> RunId:
    """What a text names where the journal has no such run."""
    from tarl.tenancy.scoped import home_of
    from tarl.values.ids import LAST, RunId, parse_ref

    ref = parse_ref(text)
    if ref.workflow_id == LAST or ref.at is not None:
        raise error
    return RunId(ref.tenant or home_of(runtime.journal), ref.workflow_id, ref.n or 1)


def place(invocation: Invocation) -> str:
    """Which server and task queue, for a person."""
    settings = invocation.settings
    queue, namespace = settings["task_queue"].value, settings["temporal_namespace"].value
    return f"{queue} of {namespace} at {settings['temporal'].value}"
