"""Who acts, and the one question whether they may.

A caller acts for one tenant, or is the operator, who acts for nobody in particular and may do
everything. What a caller may do with another tenant's things, by the isolation of that *other*
tenant:

========  ==========================  ======================  ==========================
          name it, see its status     read its content        write, signal, fork, replay
========  ==========================  ======================  ==========================
strict    no: as if it did not exist  no                      no
shared    yes                         no                      no
none      yes                         yes                     yes
========  ==========================  ======================  ==========================

A tenant that nobody registered counts as strict: unknown means no. Scopes bind those who come
through tarl; who can open the file itself is kept out by file permissions and by sealing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

from tarl.errors import Denied, Missing
from tarl.journal.store import Store
from tarl.tenancy.tenant import Isolation, check_id


class Access(IntEnum):
    """What somebody wants to do with a tenant's things; each includes those before it."""

    NAME = 1
    READ = 2
    WRITE = 3


_PERMITS: dict[Isolation, int] = {"strict": 0, "shared": Access.NAME, "none": Access.WRITE}


class Caller(msgspec.Struct, frozen=True):
    """Who acts: for a tenant, or as the operator when ``tenant`` is None.

    Raises:
        Invalid: the tenant cannot be a name (``id.*``).
    """

    tenant: str | None = None

    def __post_init__(self) -> None:
        if self.tenant is not None:
            check_id(self.tenant)

    @property
    def home(self) -> str:
        """The tenant that is meant when none is named."""
        return "default" if self.tenant is None else self.tenant


OPERATOR = Caller()

IsolationOf = Callable[[str], Isolation]


def may(caller: Caller, tenant: str, access: Access, *, isolation_of: IsolationOf) -> bool:
    """Whether a caller may do that with what is the tenant's."""
    if caller.tenant is None or caller.tenant == tenant:
        return True
    return access <= _PERMITS.get(isolation_of(tenant), 0)


def check(
    caller: Caller, tenant: str, access: Access, *, isolation_of: IsolationOf, what: str = ""
) -> None:
    """Refuse what a caller may not do with a tenant's things.

    What may not even be named is refused in the same words whether or not it exists.

    Raises:
        Missing: it may not be named, and somebody wants to name or read it (``tenant.hidden``).
        Denied: it may be named, but not read, or not changed (``tenant.denied``).
    """
    if may(caller, tenant, access, isolation_of=isolation_of):
        return
    thing = what or f"what is tenant {tenant!r}'s"
    if access < Access.WRITE and not may(caller, tenant, Access.NAME, isolation_of=isolation_of):
        raise Missing(
            f"tenant {caller.tenant!r} has no {what or 'such thing'}",
            code="tenant.hidden",
            next_step="check the name and the tenant: --as-tenant, TARL_TENANT",
            caller=caller.tenant,
        )
    done = "read" if access == Access.READ else "change"
    raise Denied(
        f"tenant {caller.tenant!r} may not {done} {thing}",
        code="tenant.denied",
        next_step="act for that tenant (--as-tenant, TARL_TENANT), or ask its operator",
        caller=caller.tenant,
        tenant=tenant,
    )


def isolation_in(tables: Store | Any) -> IsolationOf:
    """How tenants are set apart, as a journal's table of tenants says now."""

    def isolation_of(tenant: str) -> Isolation:
        record = tables.get("tenant", tenant)
        if record is None:
            return "strict"
        isolation: Isolation = record["isolation"]
        return isolation

    return isolation_of
