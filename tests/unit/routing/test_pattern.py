"""The grammar of patterns: what matches, and what is refused."""

from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.routing.pattern import PATTERN_CHARS_MAX, parse

MATCHES = [
    ("*", "", True),
    ("*", "anything", True),
    ("ml_*", "ml_train", True),
    ("ml_*", "ml_", True),
    ("ml_*", "mlx", False),
    ("*_train", "ml_train", True),
    ("*_train", "ml_trainer", False),
    ("a*b*c", "aXbXbc", True),
    ("a*b*c", "acb", False),
    ("?", "x", True),
    ("?", "", False),
    ("?", "xy", False),
    ("[abc]x", "bx", True),
    ("[a-c]x", "dx", False),
    ("[!a-c]x", "dx", True),
    ("[!a-c]x", "ax", False),
    ("[a-cx-z]", "y", True),
    ("[*]", "*", True),
    ("[*]", "a", False),
    ("a]b-c", "a]b-c", True),
    ("Ml", "ml", False),
    ("grün*", "grünes", True),
    ("**", "x", True),
]


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    MATCHES,
    ids=lambda value: str(value),
)
def test_a_pattern_matches_whole_names(pattern: str, name: str, fits: bool) -> None:
    assert parse(pattern).matches(name) is fits


@pytest.mark.parametrize(
    "text",
    ["", "[", "a[b", "[]", "[!]", "[z-a]", "[a-]", "[?-]", "[--]", "tab\t", "x" * 257, "[]a]"],
    ids=lambda text: repr(text[:8]),
)
def test_a_malformed_pattern_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert refused.value.code == "rule.pattern"
    assert refused.value.next_step


def test_many_stars_take_no_exponential_time() -> None:
    """Backtracking over all stars would not end; one goes back to the last star only."""
    pattern = parse("*a" * (PATTERN_CHARS_MAX // 2 - 1) + "b")
    assert not pattern.matches("a" * 5_000)
