"""Who may do what with an approval request, and when: events, or a refusal.

Nothing here takes a vote that is not signed. The rules, in the order in which they are asked:

1. A statement is about this request in this journal, as it was shown (``approval.another``).
2. Its principal is registered, human, not revoked, and signed it with the key that counts now.
3. The request is pending and its time is not up.
4. The principal holds a seat: named, escalated to, or delegated to; and has not handed it on.
5. A seat votes once, and what has voted is not handed on.
6. Nobody gets a second seat: one hands on only to people whom the request does not name and who
   have never held one.
7. A request that is decided, expired or withdrawn stays so.
"""

from __future__ import annotations

from typing import Any

from tarl.crypto.note import parse_vkey
from tarl.errors import Conflict, Denied, Invalid, Missing
from tarl.kernel.approvals import events
from tarl.kernel.approvals.events import Decision, decision
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.approvals.request import TEXT_CHARS_MAX, Request, checked
from tarl.kernel.approvals.state import Approval, Seat, evolved
from tarl.kernel.approvals.statement import Delegation, Statement, Vote, claimed, verified

CHAIN_MAX = 8
"""How often a seat is handed on: longer chains have lost sight of who was asked."""


def request(id: ApprovalId, asked: Request) -> list[Decision]:
    """Ask.

    Raises:
        Invalid: nobody could decide this (``approval.request``).
    """
    return [Decision(events.REQUESTED, checked(id, asked).json)]


def vote(
    approval: Approval, envelope: Any, principal: Principal | None, *, journal: str, at_ms: int
) -> list[Decision]:
    """Take a signed vote, and decide if it suffices.

    Args:
        approval: The request as it is.
        envelope: The vote as signed.
        principal: Whoever the envelope claims to be from, as registered; None if nobody is.
        journal: The journal's name in its checkpoints.
        at_ms: Now.

    Raises:
        Invalid: not a vote (``approval.malformed``), or without the reason it needs
            (``approval.reason``).
        Missing: nobody of that name is registered (``principal.missing``).
        Denied: ``approval.another``, ``approval.not_human``, ``approval.revoked``,
            ``approval.signature``, ``approval.stranger`` or ``approval.delegated``.
        Conflict: ``approval.decided``, ``approval.expired``, ``approval.withdrawn`` or
            ``approval.voted``.
    """
    statement = _sound(approval, envelope, principal, journal=journal)
    if not isinstance(statement, Vote):
        raise Invalid("this is a delegation, not a vote", code="approval.malformed")
    _require_pending(approval, at_ms)
    _held_seat(approval, statement.principal)
    if approval.request.reason_required and not statement.reason.strip():
        raise _bad_reason(approval, "a vote must say why")
    voted = decision(events.VOTED, events.Signed(envelope=envelope))
    return [voted, *_decided(evolved(approval, voted.kind, voted.body, at_ms=at_ms))]


def delegate(
    approval: Approval,
    envelope: Any,
    principal: Principal | None,
    to: Principal | None,
    *,
    journal: str,
    at_ms: int,
) -> list[Decision]:
    """Hand a seat on to somebody else, by the signed word of who holds it.

    Args:
        approval: The request as it is.
        envelope: The delegation as signed.
        principal: Whoever the envelope claims to be from, as registered.
        to: Whoever it names, as registered.
        journal: The journal's name in its checkpoints.
        at_ms: Now.

    Raises:
        Conflict: besides those of ``vote``, ``approval.delegation_cycle``,
            ``approval.delegation_named`` or ``approval.delegation_depth``.
        Invalid, Missing, Denied: as ``vote``; ``to`` must be a live human too.
    """
    statement = _sound(approval, envelope, principal, journal=journal)
    if not isinstance(statement, Delegation):
        raise Invalid("this is a vote, not a delegation", code="approval.malformed")
    _require_pending(approval, at_ms)
    seat = _held_seat(approval, statement.principal)
    _require_human(PrincipalId(approval.id.tenant, statement.to), to)
    _check_successor(approval, seat, statement.to)
    return [decision(events.DELEGATED, events.Signed(envelope=envelope))]


def withdraw(approval: Approval, reason: str) -> list[Decision]:
    """Take the question back; nothing when it has ended already.

    Raises:
        Invalid: a very long reason (``approval.reason``).
    """
    _check_length(approval, reason)
    if not approval.is_pending:
        return []
    return [decision(events.WITHDRAWN, events.Withdrawn(reason=reason))]


def tick(approval: Approval, *, at_ms: int) -> list[Decision]:
    """What time has brought about, the earliest first: escalations and the expiry."""
    if not approval.is_pending:
        return []
    now_ms = max(at_ms, approval.last_at_ms)
    if _is_over(approval, now_ms):
        return [decision(events.EXPIRED, events.Expired())]
    due = approval.escalates_at_ms
    if due is None or due > now_ms:
        return []
    further = approval.request.escalations[approval.level].to
    step = decision(events.ESCALATED, events.Escalated(to=further))
    return [step, *tick(evolved(approval, step.kind, step.body, at_ms=now_ms), at_ms=now_ms)]


# --- the rules


def _sound(
    approval: Approval, envelope: Any, principal: Principal | None, *, journal: str
) -> Statement:
    """Rules 1 and 2."""
    statement = claimed(envelope)
    expected = {
        "approval": approval.id.id,
        "digest": approval.digest,
        "journal": journal,
        "tenant": approval.id.tenant,
    }
    other = [name for name, value in expected.items() if getattr(statement, name) != value]
    if other:
        raise Denied(
            f"what was signed is not about {approval.id.ref} as it stands in this journal:"
            f" another {' and '.join(other)}",
            code="approval.another",
            next_step=f"look at it and sign anew: tarl approvals show {approval.id.ref}",
            approval=approval.id.ref,
            members=other,
        )
    _check_length(approval, statement.reason)
    who = PrincipalId(approval.id.tenant, statement.principal)
    human = _require_human(who, principal)
    keyid = envelope["signatures"][0]["keyid"]
    if any(keyid == label for label in _earlier_labels(human)):
        raise Denied(
            f"the key {keyid} of {who.ref} does not count any more: another took over",
            code="approval.signature",
            next_step="sign with the new key",
            principal=who.ref,
        )
    return verified(envelope, human.key)


def _require_human(id: PrincipalId, principal: Principal | None) -> Principal:
    if principal is None:
        raise Missing(
            f"nobody is registered as {id.ref}",
            code="principal.missing",
            next_step=f"tarl principals create {id.ref}",
            principal=id.ref,
        )
    if principal.id != id:
        raise Denied(
            f"{principal.id.ref} is not {id.ref}", code="approval.stranger", principal=id.ref
        )
    if principal.kind != "human":
        raise Denied(
            f"{id.ref} is registered as {principal.kind}; only humans approve",
            code="approval.not_human",
            next_step="ask a person",
            principal=id.ref,
            kind=principal.kind,
        )
    if principal.revoked is not None:
        raise Denied(
            f"{id.ref} is revoked: {principal.revoked}",
            code="approval.revoked",
            principal=id.ref,
        )
    return principal


def _earlier_labels(principal: Principal) -> list[str]:
    return [parse_vkey(vkey).label for vkey in principal.keys[:-1]]


def _require_pending(approval: Approval, at_ms: int) -> None:
    """Rule 3."""
    ref, status = approval.id.ref, approval.status
    if status == "pending" and _is_over(approval, max(at_ms, approval.last_at_ms)):
        status = "expired"
    text = f"{ref} is {status} already"
    step = f"tarl approvals show {ref}"
    if status == "expired":
        again = "ask again in a new request"
        raise Conflict(text, code="approval.expired", next_step=again, approval=ref)
    if status == "withdrawn":
        raise Conflict(text, code="approval.withdrawn", next_step=step, approval=ref)
    if status != "pending":
        raise Conflict(text, code="approval.decided", next_step=step, approval=ref, status=status)


def _held_seat(approval: Approval, principal: str) -> Seat:
    """Rules 4 and 5."""
    ref = approval.id.ref
    seat = approval.seat_of(principal)
    if seat is not None and seat.cast is None:
        return seat
    if seat is not None:
        raise Conflict(
            f"{principal} has voted on {ref} already",
            code="approval.voted",
            next_step=f"tarl approvals show {ref}",
            approval=ref,
            principal=principal,
        )
    to = next((s.holder for s in approval.seats if principal in s.chain), None)
    if to is not None:
        raise Denied(
            f"{principal} has handed the vote on {ref} on; {to} has it now",
            code="approval.delegated",
            approval=ref,
            principal=principal,
            holder=to,
        )
    names = ", ".join(s.holder for s in approval.open_seats)
    raise Denied(
        f"{principal} is not asked in {ref}; may vote: {names}",
        code="approval.stranger",
        approval=ref,
        principal=principal,
    )


def _check_successor(approval: Approval, seat: Seat, to: str) -> None:
    """Rule 6."""
    ref = approval.id.ref
    if to in seat.chain:
        raise Conflict(
            f"{to} has held this vote on {ref} before: {' → '.join((*seat.chain, to))}",
            code="approval.delegation_cycle",
            next_step="hand it to somebody else, or vote",
            approval=ref,
            chain=list(seat.chain),
        )
    held = {name for other in approval.seats for name in other.chain}
    if to in held or to in approval.request.named:
        raise Conflict(
            f"{to} is asked in {ref} already and cannot vote twice",
            code="approval.delegation_named",
            next_step="hand it to somebody whom the request does not name",
            approval=ref,
            principal=to,
        )
    if len(seat.chain) > CHAIN_MAX:
        raise Conflict(
            f"this vote on {ref} was handed on {CHAIN_MAX} times already",
            code="approval.delegation_depth",
            next_step="vote",
            approval=ref,
            chain=list(seat.chain),
        )


def _check_length(approval: Approval, reason: str) -> None:
    if len(reason) > TEXT_CHARS_MAX:
        raise _bad_reason(approval, f"a reason has at most {TEXT_CHARS_MAX} characters")


def _bad_reason(approval: Approval, why: str) -> Invalid:
    ref = approval.id.ref
    return Invalid(
        f"{ref}: {why}", code="approval.reason", next_step="give --reason TEXT", approval=ref
    )


def _is_over(approval: Approval, now_ms: int) -> bool:
    expires = approval.expires_at_ms
    return expires is not None and now_ms >= expires


def _decided(approval: Approval) -> list[Decision]:
    """The decision, if the votes suffice for one."""
    needed = approval.request.needed
    rejections = len(approval.seats) - len(approval.open_seats) - approval.approvals
    if approval.approvals >= needed:
        status = "approved"
    elif (rejections and approval.request.rejection == "any") or approval.reachable < needed:
        status = "rejected"
    else:
        return []
    return [Decision(events.DECIDED, b'{"status":"%b"}' % status.encode())]
