"""Devices that are not there: they speak MQTT as real ones do, draw power, and can misbehave.

Each is a client of its own with a last will, obeys a command once for each key, and plays its
programs' power at a speed. ``fault`` says how it misbehaves; ``unplug`` cuts its connection, so
that the broker tells its will.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal, Self

from tarl.planning.devices.broker import Broker, aiomqtt, client_of
from tarl.planning.household import Device, Household, Program

Fault = Literal["refuses", "deaf", "pretends", "stays"]
"""``refuses`` says that it does not obey; ``deaf`` does nothing at all; ``pretends`` says that it
does, and draws no power; ``stays`` answers, and is as it was before."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for seconds of a device's time."""

KEYS_MAX = 1_000
AGAIN_S = 0.2
MOVE_MS = 15_000
"""How long a cover moves."""

TICK_MS = 60_000
"""How often a battery that charges tells its level."""

_STATES = {
    "turn_on": "on",
    "turn_off": "off",
    "lock": "locked",
    "unlock": "unlocked",
    "stop": "idle",
}
_AT_FIRST = {
    "light": "off",
    "switch": "off",
    "heat_pump": "on",
    "lock": "locked",
    "cover": "closed",
    "sensor": "home",
    "solar": "on",
}


class SimulatedDevice:
    """One of them. ``done`` are the commands that it carried out, without repetitions."""

    def __init__(
        self, device: Device, broker: Broker, *, speed: float, sleep: Sleep | None = None
    ) -> None:
        self.device = device
        self.state = _AT_FIRST.get(device.kind, "idle")
        self.attributes: dict[str, Any] = {}
        self.power_w = 0
        self.power_permille = 1_000
        """What it draws, against what its program says."""
        self.fault: Fault | None = None
        self.done: list[tuple[str, dict[str, Any]]] = []
        self._broker = broker
        self._speed = speed
        self._sleep = sleep
        self._topics: Mapping[str, str] = device.channel.get("mqtt", {})
        self._key: str | None = None
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._client: aiomqtt.Client | None = None
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._told = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        if device.storage is not None:
            self.attributes["level_wh"] = device.storage.capacity_wh // 4
        if device.kind in ("heat_pump", "water_heater"):
            self.attributes["temperature"] = 210 if device.kind == "heat_pump" else 550
            self.power_w = device.power_w or 0

    async def serve(self) -> None:
        """Is there, until cancelled; comes back when its broker does."""
        while True:
            await self._plugged.wait()
            with contextlib.suppress(aiomqtt.MqttError, OSError):
                await self._session()
            self._client = None
            await asyncio.sleep(AGAIN_S)

    async def ready(self) -> None:
        """Waits until it has told its state."""
        await self._told.wait()

    def unplug(self) -> None:
        """Cuts its connection without a word, and what it is at."""
        self._plugged.clear()
        self._told.clear()
        self._stop()
        self.power_w = 0
        # The library has no other way to go without saying so, which a will is for.
        sock = self._client._client.socket() if self._client is not None else None
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)

    def plug(self) -> None:
        """Gives it power again."""
        self.state = _AT_FIRST.get(self.device.kind, "idle")
        self._plugged.set()

    async def report(
        self, *, state: str | None = None, power_w: int | None = None, **attributes: Any
    ) -> None:
        """Tells something that nobody commanded: somebody came home, the sun shines."""
        self.state = self.state if state is None else state
        self.power_w = self.power_w if power_w is None else power_w
        self.attributes.update(attributes)
        await self._tell()

    async def close(self) -> None:
        """Says goodbye."""
        self._stop()
        with contextlib.suppress(aiomqtt.MqttError):
            await self._publish("availability_topic", "offline")

    # ------------------------------------------------------------------------------- connection

    async def _session(self) -> None:
        topic = self._topics.get("availability_topic")
        will = aiomqtt.Will(topic, "offline", qos=1, retain=True) if topic else None
        async with client_of(self._broker, will=will) as client:
            self._client = client
            orders = self._topics.get("command_topic")
            if orders is not None:
                await client.subscribe(orders, qos=1)
            await self._publish("availability_topic", "online")
            await self._tell()
            self._told.set()
            async for message in client.messages:
                # What a broker kept is no order of now; and some send what nobody subscribed to.
                if str(message.topic) == orders and not message.retain:
                    await self._hear(message.payload)

    async def _publish(self, topic: str, payload: str) -> None:
        if self._client is not None and topic in self._topics:
            await self._client.publish(self._topics[topic], payload, qos=1, retain=True)

    async def _tell(self, *, error: str | None = None) -> None:
        """Publishes state and power; what cannot be said now is said when it is connected again."""
        told = {"state": self.state, **self.attributes, **self._level()}
        if self._key is not None:
            told["key"] = self._key
        if error is not None:
            told["error"] = error
        with contextlib.suppress(aiomqtt.MqttError):
            await self._publish("state_topic", json.dumps(told))
            drawn = 0 if self.fault == "pretends" else self.power_w * self.power_permille // 1_000
            await self._publish("power_topic", str(drawn))

    def _level(self) -> dict[str, int]:
        """How full it is, permille."""
        storage = self.device.storage
        if storage is None:
            return {}
        return {"level": self.attributes["level_wh"] * 1_000 // storage.capacity_wh}

    # ---------------------------------------------------------------------------------- commands

    async def _hear(self, payload: Any) -> None:
        try:
            order = json.loads(payload)
            action, arguments, key = str(order["action"]), dict(order["arguments"]), order["key"]
        except (ValueError, TypeError, KeyError):
            return await self._tell(error="this is no command")
        if self.fault == "deaf":
            return None
        self._key = str(key)
        if self.fault == "refuses":
            return await self._tell(error="it is blocked")
        if self.fault != "stays" and self._key not in self._keys:
            try:
                self._begin(action, arguments)
            except (ValueError, TypeError):
                return await self._tell(error="it cannot take these arguments")
            self._keys[self._key] = None
            if len(self._keys) > KEYS_MAX:
                self._keys.popitem(last=False)
            self.done.append((action, arguments))
        return await self._tell()

    def _begin(self, action: str, arguments: dict[str, Any]) -> None:
        if action == "run" and self.device.programs:
            program = next(
                (known for known in self.device.programs if known.name == arguments.get("program")),
                self.device.programs[0],
            )
            self._go(self._play(program))
        elif action in ("charge", "discharge") and self.device.storage is not None:
            self._go(self._store(action, arguments))
        elif action in ("open", "close"):
            self._go(self._move(action))
        elif action.startswith("set_"):
            self.attributes.update(arguments)
        elif action in _STATES:
            self._stop()
            self.state = _STATES[action]
            self.power_w = (self.device.power_w or 0) if self.state == "on" else 0

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        self._stop()
        self._work = asyncio.create_task(work)

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    async def _wait(self, ms: float) -> None:
        if self._sleep is not None:
            await self._sleep(ms / 1_000)
        else:
            await asyncio.sleep(ms / 1_000 / self._speed)

    async def _play(self, program: Program) -> None:
        self.attributes["program"] = program.name
        for number, phase in enumerate(program.phases, start=1):
            self.state, self.power_w = "running", phase.power_w
            self.attributes["phase"] = number
            await self._tell()
            await self._wait(phase.duration_ms)
        self.attributes.pop("phase")
        await self._rest()

    def _store(self, action: str, arguments: Mapping[str, Any]) -> Coroutine[Any, Any, None]:
        storage = self.device.storage
        assert storage is not None
        is_charging = action == "charge"
        rate_max = storage.charge_w_max if is_charging else storage.discharge_w_max
        rate = min(int(arguments.get("power_w", rate_max)), rate_max)
        goal = storage.capacity_wh if is_charging else storage.reserve_wh
        if "energy_wh" in arguments:
            more = int(arguments["energy_wh"]) * (1 if is_charging else -1)
            goal = max(0, min(storage.capacity_wh, self.attributes["level_wh"] + more))
        self.state = "charging" if is_charging else "discharging"
        self.power_w = rate if is_charging else -rate
        return self._fill(goal, rate=rate)

    async def _fill(self, goal: int, *, rate: int) -> None:
        while rate > 0 and (left := goal - self.attributes["level_wh"]) != 0:
            await self._tell()
            ms = min(TICK_MS, -(-abs(left) * 3_600_000 // rate))
            await self._wait(ms)
            moved = min(abs(left), max(1, rate * ms // 3_600_000))
            self.attributes["level_wh"] += moved if left > 0 else -moved
        await self._rest()

    async def _move(self, action: str) -> None:
        self.state = "opening" if action == "open" else "closing"
        await self._tell()
        await self._wait(MOVE_MS)
        self.state = "open" if action == "open" else "closed"
        await self._tell()

    async def _rest(self) -> None:
        self.state, self.power_w = "idle", 0
        await self._tell()


class SimulatedHome:
    """All devices of a household that have topics; ``async with`` begins them and ends them.

    ``speed`` says how many of their seconds pass in one of ours; ``sleep``, if it is given, waits
    for so many of theirs.
    """

    def __init__(
        self,
        household: Household,
        broker: Broker,
        *,
        speed: float = 60.0,
        sleep: Sleep | None = None,
    ) -> None:
        self.devices = {
            device.id: SimulatedDevice(device, broker, speed=speed, sleep=sleep)
            for device in household.devices
            if "mqtt" in device.channel
        }
        self._tasks: list[asyncio.Task[None]] = []

    def __getitem__(self, id: str) -> SimulatedDevice:
        return self.devices[id]

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(device.serve()) for device in self.devices.values()]
        try:
            await asyncio.gather(*(device.ready() for device in self.devices.values()))
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(device.close() for device in self.devices.values()))
        await self._end()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
