"""Adding, removing and listing rules."""

from __future__ import annotations

import pytest
from tests.unit.routing.parts import Yard

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.routing import rules as rules_module


def test_rules_are_listed_in_the_order_in_which_they_are_asked() -> None:
    yard = Yard()
    yard.rules.add("a", node="n", priority=1)
    yard.rules.add("b", node="n", priority=5)
    yard.rules.add("c", node="n", priority=1)
    assert [(rule.rule, rule.pattern) for rule in yard.rules.ls()] == [
        ("r2", "b"),
        ("r1", "a"),
        ("r3", "c"),
    ]


def test_the_same_rule_again_is_the_rule_that_there_is() -> None:
    yard = Yard()
    first = yard.rules.add("a*", capabilities=["y", "x"], rule="mine")
    assert yard.rules.add("a*", capabilities=["x", "y"], rule="mine") == first
    with pytest.raises(Conflict) as refused:
        yard.rules.add("a*", node="n", rule="mine")
    assert refused.value.code == "rule.exists"
    assert len(yard.rules.ls()) == 1


def test_an_id_that_was_taken_is_not_given_again() -> None:
    yard = Yard()
    yard.rules.add("a", node="n")
    yard.rules.remove("r1")
    assert yard.rules.add("a", node="n").rule == "r2"
    assert yard.rules.add("a", node="n", rule="r1").rule == "r1"
    assert yard.rules.add("a", node="n").rule == "r3"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"pattern": "[", "node": "n"}, "rule.pattern"),
        ({"pattern": "a"}, "rule.target"),
        ({"pattern": "a", "node": "n", "capabilities": ["x"]}, "rule.target"),
        ({"pattern": "a", "capabilities": []}, "rule.target"),
        ({"pattern": "a", "node": "n", "priority": 1.0}, "rule.priority"),
        ({"pattern": "a", "node": ""}, "id.empty"),
        ({"pattern": "a", "node": "n", "rule": "\x00"}, "id.characters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_a_rule_is_refused(said: dict[str, object], code: str) -> None:
    yard = Yard()
    with pytest.raises(Invalid) as refused:
        yard.rules.add(**said)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert yard.rules.ls() == []


def test_a_rule_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing) as refused:
        Yard().rules.remove("r1")
    assert refused.value.code == "rule.missing"


def test_too_many_rules_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "RULES_MAX", 1)
    yard = Yard()
    yard.rules.add("a", node="n")
    with pytest.raises(Exceeded) as refused:
        yard.rules.add("b", node="n")
    assert refused.value.code == "rule.too_many"


def test_rules_of_another_tenant_are_not_asked() -> None:
    yard = Yard()
    yard.rules.add("*", node="b", strict=True)
    other = Yard(yard.store, tenant="acme")
    other.nodes.register("a")
    assert other.route("job").node == "a"
    assert other.rules.ls() == []
