"""Projects where only the end of all counts: what they begin with breaks nothing, and is good."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from tarl.planning.problem import Job, Option, Problem, Resource, Rule, Weights
from tarl.planning.solver import intervals
from tarl.planning.solver.beginning import whole
from tarl.planning.solver.justifying import justified

pytest.importorskip("ortools")


def project(seed: int, *, rules: tuple[Rule, ...] = ()) -> Problem:
    """Fifty jobs that wait for others, on two resources of which there is little."""
    dice = random.Random(seed)
    jobs = tuple(
        Job(
            id=f"j{number}",
            options=(
                Option(
                    id="o",
                    power_w=(0,) * dice.randint(1, 8),
                    demands={id: dice.randint(0, 5) for id in "rs"},
                ),
            ),
            after={
                f"j{other}": dice.randint(0, 2)
                for other in dice.sample(range(number), min(number, 3))
                if other > number - 25
            },
        )
        for number in range(50)
    )
    return Problem(
        slot_ms=60_000,
        count=160,
        jobs=jobs,
        rules=rules,
        resources=(Resource(id="r", capacity=(9,)), Resource(id="s", capacity=(10,))),
        weights=Weights(cost=0, makespan=1),
    )


def test_a_beginning_breaks_nothing_and_generations_make_it_better() -> None:
    gained = 0
    for seed in (2, 3):
        problem = project(seed)
        assert intervals.fits(problem)
        first = whole(problem, justified(problem, lambda: True))
        best = whole(problem, justified(problem, lambda: False))
        assert first is not None
        assert best is not None
        assert best.objective <= first.objective
        gained += first.objective - best.objective
    assert gained >= 3


def test_jobs_begin_where_rules_let_them() -> None:
    closed = Rule(id="closed", kind="forbid", jobs=("j3", "j7"), slots=tuple(range(25)))
    late = Rule(id="late", kind="start_from", jobs=("j9",), limit=30)
    problem = project(5, rules=(closed, late))
    assert intervals.fits(problem)
    assert whole(problem, justified(problem, lambda: False)) is not None


def test_the_same_seed_begins_in_the_same_way() -> None:
    problem = project(6)
    assert justified(problem, lambda: False) == justified(problem, lambda: False)


def test_where_a_job_has_no_room_there_is_no_beginning() -> None:
    never = Rule(id="never", kind="forbid", jobs=("j3",), slots=tuple(range(160)))
    assert justified(project(7, rules=(never,)), lambda: False) == []
    short = structs.replace(project(7), count=20)
    assert justified(short, lambda: False) == []
