"""Which doubts stand in the way of a task, and which do not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tarl.errors import Unavailable
from tarl.planning.context import ContextSnapshot, Doubt
from tarl.planning.slots import Grid
from tarl.planning.sources import needs
from tarl.planning.task import Constraint, Goal

RUN = Goal("achieve", "dishwasher", {"action": "run"}, id="g1")
STALE = Doubt(
    code="source.stale", text="prices are old", source="prices", blocks=("cost", "price", "tariff")
)
SILENT = Doubt(
    code="source.presence_unknown", text="nobody says", source="phone", blocks=("occupancy",)
)
REPLAYED = Doubt(code="source.replayed", text="of other days", source="prices")


def snapshot(*doubts: Doubt) -> ContextSnapshot:
    return ContextSnapshot(
        timestamp=0, grid=Grid(start_ms=0), time_zone="UTC", currency="EUR", doubts=doubts
    )


def rule(type: str, value: Any, **more: Any) -> Constraint:
    return Constraint(type, value, id="c1", **more)


@pytest.mark.parametrize(
    ("goals", "rules", "wanted"),
    [
        ([RUN], [], set()),
        ([Goal("minimize", "cost")], [], {"cost"}),
        ([Goal("optimize", "cost")], [], {"cost"}),
        ([Goal("minimize", "co2"), Goal("maximize", "solar_use")], [], {"co2", "solar_use"}),
        ([Goal("optimize", "balanced"), Goal("maximize", "comfort")], [], set()),
        ([RUN], [rule("cost", {"amount_micro": 1, "currency": "EUR"})], {"cost"}),
        ([RUN], [rule("cost", {"amount_micro": 1, "currency": "EUR"}, hard=False)], set()),
        ([RUN], [rule("price", {"amount_micro": 1, "currency": "EUR"})], {"price"}),
        ([RUN], [rule("tariff", "cheapest")], {"tariff"}),
        ([RUN], [rule("tariff", "solar_only"), rule("tariff", "greenest")], {"solar", "co2"}),
        ([RUN], [rule("condition", {"subject": "occupancy", "state": "asleep"})], {"occupancy"}),
        ([RUN], [rule("condition", {"subject": "weather", "state": "raining"})], set()),
        ([RUN], [rule("condition", {"subject": "weather", "state": "cold"})], {"weather"}),
        ([RUN], [rule("deadline", None), rule("quiet", True)], set()),
    ],
)
def test_a_task_rests_on_what_its_words_name(
    goals: list[Goal], rules: list[Constraint], wanted: set[str]
) -> None:
    assert needs.needs_of(goals, rules) == wanted


def test_only_what_it_rests_on_stands_in_a_tasks_way() -> None:
    known = snapshot(STALE, SILENT, REPLAYED)
    assert needs.blocking([RUN], [], known) == ()
    assert needs.blocking([RUN, Goal("minimize", "cost")], [], known) == (STALE,)
    empty_house = rule("condition", {"subject": "occupancy", "state": "away"})
    assert needs.blocking([RUN], [empty_house], known) == (SILENT,)
    someone_knows = replace(snapshot(STALE, REPLAYED), home=(0,))
    needs.refuse_blocked([RUN], [empty_house], someone_knows)


def test_what_nobody_knows_of_stands_in_the_way_of_who_asks_for_it() -> None:
    nothing = snapshot()
    (carbon,) = needs.blocking([Goal("minimize", "co2")], [], nothing)
    assert (carbon.code, carbon.blocks) == ("source.none", ("co2",))
    sun = [rule("tariff", "solar_only"), rule("condition", {"subject": "solar"})]
    assert [doubt.blocks for doubt in needs.blocking([RUN], sun, nothing)] == [("solar",)]
    known = replace(nothing, solar_w=(None, 3), home=(None, 1_000), co2_g_per_kwh=(1,))
    someone = rule("condition", {"subject": "occupancy", "state": "home"})
    assert needs.blocking([Goal("minimize", "co2")], [*sun, someone], known) == ()
    # What a doubt has told already is not told again.
    assert needs.blocking([RUN], [someone], snapshot(SILENT)) == (SILENT,)


def test_a_task_that_rests_on_stale_prices_is_refused_and_told_why() -> None:
    with pytest.raises(Unavailable) as caught:
        needs.refuse_blocked([Goal("minimize", "cost")], [], snapshot(STALE))
    assert caught.value.code == "source.blocks"
    assert "prices are old" in caught.value.message
    assert caught.value.facts["doubts"] == [{"code": "source.stale", "source": "prices"}]
