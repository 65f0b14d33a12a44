"""The second-best place of a job, where it takes the sun from another one."""

from __future__ import annotations

from msgspec import structs

from tarl.planning.problem import Job, Option, Placed, Power, Problem, Rule
from tarl.planning.solver.accounting import measure
from tarl.planning.solver.neighbours import runner_ups


def problem(limit: int) -> Problem:
    """Two jobs of a kilowatt; the sun gives one and a half in the second hour."""
    option = Option(id="o", power_w=(1000,))
    return Problem(
        slot_ms=3_600_000,
        count=3,
        jobs=(Job(id="a", options=(option,)), Job(id="b", options=(option,))),
        rules=(Rule(id="budget", kind="cost_max", limit=limit),),
        power=Power(
            import_micro=(100, 90, 120),
            export_micro=(0, 0, 0),
            solar_w=(0, 1500, 0),
            solar_first=True,
        ),
    )


PLACED = (Placed(job="a", option="o", start=1), Placed(job="b", option="o", start=0))


def test_the_sun_that_is_left_counts_in_the_bill() -> None:
    wide = problem(limit=1_000)
    second = runner_ups(wide, measure(wide, PLACED))["b"]
    assert second is not None
    assert second.placed[1].start == 1
    assert second.terms.cost == 45


def test_a_place_that_the_budget_forbids_is_none() -> None:
    tight = problem(limit=45)
    second = runner_ups(tight, measure(tight, PLACED))["b"]
    assert second is not None
    assert second.placed[1].start == 1
    assert runner_ups(problem(limit=44), measure(problem(limit=44), PLACED))["b"] is None


def test_a_job_that_stays_has_no_other_place() -> None:
    fixed = structs.replace(problem(limit=1_000), frozen=(PLACED[1],))
    seconds = runner_ups(fixed, measure(fixed, PLACED))
    assert seconds["b"] is None
    assert seconds["a"] is not None
