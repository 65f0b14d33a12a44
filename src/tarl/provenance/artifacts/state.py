"""The tables by which artifacts and their relations are found. Facts lie in the events alone, which
may be sealed.
"""

from __future__ import annotations

from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.provenance.artifacts.events import (
    ARTIFACT_REGISTERED,
    ARTIFACT_RELATED,
    artifact_stream,
    read_registered,
    read_related,
)
from tarl.values.ids import tenant_of

ARTIFACT = Table(
    name="artifact",
    columns={
        "tenant": "TEXT",
        "sha256": "TEXT",
        "number": "INTEGER",
        "kind": "TEXT",
        "name": "TEXT",
        "version": "TEXT",
        "seq": "INTEGER",
        "recorded_at_ms": "INTEGER",
    },
    key=("tenant", "sha256"),
    indexes=(("tenant", "number"), ("tenant", "kind", "number"), ("tenant", "name", "number")),
)
"""``number`` counts a tenant's artifacts from 1, in the order of the journal."""

RELATION = Table(
    name="artifact_relation",
    columns={
        "tenant": "TEXT",
        "product": "TEXT",
        "origin": "TEXT",
        "type": "TEXT",
        "stream": "TEXT",
        "seq": "INTEGER",
    },
    key=("tenant", "product", "origin", "type"),
    indexes=(("tenant", "origin"),),
)
"""``product`` stands on ``origin``; which of them the relation comes from is in its type."""

COUNT = Table(
    name="artifact_count",
    columns={"tenant": "TEXT", "number": "INTEGER"},
    key=("tenant",),
)


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # its key was destroyed: nobody knows what it says
    if fact.kind == ARTIFACT_REGISTERED:
        _register(tables, fact, fact.body)
    else:
        _relate(tables, fact, fact.body)


def _register(tables: Tables, fact: Fact, body: bytes) -> None:
    tenant, artifact = tenant_of(fact.stream), read_registered(body).artifact
    is_elsewhere = fact.stream != artifact_stream(tenant, artifact.sha256)
    if is_elsewhere or tables.get(ARTIFACT.name, tenant, artifact.sha256) is not None:
        return  # somebody wrote past the ledger: what was said first stands
    count = tables.get(COUNT.name, tenant)
    number = 1 if count is None else count["number"] + 1
    tables.put(COUNT.name, {"tenant": tenant, "number": number})
    tables.put(
        ARTIFACT.name,
        {
            "tenant": tenant,
            "sha256": artifact.sha256,
            "number": number,
            "kind": artifact.kind,
            "name": artifact.name,
            "version": artifact.version,
            "seq": fact.seq,
            "recorded_at_ms": fact.recorded_at_ms,
        },
    )


def _relate(tables: Tables, fact: Fact, body: bytes) -> None:
    tenant, relation = tenant_of(fact.stream), read_related(body).relation
    edge = relation.edge
    is_elsewhere = fact.stream != artifact_stream(tenant, relation.source)
    if is_elsewhere or tables.get(RELATION.name, tenant, *edge, relation.type) is not None:
        return  # somebody wrote past the ledger: what was said first stands
    tables.put(
        RELATION.name,
        {
            "tenant": tenant,
            "product": edge.product,
            "origin": edge.origin,
            "type": relation.type,
            "stream": fact.stream,
            "seq": fact.seq,
        },
    )


ARTIFACTS_PROJECTION = Projection(
    name="artifacts",
    tables=(ARTIFACT, RELATION, COUNT),
    kinds=frozenset({ARTIFACT_REGISTERED, ARTIFACT_RELATED}),
    apply=_apply,
)
