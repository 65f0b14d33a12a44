"""How a policy's answer is enforced: ``required`` stands, ``warning`` and ``audit`` let pass.

What is let pass keeps its reasons, each with the level and what the answer was, so that it is
recorded. A level that nobody knows enforces.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tarl.errors import Invalid
from tarl.values.verdict import Allow, Reason, Verdict

Level = Literal["required", "warning", "audit"]
LEVELS: tuple[Level, ...] = ("required", "warning", "audit")
LENIENT: tuple[Level, ...] = ("warning", "audit")


def check_level(level: str) -> Level:
    """The level, if there is such a one.

    Raises:
        Invalid: there is not (``policy.enforcement_level``).
    """
    if level not in LEVELS:
        raise Invalid(
            f"enforcement level {str(level)[:80]!r} is none of {', '.join(LEVELS)}",
            code="policy.enforcement_level",
        )
    return level


def enforced(verdict: Verdict, level: str) -> Verdict:
    """What a verdict comes to at a level."""
    if type(verdict) is Allow or level not in LENIENT:
        return verdict
    return Allow(tuple(_noted(reason, verdict, level) for reason in verdict.reasons))


def _noted(reason: Reason, verdict: Verdict, level: str) -> Reason:
    noted = {"enforcement": level, "verdict": type(verdict).__name__.lower()}
    return msgspec.structs.replace(
        reason, text=f"{level}: {reason.text}", facts={**reason.facts, **noted}
    )
