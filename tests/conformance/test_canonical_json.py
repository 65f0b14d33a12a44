"""RFC 8785: the published vectors, and the package ``rfc8785`` as an oracle."""

import json
from pathlib import Path

import pytest
import rfc8785

from tarl.errors import Invalid
from tarl.values.canonical import decode, encode

VECTORS = Path(__file__).parent / "vectors" / "jcs"
NAMES = sorted(path.name for path in (VECTORS / "input").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_published_vectors(name: str) -> None:
    value = json.loads((VECTORS / "input" / name).read_text())
    assert encode(value) == (VECTORS / "output" / name).read_bytes()


def test_every_character_is_escaped_as_the_oracle_does() -> None:
    for start in range(0, 0x110000, 64):
        points = (p for p in range(start, start + 64) if not 0xD800 <= p <= 0xDFFF)
        text = "".join(map(chr, points))
        assert encode(text) == rfc8785.dumps(text)
        assert encode({text: 1}) == rfc8785.dumps({text: 1})


def test_members_are_ordered_by_utf16_code_units() -> None:
    value = {"\U0001f600": 1, "\ue000": 2, "a": 3, "é": 4}
    assert encode(value) == rfc8785.dumps(value)
    assert list(decode(encode(value))) == ["a", "é", "\U0001f600", "\ue000"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":2}', "json.duplicate_key"),
        ("NaN", "json.not_finite"),
        ("[1,Infinity]", "json.not_finite"),
        ("[1e999]", "json.not_finite"),
        (r'"\ud800"', "json.lone_surrogate"),
        (r'{"\udfff":1}', "json.lone_surrogate"),
        ("9007199254740992", "json.integer_range"),
        ("1" * 5000, "json.integer_range"),
        ('{"a":', "json.malformed"),
        ("1 2", "json.malformed"),
        ("'a'", "json.malformed"),
        ("", "json.malformed"),
        ("[" * 200 + "]" * 200, "json.depth"),
        ("[" * 100_000, "json.depth"),
        (b'"\xff"', "json.encoding"),
    ],
)
def test_outside_text_is_refused_with_a_code(text: str | bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ({"a": [1, {"b": float("nan")}]}, "value.not_finite", "$.a[1].b"),
        ([float("inf")], "value.not_finite", "$[0]"),
        ({"a": "\ud800"}, "value.lone_surrogate", "$.a"),
        ({"a": (1, 2)}, "value.type", "$.a"),
        ([b"x"], "value.type", "$[0]"),
        ({1: 2}, "value.key_type", "$"),
        ([2**53], "value.integer_range", "$[0]"),
    ],
)
def test_values_without_a_json_form_are_refused_with_their_place(
    value: object, code: str, path: str
) -> None:
    with pytest.raises(Invalid) as caught:
        encode(value)
    assert caught.value.code == code
    assert caught.value.facts["path"] == path
