"""A runtime on a face's journal, open in a loop for as long as somebody there needs it.

Opening takes some 20 ms, and closing as much: calls at the same time share one, and so does
everything between ``hold`` and ``let_go``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakKeyDictionary

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.runtime import Runtime
from tarl.integrations.orchestration_extended.place import Place


class _Open:
    """A loop's runtime and how many use it."""

    def __init__(self) -> None:
        self.users = 0
        self.turning = asyncio.Lock()
        self.stack: AsyncExitStack | None = None
        self.runtime: Runtime | None = None


class Bench:
    """The runtimes of one place, at most one in each event loop.

    Args:
        place: The journal.
        keyring: The operator's keys; those under ``$TARL_HOME`` when left out.
    """

    def __init__(self, place: Place, *, keyring: Keyring | None = None) -> None:
        self._place = place
        self._keyring = keyring
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, _Open] = WeakKeyDictionary()

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[Runtime]:
        """The runtime of the running loop."""
        held = await self.hold()
        try:
            yield held
        finally:
            await self.let_go()

    async def hold(self) -> Runtime:
        """Open the running loop's runtime, or go on with it."""
        from tarl.stack import open_runtime

        mine = self._open.setdefault(asyncio.get_running_loop(), _Open())
        async with mine.turning:
            if mine.runtime is None:
                stack = AsyncExitStack()
                mine.runtime = await stack.enter_async_context(
                    open_runtime(
                        self._place.path,
                        clock=self._place.clock,
                        metrics=self._place.metrics,
                        keyring=self._keyring,
                    )
                )
                mine.stack = stack
            mine.users += 1
            return mine.runtime

    async def let_go(self) -> None:
        """Close the running loop's runtime if nobody else needs it."""
        mine = self._open[asyncio.get_running_loop()]
        async with mine.turning:
            mine.users -= 1
            if mine.users == 0 and mine.stack is not None:
                stack, mine.stack, mine.runtime = mine.stack, None, None
                await stack.aclose()
