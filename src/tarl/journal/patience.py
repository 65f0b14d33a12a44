"""A journal that is away for a while: what that is, and how whoever has a loop waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tarl.errors import Unavailable

T = TypeVar("T")

AWAY = frozenset({"journal.unreachable", "journal.undecided"})
"""The codes of a server that does not answer, or has not said what became of a commit."""

AWAY_S_MAX = 28.0
"""How long it is asked again; a store that waits by itself (half a minute) is not asked twice."""

_WAIT_S = 0.1


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
