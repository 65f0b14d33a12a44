"""Devices that are reached in different ways, behind one channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tarl.errors import Missing
from tarl.planning.context import DeviceState
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.household import Device

CHANGES_MAX = 1_000
"""Changes that nobody has looked at yet; who is slower than that sees the newest state anyway."""


class RoutedChannel:
    """Sends each device's commands through the channel that its ``channel`` names.

    Args:
        channels: By name: ``mqtt``, ``home_assistant``.
    """

    def __init__(self, channels: Mapping[str, DeviceChannel]) -> None:
        self._channels = dict(channels)

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """See ``DeviceChannel.command``.

        Raises:
            Missing: ``device.no_channel``: nothing here reaches it; and the channel's own.
        """
        return await self._of(device).command(device, action, arguments, key=key)

    async def state(self, device: Device) -> DeviceState | None:
        """See ``DeviceChannel.state``; None for a device that nothing here reaches."""
        for name, channel in self._channels.items():
            if name in device.channel:
                return await channel.state(device)
        return None

    def _of(self, device: Device) -> DeviceChannel:
        for name, channel in self._channels.items():
            if name in device.channel:
                return channel
        known = ", ".join(device.channel) or "nothing"
        raise Missing(
            f"nothing here reaches {device.name}: it is reached through {known}",
            code="device.no_channel",
            next_step="connect a broker (--broker HOST:PORT), or describe its channel",
            device=device.id,
        )

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """See ``DeviceChannel.watch``; never ends where there is no channel."""
        changes: asyncio.Queue[tuple[str, DeviceState]] = asyncio.Queue(CHANGES_MAX)

        async def listen(channel: DeviceChannel) -> None:
            async for change in channel.watch():
                if changes.full():
                    changes.get_nowait()
                changes.put_nowait(change)

        listening = [asyncio.create_task(listen(c)) for c in self._channels.values()]
        try:
            while True:
                yield await changes.get()
        finally:
            for task in listening:
                task.cancel()
