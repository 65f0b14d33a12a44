"""Several channels as one: each device is reached in the first of its ways that there is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.devices.watching import Watchers
from tarl.planning.household import Device


class Channels:
    """:class:`~tarl.planning.devices.channel.DeviceChannel` over others, by the names that they
    have in ``Device.channel``; the earlier is preferred."""

    def __init__(self, channels: Mapping[str, DeviceChannel]) -> None:
        self._channels = dict(channels)

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """See :meth:`tarl.planning.devices.channel.DeviceChannel.command`."""
        return await self._of(device).command(device, action, arguments, key=key)

    async def state(self, device: Device) -> DeviceState | None:
        """What the device last said; None for one that no channel reaches."""
        ways = [self._channels[name] for name in self._channels if name in device.channel]
        return await ways[0].state(device) if ways else None

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """The changes of all channels, until all have ended."""
        watchers = Watchers()

        async def pass_on(channel: DeviceChannel) -> None:
            async for id, state in channel.watch():
                watchers.tell(id, state)

        async def all_of_them() -> None:
            try:
                await asyncio.gather(*map(pass_on, self._channels.values()))
            finally:
                watchers.end()

        passing = asyncio.create_task(all_of_them())
        try:
            async with contextlib.aclosing(watchers.changes()) as changes:
                async for change in changes:
                    yield change
            await passing
        finally:
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)

    def _of(self, device: Device) -> DeviceChannel:
        for name, channel in self._channels.items():
            if name in device.channel:
                return channel
        raise Invalid(
            f"nothing here reaches {device.name}",
            code="device.channel",
            next_step=f"connect one of {', '.join(device.channel)}"
            if device.channel
            else "say in the household file how it is reached",
            device=device.id,
        )
