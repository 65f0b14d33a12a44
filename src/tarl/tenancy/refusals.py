"""What a tenant is told that cannot have more: all of it ``Exceeded``, so that whoever serves many
tenants can pass over this one.
"""

from __future__ import annotations

from tarl.errors import Exceeded
from tarl.tenancy.tenant import Resource

UNTIL_RAISED: frozenset[Resource] = frozenset({"workflows", "storage_bytes"})
"""Resources that nothing gives back as time passes: waiting does not help."""


def exceeded(
    tenant: str,
    resource: Resource,
    *,
    quota: int,
    used: int,
    asked: int,
    retry_after_ms: int | None = None,
) -> Exceeded:
    """It would have more than its quota."""
    more = f"tarl quota set {tenant} {resource}=N"
    if retry_after_ms is not None:
        advice = f"try again in {-(-retry_after_ms // 1000)} s, or raise it: {more}"
    elif resource in UNTIL_RAISED or asked > quota:
        advice = f"raise it: {more}"
    else:
        advice = f"try again when some of it has ended, or raise it: {more}"
    what = "Rate limit" if resource == "rate_per_minute" else "Quota"
    return Exceeded(
        f"{what} exceeded: tenant {tenant!r} uses {used} of {quota} {resource}"
        f" and asked for {asked} more",
        code="quota.exceeded",
        next_step=advice,
        tenant=tenant,
        resource=resource,
        quota=quota,
        used=used,
        asked=asked,
        retry_after_ms=retry_after_ms,
    )


def closed(tenant: str, status: str) -> Exceeded:
    """It takes no new work."""
    return Exceeded(
        f"tenant {tenant!r} is {status} and takes no new work",
        code="quota.closed",
        next_step="choose another tenant",
        tenant=tenant,
        status=status,
    )


def unregistered(tenant: str) -> Exceeded:
    """Nobody registered it, and only registered tenants get anything."""
    return Exceeded(
        f"tenant {tenant!r} is not registered, and only registered tenants get anything here",
        code="quota.unregistered",
        next_step=f"tarl tenants create {tenant}",
        tenant=tenant,
    )


def uncounted(tenant: str) -> Exceeded:
    """Nobody knows what it has."""
    return Exceeded(
        f"tenant {tenant!r} has lost its counters",
        code="quota.uncounted",
        next_step=f"tarl quota recount {tenant}",
        tenant=tenant,
    )
