"""Whether words that say from when on something may be done say that it begins then."""

from __future__ import annotations

import re
from typing import Any

from tarl.planning.task import When

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
