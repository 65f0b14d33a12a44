"""Brings messages to the live runs of this process: at once from this process, within milliseconds
from others.

One indexed query, and only when the journal has changed, finds what is new for all of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tarl.errors import Unavailable
from tarl.journal.patience import unwaiting_of

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

LOOK_WAIT_S = 0.02
"""How often the journal is asked whether it has changed; what others send is seen this much
later."""


def jumps(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop's time jumps to what comes next, where polling would hold it up."""
    return getattr(loop, "jumps", False)


class Post:
    """The letter carrier of one runtime."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = engine.store.log_size()
        self._revision = -1

    def deliver(self, stream: str) -> None:
        """Let the run with this stream, if it is live here, look into its inbox."""
        live = self._engine.live.get(stream)
        if live is not None:
            live.letters.look()

    def look(self) -> None:
        """Deliver what anybody has sent since the last look."""
        store = self._engine.store
        if not self._engine.live:
            return  # nobody to deliver to; what comes to life looks into its own inbox
        revision = store.revision()
        if revision == self._revision:
            return
        for index, stream in store.announced(self._seen):
            self.deliver("run/" + stream.removeprefix("inbox/"))
            self._seen = index + 1
        self._revision = revision

    async def keep_looking(self) -> None:
        """Look again and again; runs until cancelled."""
        if jumps(asyncio.get_running_loop()):
            return  # nobody else acts in that time
        unwaiting = unwaiting_of(self._engine.store)
        while True:
            await asyncio.sleep(LOOK_WAIT_S)
            try:
                with unwaiting():
                    self.look()
            except Unavailable:
                continue  # the disk is busy, or away: nothing is lost, the next look finds it
