"""Day-ahead prices as Nord Pool's data portal gives them (``DayAheadPrices`` and
``DayAheadPriceIndices``): money for a megawatt-hour, in spans of 15, 30 or 60 minutes with their
ends, in UTC, so that days of 23 and 25 hours need no care.

An area without a price in a span is a gap.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from tarl.errors import Invalid
from tarl.planning.series import POINTS_MAX, Point, Series, series_of
from tarl.planning.sources.tariffs.money import currency_named, micro_per_kwh
from tarl.values.instants import from_datetime

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Entry(msgspec.Struct, rename="camel"):
    delivery_start: _Instant
    delivery_end: _Instant
    entry_per_area: dict[str, Decimal | None]


_Entries = Annotated[tuple[_Entry, ...], msgspec.Meta(max_length=POINTS_MAX)]


class _State(msgspec.Struct):
    state: str
    areas: tuple[str, ...]


class _Answer(msgspec.Struct, rename="camel"):
    updated_at: _Instant
    currency: str
    area_states: tuple[_State, ...] = ()
    multi_index_entries: _Entries = ()
    multi_area_entries: _Entries = ()


def parse(data: bytes, *, area: str, source: str) -> Series:
    """The prices of one bidding area.

    Raises:
        Invalid: ``tariff.malformed``, ``tariff.no_area``, ``tariff.price``, ``tariff.currency``,
            and those of ``series_of``.
    """
    answer = _answer(data, source)
    entries = answer.multi_index_entries + answer.multi_area_entries
    known = sorted({name for entry in entries for name in entry.entry_per_area})
    if area not in known:
        raise Invalid(
            f"{source} has no prices of the area {area}",
            code="tariff.no_area",
            next_step=f"it has {', '.join(known)}" if known else "that day is not published yet",
            source=source,
            area=area,
        )
    return series_of(
        [
            Point(
                from_datetime(entry.delivery_start),
                from_datetime(entry.delivery_end),
                micro_per_kwh(price, "per_mwh", source=source),
            )
            for entry in entries
            if (price := entry.entry_per_area.get(area)) is not None
        ],
        unit="micro/kWh",
        source=source,
        observed_ms=from_datetime(answer.updated_at),
        currency=currency_named(answer.currency, source=source),
    )


def is_final(data: bytes, *, area: str, source: str) -> bool:
    """Whether the prices of an area are those that will stay: preliminary ones may yet change.

    Raises:
        Invalid: ``tariff.malformed``.
    """
    states = _answer(data, source).area_states
    return all(one.state == "Final" for one in states if area in one.areas)


def _answer(data: bytes, source: str) -> _Answer:
    try:
        return msgspec.json.decode(data, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{source} is not an answer of Nord Pool's data portal: {error}",
            code="tariff.malformed",
            next_step="save the answer of DayAheadPrices or DayAheadPriceIndices as it comes",
            source=source,
        ) from error
