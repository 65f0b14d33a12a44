"""What a broker keeps under some topics: one look, bounded in number, size and time.

Needs ``tarl[mqtt]``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import aiomqtt

from tarl.errors import Exceeded, Unavailable
from tarl.planning.devices.broker import Broker, client_of

MESSAGES_MAX = 40_000
"""A device announces each thing that it measures or can be set to: some twenty."""

BYTES_MAX = 32 * 1024 * 1024
QUIET_S = 0.5
"""Without a further message that was kept for so long, that was all, whatever is said meanwhile."""

LOOK_S = 30.0
"""Some brokers send all that they keep before they confirm that it was asked for."""

LOOKS_MAX = 2
"""Some brokers now and then forget to confirm: they are asked once more, on a new connection."""


async def retained(
    broker: Broker,
    filters: Iterable[str],
    *,
    quiet_s: float = QUIET_S,
    messages_max: int = MESSAGES_MAX,
    bytes_max: int = BYTES_MAX,
) -> dict[str, bytes]:
    """The retained messages under these filters, by topic.

    Raises:
        Unavailable: ``device.unreachable``.
        Exceeded: ``device.too_much``: there is more than a home has to say.
    """
    wanted = list(filters)
    for look in range(1, LOOKS_MAX + 1):
        is_connected = False
        try:
            async with asyncio.timeout(LOOK_S), client_of(broker) as client:
                is_connected = True
                await client.subscribe([(topic, 0) for topic in wanted], timeout=LOOK_S)
                return await _kept(
                    client,
                    broker,
                    wanted,
                    quiet_s=quiet_s,
                    messages_max=messages_max,
                    bytes_max=bytes_max,
                )
        except (aiomqtt.MqttError, TimeoutError, OSError) as error:
            if is_connected and look < LOOKS_MAX:
                continue
            raise Unavailable(
                f"the broker {broker!r} does not answer: {error}",
                code="device.unreachable",
                next_step="check that it runs, and its address, user and password",
                broker=repr(broker),
            ) from error
    raise AssertionError("each look answers or raises")


async def _kept(
    client: aiomqtt.Client,
    broker: Broker,
    wanted: list[str],
    *,
    quiet_s: float,
    messages_max: int,
    bytes_max: int,
) -> dict[str, bytes]:
    """What the broker kept, until nothing more of it comes."""
    kept: dict[str, bytes] = {}
    messages, size = aiter(client.messages), 0
    loop = asyncio.get_running_loop()
    deadline = loop.time() + quiet_s
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                message = await anext(messages)
        except TimeoutError:
            return kept
        if not message.retain:
            continue
        deadline = loop.time() + quiet_s
        if not any(message.topic.matches(filter) for filter in wanted):
            continue
        payload = message.payload if isinstance(message.payload, bytes) else b""
        kept[str(message.topic)] = payload
        size += len(payload)
        if len(kept) > messages_max or size > bytes_max:
            raise Exceeded(
                f"{broker!r} keeps more than {messages_max} messages or {bytes_max} bytes"
                f" under {', '.join(wanted)}",
                code="device.too_much",
                next_step="look for who publishes it, or name a narrower prefix",
                broker=repr(broker),
            )
