"""Where what is known comes from: the list ``sources:`` of a household file, checked.

Each source has a kind and what that kind needs; docs/reference/planning-sources.md shows one of
each. Files lie in the household file's folder or below it, and nowhere else: a household file that
came from somebody else reads nothing but what came with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from tarl.errors import Invalid
from tarl.planning.slots import HOUR_MS
from tarl.planning.sources.occupancy import (
    ASLEEP_STATES,
    AWAY_STATES,
    HALF_LIFE_MINUTES,
    HOME_STATES,
)
from tarl.planning.sources.tables import Columns
from tarl.planning.sources.tariffs.money import PPM, PriceUnit
from tarl.planning.sources.weather import TableUnit

SOURCES_MAX = 200
Side = Literal["import", "export"]
Gives = Literal["quiet", "asleep", "away", "events"]
_Ppm = Annotated[int, msgspec.Meta(ge=0, le=10 * PPM)]
_Micro = Annotated[int, msgspec.Meta(ge=-(10**8), le=10**8)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=1_440)]
_Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 4_000)]
_Character = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Source(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What all sources have.

    Attributes:
        name: What messages call it; the path when left out.
        age_max_hours: After which it is stale; the kind's usual when left out.
    """

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    age_max_hours: _Hours | None = None


class _File(_Source, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all files have.

    Attributes:
        path: Relative to the household file.
        observed: When its data were made, with an offset; where neither this nor the data say,
            when the file was written.
        replay: The date of the data that stands for today, wherever the data are of other days:
            for trying things out. The snapshot says so.
    """

    path: _Text
    observed: _Instant | None = None
    replay: date | None = None


class _Paid(_Source, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all prices have.

    Attributes:
        side: Of power drawn, or of power fed in.
        times_ppm: Each price is multiplied by it, in millionths (1_255_000 adds 25.5 % of tax).
        plus_micro: Then so many micro-units a kilowatt-hour are added (energy tax, grid).
    """

    side: Side = "import"
    times_ppm: _Ppm = PPM
    plus_micro: _Micro = 0


class _Prices(_Paid, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices in a file; see ``_File``."""

    path: _Text
    observed: _Instant | None = None
    replay: date | None = None


class NordPool(_Prices, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="nordpool"):
    """An answer of Nord Pool's data portal; ``area`` is a bidding area."""

    area: _Text


class Octopus(_Prices, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="octopus"):
    """Unit rates of Octopus Energy."""


class Entsoe(_Prices, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="entsoe"):
    """A publication of the ENTSO-E transparency platform; ``sequence`` picks an auction where it
    has several."""

    sequence: int | None = None


class Urdb(_Prices, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="urdb"):
    """A rate of OpenEI's utility rate database; ``tier`` picks one, from 0, where it has several;
    ``currency`` is that of the rate, which does not say."""

    currency: str = "USD"
    tier: Annotated[int, msgspec.Meta(ge=0, le=50)] | None = None


class PriceCsv(_Prices, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="csv"):
    """Prices as CSV."""

    currency: str
    unit: PriceUnit = "per_kwh"
    columns: Columns = Columns()
    delimiter: _Character = ","
    decimal: Literal[".", ","] = "."
    minutes: _Minutes | None = None


class NordPoolHttp(
    _Paid, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="nordpool_http"
):
    """Prices of a bidding area, asked of Nord Pool's data portal, whose terms of use are yours to
    keep."""

    area: _Text
    currency: str = "EUR"
    minutes: Literal[15, 30, 60] = 15


class OctopusHttp(_Paid, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="octopus_http"):
    """Unit rates of a tariff, asked of Octopus Energy."""

    product: _Text
    tariff: _Text


class _Table(_File, frozen=True, kw_only=True, forbid_unknown_fields=True):
    columns: Columns = Columns()
    delimiter: _Character = ","
    decimal: Literal[".", ","] = "."
    minutes: _Minutes | None = None


class SolarCsv(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="solar_csv"):
    """Expected power of the sun."""

    unit: TableUnit = "W"


class LoadCsv(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="load_csv"):
    """Expected power of what is not planned."""

    unit: TableUnit = "W"


class WeatherCsv(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="weather_csv"):
    """Expected temperature outside."""

    unit: TableUnit = "celsius"


class Co2Csv(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="co2_csv"):
    """Carbon of the grid's power."""

    unit: TableUnit = "g/kWh"


class Ical(_File, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ical"):
    """A calendar: of quiet hours, of when ``who`` (everybody when left out) sleeps or is away, or
    of ``events``, each named by its summary (``wake up``) and meaning its beginning."""

    gives: Gives = "quiet"
    who: str | None = None


class Schedule(_File, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="schedule"):
    """Habits of people, as a YAML list."""


class Presence(_Source, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="presence"):
    """A device whose state says whether ``who`` (somebody, when left out) is at home."""

    device: _Text
    who: str | None = None
    home: tuple[str, ...] = HOME_STATES
    away: tuple[str, ...] = AWAY_STATES
    asleep: tuple[str, ...] = ASLEEP_STATES
    half_life_minutes: _Minutes = HALF_LIFE_MINUTES
    age_max_minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 720


class Where(_Source, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="place"):
    """Where the home is: for sunrise and sunset."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


PriceSource = NordPool | Octopus | Entsoe | Urdb | PriceCsv
TableSource = SolarCsv | LoadCsv | WeatherCsv | Co2Csv
FileSource = PriceSource | TableSource | Ical | Schedule
ServiceSource = NordPoolHttp | OctopusHttp
Source = FileSource | ServiceSource | Presence | Where

_AGE_MAX_HOURS = {
    "SolarCsv": 24,
    "LoadCsv": 24 * 7,
    "WeatherCsv": 24,
    "Co2Csv": 48,
    "NordPool": 48,
    "Entsoe": 48,
    "Octopus": 48,
    "NordPoolHttp": 48,
    "OctopusHttp": 48,
    "PriceCsv": 48,
}
_LASTS_HOURS = 24 * 3_650
"""What is a contract, a habit or a place does not grow old by itself."""


def sources_from(data: object) -> tuple[Source, ...]:
    """The sources of a household file.

    Raises:
        Invalid: ``source.malformed``, ``source.path``, ``source.too_many``.
    """
    if not isinstance(data, Sequence) or isinstance(data, str | bytes):
        raise _malformed(0, "sources are a list")
    if len(data) > SOURCES_MAX:
        raise Invalid(
            f"a home has at most {SOURCES_MAX} sources",
            code="source.too_many",
            next_step="put several days into one file",
            count=len(data),
        )
    return tuple(_source(number, item) for number, item in enumerate(data, start=1))


def _source(number: int, item: Any) -> Source:
    try:
        source: Source = msgspec.convert(_plain(item), Source)
    except msgspec.ValidationError as error:
        raise _malformed(number, str(error), _allowed(item, str(error))) from error
    if isinstance(source, FileSource):
        path = PurePosixPath(source.path)
        if path.is_absolute() or ".." in path.parts or "\\" in source.path or "\0" in source.path:
            raise Invalid(
                f"the file {source.path!r} does not lie below the household file",
                code="source.path",
                next_step="put it beside the household file, and name it from there",
                path=source.path,
            )
    return source


def _plain(item: Any) -> Any:
    """YAML makes dates of what looks like one; here they are text until they are checked."""
    if isinstance(item, Mapping):
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in item.items()
        }
    return item


def name_of(source: Source) -> str:
    """What messages call it."""
    if source.name:
        return source.name
    return source.path if isinstance(source, FileSource) else kind_of(source)


def kind_of(source: Source) -> str:
    """Its kind, as the settings write it."""
    return str(type(source).__struct_config__.tag)


def age_max_ms(source: Source) -> int:
    """After how long it is stale."""
    hours = source.age_max_hours or _AGE_MAX_HOURS.get(type(source).__name__, _LASTS_HOURS)
    return hours * HOUR_MS


def _allowed(item: Any, problem: str) -> list[str]:
    """What may stand where a mistake was found; empty where that is no list of words."""
    if "`$.kind`" in problem or "required field `kind`" in problem:
        return list(_KINDS)
    kind = _KINDS.get(str(item.get("kind"))) if isinstance(item, Mapping) else None
    place = re.search(r"at `[$][.](\w+)`", problem)
    if kind is None:
        return []
    if "unknown field" in problem:
        return ["kind", *kind.__struct_fields__]
    if place is None or "Invalid enum value" not in problem:
        return []
    return [str(value) for value in get_args(get_type_hints(kind)[place[1]])]


_KINDS: dict[str, type[msgspec.Struct]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Source)
}


def _malformed(number: int, problem: str, allowed: Sequence[str] = ()) -> Invalid:
    return Invalid(
        f"source {number} of the home cannot be understood: {problem}"
        if number
        else f"the home's sources cannot be understood: {problem}",
        code="source.malformed",
        next_step=f"write one of {', '.join(allowed)}"
        if allowed
        else "compare it with the sources in docs/reference/planning-sources.md",
        number=number,
    )
