"""What the commands about tenants share: the rooms over the journal, and amounts as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.tenancy.bounds import TenantBounds
    from tarl.tenancy.ledger import Tenants
    from tarl.tenancy.tenant import Tenant

_WHOLE = re.compile(r"-?[0-9]{1,400}")


@contextmanager
def open_tenants(
    invocation: Invocation, *, must_exist: bool = True
) -> Iterator[tuple[Tenants, TenantBounds]]:
    """The tenants of the journal, which is made if it may be, and their bounds."""
    from tarl.storage import bounds_on, open_store
    from tarl.tenancy.ledger import Tenants

    if must_exist:
        invocation.require_journal()
    keyring = invocation.keyring
    store = open_store(
        invocation.db,
        keyring=keyring,
        synchronous=invocation.settings["synchronous"].value,
        tenant=invocation.tenant,
    )
    try:
        bounds = bounds_on(store)
        yield Tenants(store, keyring=keyring, bounds=bounds), bounds
    finally:
        store.close()


def amounts_of(words: Iterable[str]) -> dict[str, int | None]:
    """The quotas in ``RESOURCE=AMOUNT`` and ``RESOURCE=none``.

    Raises:
        Invalid: a word of another form, or a resource twice (``quota.words``); an amount that is
            no whole number (``quota.amount``); an unknown resource (``quota.resource``).
    """
    from tarl.tenancy.tenant import check_resource

    amounts: dict[str, int | None] = {}
    for word in words:
        resource, equals, text = word.partition("=")
        if not equals or resource in amounts:
            raise Invalid(
                f"{word!r} is not RESOURCE=AMOUNT, or names a resource twice",
                code="quota.words",
                next_step="write for instance workflows=100, or workflows=none for no quota",
            )
        amounts[check_resource(resource)] = _amount(text, resource)
    return amounts


def tenant_data(tenant: Tenant) -> dict[str, Any]:
    """A tenant as JSON values."""
    import msgspec

    from tarl.values.instants import isoformat_ms

    data: dict[str, Any] = msgspec.to_builtins(tenant)
    data["quotas"] = tenant.quotas.as_data()
    for name in ("created", "closed"):
        at_ms = data[f"{name}_at_ms"]
        data[name] = None if at_ms is None else isoformat_ms(at_ms)
    return data


def _amount(text: str, resource: str) -> int | None:
    from tarl.tenancy.tenant import check_amount

    if text == "none":
        return None
    amount: Any = int(text) if _WHOLE.fullmatch(text) else text
    return check_amount(amount, resource=resource, least=0)
