"""What happens to a schedule, in the stream ``schedule/<tenant>/<id>``. Kinds are frozen.

``next_ms`` and ``next_at_ms`` in a body are the following nominal time and when it is to be met;
they are left out where nothing follows. ``cause`` is ``due`` (the schedule's own time), ``trigger``
or ``backfill``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from tarl.work.schedules.spec import Overlap, Spec

CREATED = "schedule.created/1"
CHANGED = "schedule.changed/1"
PAUSED = "schedule.paused/1"
RESUMED = "schedule.resumed/1"
ASKED = "schedule.asked/1"
BUFFERED = "schedule.buffered/1"
FIRED = "schedule.fired/1"
SKIPPED = "schedule.skipped/1"
REFUSED = "schedule.refused/1"
DELETED = "schedule.deleted/1"

Cause = Literal["due", "trigger", "backfill"]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule was created, or has another specification from now on."""

    spec: Spec
    next_ms: int | None = None
    next_at_ms: int | None = None


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """Its own times pass by from now on."""

    note: str = ""


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """Its own times count again."""

    note: str = ""
    next_ms: int | None = None
    next_at_ms: int | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A person asked for runs beside the schedule's own times."""

    cause: Cause
    times_ms: list[int]
    overlap: Overlap | None = None


class Buffered(msgspec.Struct, frozen=True, kw_only=True):
    """A time waits for an earlier run to end; it takes the place of ``replaces_ms``."""

    nominal_ms: int
    replaces_ms: int | None = None
    next_ms: int | None = None
    next_at_ms: int | None = None


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """A run was started; ``open`` are the runs of the schedule that may still run, with it."""

    nominal_ms: int
    cause: Cause
    run: str
    late_ms: int
    open: list[str]
    next_ms: int | None = None
    next_at_ms: int | None = None


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A time was not met, for a reason: ``missed`` (nobody was there in time; so were all its times
    before ``before_ms``), ``overlap``, ``buffer_full``, or ``refused`` (the run could not begin).
    """

    nominal_ms: int
    cause: Cause
    why: Literal["missed", "overlap", "buffer_full", "refused"]
    before_ms: int | None = None
    error: str = ""
    next_ms: int | None = None
    next_at_ms: int | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A run could not be started, which is tried again."""

    nominal_ms: int
    code: str
    error: str


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing fires any more; the same id may be created anew."""


Body = Planned | Paused | Resumed | Asked | Buffered | Fired | Skipped | Refused | Deleted

_TYPES: dict[str, Any] = {
    CREATED: Planned,
    CHANGED: Planned,
    PAUSED: Paused,
    RESUMED: Resumed,
    ASKED: Asked,
    BUFFERED: Buffered,
    FIRED: Fired,
    SKIPPED: Skipped,
    REFUSED: Refused,
    DELETED: Deleted,
}
KINDS = frozenset(_TYPES)

DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in _TYPES.items()
}
