"""Which home is planned for, when a caller says nothing, little or all about it."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from tarl.planning.household import Household, checked
from tarl.planning.sources.snapshot import Home, home_at, home_of

VARIABLE = "TARL_HOUSEHOLD"
HERE = "household.yaml"
DEMO = files("tarl") / "interfaces" / "demo" / "home" / HERE


class Chosen(NamedTuple):
    """A home; ``note`` says that it is the demonstration's, where it is."""

    home: Home
    note: str = ""


def chosen_home(household: str | Path | Household | Home | None = None) -> Chosen:
    """The home that is named: a household file, a household (of which nothing else is known), or a
    home with its sources. Else the file that ``TARL_HOUSEHOLD`` names, else ``household.yaml`` in
    the current directory, else the home of the demonstration. A source that cannot be used is a
    doubt of each snapshot.

    Raises:
        Missing, Invalid: of the file or the household (``household.*``, ``source.*``).
        Unavailable: ``extra.missing``.
    """
    if isinstance(household, Home):
        return Chosen(household)
    if isinstance(household, Household):
        return Chosen(home_of(checked(household), (), folder=Path()))
    named = household or os.environ.get(VARIABLE)
    if named:
        return Chosen(home_at(Path(named), must=False))
    if Path(HERE).is_file():
        return Chosen(home_at(Path(HERE), must=False))
    return Chosen(
        home_at(Path(str(DEMO)), must=False),
        f"there is no {HERE} here: this is the home of the demonstration (`tarl home init` writes"
        " one, to be changed)",
    )
