"""Spans of time on devices behind a real broker: on, and off again, whatever comes between."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.unit.planning.execution.living import Living, carried_out, living, until

from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import DRIFT_SIGNAL, Drift, Outcome
from tarl.planning.slots import MINUTE_MS
from tarl.values.plain import plain

LIGHT = "light.kitchen"
LIT = "turn on the kitchen light from 9 pm to 11 pm"


def test_it_is_on_and_then_off_again(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            outcome = await carried_out(here, LIT)
            (step,), (result,) = here.plans.get("p", 1).steps, outcome.results
            assert 0 <= result.began_ms - step.start_ms < 5 * MINUTE_MS
            assert 0 <= result.ended_ms - step.end_ms < 5 * MINUTE_MS
            return outcome

    with living(tmp_path, broker, LIGHT, "presence") as home:
        outcome = home.play(evening(home))
        assert outcome.status == "completed"
        assert home.did(LIGHT) == ["turn_on", "turn_off"]
        assert home[LIGHT].state == "off"


def test_the_heating_goes_back_to_what_the_broker_said_of_it(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def drift() -> None:
                await until(lambda: home["heat_pump"].attributes["temperature"] == 225)
                await asyncio.sleep(600)
                told = Drift(kind="person", text="somebody asks for it")
                here.runtime.signal("p", DRIFT_SIGNAL, plain(told))
                await until(lambda: here.plans.standing("p").version == 2)

            wanted = "heat the living room to 22.5 from 9 pm to 11 pm"
            outcome = await carried_out(here, wanted, drift)
            later = here.plans.get("p", outcome.version)
            assert later.steps[0].parameters["at_end"]["temperature"] == 210
            return outcome

    with living(tmp_path, broker, "heat_pump", "presence") as home:
        outcome = home.play(evening(home))
        assert (outcome.status, outcome.version) == ("completed", 2), outcome
        told = [said["temperature"] for _, said in home["heat_pump"].done]
        assert told == [225, 210]


def test_what_could_not_begin_with_it_is_had_for_the_rest_of_it(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def mend() -> None:
                await until(lambda: here.plans.standing("p").version > 1)
                home[LIGHT].fault = None

            outcome = await carried_out(here, LIT, mend)
            (first,) = here.plans.get("p", 1).steps
            (step,) = here.plans.get("p", outcome.version).steps
            assert step.start_ms > first.start_ms
            assert step.end_ms == first.end_ms
            assert 0 <= outcome.results[0].ended_ms - first.end_ms < 5 * MINUTE_MS
            return outcome

    with living(tmp_path, broker, LIGHT, "presence") as home:
        home[LIGHT].fault = "refuses"
        outcome = home.play(evening(home))
        assert outcome.status == "completed", outcome
        assert outcome.version > 1
        assert home.did(LIGHT) == ["turn_on", "turn_off"]
