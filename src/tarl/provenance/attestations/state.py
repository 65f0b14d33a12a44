"""The tables by which attestations are found: by id, by subject, in the order of the journal.

What was said lies in the events alone, which may be sealed.
"""

from __future__ import annotations

from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.provenance.attestations import statement
from tarl.provenance.attestations.events import (
    STATEMENT_RECORDED,
    read_body,
    statement_stream,
)
from tarl.values.ids import tenant_of

STATEMENT = Table(
    name="statement",
    columns={
        "tenant": "TEXT",
        "id": "TEXT",
        "number": "INTEGER",
        "stream": "TEXT",
        "seqs": "TEXT",
        "predicate_type": "TEXT",
        "recorded_at_ms": "INTEGER",
    },
    key=("tenant", "id"),
    indexes=(("tenant", "number"), ("tenant", "predicate_type", "number")),
)
"""``number`` counts a tenant's statements from 1; ``seqs`` are the events with its signatures, as
``1,4``."""

SUBJECT = Table(
    name="statement_subject",
    columns={"tenant": "TEXT", "sha256": "TEXT", "number": "INTEGER", "id": "TEXT"},
    key=("tenant", "sha256", "number"),
)

COUNT = Table(
    name="statement_count",
    columns={"tenant": "TEXT", "number": "INTEGER"},
    key=("tenant",),
)


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # its key was destroyed: nobody knows what it says
    tenant = tenant_of(fact.stream)
    said = statement.read(read_body(fact.body).envelope)
    if fact.stream != statement_stream(tenant, said.subjects[0].sha256):
        return  # somebody wrote past the ledger
    known = tables.get(STATEMENT.name, tenant, said.id)
    if known is not None:
        seqs = f"{known['seqs']},{fact.seq}"
        tables.update(STATEMENT.name, (tenant, said.id), {"seqs": seqs})
        return
    count = tables.get(COUNT.name, tenant)
    number = 1 if count is None else count["number"] + 1
    tables.put(COUNT.name, {"tenant": tenant, "number": number})
    tables.put(
        STATEMENT.name,
        {
            "tenant": tenant,
            "id": said.id,
            "number": number,
            "stream": fact.stream,
            "seqs": f"{fact.seq}",
            "predicate_type": said.predicate_type,
            "recorded_at_ms": fact.recorded_at_ms,
        },
    )
    for sha256 in sorted({subject.sha256 for subject in said.subjects}):
        row = {"tenant": tenant, "sha256": sha256, "number": number, "id": said.id}
        tables.put(SUBJECT.name, row)


ATTESTATIONS_PROJECTION = Projection(
    name="attestations",
    tables=(STATEMENT, SUBJECT, COUNT),
    kinds=frozenset({STATEMENT_RECORDED}),
    apply=_apply,
)
