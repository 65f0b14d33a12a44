"""What happens to a durable timer, in the stream ``timer/<tenant>/<id>``.

Kinds are wire names, frozen. (``timer.started/1`` and its like are a run's own waits.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

SET = "durable_timer.set/1"
FIRED = "durable_timer.fired/1"
CANCELLED = "durable_timer.cancelled/1"
ATTEMPT_FAILED = "durable_timer.attempt_failed/1"
UNANSWERED = "durable_timer.unanswered/1"
REARMED = "durable_timer.rearmed/1"

KINDS = frozenset({SET, FIRED, CANCELLED, ATTEMPT_FAILED, UNANSWERED, REARMED})


class TimerSet(msgspec.Struct, frozen=True, kw_only=True):
    """A timer was set; ``delay_ms`` is what the caller asked for, if not an instant."""

    handler: str
    due_at_ms: int
    payload: Any = None
    about: str | None = None
    delay_ms: int | None = None


class TimerFired(msgspec.Struct, frozen=True, kw_only=True):
    """Its handler has answered; nothing follows. ``late_ms`` from due until the handler began."""

    attempt: int
    late_ms: int


class TimerCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody no longer wants it; nothing follows."""

    reason: str = ""


class AttemptFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Its handler raised; ``due_at_ms`` is when it is tried again, None when it is not."""

    attempt: int
    error: str
    due_at_ms: int | None = None


class TimerUnanswered(msgspec.Struct, frozen=True, kw_only=True):
    """It was due, and the process that looked knows no handler of that name."""

    handler: str


class TimerRearmed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody put a timer that had failed back, due at another instant."""

    due_at_ms: int


decode_set = msgspec.json.Decoder(TimerSet).decode

DECODERS: dict[str, Callable[[bytes], Any]] = {
    SET: decode_set,
    FIRED: msgspec.json.Decoder(TimerFired).decode,
    CANCELLED: msgspec.json.Decoder(TimerCancelled).decode,
    ATTEMPT_FAILED: msgspec.json.Decoder(AttemptFailed).decode,
    UNANSWERED: msgspec.json.Decoder(TimerUnanswered).decode,
    REARMED: msgspec.json.Decoder(TimerRearmed).decode,
}
