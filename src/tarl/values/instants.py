"""UTC instants as integer milliseconds since 1970-01-01T00:00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Says what time it is; whoever stamps events or counts time takes one."""

    def now_ms(self) -> int: ...


def to_datetime(ms: int) -> datetime:
    """The instant as an aware UTC datetime."""
    return _EPOCH + ms * _MILLISECOND


def from_datetime(instant: datetime) -> int:
    """Milliseconds of an aware datetime, rounded down.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (instant - _EPOCH) // _MILLISECOND


def isoformat_ms(ms: int) -> str:
    """The instant as RFC 3339 text with milliseconds: ``2026-11-21T07:00:00.000Z``."""
    return to_datetime(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
