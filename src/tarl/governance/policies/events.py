"""What happens to a policy, in the stream ``policy/<tenant>/<id>``. Kinds are frozen.

Policies are the operator's: whoever acts for a tenant sees its policies, and does not change them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.policy.enforcement import Level
from tarl.values.canonical import encode

POLICY_REGISTERED = "policy.registered/1"
POLICY_ACTIVATED = "policy.activated/1"
POLICY_DEACTIVATED = "policy.deactivated/1"


class PolicyRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """An edition was validated and is kept; nothing is decided by it yet.

    ``vocabulary`` is what it may name (null for any action), ``schema`` the digest of Cedar's
    schema of that, ``digest`` of everything that decides; both SHA-256 in hex.
    """

    version: int
    language: str
    text: str
    vocabulary: dict[str, Any] | None
    schema: str
    level: Level
    closed: bool
    digest: str


class PolicyActivated(msgspec.Struct, frozen=True, kw_only=True):
    """This edition decides from now on, instead of an earlier one."""

    version: int


class PolicyDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """No edition of the policy decides any more."""

    version: int


Body = PolicyRegistered | PolicyActivated | PolicyDeactivated

BODIES: dict[str, Any] = {
    POLICY_REGISTERED: PolicyRegistered,
    POLICY_ACTIVATED: PolicyActivated,
    POLICY_DEACTIVATED: PolicyDeactivated,
}
KINDS: dict[type, str] = {body: kind for kind, body in BODIES.items()}
_DECODERS: dict[str, Any] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def body_bytes(body: Body) -> bytes:
    """The canonical JSON of a body."""
    return encode(msgspec.to_builtins(body))


def read_body(kind: str, data: bytes) -> Body:
    """The body of an event."""
    body: Body = _DECODERS[kind](data)
    return body
