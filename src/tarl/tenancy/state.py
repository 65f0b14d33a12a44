"""A tenant as a fold over its events, and the table that keeps what the fold comes to."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec

from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.tenancy import events
from tarl.tenancy.events import (
    TenantClosed,
    TenantCreated,
    TenantErased,
    TenantIsolationSet,
    TenantQuotaSet,
)
from tarl.tenancy.tenant import RESOURCES, Quotas, Tenant, implied
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment

TENANTS = Table(
    name="tenant",
    columns={
        "tenant": "TEXT",
        "name": "TEXT",
        "isolation": "TEXT",
        "sealed": "INTEGER",
        "status": "TEXT",
        "metadata": "TEXT",
        "created_at_ms": "INTEGER",
        "closed_at_ms": "INTEGER",
        **dict.fromkeys(RESOURCES, "INTEGER"),
    },
    key=("tenant",),
)


def stream_of(id: str) -> str:
    """The name of a tenant's stream."""
    return f"tenant/{encode_segment(id)}"


def evolve(tenant: Tenant, body: events.Body, *, at_ms: int) -> Tenant:
    """The tenant after one more event."""
    change = msgspec.structs.replace
    match body:
        case TenantCreated():
            tenant = change(
                tenant,
                name=body.name,
                isolation=body.isolation,
                sealed=body.sealed,
                quotas=Quotas.of(body.quotas),
                metadata=body.metadata,
            )
        case TenantQuotaSet():
            tenant = change(tenant, quotas=tenant.quotas.changed(body.quotas))
        case TenantIsolationSet():
            tenant = change(tenant, isolation=body.isolation, sealed=body.sealed)
        case TenantClosed():
            tenant = change(tenant, status="closed", closed_at_ms=at_ms)
        case TenantErased():
            tenant = change(tenant, status="erased")
    if tenant.created_at_ms is None:
        tenant = change(tenant, created_at_ms=at_ms)
    return tenant if tenant.registered else change(tenant, registered=True)


def from_record(record: Record) -> Tenant:
    """The tenant of a record of the table."""
    return Tenant(
        id=record["tenant"],
        name=record["name"],
        isolation=record["isolation"],
        sealed=bool(record["sealed"]),
        quotas=quotas_of(record),
        metadata=msgspec.json.decode(record["metadata"]),
        status=record["status"],
        created_at_ms=record["created_at_ms"],
        closed_at_ms=record["closed_at_ms"],
    )


def quotas_of(record: Record) -> Quotas:
    """The quotas in a record of the table."""
    return Quotas(**{resource: record[resource] for resource in RESOURCES})


def _record(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.id,
        "name": tenant.name,
        "isolation": tenant.isolation,
        "sealed": int(tenant.sealed),
        "status": tenant.status,
        "metadata": encode(tenant.metadata).decode(),
        "created_at_ms": tenant.created_at_ms,
        "closed_at_ms": tenant.closed_at_ms,
        **tenant.quotas.as_data(),
    }


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # tenants' own facts are never sealed; a foreign key cannot have erased them
    id = unquote(fact.stream.partition("/")[2])
    record = tables.get("tenant", id)
    tenant = implied(id) if record is None else from_record(record)
    body = events.read_body(fact.kind, fact.body)
    tables.put("tenant", _record(evolve(tenant, body, at_ms=fact.recorded_at_ms)))


TENANTS_PROJECTION = Projection(
    name="tenants", tables=(TENANTS,), kinds=frozenset(events.BODIES), apply=_apply
)
