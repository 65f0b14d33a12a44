"""``tarl plan`` and ``tarl preview``: from a sentence to an explained plan."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.files import PIPE, require_pipe, write_out
from tarl.interfaces.cli.homes import household_option, svg_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.reaching import notify_option, ways_options
from tarl.interfaces.cli.spans import INSTANT

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.planning.household import Household
    from tarl.planning.plan import ExecutionPlan

STRATEGIES = (
    "privacy_first",
    "cost_optimized",
    "latency_optimized",
    "comfort_optimized",
    "balanced",
)
LANGUAGES = ("en", "de", "fr", "es", "zh")
ALTERNATIVES_MAX = 10
"""As ``requests.ALTERNATIVES_MAX``, which is not read before a plan is made."""

_asking = (
    click.option("--user", metavar="NAME", help="Who asks (default: the operator of this home)."),
    click.option("--area", metavar="AREA", help="Where whoever asks is."),
    click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default="en",
        show_default=True,
        help="Of the sentence.",
    ),
    click.option("--at", type=INSTANT, metavar="INSTANT", help="As if it were said then."),
    click.option(
        "--hours",
        type=click.IntRange(1, 336),
        help="How far ahead is planned (default: 36, or as far as the sentence says).",
    ),
    click.option("--strategy", type=click.Choice(STRATEGIES), help="What is weighed most."),
    click.option(
        "--without",
        multiple=True,
        metavar="RULE",
        help="Give up a rule, as a way out of a conflict (c1, house:quiet); again for more.",
    ),
    click.option(
        "--routines", is_flag=True, help="Plan it together with the household's routines."
    ),
    ways_options("Where devices' states are asked"),
    click.option(
        "--time-limit",
        type=click.IntRange(100, 300_000),
        default=5_000,
        metavar="MS",
        show_default=True,
        help="Of the solver.",
    ),
    click.option(
        "--alternatives",
        type=click.IntRange(0, ALTERNATIVES_MAX),
        default=3,
        metavar="N",
        show_default=True,
        help="Other plans that are shown beside the best, at most; none where there are none.",
    ),
    svg_option,
)


def _asked(command: Any) -> Any:
    for option in reversed(_asking):
        command = option(command)
    return command


@click.command(short_help="Plan what a sentence asks for, and say why so.")
@click.argument("sentence")
@click.option("--id", "plan_id", metavar="ID", help="The plan's id (default: a random one).")
@notify_option("Where people are told that it waits for their word, or cannot be")
@_asked
@household_option
@common_options
@click.pass_obj
def plan(
    invocation: Invocation,
    /,
    sentence: str,
    plan_id: str | None,
    notify: tuple[str, ...],
    **asked: Any,
) -> None:
    """Plan what SENTENCE asks for, record the plan, and say why it is so.

    Nothing is carried out: `tarl run PLAN` does that, and asks for the consent that it needs.
    """
    from tarl.stack import open_plans
    from tarl.storage import draw_id

    require_pipe(invocation.output, asked["svg"])
    with invocation.open_store(make=True) as store:
        id = plan_id or draw_id("plan")
        made = asyncio.run(_planned(invocation, store, sentence, id, **asked))
        open_plans(store).record(made.plan, tenant=invocation.home(), took_ms=made.took_ms)
        if notify:
            asyncio.run(_tell(invocation, store, made, notify))
    show_plan(invocation, made.plan, made.household, "plan", svg=asked["svg"])
    if made.plan.steps and not made.plan.task_spec.is_hypothetical:
        follow = invocation.command("run", made.plan.plan_id)
        invocation.output.note(f"to carry it out: {follow}")


async def _tell(
    invocation: Invocation, store: Store, made: Made, addresses: tuple[str, ...]
) -> None:
    """Tell people of a plan that was made, where there is something to say."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.integrations.planning.telling import notifier_at, outbox_of
    from tarl.planning.notices.quiet import NEVER, quiet_of
    from tarl.planning.notices.telling import Telling

    clock = SystemClock()
    notice = Telling(made.household, now_ms=clock.now_ms()).of_plan(made.plan)
    if notice is None:
        return
    known = made.plan.context_snapshot
    async with outbox_of(
        store,
        [notifier_at(address) for address in addresses],
        quiet=NEVER if known is None else quiet_of(known),
        clock=clock,
        tenant=invocation.home(),
    ) as outbox:
        await outbox.notify(notice)


@click.command(short_help="What a sentence or a plan would do.")
@click.argument("sentence", metavar="SENTENCE|PLAN")
@_asked
@household_option
@common_options
@click.pass_obj
def preview(invocation: Invocation, /, sentence: str, **asked: Any) -> None:
    """Show what SENTENCE would lead to, or what a recorded PLAN would do. Nothing is done, and
    nothing is recorded.
    """
    require_pipe(invocation.output, asked["svg"])
    known = _recorded(invocation, sentence)
    if known is not None:
        from tarl.interfaces.cli.homes import read_home

        show_plan(invocation, known, read_home(invocation).household, "preview", svg=asked["svg"])
        return
    with _store_to_look_at(invocation) as store:
        made = asyncio.run(_planned(invocation, store, sentence, "preview", **asked))
    show_plan(invocation, made.plan, made.household, "preview", svg=asked["svg"])


@contextmanager
def _store_to_look_at(invocation: Invocation) -> Iterator[Store]:
    """The journal; an empty one that nobody keeps where there is none."""
    if invocation.has_journal():
        with invocation.open_store() as store:
            yield store
        return
    from tempfile import TemporaryDirectory

    from tarl.storage import open_store

    with TemporaryDirectory() as directory:
        empty = open_store(Path(directory) / "preview.db", keyring=invocation.keyring)
        try:
            yield empty
        finally:
            empty.close()


class Made:
    """A plan with its household, and how long it took."""

    def __init__(self, plan: ExecutionPlan, household: Household, took_ms: int) -> None:
        self.plan = plan
        self.household = household
        self.took_ms = took_ms


async def _planned(
    invocation: Invocation,
    store: Store,
    sentence: str,
    plan_id: str,
    *,
    user: str | None,
    area: str | None,
    language: str,
    at: int | None,
    hours: int | None,
    strategy: str | None,
    without: tuple[str, ...],
    routines: bool,
    broker: str | None,
    home_assistant: str | None,
    time_limit: int,
    alternatives: int,
    svg: str | None,
) -> Made:
    import time

    from tarl.interfaces.cli.homes import plan_maker
    from tarl.interfaces.cli.people import now_ms
    from tarl.interfaces.cli.reaching import Ways, read_states
    from tarl.planning.formulation.formulate import Effort
    from tarl.planning.making import asker, task_of
    from tarl.planning.plan import Strategy

    began = time.monotonic()
    now = now_ms() if at is None else at
    async with plan_maker(invocation, store) as maker:
        who = asker(maker.household, user, area=area)
        task = task_of(
            sentence, maker.household, who, task_id=plan_id, now_ms=now, language=language
        )
        states = await read_states(maker.household, Ways(broker, home_assistant))
        made = await maker.plan(
            task,
            maker.snapshot(now_ms=now, states=states, hours=hours, task=task),
            plan_id=plan_id,
            strategy=Strategy(strategy) if strategy else None,
            effort=Effort(time_limit_ms=time_limit, alternatives=alternatives),
            also=maker.routines(now_ms=now) if routines else (),
            without=without,
        )
    return Made(made, maker.household, round((time.monotonic() - began) * 1000))


def _recorded(invocation: Invocation, plan_id: str) -> ExecutionPlan | None:
    """The plan of that id, if the journal has one."""
    if not invocation.has_journal() or " " in plan_id:
        return None
    from tarl.errors import Missing
    from tarl.stack import open_plans

    with invocation.open_store() as store:
        try:
            return open_plans(store).get(plan_id, tenant=invocation.home())
        except Missing as error:
            if error.code != "plan.missing":
                raise
            return None


def show_plan(
    invocation: Invocation,
    plan: ExecutionPlan,
    household: Household,
    command: str,
    *,
    svg: str | None = None,
) -> None:
    """A plan's explanation; the exit code says where there is none.

    Args:
        invocation: Who asks.
        plan: The plan.
        household: Where it is carried out.
        command: Whose answer it is.
        svg: Where it is also drawn to; where that is standard output, the explanation is told as
            notes.

    Raises:
        Denied, Unavailable: the picture cannot be written (``output.*``).
    """
    from tarl.planning.explanation.explained import explain
    from tarl.planning.explanation.markdown import markdown
    from tarl.planning.explanation.picture import svg as drawn
    from tarl.values.plain import plain

    explanation, output = explain(plan, household), invocation.output
    if svg is not None:
        write_out(output, svg, [drawn(plan, household).encode()])
        if svg != PIPE:
            output.note(f"drawn to {svg}")
    if output.as_json:
        output.document(
            command, plan_id=plan.plan_id, explanation=plain(explanation), plan=plain(plan)
        )
    else:
        say = output.note if svg == PIPE else output.data
        say(markdown(explanation).rstrip())
    if not plan.steps:
        click.get_current_context().exit(_exit_of(plan))


def _exit_of(plan: ExecutionPlan) -> int:
    from tarl.interfaces.cli import exits
    from tarl.planning.plan import FeasibilityStatus

    unknown = plan.feasibility is FeasibilityStatus.UNKNOWN
    return exits.INTERNAL if unknown else exits.INFEASIBLE
