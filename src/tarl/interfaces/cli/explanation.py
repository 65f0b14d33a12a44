"""What the text behind ``tarl explain CODE`` is made of."""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """What a code means, and what to try."""

    means: str
    advice: str
