"""``tarl signal``, ``update``, ``query``, ``cancel`` and ``terminate``: talking to runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.values.ids import RunId

payload_option = click.option(
    "--payload", "payload_text", metavar="JSON|@FILE|-", help="What to send; null when left out."
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")


@click.command(short_help="Send a signal to a run.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("name", metavar="NAME")
@payload_option
@common_options
@click.pass_obj
def signal(invocation: Invocation, run: str, name: str, payload_text: str | None) -> None:
    """Send a signal to a run.

    It is in the journal when this returns, and reaches the run once: now, or when it is resumed.
    """
    payload = _payload(payload_text)
    ref = _tell(invocation, run, lambda runtime, id: runtime.signal(id, name, payload))
    _said(invocation, "signal", ref, f"sent {name} to {ref}", name=name)


@click.command(short_help="Ask a run to stop; it may clean up.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@reason_option
@common_options
@click.pass_obj
def cancel(invocation: Invocation, run: str, reason: str) -> None:
    """Ask a run to stop.

    Its code is cancelled and may clean up, and what it did is compensated. A run that nobody runs
    receives it when it is resumed; `tarl terminate` ends it at once.
    """
    ref = _tell(invocation, run, lambda runtime, id: runtime.cancel(id, reason=reason))
    _said(invocation, "cancel", ref, f"asked {ref} to stop", reason=reason)


@click.command(short_help="End a run at once.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@reason_option
@common_options
@click.pass_obj
def terminate(invocation: Invocation, run: str, reason: str) -> None:
    """End a run at once: its code does not get to clean up, and nothing is compensated."""
    ref = _tell(invocation, run, lambda runtime, id: runtime.terminate(id, reason=reason))
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
@common_options
@click.pass_obj
def update(
    invocation: Invocation, run: str, name: str, payload_text: str | None, timeout_s: float
) -> None:
    """Ask a run to change something, and print its answer.

    The workflow may refuse it, and nothing has happened then. Some process has to be running the
    run.
    """
    from tarl.interfaces.cli.run_refs import find_run

    payload = _payload(payload_text)
    invocation.require_journal()

    async def work() -> tuple[str, Any]:
        async with invocation.open_runtime(must_exist=True) as runtime:
            run_id = find_run(runtime.journal, run)
            return run_id.ref, await runtime.update(run_id, name, payload, timeout_s=timeout_s)

    ref, answer = asyncio.run(work())
    _answered(invocation, "update", ref, name, answer)


@click.command(short_help="Ask a run what it sees.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("name", metavar="NAME")
@click.option("--args", "args_text", metavar="JSON", help="The arguments, a JSON list.")
@code_option
@common_options
@click.pass_obj
def query(
    invocation: Invocation, run: str, name: str, args_text: str | None, code: tuple[str, ...]
) -> None:
    """Ask a run, under way or ended, what it sees; answered by replaying its history."""
    from tarl.interfaces.cli.code_loading import load_all, load_own
    from tarl.interfaces.cli.input_text import read_json
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.kernel.history import started

    args = [] if args_text is None else read_json(args_text, option="--args")
    if not isinstance(args, list):
        raise click.UsageError("--args must be a JSON list.")
    invocation.require_journal()
    load_all(invocation, code)

    async def work() -> tuple[str, Any]:
        async with invocation.open_runtime(must_exist=True) as runtime:
            run_id = find_run(runtime.journal, run)
            load_own(started(runtime.journal, run_id).workflow)
            return run_id.ref, runtime.query(run_id, name, *args)

    ref, answer = asyncio.run(work())
    _answered(invocation, "query", ref, name, answer)


def _payload(text: str | None) -> Any:
    from tarl.interfaces.cli.input_text import read_json

    return None if text is None else read_json(text, option="--payload")


def _tell(invocation: Invocation, text: str, tell: Callable[[Runtime, RunId], None]) -> str:
    from tarl.interfaces.cli.run_refs import find_run

    invocation.require_journal()

    async def work() -> str:
        async with invocation.open_runtime(must_exist=True) as runtime:
            run_id = find_run(runtime.journal, text)
            tell(runtime, run_id)
            return run_id.ref

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
