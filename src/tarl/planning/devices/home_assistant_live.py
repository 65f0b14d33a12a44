"""Devices of a Home Assistant: services over its REST interface, changes over its WebSocket.

1. The token goes to the one address that was given, in a header and in the WebSocket's first
   message; redirects are not followed, and no log and no message of ours holds it.
2. A service call that was answered is no proof: a command is confirmed by a change of state that
   comes after it, as over MQTT. A state that Home Assistant only assumes is no proof either.
3. A lost WebSocket is opened again, with waits that double up to a bound; while it is gone nobody
   is online.

Needs ``tarl[home-assistant]``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from tarl.errors import Denied, Invalid, TarlError, Unavailable
from tarl.planning.context import DeviceState, Doubt
from tarl.planning.devices.binding import Heard, Send
from tarl.planning.devices.channel import check_command
from tarl.planning.devices.confirming import Order, confirmed, offline, unconfirmed
from tarl.planning.devices.found import Found, doubt
from tarl.planning.devices.home_assistant import (
    SOURCE,
    Registries,
    found_in,
    is_assumed_of,
    place_of,
    state_of,
    unit_of,
    zone_of,
)
from tarl.planning.devices.home_assistant_services import entity_of, meter_of, service_data
from tarl.planning.devices.payload import json_of, odd
from tarl.planning.devices.watching import Watchers, keep
from tarl.planning.household import Device

try:
    import httpx
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import InvalidHandshake, WebSocketException
except ImportError as error:
    raise Unavailable(
        "the libraries for Home Assistant are not installed",
        code="extra.missing",
        next_step="pip install 'tarl[home-assistant]'",
    ) from error

CONFIRM_S = 10.0
POWER_S = 2.0
MOVE_S = 60.0
REQUEST_S = 10.0
BACKOFF_S = (0.2, 30.0)
MESSAGE_BYTES_MAX = 32 * 1024 * 1024
"""All states of a large installation in one answer."""

# The library logs frames at DEBUG, the first of which holds the token: this logger never does,
# whatever the level of the others.
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.WARNING)
_LOG.addHandler(logging.NullHandler())

_LISTS = {
    "areas": "config/area_registry/list",
    "floors": "config/floor_registry/list",
    "devices": "config/device_registry/list",
    "entities": "config/entity_registry/list",
}


class Address:
    """Where a Home Assistant is, and the token for it, which does not show when this is printed.

    Raises:
        Invalid: ``home_assistant.address``, ``home_assistant.token``.
    """

    def __init__(self, url: str, *, token: str) -> None:
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 (refuses what is no number)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise Invalid(
                "the address of a Home Assistant looks like http://homeassistant.local:8123",
                code="home_assistant.address",
                next_step="correct it; the token is given apart from it",
            )
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Invalid(
                "this is no token that a header could carry",
                code="home_assistant.token",
                next_step="make a long-lived access token in your profile of Home Assistant",
            )
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.token = token

    @property
    def socket(self) -> str:
        """Of the WebSocket."""
        return f"ws{self.url.removeprefix('http')}/api/websocket"

    def __repr__(self) -> str:
        return self.url


async def look(address: Address, *, now_ms: int) -> Found:
    """All areas, floors and devices of an installation, with their states.

    Raises:
        Denied: ``home_assistant.token``.
        Unavailable: ``device.unreachable``.
        Invalid: ``device.payload``.
        Exceeded: ``device.too_much``.
    """
    try:
        async with asyncio.timeout(REQUEST_S), _connected(address) as socket:
            states = await _asked(socket, 1, "get_states")
            services = await _asked(socket, 2, "get_services")
            config = await _asked(socket, 3, "get_config")
            lists = {
                name: tuple(_as_list(await _asked(socket, 4 + number, command, is_optional=True)))
                for number, (name, command) in enumerate(_LISTS.items())
            }
    except (OSError, WebSocketException, TimeoutError) as error:
        raise _unreachable(address, error) from error
    return found_in(
        states,
        now_ms=now_ms,
        services=_as_list(services),
        registries=Registries(**lists),
        temperature_unit=unit_of(config),
        time_zone=zone_of(config),
        place=place_of(config),
    )


class HomeAssistantChannel:
    """:class:`~tarl.planning.devices.channel.DeviceChannel` over Home Assistant; ``async with``
    connects.

    Args:
        address: Where it is, and the token.
        devices: Those that have a ``home_assistant`` channel; others are left out.
        now_ms: The clock.
        confirm_s: How long a device has to show that it did what it was told.
        power_s: How long its meter has to agree, where it has one.
        move_s: How long it may be on its way, once it has said that it is.

    Raises:
        Invalid: ``device.channel``.
    """

    def __init__(
        self,
        address: Address,
        devices: Iterable[Device],
        *,
        now_ms: Callable[[], int],
        confirm_s: float = CONFIRM_S,
        power_s: float = POWER_S,
        move_s: float = MOVE_S,
    ) -> None:
        self._address = address
        self._now_ms = now_ms
        self._confirm_s = confirm_s
        self._power_s = power_s
        self._move_s = move_s
        mine = [device for device in devices if "home_assistant" in device.channel]
        self._by_entity: dict[str, list[str]] = {}
        self._meters: dict[str, str] = {}
        for device in mine:
            self._by_entity.setdefault(entity_of(device), []).append(device.id)
            if (meter := meter_of(device)) is not None:
                self._meters.setdefault(meter, device.id)
        self._locks = {device.id: asyncio.Lock() for device in mine}
        self._states: dict[str, DeviceState] = {}
        self._assumed: set[str] = set()
        self._listeners: dict[str, asyncio.Queue[Heard]] = {}
        self._watchers = Watchers()
        self._doubts: dict[str, Doubt] = {}
        self._unit = "°C"
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._http = httpx.AsyncClient(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=REQUEST_S,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        """Connects, and takes all states.

        Raises:
            Denied: ``home_assistant.token``.
            Unavailable: ``device.unreachable``.
        """
        self._task = asyncio.create_task(self._stay())
        self._task.add_done_callback(lambda _: self._watchers.end())
        waiting = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait(
                {waiting, self._task},
                timeout=self._confirm_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._check()
            if not self.is_connected:
                raise _unreachable(self._address, "nobody answers")
        except BaseException:
            await self.close()
            raise
        finally:
            waiting.cancel()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnects; watchers end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, TarlError):
                await self._task
            self._task = None
        await self._http.aclose()
        self._watchers.end()

    @property
    def is_connected(self) -> bool:
        """Whether Home Assistant is there."""
        return self._connected.is_set()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What could not be taken, the last of each device."""
        return tuple(self._doubts.values())

    async def state(self, device: Device) -> DeviceState | None:
        """What the device last said; not online while Home Assistant is gone."""
        state = self._states.get(device.id)
        if state is None or self.is_connected:
            return state
        return msgspec.structs.replace(state, is_online=False)

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """Each change from the first look on, until the channel is closed.

        Raises:
            Denied: ``home_assistant.token``: it is taken back.
        """
        async with contextlib.aclosing(self._watchers.changes()) as changes:
            async for change in changes:
                yield change
        self._check()

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """See :meth:`tarl.planning.devices.channel.DeviceChannel.command`; Home Assistant knows
        no keys, so a call that may have arrived is not sent again."""
        check_command(device, action, arguments)
        if device.id not in self._locks:
            raise Invalid(
                f"{device.name} is not reached through Home Assistant",
                code="device.channel",
                next_step="give channel: {home_assistant: {entity_id: light.kitchen}}",
                device=device.id,
            )
        domain, service, data = service_data(device, action, arguments, temperature_unit=self._unit)
        order = Order(
            device=device,
            action=action,
            arguments=dict(arguments),
            key=key,
            send=Send(topic=f"{domain}.{service}"),
            payload=b"",
        )
        async with self._locks[device.id]:
            self._check()
            before = self._states.get(device.id)
            if not self.is_connected:
                raise _unreachable(self._address, "the connection is lost")
            if before is not None and not before.is_online:
                raise offline(device)
            said: asyncio.Queue[Heard] = asyncio.Queue(maxsize=64)
            self._listeners[device.id] = said
            try:
                await self._call(order, f"/api/services/{domain}/{service}", data)
                return await confirmed(
                    order,
                    said,
                    before=before,
                    has_state=domain != "button" and device.id not in self._assumed,
                    has_meter=device.id in self._meters.values(),
                    confirm_s=self._confirm_s,
                    power_s=self._power_s,
                    move_s=self._move_s,
                    now_ms=self._now_ms(),
                )
            finally:
                del self._listeners[device.id]

    async def _call(self, order: Order, path: str, data: Mapping[str, Any]) -> None:
        try:
            async with self._http.stream("POST", path, json=data) as response:
                status = response.status_code
        except httpx.ConnectError as error:
            raise _unreachable(self._address, error) from error
        except httpx.HTTPError as error:
            raise unconfirmed(order, f"the call was cut off ({type(error).__name__})") from error
        if status in (401, 403):
            raise _no_token(self._address)
        if status != 200:
            raise Unavailable(
                f"Home Assistant answers {status} to {order.send.topic}",
                code="device.unconfirmed",
                next_step="look at Home Assistant's log",
                device=order.device.id,
                status=status,
            )

    # ------------------------------------------------------------------------------- connection

    def _check(self) -> None:
        """Raises what ended the connection for good."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def _stay(self) -> None:
        """Listens, and connects again when the connection is lost; a refused token ends it."""
        wait_s, wait_max_s = BACKOFF_S
        while True:
            try:
                async with _connected(self._address) as socket:
                    await _asked(socket, 1, "subscribe_events", event_type="state_changed")
                    self._unit = unit_of(await _asked(socket, 2, "get_config"))
                    for entity in _as_list(await _asked(socket, 3, "get_states")):
                        self._take(entity, is_news=False)
                    self._connected.set()
                    self._doubts.pop("", None)
                    wait_s = BACKOFF_S[0]
                    async for message in socket:
                        self._hear(message)
                text = "Home Assistant ended the connection"
                self._doubts[""] = doubt("device.unreachable", text, source=SOURCE)
            except (OSError, WebSocketException, TimeoutError) as error:
                self._doubts[""] = doubt("device.unreachable", str(error), source=SOURCE)
            except Invalid as error:
                self._doubts[""] = doubt(error.code, error.message, source=SOURCE)
            finally:
                self._connected.clear()
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, wait_max_s)

    def _hear(self, message: str | bytes) -> None:
        event = _message(message).get("event")
        data = event.get("data") if isinstance(event, Mapping) else None
        if not isinstance(data, Mapping):
            return
        if data.get("new_state") is not None:
            self._take(data["new_state"], is_news=True)
        else:
            self._gone(str(data.get("entity_id")))

    def _gone(self, entity: str) -> None:
        """An entity that was taken away is not online, whatever it said before."""
        for device in self._by_entity.get(entity, ()):
            if (state := self._states.get(device)) is not None:
                self._states[device] = msgspec.structs.replace(state, is_online=False)
                self._watchers.tell(device, self._states[device])

    def _take(self, entity: Any, *, is_news: bool) -> None:
        """A state of an entity: of the device that it is, or that it is the meter of."""
        id = entity.get("entity_id") if isinstance(entity, Mapping) else None
        if id in self._meters:
            self._taken(self._meters[id], entity, is_news=is_news, is_meter=True)
        for device in self._by_entity.get(str(id), ()):
            self._taken(device, entity, is_news=is_news, is_meter=False)

    def _taken(self, device: str, entity: Any, *, is_news: bool, is_meter: bool) -> None:
        try:
            state = state_of(entity, now_ms=self._now_ms(), temperature_unit=self._unit)
        except TarlError as error:
            self._doubts[device] = doubt(error.code, error.message, source=SOURCE, blocks=(device,))
            return
        self._doubts.pop(device, None)
        if not is_meter:
            (self._assumed.add if is_assumed_of(entity) else self._assumed.discard)(device)
        told = frozenset({"state", *state.attributes})
        before = self._states.get(device, DeviceState(state="unknown", observed_ms=0))
        power = {
            name: before.attributes[name] for name in ("power_w",) if name in before.attributes
        }
        if is_meter:
            told = frozenset({"power_w"}) & told
            if not told:
                return
            power = {"power_w": state.attributes["power_w"]}
            state = msgspec.structs.replace(
                before, observed_ms=state.observed_ms, attributes={**before.attributes, **power}
            )
        elif power:
            state = msgspec.structs.replace(state, attributes={**power, **state.attributes})
        self._states[device] = state
        if is_news:
            self._watchers.tell(device, state)
            if device in self._listeners:
                keep(self._listeners[device], Heard(state=state, told=told))


@contextlib.asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[ClientConnection]:
    """A WebSocket that took the token.

    Raises:
        Denied: ``home_assistant.token``.
    """
    async with connect(
        address.socket,
        max_size=MESSAGE_BYTES_MAX,
        open_timeout=REQUEST_S,
        close_timeout=1,
        logger=_LOG,
        proxy=None,
    ) as socket:
        async with asyncio.timeout(REQUEST_S):
            await socket.recv()
            await socket.send(_text({"type": "auth", "access_token": address.token}))
            answer = _message(await socket.recv()).get("type")
        if answer == "auth_invalid":
            raise _no_token(address)
        if answer != "auth_ok":
            raise odd("this is no Home Assistant")
        yield socket


async def _asked(
    socket: ClientConnection, id: int, type: str, *, is_optional: bool = False, **facts: Any
) -> Any:
    """What a command's answer holds; None for an optional one that the installation does not know.

    Raises:
        Invalid: ``device.payload``: it was refused.
    """
    await socket.send(_text({"id": id, "type": type, **facts}))
    async with asyncio.timeout(REQUEST_S):
        while True:
            answer = _message(await socket.recv())
            if answer.get("type") == "result" and answer.get("id") == id:
                if not answer.get("success") and not is_optional:
                    raise odd(f"Home Assistant refuses {type}")
                return answer.get("result")


def _text(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _message(message: str | bytes) -> dict[str, Any]:
    data = message.encode() if isinstance(message, str) else message
    value = json_of(data, bytes_max=MESSAGE_BYTES_MAX)
    if not isinstance(value, dict):
        raise odd("it is no object")
    return value


def _as_list(value: Any) -> list[Any]:
    """A list as it is; services by domain, as the WebSocket has them, as REST lists them."""
    if isinstance(value, Mapping):
        return [{"domain": name, "services": services} for name, services in value.items()]
    return value if isinstance(value, list) else []


def _no_token(address: Address) -> Denied:
    return Denied(
        f"{address!r} does not take the token",
        code="home_assistant.token",
        next_step="make a long-lived access token in your profile of Home Assistant",
    )


def _unreachable(address: Address, error: object) -> Unavailable:
    reason = type(error).__name__ if isinstance(error, InvalidHandshake) else str(error)
    return Unavailable(
        f"{address!r} cannot be reached: {reason or type(error).__name__}",
        code="device.unreachable",
        next_step="check that Home Assistant runs, and its address",
    )
