"""Rates of OpenEI's utility rate database: prices by month, hour and kind of day.

1. ``energyratestructure`` has periods, each with tiers; ``energyweekdayschedule`` and
   ``energyweekendschedule`` say for each of 12 months and 24 hours which period counts. Hours are
   those of the home's wall; holidays are not known to the database.
2. A tier's price is ``rate`` plus ``adj``; which tier counts depends on what was used this month,
   which nobody here knows: where there are several, the settings say.
3. Nothing is made up: a schedule that names no period is refused, and a tier without a price; a
   rate has no prices before it began and after it ended. Fixed and demand charges do not depend on
   when something runs, or not on one device, and are left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid
from tarl.planning.series import Point, Series, series_of
from tarl.planning.slots import QUARTER_MS
from tarl.planning.sources.tariffs.money import currency_named, micro_per_kwh
from tarl.values.instants import to_datetime

SATURDAY = 5
UNITS = frozenset({"kwh", "kwh daily", "kwh/kw", "kwh/kw daily"})
"""What a tier's ``max`` may be counted in; its price is for a kilowatt-hour in all of them."""

_Schedule = Annotated[
    tuple[Annotated[tuple[int, ...], msgspec.Meta(min_length=24, max_length=24)], ...],
    msgspec.Meta(min_length=12, max_length=12),
]

_Seconds = Annotated[int, msgspec.Meta(ge=-(10**11), le=10**11)]


class _Tier(msgspec.Struct):
    rate: Decimal | None = None
    adj: Decimal | None = None
    sell: Decimal | None = None
    unit: str = "kWh"


_Structure = Annotated[
    tuple[Annotated[tuple[_Tier, ...], msgspec.Meta(min_length=1, max_length=50)], ...],
    msgspec.Meta(min_length=1, max_length=200),
]


class _Item(msgspec.Struct):
    energyratestructure: _Structure
    energyweekdayschedule: _Schedule
    energyweekendschedule: _Schedule
    startdate: _Seconds | None = None
    enddate: _Seconds | None = None


class _Answer(msgspec.Struct):
    items: Annotated[tuple[_Item, ...], msgspec.Meta(min_length=1, max_length=1)]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate: prices of its periods, which period counts when, and from when to when it is in
    force, as far as that is said."""

    prices: tuple[int, ...]
    weekday: tuple[tuple[int, ...], ...]
    weekend: tuple[tuple[int, ...], ...]
    currency: str
    source: str
    observed_ms: int
    begins_ms: int | None = None
    ends_ms: int | None = None

    def series(self, *, start_ms: int, end_ms: int, zone: ZoneInfo) -> Series:
        """The prices of a span of time, in quarters of an hour: there are zones whose hours begin
        at a quarter of UTC's.

        Raises:
            Invalid: those of ``series_of``.
        """
        points = []
        for at in range(start_ms // QUARTER_MS * QUARTER_MS, end_ms, QUARTER_MS):
            if not self._is_in_force(at):
                continue
            wall = to_datetime(at).astimezone(zone)
            schedule = self.weekend if wall.weekday() >= SATURDAY else self.weekday
            price = self.prices[schedule[wall.month - 1][wall.hour]]
            points.append(Point(at, at + QUARTER_MS, price))
        return series_of(
            points,
            unit="micro/kWh",
            source=self.source,
            observed_ms=self.observed_ms,
            currency=self.currency,
        )

    def _is_in_force(self, ms: int) -> bool:
        return (self.begins_ms is None or ms >= self.begins_ms) and (
            self.ends_ms is None or ms < self.ends_ms
        )


def parse(
    data: bytes,
    *,
    currency: str,
    source: str,
    observed_ms: int,
    tier: int | None = None,
    sells: bool = False,
) -> Rate:
    """A rate, as an item of the database or as an answer of its API with one item.

    Raises:
        Invalid: ``tariff.malformed``, ``tariff.tiers``: it has several and none is chosen;
            ``tariff.price``, ``tariff.currency``.
    """
    item = _item(data, source)
    prices = tuple(
        micro_per_kwh(_price(tiers, tier, sells, source), "per_kwh", source=source)
        for tiers in item.energyratestructure
    )
    for schedule in (item.energyweekdayschedule, item.energyweekendschedule):
        if any(not 0 <= period < len(prices) for month in schedule for period in month):
            raise _malformed(source, "its schedule names a period that it does not have")
    return Rate(
        prices=prices,
        weekday=item.energyweekdayschedule,
        weekend=item.energyweekendschedule,
        currency=currency_named(currency, source=source),
        source=source,
        observed_ms=observed_ms,
        begins_ms=None if item.startdate is None else item.startdate * 1_000,
        ends_ms=None if item.enddate is None else item.enddate * 1_000,
    )


def _price(tiers: tuple[_Tier, ...], tier: int | None, sells: bool, source: str) -> Decimal:
    if len(tiers) > 1 and tier is None:
        raise Invalid(
            f"{source} has {len(tiers)} tiers, by what is used in a month",
            code="tariff.tiers",
            next_step="add `tier:` to the source, counted from 0",
            source=source,
            count=len(tiers),
        )
    # A period with fewer tiers than the one chosen has none above its last.
    chosen = tiers[min(tier or 0, len(tiers) - 1)]
    if chosen.unit.lower() not in UNITS:
        raise _malformed(source, f"a tier is counted in {chosen.unit}")
    if not sells:
        if chosen.rate is None and chosen.adj is None:
            raise _malformed(source, "a tier has no price")
        return (chosen.rate or Decimal(0)) + (chosen.adj or Decimal(0))
    if chosen.sell is None:
        raise _malformed(source, "it does not say what power fed in brings")
    return chosen.sell


def _item(data: bytes, source: str) -> _Item:
    try:
        return msgspec.json.decode(data, type=_Item)
    except (msgspec.DecodeError, UnicodeDecodeError) as first:
        try:
            return msgspec.json.decode(data, type=_Answer).items[0]
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _malformed(source, str(first)) from first


def _malformed(source: str, problem: str) -> Invalid:
    return Invalid(
        f"{source} is not a rate of the utility rate database: {problem}",
        code="tariff.malformed",
        next_step="save one rate as JSON, with its details, as the API gives it",
        source=source,
    )
