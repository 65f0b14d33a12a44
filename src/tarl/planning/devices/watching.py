"""Changes for those who watch: of each device the last that they have not seen.

What is kept for somebody who does not look is bounded by the number of devices.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from tarl.planning.context import DeviceState
from tarl.planning.devices.binding import Heard


class Watchers:
    """All who watch a channel."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._is_over = False

    async def changes(self) -> AsyncGenerator[tuple[str, DeviceState], None]:
        """Each change from the first look on, until the end."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        if self._is_over:
            watcher.end()
        try:
            while (changes := await watcher.changes()) is not None:
                for change in changes.items():
                    yield change
        finally:
            self._watchers.discard(watcher)

    def tell(self, id: str, state: DeviceState) -> None:
        """Tells a change."""
        for watcher in self._watchers:
            watcher.tell(id, state)

    def end(self) -> None:
        """Nothing more will come."""
        self._is_over = True
        for watcher in self._watchers:
            watcher.end()


class _Watcher:
    def __init__(self) -> None:
        self._changes: dict[str, DeviceState] = {}
        self._news = asyncio.Event()
        self._is_over = False

    def tell(self, id: str, state: DeviceState) -> None:
        self._changes[id] = state
        self._news.set()

    def end(self) -> None:
        self._is_over = True
        self._news.set()

    async def changes(self) -> dict[str, DeviceState] | None:
        await self._news.wait()
        if not self._is_over:
            self._news.clear()
        changes, self._changes = self._changes, {}
        return None if self._is_over and not changes else changes


def keep(queue: asyncio.Queue[Heard], said: Heard) -> None:
    """Puts what was said at the end, the oldest giving way: an answer comes after what a chatty
    device said before."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(said)
