"""Where everybody stands: what is revoked, suspended and lifted, and at which posture agents are.

A fold over the stream ``revocations/<tenant>``, its chain checked as it is read. What takes
authority away counts as it stands there, whoever wrote it: doubt denies. What gives some back (a
suspension lifted, a posture raised) counts only with the signatures that it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.errors import Corrupt, TarlError
from tarl.journal.event import ChainCheck, Event
from tarl.journal.store import Store
from tarl.trust import events, posture
from tarl.trust.chain import Link, Place, names_from_records
from tarl.trust.signed import Signed, parse
from tarl.values.verdict import Reason

Accepts = Callable[[Signed, Place], None]
"""Raises a refusal when a record that gives authority back lacks the signatures that it needs."""


class Standing:
    """What is taken from whom in one tenant.

    Args:
        store: The journal.
        tenant: Whose.
        accepts: Whether a record that gives something back counts.
    """

    def __init__(self, store: Store, tenant: str, accepts: Accepts) -> None:
        self.revoked: dict[tuple[str, str], str] = {}
        self.suspended: dict[str, int | None] = {}
        self.postures: dict[str, str] = {}
        self.head: Event | None = None
        self._store = store
        self._accepts = accepts
        self._unreadable: Corrupt | None = None
        self._given_back: set[str] = set()
        self._chain = ChainCheck(events.revocations_stream(tenant))

    @property
    def seq(self) -> int:
        """The last event that is folded in."""
        return self._chain.seq

    def refresh(self) -> None:
        """Fold in what was recorded since.

        Raises:
            ChainBrokenError: the stream is not the one that was read so far.
            Corrupt: an event cannot be read. What it took from whom is not known then, so this is
                raised ever after.
        """
        if self._unreadable is not None:
            raise self._unreadable
        for event in self._store.read(self._chain.stream, after=self._chain.seq):
            self._chain.check_all((event,))
            try:
                self._take(event)
            except Corrupt as error:
                self._unreadable = error
                raise
            self.head = event

    def check_head(self) -> None:
        """Refuse a stream that is shorter than it was, or another one.

        Raises:
            Corrupt: so it is (``trust.rolled_back``).
        """
        head = self._store.head(self._chain.stream)
        seq, digest = (0, None) if head is None else (head.seq, head.digest)
        if seq < self._chain.seq or (seq == self._chain.seq > 0 and digest != self._chain.digest):
            raise Corrupt(
                f"{self._chain.stream} held {self._chain.seq} events and is now another one",
                code="trust.rolled_back",
                next_step="compare the journal with its last checkpoint: tarl db check",
                stream=self._chain.stream,
            )

    def posture_of(self, agent: str) -> str:
        """Where an agent stands."""
        return self.postures.get(agent, posture.INITIAL)

    def posture_for(self, leaf: Link) -> str:
        """Where an agent stands that acts on a record: no higher than whoever handed it on."""
        if not self.postures:
            return posture.INITIAL
        return min(map(self.posture_of, leaf.agents), key=posture.level)

    def is_suspended(self, agent: str, now_ms: int) -> bool:
        """Whether an agent is suspended now."""
        if agent not in self.suspended:
            return False
        until_ms = self.suspended[agent]
        return until_ms is None or now_ms < until_ms

    def why_void(self, leaf: Link, now_ms: int) -> Reason | None:
        """What takes a chain's authority away, or None; the nearest to its end first."""
        return self.why_revoked(leaf) or self.why_suspended(leaf, now_ms)

    def why_revoked(self, leaf: Link) -> Reason | None:
        """What of a chain is revoked, or None."""
        revoked = self.revoked
        if revoked:
            for target in names_from_records(leaf):
                if target in revoked:
                    noun, name = target
                    return _reason(
                        "trust.revoked", f"the {noun} {name[:80]} is revoked", revoked[target]
                    )
        return None

    def why_suspended(self, leaf: Link, now_ms: int) -> Reason | None:
        """Which agent of a chain may do nothing for the time being, or None."""
        if not self.suspended and not self.postures:
            return None
        for link in leaf.up():
            if link.kind == "authority":
                break
            if self.is_suspended(link.subject, now_ms):
                return _reason("trust.suspended", f"{link.subject} is suspended", "")
            if self.postures.get(link.subject) == posture.POSTURES[0]:
                return _reason("trust.posture", f"{link.subject} may do nothing: its posture", "")
        return None

    def _take(self, event: Event) -> None:
        if event.body is None:
            raise Corrupt(f"{event.stream} is erased", code="trust.erased", stream=event.stream)
        try:
            said: Any = events.DECODERS[event.kind](event.body)
            signed = parse(said.envelope)
        except (KeyError, UnicodeError, TarlError, msgspec.MsgspecError) as error:
            raise Corrupt(
                f"{event.stream}: event {event.seq} is no record of trust: {error}",
                code="trust.unproved",
                stream=event.stream,
                seq=event.seq,
            ) from None
        take = _TAKES.get(event.kind)
        if take is not None and events.KIND_OF.get(signed.kind) == event.kind:
            take(self, signed, Place.of(event))

    def _revoke(self, signed: Signed, place: Place) -> None:
        target = signed.record.target
        self.revoked.setdefault((target.noun, target.name), signed.digest)

    def _suspend(self, signed: Signed, place: Place) -> None:
        # The longest counts: a suspension takes away, and never shortens another.
        agent, until_ms = signed.record.agent, signed.record.until_ms
        if agent in self.suspended:
            before = self.suspended[agent]
            until_ms = None if before is None or until_ms is None else max(before, until_ms)
        self.suspended[agent] = until_ms

    def _resume(self, signed: Signed, place: Place) -> None:
        if self._holds(signed, place):
            self.suspended.pop(signed.record.agent, None)

    def _move(self, signed: Signed, place: Place) -> None:
        agent, wanted = signed.record.agent, signed.record.posture
        if wanted not in posture.POSTURES:
            wanted = posture.POSTURES[0]
        current = self.posture_of(agent)
        if posture.level(wanted) < posture.level(current) or self._holds(signed, place):
            self.postures[agent] = wanted

    def _holds(self, signed: Signed, place: Place) -> bool:
        """Whether a record gives something back: rightly signed, and not brought a second time."""
        if signed.digest in self._given_back:
            return False
        try:
            self._accepts(signed, place)
        except TarlError:
            return False
        self._given_back.add(signed.digest)
        return True


_TAKES: dict[str, Callable[[Standing, Signed, Place], None]] = {
    events.REVOCATION: Standing._revoke,
    events.SUSPENSION: Standing._suspend,
    events.RESUMPTION: Standing._resume,
    events.POSTURE: Standing._move,
}


def _reason(code: str, text: str, record: str) -> Reason:
    return Reason(code=code, text=text, facts={"record": record} if record else {})
