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
    POLICY_REGISTERED,
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
        "active": "INTEGER",
        "seq": "INTEGER",
    },
    key=("tenant", "policy_id"),
)
"""``active`` is the version that decides in all environments, null if none does; ``seq`` the
policy's last event.
"""

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

NAMED = Table(
    name="policy_named",
    columns={
        "tenant": "TEXT",
        "policy_id": "TEXT",
        "version": "INTEGER",
        "semver": "TEXT",
        "environment": "TEXT",
    },
    key=("tenant", "policy_id", "version"),
)
"""The semantic version and the environment of an edition; of those that were registered before
there were any there is no row, so that a journal of that time needs no other tables.
"""

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
"""The version that decides in one environment."""

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
    of = {"tenant": tenant, "policy_id": policy}
    body = None if fact.body is None else read_body(fact.kind, fact.body)
    match body:
        case None:
            active = ERASED
        case PolicyRegistered():
            newest = body.version
            tables.put("policy_edition", {**of, **_edition(body), "seq": fact.seq})
            if fact.kind == POLICY_REGISTERED:
                named = {"semver": body.semver, "environment": body.environment}
                tables.put("policy_named", {**of, **named, "version": body.version})
        case PolicyActivated() | PolicyDeactivated():
            version = body.version if isinstance(body, PolicyActivated) else None
            if not body.environment:
                active = version
            elif version is None:
                tables.delete("policy_force", tenant, policy, body.environment)
            else:
                where = {"environment": body.environment, "version": version}
                tables.put("policy_force", {**of, **where})
    tables.put("policy", {**of, "newest": newest, "active": active, "seq": fact.seq})
    if fact.kind not in REGISTERED:
        counted = tables.get("policy_generation", tenant)
        generation = 1 if counted is None else counted["generation"] + 1
        tables.put("policy_generation", {"tenant": tenant, "generation": generation})


def _edition(body: PolicyRegistered) -> dict[str, Any]:
    return {
        "version": body.version,
        "level": body.level,
        "closed": int(body.closed),
        "digest": body.digest,
    }


POLICIES_PROJECTION = Projection(
    name="policies",
    tables=(POLICY, EDITION, NAMED, FORCE, GENERATION),
    kinds=ALL_KINDS,
    apply=_apply,
)
