"""An approval request as its events tell it.

A *seat* is the right to one vote. Each approver has one; delegation hands it on, escalation adds
further ones. So a request counts votes of different people, however often a seat was handed on.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.kernel.approvals import events
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.request import Request, digest
from tarl.kernel.approvals.statement import Choice, claimed

Status = Literal["pending", "approved", "rejected", "expired", "withdrawn"]
STATUSES: tuple[Status, ...] = ("pending", "approved", "rejected", "expired", "withdrawn")


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """A vote as it was counted; ``key`` labels the key that signed it."""

    choice: Choice
    reason: str
    at_ms: int
    seq: int
    key: str


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """The right to one vote: who has held it, the one who holds it last, and the vote."""

    chain: tuple[str, ...]
    cast: Cast | None = None

    @property
    def holder(self) -> str:
        """Who may use it, or has."""
        return self.chain[-1]


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what has become of it.

    Attributes:
        digest: SHA-256 in hex of the request as it is shown.
        level: How many of its escalations have happened.
        seq: The last event of the stream.
        reason: Why it was withdrawn.
    """

    id: ApprovalId
    request: Request
    digest: str
    status: Status
    seats: tuple[Seat, ...]
    requested_at_ms: int
    last_at_ms: int
    ended_at_ms: int | None = None
    level: int = 0
    seq: int = 1
    reason: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether nothing is decided yet."""
        return self.status == "pending"

    @property
    def approvals(self) -> int:
        """How many have approved."""
        return sum(1 for seat in self.seats if seat.cast and seat.cast.choice == "approve")

    @property
    def open_seats(self) -> tuple[Seat, ...]:
        """Those that have not voted."""
        return tuple(seat for seat in self.seats if seat.cast is None)

    @property
    def reachable(self) -> int:
        """How many may approve at most: all who have, may now, or will be asked."""
        later = sum(len(e.to) for e in self.request.escalations[self.level :])
        return self.approvals + len(self.open_seats) + later

    @property
    def expires_at_ms(self) -> int | None:
        """When it lapses."""
        after = self.request.expires_after_ms
        return None if after is None else self.requested_at_ms + after

    @property
    def escalates_at_ms(self) -> int | None:
        """When further approvers are asked next."""
        rest = self.request.escalations[self.level :]
        return self.requested_at_ms + rest[0].after_ms if rest else None

    @property
    def votes(self) -> tuple[dict[str, Any], ...]:
        """Who voted how and why, in the order of the votes, as JSON values."""
        cast = [(seat.cast, seat) for seat in self.seats if seat.cast is not None]
        return tuple(
            {
                "at_ms": vote.at_ms,
                "choice": vote.choice,
                "principal": seat.holder,
                "reason": vote.reason,
                "seat": seat.chain[0],
            }
            for vote, seat in sorted(cast, key=lambda pair: pair[0].seq)
        )

    def seat_of(self, principal: str) -> Seat | None:
        """The seat that the principal holds."""
        return next((seat for seat in self.seats if seat.holder == principal), None)


def requested(id: ApprovalId, request_json: bytes, *, at_ms: int) -> Approval:
    """A request as it begins."""
    request: Request = events.DECODERS[events.REQUESTED](request_json)
    return Approval(
        id=id,
        request=request,
        digest=digest(id, request_json),
        status="pending",
        seats=tuple(Seat(chain=(name,)) for name in request.approvers),
        requested_at_ms=at_ms,
        last_at_ms=at_ms,
    )


def evolved(approval: Approval, kind: str, body: bytes, *, at_ms: int) -> Approval:
    """The request after its next event, which was decided upon."""
    said: Any = events.DECODERS[kind](body)
    seq = approval.seq + 1
    changes: dict[str, Any] = {"seq": seq, "last_at_ms": at_ms}
    if kind == events.VOTED:
        changes["seats"] = _voted(approval, said.envelope, at_ms=at_ms, seq=seq)
    elif kind == events.DELEGATED:
        changes["seats"] = _delegated(approval, said.envelope)
    elif kind == events.ESCALATED:
        changes["seats"] = approval.seats + tuple(Seat(chain=(name,)) for name in said.to)
        changes["level"] = approval.level + 1
    else:
        changes["ended_at_ms"] = at_ms
        changes["status"] = {
            events.DECIDED: getattr(said, "status", None),
            events.EXPIRED: "expired",
            events.WITHDRAWN: "withdrawn",
        }[kind]
        changes["reason"] = getattr(said, "reason", None)
    return msgspec.structs.replace(approval, **changes)


def _voted(
    approval: Approval, envelope: dict[str, Any], *, at_ms: int, seq: int
) -> tuple[Seat, ...]:
    vote: Any = claimed(envelope)
    cast = Cast(
        choice=vote.choice,
        reason=vote.reason,
        at_ms=at_ms,
        seq=seq,
        key=envelope["signatures"][0]["keyid"],
    )
    return tuple(
        msgspec.structs.replace(seat, cast=cast) if seat.holder == vote.principal else seat
        for seat in approval.seats
    )


def _delegated(approval: Approval, envelope: dict[str, Any]) -> tuple[Seat, ...]:
    word: Any = claimed(envelope)
    return tuple(
        msgspec.structs.replace(seat, chain=(*seat.chain, word.to))
        if seat.holder == word.principal
        else seat
        for seat in approval.seats
    )
