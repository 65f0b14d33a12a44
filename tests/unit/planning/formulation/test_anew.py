"""Times mean what they meant when the plan was made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.anew import as_meant
from tarl.planning.moments import instant
from tarl.planning.slots import HOUR_MS, MINUTE_MS, grid_from
from tarl.planning.task import Constraint, TaskSpec, TriggerType, When
from tarl.values.instants import from_datetime

NOON = from_datetime(datetime(2023, 9, 7, 9, tzinfo=UTC))
"""In Helsinki."""


def at(ms: int) -> ContextSnapshot:
    return ContextSnapshot(
        timestamp=ms, grid=grid_from(ms, hours=36), time_zone="Europe/Helsinki", currency="EUR"
    )


def meant(kind: str, value: Any, later_ms: int) -> Any:
    task = TaskSpec(
        task_id="t",
        trigger_type=TriggerType.USER_REQUEST,
        intent="x",
        constraints=(Constraint(kind, value, id="c1"),),
    )
    return as_meant(task, at(NOON), at(NOON + later_ms)).constraints[0].value


@pytest.mark.parametrize("kind", ["deadline", "earliest"])
@pytest.mark.parametrize(
    "said", [When(clock="19:00"), When(in_minutes=420), When(part="evening"), When(weekday=4)]
)
@pytest.mark.parametrize("later", [MINUTE_MS, 7 * HOUR_MS + MINUTE_MS, 20 * HOUR_MS])
def test_a_time_stays_the_same_instant(kind: str, said: When, later: int) -> None:
    value = meant(kind, said, later)
    now = at(NOON + later)
    assert instant(When(**value), now) == instant(said, at(NOON))


def test_plain_data_are_read_too_and_again() -> None:
    value = meant("earliest", {"clock": "19:00"}, 8 * HOUR_MS)
    assert value == {"clock": "19:00", "day": 0}
    task = TaskSpec(
        task_id="t",
        trigger_type=TriggerType.USER_REQUEST,
        intent="x",
        constraints=(Constraint("earliest", value, id="c1"),),
    )
    next_day = as_meant(task, at(NOON + 8 * HOUR_MS), at(NOON + 14 * HOUR_MS))
    assert next_day.constraints[0].value == {"clock": "19:00", "day": -1}


def test_a_window_of_every_day_stays_one() -> None:
    each_day = {"from": When(clock="22:00"), "to": When(clock="06:00")}
    assert meant("window", each_day, HOUR_MS) == each_day


def test_a_window_from_now_does_not_move() -> None:
    value = meant("window", {"from": When(in_minutes=60), "to": When(in_minutes=120)}, HOUR_MS)
    assert value == {"from": {"clock": "13:00", "day": 0}, "to": {"clock": "14:00", "day": 0}}


def test_what_is_no_time_is_left_alone() -> None:
    assert meant("cost", {"amount_micro": 1, "currency": "EUR"}, HOUR_MS)["amount_micro"] == 1
