"""The bounds of a run, each with its reason."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one run may use; all values are inclusive maxima.

    Attributes:
        value_bytes_max: One input, argument list or result. Larger data belongs outside, by
            reference.
        inline_bytes_max: Up to this size a value lies in its event; above it, in a blob.
        history_events_max: Events of one run, so that a runaway loop ends and replay stays
            affordable.
        stall_ms: How long a workflow may compute without yielding before it is named.
        pure_window: Results of pure steps that may be ahead of the disk.
        name_chars_max: A name of a random stream, a patch or an identifier.
    """

    value_bytes_max: int = 64 * 1024 * 1024
    inline_bytes_max: int = 32 * 1024
    history_events_max: int = 1_000_000
    stall_ms: int = 1_000
    pure_window: int = 256
    name_chars_max: int = 512


DEFAULT_LIMITS = Limits()
