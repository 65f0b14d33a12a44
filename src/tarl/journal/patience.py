"""A journal that is away or locked for a while: what that is, and how long one waits for it.

While ``unwaiting`` holds, no call of the journal's keeps the loop for longer than a moment; one
that finds the server away is refused at once. What must be known is asked again (``patiently``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar

from tarl.errors import Unavailable

T = TypeVar("T")

AWAY = frozenset({"journal.unreachable", "journal.undecided"})
"""The codes of a server that does not answer, or has not said what became of a commit."""

AWAY_S_MAX = 28.0
"""How long it is asked again; a store that waits by itself (half a minute) is not asked twice."""

AWAY_WAIT_S = 0.1
"""How soon it is asked again."""

_LOCKED_WAIT_S_MIN = 0.0002
_LOCKED_WAIT_S_MAX = 0.01


def locked_wait_s(waited_s: float) -> float:
    """How long until a file that another process holds is asked for again: about as long as was
    waited already, since a commit is over in less than a millisecond and a copy of the file is not.
    """
    wait_s = min(max(waited_s, _LOCKED_WAIT_S_MIN), _LOCKED_WAIT_S_MAX)
    return wait_s * random.uniform(0.5, 1.5)


class Line(Protocol):
    """The way to a journal that may be away.

    Attributes:
        outages: How often it was found away by who did not wait.
    """

    outages: int

    def unwaiting(self) -> AbstractContextManager[None]:
        """Keep nobody waiting meanwhile."""


def line_of(store: Any) -> Line | None:
    """The way to a journal; None to one in a file or in memory, which is never away."""
    while store is not None:
        found: Line | None = getattr(store, "line", None)
        if found is not None:
            return found
        store = getattr(store, "behind", None)
    return None


def unwaiting(store: Any) -> AbstractContextManager[None]:
    """Have a journal refuse at once while its server is away; one in a file is never away."""
    return unwaiting_of(store)()


def unwaiting_of(store: Any) -> Callable[[], AbstractContextManager[None]]:
    """``unwaiting``, for who needs it often."""
    line = line_of(store)
    return nullcontext if line is None else line.unwaiting


async def heard(store: Any, ask: Callable[[], T]) -> T:
    """What a journal answers to a loop: no call keeps it for longer than a moment, and while the
    server is away it is asked again.

    Raises:
        TarlError: as ``patiently``.
    """

    def at_once() -> T:
        with unwaiting(store):
            return ask()

    return await patiently(at_once)


async def patiently(ask: Callable[[], T]) -> T:
    """What the journal answers, asked again while it is away; the loop goes on in between.

    Raises:
        TarlError: what it refuses; after ``AWAY_S_MAX``, that it is away.
    """
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    while True:
        try:
            return ask()
        except Unavailable as error:
            if error.code not in AWAY or loop.time() - begun_s >= AWAY_S_MAX:
                raise
        await asyncio.sleep(AWAY_WAIT_S)
