"""What was noticed: anomalies in the journal, in the stream ``anomaly/<tenant>``.

An anomaly is a fact about what was seen, with the numbers behind it; it forbids nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.governance.safety.watch import Word
from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.journal.store import Batch, Store
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name, encode_segment, tenant_of
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.plain import plain
from tarl.work.streams import continued

ANOMALY_FOUND = "anomaly.found/1"

DESCRIPTION_CHARS_MAX = 2_000
FACTS_BYTES_MAX = 16_384
PAGE_MAX = 1_000
_TRIES_MAX = 100


class AnomalyFound(msgspec.Struct, frozen=True, kw_only=True):
    """Something was unlike what it should be.

    Attributes:
        kind: What: ``tool_abuse``, ``loop``, ``cost_spike``, ``guardrail``, ``prompt_injection``...
        run: The run it was seen in, if in one.
        subject: What it is about: an activity, a workflow, an agent.
        description: A sentence for a person.
        confidence: How sure, 0 to 1.
        action: What was done about it: ``recorded``, ``denied``, ``blocked``.
        severity: How bad it is.
        facts: The numbers behind it.
        by: Who or what noticed it.
    """

    kind: str
    description: str
    by: str
    run: str | None = None
    subject: str = ""
    confidence: float = 1.0
    action: str = "recorded"
    severity: Word = "medium"
    facts: dict[str, Any] = {}


class Anomaly(NamedTuple):
    """A recorded anomaly; ``number`` is its place among the tenant's."""

    tenant: str
    number: int
    at_ms: int
    found: AnomalyFound

    @property
    def id(self) -> str:
        """Names it within its tenant."""
        return f"a{self.number}"

    def as_data(self) -> dict[str, Any]:
        """The anomaly as a JSON object."""
        found: dict[str, Any] = plain(self.found)
        return {"id": self.id, "tenant": self.tenant, "at_ms": self.at_ms, **found}


_decode = msgspec.json.Decoder(AnomalyFound).decode

ANOMALY = Table(
    name="anomaly",
    columns={
        "tenant": "TEXT",
        "number": "INTEGER",
        "kind": "TEXT",
        "run": "TEXT",
        "severity": "TEXT",
        "at_ms": "INTEGER",
    },
    key=("tenant", "number"),
    indexes=(("tenant", "kind", "number"), ("tenant", "run", "number")),
)


def anomalies_stream(tenant: str) -> str:
    """The stream of a tenant's anomalies."""
    return f"anomaly/{encode_segment(tenant)}"


class Anomalies:
    """The anomalies of one journal.

    Args:
        store: The journal, with the projection of anomalies.
        clock: What events are dated by.
        metrics: Where they are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics

    def record(
        self,
        kind: str,
        *,
        description: str,
        by: str,
        run: str | None = None,
        subject: str = "",
        confidence: float = 1.0,
        action: str = "recorded",
        severity: Word = "medium",
        facts: Mapping[str, Any] | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Anomaly:
        """Record what was noticed; see ``AnomalyFound``.

        Raises:
            Invalid: a confidence outside 0 to 1 (``anomaly.confidence``), or facts without a JSON
                form.
            Exceeded: facts of more than 16 KiB (``anomaly.too_large``).
        """
        check_name(kind, "kind")
        check_name(by, "name of who noticed it")
        if not 0 <= confidence <= 1:
            raise Invalid(
                f"a confidence of {confidence} is none",
                code="anomaly.confidence",
                next_step="give a number from 0 to 1",
            )
        found = AnomalyFound(
            kind=kind,
            description=description[:DESCRIPTION_CHARS_MAX],
            by=by,
            run=run,
            subject=subject,
            confidence=confidence,
            action=action,
            severity=severity,
            facts=dict(facts or {}),
        )
        if len(encode(plain(found.facts))) > FACTS_BYTES_MAX:
            raise Exceeded(
                "the facts of an anomaly have more than 16 KiB",
                code="anomaly.too_large",
                next_step="record the numbers, and refer to the rest",
            )
        anomaly = self._append(tenant, found)
        self._metrics.count("safety.anomalies", kind=kind, severity=severity)
        return anomaly

    def ls(
        self,
        *,
        tenant: str = DEFAULT_TENANT,
        kind: str | None = None,
        run: str | None = None,
        severity: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Anomaly]:
        """Anomalies in the order in which they were noticed; ``after`` is the number of the last
        one that was seen.
        """
        wanted = {"tenant": tenant, "kind": kind, "run": run, "severity": severity}
        where = {name: value for name, value in wanted.items() if value is not None}
        found: list[Anomaly] = []
        for record in self._store.scan(ANOMALY.name, where, order_by="number"):
            if record["number"] > after:
                found.append(self._read(record))
            if len(found) >= min(limit, PAGE_MAX):
                break
        return found

    def get(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Anomaly:
        """An anomaly.

        Raises:
            Missing: there is none of that id (``anomaly.missing``).
        """
        number = int(id[1:]) if id[:1] == "a" and id[1:].isdecimal() and len(id) < 16 else 0
        record = self._store.get(ANOMALY.name, tenant, number)
        if record is None:
            raise Missing(
                f"there is no anomaly {id[:80]}",
                code="anomaly.missing",
                next_step="tarl safety anomalies",
            )
        return self._read(record)

    def count(self, *, tenant: str = DEFAULT_TENANT) -> int:
        """How many there are."""
        return self._store.count(ANOMALY.name, {"tenant": tenant})

    def _read(self, record: Record) -> Anomaly:
        tenant, number = record["tenant"], record["number"]
        stream = anomalies_stream(tenant)
        event = next(self._store.read(stream, after=number - 1, until=number), None)
        if event is None or event.body is None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        return Anomaly(tenant, number, record["at_ms"], _decode(event.body))

    def _append(self, tenant: str, found: AnomalyFound) -> Anomaly:
        stream = anomalies_stream(check_name(tenant, "tenant"))
        for _ in range(_TRIES_MAX):
            writer = continued(self._store, stream, tenant=tenant)
            body = encode(plain(found))
            row = writer.append(ANOMALY_FOUND, body, at_ms=self._clock.now_ms())
            try:
                self._store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return Anomaly(tenant, row.seq, writer.recorded_at_ms, found)
        raise Conflict(f"{stream} never stood still", code="journal.position")


def _apply(tables: Tables, fact: Fact) -> None:
    found = None if fact.body is None else _decode(fact.body)
    tables.put(
        ANOMALY.name,
        {
            "tenant": tenant_of(fact.stream),
            "number": fact.seq,
            "kind": found.kind if found else None,
            "run": found.run if found else None,
            "severity": found.severity if found else None,
            "at_ms": fact.recorded_at_ms,
        },
    )


ANOMALIES_PROJECTION = Projection(
    name="anomalies", tables=(ANOMALY,), kinds=frozenset({ANOMALY_FOUND}), apply=_apply
)
