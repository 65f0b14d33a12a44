"""Chains: a record and the records above it, up to the authority that the operator vouches for.

A link is a record in its place of the log, verified against the link above; a chain is its last
link, which holds the others. ``digest`` of a chain is the SHA-256 over the digest of the chain
above (32 zero bytes at the top) and that of the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from tarl.journal.event import Event
from tarl.policy.grant import Grants
from tarl.trust.records import HumanOrigin
from tarl.trust.signed import Signed
from tarl.trust.terms import varies

NEVER_MS = 2**62
"""When that ends which does not expire."""

_TOP = bytes(32)


class Place(NamedTuple):
    """Where a record is journalled, and when; ``digest`` is the event's."""

    stream: str
    seq: int
    log_index: int
    recorded_at_ms: int
    digest: bytes = b""

    @classmethod
    def of(cls, event: Event) -> Place:
        """The place of an event."""
        return cls(event.stream, event.seq, event.log_index, event.recorded_at_ms, event.digest)


class Link:
    """One record of a chain with what follows from it and from all above it.

    Attributes:
        signed: The record with its signatures.
        place: Where it is journalled.
        parent: The link above, or None at the top.
        terms: What it permits; an agent's beginning permits what its authority's record does.
        expires_at_ms: The earliest end in the chain.
        not_before_ms: The latest beginning in the chain.
        varies: Whether what it permits depends on arguments, on the hour or on what is spent.
        agents: The agents in the chain.
        origin: The human behind the agent that the chain began with.
        clear_at: The book's version at which nothing was found to have taken it away.
        depth: How many records are above.
    """

    __slots__ = (
        "agents",
        "chain_digest",
        "clear_at",
        "depth",
        "expires_at_ms",
        "kind",
        "not_before_ms",
        "origin",
        "parent",
        "place",
        "record",
        "signed",
        "subject",
        "terms",
        "varies",
    )

    def __init__(self, signed: Signed, place: Place, parent: Link | None, terms: Grants) -> None:
        record = signed.record
        self.signed = signed
        self.record: Any = record
        self.kind: str = record.KIND
        self.clear_at = -1
        self.place = place
        self.parent = parent
        self.terms = terms
        self.varies = varies(terms, signed.digest)
        self.subject = subject_of(record)
        expires = NEVER_MS if record.expires_at_ms is None else record.expires_at_ms
        above = _TOP
        held_by: frozenset[str] = frozenset()
        origin: HumanOrigin | None = None
        self.depth = 0
        self.expires_at_ms, self.not_before_ms = expires, record.not_before_ms
        if parent is not None:
            above = bytes.fromhex(parent.chain_digest)
            self.depth = parent.depth + 1
            held_by, origin = parent.agents, parent.origin
            self.expires_at_ms = min(expires, parent.expires_at_ms)
            self.not_before_ms = max(record.not_before_ms, parent.not_before_ms)
        self.agents: frozenset[str] = (
            held_by if self.kind == "authority" else held_by | {self.subject}
        )
        self.origin: HumanOrigin | None = origin if self.kind != "genesis" else record.human_origin
        self.chain_digest: str = sha256(above + bytes.fromhex(signed.digest)).hexdigest()

    @property
    def digest(self) -> str:
        """The record's digest."""
        return self.signed.digest

    def up(self) -> Iterator[Link]:
        """This link and those above it, this one first."""
        link: Link | None = self
        while link is not None:
            yield link
            link = link.parent


class Chain(NamedTuple):
    """The line from an authority that the operator vouches for down to a record."""

    links: tuple[Link, ...]

    @classmethod
    def of(cls, leaf: Link) -> Chain:
        """The chain that ends in a link."""
        return cls(tuple(leaf.up())[::-1])

    @property
    def leaf(self) -> Link:
        """The last link."""
        return self.links[-1]

    @property
    def records(self) -> tuple[Any, ...]:
        """The records, the topmost authority's first."""
        return tuple(link.record for link in self.links)

    @property
    def digest(self) -> str:
        """The hash of the chain."""
        return self.leaf.chain_digest

    @property
    def human_origin(self) -> HumanOrigin | None:
        """The human behind the agent that the chain began with."""
        return self.leaf.origin

    @property
    def terms(self) -> Grants:
        """What the chain permits: the last record's terms, which lie within all above."""
        return self.leaf.terms

    @property
    def expires_at_ms(self) -> int:
        """The earliest end of all records."""
        return self.leaf.expires_at_ms

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents in it, the first that was attested first."""
        seen = [link.subject for link in self.links if link.kind != "authority"]
        return tuple(dict.fromkeys(seen))

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the attested agent; they are not handed on."""
        return self.leaf.record.roles if self.leaf.kind == "attestation" else ()


def subject_of(record: Any) -> str:
    """Whom a record of a chain is about."""
    if record.KIND == "authority":
        return str(record.authority)
    return str(record.delegatee if record.KIND == "delegation" else record.agent)


def origin_of(leaf: Link) -> HumanOrigin | None:
    """The human behind the agent that a chain began with."""
    return leaf.origin


def names_from_records(leaf: Link) -> Iterator[tuple[str, str]]:
    """What a revocation of anything in the chain would be of: kinds of target with names."""
    for link in leaf.up():
        yield "record", link.digest
        yield ("authority" if link.kind == "authority" else "agent"), link.subject
    if leaf.origin is not None:
        yield "human", leaf.origin.human
