"""Durations and instants as people write them."""

from __future__ import annotations

import re
from datetime import datetime

import click

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class Duration(click.ParamType[int]):
    """``90s``, ``1h30m``, ``250ms``, ``1d``: milliseconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The milliseconds of a text."""
        text = str(value).strip().lower()
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            self.fail(f"{value!r} is no duration; write 90s, 1h30m, 250ms or 1d", param, ctx)
        return round(sum(float(number) * _UNITS_MS[unit] for number, unit in parts))


class Instant(click.ParamType[int]):
    """RFC 3339 with an offset from UTC: milliseconds since 1970."""

    name = "instant"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
        *,
        otherwise: str = "",
    ) -> int:
        """The instant of a text; ``otherwise`` says what else may be written."""
        from tarl.values.instants import from_datetime

        try:
            return max(0, from_datetime(datetime.fromisoformat(str(value))))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no instant; write 2026-03-29T01:30:00Z, with Z or an offset"
                + (f", {otherwise}" if otherwise else ""),
                param,
                ctx,
            )


def shown_ms(ms: int) -> str:
    """Milliseconds as a duration that ``Duration`` reads."""
    if ms == 0:
        return "0s"
    text = ""
    for unit in ("d", "h", "m", "s", "ms"):
        number, ms = divmod(ms, _UNITS_MS[unit])
        text += f"{number}{unit}" if number else ""
    return text


DURATION = Duration()
INSTANT = Instant()
