"""Day-ahead prices asked for when a snapshot is taken: the sources of the kinds ``nordpool_http``
and ``octopus_http``.

1. A day whose prices are known to its end, and final, is not asked for again, another one no more
   often than every ``RETRY_MS``: services are not asked with every plan.
2. A day that is not published is a gap, which the snapshot tells; any other refusal is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import msgspec

from tarl.errors import Missing
from tarl.planning.series import Series
from tarl.planning.slots import MINUTE_MS, Grid, day_grid, zone_named
from tarl.planning.sources import fetch
from tarl.planning.sources.reading import Origin, Varying
from tarl.planning.sources.settings import NordPoolHttp, OctopusHttp, age_max_ms, kind_of, name_of
from tarl.planning.sources.tariffs import nordpool, octopus
from tarl.values.instants import to_datetime

RETRY_MS = 10 * MINUTE_MS
DAYS_KEPT_MAX = 30
MARKET_ZONE = "Europe/Oslo"
"""Whose midnight begins a delivery day of the European market."""

LONDON = "Europe/London"


class _Day(msgspec.Struct, frozen=True):
    """What was answered for a day, when, and whether it reaches to the day's end, and will stay."""

    series: tuple[Series, ...]
    asked_ms: int
    is_whole: bool


class Live:
    """A service of prices, asked through ``fetch``."""

    def __init__(
        self,
        source: NordPoolHttp | OctopusHttp,
        *,
        hosts: Collection[str] = fetch.HOSTS,
        base: str | None = None,
        timeout_s: float = fetch.TIMEOUT_S,
    ) -> None:
        """
        Args:
            source: What is asked for.
            hosts: Who may be asked.
            base: The service's address, where it is not its own.
            timeout_s: For one answer.
        """
        self._source, self._hosts, self._base = source, hosts, base
        self._timeout_s = timeout_s
        self._zone = zone_named(MARKET_ZONE if isinstance(source, NordPoolHttp) else LONDON)
        self._days: dict[date, _Day] = {}

    async def __call__(self, grid: Grid, now_ms: int) -> Iterable[Varying]:
        """The prices of the days that a grid touches, as far as they are published.

        Raises:
            Denied, Invalid, Exceeded, Unavailable: those of ``fetch`` and of the parsers.
        """
        found: list[Varying] = []
        day = to_datetime(grid.start_ms).astimezone(self._zone).date()
        while day_grid(day, self._zone).start_ms < grid.end_ms:
            found += [self._varying(series) for series in await self._day(day, now_ms)]
            day += timedelta(days=1)
        return found

    async def _day(self, day: date, now_ms: int) -> tuple[Series, ...]:
        known = self._days.get(day)
        if known is not None and (known.is_whole or 0 <= now_ms - known.asked_ms < RETRY_MS):
            return known.series
        try:
            series, is_final = await self._asked(day, now_ms)
        except Missing:
            series, is_final = (), False
        is_whole = is_final and None not in _values(series, day_grid(day, self._zone))
        self._days[day] = _Day(series, now_ms, is_whole)
        while len(self._days) > DAYS_KEPT_MAX:
            del self._days[min(self._days)]
        return series

    async def _asked(self, day: date, now_ms: int) -> tuple[tuple[Series, ...], bool]:
        source, name = self._source, name_of(self._source)
        if isinstance(source, NordPoolHttp):
            url = fetch.nordpool_url(
                day,
                area=source.area,
                currency=source.currency,
                minutes=source.minutes,
                base=self._base or fetch.NORDPOOL,
            )
            data = await fetch.fetch(url, hosts=self._hosts, timeout_s=self._timeout_s)
            series = nordpool.parse(data, area=source.area, source=name)
            return (series,), nordpool.is_final(data, area=source.area, source=name)
        span = day_grid(day, self._zone)
        url = fetch.octopus_url(
            product=source.product,
            tariff=source.tariff,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            base=self._base or fetch.OCTOPUS,
        )
        pages = await fetch.octopus_pages(url, hosts=self._hosts, timeout_s=self._timeout_s)
        rates = (octopus.parse(page, source=name, observed_ms=now_ms) for page in pages)
        return tuple(rates), True

    def _varying(self, series: Series) -> Varying:
        source = self._source
        origin = Origin(
            name=name_of(source),
            kind=kind_of(source),
            observed_ms=series.observed_ms,
            age_max_ms=age_max_ms(source),
        )
        return Varying(
            role=source.side,
            origin=origin,
            values=series,
            times_ppm=source.times_ppm,
            plus_micro=source.plus_micro,
        )


def _values(series: Iterable[Series], grid: Grid) -> tuple[int | None, ...]:
    """A value for each slot that any of the series has, whichever."""
    values: list[int | None] = [None] * grid.count
    for item in series:
        values = [
            old if new is None else new for old, new in zip(values, item.over(grid), strict=True)
        ]
    return tuple(values)
