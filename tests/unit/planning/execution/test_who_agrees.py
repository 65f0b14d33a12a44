"""Whose yes to a plan counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.planning.execution.living import QUICK, Living, living, task
from tests.unit.planning.execution.test_live import meter

from tarl.errors import Denied
from tarl.planning.devices.broker import Broker
from tarl.planning.task import TaskSpec, TrustTier


def asked_by(task: TaskSpec, user: str, tier: TrustTier) -> TaskSpec:
    return msgspec.structs.replace(task, user_id=user, trust_tier=tier)


@pytest.mark.parametrize("user", ["guest", "mallory"])
def test_whoever_is_not_trusted_does_not_say_yes_to_a_lock(
    tmp_path: Path, broker: Broker, user: str
) -> None:
    async def evening(home: Living) -> None:
        async with home.here() as here:
            wanted = asked_by(task(home, ("lock.front_door", "unlock", 30)), user, TrustTier.BASIC)
            plan = await here.plan(wanted, plan_id="p", effort=QUICK)
            for by in (user, "nobody"):
                with pytest.raises(Denied) as refused:
                    here.agree(plan, by=by)
                assert refused.value.code == "plan.not_trusted"
            assert here.plans.standing("p").status == "draft"
            here.agree(plan, by="mika")
            assert here.plans.standing("p").status == "executing"

    with living(tmp_path, broker, "lock.front_door", "presence") as home:
        home.play(evening(home))


def test_a_guest_says_yes_to_a_light(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> None:
        async with home.here() as here:
            wanted = asked_by(
                task(home, ("light.kitchen", "turn_on", 30)), "guest", TrustTier.BASIC
            )
            here.agree(await here.plan(wanted, plan_id="p", effort=QUICK), by="guest")
            assert here.plans.standing("p").status == "executing"

    with living(tmp_path, broker, "light.kitchen", "presence") as home:
        home.play(evening(home))


@pytest.mark.parametrize(("by", "is_theirs"), [("mika", False), ("anna", True), ("operator", True)])
def test_nobody_gives_the_consent_of_somebody_else(
    tmp_path: Path, broker: Broker, by: str, is_theirs: bool
) -> None:
    async def evening(home: Living) -> list[Any]:
        async with home.here() as here:
            plan = await here.plan(task(home, ("meter", "measure", 30)), plan_id="p", effort=QUICK)
            if is_theirs:
                here.agree(plan, by=by)
            else:
                with pytest.raises(Denied) as refused:
                    here.agree(plan, by=by)
                assert refused.value.code == "plan.not_yours"
            return here.consents.of("anna")

    with living(tmp_path, broker, "presence", also={"meter": meter("meter")}) as home:
        assert len(home.play(evening(home))) == is_theirs
