"""How long a consent may last: the more private the data and the less trusted the device, the
shorter.

hours              trusted, privileged   verified   basic   untrusted
public                     24               24        12         6
internal                   12               12         6         3
confidential                6                6         3         1
restricted                  3                3         1         1
"""

from __future__ import annotations

from collections.abc import Mapping

from tarl.planning.task import PrivacyClass, TrustTier

HOUR_MS = 3_600_000

_HOURS = (24, 12, 6, 3, 1)
_LESS: Mapping[TrustTier, int] = {TrustTier.UNTRUSTED: 2, TrustTier.BASIC: 1}

PRIVACY_ORDER = tuple(PrivacyClass)
TRUST_ORDER = tuple(TrustTier)


def lifetime_ms(privacy_class: PrivacyClass, trust_tier: TrustTier) -> int:
    """The longest that a consent about such data may last on a device of that tier."""
    steps = PRIVACY_ORDER.index(privacy_class) + _LESS.get(trust_tier, 0)
    return _HOURS[min(steps, len(_HOURS) - 1)] * HOUR_MS


def is_at_most(one: PrivacyClass, other: PrivacyClass) -> bool:
    """Whether the first class is no more private than the other."""
    return PRIVACY_ORDER.index(one) <= PRIVACY_ORDER.index(other)


def is_at_least(one: TrustTier, other: TrustTier) -> bool:
    """Whether the first tier is trusted no less than the other."""
    return TRUST_ORDER.index(one) >= TRUST_ORDER.index(other)
