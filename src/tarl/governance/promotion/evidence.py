"""What gates look at: signed statements about an artifact, who signed them, who made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tarl.values.instants import from_datetime


class Evidence(NamedTuple):
    """A statement about an artifact; its signatures were checked when it was recorded.

    Attributes:
        id: SHA-256 of its payload, in hex.
        predicate_type: What kind of statement it is.
        predicate: What it says.
        signers: Names of the principals who signed it.
        recorded_at_ms: When the journal took it.
        number: Its place in the order of the journal.
        expires_at_ms: From when on it says itself that it counts no more.
    """

    id: str
    predicate_type: str
    predicate: Mapping[str, Any]
    signers: tuple[str, ...]
    recorded_at_ms: int
    number: int
    expires_at_ms: int | None = None


class Standing(NamedTuple):
    """A principal as it stands now: a human, an agent or a service; revoked or not."""

    kind: str
    is_live: bool


class Case(NamedTuple):
    """Everything that the gates before one step are asked about.

    Attributes:
        subject: The artifact's SHA-256 in hex.
        source: Where it is.
        target: Where it is to go.
        at_ms: Now.
        evidence: What was said about it.
        authors: Who made it; None where nobody has said so.
        principals: Those who may sign, as they stand; whoever is not in it is not known.
        name: What people call it; nothing is decided by it.
    """

    subject: str
    source: str
    target: str
    at_ms: int
    evidence: tuple[Evidence, ...] = ()
    authors: frozenset[str] | None = None
    principals: Mapping[str, Standing] = {}
    name: str = ""


def instant_ms(text: str | None) -> int | None:
    """The instant of RFC 3339 text; None where it is none."""
    if text is None:
        return None
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
