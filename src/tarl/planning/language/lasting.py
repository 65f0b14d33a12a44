"""Whether the words that say when something is wanted say that it is so until then.

1. ``until 10 pm`` lasts, ``by 10 pm`` does not; ``bis 22 Uhr`` is said for both and lasts with what
   is done for a while: turned on, opened, set, and with what is left off (``lass es aus``).
2. A window lasts that has two ends: ``from 6 to 7``, ``between sunset and midnight``; a day, a part
   of it, tonight and the weekend only bound when something is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tarl.planning.task import Goal, When

_UNTIL = re.compile(
    r"\b(?:un)?till?\b|\bjusqu|\bhasta\b|直到|直至|为止|^一?到(?!.*前)|\bthrough\b", re.IGNORECASE
)
_OR_BY = re.compile(r"\bbis\b", re.IGNORECASE)
_OR_BEFORE = re.compile(r"前")
_LEFT = re.compile(r"\b(?:lass\w*|lässt|bleib\w*|halt\w*|hält)\b|一直|保持", re.IGNORECASE)
"""What leaves something as it is, so that ``bis`` and ``之前`` say until when."""
_BY_THEN = re.compile(
    r"\b(?:spätestens|by|before|later than|plus tard|prêt\w*|list[oa]|fertig|bereit|ready|done)\b",
    re.IGNORECASE,
)
"""What makes the same words a deadline: ``bis spätestens``."""
_FOR_A_WHILE = frozenset({"turn_on", "open", "unlock"})
_TONIGHT = {"evening", "night"}
_WEEKEND = (5, 6)


def lasts_till(type: str, operator: str, value: Any, said: str, goals: Sequence[Goal]) -> bool:
    """Whether a bound of the goals says how long something is so."""
    if type == "window":
        return operator == "in" and _has_two_ends(value)
    if type != "deadline" or _BY_THEN.search(said):
        return False
    if _UNTIL.search(said) or not goals:
        return bool(_UNTIL.search(said))
    is_by = bool(_OR_BY.search(said))
    if (is_by or _OR_BEFORE.search(said)) and all(map(_is_left, goals)):
        return True
    return is_by and all(map(_is_for_a_while, goals))


def _is_left(goal: Goal) -> bool:
    """Whether words of a goal leave a device on, off, open or shut."""
    action = goal.value.get("action", "") if isinstance(goal.value, Mapping) else ""
    is_so = action in _FOR_A_WHILE or action in ("turn_off", "close", "lock")
    return is_so and goal.said is not None and _LEFT.search(goal.said.text) is not None


def _is_for_a_while(goal: Goal) -> bool:
    action = goal.value.get("action", "") if isinstance(goal.value, Mapping) else ""
    return goal.type == "keep" or action in _FOR_A_WHILE or action.startswith("set_")


def _has_two_ends(value: Any) -> bool:
    start, end = value.get("from"), value.get("to")
    if not isinstance(start, When) or not isinstance(end, When) or start == end:
        return False
    if _is_moment(start) or _is_moment(end):
        return True
    if {start.part, end.part} == _TONIGHT and start.part == "evening":
        return False
    return (start.weekday, end.weekday) != _WEEKEND or start.part is not None


def _is_moment(when: When) -> bool:
    is_instant = (when.clock, when.in_minutes, when.event) != (None, None, None)
    return is_instant or when.part in ("noon", "midnight")
