"""One snapshot of a journal, for people and programs: sections, each gathered from tables.

A section says which tables it needs and is left out where the journal has none of them. One that
cannot be gathered says why in its place, and the others are there all the same. Everything is read
at one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.journal.store import Store
from tarl.routing.uptime import Mark
from tarl.values.instants import isoformat_ms


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What sections are gathered from.

    Attributes:
        now_ms: Wall clock time, for ages.
        mark: Uptime, for the silence of nodes.
        path: The journal's file, if it lies in one.
        is_owned: Whether some process has the run of a stream in its hands now.
    """

    store: Store
    now_ms: int
    mark: Mark
    path: Path | None = None
    is_owned: Callable[[str], bool] | None = None

    def age_ms(self, at_ms: int | None) -> int | None:
        """How long ago that was; 0 if the clock was set back since."""
        return None if at_ms is None else max(0, self.now_ms - at_ms)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the snapshot.

    Attributes:
        name: Its member in the snapshot.
        tables: What it needs of; empty if it needs none.
        gather: Its data, of JSON values.
        summary: Its data in a few words, for a person; None where there is nothing to say.
    """

    name: str
    tables: tuple[str, ...] = ()
    gather: Callable[[Reading], dict[str, Any]]
    summary: Callable[[dict[str, Any]], str | None]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How a journal stands.

    Attributes:
        revision: The store's when it was taken: another one means that something has changed.
        absent: Sections of which the journal has no tables.
    """

    at_ms: int
    revision: int
    sections: dict[str, dict[str, Any]]
    summaries: dict[str, str]
    absent: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """The snapshot as JSON values."""
        return {
            "at": isoformat_ms(self.at_ms),
            "at_ms": self.at_ms,
            "revision": self.revision,
            **self.sections,
            "absent": list(self.absent),
        }


def take_snapshot(reading: Reading, sections: Iterable[Section]) -> Snapshot:
    """How the journal stands now."""
    found: dict[str, dict[str, Any]] = {}
    summaries: dict[str, str] = {}
    absent = []
    revision = reading.store.revision()
    with reading.store.at_one_moment():
        for section in sections:
            if section.tables and not any(has_table(reading.store, t) for t in section.tables):
                absent.append(section.name)
                continue
            try:
                data = section.gather(reading)
                text = section.summary(data)
            except TarlError as error:
                data, text = {"error": error.as_data()}, f"cannot be read: {error.message}"
            found[section.name] = data
            if text is not None:
                summaries[section.name] = text
    return Snapshot(
        at_ms=reading.now_ms,
        revision=revision,
        sections=found,
        summaries=summaries,
        absent=tuple(absent),
    )


def has_table(store: Store, table: str) -> bool:
    """Whether the journal has a table: its room is joined, and the file was made or opened for
    writing by a version that knew it.
    """
    try:
        next(iter(store.scan(table, limit=1)), None)
    except (KeyError, ValueError, TarlError):
        return False
    return True


def counts_by(store: Store, table: str, column: str, values: Sequence[str]) -> dict[str, int]:
    """How many records have each value; the values that none has are left out."""
    found = {value: store.count(table, {column: value}) for value in values}
    return {value: number for value, number in found.items() if number}


def counts_text(counts: dict[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"


def ago_text(age_ms: int | None) -> str:
    """An age in words."""
    if age_ms is None:
        return "never"
    for unit_ms, name in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if age_ms >= 2 * unit_ms or (name == "s" and age_ms >= unit_ms):
            return f"{age_ms // unit_ms} {name} ago"
    return "just now"
