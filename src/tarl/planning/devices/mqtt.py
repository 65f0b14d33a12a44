"""Devices behind an MQTT broker: one connection, kept up, for all of them.

1. A retained message tells a state; it never confirms a command, since it was said before. Nor
   does what comes back from the topic that a device is commanded on: it is no word of the device.
2. A lost broker is tried again, with waits that double up to a bound. While it is gone nobody is
   online, and a command waits for it only as long as it would wait for its device.
3. A command is sent again when broker or device come back, but only when the device knows its key,
   or when doing it twice is doing it once.
4. What is kept is bounded by the number of devices: a watcher that lags sees the last state.

Needs ``tarl[mqtt]``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, Self

import msgspec

from tarl.errors import Invalid, TarlError, Unavailable
from tarl.planning.context import DeviceState, Doubt
from tarl.planning.devices.binding import (
    Binding,
    Heard,
    Presence,
    Read,
    binding_of,
    heard,
    payload_for,
)
from tarl.planning.devices.broker import REQUEST_S, Broker, aiomqtt, client_of
from tarl.planning.devices.channel import check_command
from tarl.planning.devices.confirming import Order, confirmed, offline, unconfirmed
from tarl.planning.devices.payload import json_or_text, value_at
from tarl.planning.devices.watching import Watchers, keep
from tarl.planning.household import Device

CONFIRM_S = 10.0
"""How long a device has to say that it did what it was told."""

MOVE_S = 60.0
"""How long a door or a lock may be on its way, once it has said that it is."""

POWER_S = 2.0
"""How long its meter has to agree, where it has one."""

SETTLE_S = 1.0
"""How long states that the broker keeps are waited for before the first look."""

BACKOFF_S = (0.1, 30.0)
SUBSCRIPTIONS_AT_ONCE = 100
LISTENED_MAX = 64
"""Messages of one device that a command has not looked at yet."""


class MqttChannel:
    """:class:`~tarl.planning.devices.channel.DeviceChannel` over MQTT; ``async with`` connects.

    Args:
        broker: Where it is.
        devices: Those that have an ``mqtt`` channel; others are left out.
        now_ms: The clock.
        confirm_s: See ``CONFIRM_S``.
        power_s: See ``POWER_S``.
        move_s: See ``MOVE_S``.

    Raises:
        Invalid: ``device.channel``, ``device.topic``.
    """

    def __init__(
        self,
        broker: Broker,
        devices: Iterable[Device],
        *,
        now_ms: Callable[[], int],
        confirm_s: float = CONFIRM_S,
        power_s: float = POWER_S,
        move_s: float = MOVE_S,
    ) -> None:
        self._broker = broker
        self._now_ms = now_ms
        self._confirm_s = confirm_s
        self._power_s = power_s
        self._move_s = move_s
        self._bindings: dict[str, Binding] = {
            device.id: binding_of(device).told for device in devices if "mqtt" in device.channel
        }
        self._by_topic: dict[str, list[tuple[str, Read | Presence]]] = {}
        for id, binding in self._bindings.items():
            parts: tuple[Read | Presence, ...] = (*binding.presence, *binding.reads)
            for part in parts:
                self._by_topic.setdefault(part.topic, []).append((id, part))
        self._locks = {id: asyncio.Lock() for id in self._bindings}
        self._states: dict[str, DeviceState] = {}
        self._said_ms: dict[tuple[str, str], int] = {}
        self._present: dict[str, dict[str, bool]] = {id: {} for id in self._bindings}
        self._doubts: dict[str, Doubt] = {}
        self._listeners: dict[str, set[asyncio.Queue[Heard]]] = {}
        self._watchers = Watchers()
        self._client: aiomqtt.Client | None = None
        self._is_subscribing = False
        self._connected = asyncio.Event()
        self._orders: dict[str, Order] = {}
        self._complete = asyncio.Event()
        self._unheard = {
            read.topic for binding in self._bindings.values() for read in binding.reads
        }
        if not self._unheard:
            self._complete.set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connects, and waits a moment for what the broker keeps of its devices.

        Raises:
            Unavailable: ``device.unreachable``.
        """
        self._task = asyncio.create_task(self._stay())
        self._task.add_done_callback(lambda _: self._watchers.end())
        try:
            await self._first_connection()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await self._complete.wait()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnects; watchers end."""
        self._watchers.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What devices said that could not be taken, the last of each topic."""
        return tuple(self._doubts.values())

    async def state(self, device: Device) -> DeviceState | None:
        """What the device last said; not online while the broker is gone.

        Where a last will would tell that the device is gone, what it said is so until now.
        """
        state = self._states.get(device.id)
        if state is None:
            return None
        if not self.is_connected:
            return msgspec.structs.replace(state, is_online=False)
        state = self._unexpired(device.id, state)
        if state.is_online and self._bindings[device.id].presence:
            return msgspec.structs.replace(state, observed_ms=self._now_ms(), is_kept=False)
        return state

    def _unexpired(self, id: str, state: DeviceState) -> DeviceState:
        """A state without what was said too long ago to be known; not online where that is all."""
        now_ms = self._now_ms()
        expired = {
            read.attribute
            for read in self._bindings[id].reads
            if read.expire_s is not None
            and now_ms - self._said_ms.get((id, read.attribute), 0) > 1_000 * read.expire_s
        }
        if not expired:
            return state
        rest = {name: told for name, told in state.attributes.items() if name not in expired}
        is_online = state.is_online and "state" not in expired and bool(rest)
        return msgspec.structs.replace(state, attributes=rest, is_online=is_online)

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """Each change from the first look on, until the channel is closed."""
        async with contextlib.aclosing(self._watchers.changes()) as changes:
            async for change in changes:
                yield change
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """See :meth:`tarl.planning.devices.channel.DeviceChannel.command`."""
        check_command(device, action, arguments)
        binding = self._bindings.get(device.id)
        send = binding.commands.get(action) if binding is not None else None
        if binding is None or send is None:
            raise Invalid(
                f"nothing says how {device.name} is told to {action}",
                code="device.channel",
                next_step="give the device a command topic",
                device=device.id,
            )
        order = Order(
            device=device,
            action=action,
            arguments=dict(arguments),
            key=key,
            send=send,
            payload=payload_for(send, action, arguments, key=key),
        )
        async with self._locks[device.id]:
            before = self._states.get(device.id)
            if before is not None and self.is_connected and not before.is_online:
                raise offline(device)
            with self._listening(device.id) as said:
                async with self._sent(order):
                    return await confirmed(
                        order,
                        said,
                        before=before,
                        has_state=binding.has_state,
                        has_meter="power_w" in binding.names,
                        confirm_s=self._confirm_s,
                        power_s=self._power_s,
                        move_s=self._move_s,
                        now_ms=self._now_ms(),
                    )

    # ------------------------------------------------------------------------------- connection

    async def _stay(self) -> None:
        """Connects, listens, and connects again when the connection is lost."""
        wait_s, wait_max_s = BACKOFF_S
        while True:
            try:
                async with client_of(self._broker) as client:
                    self._is_subscribing = True
                    await self._subscribe(client)
                    self._client = client
                    self._is_subscribing = False
                    self._connected.set()
                    wait_s = BACKOFF_S[0]
                    async for message in client.messages:
                        self._take(str(message.topic), message.payload, message.retain)
            except (aiomqtt.MqttError, OSError) as error:
                self._doubts[""] = _doubt("device.unreachable", f"the broker is gone: {error}", "")
            finally:
                self._client = None
                self._is_subscribing = False
                self._connected.clear()
                for order in self._orders.values():
                    order.was_away.set()
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, wait_max_s)

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        topics = sorted(self._by_topic)
        for at in range(0, len(topics), SUBSCRIPTIONS_AT_ONCE):
            some = topics[at : at + SUBSCRIPTIONS_AT_ONCE]
            codes = await client.subscribe([(topic, 1) for topic in some])
            for topic, code in zip(some, codes, strict=False):
                if _number(code) >= 128:
                    for id, _ in self._by_topic[topic]:
                        self._doubts[f"{id} {topic}"] = _doubt(
                            "device.unreachable", f"the broker does not let {topic} be read", id
                        )
        self._doubts.pop("", None)

    async def _first_connection(self) -> None:
        """Waits for a broker that answers; one that does may take its time for many topics."""
        waiting = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait({waiting}, timeout=self._confirm_s)
            while self._is_subscribing:
                await asyncio.wait({waiting}, timeout=REQUEST_S)
        finally:
            waiting.cancel()
        await self._connection(0)

    async def _connection(self, within_s: float) -> aiomqtt.Client:
        assert self._task is not None, "the channel is used inside `async with`"
        waiting = asyncio.ensure_future(self._connected.wait())
        try:
            await asyncio.wait(
                {waiting, self._task}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiting.cancel()
        if self._task.done():
            self._task.result()
        if self._client is None:
            raise Unavailable(
                f"the broker {self._broker!r} does not answer",
                code="device.unreachable",
                next_step="check that it runs, and its address, user and password",
                broker=repr(self._broker),
            )
        return self._client

    @contextlib.asynccontextmanager
    async def _sent(self, order: Order) -> AsyncIterator[None]:
        """A command at the broker; sent again, while it is inside, when broker or device were away
        and are back: nobody keeps a command for them."""
        await self._published(order)
        self._orders[order.device.id] = order
        again = asyncio.create_task(self._sent_again(order))
        try:
            yield
        finally:
            del self._orders[order.device.id]
            again.cancel()
            with contextlib.suppress(asyncio.CancelledError, Unavailable):
                await again

    async def _sent_again(self, order: Order) -> None:
        while not order.send.once:
            await order.was_away.wait()
            order.was_away.clear()
            await self._published(order)

    async def _published(self, order: Order) -> None:
        """Hands a command to the broker.

        Raises:
            Unavailable: ``device.unreachable``, ``device.unconfirmed``.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._confirm_s
        while True:
            client = await self._connection(max(0.0, deadline - loop.time()))
            try:
                await client.publish(order.send.topic, order.payload, qos=1)
            except aiomqtt.MqttError as error:
                if order.send.once:
                    raise unconfirmed(order, "the broker went while it was sent") from error
                await asyncio.sleep(BACKOFF_S[0])
            else:
                return

    # --------------------------------------------------------------------------------- messages

    def _take(self, topic: str, payload: Any, is_retained: bool) -> None:
        """One message: states of all devices that read it."""
        self._unheard.discard(topic)
        if not self._unheard:
            self._complete.set()
        for id, part in self._by_topic.get(topic, ()):
            try:
                if not isinstance(payload, bytes | bytearray):
                    continue
                if isinstance(part, Presence):
                    said = self._presence(id, part, bytes(payload))
                else:
                    said = self._reading(id, part, bytes(payload))
            except TarlError as error:
                text = f"{topic}: {error.message}"
                self._doubts[f"{id} {topic}"] = _doubt("device.payload", text, id)
                continue
            if said is None:
                continue
            self._doubts.pop(f"{id} {topic}", None)
            if isinstance(part, Read):
                self._said_ms[id, part.attribute] = self._now_ms()
                said = _kept(said) if is_retained else said
            if said.state != self._states.get(id):
                self._watchers.tell(id, said.state)
            self._states[id] = said.state
            if not is_retained:
                self._send_again_to(id, part, said)
                for queue in self._listeners.get(id, ()):
                    keep(queue, said)

    def _send_again_to(self, id: str, part: Read | Presence, said: Heard) -> None:
        if id in self._orders and isinstance(part, Presence) and said.state.is_online:
            self._orders[id].was_away.set()

    def _presence(self, id: str, part: Presence, payload: bytes) -> Heard | None:
        told = json_or_text(payload)
        # Zigbee2MQTT's older form is the word alone.
        word = told if isinstance(told, str) else value_at(told, part.path)
        if word not in (part.online, part.offline):
            return None
        present = self._present[id]
        present.pop(part.topic, None)
        present[part.topic] = word == part.online
        mode = self._bindings[id].presence_mode
        if mode == "latest":
            is_online = present[part.topic]
        else:
            is_online = (all if mode == "all" else any)(present.values())
        state = self._states.get(id, DeviceState(state="unknown", observed_ms=self._now_ms()))
        state = msgspec.structs.replace(state, is_online=is_online)
        return Heard(state=state, told=frozenset({"presence"}))

    def _reading(self, id: str, part: Read, payload: bytes) -> Heard | None:
        return heard(
            part,
            payload,
            before=self._states.get(id),
            now_ms=self._now_ms(),
            elsewhere=self._bindings[id].names,
        )

    @contextlib.contextmanager
    def _listening(self, id: str) -> Iterator[asyncio.Queue[Heard]]:
        queue: asyncio.Queue[Heard] = asyncio.Queue(maxsize=LISTENED_MAX)
        queues = self._listeners.setdefault(id, set())
        queues.add(queue)
        try:
            yield queue
        finally:
            queues.discard(queue)


def _kept(said: Heard) -> Heard:
    return msgspec.structs.replace(said, state=msgspec.structs.replace(said.state, is_kept=True))


def _number(code: Any) -> int:
    return int(getattr(code, "value", code))


def _doubt(code: str, text: str, id: str) -> Doubt:
    return Doubt(code=code, text=text, source=f"mqtt:{id}", blocks=(id,) if id else ())
