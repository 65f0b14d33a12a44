"""When a command is done: the device's own word, and its meter's.

1. Only what was said after the command counts, and only what is about it.
2. A device that answers a key answers that command; other words are taken as what they say.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from tarl.errors import Conflict, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.devices.binding import Heard, Send
from tarl.planning.devices.channel import Fit, contradiction, fit
from tarl.planning.household import Device

UNCHANGED_S = 1.0
"""How long a device that is as it should be already has to say otherwise."""

STUCK = frozenset({"error", "fault", "jammed", "stopped"})
"""What a device says that will not get there by itself."""

_METERED = frozenset({"charge", "discharge", "run", "start", "stop", "turn_off", "turn_on"})


class Order(msgspec.Struct, kw_only=True):
    """A command under way, and what was said about it so far. ``was_away``: who should have got it
    may not have."""

    device: Device
    action: str
    arguments: dict[str, Any]
    key: str
    send: Send
    payload: bytes
    on_the_way: DeviceState | None = None
    denied: DeviceState | None = None
    was_away: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


async def confirmed(
    order: Order,
    said: asyncio.Queue[Heard],
    *,
    before: DeviceState | None,
    has_state: bool,
    has_meter: bool,
    confirm_s: float,
    power_s: float,
    move_s: float,
    now_ms: int,
) -> dict[str, Any]:
    """What confirms a command, from what is heard of its device from now on.

    Raises:
        Conflict: ``device.refused``, ``device.contradicts``.
        Unavailable: ``device.offline``, ``device.unconfirmed``.
    """
    if not has_state:
        return _delivered(order, now_ms)
    if _is_so(order, before):
        confirm_s = min(confirm_s, UNCHANGED_S)
    try:
        async with asyncio.timeout(confirm_s):
            state, by = await _answer(order, said)
    except TimeoutError:
        if order.on_the_way is not None:
            state, by = await _arrived(order, said, move_s=move_s)
        else:
            state, by = _unchanged(order, before)
    if order.action in _METERED and has_meter:
        metered = await _metered(order, said, state=state, power_s=power_s)
        if metered is not None:
            state, by = metered, f"{by} and meter"
    return _result(order, state, by)


async def _answer(order: Order, said: asyncio.Queue[Heard]) -> tuple[DeviceState, str]:
    while True:
        news = await said.get()
        if not news.state.is_online:
            raise offline(order.device)
        if news.key is not None and news.key != order.key:
            continue
        if news.error is not None:
            raise Conflict(
                f"{order.device.name} does not {order.action}: {news.error}",
                code="device.refused",
                next_step="look at the device",
                device=order.device.id,
                reason=news.error,
            )
        fits = fit(news.state, order.action, order.arguments)
        by = "key" if news.key is not None else "state"
        if fits is Fit.YES and _is_about(news, order.action):
            return news.state, by
        if fits is Fit.SILENT and (by == "key" or "state" in news.told):
            return news.state, by
        if fits is Fit.ON_THE_WAY:
            order.on_the_way, order.denied = news.state, None
        elif fits is Fit.NO and _is_about(news, order.action):
            order.denied = news.state
            if news.state.state in STUCK:
                raise _denied(order, news.state)


async def _arrived(
    order: Order, said: asyncio.Queue[Heard], *, move_s: float
) -> tuple[DeviceState, str]:
    """Waits for a door that is moving: one that has begun to close is not closed.

    Raises:
        Conflict: ``device.contradicts``.
        Unavailable: ``device.unconfirmed``.
    """
    try:
        async with asyncio.timeout(move_s):
            return await _answer(order, said)
    except TimeoutError:
        if order.denied is not None:
            raise _denied(order, order.denied) from None
        moving = order.on_the_way.state if order.on_the_way is not None else "moving"
        raise unconfirmed(order, f"it is still {moving}") from None


async def _metered(
    order: Order, said: asyncio.Queue[Heard], *, state: DeviceState, power_s: float
) -> DeviceState | None:
    """The state with a reading that agrees; None when the meter says nothing.

    Raises:
        Conflict: ``device.contradicts``.
    """
    problem: str | None = None
    try:
        async with asyncio.timeout(power_s):
            while True:
                news = await said.get()
                if "power_w" not in news.told:
                    continue
                problem = contradiction(order.device, news.state)
                if problem is None:
                    return news.state
    except TimeoutError:
        if problem is None:
            return None
        raise _contradicts(order, problem, state) from None


def _is_about(news: Heard, action: str) -> bool:
    """Whether a message tells what the action changes, and not only something else."""
    if news.key is not None:
        return True
    return bool(
        news.told - {"power_w", "presence"} if action.startswith("set_") else news.told & {"state"}
    )


def _unchanged(order: Order, before: DeviceState | None) -> tuple[DeviceState, str]:
    """A device that is as it should be already need not say so again, unless it knows keys.

    Raises:
        Conflict: ``device.contradicts``.
        Unavailable: ``device.unconfirmed``.
    """
    if order.denied is not None:
        raise _denied(order, order.denied)
    if before is not None and _is_so(order, before):
        return before, "unchanged"
    raise unconfirmed(order, "it said nothing")


def _is_so(order: Order, before: DeviceState | None) -> bool:
    """Whether a device that knows no keys was as it should be before it was told."""
    return (
        before is not None
        and not order.send.keyed
        and fit(before, order.action, order.arguments) is Fit.YES
    )


def _denied(order: Order, state: DeviceState) -> Conflict:
    told = [
        f"{name} {state.attributes[name]}" for name in order.arguments if name in state.attributes
    ]
    where = f"at {', '.join(told)}" if told else state.state
    return _contradicts(order, f"{order.device.name} says that it is {where}", state)


def _delivered(order: Order, now_ms: int) -> dict[str, Any]:
    """What a device that never tells its state can be believed: that the broker has the command.

    Raises:
        Unavailable: ``device.unconfirmed``, for what can hurt somebody.
    """
    if order.device.is_critical:
        raise unconfirmed(order, "it never tells its state")
    return _result(order, DeviceState(state="unknown", observed_ms=now_ms), "delivery")


def _result(order: Order, state: DeviceState, by: str) -> dict[str, Any]:
    return {
        "state": state.state,
        "attributes": state.attributes,
        "observed_ms": state.observed_ms,
        "confirmed_by": by,
        "key": order.key,
    }


def offline(device: Device) -> Unavailable:
    return Unavailable(
        f"{device.name} is offline",
        code="device.offline",
        next_step="check its power and its network",
        device=device.id,
    )


def unconfirmed(order: Order, why: str) -> Unavailable:
    return Unavailable(
        f"{order.device.name} was told to {order.action}, and {why}",
        code="device.unconfirmed",
        next_step="look at the device before it is told again",
        device=order.device.id,
        action=order.action,
        key=order.key,
    )


def _contradicts(order: Order, problem: str, state: DeviceState) -> Conflict:
    return Conflict(
        f"told to {order.action}, {problem}",
        code="device.contradicts",
        next_step="look at the device",
        device=order.device.id,
        action=order.action,
        state=state.state,
    )
