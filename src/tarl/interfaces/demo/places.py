"""What both demonstrations share: where files go, and how fast it goes."""

from __future__ import annotations

from pathlib import Path

import click

PAUSES_MS = {"normal": 700, "fast": 120}

speed_option = click.option(
    "--speed",
    type=click.Choice(list(PAUSES_MS)),
    default="normal",
    show_default=True,
    help="How long each effect takes.",
)


def free_directory(name: str) -> Path:
    """The first of ``name``, ``name-2`` ... that does not exist."""
    place, n = Path(name), 1
    while place.exists():
        n += 1
        place = Path(f"{name}-{n}")
    return place
