"""The register of principals over a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tarl.errors import Conflict, Missing
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.events import Decision
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.history import verified
from tarl.values.metrics import Metrics, Unmeasured

TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""


class Principals:
    """Humans, agents and services of a journal, with their public keys.

    Whoever may call this decides who counts as whom: it belongs to the operator, and to no
    protocol that agents speak.
    """

    def __init__(self, store: Store, *, metrics: Metrics | None = None) -> None:
        self._store = store
        self._metrics = metrics or Unmeasured()

    def find(self, id: PrincipalId) -> Principal | None:
        """A principal, or None when nobody is registered.

        Raises:
            Corrupt: the history is not one that could have come about.
        """
        return principals.fold(id, verified(id.stream, self._store.read(id.stream)))

    def get(self, id: PrincipalId) -> Principal:
        """A principal.

        Raises:
            Missing: nobody is registered (``principal.missing``).
        """
        principal = self.find(id)
        if principal is None:
            raise Missing(
                f"nobody is registered as {id.ref}",
                code="principal.missing",
                next_step=f"tarl principals create {id.ref}; tarl principals ls",
                principal=id.ref,
            )
        return principal

    def ids(self, tenant: str | None = None, *, limit: int | None = None) -> Iterator[PrincipalId]:
        """Who is registered, by tenant and name."""
        where = None if tenant is None else {"tenant": tenant}
        for record in self._store.scan("principal", where, order_by=("tenant", "id"), limit=limit):
            yield PrincipalId(record["tenant"], record["id"])

    def register(self, id: PrincipalId, envelope: Any, *, at_ms: int) -> Principal:
        """Register a principal by the statement that its key has signed; once, however often.

        Raises:
            Conflict, Denied, Invalid: as ``principals.register``.
        """
        return self._change(id, lambda found: principals.register(found, id, envelope), at_ms)

    def rotate(
        self, id: PrincipalId, envelope: Any, *, recovered: str | None = None, at_ms: int
    ) -> Principal:
        """Let a new key take over.

        Raises:
            Missing: nobody is registered.
            Conflict, Denied, Invalid: as ``principals.rotate``.
        """

        def decide(found: Principal | None) -> list[Decision]:
            return principals.rotate(found or self.get(id), envelope, recovered=recovered)

        return self._change(id, decide, at_ms)

    def revoke(self, id: PrincipalId, reason: str, *, at_ms: int) -> Principal:
        """Let nothing count any more that the principal signs.

        Raises:
            Missing: nobody is registered.
            Conflict, Invalid: as ``principals.revoke``.
        """
        return self._change(
            id, lambda found: principals.revoke(found or self.get(id), reason), at_ms
        )

    def _change(
        self, id: PrincipalId, decide: Callable[[Principal | None], list[Decision]], at_ms: int
    ) -> Principal:
        for _ in range(TRIES_MAX):
            found = self.find(id)
            decisions = decide(found)
            if not decisions:
                return self.get(id)
            writer = continued(self._store, id.stream, tenant=id.tenant)
            if writer.seq != (found.seq if found else 0):
                continue
            rows = [writer.append(kind, body, at_ms=at_ms) for kind, body in decisions]
            try:
                self._store.commit(Batch(rows))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                for row in rows:
                    self._metrics.count(
                        row.kind.partition("/")[0].replace("principal", "principals")
                    )
                return self.get(id)
        raise Conflict(f"{id.stream} never stood still", code="journal.position")


def unchanged(principal: Principal) -> Guard:
    """Refuses a commit when the principal has taken another key or was revoked meanwhile."""

    def guard(tables: Tables) -> None:
        record = tables.get("principal", principal.id.tenant, principal.id.id)
        if record is None or record["seq"] != principal.seq:
            raise Conflict(
                f"{principal.id.ref} changed meanwhile",
                code="principal.changed",
                principal=principal.id.ref,
            )

    return guard


def continued(store: Store, stream: str, *, tenant: str) -> StreamWriter:
    """The writer of a stream's next events, sealed as the stream is."""
    codec = store.codec.as_in(next(store.read(stream, until=1), None))
    writer = StreamWriter(stream, tenant=tenant, codec=codec)
    head = store.head(stream)
    if head is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    return writer
