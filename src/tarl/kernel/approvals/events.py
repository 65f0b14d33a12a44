"""The kinds of event in the stream of an approval request, and their bodies.

What people did is in the envelopes that they signed and nowhere else: there is nothing beside a
signature that could disagree with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec

from tarl.kernel.approvals.request import Request, canonical

REQUESTED = "approval.requested/1"
VOTED = "approval.voted/1"
DELEGATED = "approval.delegated/1"
ESCALATED = "approval.escalated/1"
DECIDED = "approval.decided/1"
EXPIRED = "approval.expired/1"
WITHDRAWN = "approval.withdrawn/1"

ENDING = frozenset({DECIDED, EXPIRED, WITHDRAWN})
"""Nothing follows one of these."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A vote or a delegation: the DSSE envelope that the principal signed."""

    envelope: dict[str, Any]


class Escalated(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was decided in time; these may vote too from now on."""

    to: tuple[str, ...]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The votes sufficed."""

    status: Literal["approved", "rejected"]


class Expired(msgspec.Struct, frozen=True):
    """Its time was up."""


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asked no longer wants an answer."""

    reason: str


BODIES: dict[str, type[msgspec.Struct]] = {
    REQUESTED: Request,
    VOTED: Signed,
    DELEGATED: Signed,
    ESCALATED: Escalated,
    DECIDED: Decided,
    EXPIRED: Expired,
    WITHDRAWN: Withdrawn,
}

DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}
"""Kind -> the function that reads its body."""


class Decision(NamedTuple):
    """An event that was decided on and has no place in a stream yet; ``body`` is canonical JSON."""

    kind: str
    body: bytes


def decision(kind: str, body: msgspec.Struct) -> Decision:
    """An event of its kind and body."""
    return Decision(kind, canonical(body))
