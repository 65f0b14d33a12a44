"""What makes a tainted argument acceptable: a closed set of typed conditions, as data.

A condition says of one argument which values pass although something untrusted may have chosen
among them. It is written by the workflow's author or by the operator, never by what was read.

1. What a condition does not say passes nothing: an argument without a condition is refused.
2. Values are compared as canonical JSON: ``True`` is not ``1``, and an object is equal with all its
   members or not at all.
3. Free text passes only where the condition says ``why``: no pattern makes it clean by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from tarl.errors import Invalid
from tarl.values.canonical import INTEGER_MAX, encode
from tarl.values.plain import plain

VALUES_MAX = 1_000
"""Of one closed set: a longer list of who may receive something belongs into the activity."""

TEXT_CHARS_MAX = 100_000
PATTERN_CHARS_MAX = 500
PATTERN_TEXT_CHARS_MAX = 256
"""Of a text that is held against a pattern: a pattern may take long over a long text."""

DEPTH_MAX = 8
"""Of conditions within conditions."""

NAMED_CHARS_MIN = 4
"""Of a text that a longer one may name: shorter ones stand in any text."""


class OnRecord(Protocol):
    """What a run had on record before anything untrusted entered it."""

    def has(self, value: Any) -> bool:
        """Whether the value was recorded, whole."""

    def names(self, text: str) -> bool:
        """Whether a recorded text has this one in it, between spaces or punctuation."""


class NothingOnRecord:
    """A run of which nothing is known."""

    def has(self, value: Any) -> bool:
        """No."""
        return False

    def names(self, text: str) -> bool:
        """No."""
        return False


NOTHING = NothingOnRecord()


class Exactly(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="exactly"):
    """This value and no other."""

    value: Any

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it is the same in canonical JSON."""
        return encode(value) == encode(self.value)


class OneOf(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="one_of"):
    """A member of a closed set."""

    values: tuple[Any, ...]

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it is in the set."""
        return encode(value) in {encode(each) for each in self.values}


class Integer(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="integer"):
    """A whole number from ``least`` to ``most``."""

    least: int
    most: int

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it is one; ``True`` is no number."""
        return type(value) is int and self.least <= value <= self.most


class Text(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="text"):
    """Free text, accepted because ``why``; it may say anything that was read.

    ``pattern`` is a regular expression that the whole of it must fit besides.
    """

    why: str
    chars_max: int = TEXT_CHARS_MAX
    pattern: str | None = None

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it is a text within the bounds."""
        if not isinstance(value, str) or len(value) > self.chars_max:
            return False
        if self.pattern is None:
            return True
        return len(value) <= PATTERN_TEXT_CHARS_MAX and bool(
            _compiled(self.pattern).fullmatch(value)
        )


class Anything(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="anything"):
    """Any value, accepted because ``why``."""

    why: str

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Yes."""
        return True


class Recorded(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="recorded"):
    """A text, list or object that the run had on record, whole, before anything untrusted entered.

    Not a number, a truth value or null: those stand on record for other reasons, and an attacker
    can name them without having seen them.
    """

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it was recorded."""
        return isinstance(value, str | list | dict) and bool(value) and on_record.has(value)


class Named(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="named"):
    """A text that stands, as a word of its own, in a text that was on record before: an address in
    what the user asked for.
    """

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether somebody trusted named it."""
        return (
            isinstance(value, str)
            and len(value) >= NAMED_CHARS_MIN
            and value == value.strip()
            and (on_record.has(value) or on_record.names(value))
        )


class Each(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="each"):
    """A list of at most ``items_max`` values, each of which fits ``of``."""

    of: Condition
    items_max: int

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether all of them do."""
        if not isinstance(value, list) or len(value) > self.items_max:
            return False
        return all(self.of.admits(item, on_record) for item in value)


class Members(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="members"):
    """An object with just these members, each of which fits its condition."""

    of: dict[str, Condition]

    def admits(self, value: Any, on_record: OnRecord) -> bool:
        """Whether it has all of them, fitting, and no other."""
        if not isinstance(value, dict) or value.keys() != self.of.keys():
            return False
        return all(self.of[name].admits(value[name], on_record) for name in self.of)


Condition = Exactly | OneOf | Integer | Text | Anything | Recorded | Named | Each | Members
KINDS = (Exactly, OneOf, Integer, Text, Anything, Recorded, Named, Each, Members)
LOOKING_BACK = (Recorded, Named)
"""Conditions about the run's record."""


def read_condition(data: Any, *, name: str = "the condition") -> Condition:
    """A condition from its JSON form, ``{"is": "one_of", "values": [...]}``.

    Raises:
        Invalid: it is none, or one that cannot be asked (``taint.condition``).
    """
    try:
        condition: Condition = msgspec.convert(data, Condition)
    except msgspec.ValidationError as error:
        raise _unfit(name, str(error)) from None
    return checked(condition, name=name)


def as_condition(value: Any, *, name: str) -> Condition:
    """A condition, or a plain value as the condition to be exactly that.

    Raises:
        Invalid: a condition that cannot be asked (``taint.condition``), or a value without a JSON
            form.
    """
    return checked(value if isinstance(value, KINDS) else Exactly(value=plain(value)), name=name)


def checked(condition: Condition, *, name: str, depth: int = 0) -> Condition:
    """The condition itself, if its bounds are sound.

    Raises:
        Invalid: they are not (``taint.condition``).
    """
    fault = None
    match condition:
        case Exactly():
            encode(condition.value)
        case OneOf():
            if not 0 < len(condition.values) <= VALUES_MAX:
                fault = f"a closed set has 1 to {VALUES_MAX} values"
            encode(list(condition.values))
        case Integer():
            if not -INTEGER_MAX <= condition.least <= condition.most <= INTEGER_MAX:
                fault = "no number lies between its bounds"
        case Text():
            fault = _unsound_text(condition)
        case Anything():
            fault = None if condition.why.strip() else "it does not say why anything may pass"
        case Each():
            if depth >= DEPTH_MAX:
                fault = f"more than {DEPTH_MAX} lists in one another"
            elif not 0 <= condition.items_max <= VALUES_MAX:
                fault = f"a list has 0 to {VALUES_MAX} items"
            else:
                checked(condition.of, name=name, depth=depth + 1)
        case Members():
            if depth >= DEPTH_MAX or len(condition.of) > VALUES_MAX:
                fault = f"more than {DEPTH_MAX} objects in one another, or {VALUES_MAX} members"
            else:
                for each in condition.of.values():
                    checked(each, name=name, depth=depth + 1)
    if fault is not None:
        raise _unfit(name, fault)
    return condition


def looks_back(condition: Condition) -> bool:
    """Whether a condition asks what was on record."""
    if isinstance(condition, Each):
        return looks_back(condition.of)
    if isinstance(condition, Members):
        return any(looks_back(each) for each in condition.of.values())
    return isinstance(condition, LOOKING_BACK)


def as_data(conditions: Mapping[str, Condition]) -> dict[str, Any]:
    """Conditions by parameter as JSON values."""
    return {name: plain(conditions[name]) for name in sorted(conditions)}


def _unsound_text(text: Text) -> str | None:
    if not text.why.strip():
        return "it does not say why free text may pass"
    if not 0 <= text.chars_max <= TEXT_CHARS_MAX:
        return f"a text has 0 to {TEXT_CHARS_MAX} characters"
    if text.pattern is not None:
        if len(text.pattern) > PATTERN_CHARS_MAX:
            return f"a pattern has at most {PATTERN_CHARS_MAX} characters"
        try:
            re.compile(text.pattern)
        except (re.error, OverflowError, RecursionError) as error:
            return f"its pattern is none: {error}"
    return None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _unfit(name: str, why: str) -> Invalid:
    return Invalid(
        f"{name} cannot be asked of a value: {why}",
        code="taint.condition",
        next_step='for instance {"is": "one_of", "values": ["a", "b"]}',
    )
