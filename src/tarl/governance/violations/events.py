"""What happens to a violation, in the stream ``violation/<tenant>/<id>``, and to the ladder of a
policy, in ``ladder/<tenant>/<policy>``. Kinds are frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.work.streams import stream_of

RECORDED = "violation.recorded/1"
ESCALATED = "violation.escalated/1"
TOLD = "violation.told/1"
EXHAUSTED = "violation.exhausted/1"
ACKNOWLEDGED = "violation.acknowledged/1"
RESOLVED = "violation.resolved/1"
LADDER_SET = "ladder.set/1"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Something broke a policy.

    Attributes:
        policy: Which one.
        severity: How bad it is.
        description: What happened.
        by: Who says so.
        facts: The values behind it.
        run: The run in which it happened, if one.
    """

    policy: str
    severity: str
    description: str
    by: str
    facts: dict[str, Any] = {}
    run: str | None = None


class Escalated(msgspec.Struct, frozen=True, kw_only=True):
    """It is up to this level, from 1, to answer it.

    ``handler`` tells whoever that is, ``within_ms`` is how long they have; without a handler the
    policy has no ladder, and nobody is told.
    """

    level: int
    why: str
    by: str
    handler: str | None = None
    within_ms: int | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The handler of a level has told whom it tells."""

    level: int
    handler: str


class Exhausted(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody answered at this level, and there is none above it."""

    level: int
    why: str


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has taken it on."""

    by: str
    note: str = ""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """It is dealt with; nothing follows."""

    by: str
    resolution: str


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A level of a ladder: the handler that tells somebody, and how long they have to acknowledge.

    Attributes:
        handler: The name under which a process that stays has it.
        within_ms: After so long without an acknowledgement it is the next level's.
    """

    handler: str
    within_ms: int


class LadderSet(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told about violations of a policy, level by level; nobody where there is none."""

    levels: tuple[Level, ...]
    by: str


Body = Recorded | Escalated | Told | Exhausted | Acknowledged | Resolved

BODIES: dict[str, type[Any]] = {
    RECORDED: Recorded,
    ESCALATED: Escalated,
    TOLD: Told,
    EXHAUSTED: Exhausted,
    ACKNOWLEDGED: Acknowledged,
    RESOLVED: Resolved,
}
KINDS: dict[type[Any], str] = {body: kind for kind, body in BODIES.items()}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode
    for kind, body in {**BODIES, LADDER_SET: LadderSet}.items()
}


def violation_stream(tenant: str, violation: str) -> str:
    """The stream of a violation."""
    return stream_of("violation", tenant, violation)


def ladder_stream(tenant: str, policy: str) -> str:
    """The stream of a policy's ladder."""
    return stream_of("ladder", tenant, policy)
