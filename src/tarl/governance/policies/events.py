"""What happens to a policy, in the stream ``policy/<tenant>/<id>``. Kinds are frozen.

Policies are the operator's: whoever acts for a tenant sees its policies, and does not change them.
Editions that were registered before there were semantic versions count as major versions for every
environment, by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tarl.journal.upcast import Upcast
from tarl.policy.enforcement import Level
from tarl.values.canonical import decode, encode

POLICY_REGISTERED = "policy.registered/2"
POLICY_ACTIVATED = "policy.activated/2"
POLICY_DEACTIVATED = "policy.deactivated/2"


class PolicyRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """An edition was validated and is kept; nothing is decided by it yet.

    Attributes:
        version: Its number, from 1.
        semver: Its semantic version.
        environment: Where it decides; empty for everywhere.
        text: What decides, in ``language``.
        vocabulary: What it may name; null for any action.
        schema: The digest of Cedar's schema of that: SHA-256 in hex.
        digest: SHA-256 in hex of everything that decides.
        violation: As how severe a violation a refusal is recorded; empty for none.
        data: What the text was compiled from; null if it was written so.
        by: Who registered it.
    """

    version: int
    semver: str
    environment: str
    language: str
    text: str
    vocabulary: dict[str, Any] | None
    schema: str
    level: Level
    closed: bool
    violation: str
    data: dict[str, Any] | None
    digest: str
    by: str


class PolicyActivated(msgspec.Struct, frozen=True, kw_only=True):
    """This edition decides in its environment from now on, instead of an earlier one."""

    version: int
    environment: str
    by: str


class PolicyDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """No edition that was registered for this environment decides any more."""

    version: int
    environment: str
    by: str


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

_EVERYWHERE = {"environment": "", "by": "operator"}


def _registered(body: dict[str, Any]) -> dict[str, Any]:
    new = {"semver": f"{body['version']}.0.0", "violation": "", "data": None}
    return {**body, **new, **_EVERYWHERE}


UPCASTS: Mapping[str, Upcast] = {
    "policy.registered/1": Upcast(POLICY_REGISTERED, _registered),
    "policy.activated/1": Upcast(POLICY_ACTIVATED, lambda body: {**body, **_EVERYWHERE}),
    "policy.deactivated/1": Upcast(POLICY_DEACTIVATED, lambda body: {**body, **_EVERYWHERE}),
}
"""Kinds of earlier versions and how they are read as today's."""

ALL_KINDS = frozenset({*BODIES, *UPCASTS})
REGISTERED = frozenset({POLICY_REGISTERED, "policy.registered/1"})


def body_bytes(body: Body) -> bytes:
    """The canonical JSON of a body."""
    return encode(msgspec.to_builtins(body))


def read_body(kind: str, data: bytes) -> Body:
    """The body of an event, of whichever version of its kind."""
    upcast = UPCASTS.get(kind)
    if upcast is not None:
        kind, data = upcast.kind, encode(upcast.convert(decode(data)))
    body: Body = _DECODERS[kind](data)
    return body
