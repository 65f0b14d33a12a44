"""``tarl resume`` and ``tarl resolve``: runs that were interrupted, and steps that were cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Conflict, Missing, TarlError
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.homes import household_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.reaching import Ways, ways_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.engines.embedded.handle import Handle
    from tarl.journal.store import Store
    from tarl.values.ids import RunId

PLAN_WORKFLOW = "plan"
"""It needs its home, and is taken up by its name."""


@click.command(short_help="Take up an interrupted run.")
@click.argument("run", metavar="[RUN]", type=RUN_REF, required=False)
@click.option("--all", "every", is_flag=True, help="Take up every interrupted run.")
@code_option
@ways_options("Of a plan: where devices are reached")
@household_option
@common_options
@click.pass_obj
def resume(
    invocation: Invocation,
    run: str | None,
    every: bool,
    code: tuple[str, ...],
    broker: str | None,
    home_assistant: str | None,
) -> int | None:
    """Take up an interrupted run where its history ends, and print its result.

    Recorded results are replayed, nothing acknowledged is done again. With --all, every interrupted
    run whose code is loaded and that no other process is running; the exit code is then that of the
    first run that did not complete. A plan is taken up by its name: it needs its home. Runs that
    Temporal drives are taken up by its workers.
    """
    from tarl.interfaces.cli.carrying_out import carry_out, plan_of_run
    from tarl.interfaces.cli.code_loading import load_all

    if every == (run is not None):
        raise click.UsageError("Name one RUN, or say --all.")
    invocation.require_journal()
    load_all(invocation, code)
    if run is None:
        return asyncio.run(_resume_all(invocation))
    plan = plan_of_run(invocation, run)
    if plan is not None:
        carry_out(invocation, plan, yes=False, by=None, ways=Ways(broker, home_assistant))
        return None
    asyncio.run(_resume(invocation, run, code))
    return None


async def _resume(invocation: Invocation, text: str, code: tuple[str, ...]) -> None:
    from tarl.interfaces.cli.code_loading import with_code_hint
    from tarl.interfaces.cli.commands.run import wait_for
    from tarl.interfaces.cli.run_refs import find_run

    async with invocation.open_runtime(must_exist=True) as runtime:
        run_id = find_run(runtime.journal, text)
        _refuse_elsewhere(invocation, runtime.journal, run_id)
        try:
            handle = await runtime.take_up(run_id)
        except Missing as error:
            raise with_code_hint(invocation, error, retry=["resume", run_id.ref]) from None
        await wait_for(
            invocation, runtime, handle, code=code[0] if code else None, command="resume"
        )


def _refuse_elsewhere(invocation: Invocation, store: Store, run: RunId) -> None:
    """Say whose it is to take up a run that another engine drives.

    Raises:
        Conflict: a worker of that engine's (``run.elsewhere``).
    """
    from tarl.engines.embedded.recorded import closing_event
    from tarl.kernel.history import engine_of

    engine = engine_of(store, run)
    if engine is not None and closing_event(store, run) is None:
        start = invocation.command("worker", "--engine", engine)
        raise Conflict(
            f"{run.ref} is driven by {engine}, whose workers take it up by themselves",
            code="run.elsewhere",
            next_step=f"see that one runs: {start} --code FILE",
            run=run.ref,
            engine=engine,
        )


async def _resume_all(invocation: Invocation) -> int:
    async with invocation.open_runtime(must_exist=True) as runtime:
        invocation.resume_hint = invocation.command("resume", "--all")
        handles = await runtime.resume_all()
        rows = await asyncio.gather(*(_outcome(invocation, handle) for handle in handles))
    if invocation.output.as_json:
        invocation.output.document("resume", runs=rows)
    elif rows:
        columns = ("run", "status", "code", "message")
        invocation.output.table(columns, [[row.get(c) for c in columns] for row in rows])
    else:
        invocation.output.note("no run is interrupted")
    return next((row["exit"] for row in rows if row["exit"]), exits.OK)


async def _outcome(invocation: Invocation, handle: Handle) -> dict[str, Any]:
    try:
        result = await handle.result()
    except TarlError as error:
        if error.code == "workflow.unknown" and error.facts.get("name") == PLAN_WORKFLOW:
            error.next_step = invocation.command("resume", handle.run_id.ref)
        status = "failed" if exits.exit_code(error) == exits.RUN_FAILED else "running"
        invocation.output.note(f"{handle.run_id.ref}: {error.message}")
        data = exits.error_data(error)
        return {"run": handle.run_id.ref, "status": status, **data}
    invocation.output.note(f"{handle.run_id.ref}: completed")
    return {"run": handle.run_id.ref, "status": "completed", "result": result, "exit": exits.OK}


@click.command(short_help="Decide about a step that was cut off.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.argument("step", metavar="STEP", type=click.IntRange(min=1))
@click.option(
    "--result", "result_text", metavar="JSON|@FILE|-", help="It took effect, with this result."
)
@click.option("--failed", metavar="TEXT", help="It counts as failed, for this reason.")
@click.option("--retry", is_flag=True, help="It took no effect: let it be tried again.")
@common_options
@click.pass_obj
def resolve(
    invocation: Invocation,
    run: str,
    step: int,
    result_text: str | None,
    failed: str | None,
    retry: bool,
) -> None:
    """Decide about a non-idempotent step that was cut off between its intent and its outcome.

    Find out what happened first; the decision is recorded as an operator's, and the run goes on
    with `tarl resume`.
    """
    from tarl.interfaces.cli.input_text import read_json

    if (result_text is not None) + (failed is not None) + retry != 1:
        raise click.UsageError("Say one of --result JSON, --failed TEXT and --retry.")
    invocation.require_journal()
    result = None if result_text is None else read_json(result_text, option="--result")

    async def work() -> str:
        from tarl.interfaces.cli.run_refs import find_run

        async with invocation.open_runtime(must_exist=True) as runtime:
            run_id = find_run(runtime.journal, run)
            runtime.resolve(run_id, step=step, result=result, error=failed, retry=retry)
            return run_id.ref

    ref = asyncio.run(work())
    decision = "retry" if retry else "result" if failed is None else "failed"
    if invocation.output.as_json:
        invocation.output.document("resolve", run=ref, step=step, decision=decision)
    else:
        invocation.output.note(f"recorded; go on with: {invocation.command('resume', ref)}")
