"""The goal utterances are of the vocabulary and the home, and are understood as annotated."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from typing import Any, Literal

import msgspec
import pytest
from tests.goal_frames import (
    HALVES,
    SETS,
    Bound,
    Half,
    Utterance,
    demo_home,
    expected,
    frame,
    is_exact,
    missed,
    seen,
    translator,
    unseen,
    utterances,
)

from tarl.planning.household import Device
from tarl.planning.language.translation import Translation
from tarl.planning.task import (
    CONSTRAINT_VALUES,
    Constraint,
    Goal,
    When,
    check_constraint,
    check_goal,
)

EXACT_SHARE_MIN = {
    "dev": 0.99,
    "held": 0.915,
    "held2": 0.93,
    "held3": 0.96,
    "held4": 0.98,
    "dev2": 0.98,
    "dev3": 0.94,
    "dev4": 0.955,
    "dev5": 0.985,
    "dev6": 0.975,
    "dev7": 0.965,
    "dev8": 0.97,
    "dev9": 0.99,
    "dev10": 0.99,
    "dev11": 0.98,
    "dev12": 0.99,
    "dev13": 0.99,
    "dev14": 0.98,
    "dev15": 0.965,
    "dev16": 0.975,
    "dev17": 0.985,
    "dev18": 0.98,
}
"""What each has reached: none falls below it."""
EXACT_SHARE_AIM = 0.95
"""Of sentences that nobody looked at; not reached yet by the first two sets of them."""
HOME = demo_home()
ROWS = {row.id: row for half in SETS for row in utterances(half)}
KINDS_NOT_AT_HOME = {
    *("oven", "coffee_maker", "fan", "blinds", "sprinkler", "pool_pump", "air_conditioner"),
    *("tv", "dehumidifier"),
}
STATES = {
    "occupancy": {"home", "away", "asleep", "awake"},
    "device": {
        *("on", "off", "open", "closed", "locked", "unlocked", "running", "charging"),
        *("full", "empty", "done"),
    },
    "weather": {"sunny", "raining", "cold", "hot"},
    "price": {"high", "low", "negative"},
    "solar": {"surplus"},
    "mode": {"vacation", "guests"},
}
PARTS = {"morning", "noon", "afternoon", "evening", "night", "midnight"}
EVENTS = {"sunrise", "sunset", "wake_up", "bedtime", "arrival", "departure"}


class Span(msgspec.Struct, forbid_unknown_fields=True):
    start: When = msgspec.field(name="from")
    end: When = msgspec.field(name="to")


class Money(msgspec.Struct, forbid_unknown_fields=True):
    amount_micro: int
    currency: Literal["EUR", "USD", "GBP", "CNY"]


class State(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    subject: str
    state: str
    who: Literal["anna", "mika"] | None = None
    area: str | None = None
    device: str | None = None


class After(msgspec.Struct, forbid_unknown_fields=True):
    after: str


FORMS: dict[str, tuple[set[str], Any]] = {
    "deadline": ({"lte"}, When),
    "earliest": ({"gte"}, When),
    "window": ({"in", "neq"}, Span),
    "duration": ({"eq"}, int),
    "cost": ({"lte"}, Money),
    "price": ({"lte"}, Money),
    "energy": ({"lte"}, int),
    "power": ({"lte"}, int),
    "tariff": ({"eq"}, Literal["cheapest", "off_peak", "solar_only", "greenest"]),
    "condition": ({"eq", "neq"}, State),
    "privacy": ({"eq", "neq"}, Literal["cloud", "local"]),
    "temperature": ({"lte", "gte"}, int),
    "quiet": ({"eq"}, bool),
    "exclude": ({"neq"}, str),
    "order": ({"eq"}, After),
    "latency": ({"lte"}, int),
    "level": ({"lte", "gte"}, int),
}


def test_two_halves_of_150_with_every_language_in_both() -> None:
    languages = [Counter(row.language for row in utterances(half)) for half in HALVES]
    assert languages == [{"en": 110, "de": 10, "fr": 10, "es": 10, "zh": 10}] * 2


def test_the_other_sets_are_larger_and_no_sentence_is_there_twice() -> None:
    second, third, fourth = utterances("dev2"), utterances("dev3"), utterances("dev4")
    fifth, sixth, seventh = utterances("dev5"), utterances("dev6"), utterances("dev7")
    ninth, tenth = utterances("dev9"), utterances("dev10")
    eleventh = utterances("dev11")
    for rows in (second, third, tenth, eleventh, utterances("held2"), utterances("held3")):
        assert {row.language for row in rows} == {"en", "de", "fr", "es", "zh"}
    assert len(second) >= 750
    assert len(third) >= 500
    assert len(fourth) >= 345
    assert min(Counter(row.language for row in fifth).values()) >= 95
    assert len(sixth) >= 360
    assert {row.language for row in seventh} == {"en", "de", "fr", "es", "zh"}
    assert len(seventh) >= 400
    held = utterances("held2")
    assert (len(ninth), len(tenth), len(held)) == (299, 300, 297)
    assert {row.language for row in ninth} == {"en"}
    eighth = utterances("dev8")
    assert {row.language for row in eighth} == {"en", "de", "fr", "es", "zh"}
    assert len(eighth) >= 350
    assert len(eleventh) >= 800
    for half, least in {
        "dev12": 290,
        "dev13": 285,
        "dev14": 860,
        "dev15": 380,
        "dev16": 80,
        "dev17": 1_000,
        "dev18": 689,
        "held4": 186,
    }.items():
        rows = utterances(half)
        assert {row.language for row in rows} == {"en", "de", "fr", "es", "zh"}
        assert len(rows) >= least
    texts = len({row.text.casefold() for row in ROWS.values()})
    assert texts == sum(len(utterances(half)) for half in SETS)


def test_every_type_of_goal_and_of_constraint_is_asked_for() -> None:
    goals = {goal.type for row in ROWS.values() for goal in row.goals}
    bounds = {bound.type for row in ROWS.values() for bound in row.constraints}
    assert goals == {"optimize", "minimize", "maximize", "achieve", "keep"}
    assert bounds == set(CONSTRAINT_VALUES) == set(FORMS)


@pytest.mark.parametrize("id", ROWS)
def test_an_annotation_is_of_the_vocabulary_and_of_the_home(id: str) -> None:
    row = ROWS[id]
    devices = {device.id: _actions(device) for device in HOME.devices}
    places = {area.id for area in HOME.areas} | {floor.id for floor in HOME.floors}
    assert row.goals or row.constraints
    assert row.area is None or row.area in places
    for goal in row.goals:
        check_goal(goal)
        assert set(goal.scope) <= places
        _check_value(goal, devices)
    for bound in row.constraints:
        check_constraint(Constraint(bound.type, bound.value, bound.operator))
        operators, form = FORMS[bound.type]
        assert bound.operator in operators
        value = msgspec.convert(bound.value, form, strict=True)
        assert msgspec.to_builtins(value) == bound.value
        _check_bound(value, row, {*devices, *places})


def _actions(device: Device) -> set[str]:
    return {capability.capability_type for capability in device.capabilities}


def _check_value(goal: Goal, devices: dict[str, set[str]]) -> None:
    if goal.type == "keep":
        assert (
            goal.value is None if goal.target == "security" else set(goal.value) <= {"lte", "gte"}
        )
    elif goal.type != "achieve":
        assert goal.value is None
    elif goal.target in devices:
        # Whatever can be run or charged can be stopped.
        assert goal.value["action"] in {*devices[goal.target], "turn_off"}
    else:
        assert goal.target in KINDS_NOT_AT_HOME or goal.target.startswith("scene:")


def _check_bound(value: Any, row: Utterance, known: set[str]) -> None:
    match value:
        case When():
            named = (value.clock, value.in_minutes, value.event, value.part)
            assert sum(part is not None for part in named) <= 1
            assert named != (None,) * 4 or value.day is not None or value.weekday is not None
            assert value.part in {None, *PARTS}
            assert value.event in {None, *EVENTS}
        case Span():
            _check_bound(value.start, row, known)
            _check_bound(value.end, row, known)
        case State():
            assert value.state in STATES[value.subject]
            assert {value.area, value.device} <= {None, *known}
        case After():
            assert value.after in {f"g{at + 1}" for at in range(len(row.goals))}
        case Money():
            assert value.amount_micro > 0
        case _:
            pass


ROW = Utterance(
    id="x",
    language="en",
    text="wash, then dry upstairs and below 21",
    home="demo",
    area=None,
    goals=(
        Goal("achieve", "washing_machine", {"action": "run"}),
        Goal("keep", "temperature", {"lte": 210}, scope=("upper", "hall")),
    ),
    constraints=(Bound(type="order", operator="eq", value={"after": "g1"}),),
)


def _reading(*goals: Goal, **changed: Any) -> Translation:
    after = Constraint("order", {"after": "g2"}, "eq", priority=3, goals=("g1",))
    given: dict[str, Any] = {"route": "goal", "constraints": (after,), **changed}
    return Translation(text=ROW.text, language="en", goals=goals, **given)


KEEP = Goal("keep", "temperature", {"lte": 210}, weight=2.0, id="g1", scope=("hall", "upper"))
WASH = Goal("achieve", "washing_machine", {"action": "run"}, id="g2")


def test_order_ids_and_weights_are_not_compared() -> None:
    assert is_exact(ROW, _reading(KEEP, WASH))


@pytest.mark.parametrize(
    "other",
    [
        _reading(KEEP, WASH, route="command"),
        _reading(KEEP, WASH, constraints=()),
        _reading(KEEP, WASH, is_hypothetical=True),
        _reading(KEEP, WASH, constraints=(Constraint("order", {"after": "g1"}, "eq"),)),
        _reading(KEEP, WASH, WASH),
        _reading(WASH),
        _reading(msgspec.structs.replace(KEEP, scope=("hall",)), WASH),
        _reading(KEEP, msgspec.structs.replace(WASH, value={"action": "turn_off"})),
    ],
)
def test_anything_else_is_not_exact(other: Translation) -> None:
    assert not is_exact(ROW, other)
    assert missed([ROW], lambda *_, **__: other, HOME) == [(ROW, other)]


def test_a_time_counts_the_same_as_a_value_and_as_a_struct() -> None:
    typed = Constraint("deadline", When(clock="07:00", day=1))
    plain = Bound(type="deadline", operator="lte", value={"day": 1, "clock": "07:00"})
    frames = [frame((), [bound], is_hypothetical=False) for bound in (typed, plain)]
    assert frames[0] == frames[1] != expected(ROW)


@pytest.mark.skipif(
    find_spec("tarl.planning.intent_translator") is None, reason="sentences are not translated yet"
)
@pytest.mark.parametrize("half", SETS)
def test_nearly_every_sentence_is_understood_as_annotated(half: Half) -> None:
    rows = utterances(half)
    misses = missed(rows, translator(), HOME)
    read = {row.id for row in seen(half)}
    shown = [row.id for row, _ in misses if row.id in read]
    share = 1 - len(misses) / len(rows)  # a number: what pytest shows of a list is not to be read
    assert share >= EXACT_SHARE_MIN[half], f"{len(misses)} missed {shown}"


@pytest.mark.xfail(reason="the grammar does not know enough ways of saying things", strict=True)
@pytest.mark.parametrize("half", ["held", "held2"])
def test_nineteen_of_twenty_unseen_sentences_are_understood_as_annotated(half: Half) -> None:
    rows = utterances(half)
    share = 1 - len(missed(rows, translator(), HOME)) / len(rows)
    assert share >= EXACT_SHARE_AIM


def test_nineteen_of_twenty_of_all_unseen_sentences_are_understood_as_annotated() -> None:
    rows = [row for half in SETS for row in unseen(half)]
    assert len(rows) >= 1_200
    share = 1 - len(missed(rows, translator(), HOME)) / len(rows)
    assert share >= EXACT_SHARE_AIM
