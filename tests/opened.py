"""What a test opens and leaves open: it is closed when the test has ended.

An open journal that is let go of is a warning, and warnings are errors; tests that open one journal
several times, as several processes would, hand each of them to ``until_test_ends``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol, TypeVar

_OPENED = ExitStack()


class Closable(Protocol):
    """A journal, a connection, a world that holds one."""

    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


def until_test_ends(opened: T) -> T:
    """The same thing; whoever is done with it before the end may close it himself.

    It must bear being closed twice.
    """
    _OPENED.callback(opened.close)
    return opened


@contextmanager
def closed_at_the_end() -> Iterator[None]:
    """Close, at the end, what has been handed to ``until_test_ends``; what came last goes first."""
    try:
        yield
    finally:
        _OPENED.close()
