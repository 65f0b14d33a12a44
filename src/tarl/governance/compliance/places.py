"""Where in the journal something stands, and how often."""

from __future__ import annotations

from typing import NamedTuple

from tarl.journal.event import Event


class Place(NamedTuple):
    """An event: ``<stream>@<sequence number>``, the digest that names its content, and when."""

    ref: str
    digest: str
    at_ms: int


class Tally(NamedTuple):
    """How many there are, and the first and last of them in the log's order."""

    counted: int = 0
    first: Place | None = None
    last: Place | None = None


def place_of(event: Event) -> Place:
    """The place of an event."""
    return Place(f"{event.stream}@{event.seq}", event.digest.hex(), event.recorded_at_ms)
