"""Schemas: checked themselves, and never a reason to look outside."""

from __future__ import annotations

import pytest

from tarl.agents.schema import Schema
from tarl.errors import Invalid


def code_of(document: dict[str, object], value: object = None) -> str:
    with pytest.raises(Invalid) as refused:
        Schema(document).check(value)
    return refused.value.code


def test_a_value_that_fits_passes_and_one_that_does_not_is_named() -> None:
    schema = Schema(
        {"type": "object", "properties": {"n": {"type": "array", "items": {"type": "integer"}}}},
        what="the answer",
    )
    schema.check({"n": [1, 2]})
    with pytest.raises(Invalid, match=r"the answer does not fit its schema at \$\.n\[1\]"):
        schema.check({"n": [1, "two"]})


@pytest.mark.parametrize(
    "document",
    [{"type": "what"}, {"minimum": "three"}, {"properties": []}, {"$ref": 3}],
)
def test_what_is_no_schema_is_refused_when_it_is_declared(document: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        Schema(document)
    assert refused.value.code == "schema.invalid"


@pytest.mark.parametrize(
    "ref", ["http://127.0.0.1:9/secret.json", "file:///etc/passwd", "#/$defs/nobody"]
)
def test_a_reference_never_leads_outside(ref: str) -> None:
    assert code_of({"$ref": ref}, {}) == "schema.invalid"
