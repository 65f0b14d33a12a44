"""Plans carried out on devices behind a real broker, which do what they are told, or do not."""

from __future__ import annotations

from pathlib import Path

from tests.unit.planning.execution.living import Living, carried_out, living

from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import Outcome


def test_a_command_is_confirmed_and_the_authority_ends_with_the_plan(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            outcome = await carried_out(here)
            assert here.plans.standing("p").status == "completed"
            assert here.trust.lent("p") == []
            assert await here.carry_out("p") == outcome, "nothing is done again"
            return outcome

    with living(tmp_path, broker, "dishwasher", "presence") as home:
        outcome = home.play(evening(home))
        assert outcome.status == "completed"
        assert home.did("dishwasher") == ["run"]
        answer = outcome.results[0].answer
        assert answer["confirmed_by"] == "key and meter"
