"""Where a class of this face keeps its state: a journal, and the clock that stamps it.

Objects over one ``Place`` may be used from any thread: each works with the journal while it holds
it. Whoever waits for others (workers, timers, activities) has a connection of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tarl.crypto.keys import draw_secret
from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.integrations.orchestration.ledger import JOURNAL_NAME, Ledger
from tarl.integrations.orchestration_extended.refusals import BadValue, translated
from tarl.journal.store import Store
from tarl.values.metrics import Registry

SECOND_MS = 1_000
SECONDS_MAX = 100 * 366 * 86_400
"""A hundred years; more is a mistaken unit."""


class Place:
    """A journal with a clock and a registry of counts.

    Args:
        ledger: The journal.
        clock: Wall-clock time; the system's when left out.
    """

    def __init__(self, ledger: Ledger, *, clock: Clock | None = None) -> None:
        self.ledger = ledger
        self.clock = clock or SystemClock()
        self.metrics = Registry()

    @classmethod
    def of(
        cls,
        data_dir: str | Path | None,
        *,
        journal: str | Path | None = None,
        place: Place | None = None,
        clock: Clock | None = None,
    ) -> Place:
        """The place that is given; else the journal that is named, or the one in a directory; else
        one in memory. See ``Where``.
        """
        if place is not None:
            return place
        if journal is not None:
            return cls(Ledger(Path(journal), clock=clock), clock=clock)
        path = None if data_dir is None else Path(data_dir) / JOURNAL_NAME
        return cls(Ledger(path, clock=clock), clock=clock)

    @property
    def path(self) -> Path:
        """The journal's file.

        Raises:
            BadValue: it is in memory.
        """
        path = self.ledger.path
        if path is None:
            raise BadValue("a journal in memory runs nothing", code="journal.memory")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The journal, for the calling thread alone; refusals come out as this face's."""
        with translated(), self.ledger.held() as store:
            yield store

    def now_ms(self) -> int:
        """Now."""
        return self.clock.now_ms()


class Where(TypedDict, total=False):
    """What the classes of this face are told of where they keep their state, besides a directory.

    Attributes:
        journal: The journal's file, wherever it is.
        place: The journal of a stack, with its clock.
        clock: Wall-clock time; the system's when left out.
    """

    journal: str | Path | None
    place: Place | None
    clock: Clock | None


def drawn(noun: str) -> str:
    """A new id: the noun, and what nobody else draws."""
    return f"{noun}-{draw_secret(8).hex()}"


def ms_of(seconds: float, what: str, *, least_ms: int = 0) -> int:
    """Seconds in milliseconds.

    Raises:
        BadValue: not a number of seconds, too few, or more than a hundred years.
    """
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= SECONDS_MAX or round(seconds * 1000) < least_ms:
        least = "more than 0" if least_ms else "0 or more"
        raise BadValue(
            f"{seconds!r} cannot be the {what}: {least} seconds are wanted",
            code="seconds.range",
            next_step="give a number of seconds, at most a hundred years",
        )
    return round(seconds * SECOND_MS)


def seconds_at(at_ms: int) -> int:
    """An instant that has come, in Unix seconds."""
    return at_ms // SECOND_MS


def seconds_until(at_ms: int) -> int:
    """An instant to come, in Unix seconds: at that second it is there."""
    return -(-at_ms // SECOND_MS)
