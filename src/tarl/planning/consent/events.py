"""What happens to a user's consents, in the stream ``consent/<tenant>/<user>``. Kinds are frozen.

A consent's token names it and is no secret: what is permitted is what the ledger says of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.planning.task import PrivacyClass, TrustTier
from tarl.work.streams import stream_of

GRANTED = "consent.granted/1"
REVOKED = "consent.revoked/1"


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """The user consents.

    Attributes:
        token: Names it.
        scopes: To what; see ``scopes``.
        privacy_class: The most private data that it is about.
        trust_tier: The least trusted device that it is for.
        by: Who said so, for the user or as the user.
        expires_at_ms: From then on it counts no more.
        dynamic: Whether the user is asked again before each step that stands on it.
        overrides: Protections that the user does without, by name.
        plan_id: The only plan that it is for; empty for any.
        reason: Why.
    """

    token: str
    scopes: tuple[str, ...]
    privacy_class: PrivacyClass
    trust_tier: TrustTier
    by: str
    expires_at_ms: int
    dynamic: bool = False
    overrides: tuple[str, ...] = ()
    plan_id: str = ""
    reason: str = ""


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """The user takes consents back."""

    tokens: tuple[str, ...]
    by: str
    reason: str = ""


BODIES: dict[str, type[msgspec.Struct]] = {GRANTED: Granted, REVOKED: Revoked}
KINDS = frozenset(BODIES)
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def consent_stream(tenant: str, user_id: str) -> str:
    """The stream of a user's consents."""
    return stream_of("consent", tenant, user_id)
