"""Bills as values: ordered, complete, without circles."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from tests.unit.provenance.bom.bills import (
    AT_MS,
    DECLARATIONS,
    bills,
    component,
    model_bill,
    ref,
)

from tarl.errors import Exceeded, Invalid
from tarl.provenance.bom import graph
from tarl.provenance.bom.graph import Bill, Relation, bill
from tarl.provenance.bom.licences import is_expression, own_id


def a_bill(**members: Any) -> Bill:
    given = {
        "subject": ref("a"),
        "author": "x",
        "at_ms": AT_MS,
        "components": [component("a"), component("b")],
    }
    return bill(**{**given, **members})


def join(source: str, target: str, type: str = "depends_on") -> Relation:
    return Relation(source=ref(source), target=ref(target), type=type)


def test_the_order_of_what_is_given_does_not_count() -> None:
    listed = [component(name) for name in "abc"]
    joined = [join("a", "b"), join("a", "c"), join("b", "c", "uses")]
    one = a_bill(components=listed, relations=joined)
    other = a_bill(components=listed[::-1], relations=[*joined[::-1], joined[0]])
    assert one == other


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"components": [component("a"), component("a")]}, "bill.ref"),
        ({"subject": "elsewhere"}, "bill.ref"),
        ({"relations": [join("a", "gone")]}, "bill.ref"),
        ({"relations": [join("a", "b", "likes")]}, "bill.ref"),
        ({"relations": [join("a", "b"), join("b", "a")]}, "bill.cycle"),
        ({"relations": [join("a", "a")]}, "bill.cycle"),
        ({"components": [component("a", "thing")]}, "bill.component"),
        ({"components": [component("a", version=" ")]}, "bill.component"),
        ({"components": [component("a", supplier="")]}, "bill.component"),
        ({"components": [component("a", version="1" * 1025)]}, "bill.component"),
        ({"components": [component("a", purl="pkg:pypi/with blank")]}, "bill.component"),
        ({"components": [component("a", purl="requests")]}, "bill.component"),
    ],
)
def test_what_is_no_bill(members: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_bill(**members)
    assert refused.value.code == code


def test_what_is_produced_stands_on_who_produced_it() -> None:
    """``produces`` and ``derived_from`` between the same two say the same, and are no circle."""
    made = a_bill(relations=[join("a", "b", "produces"), join("b", "a", "derived_from")])
    assert {relation.edge for relation in made.relations} == {(ref("b"), ref("a"))}
    with pytest.raises(Invalid) as refused:
        a_bill(relations=[join("a", "b", "produces"), join("a", "b", "derived_from")])
    assert refused.value.code == "bill.cycle"


def test_a_bill_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "COMPONENTS_MAX", 1)
    with pytest.raises(Exceeded) as refused:
        a_bill()
    assert refused.value.code == "bill.too_large"


def test_claims_name_who_makes_them_and_each_requirement_once() -> None:
    made = model_bill().declaring(DECLARATIONS, assessor="Ann")
    assert [each.requirement_id for each in made.declarations] == [
        "Art.12",
        "Art.14",
        "CC1.1",
        "MS-2.3",
    ]
    for declarations, assessor in ((DECLARATIONS, ""), (DECLARATIONS[:1] * 2, "Ann")):
        with pytest.raises(Invalid) as refused:
            model_bill().declaring(declarations, assessor=assessor)
        assert refused.value.code == "bill.declaration"


@given(bills())
@settings(max_examples=30)
def test_every_end_of_a_relation_is_listed(made: Bill) -> None:
    known = {each.ref for each in made.components}
    assert {end for relation in made.relations for end in relation.edge} | {made.subject} <= known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", True),
        ("MIT OR (ISC AND 0BSD)", True),
        ("Apache 2.0", False),
        ("MIT OR", False),
        ("(MIT", False),
        ("MIT)", False),
        ("", False),
        ("MIT MIT", False),
        ("MIT or ISC", False),
        ("MIT " * 1000, False),
    ],
)
def test_which_texts_are_licence_expressions(text: str, expected: bool) -> None:
    assert is_expression(text) is expected


def test_a_licence_without_an_id_gets_one_of_its_text() -> None:
    assert own_id("Our own").startswith("LicenseRef-")
    assert own_id("Our own") != own_id("our own")
