"""Where the sun stands: sunrise and sunset, and its height.

The formulas are those of the solar calculator of NOAA's Global Monitoring Laboratory, after Jean
Meeus, "Astronomical Algorithms" (1991), chapters 25 and 28; between 72 degrees of latitude it is
right to about a minute. Sunrise is when the sun's upper edge shows: its middle stands 0.833 degrees
below the horizon, refraction and radius together. Where the sun does not rise or set on a day there
is no instant: none is made up.
"""

from __future__ import annotations

from math import acos, asin, cos, degrees, pi, radians, sin, tan
from typing import Annotated

import msgspec

from tarl.planning.slots import HOUR_MS

HORIZON = -0.833
_DAY_MS = 24 * HOUR_MS
_MINUTE_MS = 60_000
_J2000_DAYS = 10_957.5
"""From 1970 to noon of the first of January 2000, the epoch of the formulas."""
_PASSES = 4
"""The declination moves while the day goes; after so many passes instants stand still."""


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place on earth, in degrees; north and east are positive."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


def _of_the_sun(ms: float) -> tuple[float, float]:
    """Declination in radians, and by how many minutes a sundial is ahead of a clock."""
    century = (ms / _DAY_MS - _J2000_DAYS) / 36_525
    mean = radians((280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360)
    anomaly = radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1_934.136 * century)
    longitude = mean + radians(centre - 0.00569 - 0.00478 * sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    obliquity = radians(23 + (26 + seconds / 60) / 60 + 0.00256 * cos(node))
    declination = asin(sin(obliquity) * sin(longitude))
    y = tan(obliquity / 2) ** 2
    equation = (
        y * sin(2 * mean)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean)
        - y * y * sin(4 * mean) / 2
        - 1.25 * eccentricity**2 * sin(2 * anomaly)
    )
    return declination, 4 * degrees(equation)


def height(place: Place, ms: int) -> float:
    """Degrees of the sun's middle above the horizon, without refraction."""
    declination, minutes_ahead = _of_the_sun(ms)
    minutes = ms % _DAY_MS / _MINUTE_MS + minutes_ahead + 4 * place.longitude
    angle = radians(minutes / 4 - 180)
    latitude = radians(place.latitude)
    return degrees(
        asin(sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(angle))
    )


def _crossing(place: Place, noon_ms: float, *, rising: bool) -> int | None:
    """When the sun crosses the horizon before or after a mean noon, UTC milliseconds."""
    latitude, at = radians(place.latitude), noon_ms
    for _ in range(_PASSES):
        declination, minutes_ahead = _of_the_sun(at)
        ratio = sin(radians(HORIZON)) - sin(latitude) * sin(declination)
        scale = cos(latitude) * cos(declination)
        if abs(ratio) > abs(scale):
            return None
        minutes = acos(ratio / scale) * 720 / pi
        at = noon_ms + (-minutes_ahead + (-minutes if rising else minutes)) * _MINUTE_MS
    return round(at)


def crossings(
    place: Place, *, start_ms: int, end_ms: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sunrises and the sunsets of a span, in order."""
    rises: list[int] = []
    sets: list[int] = []
    # Days are counted by the sun: noon by its mean is when it crosses the meridian, on average.
    offset_ms = (12 - place.longitude / 15) * HOUR_MS
    for day in range((start_ms - _DAY_MS) // _DAY_MS - 1, end_ms // _DAY_MS + 2):
        for is_rise, instants in ((True, rises), (False, sets)):
            at = _crossing(place, day * _DAY_MS + offset_ms, rising=is_rise)
            if at is not None and start_ms <= at < end_ms:
                instants.append(at)
    return tuple(rises), tuple(sets)
