"""A user's consents as the events leave them, and the table that says when each ends.

What was consented to lies in the events alone, which may be sealed.

1. A consent counts from when it was granted until it expires or is revoked, whichever is first;
   what is revoked never counts again.
2. Time does not go back behind the last event: a clock that was set back revives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.planning.consent import events
from tarl.planning.consent.events import Granted, Revoked
from tarl.planning.consent.lifetimes import is_at_least, is_at_most
from tarl.planning.consent.scopes import Scope, Want, exact, parse
from tarl.planning.plan import ConsentReference
from tarl.work.streams import key_of

Status = Literal["live", "expired", "revoked"]


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as it stands; ``said`` is how it was granted."""

    tenant: str
    user_id: str
    said: Granted
    granted_at_ms: int
    revoked_at_ms: int | None = None
    revoked_by: str = ""
    revoked_why: str = ""

    @property
    def token(self) -> str:
        """Names it."""
        return self.said.token

    @property
    def ends_at_ms(self) -> int:
        """From when on it counts no more."""
        expires, revoked = self.said.expires_at_ms, self.revoked_at_ms
        return expires if revoked is None else min(expires, revoked)

    def status(self, now_ms: int) -> Status:
        """How it stands."""
        if self.revoked_at_ms is not None:
            return "revoked"
        return "live" if now_ms < self.said.expires_at_ms else "expired"

    def is_live(self, now_ms: int) -> bool:
        """Whether it counts now."""
        return self.status(now_ms) == "live"

    def is_about(self, want: Want, plan_id: str = "") -> bool:
        """Whether it is what is wanted, live or not."""
        said = self.said
        wanted = exact(want.scope)
        return (
            said.plan_id in ("", plan_id)
            and is_at_most(want.privacy_class, said.privacy_class)
            and is_at_least(want.trust_tier, said.trust_tier)
            and any(parse(scope).covers(wanted) for scope in said.scopes)
        )

    def overlaps(self, scope: Scope) -> bool:
        """Whether it permits anything that is within a scope."""
        return any(parse(own).overlaps(scope) for own in self.said.scopes)

    def reference(self) -> ConsentReference:
        """How plans refer to it."""
        said = self.said
        return ConsentReference(
            consent_token=said.token,
            scopes=said.scopes,
            trust_tier=said.trust_tier,
            expires_at=said.expires_at_ms,
            dynamic_consent=said.dynamic,
        )


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """All consents of a user, by token in the order of granting, up to the event ``seq``."""

    tenant: str
    user_id: str
    seq: int = 0
    last_ms: int = 0
    consents: dict[str, Consent] = {}

    def now_ms(self, clock_ms: int) -> int:
        """The instant that counts when a clock says ``clock_ms``."""
        return max(clock_ms, self.last_ms)

    def live(self, clock_ms: int) -> list[Consent]:
        """Those that count now."""
        now_ms = self.now_ms(clock_ms)
        return [consent for consent in self.consents.values() if consent.is_live(now_ms)]

    def live_about(self, want: Want, clock_ms: int, plan_id: str = "") -> list[Consent]:
        """Those that are what is wanted, and count now.

        Raises:
            Invalid: what is wanted is no exact scope (``consent.scope``).
        """
        exact(want.scope)
        return [each for each in self.live(clock_ms) if each.is_about(want, plan_id)]

    def about(self, want: Want, plan_id: str = "") -> list[Consent]:
        """Those that are what is wanted, live or not.

        Raises:
            Invalid: what is wanted is no exact scope (``consent.scope``).
        """
        exact(want.scope)
        return [each for each in self.consents.values() if each.is_about(want, plan_id)]


class Said(NamedTuple):
    """An event of a user's consents: its place, when it was recorded, and its body."""

    seq: int
    at_ms: int
    body: Granted | Revoked


def evolve(book: Book, said: Iterable[Said]) -> Book:
    """The book after more events; never fails on what was accepted."""
    consents, seq, last_ms = dict(book.consents), book.seq, book.last_ms
    for each in said:
        seq, last_ms, body = each
        match body:
            case Granted():
                consents[body.token] = Consent(
                    tenant=book.tenant, user_id=book.user_id, said=body, granted_at_ms=last_ms
                )
            case Revoked():
                for token in body.tokens:
                    consents[token] = msgspec.structs.replace(
                        consents[token],
                        revoked_at_ms=last_ms,
                        revoked_by=body.by,
                        revoked_why=body.reason,
                    )
    return msgspec.structs.replace(book, seq=seq, last_ms=last_ms, consents=consents)


CONSENT = Table(
    name="consent",
    columns={
        "tenant": "TEXT",
        "user_id": "TEXT",
        "token": "TEXT",
        "granted_at_ms": "INTEGER",
        "expires_at_ms": "INTEGER",
        "revoked_at_ms": "INTEGER",
    },
    key=("tenant", "user_id", "token"),
    indexes=(("tenant", "token"), ("tenant", "expires_at_ms")),
)


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, user_id = key_of(fact.stream)
    if fact.body is None:
        return  # nobody knows what was said: what is not in the table permits nothing
    body = events.DECODERS[fact.kind](fact.body)
    match body:
        case Granted():
            row = {"expires_at_ms": body.expires_at_ms, "revoked_at_ms": None}
            key = {"tenant": tenant, "user_id": user_id, "token": body.token}
            tables.put(CONSENT.name, {**key, **row, "granted_at_ms": fact.recorded_at_ms})
        case Revoked():
            for token in body.tokens:
                changes = {"revoked_at_ms": fact.recorded_at_ms}
                tables.update(CONSENT.name, (tenant, user_id, token), changes)


CONSENTS_PROJECTION = Projection(
    name="consents", tables=(CONSENT,), kinds=events.KINDS, apply=_apply
)
