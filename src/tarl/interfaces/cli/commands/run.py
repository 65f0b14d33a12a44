"""``tarl run``: a workflow from a file, to its result."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from tarl.errors import Invalid, Missing, TarlError
from tarl.interfaces.cli.engines import (
    TEMPORAL,
    engine_options,
    is_on_temporal,
    open_engine,
    place,
)
from tarl.interfaces.cli.homes import household_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.reaching import Ways, notify_option, ways_options

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.kernel.definition import Workflow
    from tarl.kernel.engine import Started
    from tarl.values.ids import RunId


class Start(TypedDict):
    """Whose run is started, under which id, for which agent; as ``Engine.start`` takes it."""

    id: str | None
    tenant: str | None
    new_run: bool
    agent: str | None
    task: str | None


@click.command(short_help="Run a workflow from a file, or a plan.")
@click.argument("code", metavar="FILE[:WORKFLOW]|PLAN")
@click.option(
    "--input", "input_text", metavar="JSON|@FILE|-", help="The input: JSON, a file, or stdin."
)
@click.option("--id", "workflow_id", metavar="ID", help="The run's id (default: a random one).")
@click.option("--tenant", help="Whose run it is (default: --as-tenant, else default).")
@click.option(
    "--new-run",
    is_flag=True,
    help="Start a further run of an id that exists, instead of attaching.",
)
@click.option(
    "--agent",
    metavar="NAME",
    help="Act for this agent, with its authority alone: each effect is asked for and signed.",
)
@click.option("--task", metavar="NAME", help="What the agent's authority is used for (the id).")
@click.option("--yes", is_flag=True, help="Of a plan: say yes to what it asks for.")
@click.option("--by", metavar="NAME", help="Of a plan: who says yes (default: whom it is for).")
@click.option(
    "--approver",
    "approvers",
    multiple=True,
    metavar="NAME",
    help="Of a plan: a human who is asked when a later version costs more, or comes later, than"
    " was agreed; again for more.",
)
@ways_options("Of a plan: where devices are reached")
@notify_option("Of a plan: where people are told")
@click.option(
    "--detach", is_flag=True, help="On Temporal: print the run's name, and do not wait for its end."
)
@household_option
@engine_options
@common_options
@click.pass_obj
def run(
    invocation: Invocation,
    code: str,
    input_text: str | None,
    workflow_id: str | None,
    tenant: str | None,
    new_run: bool,
    agent: str | None,
    task: str | None,
    yes: bool,
    by: str | None,
    approvers: tuple[str, ...],
    broker: str | None,
    home_assistant: str | None,
    notify: tuple[str, ...],
    detach: bool,
) -> None:
    """Run a workflow that FILE defines, and print its result; or carry out a recorded PLAN, after
    asking for the consent that it needs.

    The same id with the same input attaches to the run that there is: it goes on if it was
    interrupted, and its recorded result is printed if it has ended. Killed anywhere, it goes on
    with `tarl resume`.

    With --engine temporal it is started on a Temporal server, and goes on there whether this
    command waits or not; `tarl worker --engine temporal` runs it. A plan is carried out here.
    """
    if task is not None and agent is None:
        raise click.UsageError("--task goes with --agent NAME, whose task it is.")
    if detach and not is_on_temporal(invocation):
        raise click.UsageError("--detach goes with --engine temporal: here, this command runs it.")
    from tarl.interfaces.cli.carrying_out import carry_out, is_plan

    if is_plan(invocation, code):
        carry_out(
            invocation,
            code,
            yes=yes,
            by=by,
            ways=Ways(broker, home_assistant),
            notify=notify,
            approvers=approvers,
        )
        return
    from tarl.interfaces.cli.code_loading import load_all, workflow_at
    from tarl.interfaces.cli.input_text import read_json

    value = None if input_text is None else read_json(input_text, option="--input")
    if "." not in code and not Path(code).exists():
        raise Missing(
            f"there is no file {code}, and no plan is recorded under that name",
            code="code.missing",
            next_step="name a file with its path, or a plan: tarl plans ls",
            path=code,
        )
    workflow, path = workflow_at(invocation, code)
    load_all(invocation, ())
    check_input(workflow, value)

    again = ["run", code, "--engine", TEMPORAL]
    again += [] if input_text is None else ["--input", input_text]
    start = Start(id=workflow_id, tenant=tenant, new_run=new_run, agent=agent, task=task)
    through = carried_through(
        invocation, workflow, value, start, path=path, detach=detach, again=again
    )
    asyncio.run(through)


async def carried_through(
    invocation: Invocation,
    workflow: Workflow[..., Any],
    value: Any,
    start: Start,
    *,
    path: Path,
    detach: bool,
    again: Sequence[str],
) -> None:
    """Start a run and wait for its end, or, detached, say its name alone.

    Raises:
        TarlError: whatever refused, ended or stopped it.
    """
    async with open_engine(invocation) as (runtime, engine, temporal):
        if start["agent"] is not None:
            check_agent(runtime, invocation.home(start["tenant"]), start["agent"])
        handle = await engine.start(workflow, value, **start)
        if detach:
            _tell_started(invocation, handle.run_id)
            return
        words: Sequence[str] | None = None
        if temporal is not None:
            from tarl.interfaces.cli.temporal_health import note_if_nobody_works

            await note_if_nobody_works(invocation, temporal.client)
            words = [*again, "--id", handle.run_id.workflow_id]
        await wait_for(invocation, runtime, handle, code=str(path), command="run", again=words)


def _tell_started(invocation: Invocation, run: RunId) -> None:
    output = invocation.output
    if output.as_json:
        output.document("run", run=run.ref, tenant=run.tenant, status="running")
    else:
        output.data(run.ref)
        output.note(f"started on task queue {place(invocation)}")


def check_agent(runtime: Runtime, tenant: str, agent: str) -> None:
    """Refuse to act for whoever is no agent, before anything is recorded.

    Raises:
        Missing: nobody is registered under this name (``principal.missing``).
        Invalid: a human or a service is (``trust.not_agent``).
    """
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.kernel.approvals.register import Principals

    id = PrincipalId(tenant, agent)
    found = Principals(runtime.journal).find(id)
    if found is None:
        raise Missing(
            f"no agent is registered as {id.ref}",
            code="principal.missing",
            next_step=f"tarl agents create {id.ref}; tarl agents ls",
            principal=id.ref,
        )
    if found.kind != "agent":
        raise Invalid(
            f"{id.ref} is a {found.kind}, and no agent",
            code="trust.not_agent",
            next_step="tarl agents ls",
            principal=id.ref,
        )


def check_input(workflow: Workflow[..., Any], value: Any) -> None:
    """Refuse an input that the workflow could not read, before anything is recorded.

    Raises:
        Invalid: it does not fit the declared type (``input.type``), or there is none to take it
            (``input.unwanted``), or it is missing (``input.required``).
    """
    from tarl.kernel.payload import decode_value
    from tarl.values.canonical import encode

    if value is None and workflow.input_is_optional:
        return
    if not workflow.takes_input:
        raise Invalid(
            f"{workflow.name} takes no input", code="input.unwanted", next_step="leave --input out"
        )
    try:
        decode_value(encode(value), workflow.input_type)
    except Invalid as error:
        if value is None:
            raise Invalid(
                f"{workflow.name} needs an input",
                code="input.required",
                next_step="give it with --input JSON, --input @file or --input -",
            ) from None
        raise Invalid(
            f"the input does not fit {workflow.name}: {error.message.partition(': ')[2]}",
            code="input.type",
            next_step="give what the workflow's second parameter declares",
        ) from None


_ENDED = {"failed": "failed", "cancelled": "been cancelled", "terminated": "been terminated"}
"""How a run without a result had ended before anybody waited for it."""


async def wait_for(
    invocation: Invocation,
    runtime: Runtime,
    handle: Started,
    *,
    code: str | None = None,
    command: str,
    again: Sequence[str] | None = None,
) -> None:
    """Wait for a run to end, show its progress meanwhile, and print its result.

    Args:
        invocation: Says how the command line wants it.
        runtime: The journal.
        handle: The run.
        code: The file of its workflow.
        command: Who waits, as documents name it.
        again: The words that wait for it again after an interruption; those that take it up when
            left out.

    Raises:
        TarlError: whatever ended or stopped it, naming the run.
    """
    from tarl.engines.embedded.recorded import closing_event, continued
    from tarl.interfaces.cli.progress import following
    from tarl.interfaces.cli.recorded import end_data

    run_id, output, store = handle.run_id, invocation.output, runtime.journal
    words = ["resume", run_id.ref, *(["--code", code] if code else [])]
    invocation.resume_hint = invocation.command(*(again or words))
    head = store.head(run_id.stream)
    ended = head is not None and closing_event(store, run_id) is not None
    if not ended:
        output.note(f"run {run_id.ref}" + (f" goes on after event {head.seq}" if head else ""))
    elif how := _ENDED.get(end_data(store, last := continued(store, run_id))["status"]):
        output.note(f"run {last.ref} had {how}")
    try:
        async with following(store, run_id, output, after=head.seq if head else 0):
            await handle.result()
    except TarlError as error:
        error.facts.setdefault("run", run_id.ref)
        raise
    last = continued(store, run_id)
    end = end_data(store, last)
    if output.as_json:
        output.document(command, run=last.ref, tenant=last.tenant, **end)
    else:
        output.note(f"run {last.ref} {'had ' if ended else ''}{end['status']}")
        output.value(end.get("result"))
