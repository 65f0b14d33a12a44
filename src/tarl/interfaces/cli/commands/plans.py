"""``tarl plans``: recorded plans, their versions and how they fare."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tarl.interfaces.cli.files import require_pipe
from tarl.interfaces.cli.homes import household_option, svg_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import INSTANT

if TYPE_CHECKING:
    from tarl.planning.household import Household
    from tarl.planning.plan import ExecutionPlan
    from tarl.planning.plans.ledger import PlanLedger

plan_argument = click.argument("plan_id", metavar="PLAN")


@click.group(short_help="Recorded plans: look, explain, approve, cancel.")
def plans() -> None:
    """Plans that were recorded, with their versions, what they came to and how they fare."""


@contextmanager
def _ledger(invocation: Invocation) -> Iterator[PlanLedger]:
    from tarl.stack import open_plans

    with invocation.open_store() as store:
        yield open_plans(store)


@plans.command("ls", short_help="List plans, the latest first.")
@click.option("--status", help="Only those that stand there: draft, approved, executing, ...")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many.",
)
@common_options
@click.pass_obj
def list_plans(invocation: Invocation, status: str | None, limit: int) -> None:
    """List plans, those that changed last first."""
    from tarl.errors import Invalid
    from tarl.planning.plan import ExecutionStatus

    try:
        wanted = None if status is None else ExecutionStatus(status)
    except ValueError:
        raise Invalid(
            f"no plan is ever {status!r}",
            code="plan.status",
            next_step=f"one of {', '.join(ExecutionStatus)}",
        ) from None
    with _ledger(invocation) as ledger:
        found = list(ledger.ls(tenant=invocation.home(), status=wanted, limit=limit))
        rows = [
            {
                "plan": standing.plan_id,
                "version": standing.version,
                "status": standing.status,
                "sentence": ledger.get(standing.plan_id, tenant=standing.tenant).task_spec.intent,
            }
            for standing in found
        ]
    if invocation.output.as_json:
        invocation.output.document("plans.ls", plans=rows)
        return
    columns = ("plan", "version", "status", "sentence")
    invocation.output.table(columns, [[row[c] for c in columns] for row in rows])


@plans.command("show", short_help="Explain a recorded plan.")
@plan_argument
@click.option("--version", "number", type=click.IntRange(min=1), help="Not the newest.")
@svg_option
@household_option
@common_options
@click.pass_obj
def show(invocation: Invocation, plan_id: str, number: int | None, svg: str | None) -> None:
    """Explain a recorded plan: what happens, why so, what it needs, what else there was."""
    from tarl.interfaces.cli.commands.plan import show_plan
    from tarl.interfaces.cli.homes import read_home

    require_pipe(invocation.output, svg)
    with _ledger(invocation) as ledger:
        found = ledger.get(plan_id, number, tenant=invocation.home())
    show_plan(invocation, found, read_home(invocation).household, "plans.show", svg=svg)


@plans.command("what-if", short_help="What your own choice of a time would come to.")
@plan_argument
@click.argument("step_id", metavar="STEP")
@click.argument("start", metavar="TIME")
@household_option
@common_options
@click.pass_obj
def what_if(invocation: Invocation, plan_id: str, step_id: str, start: str) -> None:
    """What PLAN would come to if STEP began at TIME, with the knowledge that it was made with.
    Nothing is recorded.

    TIME is one of the home's own clock, as it was next when the plan was made (18:00, 7am,
    "tomorrow 7am", "friday 18:30", "in 2 hours"), or an instant (2026-03-29T01:30:00Z).
    """
    import asyncio

    from tarl.interfaces.cli.commands.plan import show_plan
    from tarl.interfaces.cli.homes import plan_maker
    from tarl.stack import open_plans

    with invocation.open_store() as store:
        plan = open_plans(store).get(plan_id, tenant=invocation.home())
        at_ms = _start_of(plan, start)

        async def chosen() -> tuple[ExecutionPlan, Household]:
            async with plan_maker(invocation, store) as maker:
                home = maker.household
                other = await maker.planner.what_if(plan, home, starts={step_id: at_ms})
                return other, home

        other, household = asyncio.run(chosen())
    if other.steps:
        more = cost_of(other) - cost_of(plan)
        invocation.output.note(f"{more / 1e6:+.4f} {household.currency} against the plan")
    show_plan(invocation, other, household, "plans.what-if")


def _start_of(plan: ExecutionPlan, text: str) -> int:
    """The instant that somebody means, UTC milliseconds."""
    from tarl.planning.moments import instant, moment_from

    when, known = moment_from(text), plan.context_snapshot
    if when is None or known is None:
        return INSTANT.convert(text, None, click.get_current_context(), otherwise=TIMES)
    return instant(when, known)


TIMES = 'or a time as 18:00, 7am, "tomorrow 7am", "in 2 hours"'


def cost_of(plan: ExecutionPlan) -> int:
    """What a plan's steps cost, micro-units."""
    return sum(step.estimated_cost for step in plan.steps)


@plans.command("history", short_help="What happened to a plan.")
@plan_argument
@common_options
@click.pass_obj
def history(invocation: Invocation, plan_id: str) -> None:
    """What happened to a plan: versions, statuses, steps."""
    from tarl.values.instants import isoformat_ms
    from tarl.values.plain import plain

    with _ledger(invocation) as ledger:
        ledger.standing(plan_id, tenant=invocation.home())
        happened = list(ledger.history(plan_id, tenant=invocation.home()))
    rows = [
        {
            "at": isoformat_ms(each.at_ms),
            "kind": each.kind,
            **{k: v for k, v in plain(each.body).items() if k != "plan"},
        }
        for each in happened
    ]
    if invocation.output.as_json:
        invocation.output.document("plans.history", plan_id=plan_id, events=rows)
        return
    for row in rows:
        said = ", ".join(f"{k} {v}" for k, v in row.items() if k not in ("at", "kind") and v)
        invocation.output.data(f"{row['at']}  {row['kind']}  {said}")


@plans.command("metrics", short_help="How plans fare, or one of them.")
@click.argument("plan_id", metavar="[PLAN]", required=False)
@common_options
@click.pass_obj
def metrics(invocation: Invocation, plan_id: str | None) -> None:
    """How all plans fare, or one: success, approval, privacy, replanning, time and cost."""
    from tarl.values.plain import plain

    with _ledger(invocation) as ledger:
        if plan_id is None:
            figures = plain(ledger.system_metrics(tenant=invocation.home()))
        else:
            figures = plain(ledger.metrics(plan_id, tenant=invocation.home()))
    if invocation.output.as_json:
        invocation.output.document("plans.metrics", plan_id=plan_id, metrics=figures)
        return
    invocation.output.fields((name.replace("_", " "), value) for name, value in figures.items())


@plans.command("learned", short_help="What plans that ran teach of devices.")
@household_option
@common_options
@click.pass_obj
def learned(invocation: Invocation) -> None:
    """How long programs take and how much they draw, learned from plans that ran, beside what the
    household says. The error is that of leaving one observation out."""
    from tarl.interfaces.cli.homes import read_home
    from tarl.planning.learning.history import learned_from
    from tarl.values.plain import plain

    household = read_home(invocation).household
    with _ledger(invocation) as ledger:
        estimates = learned_from(ledger, household, tenant=invocation.home())
    rows = [
        {"device": device.id, "program": program.name, "what": what, **plain(estimate)}
        | {"is_believed": estimate.is_believed}
        for device in household.devices
        for program in device.programs
        for known in [estimates.of(device, program)]
        for what, estimate in (("duration_ms", known.duration), ("power_w", known.power))
        if estimate is not None
    ]
    if invocation.output.as_json:
        invocation.output.document("plans.learned", learned=rows)
        return
    columns = ("device", "program", "what", "value", "error", "count", "said", "said_error")
    invocation.output.table(
        (*columns[:4], "error, permille", *columns[5:7], "its error"),
        [["" if row[c] is None else row[c] for c in columns] for row in rows],
    )


async def _stop_run(invocation: Invocation, plan_id: str, reason: str) -> None:
    """Ask the run that carries a plan out to stop, where there is one that has not ended."""
    from tarl.errors import Conflict, Missing
    from tarl.values.ids import RunId

    async with invocation.open_runtime() as runtime:
        try:
            runtime.cancel(RunId(invocation.home(), plan_id, 1), reason=reason)
        except (Conflict, Missing) as error:
            if error.code not in ("run.ended", "run.missing"):
                raise


@plans.command("cancel", short_help="Cancel a plan that has not ended.")
@plan_argument
@click.option("--reason", default="", help="Why.")
@common_options
@click.pass_obj
def cancel(invocation: Invocation, plan_id: str, reason: str) -> None:
    """Cancel a plan. One that is being carried out stops what it has begun and can stop."""
    from tarl.planning.plan import ExecutionStatus

    with _ledger(invocation) as ledger:
        standing = ledger.change_status(
            plan_id,
            ExecutionStatus.CANCELLED,
            by="operator",
            reason=reason,
            tenant=invocation.home(),
        )
    asyncio.run(_stop_run(invocation, plan_id, reason or "its plan was cancelled"))
    if invocation.output.as_json:
        invocation.output.document("plans.cancel", plan_id=plan_id, status=standing.status)
        return
    invocation.output.data(f"{plan_id} is {standing.status}")
