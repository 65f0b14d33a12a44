"""Problems that are none: each refused with its part named."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from tarl.errors import Invalid
from tarl.planning.problem import (
    Battery,
    Job,
    Option,
    Placed,
    Power,
    Problem,
    Resource,
    Rule,
    Weights,
)
from tarl.planning.solver.validation import TOTAL_MAX, validate

OPTION = Option(id="o", power_w=(100, 100), demands={"r": 1})
BATTERY = Battery(
    id="b", capacity_wh=10, charge_w_max=5, discharge_w_max=5, initial_wh=5, reserve_wh=2
)
PROBLEM = Problem(
    slot_ms=900_000,
    count=4,
    jobs=(Job(id="a", options=(OPTION,)), Job(id="b", options=(OPTION,), after={"a": 0})),
    rules=(Rule(id="c", kind="end_by", limit=4),),
    resources=(Resource(id="r", capacity=(1,)),),
    batteries=(BATTERY,),
    power=Power(import_micro=(1, 2, 3, 4)),
)


def option(**changes: Any) -> dict[str, Any]:
    return job(options=(structs.replace(OPTION, **changes),))


def job(**changes: Any) -> dict[str, Any]:
    return {"jobs": (structs.replace(PROBLEM.jobs[0], **changes),)}


def rule(**changes: Any) -> dict[str, Any]:
    return {"rules": (structs.replace(PROBLEM.rules[0], **changes),)}


def power(**changes: Any) -> dict[str, Any]:
    return {"power": structs.replace(PROBLEM.power, **changes)}


def battery(**changes: Any) -> dict[str, Any]:
    return {"batteries": (structs.replace(BATTERY, **changes),)}


REFUSED: dict[str, dict[str, Any]] = {
    "count": {"count": 0},
    "slot_ms": {"slot_ms": 0},
    "time_limit_ms": {"time_limit_ms": 0},
    "workers": {"workers": 0},
    "seed": {"seed": -1},
    "alternatives": {"alternatives": 1_000},
    "alternative_slack": {"alternative_slack": -1},
    "weights": {"weights": Weights(cost=-1)},
    "'a' comes twice": {"jobs": (PROBLEM.jobs[0], PROBLEM.jobs[0])},
    "no option": job(options=()),
    "'o' comes twice": job(options=(OPTION, OPTION)),
    "after: nothing is called 'x'": job(after={"x": 0}),
    "a wait": {"jobs": (PROBLEM.jobs[0], structs.replace(PROBLEM.jobs[1], after={"a": -1}))},
    "a circle": {
        "jobs": (structs.replace(PROBLEM.jobs[0], after={"b": 0}), PROBLEM.jobs[1]),
    },
    "drop_penalty": job(drop_penalty=-1),
    "discomfort": job(discomfort=(1, 2)),
    "lasts at least one slot": option(power_w=()),
    "power is not negative": option(power_w=(-1,)),
    "demands: nothing is called 'x'": option(demands={"x": 1}),
    "a demand is not negative": option(demands={"r": -1}),
    "starts": option(starts=(4,)),
    "jobs: nothing is called 'x'": rule(jobs=("x",)),
    "rule 'c', slots": rule(slots=(-1,)),
    "rule 'c', penalty": rule(penalty=-1),
    "needs the power balance": {
        "power": None,
        "batteries": (),
        **rule(kind="power_max"),
    },
    "a battery needs": {"power": None},
    "capacity is not negative": {"resources": (Resource(id="r", capacity=(-1,)),)},
    "2 values for 4 slots": {"resources": (Resource(id="r", capacity=(1, 1)),)},
    "what is in it": battery(initial_wh=11),
    "its reserve": battery(reserve_wh=11),
    "power and wear": battery(charge_w_max=-1),
    "its efficiency": battery(efficiency=1_001),
    "level_wh_by": battery(level_wh_by={5: 1}),
    "available": battery(available=(4,)),
    "import_micro": power(import_micro=(1,)),
    "base_w": power(base_w=(1,)),
    "solar_w: it is not negative": power(solar_w=(-1, 0, 0, 0)),
    "what the connection carries": power(import_w_max=-1),
    "frozen: nothing is called": {"frozen": (Placed(job="x", option="o", start=0),)},
    "frozen, 'a': nothing is called": {"frozen": (Placed(job="a", option="x", start=0),)},
    "slots 3 to 5 are outside": {"frozen": (Placed(job="a", option="o", start=3),)},
    "before": {"before": (Placed(job="a", option="o", start=0),) * 2},
    "priced": {"priced": ("x",)},
    "the objective could pass": {"weights": Weights(cost=TOTAL_MAX)},
}


def test_a_problem_that_says_something_passes() -> None:
    validate(PROBLEM)


@pytest.mark.parametrize("why", REFUSED)
def test_a_problem_that_is_none_is_refused(why: str) -> None:
    with pytest.raises(Invalid, match="not a problem that can be solved") as caught:
        validate(structs.replace(PROBLEM, **REFUSED[why]))
    assert caught.value.code == "solver.problem"
    assert why in caught.value.message


def test_rules_of_one_id_are_one_bound() -> None:
    validate(structs.replace(PROBLEM, rules=PROBLEM.rules * 2))
