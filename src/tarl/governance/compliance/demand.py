"""What is demanded before workflows take effect: editions in the journal, the newest decides.

Demands are the operator's to change; a tenant's caller reads them. Each change names who made it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.governance.compliance import events
from tarl.governance.compliance.events import Demanded, DemandLifted, Need
from tarl.governance.compliance.state import DEMAND
from tarl.governance.environment import environment
from tarl.journal.store import Batch, Store
from tarl.provenance.attestations.predicates import type_of
from tarl.provenance.attestations.statement import OPERATOR
from tarl.trust.keyholders import Keyholders
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued

NEEDS_MAX = 32
WORKFLOWS_MAX = 256
SIGNERS_MAX = 256
IN_FORCE_MAX = 256
"""Demands of a tenant at the same time: each is looked at for every effect."""

TRIES_MAX = 100
_PATTERN = re.compile(r"[^\x00-\x1f\[\]?]{1,512}")


class Demand(NamedTuple):
    """A demand that is in force."""

    id: str
    said: Demanded

    def is_about(self, workflow: str) -> bool:
        """Whether a workflow of that name takes no effect without it."""
        return any(_matches(pattern, workflow) for pattern in self.said.workflows)


class Demands:
    """The demands of one journal.

    Args:
        store: The journal, with the projection of compliance.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def in_force(self, *, tenant: str = DEFAULT_TENANT) -> list[Demand]:
        """A tenant's demands, by id.

        Raises:
            Missing: one's content is erased (``journal.erased``).
        """
        rows = self.store.scan(DEMAND.name, {"tenant": tenant}, order_by="demand_id")
        return [
            Demand(row["demand_id"], self._at(tenant, row["demand_id"], row["seq"]))
            for row in rows
            if row["active"] is not None
        ]

    def get(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Demand:
        """A demand that is in force.

        Raises:
            Missing: there is none of that id (``compliance.demand``).
        """
        row = self.store.get(DEMAND.name, tenant, id)
        if row is None or row["active"] is None:
            raise _missing(id)
        return Demand(id, self._at(tenant, id, row["seq"]))

    def require(
        self,
        id: str,
        workflows: Sequence[str],
        needs: Sequence[Need],
        *,
        by: str,
        environments: Sequence[str] = (),
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Demand:
        """Demand attestations, from the next effect on: a new edition under the id.

        Args:
            id: Names the demand.
            workflows: Names, or patterns with ``*``.
            needs: What is demanded; all of it.
            by: Who demands it.
            environments: Where; everywhere when empty.
            reason: Why.
            tenant: Of whose workflows.

        Raises:
            Invalid: no workflow, a pattern that is none, or nothing demanded
                (``compliance.demand_form``), no such environment (``environment.unknown``).
            Missing: a signer whom nobody knows (``principal.missing``).
            Exceeded: too much of something (``compliance.too_many``).
        """
        patterns, wanted = _patterns(workflows), [self._need(need, tenant) for need in needs]
        if not wanted or len(wanted) > NEEDS_MAX:
            raise _form(f"a demand has 1 to {NEEDS_MAX} needs")
        where = tuple(dict.fromkeys(environment(word) for word in environments))
        check_name(id, "demand's id")

        def decide(newest: int, active: int | None) -> Demanded:
            if active is None and len(self.in_force(tenant=tenant)) >= IN_FORCE_MAX:
                raise Exceeded(
                    f"a tenant has at most {IN_FORCE_MAX} demands in force",
                    code="compliance.too_many",
                    next_step="write several as one, or lift some",
                )
            return Demanded(
                version=newest + 1,
                workflows=patterns,
                needs=tuple(wanted),
                environments=where,
                by=check_name(by, "name"),
                reason=reason[:1_000],
            )

        self._change(tenant, id, decide)
        return self.get(id, tenant=tenant)

    def lift(self, id: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT) -> None:
        """Demand it no longer.

        Raises:
            Missing: it is not in force (``compliance.demand``).
        """

        def decide(newest: int, active: int | None) -> DemandLifted:
            if active is None:
                raise _missing(id)
            return DemandLifted(version=newest, by=check_name(by, "name"), reason=reason[:1_000])

        self._change(tenant, id, decide)

    # --- inside

    def _need(self, need: Need, tenant: str) -> Need:
        holders = Keyholders(self.store, tenant)
        for name in need.signers:
            if name != OPERATOR:
                holders.get(name)
        signers = tuple(sorted(set(need.signers)))
        if not 0 < need.threshold <= len(signers) <= SIGNERS_MAX or need.max_age_ms < 0:
            raise _form("a need has signers, as many as its threshold at least, and an age")
        return Need(
            predicate_type=type_of(need.predicate_type),
            signers=signers,
            threshold=need.threshold,
            max_age_ms=need.max_age_ms,
        )

    def _change(
        self,
        tenant: str,
        id: str,
        decide: Callable[[int, int | None], Demanded | DemandLifted],
    ) -> None:
        check_name(tenant, "tenant")
        stream = events.demand_stream(tenant, id)
        for _ in range(TRIES_MAX):
            writer = continued(self.store, stream, tenant=tenant)
            row = self.store.get(DEMAND.name, tenant, id)
            if writer.seq != (0 if row is None else row["seq"]):
                continue
            body = decide(row["newest"] if row else 0, row["active"] if row else None)
            kind = events.KIND_OF[type(body)]
            new = writer.append(kind, encode(plain(body)), at_ms=self.clock.now_ms())
            try:
                self.store.commit(Batch([new]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return
        raise Conflict(f"demand {id} never stood still", code="journal.position")

    def _at(self, tenant: str, id: str, seq: int) -> Demanded:
        stream = events.demand_stream(tenant, id)
        event = next(self.store.read(stream, after=seq - 1, until=seq), None)
        if event is None or event.body is None or event.kind != events.DEMANDED:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        found: Demanded = events.DECODERS[event.kind](event.body)
        return found


def _patterns(workflows: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(workflows))
    if not 0 < len(found) <= WORKFLOWS_MAX:
        raise _form(f"a demand is about 1 to {WORKFLOWS_MAX} names or patterns of workflows")
    for pattern in found:
        if not _PATTERN.fullmatch(pattern):
            raise _form(f"{pattern[:80]!r} is no name of a workflow, and no pattern with *")
    return found


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _matches(pattern: str, workflow: str) -> bool:
    return pattern == workflow or ("*" in pattern and bool(_compiled(pattern).match(workflow)))


def _form(why: str) -> Invalid:
    return Invalid(
        f"not a demand: {why}",
        code="compliance.demand_form",
        next_step="tarl compliance require --help shows how one is written",
    )


def _missing(id: str) -> Missing:
    return Missing(
        f"no demand {id[:80]!r} is in force",
        code="compliance.demand",
        next_step="tarl compliance demands lists them",
        demand=id[:80],
    )
