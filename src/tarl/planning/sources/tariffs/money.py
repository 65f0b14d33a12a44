"""Money for a kilowatt-hour: from the decimals of a source to whole micro-units.

1. Nothing passes through floating point: a decimal stays one until it is rounded, once, half up.
2. A price that is absurd is refused: most often its unit is wrong.
"""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from tarl.errors import Invalid
from tarl.planning.series import Point, Series

PriceUnit = Literal["per_kwh", "per_mwh", "cents_per_kwh"]

MICRO_OF: dict[str, Decimal] = {
    "per_kwh": Decimal(1_000_000),
    "per_mwh": Decimal(1_000),
    "cents_per_kwh": Decimal(10_000),
}
"""Micro-units a kilowatt-hour in one unit of a source."""

PRICE_MICRO_MAX = 1_000_000_000
"""A thousand units of money for a kilowatt-hour. The European day-ahead market stops at 5 euro;
this leaves room for currencies whose units are small."""

PPM = 1_000_000
_HALF = Decimal("0.5")
_CURRENCY = re.compile(r"[A-Z]{3}")


def half_up(value: Decimal) -> int:
    """The nearest whole number, the upper one of two."""
    return int((value + _HALF).to_integral_value(ROUND_FLOOR))


def micro_per_kwh(value: Decimal, unit: PriceUnit, *, source: str) -> int:
    """A price in micro-units a kilowatt-hour.

    Raises:
        Invalid: ``tariff.price``: no finite number, or beyond ``PRICE_MICRO_MAX``.
    """
    # Compared, not computed with: an absurd exponent overflows in arithmetic.
    if value.is_finite() and -PRICE_MICRO_MAX <= value <= PRICE_MICRO_MAX:
        micro = half_up(value * MICRO_OF[unit])
        if abs(micro) <= PRICE_MICRO_MAX:
            return micro
    raise Invalid(
        f"{source} has {value} as a price",
        code="tariff.price",
        next_step="check the unit of the prices in the source's settings",
        source=source,
        price=str(value),
        unit=unit,
    )


def currency_named(name: str, *, source: str) -> str:
    """An ISO 4217 code.

    Raises:
        Invalid: ``tariff.currency``.
    """
    if _CURRENCY.fullmatch(name):
        return name
    raise Invalid(
        f"{source} has prices in {name!r}, which is no code of a currency",
        code="tariff.currency",
        next_step="use three capital letters, like EUR",
        source=source,
        currency=name,
    )


def paid(series: Series, *, times_ppm: int = PPM, plus_micro: int = 0) -> Series:
    """What a household pays at these market prices: each times a factor (value added tax), plus
    an amount a kilowatt-hour (energy tax, grid)."""
    if times_ppm == PPM and not plus_micro:
        return series
    points = tuple(
        Point(
            point.start_ms,
            point.end_ms,
            (2 * point.value * times_ppm + PPM) // (2 * PPM) + plus_micro,
        )
        for point in series.points
    )
    return Series(
        unit=series.unit,
        points=points,
        source=series.source,
        observed_ms=series.observed_ms,
        currency=series.currency,
    )
