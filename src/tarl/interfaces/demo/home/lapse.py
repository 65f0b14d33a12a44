"""Time that passes faster: an evening and a night in half a minute.

The clock runs at a speed while the loop waits for its next timer, and stands still otherwise: what
is really done (a broker that answers, a solver that searches, a journal that writes) takes no time
of the play.
"""

from __future__ import annotations

import asyncio
import inspect
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

from tarl.planning.context import DeviceState
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.household import Device

R = TypeVar("R")

_RESOLUTION_S = 1e-6


class LapseClock:
    """Wall clock and monotonic clock of a play.

    Args:
        start_ms: UTC in milliseconds when it begins.
        speed: Seconds of the play in a second.
    """

    def __init__(self, *, start_ms: int, speed: float) -> None:
        self.speed = speed
        self.elapsed_s = 0.0
        self._start_ms = start_ms

    def now_ms(self) -> int:
        """UTC in integer milliseconds, in the play."""
        return self._start_ms + int(self.elapsed_s * 1000)


class LapseLoop(asyncio.SelectorEventLoop):
    """An event loop on a ``LapseClock``."""

    jumps = True
    """Nobody looks every few milliseconds for what other processes do: there are none."""

    def __init__(self, clock: LapseClock) -> None:
        self.clock = clock
        self.busy = 0
        super().__init__(_LapseSelector(self))
        self._clock_resolution = _RESOLUTION_S * clock.speed

    def time(self) -> float:
        """Seconds of the play that have passed."""
        return self.clock.elapsed_s

    def run_in_executor(  # type: ignore[override]  # a future that others end
        self, executor: Executor | None, func: Callable[..., R], *args: Any
    ) -> asyncio.Future[R]:
        """As in asyncio; time stands still until the thread has answered."""
        self.busy += 1
        future: asyncio.Future[R] = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self.busy -= 1


class _LapseSelector(selectors.DefaultSelector):
    """Waits for as long as the play's seconds take."""

    def __init__(self, loop: LapseLoop) -> None:
        super().__init__()
        self._lapse_loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        if self._lapse_loop.busy:
            return super().select(None)
        clock, began = self._lapse_loop.clock, time.monotonic()
        ready = super().select(None if timeout is None else timeout / clock.speed)
        passed = (time.monotonic() - began) * clock.speed
        # Where nothing came, all of the wait has passed, and no more.
        late = passed if timeout is None else min(passed, timeout)
        clock.elapsed_s += late if ready or timeout is None else timeout
        return ready


def play(main: Coroutine[Any, Any, R], *, clock: LapseClock) -> R:
    """Run a coroutine to its end in the play's time."""
    with asyncio.Runner(loop_factory=lambda: LapseLoop(clock)) as runner:
        return runner.run(main)


class World:
    """The real world beside the play: an event loop of its own, in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="world", daemon=True)
        self._callers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="asks-world")
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, R]) -> R:
        """Have something done there, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def ask(self, work: Coroutine[Any, Any, R]) -> R:
        """Have something done there; the play stands still meanwhile."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._callers, self.do, work)
        except asyncio.CancelledError:
            if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
                work.close()  # no thread has begun it, and none will
            raise

    def close(self) -> None:
        """End it."""
        self._callers.shutdown(wait=True)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class WorldChannel:
    """A channel of the real world, for the play.

    Args:
        world: Where it is open.
        channel: It.
    """

    def __init__(self, world: World, channel: DeviceChannel) -> None:
        self._world = world
        self._channel = channel

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """See ``DeviceChannel.command``."""
        return await self._world.ask(self._channel.command(device, action, arguments, key=key))

    async def state(self, device: Device) -> DeviceState | None:
        """See ``DeviceChannel.state``."""
        return await self._world.ask(self._channel.state(device))

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """See ``DeviceChannel.watch``."""
        loop = asyncio.get_running_loop()
        changes: asyncio.Queue[tuple[str, DeviceState]] = asyncio.Queue()

        async def listen() -> None:
            async for change in self._channel.watch():
                loop.call_soon_threadsafe(changes.put_nowait, change)

        listening = asyncio.run_coroutine_threadsafe(listen(), self._world.loop)
        try:
            while True:
                yield await changes.get()
        finally:
            listening.cancel()
