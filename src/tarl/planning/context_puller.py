"""What is known now: the home's sources, its devices' states and live prices, as one snapshot.

1. A snapshot is kept for ``CACHE_MS``; who asks meanwhile gets the same one, with its own instant.
   Who asks while one is being taken waits for it.
2. Files are read again for each snapshot, so that new prices count without a restart.
3. A device or a live source that does not answer in time is left out, and a doubt says so. That
   prices are missing where no file has them either is another doubt's to say, which blocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.planning.context import ContextSnapshot, DeviceState, Doubt
from tarl.planning.household import Device
from tarl.planning.moments import HORIZON_HOURS, hours_named
from tarl.planning.slots import HOUR_MS, Grid, grid_from
from tarl.planning.sources.live import Live as Service
from tarl.planning.sources.reading import Varying
from tarl.planning.sources.settings import ServiceSource
from tarl.planning.sources.snapshot import Home, home_at, take
from tarl.planning.task import TaskSpec

CACHE_MS = 30_000
ANSWER_S = 5.0
"""For all devices together: what is slower is not worth waiting for with every plan."""

ASKED_AT_ONCE = 32

StateOf = Callable[[Device], Awaitable[DeviceState | None]]
"""What a device last said of itself: ``state`` of a ``DeviceChannel`` is one."""

Live = Callable[[Grid, int], Awaitable[Iterable[Varying]]]
"""What varies over the slots of a grid, asked at an instant: prices from a service."""


class ContextPuller:
    """Takes snapshots of a home."""

    def __init__(
        self,
        home: Home | Path,
        *,
        clock: Callable[[], int],
        states: StateOf | None = None,
        live: Sequence[Live] = (),
        asks: Callable[[ServiceSource], Live] = Service,
        hours: int = HORIZON_HOURS,
        cache_ms: int = CACHE_MS,
        answer_s: float = ANSWER_S,
    ) -> None:
        """
        Args:
            home: The home, or the household file that describes it.
            clock: UTC milliseconds.
            states: How devices are asked; nothing is known of them without.
            live: Prices and the like from elsewhere.
            asks: How the services that the home's sources name are asked.
            hours: How far ahead, when a caller does not say.
            cache_ms: How long a snapshot is kept.
            answer_s: How long devices, and then services, have to answer.
        """
        self._home, self._clock, self._states, self._live = home, clock, states, tuple(live)
        self._asks, self._services = asks, dict[ServiceSource, Live]()
        self._hours, self._cache_ms, self._answer_s = hours, cache_ms, answer_s
        self._kept: dict[int, tuple[int, Home, ContextSnapshot]] = {}
        self._pulls = self._forgotten = 0
        self._pulling = asyncio.Lock()

    async def get_snapshot(
        self,
        *,
        hours: int | None = None,
        is_fresh: bool = False,
        task: TaskSpec | None = None,
        until_ms: int = 0,
    ) -> ContextSnapshot:
        """What is known, from now over ``hours``; where they are not said, at least until then, and
        as far as a task's times lie; a kept snapshot unless ``is_fresh``.

        Raises:
            Missing, Invalid, Unavailable: the household file cannot be used, or those of ``take``.
        """
        least = max(self._hours, -(-(until_ms - self._clock()) // HOUR_MS))
        known = (await self._pull(hours or least, is_fresh=is_fresh))[1]
        if hours is not None or task is None:
            return known
        needed = hours_named(task.constraints, known)
        return known if needed <= least else (await self._pull(needed))[1]

    async def get_device_status(self, device_id: str) -> dict[str, Any]:
        """What a device is and what it last said of itself; ``state`` is None when it never did.

        Raises:
            Missing: ``household.no_device``; and those of :meth:`get_snapshot`.
        """
        home, snapshot = await self._pull(self._hours)
        device = home.household.device(device_id)
        state = snapshot.devices.get(device_id)
        return {
            "device_id": device.id,
            "name": device.name,
            "kind": device.kind,
            "area": device.area,
            "state": None if state is None else state.state,
            "attributes": {} if state is None else dict(state.attributes),
            "is_online": None if state is None else state.is_online,
            "observed_ms": None if state is None else state.observed_ms,
            "age_ms": None if state is None else snapshot.timestamp - state.observed_ms,
        }

    async def get_environment_summary(self) -> dict[str, Any]:
        """What matters now, and when power is cheapest and dearest, as JSON values.

        Raises:
            Missing, Invalid, Unavailable: those of :meth:`get_snapshot`.
        """
        return summary_of(await self.get_snapshot())

    def forget(self) -> None:
        """Drops the kept snapshots: something has changed."""
        self._kept.clear()
        self._forgotten += 1

    async def _pull(self, hours: int, *, is_fresh: bool = False) -> tuple[Home, ContextSnapshot]:
        asked = self._pulls
        async with self._pulling:
            kept = self._kept.get(hours)
            if kept is not None:
                number, home, snapshot = kept
                age_ms = self._clock() - snapshot.timestamp
                # One that was taken while this caller waited is as fresh as one can be.
                if number > asked or (not is_fresh and 0 <= age_ms < self._cache_ms):
                    return home, snapshot
            forgotten = self._forgotten
            home, snapshot = await self._taken(hours)
            self._pulls += 1
            if forgotten == self._forgotten:
                oldest = snapshot.timestamp - self._cache_ms
                self._kept = {h: k for h, k in self._kept.items() if k[2].timestamp > oldest}
                self._kept[hours] = (self._pulls, home, snapshot)
            return home, snapshot

    async def _taken(self, hours: int) -> tuple[Home, ContextSnapshot]:
        home = self._home
        if isinstance(home, Path):
            home = await asyncio.to_thread(home_at, home, must=False)
        now_ms = self._clock()
        grid = grid_from(now_ms, hours=hours)
        doubts: list[Doubt] = []
        states = await self._asked(home.household.devices, doubts)
        varying = await self._lived(home, grid, now_ms, doubts)
        readings = msgspec.structs.replace(
            home.readings,
            varying=home.readings.varying + varying,
            doubts=home.readings.doubts + tuple(doubts),
        )
        snapshot = take(home.household, grid, now_ms=now_ms, sources=readings, states=states)
        return home, snapshot

    async def _asked(
        self, devices: Sequence[Device], doubts: list[Doubt]
    ) -> dict[str, DeviceState]:
        if self._states is None:
            return {}
        gate = asyncio.Semaphore(ASKED_AT_ONCE)
        tasks = {
            device.id: asyncio.create_task(self._ask(self._states, device, gate))
            for device in devices
            if device.channel
        }
        try:
            if tasks:
                await asyncio.wait(tasks.values(), timeout=self._answer_s)
            return dict(self._heard(tasks, doubts))
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    def _heard(
        self, tasks: dict[str, asyncio.Task[DeviceState | TarlError | None]], doubts: list[Doubt]
    ) -> Iterator[tuple[str, DeviceState]]:
        for id, task in tasks.items():
            if not task.done():
                doubts.append(_silent(id, f"{id} did not answer within {self._answer_s:g} s"))
                continue
            answer = task.result()
            if isinstance(answer, TarlError):
                doubts.append(_silent(id, answer.message))
            elif answer is not None:
                yield id, answer

    @staticmethod
    async def _ask(
        states: StateOf, device: Device, gate: asyncio.Semaphore
    ) -> DeviceState | TarlError | None:
        async with gate:
            try:
                return await states(device)
            except TarlError as error:
                return error

    async def _lived(
        self, home: Home, grid: Grid, now_ms: int, doubts: list[Doubt]
    ) -> tuple[Varying, ...]:
        # What a service answered is kept with it, so it outlives a file that is read again.
        self._services = {
            source: self._services.get(source) or self._asks(source)
            for source in home.readings.services
        }
        found: list[Varying] = []
        for live in (*self._live, *self._services.values()):
            try:
                async with asyncio.timeout(self._answer_s):
                    found += await live(grid, now_ms)
            except TarlError as error:
                doubts.append(_dark(error.code, error.message))
            except TimeoutError:
                text = f"a service did not answer within {self._answer_s:g} s"
                doubts.append(_dark("fetch.timed_out", text))
        return tuple(found)


def summary_of(snapshot: ContextSnapshot) -> dict[str, Any]:
    """A snapshot in short, as JSON values; None where nothing is known."""
    prices = [
        (price, snapshot.grid.at(slot))
        for slot, price in enumerate(snapshot.import_price)
        if price is not None
    ]
    return {
        "timestamp": snapshot.timestamp,
        "snapshot_id": snapshot.snapshot_id,
        "time_zone": snapshot.time_zone,
        "currency": snapshot.currency,
        "price_micro": _first(snapshot.import_price),
        "cheapest": _price(min(prices, default=None)),
        "dearest": _price(max(prices, key=lambda item: (item[0], -item[1]), default=None)),
        "solar_w": _first(snapshot.solar_w),
        "temperature": _first(snapshot.temperature),
        "home": _first(snapshot.home),
        "asleep": _first(snapshot.asleep),
        "is_quiet": snapshot.quiet[0] if snapshot.quiet else None,
        "next": {name: at[0] for name, at in snapshot.events.items() if at},
        "devices_online": sum(state.is_online for state in snapshot.devices.values()),
        "devices_known": len(snapshot.devices),
        "doubts": [doubt.text for doubt in snapshot.doubts],
    }


def _first(values: Sequence[int | None]) -> int | None:
    return values[0] if values else None


def _price(item: tuple[int, int] | None) -> dict[str, int] | None:
    return None if item is None else {"price_micro": item[0], "start_ms": item[1]}


def _silent(device: str, text: str) -> Doubt:
    return Doubt(code="source.device_silent", text=text, source=device)


def _dark(code: str, text: str) -> Doubt:
    return Doubt(code=code, text=text, source="live")
