"""What a run of an execution left in the journal: its delegations and its agents' notes."""

from __future__ import annotations

from typing import Any

from tarl.integrations.trust.execution import TrustExecutionContext
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import TrustMissing, translated
from tarl.integrations.trust.values import ActionResult, AuditAnchor, DelegationRecord
from tarl.kernel import events, history
from tarl.kernel.payload import decode_value
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.trust.events import AUDIT, DECODERS
from tarl.trust.loans import Lent, Returned
from tarl.values.ids import RunId
from tarl.values.instants import to_datetime

_TOLD: dict[str, Any] = {"trust.lend": Lent, "trust.give_back": Returned}
"""The steps that tell of authority, with the types of their results."""


def delegation_of(operations: TrustOperations, digest: str) -> DelegationRecord:
    """A delegation, or an attestation for a task, by its digest.

    Raises:
        TrustMissing: there is none.
    """
    with translated(), operations.opened() as room:
        link = room.ledger.book(room.tenant).get(digest)
        return DelegationRecord.of(link, operations.named)


def anchor_of(operations: TrustOperations, digest: str) -> AuditAnchor:
    """An agent's note by its digest.

    Raises:
        TrustMissing: there is none.
    """
    with translated(), operations.opened() as room:
        found = room.ledger.book(room.tenant).read(digest)
        if found is None or found[0].kind != "audit":
            raise TrustMissing(f"there is no note {digest[:12]}", code="trust.missing")
        record, place = found[0].record, found[1]
        store = room.ledger.store
        event = next(iter(store.read(place.stream, after=place.seq - 1, until=place.seq)))
    said = DECODERS[AUDIT](event.body or b"{}")
    return AuditAnchor(
        id=digest,
        agent_id=record.agent,
        action=record.action,
        resource=record.resource,
        result=ActionResult(record.result),
        context=said.context or {},
        parent_anchor_id=record.parent,
        timestamp=to_datetime(record.issued_at_ms),
        chain_hash=record.chain,
    )


def told_by(
    operations: TrustOperations, run: RunId, context: TrustExecutionContext
) -> TrustExecutionContext:
    """Fill in an execution's context from its run."""
    loans: list[str] = []
    notes: list[str] = []
    with translated(), operations.opened() as room:
        store = room.ledger.store
        first = True
        names: dict[int, str] = {}
        for event in history.verified(run.stream, store.read(run.stream)):
            if first:
                context.started_at, first = to_datetime(event.recorded_at_ms), False
            if event.body is None or event.kind not in (
                events.STEP_SCHEDULED,
                events.STEP_COMPLETED,
            ):
                continue
            said = events.DECODERS[event.kind](event.body)
            if event.kind == events.STEP_SCHEDULED:
                names[said.step] = said.activity
            elif names.get(said.step) in _TOLD:
                kind = _TOLD[names[said.step]]
                value = decode_value(
                    unshelve(bytes(said.result), shelf=RecordedValues(store, run.tenant)), kind
                )
                if isinstance(value, Lent) and value.record is not None:
                    loans.append(value.record)
                elif isinstance(value, Returned) and value.note is not None:
                    notes.append(value.note)
    for digest in loans:
        context.record_delegation(delegation_of(operations, digest))
    for digest in notes:
        context.record_audit(anchor_of(operations, digest))
    if context.audit_trail:
        context.current_agent_id = context.audit_trail[-1].agent_id
    return context
