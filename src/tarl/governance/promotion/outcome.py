"""What a gate answers, and what the answers of all gates come to.

1. ``PASSED`` needs every required gate to have passed, and at least one of them to be there.
2. One required gate that failed makes it ``FAILED``, whatever the others could not find out.
3. Optional gates are reported and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import msgspec

from tarl.values.verdict import Reason

Outcome = Literal["PASSED", "FAILED", "INCONCLUSIVE"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate answered.

    Attributes:
        gate: Its name.
        outcome: The answer.
        is_required: Whether it decides.
        reasons: Why.
        evidence: Ids of the statements that it counted, for or against.
        signers: The people and services whose word it counted in favour.
        level: The SLSA level, or a level of one's own, that it vouches for if it passed.
    """

    gate: str
    outcome: Outcome
    is_required: bool = True
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    level: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return {
            "gate": self.gate,
            "outcome": self.outcome,
            "required": self.is_required,
            "reasons": [reason.as_data() for reason in self.reasons],
            "evidence": list(self.evidence),
            "signers": list(self.signers),
        }


def joined(results: Iterable[GateResult]) -> Outcome:
    """What the answers come to."""
    outcomes = {result.outcome for result in results if result.is_required}
    if "FAILED" in outcomes:
        return "FAILED"
    return "PASSED" if outcomes == {"PASSED"} else "INCONCLUSIVE"
