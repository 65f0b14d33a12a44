"""A store that bounds what tenants have, whoever commits it: runs by their first and last event,
bytes by every event and blob.

No engine, queue or command can forget to ask, because there is no other way to the disk. Tenants
that nobody registered pay nothing: who is registered is known by the revision of the tables, and a
commit that was made by a revision which has passed is refused and made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tarl.errors import Conflict, TarlError
from tarl.journal.codec import Stored
from tarl.journal.event import Row
from tarl.journal.projection import Change, Guard
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Store
from tarl.kernel.bounds import Bounds, Unbounded
from tarl.kernel.events import CLOSING, RUN_CONTINUED, RUN_STARTED
from tarl.tenancy.bounds import EXECUTIONS, RATE, STORAGE, Execution, TenantBounds
from tarl.tenancy.counting import owner_of
from tarl.tenancy.passing import PassingStore
from tarl.tenancy.roster import Roster
from tarl.tenancy.tenant import Resource
from tarl.tenancy.unmetered import Unmetered
from tarl.values.ids import RunId

Rules = Mapping[str, Mapping[Resource, int]]
"""Kind of event -> what it takes, or gives back where it is negative."""

RUN_RULES: Rules = {
    **{kind: {"concurrent_executions": -1} for kind in CLOSING},
    RUN_STARTED: {"workflows": 1, "concurrent_executions": 1, RATE: 1},
    # The run goes on as another one, which starts in the same commit.
    RUN_CONTINUED: {"workflows": -1, "concurrent_executions": -1, RATE: -1},
}


def bounds_of(store: Store) -> Bounds:
    """The quotas that a store keeps to, for the rooms that ask for more than its events say."""
    if isinstance(store, BoundedStore):
        return store.bounds
    return bounds_of(store.behind) if isinstance(store, PassingStore) else Unbounded()


class _Asked(NamedTuple):
    """What a batch asks for one tenant."""

    amounts: dict[Resource, int]
    blobs: list[tuple[bytes, int]]
    executions: list[Execution]


def _is_late(answer: TarlError | None) -> bool:
    """Whether a batch was refused because it was made by tables that have changed."""
    return answer is not None and answer.code == "journal.tables"


class BoundedStore(PassingStore):
    """A store whose commits keep to the quotas.

    Args:
        store: Where to.
        bounds: The quotas.
        rules: What the kinds of events take and give back.
        roster: Knows who is registered; the one that the store's codec asks, if it asks one.
    """

    def __init__(
        self,
        store: Store,
        bounds: TenantBounds,
        *,
        rules: Rules = RUN_RULES,
        roster: Roster | None = None,
    ) -> None:
        super().__init__(store)
        self.bounds = bounds
        self._rules = rules
        self._roster = roster or Roster(store)
        self._unmetered = Unmetered(store, self._roster, counted=rules.keys())

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        if self._unmetered.commit(batch):
            return
        registered, revision = self._roster.registered_at()
        try:
            bounded = self._bounded(batch, registered)._replace(tables=revision)
            self._store.commit(bounded, wait_ms=wait_ms)
        except Conflict as refusal:
            if not _is_late(refusal):
                raise
            self._store.commit(self._bounded(batch, self._roster.registered()), wait_ms=wait_ms)
        self._roster.committed(batch.rows)
        self._unmetered.committed()

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        registered, revision = self._roster.registered_at()
        bounded = [self._bounded(each, registered)._replace(tables=revision) for each in batches]
        answers = self._store.commit_each(bounded, wait_ms=wait_ms)
        late = [n for n, answer in enumerate(answers) if _is_late(answer)]
        if late:
            registered = self._roster.registered()
            again = [self._bounded(batches[n], registered) for n in late]
            for n, answer in zip(
                late, self._store.commit_each(again, wait_ms=wait_ms), strict=True
            ):
                answers[n] = answer
        self._unmetered.committed()
        for batch in batches:
            self._roster.committed(batch.rows)
        return answers

    def _bounded(self, batch: Batch, metered: frozenset[str]) -> Batch:
        asked = self._asked(batch, metered)
        if not asked:
            return batch
        guards: list[Guard] = list(batch.guards)
        changes: list[Change] = list(batch.changes)
        for tenant, (amounts, blobs, executions) in asked.items():
            bound = self.bounds.charge(tenant, amounts, blobs=blobs, executions=executions)
            guards += bound.guards
            changes += bound.changes
        return batch._replace(guards=guards, changes=changes)

    def _asked(self, batch: Batch, metered: frozenset[str]) -> dict[str, _Asked]:
        asked: dict[str, _Asked] = {}
        for row in batch.rows:
            rule = self._rules.get(row.kind)
            if rule is None and not metered:
                continue
            tenant = owner_of(row.stream)
            if tenant is None or (rule is None and tenant not in metered):
                continue
            amounts, _, executions = asked.setdefault(tenant, _Asked({}, [], []))
            for resource, amount in (rule or {}).items():
                amounts[resource] = amounts.get(resource, 0) + amount
                if resource == EXECUTIONS:
                    id = RunId.from_stream(row.stream).workflow_id
                    executions.append(Execution(id, amount, is_run=True))
            if tenant in metered:
                amounts[STORAGE] = amounts.get(STORAGE, 0) + len(row.body or b"")
        if batch.blobs:
            self._assign(batch, {t: a for t, a in asked.items() if t in metered})
        return asked

    def _assign(self, batch: Batch, asked: dict[str, _Asked]) -> None:
        """Find out whose the blobs are: of those whose events name them."""
        for digest, stored in batch.blobs:
            size = len(stored.data)
            owners = {owner_of(row.stream) for row in batch.rows}
            if len(owners) > 1:
                owners = {
                    owner_of(row.stream) for row in batch.rows if self._names(row, digest)
                } or owners
            for tenant, theirs in asked.items():
                if tenant in owners:
                    theirs.blobs.append((digest, size))

    def _names(self, row: Row, digest: bytes) -> bool:
        body = row.body
        if body is not None and row.commitment is not None:
            stored = Stored(body, row.commitment)
            body = self.codec.open_body(owner_of(row.stream) or "", row.stream, row.seq, stored)
        return body is not None and digest.hex().encode() in body
