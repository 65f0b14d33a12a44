"""Day-ahead prices as the ENTSO-E transparency platform publishes them (document A44).

1. A period has an interval, a resolution (PT15M, PT30M, PT60M) and numbered points.
2. With curve type A03 a point lasts until the next one that is given, the last one to the end of
   the period: the platform leaves out what repeats (IEC 62325-351). With A01 each point stands for
   its own span, and one that is missing is a gap.
3. Points outside their period, or twice in it, are refused. So is XML with entities or a document
   type of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid, Unavailable
from tarl.planning.series import POINTS_MAX, Point, Series, series_of
from tarl.planning.slots import MINUTE_MS
from tarl.planning.sources.tariffs.money import currency_named, micro_per_kwh
from tarl.values.instants import from_datetime

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

RESOLUTIONS = {"PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
_SEQUENCE = "classificationSequence_AttributeInstanceComponent.position"


def parse(data: bytes, *, source: str, sequence: int | None = None) -> Series:
    """The prices of a publication.

    Args:
        data: XML.
        source: Its name, for messages.
        sequence: Of several auctions, the one wanted; all when None, which is an error where they
            say different things of one time.

    Raises:
        Invalid: ``tariff.malformed``, ``tariff.refused``: the platform says why it has nothing;
            ``tariff.auction``: it has not the one that is wanted;
            ``tariff.currency``: mixed; ``tariff.price``; and those of ``series_of``.
        Unavailable: ``extra.missing``.
    """
    root = _root(data, source)
    points: list[Point] = []
    currencies: set[str] = set()
    auctions: set[str] = set()
    for series in _all(root, "TimeSeries"):
        position = _text(series, _SEQUENCE)
        auctions.add(position)
        if sequence is not None and position not in ("", str(sequence)):
            continue
        if _text(series, "price_Measure_Unit.name") not in ("", "MWH"):
            raise _malformed(source, "its prices are not for a megawatt-hour")
        currencies.add(_text(series, "currency_Unit.name"))
        for period in _all(series, "Period"):
            points += _points(period, _text(series, "curveType"), source)
            if len(points) > POINTS_MAX:
                raise _malformed(source, f"it has more than {POINTS_MAX} prices")
    if not auctions:
        raise _malformed(source, "it has no prices")
    if not currencies:
        raise _auction(
            source, auctions, f"has no prices of the auction {sequence}", code="tariff.auction"
        )
    if len(currencies) != 1:
        raise Invalid(
            f"{source} has prices in {len(currencies)} currencies, where one is wanted",
            code="tariff.currency",
            next_step="ask for one bidding zone at a time",
            source=source,
            currencies=sorted(currencies),
        )
    try:
        return series_of(
            points,
            unit="micro/kWh",
            source=source,
            observed_ms=_instant(_text(root, "createdDateTime"), source),
            currency=currency_named(currencies.pop(), source=source),
        )
    except Invalid as error:
        if error.code != "series.overlap" or sequence is not None or len(auctions) < 2:
            raise
        raise _auction(
            source, auctions, "has prices of several auctions for one time", code=error.code
        ) from error


def _points(period: Element, curve: str, source: str) -> list[Point]:
    interval = next(_all(period, "timeInterval"), None)
    minutes = RESOLUTIONS.get(_text(period, "resolution"))
    if interval is None or minutes is None:
        raise _malformed(source, "a period has no interval, or a resolution that is not known")
    start = _instant(_text(interval, "start"), source)
    end = _instant(_text(interval, "end"), source)
    step = minutes * MINUTE_MS
    places = sorted(_places(period, source))
    count = (end - start) // step
    numbers = [number for number, _ in places]
    if numbers and not (numbers[0] >= 1 and numbers[-1] <= count <= POINTS_MAX):
        raise _malformed(source, f"a period of {count} spans has a point {numbers[-1]}")
    if any(before == after for before, after in pairwise(numbers)):
        raise _malformed(source, "a period has a point twice")
    found = []
    following = [*numbers[1:], count + 1] if curve == "A03" else [number + 1 for number in numbers]
    for (number, price), until in zip(places, following, strict=True):
        micro = micro_per_kwh(price, "per_mwh", source=source)
        found += [
            Point(start + (place - 1) * step, start + place * step, micro)
            for place in range(number, until)
        ]
    return found


def _places(period: Element, source: str) -> Iterator[tuple[int, Decimal]]:
    for point in _all(period, "Point"):
        try:
            yield int(_text(point, "position")), Decimal(_text(point, "price.amount"))
        except (ValueError, InvalidOperation) as error:
            raise _malformed(source, "a point has no position and price") from error


def _root(data: bytes, source: str) -> Element:
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring
    except ImportError as error:
        raise Unavailable(
            "defusedxml is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    try:
        root: Any = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _malformed(source, f"this XML cannot be read: {error}") from error
    if _local(root) == "Acknowledgement_MarketDocument":
        reason = next((_text(item, "text") for item in _all(root, "Reason")), "")
        raise Invalid(
            f"{source} holds no prices but the platform's reason why: {reason[:200]}",
            code="tariff.refused",
            next_step="ask for a day that is published, of a bidding zone",
            source=source,
        )
    if _local(root) != "Publication_MarketDocument":
        raise _malformed(source, "it is no publication of prices")
    return root  # type: ignore[no-any-return]  # defusedxml says Any


def _local(element: Element) -> str:
    """A name without its namespace, of which the platform has several."""
    return element.tag.rpartition("}")[2]


def _all(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _local(child) == name)


def _text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in _all(element, name)), "")


def _instant(text: str, source: str) -> int:
    try:
        return from_datetime(datetime.fromisoformat(text))
    except ValueError as error:
        raise _malformed(source, f"{text!r} is no instant") from error


def _auction(source: str, auctions: set[str], problem: str, *, code: str) -> Invalid:
    known = sorted(auctions - {""})
    return Invalid(
        f"{source} {problem}",
        code=code,
        next_step=f"set `sequence:` of the source to one of {', '.join(known)}",
        source=source,
        auctions=known,
    )


def _malformed(source: str, problem: str) -> Invalid:
    return Invalid(
        f"{source} is not a publication of ENTSO-E's platform: {problem}",
        code="tariff.malformed",
        next_step="save the answer for document type A44 as it comes",
        source=source,
    )
