"""Namespaces with quotas: ``tarl.tenancy`` under the names of the seed.

A namespace is a tenant of the journal. Its quotas bound what the queue, the workers and the runs of
that tenant do, in the same transaction; ``consume_quota`` counts what is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from tarl.crypto.keys import Keyring
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    QuotaExceeded,
    UnknownName,
)
from tarl.integrations.orchestration_extended.tasks import bounds_of
from tarl.journal.store import Batch
from tarl.tenancy.bounds import TenantBounds
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.tenant import Quotas, Resource, Tenant

__all__ = [
    "Busy",
    "MultiTenantManager",
    "Namespace",
    "QuotaExceeded",
    "ResourceQuota",
    "UnknownName",
]

MIB = 1024 * 1024


@dataclass
class ResourceQuota:
    """How much a namespace may have at once; of starts of work, how many in any 60 seconds."""

    max_workflows: int = 100
    max_concurrent_executions: int = 10
    max_queue_depth: int = 1000
    max_storage_mb: int = 1024
    rate_limit_per_minute: int = 100


@dataclass
class Namespace:
    """A namespace as it was when it was read; ``quotas`` by the names of ``ResourceQuota``."""

    namespace_id: str
    name: str
    quotas: dict[str, Any]
    isolation_level: str
    metadata: dict[str, Any] = field(default_factory=dict)


class _Unit(NamedTuple):
    """A resource of the room, and how much of it one of the face's is."""

    resource: Resource
    size: int = 1


_UNITS: dict[str, _Unit] = {
    "workflows": _Unit("workflows"),
    "concurrent_executions": _Unit("concurrent_executions"),
    "queue_depth": _Unit("queue_depth"),
    "storage_mb": _Unit("storage_bytes", MIB),
    "storage_bytes": _Unit("storage_bytes"),
    "rate_per_minute": _Unit("rate_per_minute"),
}
_QUOTAS: dict[str, _Unit] = {
    "max_workflows": _UNITS["workflows"],
    "max_concurrent_executions": _UNITS["concurrent_executions"],
    "max_queue_depth": _UNITS["queue_depth"],
    "max_storage_mb": _UNITS["storage_mb"],
    "rate_limit_per_minute": _UNITS["rate_per_minute"],
}


class MultiTenantManager:
    """The namespaces of a journal.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path = "data/tarl_tenants",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)

    # --- namespaces

    def create_namespace(
        self,
        namespace_id: str,
        name: str,
        quota: ResourceQuota | None = None,
        isolation_level: str = "strict",
        *,
        metadata: dict[str, Any] | None = None,
    ) -> Namespace:
        """Register a namespace; one that there is gets these quotas and this isolation.

        What the levels of isolation mean is ``tarl.tenancy``'s to say.

        Raises:
            BadValue: a name, isolation or amount that cannot be one.
            Busy: it exists under another name, or was closed.
        """
        amounts = _amounts(quota or ResourceQuota())
        details = {
            "id": namespace_id,
            "name": name,
            "amounts": amounts,
            "isolation": isolation_level,
            "metadata": metadata,
        }
        found = once("create_namespace", details, lambda: self._create(**details))
        return Namespace(**found)

    def _create(
        self, *, id: Any, name: Any, amounts: Any, isolation: Any, metadata: Any
    ) -> dict[str, Any]:
        with self._tenants() as (tenants, _):
            known = tenants.get(id)
            if not known.registered:
                made = tenants.create(
                    id, name=name, isolation=isolation, quotas=Quotas(**amounts), metadata=metadata
                )
                return asdict(_shown(made))
            if known.name != name:
                raise Busy(
                    f"namespace {id} exists under the name {known.name!r}",
                    code="tenant.exists",
                    next_step="choose another id, or give it that name",
                )
            tenants.set_isolation(id, isolation)
            return asdict(_shown(tenants.set_quotas(id, amounts)))

    def get_namespace(self, namespace_id: str) -> Namespace:
        """A namespace.

        Raises:
            UnknownName: there is none.
        """

        def look() -> dict[str, Any]:
            with self._tenants() as (tenants, _):
                return asdict(_shown(_known(tenants, namespace_id)))

        return Namespace(**once("get_namespace", {"id": namespace_id}, look))

    def get_namespaces(self) -> list[Namespace]:
        """Every namespace that was created, by id."""

        def look() -> list[dict[str, Any]]:
            with self._tenants() as (tenants, _):
                return [asdict(_shown(each)) for each in tenants.list() if each.registered]

        return [Namespace(**each) for each in once("get_namespaces", {}, look)]

    # --- quotas

    def check_quota(self, namespace_id: str, resource: str, amount: int = 1) -> bool:
        """Whether so much more would be permitted now; False for a namespace that nobody created.

        Raises:
            BadValue: an unknown resource, or an amount that is none.
        """
        unit = _unit(resource, amount)

        def check() -> bool:
            with self._tenants() as (tenants, bounds):
                tenant = tenants.get(namespace_id)
                if not tenant.registered or tenant.status != "active":
                    return False
                quota = tenant.quotas.as_data()[unit.resource]
                used = bounds.usage(namespace_id).as_data()[unit.resource]
                return quota is None or used + amount * unit.size <= quota

        details = {"id": namespace_id, "resource": resource, "amount": amount}
        permitted: bool = once("check_quota", details, check)
        return permitted

    def consume_quota(self, namespace_id: str, resource: str, amount: int = 1) -> None:
        """Take so much of a quota, or nothing.

        Raises:
            QuotaExceeded: that is more than is left (a ``ValueError``).
            UnknownName: nobody created the namespace (a ``ValueError`` too).
            BadValue: an unknown resource, or an amount that is none.
        """
        unit = _unit(resource, amount)
        details = {"id": namespace_id, "resource": resource, "amount": amount}
        self._charge("consume_quota", details, unit.resource, amount * unit.size)

    def release_quota(self, namespace_id: str, resource: str, amount: int = 1) -> None:
        """Give so much back; what is used never falls below 0.

        Raises:
            UnknownName: nobody created the namespace.
            BadValue: an unknown resource, or an amount that is none.
        """
        unit = _unit(resource, amount)
        details = {"id": namespace_id, "resource": resource, "amount": amount}
        self._charge("release_quota", details, unit.resource, -amount * unit.size)

    def get_usage(self, namespace_id: str) -> dict[str, int]:
        """What a namespace uses of each resource; ``storage_mb`` is rounded up.

        Raises:
            UnknownName: nobody created the namespace.
        """

        def look() -> dict[str, int]:
            with self._tenants() as (tenants, _):
                _known(tenants, namespace_id)
                used = tenants.usage(namespace_id).as_data()
            return {**used, "storage_mb": -(-used["storage_bytes"] // MIB)}

        found: dict[str, int] = once("get_usage", {"id": namespace_id}, look)
        return found

    def get_metrics(self) -> dict[str, Any]:
        """How many namespaces there are, and what each uses."""
        usage = {
            each.namespace_id: self.get_usage(each.namespace_id) for each in self.get_namespaces()
        }
        return {"namespaces": len(self.get_namespaces()), "usage": usage}

    def get_status(self) -> dict[str, int]:
        """How many namespaces there are."""
        return {"namespaces": len(self.get_namespaces())}

    # --- inside

    def _charge(self, name: str, details: dict[str, Any], resource: Resource, size: int) -> None:
        def charge() -> None:
            with self._tenants() as (tenants, bounds):
                _known(tenants, details["id"])
                take: Callable[..., Any] = bounds.take if size > 0 else bounds.give_back
                bound = take(details["id"], resource, abs(size))
                with self.place.store() as store:
                    store.commit(Batch((), guards=bound.guards, changes=bound.changes))

        once(name, details, charge)

    @contextmanager
    def _tenants(self) -> Iterator[tuple[Tenants, TenantBounds]]:
        with self.place.store() as store:
            bounds = bounds_of(self.place, store)
            yield Tenants(store, keyring=Keyring().ensure(), bounds=bounds), bounds


def _known(tenants: Tenants, id: str) -> Tenant:
    tenant = tenants.get(id)
    if not tenant.registered:
        raise UnknownName(
            f"namespace {id!r} not found: nobody created it",
            code="tenant.missing",
            next_step="create_namespace makes one",
            tenant=id,
        )
    return tenant


def _unit(resource: str, amount: Any) -> _Unit:
    unit = _UNITS.get(resource)
    if unit is None:
        raise BadValue(
            f"there are no quotas of {resource!r}",
            code="quota.resource",
            next_step=f"one of {', '.join(_UNITS)}",
        )
    if type(amount) is not int or amount < 1:
        raise BadValue(f"{amount!r} is no amount of {resource}", code="quota.amount")
    return unit


def _amounts(quota: ResourceQuota) -> dict[str, Any]:
    if not isinstance(quota, ResourceQuota):
        raise BadValue(f"{quota!r} is no ResourceQuota", code="quota.amount")
    amounts: dict[str, Any] = {}
    for name, unit in _QUOTAS.items():
        amount = getattr(quota, name)
        if amount is not None and (type(amount) is not int or amount < 0):
            raise BadValue(f"{amount!r} is no {name}", code="quota.amount")
        amounts[unit.resource] = None if amount is None else amount * unit.size
    return amounts


def _shown(tenant: Tenant) -> Namespace:
    amounts = tenant.quotas.as_data()
    quotas = {}
    for name, unit in _QUOTAS.items():
        amount = amounts[unit.resource]
        quotas[name] = None if amount is None else amount // unit.size
    return Namespace(tenant.id, tenant.name, quotas, tenant.isolation, dict(tenant.metadata))
