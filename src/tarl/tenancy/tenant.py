"""A tenant as a value: how far it is set apart from others, and how much it may have.

Amounts are whole numbers; ``storage_bytes`` is in bytes, ``rate_per_minute`` in starts of work in
any 60 seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from tarl.errors import Invalid
from tarl.values.canonical import INTEGER_MAX, encode
from tarl.values.ids import DEFAULT_TENANT, check_name

Isolation = Literal["strict", "shared", "none"]
ISOLATIONS: tuple[Isolation, ...] = get_args(Isolation)

Resource = Literal[
    "workflows", "concurrent_executions", "queue_depth", "storage_bytes", "rate_per_minute"
]
RESOURCES: tuple[Resource, ...] = get_args(Resource)
COUNTED: tuple[Resource, ...] = RESOURCES[:-1]
"""Resources of which a tenant holds an amount; of a rate it holds nothing."""

METADATA_BYTES_MAX = 16 * 1024
"""Metadata is for people who look at tenants, and lies in every listing."""

Status = Literal["active", "closed", "erased"]


class Quotas(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much a tenant may have; None for as much as it likes.

    Raises:
        Invalid: an amount that is none (``quota.amount``).
    """

    workflows: int | None = None
    concurrent_executions: int | None = None
    queue_depth: int | None = None
    storage_bytes: int | None = None
    rate_per_minute: int | None = None

    def __post_init__(self) -> None:
        for resource in RESOURCES:
            amount = getattr(self, resource)
            if amount is not None:
                check_amount(amount, resource=resource, least=0)

    @classmethod
    def of(cls, amounts: Mapping[str, int | None]) -> Quotas:
        """Quotas by the names of resources.

        Raises:
            Invalid: an unknown resource (``quota.resource``) or an amount that is none.
        """
        return cls(**{check_resource(name): amount for name, amount in amounts.items()})

    def changed(self, amounts: Mapping[str, int | None]) -> Quotas:
        """These quotas with others in some places; see ``of``."""
        return Quotas.of({**self.as_data(), **amounts})

    def as_data(self) -> dict[str, int | None]:
        """Every resource with its quota."""
        return {resource: getattr(self, resource) for resource in RESOURCES}


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """Who data belongs to.

    Attributes:
        id: What streams and commands call it.
        name: What people call it.
        isolation: What callers who act for another tenant may do with what is this one's; see
            ``scope``.
        sealed: Whether what begins from now on is sealed with the tenant's own key.
        quotas: How much it may have.
        metadata: What its operator keeps about it; a JSON object.
        status: ``active``; ``closed``, which takes no new work; ``erased``, its key destroyed.
        registered: Whether the journal says anything about it.
    """

    id: str
    name: str
    isolation: Isolation = "strict"
    sealed: bool = False
    quotas: Quotas = Quotas()
    metadata: dict[str, Any] = {}
    status: Status = "active"
    registered: bool = True
    created_at_ms: int | None = None
    closed_at_ms: int | None = None


def implied(id: str) -> Tenant:
    """The tenant of an id about which the journal says nothing: apart from others, in clear,
    without quotas.
    """
    return Tenant(id=id, name=id, registered=False)


def is_default(id: str) -> bool:
    """Whether it is the tenant that always exists."""
    return id == DEFAULT_TENANT


def check_id(id: str) -> str:
    """The id, if it can be one.

    Raises:
        Invalid: it cannot (``id.*``).
    """
    return check_name(id, "tenant")


def check_isolation(isolation: str) -> Isolation:
    """The isolation of that name.

    Raises:
        Invalid: there is none (``tenant.isolation``).
    """
    for known in ISOLATIONS:
        if known == isolation:
            return known
    raise Invalid(
        f"{isolation!r} is no isolation",
        code="tenant.isolation",
        next_step=f"one of {', '.join(ISOLATIONS)}",
    )


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata, if it is a JSON object of a bearable size.

    Raises:
        Invalid: it is not (``tenant.metadata``, ``value.*``).
    """
    if not isinstance(metadata, Mapping):
        raise Invalid("metadata is a JSON object", code="tenant.metadata")
    size = len(encode(dict(metadata)))
    if size > METADATA_BYTES_MAX:
        raise Invalid(
            f"the metadata has {size} bytes; the limit is {METADATA_BYTES_MAX}",
            code="tenant.metadata",
        )
    return dict(metadata)


def check_resource(resource: str) -> Resource:
    """The resource of that name.

    Raises:
        Invalid: there is none (``quota.resource``).
    """
    for known in RESOURCES:
        if known == resource:
            return known
    raise Invalid(
        f"there are no quotas of {resource!r}",
        code="quota.resource",
        next_step=f"one of {', '.join(RESOURCES)}",
        resource=str(resource),
    )


def check_amount(amount: Any, *, resource: str, least: int = 1) -> int:
    """The amount, if it is a whole number from ``least`` to 2^53-1; no boolean, no float.

    Raises:
        Invalid: it is not (``quota.amount``).
    """
    if type(amount) is int and least <= amount <= INTEGER_MAX:
        return amount
    raise Invalid(
        f"{_shown(amount)} is no amount of {resource}",
        code="quota.amount",
        next_step=f"a whole number from {least} to 2^53-1",
        resource=resource,
    )


def _shown(amount: Any) -> str:
    text = repr(amount) if isinstance(amount, int | float | str) else type(amount).__name__
    return text if len(text) <= 40 else f"{text[:39]}…"
