"""Expected power of the sun, temperature, and what else a CSV says slot by slot; and what the sun
gives under a clear sky, computed.

Formula: irradiance on flat ground under a clear sky, ``1098 cos z exp(-0.057 / cos z)`` watts a
square metre with ``z`` the sun's distance from the zenith (B. Haurwitz, Journal of Meteorology 2,
1945). Panels give their peak power at 1000 watts a square metre, times what is lost.
"""

from __future__ import annotations

from decimal import Decimal
from math import exp, floor, radians, sin
from typing import Literal
from zoneinfo import ZoneInfo

from tarl.errors import Invalid
from tarl.planning.series import Point, Series, Unit, series_of
from tarl.planning.sources import tables
from tarl.planning.sources.sun import Place, height
from tarl.planning.sources.tables import Columns
from tarl.planning.sources.tariffs.money import half_up

TableUnit = Literal["W", "kW", "celsius", "fahrenheit", "g/kWh", "kg/kWh"]

UNITS: dict[str, tuple[Unit, Decimal, Decimal]] = {
    "W": ("W", Decimal(1), Decimal(0)),
    "kW": ("W", Decimal(1_000), Decimal(0)),
    "celsius": ("deci_celsius", Decimal(10), Decimal(0)),
    "fahrenheit": ("deci_celsius", Decimal(50) / 9, Decimal(32)),
    "g/kWh": ("g/kWh", Decimal(1), Decimal(0)),
    "kg/kWh": ("g/kWh", Decimal(1_000), Decimal(0)),
}
"""The unit inside, what a unit of the table is in it, and where the table's zero is."""

BOUNDS: dict[Unit, tuple[int, int]] = {
    "W": (0, 10_000_000),
    "deci_celsius": (-1_000, 1_000),
    "g/kWh": (0, 5_000),
}
"""What can be true of a home: less is a wrong unit, or a wrong column."""

SYSTEM_SHARE = 0.75
"""What is left of the panels' power behind heat, wires and inverter."""


def parse(
    data: bytes,
    *,
    unit: TableUnit,
    columns: Columns,
    zone: ZoneInfo,
    source: str,
    observed_ms: int,
    delimiter: str = ",",
    minutes: int | None = None,
    decimal: str = ".",
) -> Series:
    """A forecast.

    Raises:
        Invalid: ``table.value``: beyond ``BOUNDS``; and those of ``tables.parse`` and
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
    inside, scale, zero = UNITS[unit]
    low, high = BOUNDS[inside]
    points = []
    for row in rows:
        # Compared first: an absurd exponent overflows in arithmetic.
        value = half_up((row.value - zero) * scale) if -high <= row.value <= high else None
        if value is None or not low <= value <= high:
            raise Invalid(
                f"{source} has {row.value} {unit}, which is not of this world",
                code="table.value",
                next_step="check the unit and the column in the source's settings",
                source=source,
                value=str(row.value),
            )
        points.append(Point(row.start_ms, row.end_ms, value))
    return series_of(points, unit=inside, source=source, observed_ms=observed_ms)


def clear_sky_w(place: Place, ms: int, *, peak_w: int, sky_permille: int = 1_000) -> int:
    """Watts of panels on flat ground at an instant; ``sky_permille`` is what clouds leave."""
    upwards = sin(radians(height(place, ms)))
    if upwards <= 0:
        return 0
    irradiance = 1_098 * upwards * exp(-0.057 / upwards)
    return floor(peak_w * irradiance / 1_000 * SYSTEM_SHARE * sky_permille / 1_000 + 0.5)
