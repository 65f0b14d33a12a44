"""Which entries of a regulation a rule is about: ``8-15,6(1),Annex IV``.

A span is an article, a range of articles, or a citation that an entry's begins with.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ARTICLE = re.compile(r"Art\. (\d+)")


def is_within(id: str, spans: str) -> bool:
    """Whether an entry of that id is within one of the spans, which commas part."""
    article = _ARTICLE.match(id)
    number = int(article[1]) if article else None
    for first, last, beginning in _parsed(spans):
        if beginning is not None:
            rest = id.removeprefix(beginning)
            if rest != id and (not rest or rest[0] in "(/"):
                return True
        elif number is not None and first <= number <= last:
            return True
    return False


@lru_cache(maxsize=256)
def _parsed(spans: str) -> tuple[tuple[int, int, str | None], ...]:
    return tuple(_span(part.strip()) for part in spans.split(","))


def _span(text: str) -> tuple[int, int, str | None]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if found is not None:
        return int(found[1]), int(found[2] or found[1]), None
    return 0, 0, f"Art. {text}" if text[:1].isdigit() else text
