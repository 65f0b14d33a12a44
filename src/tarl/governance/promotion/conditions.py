"""What a predicate must say: a place in it and one comparison.

The place is a JSON pointer (RFC 6901). A comparison answers *holds*, *fails* or *unknown*: unknown
where nothing is at the place, or nothing that can be compared so. Only *holds* counts in favour.

1. Comparisons are typed: ``true`` is not 1, ``"1"`` is not 1, and numbers are compared with numbers
   alone; 1 and 1.0 are the same number.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import msgspec

from tarl.errors import Invalid

CONDITIONS_MAX = 32
POINTER_CHARS_MAX = 500
CHOICES_MAX = 100

Scalar = str | int | float | bool | None

_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ABSENT: Any = object()


class Truth(Enum):
    """How a comparison comes out."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


class Condition(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"equals": "is", "one_of": "in"},
):
    """One comparison; exactly one of the members beside ``at`` is given.

    Attributes:
        at: Where in the predicate, as a JSON pointer.
        equals: The value is this one (``is`` in a pipeline).
        one_of: The value is one of these (``in`` in a pipeline).
        at_least: The number is not below this one.
        at_most: The number is not above this one.
        contains: The list there has this value among its own.
        length: The list, text or object there has so many items, characters or members.
        is_target: The value is the name of the environment that is promoted to.
    """

    at: str
    equals: Scalar | msgspec.UnsetType = msgspec.UNSET
    one_of: tuple[Scalar, ...] | msgspec.UnsetType = msgspec.UNSET
    at_least: int | float | msgspec.UnsetType = msgspec.UNSET
    at_most: int | float | msgspec.UnsetType = msgspec.UNSET
    contains: Scalar | msgspec.UnsetType = msgspec.UNSET
    length: int | msgspec.UnsetType = msgspec.UNSET
    is_target: bool | msgspec.UnsetType = msgspec.UNSET

    @property
    def text(self) -> str:
        """The condition for a person."""
        name, value = _comparison(self)
        if name == "is_target":
            return f"{self.at} is the environment promoted to"
        shown = msgspec.json.encode(value).decode()
        return f"{self.at or 'the predicate'} {_WRITTEN.get(name, name)} {shown}"


def checked(condition: Condition) -> Condition:
    """The condition, if it is one.

    Raises:
        Invalid: no pointer, or not exactly one comparison (``promotion.condition``).
    """
    given = [name for name in _COMPARISONS if getattr(condition, name) is not msgspec.UNSET]
    if len(given) != 1:
        raise _bad(condition.at, f"it has {len(given)} comparisons, not one")
    if (condition.at and not condition.at.startswith("/")) or re.search("~(?![01])", condition.at):
        raise _bad(condition.at, "its place is no JSON pointer, such as /result")
    if len(condition.at) > POINTER_CHARS_MAX:
        raise _bad(condition.at, f"its place has more than {POINTER_CHARS_MAX} characters")
    if isinstance(condition.one_of, tuple) and not 0 < len(condition.one_of) <= CHOICES_MAX:
        raise _bad(condition.at, f"it has no choices, or more than {CHOICES_MAX}")
    if condition.is_target is False:
        raise _bad(condition.at, "is_target is true or left out")
    return condition


def truth(condition: Condition, predicate: Any, *, target: str) -> Truth:
    """How a condition comes out for a predicate; ``target`` is the environment promoted to."""
    found = value_at(predicate, condition.at)
    if found is _ABSENT:
        return Truth.UNKNOWN
    name, wanted = _comparison(condition)
    if name == "is_target":
        name, wanted = "equals", target
    answer = _COMPARISONS[name](found, wanted)
    return Truth.UNKNOWN if answer is None else Truth.HOLDS if answer else Truth.FAILS


def all_of(conditions: tuple[Condition, ...], predicate: Any, *, target: str) -> Truth:
    """The worst of all: fails before unknown before holds; holds where there are none."""
    found = {truth(condition, predicate, target=target) for condition in conditions}
    if Truth.FAILS in found:
        return Truth.FAILS
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.HOLDS


def text_at(predicate: Any, pointer: str) -> str | None:
    """The text at a place; None where there is none."""
    found = value_at(predicate, pointer)
    return found if isinstance(found, str) else None


def value_at(value: Any, pointer: str) -> Any:
    """What a JSON pointer names; a mark of its own where nothing is."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, _ABSENT)
        elif isinstance(value, list) and _ARRAY_INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return _ABSENT
    return value


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return found == wanted
    return type(found) is type(wanted) and bool(found == wanted)


def _number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _equals(found: Any, wanted: Any) -> bool | None:
    return None if isinstance(found, dict | list) else _same(found, wanted)


def _one_of(found: Any, wanted: Any) -> bool | None:
    return None if isinstance(found, dict | list) else any(_same(found, each) for each in wanted)


def _at_least(found: Any, wanted: Any) -> bool | None:
    return found >= wanted if _number(found) else None


def _at_most(found: Any, wanted: Any) -> bool | None:
    return found <= wanted if _number(found) else None


def _contains(found: Any, wanted: Any) -> bool | None:
    return any(_same(each, wanted) for each in found) if isinstance(found, list) else None


def _length(found: Any, wanted: Any) -> bool | None:
    return len(found) == wanted if isinstance(found, dict | list | str) else None


_COMPARISONS = {
    "equals": _equals,
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "contains": _contains,
    "length": _length,
    "is_target": _equals,
}
_WRITTEN = {"equals": "is", "one_of": "in"}


def _comparison(condition: Condition) -> tuple[str, Any]:
    for name in _COMPARISONS:
        wanted = getattr(condition, name)
        if wanted is not msgspec.UNSET:
            return name, wanted
    raise _bad(condition.at, "it has no comparison")


def _bad(at: str, why: str) -> Invalid:
    return Invalid(
        f"the condition at {at[:80]!r} is none: {why}",
        code="promotion.condition",
        next_step='write { at = "/result", is = "PASSED" }, or in, at_least, at_most, contains,'
        " length, is_target",
        at=at[:80],
    )
