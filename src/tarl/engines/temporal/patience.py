"""A journal that does not keep the loop waiting while it is away.

While ``unwaiting`` holds, no call of the journal's keeps the loop for longer than a moment; one
that finds the server away is refused at once. What must be known is asked again
(``journal.patience``).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from tarl.journal.store import Store


class _Line(Protocol):
    outages: int

    def unwaiting(self) -> AbstractContextManager[None]: ...


def unwaiting(store: Store) -> AbstractContextManager[None]:
    """Have a journal refuse at once while its server is away; one in a file is never away."""
    line = _line_of(store)
    return nullcontext() if line is None else line.unwaiting()


def outages(store: Store) -> int:
    """How often a journal was found away."""
    line = _line_of(store)
    return 0 if line is None else line.outages


def _line_of(store: Any) -> _Line | None:
    while store is not None:
        found: _Line | None = getattr(store, "line", None)
        if found is not None:
            return found
        store = getattr(store, "behind", None)
    return None
