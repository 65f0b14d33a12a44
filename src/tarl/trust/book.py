"""One tenant's records as a journal has them: read from their events, verified, remembered.

What is remembered of a record (its form, its signatures, that it stands within the record above)
can never change, because its bytes and its place in the log cannot; what may change, whether it is
revoked, expired or suspended, is asked each time (``standing``). A cold book remembers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from tarl.crypto.ed25519 import Job, verify
from tarl.crypto.note import VerifierKey
from tarl.errors import Corrupt, Denied, Invalid, Missing, TarlError
from tarl.journal.event import GENESIS, ChainCheck, Event
from tarl.journal.store import Store
from tarl.trust import events
from tarl.trust.chain import Link, Place
from tarl.trust.keyholders import Keyholders
from tarl.trust.links import CHAIN_MAX, Check, Signers, check_link
from tarl.trust.records import Target
from tarl.trust.rights import Ground, check_posture, check_right, grounds, missing_target, target_of
from tarl.trust.signed import Signed, parse
from tarl.trust.standing import Standing
from tarl.values.verdict import Reason

LINKS_REMEMBERED_MAX = 65_536
"""Remembered links, of a few kilobytes each; beyond it all are dropped."""

HELD_MAX = 512
"""An agent holds at most so many attestations, and so many delegations, that have not expired; no
more are admitted, so whoever hands it things cannot crowd out what it holds.
"""

HOLDINGS = ("attestation", "delegation")
CHAINED = frozenset({"authority", "genesis", *HOLDINGS})


class _Unsigned(NamedTuple):
    """A link, the jobs that verify its record's signatures, and which keyholders it rests on."""

    signed: Signed
    link: Link
    jobs: tuple[Job, ...]
    changes: int


class _Held(NamedTuple):
    """What an agent holds that had not expired at an instant: digests and ends."""

    from_ms: int
    records: list[tuple[str, int]]


class Book:
    """The records of a tenant.

    Args:
        store: The journal.
        tenant: Whose.
        operators: The operator's keys.
    """

    def __init__(
        self,
        store: Store,
        tenant: str,
        *,
        operators: Sequence[VerifierKey],
    ) -> None:
        self.tenant = tenant
        self.holders = Keyholders(store, tenant)
        self.standing = Standing(store, tenant, self._accept)
        self.operators = {key.label: key for key in operators}
        self.version = 0
        self._store = store
        self._links: dict[str, Link] = {}
        self._unsigned: dict[str, _Unsigned] = {}
        self._held: dict[str, _Held] = {}

    # --- records

    def find(self, digest: str) -> Link | None:
        """The link of a record that permits something, or None when there is no such record.

        Raises:
            Denied, Invalid: it does not hold, or nothing above it does.
            Corrupt: what is journalled is not what was signed.
        """
        waiting: list[tuple[Signed, Place]] = []
        wanted: str | None = digest
        link: Link | None = None
        while wanted is not None:
            link = self._links.get(wanted)
            if link is not None:
                break
            found = self.read(wanted)
            if found is None:
                if not waiting:
                    return None
                raise missing_parent(waiting[-1][0], wanted)
            if found[0].kind not in CHAINED:
                raise missing_record(wanted)
            if len(waiting) >= CHAIN_MAX:
                raise Invalid(f"a chain has at most {CHAIN_MAX} records", code="trust.chain_length")
            waiting.append(found)
            wanted = parent_of(found[0].record)
        while waiting:
            signed, place = waiting.pop()
            link = self.link(signed, place, link)
            self._remember(link)
        return link

    def get(self, digest: str) -> Link:
        """The link of a record.

        Raises:
            Missing: there is none (``trust.missing``).
            Denied, Invalid, Corrupt: as ``find``.
        """
        link = self.find(digest)
        if link is None:
            raise missing_record(digest)
        return link

    def link(
        self, signed: Signed, place: Place, parent: Link | None, *, check: Check = verify
    ) -> Link:
        """The link of a record below another; see ``links.check_link``."""
        return check_link(signed, place, parent, self.signers(place), check=check)

    def link_unsigned(
        self, signed: Signed, place: Place, parent: Link | None
    ) -> tuple[Link, tuple[Job, ...]]:
        """The link of a record but for its signatures, and what is to be verified of these.

        What it says depends on nothing but the record's bytes, its place, the link above and the
        keys of those who count: where all are the same, so is it.
        """
        known = self._unsigned.get(signed.digest)
        if (
            known is not None
            and known.signed is signed
            and known.link.place == place
            and known.link.parent is parent
            and known.changes == self.holders.changes
        ):
            return known.link, known.jobs
        jobs: list[Job] = []
        link = self.link(signed, place, parent, check=lambda *job: jobs.append(job))
        if len(self._unsigned) >= LINKS_REMEMBERED_MAX:
            self._unsigned.clear()
        made = _Unsigned(signed, link, tuple(jobs), self.holders.changes)
        self._unsigned[signed.digest] = made
        return link, made.jobs

    def signers(self, place: Place) -> Signers:
        """Whose word counts at a place of the log."""
        return Signers(self.holders, self.operators, place)

    def read(self, digest: str) -> tuple[Signed, Place] | None:
        """A record as journalled, its form checked and nothing else.

        Raises:
            Corrupt: the event is not what the table says, or is erased.
        """
        row = self._store.get("trust_record", self.tenant, digest)
        if row is None:
            return None
        return self.read_at(row["stream"], row["seq"], digest)

    def read_at(self, stream: str, seq: int, digest: str) -> tuple[Signed, Place]:
        """The record of an event, if it has the digest."""
        for event in self._store.read(stream, after=seq - 1, until=seq):
            return read_record(event, digest), Place.of(event)
        raise _not_there(stream, seq)

    def known(self, digest: str) -> Link | None:
        """The link of a record, if it is remembered."""
        return self._links.get(digest)

    def place_of(self, digest: str) -> Place:
        """Where a record is, by memory or by the table: a hint, which reading it proves.

        Raises:
            Missing: there is none (``trust.missing``).
        """
        known = self._links.get(digest)
        if known is not None:
            return known.place
        row = self._store.get("trust_record", self.tenant, digest)
        if row is None:
            raise missing_record(digest)
        return Place(row["stream"], row["seq"], -1, -1)

    def why_nobody(self, leaf: Link) -> Reason | None:
        """Which agent of a chain is registered no more, or None."""
        for link in leaf.up():
            if link.kind == "authority":
                return None
            holder = self.holders.find(link.subject)
            if holder is None or not holder.is_live or holder.kind != "agent":
                return Reason(
                    code="trust.principal",
                    text=f"{link.subject[:80]} is no agent that is registered and not revoked",
                )
        return None

    def remember(self, link: Link, event: Event) -> Link:
        """The link of a record that has just been journalled, at the place that it has now."""
        link.place = Place.of(event)
        self._remember(link)
        return link

    def remember_all(self, leaf: Link) -> None:
        """Remember a chain whose every signature was verified."""
        for link in leaf.up():
            self._remember(link)

    def _remember(self, link: Link) -> None:
        if len(self._links) >= LINKS_REMEMBERED_MAX:
            self._links.clear()
        self._links[link.digest] = link

    # --- agents

    def holdings(self, agent: str, now_ms: int) -> list[str]:
        """The digests of what an agent holds and has not expired.

        Raises:
            Invalid: too many of them (``trust.too_many``).
        """
        held = self._held.get(agent)
        if held is None or now_ms < held.from_ms:
            held = self._held[agent] = _Held(
                now_ms, [one for kind in HOLDINGS for one in self.held(agent, kind, now_ms)]
            )
        return [digest for digest, expires_at_ms in held.records if now_ms < expires_at_ms]

    def held(self, agent: str, kind: str, now_ms: int) -> list[tuple[str, int]]:
        """Digests and ends of what an agent holds of a kind, at a cost that ignores what has
        expired.

        Raises:
            Invalid: there are more than were ever admitted (``trust.too_many``).
        """
        found: list[tuple[str, int]] = []
        for row in self._store.scan(
            "trust_record",
            {"tenant": self.tenant, "agent": agent, "kind": kind},
            order_by="expires_at_ms",
            descending=True,
        ):
            expires_at_ms = row["expires_at_ms"] or 0
            if expires_at_ms <= now_ms:
                break
            if len(found) == 2 * HELD_MAX:  # several processes may have admitted the last one
                raise too_many(agent, kind)
            found.append((row["digest"], expires_at_ms))
        return found

    def moved(self) -> None:
        """Somebody has committed something: what agents hold is looked up anew."""
        self._held.clear()

    def beginnings(self, agent: str) -> Iterator[Link]:
        """The beginnings of an agent, which hold."""
        yield from self._of_kind(agent, "genesis")

    def authorities(self, authority: str) -> Iterator[Link]:
        """The editions of an authority's record, which hold."""
        yield from self._of_kind(authority, "authority")

    def _of_kind(self, subject: str, kind: str) -> Iterator[Link]:
        where = {"tenant": self.tenant, "agent": subject, "kind": kind}
        rows = list(self._store.scan("trust_record", where))
        for row in sorted(rows, key=lambda row: row["seq"]):
            with suppress(TarlError):  # what does not hold is as if it were not there
                yield self.get(row["digest"])

    def _handed(self, agent: str) -> Iterator[Link]:
        """What an agent was ever handed, as far as it holds: that which ends last first."""
        rows = self._store.scan(
            "trust_record",
            {"tenant": self.tenant, "agent": agent, "kind": "delegation"},
            order_by="expires_at_ms",
            descending=True,
            limit=HELD_MAX,
        )
        for row in list(rows):
            with suppress(TarlError):
                yield self.get(row["digest"])

    # --- who may take and give

    def targets(self, target: Target) -> list[Link]:
        """The links that a revocation would be of; none for a human. An agent that never was
        established is what it was handed.

        Raises:
            Missing: there is no such thing (``trust.missing``).
        """
        if target.record is not None:
            return [self.get(target.record)]
        if target.agent is not None:
            begun = list(self.beginnings(target.agent))
            found = begun or list(self._handed(target.agent))
            if not found:
                raise missing_target(target)
            return found
        if target.authority is not None:
            found = list(self.authorities(target.authority))
            if not found:
                raise missing_target(target)
            return found
        return []

    def ground(self, signed: Signed, place: Place) -> Ground:
        """On whose word a record of standing stands.

        Raises:
            Denied: on nobody's that suffices.
        """
        target = target_of(signed.record)
        signers = self.signers(place)
        found = grounds(signed.kind, target, self.targets(target), signers)
        return check_right(signed, found)

    def _accept(self, signed: Signed, place: Place) -> None:
        ground = self.ground(signed, place)
        if signed.kind == "posture":
            check_posture(signed, ground, self.standing.posture_of(signed.record.agent))

    # --- staying up to date

    def refresh(self) -> None:
        """Look at what changed: keys, and what was taken from whom."""
        self.version += 1
        self.holders.forget()
        self.refresh_standing()

    def refresh_standing(self) -> None:
        """Look at what was taken from whom."""
        before = self.standing.seq
        self.standing.check_head()
        self.standing.refresh()
        if self.standing.seq != before:
            self.version += 1

    def why_void(self, leaf: Link, now_ms: int) -> Reason | None:
        """What takes a chain's authority away now, or None."""
        if leaf.clear_at == self.version:
            return self.standing.why_suspended(leaf, now_ms)
        reason = self.standing.why_void(leaf, now_ms) or self.why_nobody(leaf)
        if reason is None:
            leaf.clear_at = self.version
        return reason


def parent_of(record: Any) -> str | None:
    """The digest of the record above."""
    name = {"genesis": "authority", "attestation": "genesis"}.get(record.KIND, "parent")
    parent: str | None = getattr(record, name)
    return parent


def read_record(event: Event, digest: str) -> Signed:
    """The record of an event, its form checked.

    Raises:
        Corrupt: it is erased (``trust.erased``), or is not the record that belongs there
            (``trust.unproved``).
    """
    if event.body is None:
        raise Corrupt(
            f"{event.stream}: event {event.seq} is erased",
            code="trust.erased",
            stream=event.stream,
            seq=event.seq,
        )
    try:
        signed = parse(events.DECODERS[event.kind](event.body).envelope)
    except (KeyError, UnicodeError, TarlError, msgspec.MsgspecError) as error:
        raise _unproved(event, str(error)) from None
    if signed.digest != digest or events.KIND_OF.get(signed.kind) != event.kind:
        raise _unproved(event, "it is another record")
    if events.stream_of(signed.record) != event.stream:
        raise Denied(
            f"the {signed.kind} {digest[:12]} stands in the stream of another",
            code="trust.tenant",
            stream=event.stream,
        )
    return signed


def check_linked(store: Store, place: Place) -> Event:
    """The event of a place, checked against its digest and the event before it.

    Raises:
        ChainBrokenError: it does not follow.
        Corrupt: it is not there.
    """
    stream, seq = place.stream, place.seq
    found = list(store.read(stream, after=max(0, seq - 2), until=seq))
    if not found or found[-1].seq != seq or len(found) != min(seq, 2):
        raise _not_there(stream, seq)
    before = found[0].digest if seq > 1 else GENESIS
    ChainCheck(stream, seq=seq - 1, digest=before).check_all(found[-1:])
    return found[-1]


def missing_parent(signed: Signed, parent: str) -> Denied:
    """The refusal of a record whose chain leads nowhere."""
    return Denied(
        f"the {signed.kind} {signed.digest[:12]} stands below {parent[:12]}, which is not there",
        code="trust.parent",
        record=signed.digest,
    )


def too_many(agent: str, kind: str) -> Invalid:
    """The refusal of one more thing that an agent holds."""
    return Invalid(
        f"{agent} holds {HELD_MAX} {kind}s already",
        code="trust.too_many",
        next_step="revoke what is not needed; let delegations expire",
        agent=agent,
    )


def missing_record(digest: str) -> Missing:
    """The error for a record that is not in the journal."""
    return Missing(
        f"there is no record {digest[:80]}",
        code="trust.missing",
        next_step="tarl trust show AGENT",
        record=digest[:80],
    )


def _unproved(event: Event, why: str) -> Corrupt:
    return Corrupt(
        f"{event.stream}: event {event.seq} is no record of trust that belongs there: {why}",
        code="trust.unproved",
        next_step="somebody wrote to the journal past the rules: tarl db check",
        stream=event.stream,
        seq=event.seq,
    )


def _not_there(stream: str, seq: int) -> Corrupt:
    return Corrupt(
        f"{stream}: event {seq} is not there",
        code="trust.unproved",
        next_step="the table of records does not fit the events: tarl db check says more",
        stream=stream,
        seq=seq,
    )
