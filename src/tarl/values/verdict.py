"""The answer of every gate: ``Allow < Hold < Deny``, with reasons as data.

Verdicts join to the strictest; the join of none is Deny, because nobody has allowed anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: a stable code, a sentence for a person, and the values behind it."""

    code: str
    text: str
    facts: Mapping[str, Any] = {}

    def as_data(self) -> dict[str, Any]:
        """The reason as a JSON object."""
        data: dict[str, Any] = {"code": self.code, "text": self.text}
        if self.facts:
            data["facts"] = dict(self.facts)
        return data


class Verdict(msgspec.Struct, frozen=True):
    """Base of the three answers."""

    reasons: tuple[Reason, ...] = ()


class Allow(Verdict, frozen=True):
    """It may happen."""


class Hold(Verdict, frozen=True, kw_only=True):
    """It may happen once the approval named by ``awaits`` is given."""

    awaits: str


class Deny(Verdict, frozen=True):
    """It must not happen."""


def _rank(verdict: Verdict) -> int:
    return {Allow: 0, Hold: 1}.get(type(verdict), 2)


def join(*verdicts: Verdict) -> Verdict:
    """The strictest of the verdicts with the reasons of all that are as strict.

    Of several holds the first names what is awaited; asked again afterwards, the next will.
    """
    if not verdicts:
        return Deny((Reason(code="verdict.empty", text="nobody has allowed it"),))
    strictest = max(map(_rank, verdicts))
    decisive = [v for v in verdicts if _rank(v) == strictest]
    reasons: list[Reason] = []
    for reason in (reason for verdict in decisive for reason in verdict.reasons):
        if reason not in reasons:
            reasons.append(reason)
    first = decisive[0]
    if isinstance(first, Hold):
        return Hold(tuple(reasons), awaits=first.awaits)
    return Allow(tuple(reasons)) if strictest == 0 else Deny(tuple(reasons))
