"""A recorded request checked again from its first event: nothing in it is taken on trust.

Each event must be what deciding again gives: votes and delegations are verified with the keys that
counted when they were recorded, by the order of the log; decisions, escalations and expiries must
follow from them and from the recorded times. So a decision without the signatures it needs, written
by whatever hand, is found here and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tarl.errors import Corrupt, Invalid, Missing, TarlError
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel.approvals import decide, events, principals
from tarl.kernel.approvals.events import Decision
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.approvals.state import Approval, evolved, requested
from tarl.kernel.approvals.statement import Delegation, claimed
from tarl.kernel.history import verified

PrincipalAt = Callable[[str, int], Principal | None]
"""Who a principal of the tenant was before the log's event of an index."""


def principals_in(store: Store, tenant: str) -> PrincipalAt:
    """The tenant's principals as a journal has them."""

    def find(name: str, log_index: int) -> Principal | None:
        id = PrincipalId(tenant, name)
        recorded = verified(id.stream, store.read(id.stream))
        return principals.fold(id, (e for e in recorded if e.log_index < log_index))

    return find


def proved(
    id: ApprovalId, recorded: Iterable[Event], *, journal: str, principal_at: PrincipalAt
) -> Approval | None:
    """The request of a stream's events, or None when there are none.

    Args:
        id: The request.
        recorded: The events of its stream.
        journal: The journal's name in its checkpoints.
        principal_at: Who the principals were.

    Raises:
        Corrupt: the chain is broken, or an event does not follow (``approval.unproved``).
        Missing: the content is erased (``journal.erased``).
    """
    again = _Again(id, journal, principal_at)
    for event in verified(id.stream, recorded):
        if event.body is None:
            raise Missing(
                f"the content of {id.ref} was erased with its tenant's key",
                code="journal.erased",
                stream=event.stream,
            )
        try:
            again.take(event, event.body)
        except (TarlError, msgspec.MsgspecError) as error:
            if isinstance(error, TarlError) and error.code == "journal.erased":
                raise
            raise _unproved(id, event.seq, str(error)) from error
    if again.awaited:
        raise _unproved(id, again.seq, f"{again.awaited[0].kind} must follow")
    return again.approval


class _Again:
    """Decides once more about each event; ``awaited`` must come next."""

    def __init__(self, id: ApprovalId, journal: str, principal_at: PrincipalAt) -> None:
        self.approval: Approval | None = None
        self.awaited: list[Decision] = []
        self._id = id
        self._journal = journal
        self._principal_at = principal_at

    @property
    def seq(self) -> int:
        return 0 if self.approval is None else self.approval.seq

    def take(self, event: Event, body: bytes) -> None:
        at_ms = event.recorded_at_ms
        if not self.awaited:
            self.awaited = self._decided(event, body)
        if not self.awaited or self.awaited.pop(0) != (event.kind, body):
            raise Invalid(f"{event.kind} does not follow", code="approval.unproved")
        if self.approval is None:
            self.approval = requested(self._id, body, at_ms=at_ms)
        else:
            self.approval = evolved(self.approval, event.kind, body, at_ms=at_ms)

    def _decided(self, event: Event, body: bytes) -> list[Decision]:
        approval, at_ms = self.approval, event.recorded_at_ms
        decode = events.DECODERS.get(event.kind)
        if decode is None:
            return []
        said: Any = decode(body)
        if approval is None:
            return decide.request(self._id, said) if event.kind == events.REQUESTED else []
        if event.kind in (events.VOTED, events.DELEGATED):
            statement = claimed(said.envelope)
            who = self._principal_at(statement.principal, event.log_index)
            options: Any = {"journal": self._journal, "at_ms": at_ms}
            if isinstance(statement, Delegation):
                to = self._principal_at(statement.to, event.log_index)
                return decide.delegate(approval, said.envelope, who, to, **options)
            return decide.vote(approval, said.envelope, who, **options)
        if event.kind == events.WITHDRAWN:
            return decide.withdraw(approval, said.reason)
        return decide.tick(approval, at_ms=at_ms)[:1]


def _unproved(id: ApprovalId, seq: int, why: str) -> Corrupt:
    return Corrupt(
        f"{id.stream}: event {seq} could not have come about: {why}",
        code="approval.unproved",
        next_step="somebody wrote to the journal past the rules: tarl db check",
        stream=id.stream,
        seq=seq,
    )
