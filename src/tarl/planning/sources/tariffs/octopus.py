"""Unit rates as Octopus Energy's API gives them: half-hours in UTC, pence for a kilowatt-hour with
value added tax, the newest first, below zero now and then.

A rate without an end is in force until further notice: ``OPEN_MS``, longer than anybody plans.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from tarl.errors import Invalid
from tarl.planning.series import POINTS_MAX, Point, Series, series_of
from tarl.planning.slots import HOUR_MS
from tarl.planning.sources.tariffs.money import micro_per_kwh
from tarl.values.instants import from_datetime

OPEN_MS = 100 * 366 * 24 * HOUR_MS
PAYMENT = "DIRECT_DEBIT"
"""Of rates that depend on how a bill is paid, those of most homes."""

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Rate(msgspec.Struct):
    value_inc_vat: Decimal
    valid_from: _Instant
    valid_to: _Instant | None = None
    payment_method: str | None = None


class _Answer(msgspec.Struct):
    results: Annotated[tuple[_Rate, ...], msgspec.Meta(max_length=POINTS_MAX)]
    next: str | None = None


def parse(data: bytes, *, source: str, observed_ms: int) -> Series:
    """The rates of one page; ``observed_ms`` is when it was asked for.

    Raises:
        Invalid: ``tariff.malformed``, ``tariff.price``, and those of ``series_of``.
    """
    rates = _answer(data, source).results
    return series_of(
        [
            Point(
                start := from_datetime(rate.valid_from),
                start + OPEN_MS if rate.valid_to is None else from_datetime(rate.valid_to),
                micro_per_kwh(rate.value_inc_vat, "cents_per_kwh", source=source),
            )
            for rate in rates
            if rate.payment_method in (None, PAYMENT)
        ],
        unit="micro/kWh",
        source=source,
        observed_ms=observed_ms,
        currency="GBP",
    )


def next_page(data: bytes, *, source: str) -> str | None:
    """The address of the page after this one.

    Raises:
        Invalid: ``tariff.malformed``.
    """
    return _answer(data, source).next


def _answer(data: bytes, source: str) -> _Answer:
    try:
        return msgspec.json.decode(data, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{source} is not an answer of Octopus Energy: {error}",
            code="tariff.malformed",
            next_step="save the answer of standard-unit-rates as it comes",
            source=source,
        ) from error
