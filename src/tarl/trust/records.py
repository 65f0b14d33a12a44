"""Trust records: what principals sign, as frozen values.

A record's payload is canonical JSON of integers with exactly these members, its digest the SHA-256
of the payload, its envelope DSSE (``signed``). Times are UTC milliseconds. Grants and envelopes
stand in a record as the JSON of ``policy``.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from tarl.values.canonical import INTEGER_MAX

PAYLOAD_BYTES_MAX = 64 * 1024
"""A record names a page of grants, not a library."""

DEPTH_MAX = 16
SIGNATURES_MAX = 8
KEYS_MAX = 8
TEXT_CHARS_MAX = 1_000
ROLES_MAX = 32
GRANTS_MAX = 1_024
DELEGATION_DEPTH_MAX = 32
"""How many delegations may follow upon one another, at most."""


Integer = Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
Scalar = str | Integer | bool | None
EnvelopeData = dict[str, list[dict[str, Scalar | list[Scalar]]]]
"""The JSON of ``policy.envelope``: constraints by dimension. There is no room for a float in it,
nor for anything nested deeply.
"""

GrantData = dict[str, str | EnvelopeData]
"""The JSON of ``policy.grant``."""


class HumanOrigin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person on whose behalf everything below happens, as who authenticated them says."""

    human: str
    name: str
    provider: str
    session: str
    authenticated_at_ms: Integer


class Target(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a revocation is of: exactly one of the four."""

    record: str | None = None
    agent: str | None = None
    human: str | None = None
    authority: str | None = None

    @property
    def noun(self) -> str:
        """Which of the four it is; empty when it is not exactly one."""
        named = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        return named[0] if len(named) == 1 else ""

    @property
    def name(self) -> str:
        """The digest, or the id."""
        return str(getattr(self, self.noun, ""))


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every record has."""

    KIND: ClassVar[str] = ""
    type: str
    tenant: str
    issued_at_ms: Integer
    nonce: str


class Permitting(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record that permits something to somebody, for a time.

    Attributes:
        grants: What, as JSON of ``policy.grant``.
        envelope: Constraints of the whole, as JSON of ``policy.envelope``.
    """

    grants: tuple[GrantData, ...]
    envelope: EnvelopeData
    not_before_ms: Integer
    expires_at_ms: Integer | None


class Authority(Permitting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may let agents be, and what they may be let do.

    Attributes:
        authority: The principal that it is, a human or a service.
        keys: Principals' keys that sign for it, as C2SP text.
        threshold: How many of them must.
        delegable: Whether it may establish authorities below it.
        parent: The digest of the authority above; None when the operator vouches.
    """

    KIND: ClassVar[str] = "authority"
    authority: str
    name: str
    keys: tuple[str, ...]
    threshold: Integer
    delegable: bool
    parent: str | None


class Genesis(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent begins: its key, its authority, and the human behind it if there is one."""

    KIND: ClassVar[str] = "genesis"
    agent: str
    key: str
    authority: str
    human_origin: HumanOrigin | None
    not_before_ms: Integer
    expires_at_ms: Integer | None


class Attestation(Permitting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority's word on what an agent may do, and in which roles.

    Attributes:
        depth_left: How many delegations may follow upon one another below it; 0 for none.
        task: The only task that it is for, or None for any.
        audience: The only verifier that it is for, or None for any.
    """

    KIND: ClassVar[str] = "attestation"
    agent: str
    genesis: str
    authority: str
    roles: tuple[str, ...]
    depth_left: Integer
    task: str | None
    audience: str | None


class Delegation(Permitting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent's word on what another may do in its stead: never more than itself.

    Attributes:
        parent: The digest of the delegator's attestation or delegation.
        reasoning: SHA-256 of why, kept elsewhere.
    """

    KIND: ClassVar[str] = "delegation"
    delegator: str
    delegatee: str
    delegatee_key: str
    parent: str
    depth_left: Integer
    task: str | None
    audience: str | None
    human_origin: HumanOrigin | None
    reasoning: str | None


class Revocation(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something counts no more, nor does anything below it."""

    KIND: ClassVar[str] = "revocation"
    target: Target
    reason: str
    issuer: str


class Suspension(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent, and all below it, does nothing until it is resumed or the time has come."""

    KIND: ClassVar[str] = "suspension"
    agent: str
    reason: str
    until_ms: Integer | None
    issuer: str


class Resumption(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suspension ends."""

    KIND: ClassVar[str] = "resumption"
    agent: str
    reason: str
    issuer: str


class PostureChange(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent is let go further, or less far; ``evidence`` is what speaks for it."""

    KIND: ClassVar[str] = "posture"
    agent: str
    posture: str
    previous: str = msgspec.field(name="from")
    reason: str
    evidence: dict[str, Integer]
    issuer: str


class Effects(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent says that it did: the root over ``count`` leaves that stand beside it."""

    KIND: ClassVar[str] = "effects"
    agent: str
    key: str
    root: str
    count: Integer


class Audit(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent's signed note that it did something, with what came of it.

    Attributes:
        chain: The hash of the chain that it acted under, or None.
        context: SHA-256 of the canonical JSON of the circumstances, which stand beside it.
        parent: The digest of the note before, or None.
    """

    KIND: ClassVar[str] = "audit"
    agent: str
    action: str
    resource: str
    result: str
    chain: str | None
    context: str
    parent: str | None
    human_origin: HumanOrigin | None


RECORDS: dict[str, type[Record]] = {
    record.KIND: record
    for record in (
        Authority,
        Genesis,
        Attestation,
        Delegation,
        Revocation,
        Suspension,
        Resumption,
        PostureChange,
        Effects,
        Audit,
    )
}
"""Kind -> what it is."""

RESULTS = ("SUCCESS", "FAILURE", "DENIED", "PARTIAL")
VERSION = "1"
