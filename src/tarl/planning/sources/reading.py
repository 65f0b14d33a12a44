"""The files behind the settings, read and understood once.

1. A file is read up to ``FILE_BYTES_MAX`` and no further.
2. What cannot be read or understood is an error, or, where the caller wants to go on without it, a
   doubt that blocks what needs it: never silence.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid, Missing, TarlError, Unavailable
from tarl.planning.context import Doubt
from tarl.planning.series import Series
from tarl.planning.sources import settings, weather
from tarl.planning.sources.calendars import Calendar
from tarl.planning.sources.occupancy import HABITS_MAX, Habit, clock
from tarl.planning.sources.settings import Source, age_max_ms, kind_of, name_of
from tarl.planning.sources.sun import Place
from tarl.planning.sources.tariffs import entsoe, nordpool, octopus, price_csv, urdb
from tarl.planning.sources.tariffs.money import PPM, paid
from tarl.values.instants import from_datetime

FILE_BYTES_MAX = 16 * 1024 * 1024
Role = Literal["import", "export", "solar", "load", "temperature", "co2"]

BLOCKS: dict[str, tuple[str, ...]] = {
    "import": ("cost", "price", "tariff"),
    "export": ("export",),
    "solar": ("solar", "solar_use"),
    "load": (),
    "temperature": ("weather",),
    "co2": ("co2",),
    "quiet": ("quiet",),
    "asleep": ("occupancy",),
    "away": ("occupancy",),
    "events": ("events",),
    "occupancy": ("occupancy",),
}
"""What cannot be relied on without a source: goals, constraints and subjects of conditions."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is from; ``replay`` is the date of the data that stands for today.
    ``is_dated``: its settings or the data say when they were made, and not just when a file was
    written."""

    name: str
    kind: str
    observed_ms: int
    age_max_ms: int
    replay: date | None = None
    is_dated: bool = True


class Varying(msgspec.Struct, frozen=True, kw_only=True):
    """Values over time, or a rate that gives them for any time."""

    role: Role
    origin: Origin
    values: Series | urdb.Rate
    times_ppm: int = PPM
    plus_micro: int = 0

    def series(self, *, start_ms: int, end_ms: int, zone: ZoneInfo) -> Series:
        """The values, as a household pays or has them.

        Raises:
            Invalid: those of ``series_of``.
        """
        values = self.values
        if isinstance(values, urdb.Rate):
            values = values.series(start_ms=start_ms, end_ms=end_ms, zone=zone)
        return paid(values, times_ppm=self.times_ppm, plus_micro=self.plus_micro)


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar and what it gives, of whom."""

    gives: settings.Gives
    origin: Origin
    calendar: Calendar
    who: str | None


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """All that the sources hold; ``services`` are those that have to be asked (``live``)."""

    varying: tuple[Varying, ...] = ()
    calendars: tuple[Dated, ...] = ()
    habits: tuple[tuple[Origin, tuple[Habit, ...]], ...] = ()
    presence: tuple[settings.Presence, ...] = ()
    services: tuple[settings.ServiceSource, ...] = ()
    place: Place | None = None
    doubts: tuple[Doubt, ...] = ()


def read(sources: Iterable[Source], *, folder: Path, zone: ZoneInfo, must: bool = True) -> Readings:
    """What the sources hold.

    Args:
        sources: From the settings.
        folder: Of the household file.
        zone: Of times without an offset.
        must: Whether a source that cannot be used is an error; else it is a doubt.

    Raises:
        Missing: ``source.missing``.
        Invalid: ``source.too_large``, ``source.file``, and those of the parsers.
        Unavailable: ``extra.missing``.
    """
    found: dict[str, list[Any]] = {name: [] for name in Readings.__struct_fields__}
    for source in sources:
        try:
            _read(source, folder, zone, found)
        except (Invalid, Missing, Unavailable) as error:
            if must:
                raise
            found["doubts"].append(_doubt(source, error))
    if len(found["place"]) > 1:
        raise Invalid(
            "the home's sources name two places",
            code="source.place",
            next_step="keep one source of the kind place",
        )
    place = found.pop("place")
    return Readings(place=place[0] if place else None, **{k: tuple(v) for k, v in found.items()})


def _read(source: Source, folder: Path, zone: ZoneInfo, found: dict[str, list[Any]]) -> None:
    if isinstance(source, settings.Where):
        found["place"].append(Place(latitude=source.latitude, longitude=source.longitude))
        return
    if isinstance(source, settings.Presence):
        found["presence"].append(source)
        return
    if isinstance(source, settings.ServiceSource):
        found["services"].append(source)
        return
    data, observed_ms = _file(folder, source.path)
    if source.observed is not None:
        observed_ms = from_datetime(source.observed)
    origin = Origin(
        name=name_of(source),
        kind=kind_of(source),
        observed_ms=observed_ms,
        age_max_ms=age_max_ms(source),
        replay=source.replay,
        is_dated=source.observed is not None,
    )
    if isinstance(source, settings.Ical):
        calendar = Calendar(data, zone=zone, source=origin.name)
        found["calendars"].append(
            Dated(gives=source.gives, origin=origin, calendar=calendar, who=source.who)
        )
    elif isinstance(source, settings.Schedule):
        found["habits"].append((origin, _habits(data, origin.name)))
    else:
        found["varying"].append(_varying(source, data, origin, zone))


def _varying(
    source: settings.PriceSource | settings.TableSource,
    data: bytes,
    origin: Origin,
    zone: ZoneInfo,
) -> Varying:
    if isinstance(source, settings.PriceSource):
        values = _prices(source, data, origin, zone)
        observed_ms = origin.observed_ms if source.observed else values.observed_ms
        return Varying(
            role=source.side,
            origin=msgspec.structs.replace(
                origin,
                observed_ms=observed_ms,
                is_dated=origin.is_dated or observed_ms != origin.observed_ms,
            ),
            values=values,
            times_ppm=source.times_ppm,
            plus_micro=source.plus_micro,
        )
    role = _ROLES[kind_of(source)]
    series = weather.parse(
        data,
        unit=source.unit,
        columns=source.columns,
        zone=zone,
        source=origin.name,
        observed_ms=origin.observed_ms,
        delimiter=source.delimiter,
        minutes=source.minutes,
        decimal=source.decimal,
    )
    _check_unit(role, series, origin.name)
    return Varying(role=role, origin=origin, values=series)


_ROLES: dict[str, Role] = {
    "solar_csv": "solar",
    "load_csv": "load",
    "weather_csv": "temperature",
    "co2_csv": "co2",
}
_UNIT_OF = {"solar": "W", "load": "W", "temperature": "deci_celsius", "co2": "g/kWh"}


def _check_unit(role: Role, series: Series, name: str) -> None:
    if series.unit != _UNIT_OF[role]:
        raise Invalid(
            f"{name} gives {series.unit} where {_UNIT_OF[role]} is wanted",
            code="source.unit",
            next_step="correct `unit:` of the source",
            source=name,
        )


def _prices(
    source: settings.PriceSource, data: bytes, origin: Origin, zone: ZoneInfo
) -> Series | urdb.Rate:
    name, observed_ms = origin.name, origin.observed_ms
    match source:
        case settings.NordPool():
            return nordpool.parse(data, area=source.area, source=name)
        case settings.Octopus():
            return octopus.parse(data, source=name, observed_ms=observed_ms)
        case settings.Entsoe():
            return entsoe.parse(data, source=name, sequence=source.sequence)
        case settings.Urdb():
            return urdb.parse(
                data,
                currency=source.currency,
                source=name,
                observed_ms=observed_ms,
                tier=source.tier,
                sells=source.side == "export",
            )
    return price_csv.parse(
        data,
        columns=source.columns,
        unit=source.unit,
        currency=source.currency,
        zone=zone,
        source=name,
        observed_ms=observed_ms,
        delimiter=source.delimiter,
        minutes=source.minutes,
        decimal=source.decimal,
    )


def _habits(data: bytes, name: str) -> tuple[Habit, ...]:
    try:
        import yaml
    except ImportError as error:
        raise Unavailable(
            "pyyaml is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    try:
        habits = msgspec.convert(yaml.safe_load(data), tuple[Habit, ...])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _schedule(name, "it is no YAML") from error
    except msgspec.ValidationError as error:
        raise _schedule(name, str(error)) from error
    if len(habits) > HABITS_MAX:
        raise _schedule(name, f"it has more than {HABITS_MAX} habits")
    for habit in habits:
        clock(habit.from_, source=name)
        clock(habit.to, source=name)
    return habits


def _schedule(name: str, problem: str) -> Invalid:
    return Invalid(
        f"the habits of {name} cannot be understood: {problem}",
        code="schedule.malformed",
        next_step='write a list of who, state, from, to; times in quotes, like "06:30"',
        source=name,
    )


def _file(folder: Path, path: str) -> tuple[bytes, int]:
    """What is in it, and when it was written, UTC milliseconds."""
    if not (folder / path).is_file() and (folder / path).exists():
        raise Missing(
            f"the source {path} is no file",
            code="source.missing",
            next_step="put the file where the household file says, or correct its path",
            path=path,
        )
    try:
        with (folder / path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1).removeprefix(codecs.BOM_UTF8)
            written_ms = int((folder / path).stat().st_mtime_ns // 1_000_000)
    except OSError as error:
        raise Missing(
            f"the source {path} cannot be read: {error.strerror}",
            code="source.missing",
            next_step="put the file where the household file says, or correct its path",
            path=path,
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise Invalid(
            f"the source {path} is larger than {FILE_BYTES_MAX} bytes",
            code="source.too_large",
            next_step="keep the days that are planned",
            path=path,
        )
    return data, written_ms


def _doubt(source: Source, error: TarlError) -> Doubt:
    if isinstance(source, settings.PriceSource):
        role: str = source.side
    elif isinstance(source, settings.Ical):
        role = source.gives
    else:
        role = _ROLES.get(kind_of(source), "occupancy")
    return Doubt(code=error.code, text=error.message, source=name_of(source), blocks=BLOCKS[role])
