"""What verifying came to, and at which cost it was asked."""

from __future__ import annotations

from typing import Literal

import msgspec

from tarl.policy.grant import Grants
from tarl.values.verdict import Allow, Hold, Reason, Verdict

Level = Literal["QUICK", "STANDARD", "FULL"]
LEVELS: tuple[Level, ...] = ("QUICK", "STANDARD", "FULL")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an agent may do something now.

    Attributes:
        verdict: Allow, Hold or Deny; an Allow's reasons are the grounds (``trust.allowed``).
        level: How thoroughly it was asked.
        grant: The digest of the attestation or delegation that permits it, or None.
        chain: The hash of that record's chain, or None.
        effective: What the record permits in all, or None.
        reasons: Why not, for each grant that was looked at; or the grounds.
        at_ms: The instant that was decided for.
        checked: What was looked at, for a level that says so (``FULL``).
    """

    verdict: Verdict
    level: Level
    grant: str | None = None
    chain: str | None = None
    effective: Grants | None = None
    reasons: tuple[Reason, ...] = ()
    at_ms: int = 0
    checked: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the verdict is Allow."""
        return isinstance(self.verdict, Allow)

    @property
    def held(self) -> bool:
        """Whether somebody has to approve first."""
        return isinstance(self.verdict, Hold)
