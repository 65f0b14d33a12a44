"""Which engine drives runs, as a command line or the settings say; how it is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tarl.interfaces.cli.invocation import note_option
from tarl.interfaces.cli.settings import ENGINES

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.engines.temporal.runtime import TemporalRuntime
    from tarl.interfaces.cli.invocation import Invocation

F = TypeVar("F", bound=Callable[..., Any])

TEMPORAL = "temporal"
"""The engine's name, as the setting has it and as a run's first event does."""

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


async def connect(invocation: Invocation, runtime: Runtime) -> TemporalRuntime:
    """The Temporal server that the settings name, over the journal of a runtime.

    Raises:
        Unavailable: it does not answer (``temporal.unavailable``), or the extra is not installed
            (``extra.missing``).
        Refused: a file of the credentials cannot be used (``temporal.credentials``).
    """
    from tarl.stack import connect_temporal

    settings = invocation.settings
    return await connect_temporal(
        runtime,
        settings["temporal"].value,
        namespace=settings["temporal_namespace"].value,
        task_queue=settings["task_queue"].value,
        tls=settings["temporal_tls"].value,
        ca_file=settings["temporal_ca_file"].value or None,
        cert_file=settings["temporal_cert_file"].value or None,
        key_file=settings["temporal_key_file"].value or None,
        api_key_file=settings["temporal_api_key_file"].value or None,
    )


@asynccontextmanager
async def open_temporal(
    invocation: Invocation, *, must_exist: bool = False
) -> AsyncIterator[TemporalRuntime]:
    """Runs on the Temporal server that the settings name, and the journal; see ``connect``."""
    async with invocation.open_runtime(must_exist=must_exist) as runtime:
        yield await connect(invocation, runtime)


def place(invocation: Invocation) -> str:
    """Which server and task queue, for a person."""
    settings = invocation.settings
    queue, namespace = settings["task_queue"].value, settings["temporal_namespace"].value
    return f"{queue} of {namespace} at {settings['temporal'].value}"
