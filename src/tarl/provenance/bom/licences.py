"""Licences as the formats spell them: an SPDX expression, or a name of one's own.

``licences.txt`` holds the ids of the SPDX License List 3.28 that the tools of both formats know.
Exceptions (``WITH``) are not among them: such a licence goes by its name.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

EXPRESSION_CHARS_MAX = 1_000

_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.+-]+|\S")
_JOINS = ("AND", "OR")


def is_expression(text: str) -> bool:
    """Whether a text is an expression of known licences (SPDX 2.3, annex D)."""
    if len(text) > EXPRESSION_CHARS_MAX:
        return False
    open_count, wants_licence = 0, True
    for token in _TOKEN.findall(text):
        if token == "(" and wants_licence:
            open_count += 1
        elif token == ")" and not wants_licence and open_count:
            open_count -= 1
        elif token in _JOINS and not wants_licence:
            wants_licence = True
        elif wants_licence and token in known_ids():
            wants_licence = False
        else:
            return False
    return not wants_licence and open_count == 0


def own_id(text: str) -> str:
    """The id of a licence that has none: ``LicenseRef-`` and the beginning of its digest."""
    return f"LicenseRef-{sha256(text.encode()).hexdigest()[:16]}"


@cache
def known_ids() -> frozenset[str]:
    """The ids of known licences."""
    text = files("tarl.provenance.bom").joinpath("licences.txt").read_text("ascii")
    return frozenset(text.split())
