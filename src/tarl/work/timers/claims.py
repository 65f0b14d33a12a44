"""Who fires a timer: found by due time, claimed by a commit that only one process wins.

A claim has no deadline. Whoever sees a claim that has not been renewed for its lifetime, by its own
monotonic clock, takes it over; so a wall clock that is set does not take work from a live process,
and a dead one's timers are fired late, but fired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tarl.errors import Conflict
from tarl.journal.projection import Change, Guard, Record, Tables
from tarl.journal.store import Batch, Store
from tarl.work.pulse import Watch
from tarl.work.timers.tables import CLAIM, PENDING, TIMER, UNANSWERED

Key = tuple[str, str]

CLAIM_TTL_MS = 10_000
"""How long a claim must be seen unrenewed before another process takes it over."""


class Claim(NamedTuple):
    """A claim's row: ``beat`` grows with each renewal, ``token`` with each holder."""

    holder: str
    token: int
    beat: int


class Found(NamedTuple):
    """Timers that may be claimed now, with the claim that would be taken over; when to look
    again.
    """

    timers: list[tuple[Record, Claim | None]]
    next_due_ms: int | None


class Finder:
    """Finds what is due and free, for one process."""

    def __init__(
        self, store: Store, *, monotonic: Callable[[], float], claim_ttl_ms: int = CLAIM_TTL_MS
    ) -> None:
        self._store = store
        self._watch = Watch(monotonic)
        self._ttl_s = claim_ttl_ms / 1000

    def find(self, now_ms: int, *, room: int, passed: set[Key]) -> Found:
        """At most ``room`` due timers that no live process is firing, the earliest first.

        ``passed`` are those that this process leaves aside.
        """
        first = next(self._pending(limit=1), None)
        if first is None or first["due_at_ms"] > now_ms:
            return Found([], None if first is None else first["due_at_ms"])
        claims = self._claims()
        aside = set(passed) | claims.keys()
        stale = {key: claim for key, claim in claims.items() if self._is_stale(key, claim)}
        found: list[tuple[Record, Claim | None]] = []
        for record in self._pending(limit=room + len(aside) + 1):
            key = record["tenant"], record["timer_id"]
            if key in passed or (key in claims and key not in stale):
                continue
            if record["due_at_ms"] > now_ms or len(found) == room:
                return Found(found, record["due_at_ms"])
            found.append((record, stale.get(key)))
        return Found(found, None)

    def unanswered(self, handlers: list[str], *, room: int) -> list[tuple[Record, Claim | None]]:
        """Timers that another process knew no handler for and this one does."""
        if next(self._store.scan(TIMER.name, {"status": UNANSWERED}, limit=1), None) is None:
            return []
        claims = self._claims()
        found: list[tuple[Record, Claim | None]] = []
        for handler in handlers:
            where = {"status": UNANSWERED, "handler": handler}
            for record in self._store.scan(TIMER.name, where, limit=room + len(claims)):
                key = record["tenant"], record["timer_id"]
                claim = claims.get(key)
                if len(found) < room and (claim is None or self._is_stale(key, claim)):
                    found.append((record, claim))
        return found

    def _pending(self, *, limit: int) -> Iterator[Record]:
        return self._store.scan(TIMER.name, {"status": PENDING}, order_by="due_at_ms", limit=limit)

    def _claims(self) -> dict[Key, Claim]:
        claims = {
            (row["tenant"], row["timer_id"]): Claim(row["holder"], row["token"], row["beat"])
            for row in self._store.scan(CLAIM.name)
        }
        self._watch.keep_only(claims)
        for key, claim in claims.items():
            self._watch.unchanged_s(key, claim)
        return claims

    def _is_stale(self, key: Key, claim: Claim) -> bool:
        return self._watch.unchanged_s(key, claim) >= self._ttl_s


def claiming(record: Record, before: Claim | None, holder: str) -> tuple[Claim, Batch]:
    """The claim of a timer that was found, and the commit that only one process wins."""
    key = record["tenant"], record["timer_id"]
    claim = Claim(holder, 1 if before is None else before.token + 1, 0)

    def guard(tables: Tables) -> None:
        now = tables.get(TIMER.name, *key)
        if now != record or _claim(tables, key) != before:
            raise Conflict(f"timer {key[1]} is fired by somebody else", code="timer.claimed")

    return claim, Batch((), guards=(guard,), changes=(_put(key, claim),))


def holding(key: Key, claim: Claim) -> Guard:
    """For what the holder of a claim commits: refused when somebody has taken it over."""

    def guard(tables: Tables) -> None:
        now = _claim(tables, key)
        if now is None or (now.holder, now.token) != (claim.holder, claim.token):
            raise Conflict(
                f"timer {key[1]} was taken over while its handler ran",
                code="timer.claim_lost",
                next_step="leave it to whoever took it over",
                timer=key[1],
            )

    return guard


def unclaimed(key: Key) -> Guard:
    """For what must not happen to a timer while somebody fires it (``timer.firing``)."""

    def guard(tables: Tables) -> None:
        if _claim(tables, key) is not None:
            raise Conflict(
                f"timer {key[1]} is being fired at this moment",
                code="timer.firing",
                next_step="look at it again in a moment",
                timer=key[1],
            )

    return guard


def renewing(key: Key, claim: Claim) -> Change:
    """The holder is alive and its handler still runs; nothing if the claim is lost."""

    def change(tables: Tables) -> None:
        now = _claim(tables, key)
        if now is not None and (now.holder, now.token) == (claim.holder, claim.token):
            _put(key, now._replace(beat=now.beat + 1))(tables)

    return change


def giving_up(key: Key) -> Change:
    """The claim is over."""

    def change(tables: Tables) -> None:
        tables.delete(CLAIM.name, *key)

    return change


def _claim(tables: Tables, key: Key) -> Claim | None:
    row = tables.get(CLAIM.name, *key)
    return None if row is None else Claim(row["holder"], row["token"], row["beat"])


def _put(key: Key, claim: Claim) -> Change:
    record = {"tenant": key[0], "timer_id": key[1], **claim._asdict()}

    def change(tables: Tables) -> None:
        tables.put(CLAIM.name, record)

    return change
