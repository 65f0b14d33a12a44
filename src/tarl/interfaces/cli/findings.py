"""What ``tarl doctor`` finds."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One check: ``ok``, ``warning`` or ``problem``, what was found, and what to do about it."""

    check: str
    status: str
    found: str
    next_step: str = ""
