"""Values reach Cedar as their declared types say, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.policy.cedar.types import Misfit, cedar_value, read_type, type_data
from tarl.policy.cedar.vocabulary import read_vocabulary


def decimal(text: str) -> dict[str, Any]:
    return {"__extn": {"fn": "decimal", "arg": text}}


@pytest.mark.parametrize(
    ("of", "value", "read"),
    [
        ("Long", 7, 7),
        ("String", "a", "a"),
        ("Bool", True, True),
        ("decimal", 1.5, decimal("1.5000")),
        ("decimal", 3, decimal("3.0000")),
        ("decimal", -0.0001, decimal("-0.0001")),
        ("Set<String>", ["a", "b"], ["a", "b"]),
        ([{"a": "Long"}], [{"a": 1, "b": 2}], [{"a": 1}]),
        ({"a": "Long", "b?": "String"}, {"a": 1, "b": None}, {"a": 1}),
        # Nothing that an argument holds can pose as an entity or an extension.
        ({"a?": "Long"}, {"__entity": {"type": "Agent", "id": "acme/root"}}, {}),
        ("String", "Agent::root", "Agent::root"),
    ],
)
def test_values_of_a_type(of: Any, value: Any, read: Any) -> None:
    assert cedar_value(value, read_type(of, "$")) == read
    assert read_type(type_data(read_type(of, "$")), "$") == read_type(of, "$")


@pytest.mark.parametrize(
    ("of", "value"),
    [
        ("Long", True),
        ("Long", 1.5),
        ("Long", "1"),
        ("Long", 2**63),
        ("String", 1),
        ("Bool", 0),
        ("decimal", 0.00001),
        ("decimal", 0.1 + 0.2),
        ("decimal", 1e300),
        ("decimal", "1.0"),
        ("Set<Long>", 1),
        ("Set<Long>", [1, "a"]),
        ({"a": "Long"}, {}),
        ({"a": "Long"}, [1]),
        ("String", {"__extn": {"fn": "ip", "arg": "::1"}}),
    ],
)
def test_what_is_of_another_type_is_a_misfit(of: Any, value: Any) -> None:
    with pytest.raises(Misfit):
        cedar_value(value, read_type(of, "$"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "policy.vocabulary"),
        ({"actions": {}}, "policy.vocabulary"),
        ({"actions": {"a": 1}}, "policy.vocabulary"),
        ({"actions": {"a.*": {}}}, "policy.vocabulary"),
        ({"actions": {"a": {"arguments": {}}}}, "policy.vocabulary"),
        ({"actions": {"a": {}}, "entities": {}}, "policy.vocabulary"),
        ({"actions": {"a": {"args": {"x": "Float"}}}}, "policy.type"),
        ({"actions": {"a": {"args": {"x": "Set<Float>"}}}}, "policy.type"),
        ({"actions": {"a": {"args": {"__entity": "String"}}}}, "policy.type"),
        ({"actions": {"a": {"args": {"x y": "String"}}}}, "policy.type"),
        ({"actions": {"a": {"args": {"x": "Set<" * 20 + "Long" + ">" * 20}}}}, "policy.type"),
        ({"actions": {"": {}}}, "id.empty"),
        ({"actions": {f"a{n}": {} for n in range(1_001)}}, "policy.vocabulary"),
        ([], "policy.vocabulary"),
    ],
)
def test_a_vocabulary_that_is_none_is_refused(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_vocabulary(data)
    assert refused.value.code == code
