"""Verifying: may this agent do this, now? One question, asked at three costs.

    ========  ===================================================================================
    QUICK     a decision that was taken before, if nobody has committed since, or nothing that was
              committed takes authority away; else as STANDARD, without signatures that were
              verified before
    STANDARD  the remembered chain, the signature on its last record and that it lies within the
              one above
    FULL      every record of the chain read from its event and hashed, and verified anew: every
              signature, narrowing at every link, the chains of their streams, the log and its
              newest checkpoint
    ========  ===================================================================================

1. Expiry, revocation, suspension, posture, task, audience and tenant are looked at on every level;
   what depends on the arguments or the hour is evaluated each time.
2. At one instant and head of an intact log, what QUICK allows FULL allows.
3. Only what was allowed is remembered; whatever goes wrong denies.
4. Time never runs backwards: it is the clock's, or the latest of the newest events. A clock that
   is more than five minutes behind denies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import msgspec

from tarl.crypto.ed25519 import Job, Verifying
from tarl.errors import Corrupt, Denied, TarlError
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.policy.facts import Facts
from tarl.policy.grant import Grants
from tarl.trust import posture
from tarl.trust.book import (
    CHAINED,
    Book,
    check_linked,
    missing_record,
    parent_of,
    read_record,
)
from tarl.trust.chain import Link, Place, subject_of
from tarl.trust.decision import Decision, Level
from tarl.trust.inclusion import Inclusion
from tarl.trust.links import CHAIN_MAX, SKEW_MS
from tarl.trust.signed import Signed
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

DECISIONS_REMEMBERED_MAX = 65_536
"""Of one tenant; beyond it all are dropped."""


TIMES_MAX = 1_024
"""Events whose times are looked at, at most: the newest that were not seen yet."""


class Asked(NamedTuple):
    """What a decision may be remembered by; ``grant`` where one record alone is to count."""

    agent: str | None
    action: str
    resource: str
    task: str | None
    access: str | None
    output: str | None
    grant: str | None = None

    @classmethod
    def of(cls, facts: Facts, grant: str | None) -> Asked:
        """What facts ask."""
        return cls(
            facts.agent,
            facts.action,
            facts.resource,
            facts.task,
            facts.access,
            facts.output,
            grant,
        )


class _Hot(NamedTuple):
    """A decision that was taken before, good from the instant that it was taken for; ``terms``
    where they have to be asked again.
    """

    not_before_ms: int
    expires_at_ms: int
    decision: Decision
    terms: Grants | None


class _Shelf:
    """A tenant's book with what was seen of it last."""

    __slots__ = (
        "asked_ms",
        "book",
        "floor_ms",
        "generation",
        "hot",
        "revision",
        "seen",
        "stood_at",
        "tables",
    )

    def __init__(self, book: Book) -> None:
        self.book = book
        self.revision = -1
        self.tables = -1
        self.stood_at = -1
        self.generation = -1
        self.floor_ms = 0
        self.seen = 0
        self.seen = 0
        self.asked_ms = 0
        self.hot: dict[Asked, _Hot] = {}


class Verifier:
    """Answers whether agents may do things.

    Args:
        store: The journal.
        open_book: Makes the book of a tenant.
        inclusion: The log's part of FULL.
        audiences: Whom records may be for that name an audience; the journal's name is one.
    """

    def __init__(
        self,
        store: Store,
        *,
        open_book: Callable[[str], Book],
        inclusion: Inclusion,
        audiences: Collection[str] = (),
    ) -> None:
        self._store = store
        self._open_book = open_book
        self._inclusion = inclusion
        self._audiences = frozenset({*audiences, store.origin})
        self.signatures = Verifying()
        self._shelves: dict[str, _Shelf] = {}

    def verify(
        self, agent: str, facts: Facts, *, level: Level = "STANDARD", grant: str | None = None
    ) -> Decision:
        """Whether the agent may; never raises, whatever is wrong denies.

        Args:
            agent: Who acts; ``facts.agent`` must say the same.
            facts: What it wants to do. ``at_ms`` is the clock's reading.
            level: How thoroughly to look.
            grant: The digest of the only record that it may act on, or any that it holds.
        """
        try:
            at_ms, tenant = facts.at_ms, facts.tenant
            if at_ms is None or tenant is None or facts.agent != agent:
                return _denied(level, 0, _incomplete(agent, facts))
            shelf = self._shelf(tenant, level)
            if at_ms < shelf.asked_ms:  # the clock was set back: how late is it in the journal?
                shelf = self._shelf(tenant)
            shelf.asked_ms = at_ms
            floor_ms = shelf.floor_ms
            if at_ms < floor_ms:
                if at_ms < floor_ms - SKEW_MS:
                    return _denied(level, at_ms, _slow_clock(at_ms, floor_ms))
                at_ms = floor_ms
            if level == "QUICK":
                hot = shelf.hot.get(Asked.of(facts, grant))
                if (
                    hot is not None
                    and hot.not_before_ms <= at_ms < hot.expires_at_ms
                    and (hot.terms is None or _still(hot.terms, facts, at_ms))
                ):
                    return hot.decision
            if at_ms != facts.at_ms:
                facts = msgspec.structs.replace(facts, at_ms=at_ms)
            return _Asking(self, shelf, agent, facts, level, at_ms).answer(grant)
        except TarlError as error:
            return _denied(level, facts.at_ms or 0, _reason_of(error))
        except Exception as error:  # whatever it is, it is no leave
            text = f"verifying crashed: {type(error).__name__}: {error}"[:500]
            return _denied(level, 0, Reason(code="trust.crashed", text=text))

    def recall(self, tenant: str, asked: Asked, at_ms: int) -> Decision | None:
        """What QUICK would answer from memory, where it depends on nothing but what is asked; None
        where ``verify`` has to be asked.
        """
        try:
            shelf = self._shelf(tenant, "QUICK")
        except TarlError:
            return None  # which verify will say
        hot = shelf.hot.get(asked)
        if (
            hot is None
            or hot.terms is not None
            or at_ms < shelf.asked_ms
            or at_ms < shelf.floor_ms
            or not hot.not_before_ms <= at_ms < hot.expires_at_ms
        ):
            return None
        shelf.asked_ms = at_ms
        return hot.decision

    def book(self, tenant: str) -> Book:
        """A tenant's book, as it is now.

        Raises:
            Corrupt: what is journalled is not what was.
        """
        return self._shelf(tenant).book

    def now_ms(self, tenant: str, at_ms: int) -> int:
        """The instant that counts when the clock says ``at_ms``: it never runs backwards."""
        return max(at_ms, self._shelf(tenant).floor_ms)

    def generation(self, tenant: str) -> int:
        """How often authority may have been taken away in a tenant."""
        return self._shelf(tenant).generation

    def generation_seen(self, tenant: str) -> int:
        """The generation that the last question about the tenant was decided at."""
        shelf = self._shelves.get(tenant)
        return -1 if shelf is None else shelf.generation

    def _shelf(self, tenant: str, level: Level = "FULL") -> _Shelf:
        """A tenant's shelf as it is now; for QUICK, if anything may have changed in the tables."""
        shelf = self._shelves.get(tenant)
        if shelf is None:
            shelf = self._shelves[tenant] = _Shelf(self._open_book(tenant))
        tables = self._store.tables_revision()
        if level == "QUICK" and tables == shelf.tables:
            return shelf
        shelf.tables = -1
        revision = self._store.revision()
        if revision != shelf.revision:
            self._look(shelf, revision)
        shelf.tables = tables
        return shelf

    def _look(self, shelf: _Shelf, revision: int) -> None:
        shelf.book.moved()
        shelf.revision = -1  # if anything goes wrong below, it is looked at again
        size = self._store.log_size()
        if size:
            # Times are those of a clock that may have been set back: not only the last one counts.
            since = max(min(shelf.seen, size - 1), size - TIMES_MAX, 0)
            times = (at_ms for _, at_ms, _ in self._store.leaf_data(since, size))
            shelf.floor_ms = max(shelf.floor_ms, *times)
            shelf.seen = size
        row = self._store.get("trust_generation", shelf.book.tenant)
        generation = 0 if row is None else int(row["generation"])
        if generation != shelf.generation:
            shelf.hot.clear()
            shelf.generation = -1
            shelf.book.refresh()
            shelf.generation = generation
        shelf.revision = revision


class _Asking:
    """One question on its way through what an agent holds."""

    def __init__(
        self,
        verifier: Verifier,
        shelf: _Shelf,
        agent: str,
        facts: Facts,
        level: Level,
        now_ms: int,
    ) -> None:
        self._verifier = verifier
        self._shelf = shelf
        self._book = shelf.book
        self._agent = agent
        self._facts = facts
        self._level = level
        self._now_ms = now_ms
        self._events: list[Event] = []

    def answer(self, grant: str | None) -> Decision:
        book, now_ms = self._book, self._now_ms
        if self._level != "QUICK" and self._shelf.stood_at != self._shelf.revision:
            book.refresh_standing()
            self._shelf.stood_at = self._shelf.revision
        digests: Iterable[str] = (
            (grant,) if grant is not None else book.holdings(self._agent, now_ms)
        )
        held: Decision | None = None
        reasons: list[Reason] = []
        for digest in digests:
            try:
                link = self._link(digest)
                verdict = self._judge(link)
            except TarlError as error:
                reasons.append(_reason_of(error))
                continue
            if isinstance(verdict, Allow):
                return self._allowed(link, grant)
            if isinstance(verdict, Hold) and held is None:
                held = self._decision(verdict, link, verdict.reasons)
            reasons += verdict.reasons
        if held is not None:
            return held
        if not reasons:
            reasons.append(
                Reason(code="trust.no_grant", text=f"{self._agent} holds nothing that permits it")
            )
        return _denied(self._level, now_ms, *reasons[:16])

    def _link(self, digest: str) -> Link:
        book = self._book
        if self._level == "FULL":
            return self._cold_link(digest)
        known = book.known(digest)
        if known is None or self._level == "QUICK":
            return book.get(digest)
        return book.link(known.signed, known.place, known.parent)

    def _cold_link(self, digest: str) -> Link:
        book, store = self._book, self._verifier._store
        records: list[tuple[Signed, Place]] = []
        wanted: str | None = digest
        self._events = []
        with store.at_one_moment():
            while wanted is not None and len(records) < CHAIN_MAX + 1:
                place = book.place_of(wanted)
                event = check_linked(store, place)
                self._events.append(event)
                known = book.known(wanted)
                if known is not None and known.place.digest == event.digest:
                    signed = known.signed  # the same bytes say the same
                else:
                    signed = read_record(event, wanted)
                if signed.kind not in CHAINED:
                    raise missing_record(wanted)
                records.append((signed, Place.of(event)))
                wanted = parent_of(signed.record)
        link: Link | None = None
        book.holders.confirm(_names_in(records, book), self._shelf.revision)
        jobs: list[Job] = []
        for signed, place in reversed(records):
            link, unverified = book.link_unsigned(signed, place, link)
            jobs += unverified
        assert link is not None
        try:
            self._verifier.signatures.verify(jobs)
        except Corrupt:
            text = "a signature of the chain does not verify"
            raise Denied(text, code="trust.signature", record=digest) from None
        if book.known(digest) is None:
            book.remember_all(link)
        if book.standing.head is not None:
            self._events.append(book.standing.head)
        return link

    def _judge(self, link: Link) -> Verdict:
        facts = self._facts
        reason = self._why_not(link)
        if reason is not None:
            return Deny((reason,))
        verdict = link.terms.allows(facts)
        if not isinstance(verdict, Allow):
            return verdict
        current = self._book.standing.posture_for(link)
        return posture.judge(
            current, agent=self._agent, action=facts.action, access=facts.access or ""
        )

    def _why_not(self, link: Link) -> Reason | None:
        now_ms, record = self._now_ms, link.record
        if link.kind not in ("attestation", "delegation") or link.subject != self._agent:
            return Reason(code="trust.audience", text=f"{self._agent} does not hold it")
        if now_ms < link.not_before_ms:
            return Reason(code="trust.not_yet", text="it does not hold yet")
        if now_ms >= link.expires_at_ms:
            return Reason(code="trust.expired", text="it, or a record above it, has expired")
        if record.task is not None and record.task != self._facts.task:
            return Reason(code="trust.task", text=f"it is for the task {record.task[:80]}")
        if record.audience is not None and record.audience not in self._verifier._audiences:
            return Reason(code="trust.audience", text=f"it is for {record.audience[:80]}")
        return self._book.why_void(link, now_ms)

    def _allowed(self, link: Link, grant: str | None) -> Decision:
        checked: tuple[str, ...] = ()
        if self._level == "FULL":
            checked = (
                f"{link.depth + 1} records with every signature",
                *self._verifier._inclusion.check(self._events, self._shelf.revision),
            )
        ground = Reason(
            code="trust.allowed",
            text=f"{self._agent} holds {link.digest[:12]}",
            facts={"grant": link.digest, "chain": link.chain_digest},
        )
        decision = self._decision(Allow((ground,)), link, (ground,), checked)
        if self._level != "FULL":
            self._remember(link, grant, decision)
        return decision

    def _remember(self, link: Link, grant: str | None, decision: Decision) -> None:
        hot = self._shelf.hot
        if len(hot) >= DECISIONS_REMEMBERED_MAX:
            hot.clear()
        hot[Asked.of(self._facts, grant)] = _Hot(
            self._now_ms,  # a suspension that is over now was not before
            link.expires_at_ms,
            decision
            if self._level == "QUICK"
            else msgspec.structs.replace(decision, level="QUICK"),
            link.terms if link.varies else None,
        )

    def _decision(
        self,
        verdict: Verdict,
        link: Link,
        reasons: tuple[Reason, ...],
        checked: tuple[str, ...] = (),
    ) -> Decision:
        return Decision(
            verdict=verdict,
            level=self._level,
            grant=link.digest,
            chain=link.chain_digest,
            effective=link.terms,
            reasons=reasons,
            at_ms=self._now_ms,
            checked=checked,
        )


def _names_in(records: Iterable[tuple[Signed, Place]], book: Book) -> set[str]:
    """The principals whose keys a chain rests on."""
    names: set[str] = set()
    for signed, _ in records:
        if signed.kind == "authority":
            names.update(filter(None, map(book.holders.owner, signed.record.keys)))
        else:
            names.add(subject_of(signed.record))
    return names


def _still(terms: Grants, facts: Facts, at_ms: int) -> bool:
    if at_ms != facts.at_ms:
        facts = msgspec.structs.replace(facts, at_ms=at_ms)
    return isinstance(terms.allows(facts), Allow)


def _denied(level: Level, at_ms: int, *reasons: Reason) -> Decision:
    return Decision(verdict=Deny(reasons), level=level, reasons=reasons, at_ms=at_ms)


def _reason_of(error: TarlError) -> Reason:
    return Reason(code=error.code, text=error.message[:500])


def _incomplete(agent: str, facts: Facts) -> Reason:
    if facts.agent != agent:
        text = f"the facts are about another agent than {agent[:80]}"
    else:
        text = "the facts name no tenant or no instant"
    return Reason(code="trust.facts", text=text)


def _slow_clock(at_ms: int, floor_ms: int) -> Reason:
    text = f"the clock is {(floor_ms - at_ms) // 1000} s behind the journal's last event"
    return Reason(code="trust.clock", text=text, facts={"at_ms": at_ms, "head_ms": floor_ms})
