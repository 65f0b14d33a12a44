"""Where a broker is, and connections to it.

Needs ``tarl[mqtt]``.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Coroutine
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from tarl.errors import Invalid, Unavailable

try:
    import aiomqtt as aiomqtt
except ImportError as error:
    raise Unavailable(
        "the library of MQTT is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[mqtt]'",
    ) from error

T = TypeVar("T")

REQUEST_S = 5.0
QUEUE_MAX = 10_000
"""Messages that came and were not looked at yet; what comes beyond is dropped by the library."""

# What the library has to say it raises too; without a handler it would write to standard error.
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker is. The password does not show when this is printed."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: bool = False

    def __repr__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def broker_at(address: str, *, password: str | None = None) -> Broker:
    """A broker by its address, ``mqtt://user@host:1883``; ``mqtts`` for TLS.

    Raises:
        Invalid: ``device.broker_address``.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path or parts.password:
        raise Invalid(
            "a broker's address looks like mqtt://user@host:1883, without a password",
            code="device.broker_address",
            next_step="give the password apart from it; mqtts:// is for TLS",
        )
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=password,
        tls=tls,
    )


class _Client(aiomqtt.Client):
    """A connection whose loss is told by whatever waits for it, at once, and by nothing else."""

    def __init__(self, *where: Any, **options: Any) -> None:
        super().__init__(*where, **options)
        self._disconnected.add_done_callback(_heard_of)

    async def __aenter__(self) -> Self:
        """See the library.

        Raises:
            MqttError: it is not there, or does not let us in.
        """
        lost = self._disconnected
        await super().__aenter__()
        if self._disconnected is not lost:
            self._disconnected.add_done_callback(_heard_of)
        return self

    async def subscribe(self, *topics: Any, **how: Any) -> Any:
        """See the library.

        Raises:
            MqttError: it was not confirmed, or the connection is lost meanwhile.
        """
        return await self._while_connected(super().subscribe(*topics, **how))

    async def publish(self, *message: Any, **how: Any) -> None:
        """See the library.

        Raises:
            MqttError: as ``subscribe``.
        """
        await self._while_connected(super().publish(*message, **how))

    async def _while_connected(self, asked: Coroutine[Any, Any, T]) -> T:
        answered, lost = asyncio.ensure_future(asked), self._disconnected
        try:
            await asyncio.wait((answered, lost), return_when=asyncio.FIRST_COMPLETED)
            if answered.done():
                return answered.result()
        finally:
            answered.cancel()
        why = lost.exception()
        raise aiomqtt.MqttError(f"the connection was lost: {why or 'it was closed'}") from why


def _heard_of(lost: asyncio.Future[None]) -> None:
    """Nobody need wait for the loss of a connection that nobody uses any more."""
    if not lost.cancelled():
        lost.exception()


def client_of(broker: Broker, **options: Any) -> aiomqtt.Client:
    """A connection to a broker, not yet opened."""
    return _Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        tls_context=ssl.create_default_context() if broker.tls else None,
        timeout=REQUEST_S,
        logger=_LOG,
        # Small messages that answer one another: without it each waits for a delayed ACK, 40 ms.
        socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        max_queued_incoming_messages=QUEUE_MAX,
        **options,
    )
