"""Devices that are reached in different ways, behind one channel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tarl.errors import Missing
from tarl.planning.context import DeviceState
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.devices.watching import Watchers
from tarl.planning.household import Device


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
        """See ``DeviceChannel.watch``: until all channels are closed; never ends where there are
        none.

        A channel mends its own connection. One that cannot ends this with its error, after what
        was told before: its silence would be taken for peace.

        Raises:
            Exception: The channel's own.
        """
        watchers, over = Watchers(), asyncio.Event()

        async def listen(channel: DeviceChannel) -> None:
            async for id, state in channel.watch():
                watchers.tell(id, state)

        async def listen_to_all() -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    for channel in self._channels.values():
                        group.create_task(listen(channel))
                if not self._channels:
                    await over.wait()
            except* Exception as errors:
                raise _first(errors) from None
            finally:
                watchers.end()

        listening = asyncio.create_task(listen_to_all())
        try:
            async with contextlib.aclosing(watchers.changes()) as changes:
                async for change in changes:
                    yield change
            await listening
        finally:
            listening.cancel()
            await asyncio.wait({listening})


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
