"""Prices as CSV: times and decimals, in a unit and a currency that the settings name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tarl.planning.series import Point, Series, series_of
from tarl.planning.sources import tables
from tarl.planning.sources.tables import Columns
from tarl.planning.sources.tariffs.money import PriceUnit, currency_named, micro_per_kwh


def parse(
    data: bytes,
    *,
    columns: Columns,
    unit: PriceUnit,
    currency: str,
    zone: ZoneInfo,
    source: str,
    observed_ms: int,
    delimiter: str = ",",
    minutes: int | None = None,
    decimal: str = ".",
) -> Series:
    """The prices.

    Raises:
        Invalid: ``tariff.price``, ``tariff.currency``, and those of ``tables.parse`` and
            ``series_of``.
    """
    rows = tables.parse(
        data,
        columns=columns,
        zone=zone,
        source=source,
        delimiter=delimiter,
        minutes=minutes,
        decimal=decimal,
    )
    return series_of(
        [
            Point(row.start_ms, row.end_ms, micro_per_kwh(row.value, unit, source=source))
            for row in rows
        ],
        unit="micro/kWh",
        source=source,
        observed_ms=observed_ms,
        currency=currency_named(currency, source=source),
    )
