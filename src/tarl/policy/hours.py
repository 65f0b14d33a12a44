"""Hours of the week, and the zones in whose clocks they are read.

A set of hours is an integer of 10,080 bits, one for each minute from Monday 00:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from functools import lru_cache

from tarl.errors import Invalid

DAY_MINUTES = 1_440
WEEK_MINUTES = 7 * DAY_MINUTES
WHOLE_WEEK = (1 << WEEK_MINUTES) - 1


@lru_cache(maxsize=1_024)
def mask_of(days: tuple[int, ...], from_minute: int, to_minute: int) -> int:
    """The minutes from one to another on some days; over midnight when they run backwards."""
    length = (to_minute - from_minute) % DAY_MINUTES or DAY_MINUTES
    return _union(((day - 1) * DAY_MINUTES + from_minute, length) for day in days)


def _union(spans: Iterable[tuple[int, int]]) -> int:
    mask = 0
    for start, length in spans:
        span = ((1 << length) - 1) << start
        mask |= span & WHOLE_WEEK | span >> WEEK_MINUTES
    return mask


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> tzinfo:
    """A time zone by its IANA name.

    Raises:
        Invalid: nobody knows it (``constraint.zone``).
    """
    from zoneinfo import ZoneInfo

    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            f"no time zone is named {str(name)[:80]!r}",
            code="constraint.zone",
            next_step="write an IANA name, such as Europe/Berlin; pip install tzdata if the system"
            " has no time zones",
        ) from error
