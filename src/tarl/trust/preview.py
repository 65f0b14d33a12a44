"""What a revocation would stop: every record below its target, as the tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tarl.errors import TarlError
from tarl.journal.projection import Record
from tarl.journal.store import Store
from tarl.trust.book import HOLDINGS, Book
from tarl.trust.records import Target

STOPPED_MAX = 100_000
"""Records that are looked at; where there are more, the preview says so."""


class Preview(NamedTuple):
    """What would stop.

    Attributes:
        records: Digests of what is in force now and would not be, the target's own first.
        agents: Who would lose authority by it.
        authorities: Authorities that would be none.
        complete: Whether there are no more.
    """

    target: Target
    records: tuple[str, ...]
    agents: tuple[str, ...]
    authorities: tuple[str, ...]
    complete: bool


def preview(store: Store, book: Book, target: Target, *, at_ms: int) -> Preview:
    """What a revocation would stop, of what has not expired and is not revoked itself.

    Raises:
        Missing: there is no such thing (``trust.missing``).
    """
    book.targets(target)
    seen: set[str] = set()
    live: list[Record] = []
    waiting = [(row, _stands(book, row, at_ms)) for row in _roots(store, book.tenant, target)]
    while waiting and len(seen) < STOPPED_MAX:
        row, above = waiting.pop()
        if row["digest"] in seen:
            continue
        seen.add(row["digest"])
        stands = above and _in_force(book, row, at_ms)
        if stands:
            live.append(row)
        below = store.scan("trust_record", {"tenant": book.tenant, "parent": row["digest"]})
        waiting += ((child, stands) for child in below)
    return Preview(
        target,
        tuple(row["digest"] for row in live if row["kind"] in HOLDINGS),
        tuple(sorted({row["agent"] for row in live if row["kind"] in HOLDINGS})),
        tuple(sorted({row["agent"] for row in live if row["kind"] == "authority"})),
        not waiting,
    )


def _roots(store: Store, tenant: str, target: Target) -> Iterator[Record]:
    if target.record is not None:
        row = store.get("trust_record", tenant, target.record)
        if row is not None:
            yield row
        return
    column = "human" if target.human is not None else "agent"
    kinds: Iterable[str] = (
        ("authority",)
        if target.authority is not None
        else (
            "genesis",
            *HOLDINGS,
        )
    )
    for row in store.scan("trust_record", {"tenant": tenant, column: target.name}):
        if row["kind"] in kinds:
            yield row


def _stands(book: Book, row: Record, at_ms: int) -> bool:
    """Whether the chain above a root of the preview holds and is in force."""
    try:
        link = book.find(row["digest"])
    except TarlError:
        return False
    return (
        link is not None and at_ms < link.expires_at_ms and book.standing.why_revoked(link) is None
    )


def _in_force(book: Book, row: Record, at_ms: int) -> bool:
    expires = row["expires_at_ms"]
    if expires is not None and expires <= at_ms:
        return False
    revoked = book.standing.revoked
    noun = "authority" if row["kind"] == "authority" else "agent"
    return ("record", row["digest"]) not in revoked and (noun, row["agent"]) not in revoked
