"""Policies as their events leave them, and the generation of what is in force.

The generation of a tenant counts the events that changed which editions decide: a court that knows
a generation knows that nothing has changed while it stands.
"""

from __future__ import annotations

from urllib.parse import unquote

from tarl.governance.policies.events import (
    BODIES,
    PolicyActivated,
    PolicyDeactivated,
    PolicyRegistered,
    read_body,
)
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.values.ids import encode_segment

ERASED = -1
"""In the place of the active version: the content is erased, and nobody knows what it says."""

POLICY = Table(
    name="policy",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "newest": "INTEGER",
        "active": "INTEGER",
        "seq": "INTEGER",
    },
    key=("tenant", "policy_id"),
)
"""``active`` is the version that decides, null if none does; ``seq`` the policy's last event."""

EDITION = Table(
    name="policy_edition",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "version": "INTEGER",
        "seq": "INTEGER",
        "level": "TEXT",
        "closed": "INTEGER",
        "digest": "TEXT",
    },
    key=("tenant", "policy_id", "version"),
)
"""``seq`` is the event that has the edition's text."""

GENERATION = Table(
    name="policy_generation",
    columns={"tenant": "TEXT", "generation": "INTEGER"},
    key=("tenant",),
)


def stream_of(tenant: str, policy: str) -> str:
    """The name of a policy's stream."""
    return f"policy/{encode_segment(tenant)}/{encode_segment(policy)}"


def key_of(stream: str) -> tuple[str, str]:
    """Tenant and id of a policy's stream."""
    _, tenant, policy = stream.split("/")
    return unquote(tenant), unquote(policy)


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, policy = key_of(fact.stream)
    record = tables.get("policy", tenant, policy)
    newest = 0 if record is None else record["newest"]
    active = None if record is None else record["active"]
    if fact.body is None:
        active = ERASED
    else:
        match read_body(fact.kind, fact.body):
            case PolicyRegistered() as body:
                newest = body.version
                tables.put(
                    "policy_edition",
                    {
                        "tenant": tenant,
                        "policy_id": policy,
                        "version": body.version,
                        "seq": fact.seq,
                        "level": body.level,
                        "closed": int(body.closed),
                        "digest": body.digest,
                    },
                )
            case PolicyActivated() as body:
                active = body.version
            case PolicyDeactivated():
                active = None
    row = {"tenant": tenant, "policy_id": policy, "newest": newest, "seq": fact.seq}
    tables.put("policy", {**row, "active": active})
    if fact.kind != "policy.registered/1":
        counted = tables.get("policy_generation", tenant)
        generation = 1 if counted is None else counted["generation"] + 1
        tables.put("policy_generation", {"tenant": tenant, "generation": generation})


POLICIES_PROJECTION = Projection(
    name="policies",
    tables=(POLICY, EDITION, GENERATION),
    kinds=frozenset(BODIES),
    apply=_apply,
)
