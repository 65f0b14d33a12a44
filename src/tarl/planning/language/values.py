"""What items of a line hold before anything has an id: what bounds, what is so, what is named."""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.planning.language.amounts import WHOLE
from tarl.planning.task import Operator, When

HERE = "here"

THERE = "there"
"""The place that the sentence named."""

ONE = "one"
"""A device of the kind that the sentence named."""

THEN = When(event="then")
"""The time that the sentence told."""

OPEN = "open"
"""The type of a rule that is said, but not in full, or that no plan can hold; its value says what
has to be asked: ``price``, ``temperature``, ``condition``."""


class Draft(NamedTuple):
    """A constraint before it has an id, and how it becomes one; a negated order turns it round
    unless it ``is_fixed``: ``not until the price is low``; one that ``is_loose`` is no rule where
    its clause says ``if possible``: ``on solar``, or no duration: ``an hour after``."""

    type: str
    value: Any
    operator: Operator = "lte"
    is_fixed: bool = False
    is_loose: bool = False


class State(NamedTuple):
    """Something that is so, or not so: ``occupancy``, ``asleep``; ``is_told`` when the words say no
    more than how things are: ``somebody left the garage open``."""

    subject: str
    state: str
    is_negated: bool = False
    facts: tuple[tuple[str, Any], ...] = ()
    is_told: bool = False


class Told(NamedTuple):
    """The time of what is only told: ``we get home at six``."""

    draft: Draft


class Place(NamedTuple):
    """An area or a floor: its id, or the word for it where the home is not known."""

    id: str
    is_floor: bool = False


class Bound(NamedTuple):
    """Bounds of a quantity; ``unit`` is ``number`` when nobody said one, ``fill`` for a share that
    was said in a word (``fully``), which is only about what can be full or bright; ``is_kept`` when
    the words say keep as well: ``保持在20度``; ``place`` is one that was named among them; one that
    ``is_whole`` is of the whole house."""

    unit: str
    lo: int | None = None
    hi: int | None = None
    is_aim: bool = False
    is_kept: bool = False
    place: Place | None = None
    is_whole: bool = False


FULL = Bound("fill", WHOLE)


class Either(NamedTuple):
    """Bare numbers that are hours, or degrees; the rest of the clause decides."""

    times: tuple[Draft, ...]
    bound: Bound


class Mention(NamedTuple):
    """A device by name (``ids``) or by what it is (``kind``).

    ``is_all`` is said of several, ``place`` when the word names one: ``Küchenlicht``; ``is_verb``
    when the words order it themselves: ``wash the dishes``; ``is_loose`` when they may as well be
    said of what is named beside them: ``give the dishes a wash``.
    """

    kind: str
    ids: tuple[str, ...] = ()
    is_all: bool = False
    place: str | None = None
    action: str | None = None
    is_verb: bool = False
    is_loose: bool = False
