"""What may happen to a tenant next: its event, or a refusal.

1. A tenant is created once; its id is never given to another, not even after it is erased.
2. A tenant that is closed changes no more, but for being erased.
3. The default tenant always exists: nobody creates it, nobody closes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tarl.errors import Conflict, Invalid, Missing
from tarl.tenancy.events import (
    TenantClosed,
    TenantCreated,
    TenantErased,
    TenantIsolationSet,
    TenantQuotaSet,
)
from tarl.tenancy.tenant import (
    Quotas,
    Tenant,
    check_isolation,
    check_metadata,
    check_resource,
    is_default,
)
from tarl.values.ids import check_name


def create(
    tenant: Tenant,
    *,
    name: str | None = None,
    isolation: str = "strict",
    sealed: bool | None = None,
    quotas: Quotas = Quotas(),  # noqa: B008  a frozen value
    metadata: Mapping[str, Any] | None = None,
) -> TenantCreated:
    """Register it; sealed when it is strict, unless ``sealed`` says otherwise.

    Raises:
        Conflict: it exists (``tenant.exists``) or was erased (``tenant.erased``).
        Invalid: a name, an isolation or metadata that is none.
    """
    if tenant.status != "active":
        raise _gone(tenant)
    if tenant.registered or is_default(tenant.id):
        raise Conflict(
            f"tenant {tenant.id!r} exists",
            code="tenant.exists",
            next_step="choose another id; tarl quota set and tarl tenants isolation change it",
            tenant=tenant.id,
        )
    known = check_isolation(isolation)
    held = {name: amount for name, amount in quotas.as_data().items() if amount is not None}
    return TenantCreated(
        name=tenant.id if name is None else check_name(name, "name of the tenant"),
        isolation=known,
        sealed=known == "strict" if sealed is None else sealed,
        quotas=held,
        metadata=check_metadata({} if metadata is None else metadata),
    )


def set_quotas(tenant: Tenant, amounts: Mapping[str, int | None]) -> TenantQuotaSet | None:
    """Give it other quotas, None for no quota; no event when they are so already.

    Raises:
        Missing: it is not registered (``tenant.missing``).
        Conflict: it is closed (``tenant.erased``).
        Invalid: an unknown resource, an amount that is none, or nothing at all.
    """
    _check_standing(tenant)
    if not amounts:
        raise Invalid(
            "no quota is named", code="quota.resource", next_step="name one: workflows=100"
        )
    for resource in amounts:
        check_resource(resource)
    changed = tenant.quotas.changed(amounts)
    before, after = tenant.quotas.as_data(), changed.as_data()
    new = {name: after[name] for name in after if after[name] != before[name]}
    return TenantQuotaSet(quotas=new) if new else None


def set_isolation(
    tenant: Tenant, isolation: str, *, sealed: bool | None = None
) -> TenantIsolationSet | None:
    """Set it apart in another way; what begins from now on is sealed when that is strict, unless
    ``sealed`` says otherwise. No event when it is so already.

    Raises:
        Missing: it is not registered (``tenant.missing``).
        Conflict: it is closed (``tenant.erased``).
        Invalid: no such isolation (``tenant.isolation``).
    """
    _check_standing(tenant)
    known = check_isolation(isolation)
    seals = known == "strict" if sealed is None else sealed
    if (known, seals) == (tenant.isolation, tenant.sealed) and tenant.registered:
        return None
    return TenantIsolationSet(isolation=known, sealed=seals)


def close(tenant: Tenant, *, by: str) -> TenantClosed | None:
    """Take no new work from now on; no event when it is so already.

    Raises:
        Missing: it is not registered (``tenant.missing``).
        Conflict: it is the default tenant (``tenant.default``).
    """
    if is_default(tenant.id):
        raise Conflict(
            "the default tenant always exists",
            code="tenant.default",
            next_step="tarl keys tenant destroy default erases what its key sealed",
        )
    if not tenant.registered:
        raise missing(tenant.id)
    return TenantClosed(by=check_name(by, "who")) if tenant.status == "active" else None


def erase(tenant: Tenant, *, clear: int) -> TenantErased | None:
    """The key of a closed tenant is destroyed; no event when that is recorded already."""
    return TenantErased(clear=clear) if tenant.status == "closed" else None


def missing(id: str) -> Missing:
    """Nobody registered such a tenant."""
    return Missing(
        f"no tenant {id!r} is registered",
        code="tenant.missing",
        next_step="tarl tenants ls shows them; tarl tenants create makes one",
        tenant=id,
    )


def _check_standing(tenant: Tenant) -> None:
    if tenant.status != "active":
        raise _gone(tenant)
    if not tenant.registered and not is_default(tenant.id):
        raise missing(tenant.id)


def _gone(tenant: Tenant) -> Conflict:
    return Conflict(
        f"tenant {tenant.id!r} is {tenant.status}",
        code="tenant.erased",
        next_step="choose another id; this one stays with what it named",
        tenant=tenant.id,
        status=tenant.status,
    )
