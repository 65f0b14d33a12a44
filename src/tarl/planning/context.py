"""What was known when a plan was made: one immutable value, with a digest, for the journal.

1. Each series has one value for each slot of the grid, or None: unknown is never made up.
2. Each datum names its source and when it was observed; ``doubts`` say what is stale, of the future
   or missing.
3. Equal knowledge has equal digests.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from tarl.planning.slots import MINUTE_MS, Grid
from tarl.values.canonical import encode
from tarl.values.plain import plain

AHEAD_MS_MAX = 5 * MINUTE_MS
"""So far clocks may differ, as Kerberos has it (RFC 4120, 5.5.1); what is of later has no age."""


def is_ahead(observed_ms: int, now_ms: int) -> bool:
    """Whether something is of an instant that has not come: one of two clocks is wrong, and how old
    it is cannot be told."""
    return observed_ms - now_ms > AHEAD_MS_MAX


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where data came from. It is stale when it is older than ``age_max_ms``."""

    name: str
    kind: str
    observed_ms: int
    age_max_ms: int

    def is_stale(self, now_ms: int) -> bool:
        """Whether it is too old to be relied on."""
        return now_ms - self.observed_ms > self.age_max_ms


class DeviceState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a device last said of itself. ``attributes`` are JSON values by name. ``is_kept``: what
    a broker kept of it, which was true at ``observed_ms`` or at any time before."""

    state: str
    observed_ms: int
    is_online: bool = True
    attributes: dict[str, Any] = {}
    is_kept: bool = False


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is stale, missing or contradicts itself; ``blocks`` what needs it."""

    code: str
    text: str
    source: str
    blocks: tuple[str, ...] = ()


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What plans that ran taught of a program, in the place of what the household says: how long it
    takes, in milliseconds, its mean watts, and from how many runs that was learned.
    """

    duration_ms: int | None = None
    power_w: int | None = None
    count: int = 0


class ContextSnapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was known at ``timestamp`` (UTC milliseconds), slot by slot.

    Attributes:
        timestamp: When it was put together.
        grid: The slots that the series are over.
        time_zone: Of the household.
        currency: Of the prices.
        import_price: What a kilowatt-hour costs, micro-units; may be negative.
        export_price: What one brings; None where nothing is known means nothing is paid.
        solar_w: Expected power of the sun.
        base_load_w: Expected power of what is not planned.
        co2_g_per_kwh: Of the grid's power.
        home: Permille that somebody is at home.
        asleep: Permille that somebody sleeps.
        quiet: Whether the slot lies in quiet hours.
        temperature: Outside, tenths of a degree.
        devices: States by device id.
        events: UTC milliseconds of ``sunset``, ``wake_up`` and the like, in order.
        household_digest: Of the household that it is about.
        sources: Where all this is from.
        doubts: What is wrong with it.
        learned: By device and program, what takes the place of the household's own figures.
    """

    timestamp: int
    grid: Grid
    time_zone: str
    currency: str
    import_price: tuple[int | None, ...] = ()
    export_price: tuple[int | None, ...] = ()
    solar_w: tuple[int | None, ...] = ()
    base_load_w: tuple[int | None, ...] = ()
    co2_g_per_kwh: tuple[int | None, ...] = ()
    home: tuple[int | None, ...] = ()
    asleep: tuple[int | None, ...] = ()
    quiet: tuple[bool, ...] = ()
    temperature: tuple[int | None, ...] = ()
    devices: dict[str, DeviceState] = {}
    events: dict[str, tuple[int, ...]] = {}
    household_digest: str = ""
    sources: tuple[Source, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    learned: dict[str, dict[str, Figures]] = {}

    @property
    def snapshot_id(self) -> str:
        """SHA-256 over the canonical JSON of all of it, hexadecimal."""
        return digest_of(self)


def digest_of(value: msgspec.Struct) -> str:
    """SHA-256 over a value's canonical JSON (RFC 8785), hexadecimal."""
    return sha256(encode(plain(value))).hexdigest()
