"""The home that a command plans for, and the parts that plans are made with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.program import command

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.planning.making import PlanMaker
    from tarl.planning.sources.snapshot import Home

DEMO_HOUSEHOLD = Path(__file__).parent.parent / "demo" / "home" / "household.yaml"
HERE = "household.yaml"


def _take(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    context.ensure_object(Invocation).take("household", value)


svg_option = click.option(
    "--svg", metavar="FILE", help="Also draw the plan over the price curve; - is standard output."
)

household_option = click.option(
    "--household",
    metavar="FILE",
    expose_value=False,
    callback=_take,
    help="The home (default: the setting household, else household.yaml, else a demonstration).",
)


def household_file(invocation: Invocation) -> Path:
    """The file that describes the home; a note says so where it is the demonstration's."""
    named = invocation.settings["household"].value
    if named:
        return Path(named)
    here = Path(HERE)
    if here.is_file():
        return here
    invocation.output.note(
        "there is no household.yaml here: this plans for the home of the demonstration "
        f"(`{command('home', 'init')}` writes it here, to be changed)"
    )
    return DEMO_HOUSEHOLD


def read_home(invocation: Invocation) -> Home:
    """The home, with what its sources hold; a source that cannot be read is a doubt."""
    from tarl.planning.sources.snapshot import home_at

    return home_at(household_file(invocation), must=False)


@asynccontextmanager
async def plan_maker(invocation: Invocation, store: Store) -> AsyncIterator[PlanMaker]:
    """What makes plans for the home, with the consents that the journal holds."""
    from tarl.stack import open_planner

    async with open_planner(store, read_home(invocation), tenant=invocation.home()) as maker:
        yield maker
