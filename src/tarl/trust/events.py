"""The streams of trust, the kinds of event in them, and their bodies.

What somebody said is in the envelope that they signed and nowhere else. A refusal is nobody's word:
its body says what was refused and why, in bounded text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from tarl.values.ids import encode_segment

AUTHORITY = "authority.recorded/1"
GENESIS = "genesis.recorded/1"
ATTESTATION = "attestation.recorded/1"
DELEGATION = "delegation.recorded/1"
EFFECTS = "effects.signed/1"
AUDIT = "audit.recorded/1"
REVOCATION = "revocation.recorded/1"
SUSPENSION = "suspension.recorded/1"
RESUMPTION = "suspension.lifted/1"
POSTURE = "posture.changed/1"
REFUSED = "trust.refused/1"

KIND_OF: Mapping[str, str] = {
    "authority": AUTHORITY,
    "genesis": GENESIS,
    "attestation": ATTESTATION,
    "delegation": DELEGATION,
    "audit": AUDIT,
    "revocation": REVOCATION,
    "suspension": SUSPENSION,
    "resumption": RESUMPTION,
    "posture": POSTURE,
}
"""A record's kind -> the kind of the event that records it."""

PERMITTING = frozenset({AUTHORITY, GENESIS, ATTESTATION, DELEGATION})
"""What chains are made of."""

STANDING = frozenset({REVOCATION, SUSPENSION, RESUMPTION, POSTURE})
"""What changes where everybody stands; in the stream of revocations."""

REFUSAL_CHARS_MAX = 500


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A signed record: its DSSE envelope, and what stands beside it (leaves, circumstances)."""

    envelope: dict[str, Any]
    leaves: tuple[Any, ...] | None = None
    context: Any = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Something was refused: which operation, with which code, on what."""

    operation: str
    code: str
    text: str
    subject: str | None = None


BODIES: dict[str, type[msgspec.Struct]] = {
    **dict.fromkeys((*KIND_OF.values(), EFFECTS), Recorded),
    REFUSED: Refusal,
}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}
"""Kind -> the function that reads its body."""


def authority_stream(tenant: str, authority: str) -> str:
    """The stream of an authority."""
    return f"authority/{encode_segment(tenant)}/{encode_segment(authority)}"


def agent_stream(tenant: str, agent: str) -> str:
    """The stream of an agent."""
    return f"agent/{encode_segment(tenant)}/{encode_segment(agent)}"


def revocations_stream(tenant: str) -> str:
    """The stream of what is revoked, suspended and lifted in a tenant."""
    return f"revocations/{encode_segment(tenant)}"


def trust_stream(tenant: str) -> str:
    """The stream of refusals that are about no agent that there is."""
    return f"trust/{encode_segment(tenant)}"


def stream_of(record: Any) -> str:
    """Where a record is recorded: with whom it is about."""
    kind = record.KIND
    if kind == "authority":
        return authority_stream(record.tenant, record.authority)
    if kind == "delegation":
        return agent_stream(record.tenant, record.delegatee)
    if KIND_OF.get(kind) in STANDING:
        return revocations_stream(record.tenant)
    return agent_stream(record.tenant, record.agent)


def parts_of(stream: str) -> tuple[str, str, str]:
    """Noun, tenant and name of a stream; the name is empty where there is none."""
    noun, tenant, name = [*stream.split("/"), "", ""][:3]
    return noun, unquote(tenant), unquote(name)
