"""Whether words that say from when on, or by when, something is done say that it begins then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tarl.planning.task import Goal, When

_OPEN = re.compile(
    r"\b(?:after|earliest|earlier|from|later than|or later|no sooner|not before|onwards?|since"
    r"|starting (?:from|after)|until|till|wait\w*|hold off|ab|frühestens|nach(?:dem)?|nicht vor"
    r"|oder später|von|apr[eè]s|à partir|au plus tôt|d[eè]s|ou plus tard|pas avant|a partir|antes"
    r"|desde|despu[eé]s|o más tarde)\b"
    r"|前不|不早于|之后|以后|从|從|起|過後|过后",
    re.IGNORECASE,
)
"""In the five languages; what is none of a language is no word of it."""


def begins_then(when: Any, said: str) -> bool:
    """Whether the words of an ``earliest`` name the beginning itself: ``at 9 am``, ``in an hour``,
    ``when I get home``; not ``after 9 am``, ``from 9 on``."""
    is_from_now = isinstance(when, When) and when.in_minutes is not None
    return is_from_now or _OPEN.search(said) is None


_BY_THEN = re.compile(
    r"\b(?:(?:at )?(?:least|latest|most)|no(?:t)? (?:later|after|less)|by|up to|until|till|ready"
    r"|done|finished|spätestens|mindestens|bis|nicht später|fertig|bereit|au plus tard|au moins"
    r"|d'ici|pas plus tard|jusqu\w*|prêt\w*|como (?:muy )?tarde|a más tardar|al menos|no más tarde"
    r"|hasta|list[oa]s?)\b|最晚|最迟|不晚于|至少|之前要|前要",
    re.IGNORECASE,
)
"""What makes so long before a time the last moment, in the five languages."""
_DONE = re.compile(
    r"\b(?:charged|done|ready|finished|washed|dried|cleaned|heated|cooled|full|topped up"
    r"|(?:auf|voll)?geladen|fertig|voll|gewaschen|getrocknet|gesaugt|geheizt|gespült|bereit"
    r"|chargée?s?|prête?s?|finie?s?|terminée?s?|lavée?s?|séchée?s?|pleine?s?"
    r"|cargad[oa]s?|list[oa]s?|terminad[oa]s?|lavad[oa]s?|sec[oa]s?|llen[oa]s?)\b|[好完满]",
    re.IGNORECASE,
)
"""What is to have been done by then."""
_COUNTED_FROM = re.compile(
    r"\b(?:after|past|nach(?:dem)?|apr[eè]s(?: que)?|despu[eé]s|antes|before)\b|[之以]?[前后]"
)
"""What parts how long from the time that it is counted from."""


def begins_counted(type: str, said: str, goals: Sequence[Goal]) -> bool:
    """Whether words that say how long before or after a time say when it begins, and not by when it
    is done or from when on it may be."""
    if type == "earliest":
        return _OPEN.search(_COUNTED_FROM.sub("", said.lower(), count=1)) is None
    ordered = " ".join(goal.said.text for goal in goals if goal.said is not None)
    return type == "deadline" and not (_BY_THEN.search(said) or _DONE.search(ordered))
