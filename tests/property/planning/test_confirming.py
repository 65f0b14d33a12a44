"""Laws of confirmed commands: whatever a device says, in whichever order."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Conflict, TarlError, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.devices.binding import Heard, Send
from tarl.planning.devices.channel import Fit, contradiction, fit
from tarl.planning.devices.confirming import Order, confirmed
from tarl.planning.household import Device, DeviceCapability, Phase, Program

STATES = st.builds(
    DeviceState,
    state=st.sampled_from(["on", "off", "running", "open", "opening", "closed", "locked", "odd"]),
    observed_ms=st.just(1),
    is_online=st.sampled_from([True, True, True, False]),
    attributes=st.fixed_dictionaries(
        {}, optional={"power_w": st.sampled_from([0, 5, 900]), "brightness": st.integers(0, 1_000)}
    ),
)
HEARD = st.builds(
    Heard,
    state=STATES,
    told=st.frozensets(st.sampled_from(["state", "power_w", "brightness", "presence"])),
    key=st.sampled_from([None, None, "k1", "k0"]),
    error=st.sampled_from([None, None, None, "blocked"]),
)
ACTIONS = ("run", "turn_on", "turn_off", "open", "lock", "press")
ORDERS = st.sampled_from(
    [*((name, {}) for name in ACTIONS), ("set_brightness", {"brightness": 500})]
)


def _outcome(
    action: str,
    arguments: dict[str, Any],
    said: list[Heard],
    *,
    before: DeviceState | None,
    is_keyed: bool,
    kind: str,
    has_state: bool,
) -> dict[str, Any] | TarlError:
    device = Device(
        id="it",
        name="It",
        kind=kind,
        capabilities=(DeviceCapability("it", action),),
        programs=(Program(name="p", phases=(Phase(60_000, 100),)),),
    )
    send = Send(topic="t", keyed=is_keyed)
    order = Order(
        device=device, action=action, arguments=arguments, key="k1", send=send, payload=b""
    )

    async def act() -> dict[str, Any]:
        queue: asyncio.Queue[Heard] = asyncio.Queue()
        for news in said:
            queue.put_nowait(news)
        return await confirmed(
            order,
            queue,
            before=before,
            has_state=has_state,
            has_meter=True,
            confirm_s=0.002,
            power_s=0.002,
            move_s=0.002,
            now_ms=1,
        )

    try:
        return asyncio.run(act())
    except TarlError as error:
        return error


@given(
    ORDERS,
    st.lists(HEARD, max_size=5),
    st.none() | STATES,
    st.booleans(),
    st.sampled_from(["light", "lock"]),
    st.booleans(),
)
def test_a_command_ends_with_proof_or_with_what_is_missing(
    ordered: tuple[str, dict[str, Any]],
    said: list[Heard],
    before: DeviceState | None,
    is_keyed: bool,
    kind: str,
    has_state: bool,
) -> None:
    action, arguments = ordered
    outcome = _outcome(
        action,
        arguments,
        said,
        before=before,
        is_keyed=is_keyed,
        kind=kind,
        has_state=has_state,
    )
    if isinstance(outcome, TarlError):
        assert isinstance(outcome, Conflict | Unavailable)
        assert outcome.code.startswith("device.")
        return
    by = outcome["confirmed_by"]
    if by == "delivery":
        assert not has_state
        assert kind != "lock"
    elif by == "unchanged":
        assert before is not None
        assert not is_keyed
        assert fit(before, action, arguments) is Fit.YES
    else:
        ours = [news for news in said if news.key in (None, "k1") and news.error is None]
        fits = [fit(news.state, action, arguments) for news in ours]
        assert {Fit.YES, Fit.SILENT} & set(fits)


@given(st.sampled_from(["run", "turn_off"]), st.lists(HEARD, max_size=5))
def test_no_command_is_done_that_the_last_word_of_the_meter_denies(
    action: str, said: list[Heard]
) -> None:
    outcome = _outcome(action, {}, said, before=None, is_keyed=True, kind="dryer", has_state=True)
    if isinstance(outcome, dict) and "meter" in outcome["confirmed_by"]:
        state = DeviceState(state=outcome["state"], observed_ms=1, attributes=outcome["attributes"])
        device = Device(
            id="it",
            name="It",
            kind="dryer",
            programs=(Program(name="p", phases=(Phase(60_000, 100),)),),
        )
        assert contradiction(device, state) is None
