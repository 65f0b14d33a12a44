"""Where a journal is: a file of this machine, or a database on a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

PREFIXES = ("postgresql://", "postgres://")

Place = Path | str
"""A path, or a database's URL as libpq writes it."""


def is_database(place: Place) -> bool:
    """Whether a place is a database on a server."""
    return isinstance(place, str) and place.startswith(PREFIXES)


def place_of(text: str) -> Place:
    """The place that a setting names."""
    return text if is_database(text) else Path(text)


def shown(place: Place) -> str:
    """A place as people may see it: without a password."""
    if not isinstance(place, str) or not is_database(place):
        return str(place)
    parts = urlsplit(place)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
