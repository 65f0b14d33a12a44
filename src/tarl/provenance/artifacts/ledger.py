"""The artifacts of a journal: registered, related, looked up, traced.

1. A digest stands for one content, which is described once: other facts under the same digest are
   refused, the same facts again change nothing.
2. Both ends of a relation exist in the same tenant, checked in the transaction that records it.
3. Nothing stands on itself, however many relations lie between; two who relate at the same moment
   cannot close a cycle together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tarl.errors import Conflict, Exceeded, Missing
from tarl.journal.event import Event, Row
from tarl.journal.projection import Record, Tables
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.provenance.artifacts.ancestry import Neighbours, reached, refuse_cycle
from tarl.provenance.artifacts.artifact import (
    Artifact,
    Edge,
    Relation,
    check_digest,
    checked_artifact,
    checked_relation,
)
from tarl.provenance.artifacts.events import (
    ARTIFACT_REGISTERED,
    ARTIFACT_RELATED,
    ArtifactRegistered,
    ArtifactRelated,
    artifact_stream,
    read_registered,
    read_related,
)
from tarl.provenance.artifacts.state import ARTIFACT, RELATION
from tarl.provenance.paging import Page, check_page
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued

TOGETHER_MAX = 100_000
"""Artifacts and relations of one commit."""

TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""


class Registered(NamedTuple):
    """An artifact as it is recorded: who registered it and when, and its place from 1."""

    artifact: Artifact
    by: str
    at_ms: int
    number: int


class Lineage(NamedTuple):
    """Artifacts around one, the nearest first, and the relations among all of them, in order."""

    root: Artifact
    artifacts: tuple[Artifact, ...]
    relations: tuple[Relation, ...]


class Artifacts:
    """The artifacts of one journal.

    Args:
        store: The journal, with the projection of artifacts.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    # --- looking

    def find(self, sha256: str, *, tenant: str = DEFAULT_TENANT) -> Artifact | None:
        """An artifact, or None when nothing of that digest is registered.

        Raises:
            Invalid: it is no digest (``artifact.digest``).
            Missing: its content is erased (``journal.erased``).
        """
        row = self.store.get(ARTIFACT.name, tenant, check_digest(sha256))
        return None if row is None else self._at(row).artifact

    def get(self, sha256: str, *, tenant: str = DEFAULT_TENANT) -> Artifact:
        """An artifact.

        Raises:
            Missing: nothing of that digest is registered (``artifact.missing``).
        """
        return self.registered(sha256, tenant=tenant).artifact

    def registered(self, sha256: str, *, tenant: str = DEFAULT_TENANT) -> Registered:
        """An artifact with who registered it, and when.

        Raises:
            Missing: nothing of that digest is registered (``artifact.missing``).
        """
        row = self.store.get(ARTIFACT.name, tenant, check_digest(sha256))
        if row is None:
            raise _missing(sha256)
        return self._at(row)

    def ls(
        self,
        *,
        kind: str | None = None,
        name: str | None = None,
        limit: int = 100,
        cursor: int | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Page[Registered]:
        """A tenant's artifacts, the newest first, page by page.

        Raises:
            Invalid: a page that cannot be (``page.bounds``).
        """
        check_page(limit, cursor)
        where = {"tenant": tenant}
        where |= {} if kind is None else {"kind": kind}
        where |= {} if name is None else {"name": name}
        rows = list(
            self.store.scan(
                ARTIFACT.name,
                where,
                at_most=None if cursor is None else {"number": cursor},
                order_by="number",
                descending=True,
                limit=limit + 1,
            )
        )
        after = rows[limit]["number"] if len(rows) > limit else None
        return Page(tuple(map(self._at, rows[:limit])), after)

    def up(
        self,
        sha256: str,
        depth: int | None = None,
        *,
        log_size: int | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Lineage:
        """What an artifact stands on, directly or not.

        Args:
            sha256: Which artifact.
            depth: At most so many steps away.
            log_size: As it was when the journal had so many events; as it is now when left out.
            tenant: Whose.

        Raises:
            Missing: nothing of that digest is registered (``artifact.missing``).
            Exceeded: it is too much (``artifact.too_many``).
        """
        with self.store.at_one_moment():
            return self._lineage(sha256, depth, tenant, ("product", "origin"), log_size)

    def down(
        self, sha256: str, depth: int | None = None, *, tenant: str = DEFAULT_TENANT
    ) -> Lineage:
        """What stands on an artifact, directly or not, at most ``depth`` steps away.

        Raises:
            Missing: nothing of that digest is registered (``artifact.missing``).
            Exceeded: it is too much (``artifact.too_many``).
        """
        with self.store.at_one_moment():
            return self._lineage(sha256, depth, tenant, ("origin", "product"), None)

    # --- changing

    def register(self, artifact: Artifact, *, by: str, tenant: str = DEFAULT_TENANT) -> Artifact:
        """Say what some content is.

        Raises:
            Invalid, Exceeded: as ``checked_artifact``.
            Conflict: something else was said about that digest (``artifact.conflict``).
        """
        self.record([artifact], by=by, tenant=tenant)
        return self.get(artifact.sha256, tenant=tenant)

    def relate(
        self,
        source: str,
        target: str,
        type: str,
        facts: dict[str, Any] | None = None,
        *,
        by: str,
        tenant: str = DEFAULT_TENANT,
    ) -> Relation:
        """Say how one artifact relates to another.

        Raises:
            Invalid, Exceeded: as ``checked_relation``.
            Missing: one of them is not registered (``artifact.missing``).
            Conflict: it would stand on itself (``artifact.cycle``), or the relation was recorded
                with other facts (``artifact.conflict``).
        """
        relation = Relation(source=source, target=target, type=type, facts=facts or {})
        self.record([], [relation], by=by, tenant=tenant)
        return relation

    def record(
        self,
        artifacts: Sequence[Artifact],
        relations: Sequence[Relation] = (),
        *,
        by: str,
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        """Register and relate in one commit: all of it or nothing.

        Raises:
            TarlError: as ``register`` and ``relate``; ``artifact.too_many`` (Exceeded).
        """
        check_name(by, "name of who says so")
        check_name(tenant, "tenant")
        if len(artifacts) + len(relations) > TOGETHER_MAX:
            raise Exceeded(
                f"at most {TOGETHER_MAX} artifacts and relations are recorded at once",
                code="artifact.too_many",
                next_step="record them in several calls, what others stand on first",
            )
        said = _Said(
            tenant,
            _distinct_artifacts(map(checked_artifact, artifacts)),
            _distinct_relations(map(checked_relation, relations)),
        )
        for _ in range(TRIES_MAX):
            new = self._new(said)
            if not new.artifacts and not new.relations:
                return
            try:
                self.store.commit(Batch(self._rows(new, by), guards=(new.guard,)))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return
        raise Conflict("the artifacts never stood still", code="journal.position")

    # --- inside

    def _new(self, said: _Said) -> _Said:
        """What is not recorded yet."""
        artifacts, relations = {}, {}
        for sha256, artifact in said.artifacts.items():
            row = self.store.get(ARTIFACT.name, said.tenant, sha256)
            if row is None:
                artifacts[sha256] = artifact
            else:
                _refuse_other(self._at(row).artifact, artifact)
        for key, relation in said.relations.items():
            row = self.store.get(RELATION.name, said.tenant, *key)
            if row is None:
                relations[key] = relation
            else:
                _refuse_other(self._relation_at(row), relation)
        return _Said(said.tenant, artifacts, relations)

    def _rows(self, said: _Said, by: str) -> list[Row]:
        now_ms = self.clock.now_ms()
        writers: dict[str, StreamWriter] = {}

        def row(sha256: str, kind: str, body: Any) -> Row:
            if sha256 not in writers:
                stream = artifact_stream(said.tenant, sha256)
                writers[sha256] = continued(self.store, stream, tenant=said.tenant)
            return writers[sha256].append(kind, encode(plain(body)), at_ms=now_ms)

        rows = [
            row(sha256, ARTIFACT_REGISTERED, ArtifactRegistered(artifact=artifact, by=by))
            for sha256, artifact in said.artifacts.items()
        ]
        rows += [
            row(relation.source, ARTIFACT_RELATED, ArtifactRelated(relation=relation, by=by))
            for relation in said.relations.values()
        ]
        return rows

    def _lineage(
        self,
        sha256: str,
        depth: int | None,
        tenant: str,
        columns: tuple[str, str],
        log_size: int | None,
    ) -> Lineage:
        root = self.get(sha256, tenant=tenant)
        relations: dict[_Key, Relation] = {}
        from_column, to_column = columns

        def neighbours(here: str) -> list[str]:
            found = []
            for row in self.store.scan(RELATION.name, {"tenant": tenant, from_column: here}):
                event = self._event(row["stream"], row["seq"])
                if log_size is None or event.log_index < log_size:
                    key = row["product"], row["origin"], row["type"]
                    relations[key] = read_related(event.body or b"").relation
                    found.append(row[to_column])
            return found

        places = reached(sha256, neighbours, depth=depth)
        nearest = sorted(places, key=lambda each: (places[each], each))
        return Lineage(
            root,
            tuple(self.get(each, tenant=tenant) for each in nearest if each != sha256),
            tuple(relations[key] for key in sorted(relations)),
        )

    def _at(self, row: Record) -> Registered:
        stream = artifact_stream(row["tenant"], row["sha256"])
        body = read_registered(self._event(stream, row["seq"]).body or b"")
        return Registered(body.artifact, body.by, row["recorded_at_ms"], row["number"])

    def _relation_at(self, row: Record) -> Relation:
        return read_related(self._event(row["stream"], row["seq"]).body or b"").relation

    def _event(self, stream: str, seq: int) -> Event:
        """An event whose content can be read."""
        event = next(self.store.read(stream, after=seq - 1, until=seq), None)
        if event is None or event.body is None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        return event


_Key = tuple[str, str, str]


class _Said(NamedTuple):
    """What is to be recorded: artifacts by digest, relations by product, origin and type."""

    tenant: str
    artifacts: dict[str, Artifact]
    relations: dict[_Key, Relation]

    def guard(self, tables: Tables) -> None:
        """Refuse what does not go with what is recorded, in the transaction that records it."""
        for sha256 in self.artifacts:
            if tables.get(ARTIFACT.name, self.tenant, sha256) is not None:
                raise Conflict("somebody was faster", code="journal.position")
        for relation in self.relations.values():
            for end in (relation.source, relation.target):
                known = end in self.artifacts or tables.get(ARTIFACT.name, self.tenant, end)
                if not known:
                    raise _missing(end)
        edges = [relation.edge for relation in self.relations.values()]
        refuse_cycle(edges, self._origins(tables, edges), name=self._namer(tables))

    def _origins(self, tables: Tables, edges: Iterable[Edge]) -> Neighbours:
        new: dict[str, list[str]] = defaultdict(list)
        for edge in edges:
            new[edge.product].append(edge.origin)

        def origins(product: str) -> list[str]:
            where = {"tenant": self.tenant, "product": product}
            return [r["origin"] for r in tables.scan(RELATION.name, where)] + new[product]

        return origins

    def _namer(self, tables: Tables) -> Any:
        def name(sha256: str) -> str:
            artifact = self.artifacts.get(sha256)
            row = tables.get(ARTIFACT.name, self.tenant, sha256)
            called = artifact.name if artifact else row["name"] if row else ""
            return f"{called} ({sha256[:12]})"

        return name


def _distinct_artifacts(artifacts: Iterable[Artifact]) -> dict[str, Artifact]:
    found: dict[str, Artifact] = {}
    for artifact in artifacts:
        _refuse_other(found.setdefault(artifact.sha256, artifact), artifact)
    return found


def _distinct_relations(relations: Iterable[Relation]) -> dict[_Key, Relation]:
    found: dict[_Key, Relation] = {}
    for relation in relations:
        key = (*relation.edge, relation.type)
        _refuse_other(found.setdefault(key, relation), relation)
    return found


def _refuse_other(known: Artifact | Relation, said: Artifact | Relation) -> None:
    """Refuse to say something else of what is known already."""
    other = [
        member
        for member in known.__struct_fields__
        if getattr(known, member) != getattr(said, member)
    ]
    if other:
        what = f"artifact {known.sha256}" if isinstance(known, Artifact) else "the relation"
        raise Conflict(
            f"{what} is known with another {', '.join(other)}",
            code="artifact.conflict",
            next_step="tarl artifacts show ARTIFACT; other content has another digest",
            members=other,
        )


def _missing(sha256: str) -> Missing:
    return Missing(
        f"no artifact {sha256} is registered",
        code="artifact.missing",
        next_step="tarl artifacts ls; tarl artifacts register FILE --kind KIND",
        artifact=sha256,
    )
