"""What happens to a tenant, as facts in the stream ``tenant/<id>``: wire names and bodies.

They are the operator's facts, not the tenant's content: they lie in clear and outlive its key.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.tenancy.tenant import Isolation
from tarl.values.canonical import encode

TENANT_CREATED = "tenant.created/1"
TENANT_QUOTA_SET = "tenant.quota_set/1"
TENANT_ISOLATION_SET = "tenant.isolation_set/1"
TENANT_CLOSED = "tenant.closed/1"
TENANT_ERASED = "tenant.erased/1"


class TenantCreated(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody registered it."""

    name: str
    isolation: Isolation
    sealed: bool
    quotas: dict[str, int] = {}
    metadata: dict[str, Any] = {}


class TenantQuotaSet(msgspec.Struct, frozen=True, kw_only=True):
    """Some of its quotas are others now; null takes one away."""

    quotas: dict[str, int | None]


class TenantIsolationSet(msgspec.Struct, frozen=True, kw_only=True):
    """It is set apart in another way now; what began before stays sealed, or in clear."""

    isolation: Isolation
    sealed: bool


class TenantClosed(msgspec.Struct, frozen=True, kw_only=True):
    """It takes no new work; its key is about to be destroyed."""

    by: str


class TenantErased(msgspec.Struct, frozen=True, kw_only=True):
    """Its key is destroyed; ``clear`` streams of its were never sealed and can still be read."""

    clear: int


Body = TenantCreated | TenantQuotaSet | TenantIsolationSet | TenantClosed | TenantErased

BODIES: dict[str, type] = {
    TENANT_CREATED: TenantCreated,
    TENANT_QUOTA_SET: TenantQuotaSet,
    TENANT_ISOLATION_SET: TenantIsolationSet,
    TENANT_CLOSED: TenantClosed,
    TENANT_ERASED: TenantErased,
}
KINDS = {body: kind for kind, body in BODIES.items()}
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
