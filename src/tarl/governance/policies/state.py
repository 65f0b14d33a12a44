"""Policies as their events leave them, and the generation of what is in force.

What is in force is kept by *lane*: an environment, or all of them. The generation of a tenant
counts the events that changed which editions decide: a court that knows a generation knows that
nothing has changed while it stands.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tarl.governance.policies.events import (
    ALL_KINDS,
    REGISTERED,
    PolicyActivated,
    PolicyDeactivated,
    PolicyRegistered,
    read_body,
)
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.values.ids import encode_segment

ERASED = -1
"""In the place of the version in force: the content is erased, and nobody knows what it says."""

POLICY = Table(
    name="policy",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "newest": "INTEGER",
        "seq": "INTEGER",
    },
    key=("tenant", "policy_id"),
)
"""``newest`` is the version that was registered last, ``seq`` the policy's last event."""

EDITION = Table(
    name="policy_edition",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "version": "INTEGER",
        "environment": "TEXT",
        "semver": "TEXT",
        "seq": "INTEGER",
        "level": "TEXT",
        "closed": "INTEGER",
        "digest": "TEXT",
    },
    key=("tenant", "policy_id", "version"),
    indexes=(("tenant", "policy_id", "environment", "version"),),
)
"""``seq`` is the event that has the edition's text."""

FORCE = Table(
    name="policy_force",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "environment": "TEXT",
        "version": "INTEGER",
    },
    key=("tenant", "policy_id", "environment"),
)
"""The version that decides in an environment; in all of them where that is empty."""

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
    lane = {"tenant": tenant, "policy_id": policy}
    if fact.body is None:
        tables.put("policy_force", {**lane, "environment": "", "version": ERASED})
    else:
        match read_body(fact.kind, fact.body):
            case PolicyRegistered() as body:
                newest = body.version
                tables.put("policy_edition", {**lane, **_edition(body), "seq": fact.seq})
            case PolicyActivated() as body:
                where = {"environment": body.environment, "version": body.version}
                tables.put("policy_force", {**lane, **where})
            case PolicyDeactivated() as body:
                tables.delete("policy_force", tenant, policy, body.environment)
    tables.put("policy", {**lane, "newest": newest, "seq": fact.seq})
    if fact.kind not in REGISTERED:
        counted = tables.get("policy_generation", tenant)
        generation = 1 if counted is None else counted["generation"] + 1
        tables.put("policy_generation", {"tenant": tenant, "generation": generation})


def _edition(body: PolicyRegistered) -> dict[str, Any]:
    return {
        "version": body.version,
        "environment": body.environment,
        "semver": body.semver,
        "level": body.level,
        "closed": int(body.closed),
        "digest": body.digest,
    }


POLICIES_PROJECTION = Projection(
    name="policies",
    tables=(POLICY, EDITION, FORCE, GENERATION),
    kinds=ALL_KINDS,
    apply=_apply,
)
