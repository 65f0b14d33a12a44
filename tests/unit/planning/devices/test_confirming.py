"""When a command is done: what ends the wait, and with which word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tarl.errors import Conflict, TarlError, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.devices import confirming
from tarl.planning.devices.binding import Heard, Send
from tarl.planning.devices.confirming import Order, confirmed
from tarl.planning.household import Device, DeviceCapability

LOCK = Device(id="lock", name="Lock", kind="lock", capabilities=(DeviceCapability("lock", "lock"),))


def _state(word: str) -> DeviceState:
    return DeviceState(state=word, observed_ms=1)


def _outcome(*words: str, before: str | None = None, **waits: float) -> dict[str, Any]:
    """How a lock that was told to lock ends, within seconds whatever it may wait."""
    order = Order(
        device=LOCK, action="lock", arguments={}, key="k", send=Send(topic="t"), payload=b""
    )

    async def act() -> dict[str, Any]:
        said: asyncio.Queue[Heard] = asyncio.Queue()
        for word in words:
            said.put_nowait(Heard(state=_state(word), told=frozenset({"state"})))
        async with asyncio.timeout(10):
            return await confirmed(
                order,
                said,
                before=None if before is None else _state(before),
                has_state=True,
                has_meter=False,
                power_s=0.01,
                now_ms=1,
                **{"confirm_s": 0.01, "move_s": 0.01, **waits},
            )

    return asyncio.run(act())


def test_a_lock_that_jams_is_not_waited_for() -> None:
    with pytest.raises(Conflict, match="jammed"):
        _outcome("locking", "jammed", confirm_s=3_600)


def test_what_is_as_wanted_already_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "UNCHANGED_S", 0.01)
    assert _outcome(before="locked", confirm_s=3_600)["confirmed_by"] == "unchanged"


@pytest.mark.parametrize(
    ("words", "error", "code"),
    [
        (["unlocked", "locking"], Unavailable, "device.unconfirmed"),
        (["locking", "unlocked"], Conflict, "device.contradicts"),
        (["unlocked"], Conflict, "device.contradicts"),
        ([], Unavailable, "device.unconfirmed"),
    ],
)
def test_the_last_word_counts(words: list[str], error: type[TarlError], code: str) -> None:
    with pytest.raises(error) as caught:
        _outcome(*words)
    assert caught.value.code == code


def test_what_was_said_in_the_end_confirms() -> None:
    assert _outcome("unlocked", "locking", "locked")["state"] == "locked"
