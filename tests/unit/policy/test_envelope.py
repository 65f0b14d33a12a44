"""Envelopes: dimensions, what is refused at the door, what denies inside."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tarl.errors import Exceeded, Invalid
from tarl.policy.constraint import NOTHING, AtMost, Budget, Constraint, Forbidden, OneOf, Window
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts

FACTS = Facts(
    action="mail.send",
    resource="mailbox/alice",
    access="write",
    output="data",
    tenant="default",
    agent="clerk",
    task="t1",
    args={"n": 5, "to": {"city": "Oslo", "1": 2}, "tags": ["a", "b"]},
    at_ms=0,
    spends={"EUR": 5},
)


@pytest.mark.parametrize(
    ("data", "admits"),
    [
        ({}, True),
        ({"action": [{"kind": "prefix", "prefixes": ["mail."]}]}, True),
        ({"resource": [{"kind": "one_of", "values": ["mailbox/bob"]}]}, False),
        ({"access": [{"kind": "one_of", "values": ["read"]}]}, False),
        ({"agent": [{"kind": "one_of", "values": ["clerk"]}]}, True),
        ({"tenant": [{"kind": "forbidden", "values": ["default"]}]}, False),
        ({"task": [{"kind": "one_of", "values": ["t1"]}]}, True),
        ({"output": [{"kind": "one_of", "values": ["text"]}]}, False),
        ({"args.n": [{"kind": "at_most", "limit": 5}]}, True),
        ({"args.n": [{"kind": "at_most", "limit": 5}, {"kind": "at_least", "limit": 6}]}, False),
        ({"args.missing": [{"kind": "at_most", "limit": 5}]}, False),
        ({"args.to.city": [{"kind": "one_of", "values": ["Oslo"]}]}, True),
        ({"args.to.1": [{"kind": "at_most", "limit": 2}]}, True),
        ({"args.to.street": [{"kind": "forbidden", "values": ["x"]}]}, False),
        ({"args.n.city": [{"kind": "one_of", "values": ["Oslo"]}]}, False),
        ({"args.to": [{"kind": "forbidden", "values": ["x"]}]}, False),
        ({"args.tags": [{"kind": "required", "values": ["a"]}]}, True),
        ({"time": [{"kind": "window", "zone": "UTC", "days": [4]}]}, True),
        ({"time": [{"kind": "window", "zone": "UTC", "days": [5]}]}, False),
        ({"budget.EUR": [{"kind": "budget", "unit": "EUR", "limit": 4}]}, False),
        ({"budget.EUR": [{"kind": "budget", "unit": "EUR", "limit": 5}]}, True),
        ({"budget.USD": [{"kind": "budget", "unit": "USD", "limit": 0}]}, True),
        ({"time": [{"kind": "one_of", "values": []}]}, False),
    ],
)
def test_each_dimension_is_asked(data: Any, admits: bool) -> None:
    envelope = Envelope.from_data(data)
    assert envelope.admits(FACTS) is admits
    assert (envelope.violations(FACTS) == ()) is admits
    assert Envelope.from_data(envelope.as_data()) == envelope


@pytest.mark.parametrize(
    "dimension", ["action", "access", "output", "tenant", "agent", "task", "time", "args.n"]
)
def test_what_is_missing_is_denied(dimension: str) -> None:
    given: Constraint = Window("UTC") if dimension == "time" else Forbidden(("x",))
    envelope = Envelope({dimension: given})
    assert envelope.admits(FACTS)
    name = {"time": "at_ms", "args.n": "args"}.get(dimension, dimension)
    without = msgspec.structs.replace(FACTS, **{name: {} if name == "args" else None})
    assert not envelope.admits(without)
    assert "is missing" in envelope.violations(without)[0].text


def test_a_spending_that_is_no_amount_is_denied() -> None:
    envelope = Envelope({"budget.EUR": Budget("EUR", 10)})
    for amount in (-1, True, 1.0, "5", None):
        facts = msgspec.structs.replace(FACTS, spends={"EUR": amount})
        assert not envelope.admits(facts)


@pytest.mark.parametrize(
    "dimension",
    [
        *("", "colour", "Action", "args", "args.", "args..n", "budget.", "args.grö", "args.\n", 5),
        "args." + "x" * 300,
    ],
)
def test_an_unknown_dimension_is_refused(dimension: Any) -> None:
    with pytest.raises(Invalid) as caught:
        Envelope.from_data({dimension: [{"kind": "one_of", "values": ["a"]}]})
    assert caught.value.code == "constraint.dimension"


@pytest.mark.parametrize(
    ("dimension", "constraint"),
    [
        ("access", AtMost(5)),
        ("time", OneOf(("a",))),
        ("time", Budget("EUR", 1)),
        ("args.n", Window("UTC")),
        ("args.n", Budget("EUR", 1)),
        ("budget.EUR", Budget("USD", 1)),
        ("budget.EUR", AtMost(1)),
    ],
)
def test_a_kind_in_the_wrong_place_is_refused(dimension: str, constraint: Constraint) -> None:
    with pytest.raises(Invalid) as caught:
        Envelope({dimension: constraint})
    assert caught.value.code == "constraint.dimension"


@pytest.mark.parametrize("dimension", ["access", "time", "args.n", "budget.EUR"])
def test_nothing_may_stand_anywhere(dimension: str) -> None:
    envelope = Envelope({dimension: NOTHING})
    assert not envelope.admits(FACTS)
    assert envelope.implies(Envelope({"args.other": AtMost(0)}))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "constraint.malformed"),
        (None, "constraint.malformed"),
        ({"access": []}, "constraint.malformed"),
        ({"access": {"kind": "one_of", "values": ["read"]}}, "constraint.malformed"),
        ({"access": [{"kind": "deny_all"}]}, "constraint.unknown"),
        ({"access": ["read_only"]}, "constraint.unknown"),
    ],
)
def test_what_is_no_envelope_is_refused(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        Envelope.from_data(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        {f"args.a{i}": [{"kind": "at_most", "limit": 1}] for i in range(65)},
        {"args.n": [{"kind": "at_most", "limit": i} for i in range(17)]},
        {"args.n": [{"kind": "one_of", "values": list(range(1_025))}]},
    ],
)
def test_too_much_is_refused(data: Any) -> None:
    with pytest.raises(Exceeded) as caught:
        Envelope.from_data(data)
    assert caught.value.code == "constraint.too_many"


def test_what_is_no_constraint_is_refused_and_denies_if_it_gets_in() -> None:
    class Lenient(AtMost, frozen=True, tag="lenient.envelope"):
        def compiled(self) -> Any:
            return lambda value: True

    with pytest.raises(Invalid) as caught:
        Envelope({"args.n": Lenient(5)})
    assert caught.value.code == "constraint.unknown"
    broken = Envelope({"args.n": AtMost(5)})
    assert broken.admits(FACTS)
    broken = Envelope()
    broken._constraints["args.n"] = (Lenient(5),)
    assert not broken.admits(FACTS)
    assert broken.violations(FACTS)
    broken._constraints["args.n"] = ("anything",)
    assert not Envelope.admits(broken, FACTS)


def test_reasons_name_the_constraint_and_keep_the_value_to_themselves() -> None:
    (reason,) = Envelope({"args.to.city": OneOf(("Bergen",))}).violations(FACTS)
    assert reason.code == "policy.constraint"
    assert reason.text == "args.to.city must be one of 'Bergen'"
    assert reason.facts["dimension"] == "args.to.city"
    assert "Oslo" not in str(reason)


def test_the_budgets_of_an_envelope() -> None:
    envelope = Envelope(
        {"budget.EUR": (Budget("EUR", 9), Budget("EUR", 5)), "budget.USD": Budget("USD", 1)}
    )
    assert envelope.budgets == {"EUR": 5, "USD": 1}
    assert Envelope({"budget.EUR": NOTHING, "args.n": AtMost(1)}).budgets == {}


def test_an_envelope_does_not_change() -> None:
    given = {"args.n": [AtMost(5)]}
    envelope = Envelope(given)
    given["args.n"].append(AtMost(0))
    assert envelope.constraints == {"args.n": (AtMost(5),)}
    with pytest.raises(TypeError):
        envelope.constraints["args.n"] = ()
    with pytest.raises(AttributeError):
        envelope.more = 1
    assert hash(envelope) == hash(Envelope({"args.n": AtMost(5)}))
    assert not Envelope()
    assert Envelope({"args.n": ()}) == Envelope()
    assert repr(envelope) == "Envelope({'args.n': (AtMost(limit=5),)})"
