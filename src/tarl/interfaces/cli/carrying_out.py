"""``tarl run PLAN``: ask for what a plan needs, and carry it out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Denied, Missing
from tarl.interfaces.cli.homes import household_file
from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.reaching import Ways, channels_of

if TYPE_CHECKING:
    from tarl.integrations.planning.home import HomeRuntime
    from tarl.planning.execution.handover import Outcome
    from tarl.planning.plan import ExecutionPlan


def is_plan(invocation: Invocation, name: str) -> bool:
    """Whether the journal has a plan of that name."""
    if not invocation.has_journal() or "/" in name or name.endswith(".py"):
        return False
    with invocation.open_store() as store:
        return store.get("plan", invocation.home(), name) is not None


def plan_of_run(invocation: Invocation, text: str) -> str | None:
    """The plan that a run carries out; None when the run is of something else, or is none."""
    from tarl.errors import TarlError
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.kernel.history import started
    from tarl.planning.execution.carrying import NAME

    with invocation.open_store() as store:
        try:
            run = find_run(store, text)
            of_plan = run.tenant == invocation.home() and started(store, run).workflow == NAME
        except TarlError:
            return None  # whoever looks for the run says what is wrong with it
        return run.workflow_id if of_plan else None


def carry_out(
    invocation: Invocation,
    plan_id: str,
    *,
    yes: bool,
    by: str | None,
    ways: Ways,
    notify: Sequence[str] = (),
    approvers: Sequence[str] = (),
) -> None:
    """Carry a plan out, after asking whoever it is for; takes up one that was cut off."""
    invocation.resume_hint = invocation.command("run", plan_id)
    opened = _home(invocation, ways, notify)
    outcome = asyncio.run(
        _carried_out(
            invocation,
            opened,
            plan_id,
            yes=yes,
            by=by,
            approvers=approvers,
            tells=bool(notify),
        )
    )
    _show(invocation, outcome)


@asynccontextmanager
async def _home(
    invocation: Invocation, ways: Ways, notify: Sequence[str]
) -> AsyncIterator[HomeRuntime]:
    """The home, with the ways to its devices open."""
    from tarl.integrations.planning.home import open_home
    from tarl.integrations.planning.telling import notifier_at
    from tarl.planning.devices.household_file import load

    file = household_file(invocation)
    async with (
        channels_of(load(file)[0], ways) as channels,
        open_home(
            invocation.db,
            file,
            channels=channels,
            keyring=invocation.keyring,
            tenant=invocation.home(),
            notifiers=[notifier_at(address) for address in notify],
            doubt=noted_once(invocation),
            limits=invocation.limits,
            synchronous=invocation.settings["synchronous"].value,
            sealed=invocation.settings["sealed"].value,
        ) as here,
    ):
        yield here


def noted_once(invocation: Invocation) -> Callable[[str, str], None]:
    """Notes what could not be looked at; what stays so is not said every minute."""
    said: set[str] = set()

    def note(plan: str, why: str) -> None:
        text = f"{plan}: {why}" if plan else why
        if text not in said:
            said.add(text)
            invocation.output.note(f"doubt: {text}")

    return note


async def _carried_out(
    invocation: Invocation,
    home: AbstractAsyncContextManager[HomeRuntime],
    plan_id: str,
    *,
    yes: bool,
    by: str | None,
    approvers: Sequence[str],
    tells: bool,
) -> Outcome:
    async with home as here:
        standing = here.plans.standing(plan_id, tenant=invocation.home())
        if not here.has_begun(plan_id):
            check_approvers(here, invocation.home(), approvers)
        if not (standing.in_force or here.has_begun(plan_id)):
            plan = here.plans.get(plan_id, tenant=invocation.home())
            await _agree(invocation, here, plan, yes=yes, by=by, tells=tells)
        invocation.output.note(f"carrying out {plan_id}; Ctrl-C leaves it to be taken up again")
        return await here.carry_out(plan_id, approvers=approvers)


def check_approvers(here: HomeRuntime, tenant: str, names: Sequence[str]) -> None:
    """Refuse whoever could not be asked, before anything is agreed to.

    Raises:
        Missing: ``principal.missing``: nobody is registered under this name.
        Denied: ``approval.not_human``: an agent or a service is.
    """
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.kernel.approvals.register import Principals

    known = Principals(here.runtime.journal)
    for name in names:
        id = PrincipalId(tenant, name)
        found = known.find(id)
        if found is None:
            raise Missing(
                f"nobody is registered as {id.ref}",
                code="principal.missing",
                next_step=f"tarl principals create {id.ref}; tarl principals ls",
                principal=id.ref,
            )
        if found.kind != "human":
            raise Denied(
                f"{id.ref} is a {found.kind}, and no human who could be asked",
                code="approval.not_human",
                next_step="tarl principals ls",
                principal=id.ref,
            )


async def _agree(
    invocation: Invocation,
    here: HomeRuntime,
    plan: ExecutionPlan,
    *,
    yes: bool,
    by: str | None,
    tells: bool,
) -> None:
    """Ask for what the plan needs, here and where people are told.

    Raises:
        Invalid, Conflict: see ``HomeRuntime.check_agreeable``.
        Denied: ``plan.unapproved``: nobody said yes.
    """
    from tarl.planning.explanation.explained import explain
    from tarl.planning.explanation.markdown import approval_summary

    here.check_agreeable(plan)
    explanation = explain(plan, here.maker.household)
    invocation.output.note(approval_summary(explanation).rstrip())
    if tells and not yes:
        await here.tell_of(plan)
    if not (yes or _says_yes(plan)):
        raise Denied(
            f"nobody has agreed to {plan.plan_id}",
            code="plan.unapproved",
            next_step=f"say yes, or: {invocation.command('run', plan.plan_id, '--yes')}",
            plan=plan.plan_id,
            needs=list(explanation.approval),
        )
    here.agree(plan, by=by or plan.task_spec.user_id or "operator")


def _says_yes(plan: ExecutionPlan) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm("Carry it out?", default=not plan.approval_required, err=True)


def _show(invocation: Invocation, outcome: Outcome) -> None:
    from tarl.interfaces.cli import exits
    from tarl.values.plain import plain

    if invocation.output.as_json:
        data: dict[str, Any] = plain(outcome)
        invocation.output.document("run", plan_id=outcome.plan_id, outcome=data)
    else:
        for result in outcome.results:
            why = f"  {result.reason}" if result.reason else ""
            invocation.output.data(f"{result.ending:<10} {result.step_id}{why}")
        invocation.output.data(f"{outcome.plan_id} {outcome.status}, version {outcome.version}")
    if outcome.status != "completed":
        click.get_current_context().exit(exits.RUN_FAILED)
