"""What may be recorded: signed records are decided upon and committed, whoever made them.

1. A record is admitted by the same rules by which it is verified ever after, and by what holds now:
   nothing is handed on that is revoked, suspended or expired, nor by who may hand on nothing.
2. It is committed only if nobody took authority away meanwhile.
3. The same record is recorded once; another with its nonce is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.errors import Conflict, Denied
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.register import TRIES_MAX, continued
from tarl.trust import events, posture
from tarl.trust.book import HELD_MAX, HOLDINGS, Book, missing_parent, parent_of, too_many
from tarl.trust.chain import Link, Place
from tarl.trust.keyholders import FUTURE
from tarl.trust.links import SKEW_MS, check_signatures
from tarl.trust.rights import check_posture
from tarl.trust.signed import Signed, parse
from tarl.trust.terms import DELEGATE
from tarl.trust.verify import Verifier
from tarl.values.canonical import encode
from tarl.values.verdict import Hold, Verdict


class Admitted(NamedTuple):
    """A record that is journalled: as it was signed, and where it is; its link if it has one."""

    signed: Signed
    place: Place
    link: Link | None

    @property
    def digest(self) -> str:
        """The record's digest."""
        return self.signed.digest


class Admission:
    """Records what may be recorded in a journal.

    Args:
        store: The journal.
        verifier: Knows the tenants' books.
    """

    def __init__(self, store: Store, verifier: Verifier) -> None:
        self._store = store
        self._verifier = verifier

    def record(
        self, envelope: Any, *, at_ms: int, beside: dict[str, Any] | None = None
    ) -> Admitted:
        """Record what somebody signed; once, however often.

        Args:
            envelope: The DSSE envelope, or what was parsed from one.
            at_ms: Now, in UTC milliseconds.
            beside: Further members of the event's body.

        Raises:
            Invalid: as ``signed.parse``.
            Denied: as ``links.check_link`` and ``rights.check_right``; ``trust.clock``,
                ``trust.expired``, ``trust.revoked``, ``trust.suspended``, ``trust.principal``,
                ``trust.held``, ``trust.posture``.
            Conflict: ``trust.nonce``, ``trust.exists``.
        """
        signed = envelope if isinstance(envelope, Signed) else parse(envelope)
        for _ in range(TRIES_MAX):
            admitted = self._try(signed, at_ms, beside or {})
            if admitted is not None:
                return admitted
        raise Conflict("the records of trust never stood still", code="journal.position")

    def _try(self, signed: Signed, at_ms: int, beside: dict[str, Any]) -> Admitted | None:
        tenant = signed.record.tenant
        book = self._verifier.book(tenant)
        generation = self._verifier.generation(tenant)
        known = self._known(book, signed)
        if known is not None:
            return known
        now_ms = self._verifier.now_ms(tenant, at_ms)
        if at_ms < now_ms - SKEW_MS:
            raise Denied("the clock is behind the journal's last event", code="trust.clock")
        stream = events.stream_of(signed.record)
        writer = continued(self._store, stream, tenant=tenant)
        place = Place(stream, writer.seq + 1, FUTURE, now_ms)
        link = self._decide(book, signed, place)
        body = encode({"envelope": signed.envelope, **beside})
        row = writer.append(events.KIND_OF[signed.kind], body, at_ms=now_ms)
        guards = [_unmoved(tenant, generation), _unused(signed)]
        try:
            self._store.commit(Batch([row], guards=guards))
        except Conflict as error:
            if error.code not in ("journal.position", "trust.moved"):
                raise
            return None
        event = next(self._store.read(stream, after=row.seq - 1, until=row.seq))
        if link is not None:
            link = book.remember(link, event)
        return Admitted(signed, Place.of(event), link)

    def _known(self, book: Book, signed: Signed) -> Admitted | None:
        found = book.read(signed.digest)
        if found is None:
            return None
        before, place = found
        if before.signatures != signed.signatures:
            raise Conflict(
                f"the {signed.kind} {signed.digest[:12]} is recorded with other signatures",
                code="trust.exists",
                record=signed.digest,
            )
        permits = events.KIND_OF[signed.kind] in events.PERMITTING
        return Admitted(before, place, book.find(signed.digest) if permits else None)

    # --- deciding

    def _decide(self, book: Book, signed: Signed, place: Place) -> Link | None:
        kind = events.KIND_OF.get(signed.kind)
        if kind in events.PERMITTING:
            return self._permitting(book, signed, place)
        if kind in events.STANDING:
            self._standing(book, signed, place)
        elif kind == events.AUDIT:
            self._audit(book, signed, place)
        else:
            raise Denied(
                f"a record of the kind {signed.kind} comes with its effects", code="trust.kind"
            )
        return None

    def _permitting(self, book: Book, signed: Signed, place: Place) -> Link:
        record, now_ms = signed.record, place.recorded_at_ms
        wanted = parent_of(record)
        parent = None if wanted is None else book.find(wanted)
        if wanted is not None and parent is None:
            raise missing_parent(signed, wanted)
        link = book.link(signed, place, parent)
        if now_ms >= link.expires_at_ms:
            raise _denied("trust.expired", f"the {signed.kind} has expired, or what is above it")
        if parent is not None:
            void = book.standing.why_void(parent, now_ms)
            if void is not None:
                raise Denied(f"nothing is handed on: {void.text}", code=void.code)
        if ("agent", link.subject) in book.standing.revoked and signed.kind != "authority":
            raise _denied("trust.revoked", f"the agent {link.subject} is revoked")
        if ("authority", link.subject) in book.standing.revoked and signed.kind == "authority":
            raise _denied("trust.revoked", f"the authority {link.subject} is revoked")
        if signed.kind != "authority":
            nobody = book.why_nobody(link)
            if nobody is not None:
                raise Denied(nobody.text, code=nobody.code)
        if (
            signed.kind in HOLDINGS
            and len(book.held(link.subject, signed.kind, now_ms)) >= HELD_MAX
        ):
            raise too_many(link.subject, signed.kind)
        if signed.kind == "genesis":
            self._check_first(book, record.agent, now_ms)
        if signed.kind == "delegation":
            _check_posture_of(book, record.delegator)
        return link

    def _check_first(self, book: Book, agent: str, now_ms: int) -> None:
        for begun in book.beginnings(agent):
            if now_ms < begun.expires_at_ms and book.standing.why_void(begun, now_ms) is None:
                raise Conflict(
                    f"{agent} has begun already",
                    code="trust.exists",
                    next_step="attest to what it may do; or revoke its beginning first",
                    agent=agent,
                    record=begun.digest,
                )

    def _standing(self, book: Book, signed: Signed, place: Place) -> None:
        ground = book.ground(signed, place)
        if signed.kind == "posture":
            check_posture(signed, ground, book.standing.posture_of(signed.record.agent))
        elif signed.kind == "resumption" and signed.record.agent not in book.standing.suspended:
            raise Conflict(
                f"{signed.record.agent} is not suspended",
                code="trust.not_suspended",
                agent=signed.record.agent,
            )
        elif signed.kind == "revocation":
            target = signed.record.target
            if (target.noun, target.name) in book.standing.revoked:
                raise Conflict(
                    f"the {target.noun} {target.name[:80]} is revoked already",
                    code="trust.exists",
                    target=target.name,
                )

    def _audit(self, book: Book, signed: Signed, place: Place) -> None:
        record = signed.record
        signers = book.signers(place)
        check_signatures(signed, [([signers.of_principal(record.agent)], 1)])
        if record.parent is not None and book.read(record.parent) is None:
            raise missing_parent(signed, record.parent)


def _check_posture_of(book: Book, delegator: str) -> None:
    verdict: Verdict = posture.judge(
        book.standing.posture_of(delegator), agent=delegator, action=DELEGATE, access="write"
    )
    if isinstance(verdict, Hold):
        raise Denied(
            verdict.reasons[0].text,
            code="trust.held",
            next_step="have the authority attest to it instead",
            awaits=verdict.awaits,
        )
    for reason in verdict.reasons:
        raise Denied(reason.text, code=reason.code)


def _unmoved(tenant: str, generation: int) -> Guard:
    def guard(tables: Tables) -> None:
        row = tables.get("trust_generation", tenant)
        if (0 if row is None else row["generation"]) != generation:
            raise Conflict("authority was taken away meanwhile", code="trust.moved")

    return guard


def _unused(signed: Signed) -> Guard:
    record = signed.record

    def guard(tables: Tables) -> None:
        where = {"tenant": record.tenant, "nonce": record.nonce}
        if any(True for _ in tables.scan("trust_record", where, limit=1)):
            raise Conflict(
                "another record has this nonce",
                code="trust.nonce",
                next_step="draw a fresh one",
                nonce=record.nonce,
            )

    return guard


def _denied(code: str, text: str) -> Denied:
    return Denied(text, code=code)
