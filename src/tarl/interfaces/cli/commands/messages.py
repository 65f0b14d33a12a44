"""``tarl signal``, ``update``, ``query``, ``cancel`` and ``terminate``: talking to runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.engines import engine_options
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.kernel.engine import EnginePort
    from tarl.values.ids import RunId

payload_option = click.option(
    "--payload", "payload_text", metavar="JSON|@FILE|-", help="What to send; null when left out."
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")


@click.command(short_help="Send a signal to a run.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("name", metavar="NAME")
@payload_option
@engine_options
@common_options
@click.pass_obj
def signal(invocation: Invocation, run: str, name: str, payload_text: str | None) -> None:
    """Send a signal to a run.

    It is durable when this returns, and reaches the run once: now, or when it is resumed.
    """
    payload = _payload(payload_text)
    ref = _tell(invocation, run, lambda engine, id: engine.signal(id, name, payload))
    _said(invocation, "signal", ref, f"sent {name} to {ref}", name=name)


@click.command(short_help="Ask a run to stop; it may clean up.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@reason_option
@engine_options
@common_options
@click.pass_obj
def cancel(invocation: Invocation, run: str, reason: str) -> None:
    """Ask a run to stop.

    Its code is cancelled and may clean up, and what it did is compensated. A run that nobody runs
    receives it when it is resumed; `tarl terminate` ends it at once.
    """
    ref = _tell(invocation, run, lambda engine, id: engine.cancel(id, reason=reason))
    _said(invocation, "cancel", ref, f"asked {ref} to stop", reason=reason)


@click.command(short_help="End a run at once.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@reason_option
@engine_options
@common_options
@click.pass_obj
def terminate(invocation: Invocation, run: str, reason: str) -> None:
    """End a run at once: its code does not get to clean up, and nothing is compensated."""
    ref = _tell(invocation, run, lambda engine, id: engine.terminate(id, reason=reason))
    _said(invocation, "terminate", ref, f"{ref} is to end", reason=reason)


@click.command(short_help="Have a run change something.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("name", metavar="NAME")
@payload_option
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0.1, max=3600),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the answer.",
)
@engine_options
@common_options
@click.pass_obj
def update(
    invocation: Invocation, run: str, name: str, payload_text: str | None, timeout_s: float
) -> None:
    """Ask a run to change something, and print its answer.

    The workflow may refuse it, and nothing has happened then. Some process has to be running the
    run.
    """
    from tarl.interfaces.cli.engines import speaking_to

    payload = _payload(payload_text)

    async def work() -> tuple[str, Any]:
        async with speaking_to(invocation, run) as spoken:
            answer = await spoken.engine.update(spoken.run, name, payload, timeout_s=timeout_s)
            return spoken.run.ref, answer

    ref, answer = asyncio.run(work())
    _answered(invocation, "update", ref, name, answer)


@click.command(short_help="Ask a run what it sees.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("name", metavar="NAME")
@click.option("--args", "args_text", metavar="JSON", help="The arguments, a JSON list.")
@code_option
@engine_options
@common_options
@click.pass_obj
def query(
    invocation: Invocation, run: str, name: str, args_text: str | None, code: tuple[str, ...]
) -> None:
    """Ask a run, under way or ended, what it sees; answered by replaying its history, here or, of a
    run that Temporal drives, by one of its workers.
    """
    from tarl.interfaces.cli.code_loading import load_all, load_own
    from tarl.interfaces.cli.engines import TEMPORAL, speaking_to
    from tarl.interfaces.cli.input_text import read_json
    from tarl.kernel.history import started

    args = [] if args_text is None else read_json(args_text, option="--args")
    if not isinstance(args, list):
        raise click.UsageError("--args must be a JSON list.")
    load_all(invocation, code)

    async def work() -> tuple[str, Any]:
        async with speaking_to(invocation, run) as spoken:
            if spoken.engine.name != TEMPORAL:
                load_own(started(spoken.runtime.journal, spoken.run).workflow)
            return spoken.run.ref, await spoken.engine.query(spoken.run, name, *args)

    ref, answer = asyncio.run(work())
    _answered(invocation, "query", ref, name, answer)


def _payload(text: str | None) -> Any:
    from tarl.interfaces.cli.input_text import read_json

    return None if text is None else read_json(text, option="--payload")


def _tell(
    invocation: Invocation, text: str, tell: Callable[[EnginePort, RunId], Awaitable[None]]
) -> str:
    from tarl.interfaces.cli.engines import speaking_to

    async def work() -> str:
        async with speaking_to(invocation, text) as spoken:
            await tell(spoken.engine, spoken.run)
            return spoken.run.ref

    return asyncio.run(work())


def _said(invocation: Invocation, what: str, ref: str, text: str, **facts: Any) -> None:
    if invocation.output.as_json:
        invocation.output.document(what, run=ref, **facts)
    else:
        invocation.output.note(text)


def _answered(invocation: Invocation, what: str, ref: str, name: str, answer: Any) -> None:
    from tarl.interfaces.cli.output import json_text

    if invocation.output.as_json:
        invocation.output.document(what, run=ref, name=name, answer=answer)
    else:
        invocation.output.data(json_text(answer))
