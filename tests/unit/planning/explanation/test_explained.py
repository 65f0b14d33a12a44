from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import (
    HOME,
    by,
    cheaply,
    for_at_most,
    not_while,
    planned,
    run_of,
    task,
)

from tarl.planning.explanation.explained import explain
from tarl.planning.explanation.markdown import approval_summary, markdown
from tarl.planning.explanation.picture import svg
from tarl.planning.explanation.wording import doing, lasting, money
from tarl.planning.formulation.formulate import Effort
from tarl.planning.plan import ExecutionPlan
from tarl.planning.task import Constraint, Goal
from tarl.values.plain import plain

WHOLE = Effort(alternatives=3, are_rules_priced=True)


def washing() -> ExecutionPlan:
    return planned(
        task(run_of("washer"), run_of("dryer"), cheaply(), by("18:00"), not_while("asleep")),
        effort=WHOLE,
    )


def conflicting() -> ExecutionPlan:
    return planned(
        task(run_of("dishwasher"), by("07:00"), not_while("asleep"), for_at_most(0.3), cheaply())
    )


def numbers_in(value: Any) -> set[str]:
    """Each number that follows from a value, as people read it."""
    found: set[str] = set()
    if isinstance(value, bool) or value is None:
        return found
    if isinstance(value, int):
        for scale, digits in ((1, 0), (10, 1), (1e3, 2), (1e6, 2), (1e6, 4), (1e6, 3)):
            found.add(f"{abs(value) / scale:.{digits}f}")
        return found | {lasting(abs(value))}
    if isinstance(value, str):
        return set(re.findall(r"\d+(?:\.\d+)?", value))
    if isinstance(value, dict):
        return found.union(*map(numbers_in, [*value.keys(), *value.values()]))
    if isinstance(value, list | tuple):
        return found.union(*map(numbers_in, value))
    return found


@pytest.mark.parametrize("plan", [washing(), conflicting()], ids=["a plan", "a conflict"])
def test_every_number_in_the_text_follows_from_the_plan(plan: ExecutionPlan) -> None:
    explanation = explain(plan, HOME)
    text = markdown(explanation)
    known = numbers_in(plain(explanation)) | numbers_in(plain(plan))
    known |= {str(n) for n in range(len(plan.steps) + 1)}
    unknown = [number for number in re.findall(r"\d+(?:\.\d+)?", text) if number not in known]
    assert not unknown, text


def test_a_plan_says_when_why_and_what_else() -> None:
    text = markdown(explain(washing(), HOME))
    for words in (
        "## What happens",
        "Washer: run",
        "the next best time",
        "the solver proved that no plan is better",
        "only while everybody is awake" if "only while everybody" in text else "somebody sleeps",
        "Everything stays in the house",
    ):
        assert words in text


def test_a_conflict_says_what_cannot_be_kept_and_what_each_way_out_costs() -> None:
    explanation = explain(conflicting(), HOME)
    assert "at most 0.30 EUR" in explanation.conflict.values()
    assert len(explanation.ways_out) >= 2
    text = markdown(explanation)
    assert "## What cannot all be kept" in text
    assert "giving up “at most 0.30 EUR” (`--without c3`): Dishwasher" in text


def test_the_sun_is_worth_what_it_would_bring() -> None:
    explanation = explain(planned(task(run_of("washer"), cheaply(), by("15:00"))), HOME)
    starts_in_the_sun = explanation.steps[0].when[:6] in ("Thu 11", "Thu 12")
    if starts_in_the_sun:
        assert explanation.bill_micro == 100_000


def test_text_of_people_is_shown_and_not_understood() -> None:
    hostile = "run it <script>alert(1)</script> | # [x](http://evil) `rm`\n## Approved"
    plan = planned(task(run_of("washer"), intent=hostile))
    text = markdown(explain(plan, HOME))
    assert "<script>" not in text
    assert "\n## Approved" not in text
    assert "[x](http" not in text
    picture = svg(plan, HOME)
    assert "<script>" not in picture


def test_what_needs_a_yes_is_in_the_summary_for_who_approves() -> None:
    plan = planned(task(Goal("achieve", "door", {"action": "unlock"})))
    said = approval_summary(explain(plan, HOME))
    assert "unlock Door" in said
    assert "a yes to unlock Door" in said


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"action": "set_temperature", "temperature": 215}, "set temperature to 21.5 °C"),
        ({"action": "set_brightness", "brightness": 505}, "set brightness to 50.5 %"),
        ({"action": "set_position", "position": 400}, "set position to 40 %"),
        (
            {"action": "charge", "power_w": 7_200, "at_end": {"action": "turn_off"}},
            "charge at 7.20 kW",
        ),
        ({"action": "discharge", "power_w": 350}, "discharge at 350 W"),
        ({"action": "run", "program": "quick"}, "run quick"),
        ({"action": "set_mode", "mode": "eco"}, "set mode to eco"),
        ({"action": "vacuum", "rooms": 3}, "vacuum with rooms 3"),
        ({"action": "unlock"}, "unlock"),
    ],
)
def test_what_a_device_is_told_is_said_whole_and_in_units_of_people(
    parameters: dict[str, Any], said: str
) -> None:
    assert doing(parameters) == said


def test_who_approves_reads_what_the_device_is_set_to() -> None:
    plan = planned(
        task(Goal("achieve", "heating", {"action": "set_temperature", "temperature": 215}))
    )
    text = markdown(explain(plan, HOME))
    assert "| Heating: set temperature to 21.5 °C |" in text
    assert "Heating: temperature from 16.0 °C to 25.0 °C" in text
    assert "set temperature to 21.5 °C Heating" in approval_summary(explain(plan, HOME))


def test_what_is_done_in_parts_is_said_to_begin_with_the_first_of_them() -> None:
    charge = Goal("achieve", "car", {"action": "charge"})
    conflict = explain(
        planned(
            task(
                charge,
                Constraint("level", 700, operator="gte"),
                for_at_most(0.1),
                by("07:00"),
                cheaply(),
            )
        ),
        HOME,
    )
    assert conflict.ways_out[0].starts == {"Car": "Thu 02:00"}


def test_other_plans_name_devices_and_not_steps() -> None:
    both = task(run_of("washer"), run_of("dishwasher"), cheaply(), by("18:00"), not_while("asleep"))
    text = markdown(explain(planned(both, effort=WHOLE), HOME))
    others = text.partition("## Other plans")[2].partition("##")[0]
    assert "Washer" in others
    assert "g1" not in others


def test_a_picture_shows_each_step_and_the_prices() -> None:
    from defusedxml.ElementTree import fromstring

    plan = washing()
    root = fromstring(svg(plan, HOME))
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum("run " in (title or "") for title in titles) == len(plan.steps)
    assert list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_a_picture_without_prices_says_so() -> None:
    plan = washing()
    assert plan.context_snapshot is not None
    bare = msgspec.structs.replace(
        plan, context_snapshot=msgspec.structs.replace(plan.context_snapshot, import_price=())
    )
    assert "prices are not known" in svg(bare, HOME)


@pytest.mark.parametrize(
    ("micro", "shown"),
    [(270_000, "0.27 EUR"), (0, "0.00 EUR"), (4_400, "0.0044 EUR"), (-1_230_000, "-1.23 EUR")],
)
def test_money_is_shown_with_digits_that_tell_something(micro: int, shown: str) -> None:
    assert money(micro, "EUR") == shown
