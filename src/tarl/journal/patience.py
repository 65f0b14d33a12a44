"""A journal that is away or locked for a while: what that is, and how long one waits for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

from tarl.errors import Unavailable

T = TypeVar("T")

AWAY = frozenset({"journal.unreachable", "journal.undecided"})
"""The codes of a server that does not answer, or has not said what became of a commit."""

AWAY_S_MAX = 28.0
"""How long it is asked again; a store that waits by itself (half a minute) is not asked twice."""

_WAIT_S = 0.1

_LOCKED_WAIT_S_MIN = 0.0002
_LOCKED_WAIT_S_MAX = 0.01


def locked_wait_s(waited_s: float) -> float:
    """How long until a file that another process holds is asked for again: about as long as was
    waited already, since a commit is over in less than a millisecond and a copy of the file is not.
    """
    wait_s = min(max(waited_s, _LOCKED_WAIT_S_MIN), _LOCKED_WAIT_S_MAX)
    return wait_s * random.uniform(0.5, 1.5)


async def patiently(ask: Callable[[], T], *, since_s: float | None = None) -> T:
    """What the journal answers, asked again while it is away; the loop goes on in between.

    Args:
        ask: The question.
        since_s: When it was first asked, by the loop's clock; now, when left out.

    Raises:
        TarlError: what it refuses; after ``AWAY_S_MAX``, that it is away.
    """
    loop = asyncio.get_running_loop()
    begun_s = loop.time() if since_s is None else since_s
    while True:
        try:
            return ask()
        except Unavailable as error:
            if error.code not in AWAY or loop.time() - begun_s >= AWAY_S_MAX:
                raise
        await asyncio.sleep(_WAIT_S)
