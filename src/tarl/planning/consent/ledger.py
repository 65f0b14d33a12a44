"""The consents of a journal: granted, revoked, asked for at the moment of a step.

Whoever may call this decides who counts as the user: ``by`` says whose word was taken. Each change
reads the user's consents, decides, and writes at the position that it has read.

1. A consent lasts at most as long as ``lifetimes`` says for its data and its devices.
2. What is wanted is permitted by a live consent alone, and by one that covers it whole: operation,
   device, place, class of data, tier of device, and plan.
3. A revocation takes away every consent that permits anything in what is revoked.
4. Consents that cannot be read permit nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.event import Event
from tarl.journal.store import Batch, Store
from tarl.planning.consent import events
from tarl.planning.consent.events import Granted, Revoked
from tarl.planning.consent.lifetimes import lifetime_ms
from tarl.planning.consent.scopes import Want, parse
from tarl.planning.consent.state import CONSENT, Book, Consent, Said, evolve
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued, key_of

SCOPES_MAX = 64
"""Of one consent: more than anybody reads before saying yes."""

LIVE_MAX = 500
"""Consents of one user that count at the same time."""

REASON_CHARS_MAX = 1_000
USERS_REMEMBERED = 1_024
TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""

OVERRIDES = ("unsandboxed",)
"""Protections that a consent may do without: ``unsandboxed``, that steps of untrusted and basic
devices run isolated, where the platform cannot isolate."""


class Consents:
    """The consents of one journal.

    Args:
        store: The journal, with the projection of consents.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self._books: dict[tuple[str, str], tuple[int, Book]] = {}

    # --- asking

    def live(
        self,
        user_id: str,
        want: Want,
        now_ms: int,
        *,
        plan_id: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Consent | None:
        """A consent that permits what is wanted now, one that asks no further questions if there
        is one; None if nothing permits it.

        Raises:
            Missing: what the user consented to is erased (``journal.erased``).
        """
        found = self.book(user_id, tenant=tenant).live_about(want, now_ms, plan_id)
        return min(found, key=lambda each: (each.said.dynamic, -each.ends_at_ms), default=None)

    def granted(
        self,
        user_id: str,
        wants: Sequence[Want],
        now_ms: int,
        *,
        plan_id: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> frozenset[str]:
        """The wanted scopes that are permitted now, be it after a further question."""
        return frozenset(
            want.scope
            for want in wants
            if self.live(user_id, want, now_ms, plan_id=plan_id, tenant=tenant) is not None
        )

    def overridden(
        self,
        user_id: str,
        want: Want,
        override: str,
        now_ms: int,
        *,
        plan_id: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Consent | None:
        """The live consent by which what is wanted does without a protection; None if none does."""
        book = self.book(user_id, tenant=tenant)
        live = book.live_about(want, now_ms, plan_id)
        found = [each for each in live if override in each.said.overrides]
        return max(found, key=lambda each: each.ends_at_ms, default=None)

    def last(
        self, user_id: str, want: Want, *, plan_id: str = "", tenant: str = DEFAULT_TENANT
    ) -> Consent | None:
        """The consent to what is wanted that ends, or ended, last; None if there never was one."""
        found = self.book(user_id, tenant=tenant).about(want, plan_id)
        return max(found, key=lambda each: (each.ends_at_ms, each.granted_at_ms), default=None)

    # --- looking

    def of(self, user_id: str, *, tenant: str = DEFAULT_TENANT) -> list[Consent]:
        """All consents of a user, in the order of granting."""
        return list(self.book(user_id, tenant=tenant).consents.values())

    def get(self, user_id: str, token: str, *, tenant: str = DEFAULT_TENANT) -> Consent:
        """A consent.

        Raises:
            Missing: the user has none of that token (``consent.missing``).
        """
        consent = self.book(user_id, tenant=tenant).consents.get(token)
        if consent is None:
            raise _missing(token, user_id)
        return consent

    def find(self, token: str, *, tenant: str = DEFAULT_TENANT) -> Consent:
        """The consent of a token, whosever it is.

        Raises:
            Missing: there is none (``consent.missing``).
        """
        where = {"tenant": tenant, "token": token}
        row = next(self.store.scan(CONSENT.name, where, limit=1), None)
        if row is None:
            raise _missing(token)
        return self.get(row["user_id"], token, tenant=tenant)

    def users(self, *, tenant: str | None = None) -> Iterator[tuple[str, str]]:
        """Tenant and id of everybody who ever consented to something."""
        prefix = "consent/" if tenant is None else events.consent_stream(tenant, "")
        return (key_of(stream) for stream in self.store.streams(prefix))

    def book(self, user_id: str, *, tenant: str = DEFAULT_TENANT) -> Book:
        """All that a user consented to, as it is now.

        Raises:
            Missing: it is erased (``journal.erased``).
        """
        revision = self.store.tables_revision()
        known = self._books.get((tenant, user_id))
        if known is not None and known[0] == revision:
            return known[1]
        stream = events.consent_stream(tenant, check_name(user_id, "user"))
        book = Book(tenant=tenant, user_id=user_id) if known is None else known[1]
        book = evolve(book, map(_said, self.store.read(stream, after=book.seq)))
        if len(self._books) >= USERS_REMEMBERED:
            self._books.clear()
        self._books[tenant, user_id] = (revision, book)
        return book

    # --- changing

    def grant(
        self,
        user_id: str,
        scopes: Sequence[str],
        *,
        by: str,
        privacy_class: PrivacyClass = PrivacyClass.INTERNAL,
        trust_tier: TrustTier = TrustTier.VERIFIED,
        expires_at_ms: int | None = None,
        dynamic: bool = False,
        overrides: Sequence[str] = (),
        plan_id: str = "",
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Consent:
        """Consent to something, until a time.

        Args:
            user_id: Whose consent it is.
            scopes: To what.
            by: Whose word is taken.
            privacy_class: The most private data that it is about.
            trust_tier: The least trusted device that it is for.
            expires_at_ms: Until when; as long as it may last when left out.
            dynamic: Whether the user is asked again before each step.
            overrides: Protections that the user does without (``OVERRIDES``).
            plan_id: The only plan that it is for; any when empty.
            reason: Why.
            tenant: Whose.

        Raises:
            Invalid: a scope or an override that is none (``consent.scope``,
                ``consent.override``), or an end that lies in the past or beyond the longest
                lifetime (``consent.expiry``).
            Exceeded: too many scopes, or consents at once (``consent.too_many``).
        """
        check_name(by, "user")
        texts = tuple(dict.fromkeys(parse(scope).text for scope in scopes))
        if not 0 < len(texts) <= SCOPES_MAX:
            raise Exceeded(
                f"a consent is about 1 to {SCOPES_MAX} scopes, not {len(texts)}",
                code="consent.too_many",
                next_step="name what is consented to, in several consents if need be",
            )
        _check_overrides(overrides)
        longest_ms = lifetime_ms(privacy_class, trust_tier)

        def decided(book: Book, now_ms: int) -> Granted:
            _check_count(book, now_ms)
            until_ms = now_ms + longest_ms if expires_at_ms is None else expires_at_ms
            _check_expiry(until_ms, now_ms, longest_ms)
            return Granted(
                token=_token(events.consent_stream(tenant, user_id), book.seq + 1),
                scopes=texts,
                privacy_class=privacy_class,
                trust_tier=trust_tier,
                by=by,
                expires_at_ms=until_ms,
                dynamic=dynamic,
                overrides=tuple(sorted(set(overrides))),
                plan_id=plan_id and check_name(plan_id, "plan"),
                reason=reason[:REASON_CHARS_MAX],
            )

        book, granted = self._do(tenant, user_id, decided)
        return book.consents[granted.token]

    def revoke(
        self,
        user_id: str,
        *,
        by: str,
        token: str | None = None,
        scope: str | None = None,
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> list[Consent]:
        """Take consents back: the one of a token, those that permit anything within a scope, or,
        where neither is given, all. What has ended is left as it is.

        Returns:
            What was taken back now.

        Raises:
            Missing: the user has no consent of that token (``consent.missing``).
            Invalid: a scope that is none (``consent.scope``).
        """
        check_name(by, "user")
        within = None if scope is None else parse(scope)

        def decided(book: Book, now_ms: int) -> Revoked | None:
            if token is not None and token not in book.consents:
                raise _missing(token, user_id)
            found = tuple(
                each.token
                for each in book.consents.values()
                if each.is_live(now_ms)
                and token in (None, each.token)
                and (within is None or each.overlaps(within))
            )
            return Revoked(tokens=found, by=by, reason=reason[:REASON_CHARS_MAX]) if found else None

        book, body = self._do(tenant, user_id, decided)
        return [] if body is None else [book.consents[each] for each in body.tokens]

    # --- inside

    def _do(
        self, tenant: str, user_id: str, decided: Callable[[Book, int], Any]
    ) -> tuple[Book, Any]:
        """Record what is decided about a user's consents as they stand, deciding anew when others
        were faster.
        """
        check_name(tenant, "tenant")
        for _ in range(TRIES_MAX):
            book = self.book(user_id, tenant=tenant)
            now_ms = book.now_ms(self.clock.now_ms())
            body = decided(book, now_ms)
            if body is None:
                return book, None
            writer = continued(self.store, events.consent_stream(tenant, user_id), tenant=tenant)
            if writer.seq != book.seq:
                continue
            row = writer.append(_KIND[type(body)], encode(plain(body)), at_ms=now_ms)
            try:
                self.store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return self.book(user_id, tenant=tenant), body
        raise Conflict(f"consents of {user_id} never stood still", code="journal.position")


_KIND: dict[type, str] = {body: kind for kind, body in events.BODIES.items()}


def _said(event: Event) -> Said:
    if event.body is None:
        raise Missing(
            f"the content of {event.stream} is erased: its key was destroyed",
            code="journal.erased",
            stream=event.stream,
        )
    body = events.DECODERS[event.kind](event.body)
    return Said(event.seq, event.recorded_at_ms, body)


def _token(stream: str, seq: int) -> str:
    """The name of the consent that an event grants: no other event has its place."""
    return f"c{sha256(f'{stream}@{seq}'.encode()).hexdigest()[:15]}"


def _check_overrides(overrides: Sequence[str]) -> None:
    for name in overrides:
        if name not in OVERRIDES:
            raise Invalid(
                f"no protection is called {name[:80]!r}",
                code="consent.override",
                next_step=f"one of: {', '.join(OVERRIDES)}",
            )


def _check_count(book: Book, now_ms: int) -> None:
    if len(book.live(now_ms)) >= LIVE_MAX:
        raise Exceeded(
            f"{book.user_id} has {LIVE_MAX} consents that count",
            code="consent.too_many",
            next_step="revoke some: tarl consent ls, tarl consent revoke",
        )


def _check_expiry(until_ms: int, now_ms: int, longest_ms: int) -> None:
    if not now_ms < until_ms <= now_ms + longest_ms:
        raise Invalid(
            "the consent would end in the past, or after the"
            f" {longest_ms // 3_600_000} h that one about such data may last",
            code="consent.expiry",
            next_step="leave the end out, or choose an earlier one",
            expires_at_ms=until_ms,
            longest_ms=longest_ms,
        )


def _missing(token: str, user_id: str | None = None) -> Missing:
    who = "" if user_id is None else f" of {user_id}"
    return Missing(
        f"there is no consent {token[:80]}{who}",
        code="consent.missing",
        next_step="tarl consent ls",
        consent=token[:80],
    )
