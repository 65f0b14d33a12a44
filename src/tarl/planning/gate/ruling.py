"""What the gate says to a device doing something for a task, computed somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from tarl.planning.consent.lifetimes import lifetime_ms
from tarl.planning.consent.scopes import Want
from tarl.planning.household import IN_THE_HOUSE, PlacementTarget
from tarl.planning.plan import ConsentReference
from tarl.planning.task import PrivacyClass
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

Routing = Literal["local", "gateway", "cloud", "sandbox"]

WHO = ("session_id", "user_id")
"""What says who asks."""

HOME = ("asleep", "devices", "home", "intent", "metadata", "said")
"""What says how people live."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says.

    Attributes:
        approved: Whether it may be planned; it may still need an approval or a consent.
        reason: One sentence: why not, or what it needs, or that it needs nothing.
        requires_approval: Whether a person has to approve it.
        scope: The consent that it needs; empty for none.
        wants: That consent, where it is not there.
        stands_on: That consent, where it is.
        redacted_fields: Names that are left out of what is sent there.
        routing: Where it runs: on the device, at the gateway, outside, or isolated.
        policy_hash: Of the policies that said so.
        reasons: All that policies said, in order.
        privacy_class: Of the data, as the policies saw it.
        longest_ms: How long a consent to it may last.
    """

    approved: bool
    reason: str
    requires_approval: bool = False
    scope: str = ""
    wants: tuple[Want, ...] = ()
    stands_on: tuple[ConsentReference, ...] = ()
    redacted_fields: tuple[str, ...] = ()
    routing: Routing = "local"
    policy_hash: str = ""
    reasons: tuple[Reason, ...] = ()
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    longest_ms: int = 0

    @property
    def is_dynamic(self) -> bool:
        """Whether the user is asked anew at the step."""
        return bool(self.stands_on) and self.stands_on[0].dynamic_consent

    @property
    def verdict(self) -> Verdict:
        """The same as a verdict: what it still needs holds it."""
        if not self.approved:
            return Deny(self.reasons)
        if self.wants:
            return Hold(self.reasons, awaits=f"consent:{self.wants[0].scope}")
        if self.requires_approval:
            return Hold(self.reasons, awaits="approval")
        return Allow(self.reasons)


def longest_ms(want: Want) -> int:
    """How long a consent to what is wanted may last."""
    return lifetime_ms(want.privacy_class, want.trust_tier)


def routing_of(placement: PlacementTarget, *, is_isolated: bool) -> Routing:
    """Where something runs that is computed there."""
    if is_isolated:
        return "sandbox"
    if placement is PlacementTarget.LOCAL_DEVICE:
        return "local"
    return "gateway" if placement in IN_THE_HOUSE else "cloud"


def redacted_fields(placement: PlacementTarget, privacy: PrivacyClass) -> tuple[str, ...]:
    """The names that are left out of what is sent there: nobody outside is told who asks, and, but
    for public data, how people live.
    """
    if placement in IN_THE_HOUSE:
        return ()
    return WHO if privacy is PrivacyClass.PUBLIC else tuple(sorted((*WHO, *HOME)))


def redacted(value: Any, fields: tuple[str, ...]) -> Any:
    """A JSON value without the members of these names, however deep they lie."""
    if isinstance(value, Mapping):
        return {name: redacted(held, fields) for name, held in value.items() if name not in fields}
    if isinstance(value, list | tuple):
        return [redacted(held, fields) for held in value]
    return value
