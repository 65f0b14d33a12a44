"""Values over time as CSV: prices, power, temperature, carbon.

1. A row is an instant and a value. Without an end of its own it lasts as long as the shortest
   distance between rows, so that a missing row is a gap and not a longer row.
2. Times with an offset are what they say. Those without are wall times of the zone given; in the
   hour that comes twice, the second row of a time is the second of the two.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid
from tarl.planning.series import POINTS_MAX
from tarl.planning.slots import MINUTE_MS
from tarl.values.instants import from_datetime


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where things stand: by the name in the first row, or, where no row has names, by position
    from 0."""

    time: str | int = 0
    value: str | int = 1
    end: str | int | None = None


class Row(msgspec.Struct, frozen=True):
    """A value for a span."""

    start_ms: int
    end_ms: int
    value: Decimal


def parse(
    data: bytes,
    *,
    columns: Columns,
    zone: ZoneInfo,
    source: str,
    delimiter: str = ",",
    minutes: int | None = None,
) -> tuple[Row, ...]:
    """The rows, in order of time.

    Args:
        data: UTF-8; lines that begin with ``#`` are comments.
        columns: Where times and values are.
        zone: Of times without an offset.
        source: Its name, for messages.
        delimiter: Between fields.
        minutes: How long a row lasts, where that is known.

    Raises:
        Invalid: ``table.malformed``, with the row; ``series.too_long``; ``table.lasts``: how long
            one row alone lasts is nowhere said.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(source, 0, "it is not UTF-8") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) > POINTS_MAX:
        raise Invalid(
            f"{source} has more than {POINTS_MAX} rows",
            code="series.too_long",
            next_step="give the days that are planned",
            source=source,
        )
    found = list(_rows(lines, columns, zone, source, delimiter))
    if columns.end is not None or not found:
        return tuple(Row(start, end or start, value) for start, end, value in found)
    lasts = _lasts(sorted(start for start, _, _ in found), minutes, source)
    return tuple(Row(start, start + lasts, value) for start, _, value in sorted(found))


def _rows(
    lines: list[str], columns: Columns, zone: ZoneInfo, source: str, delimiter: str
) -> Iterator[tuple[int, int | None, Decimal]]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        places = _places(columns, reader, source)
        before: int | None = None
        for number, fields in enumerate(reader, start=1):
            try:
                start = _instant(fields[places[0]], zone, before)
                value = Decimal(fields[places[1]].strip())
                end = None if places[2] is None else _instant(fields[places[2]], zone, start)
            except (IndexError, ValueError, InvalidOperation, OverflowError) as error:
                raise _malformed(source, number, "no time and value") from error
            if not value.is_finite():
                raise _malformed(source, number, f"{value} is no number")
            yield start, end, value
            before = start
    except csv.Error as error:
        raise _malformed(source, reader.line_num, str(error)) from error


def _places(
    columns: Columns, reader: Iterator[list[str]], source: str
) -> tuple[int, int, int | None]:
    wanted = (columns.time, columns.value, columns.end)
    names = (
        [name.strip() for name in next(reader, [])]
        if any(isinstance(column, str) for column in wanted)
        else []
    )
    places: list[int | None] = []
    for column in wanted:
        if isinstance(column, str) and column not in names:
            raise _malformed(source, 0, f"no column is called {column!r}")
        places.append(names.index(column) if isinstance(column, str) else column)
    time, value, end = places
    assert time is not None
    assert value is not None
    if min(time, value, end or 0) < 0:
        raise _malformed(source, 0, "columns are counted from 0")
    return time, value, end


def _instant(text: str, zone: ZoneInfo, before: int | None) -> int:
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is not None:
        return from_datetime(at)
    found = from_datetime(at.replace(tzinfo=zone))
    if before is not None and found <= before:
        return from_datetime(at.replace(tzinfo=zone, fold=1))
    return found


def _lasts(starts: list[int], minutes: int | None, source: str) -> int:
    if minutes is not None:
        return minutes * MINUTE_MS
    distances = [after - before for before, after in pairwise(starts) if after > before]
    if distances:
        return min(distances)
    raise Invalid(
        f"{source} has one row, which does not say how long it lasts",
        code="table.lasts",
        next_step="add `minutes:` to the source, or a column with ends",
        source=source,
    )


def _malformed(source: str, row: int, problem: str) -> Invalid:
    where = f"row {row} of {source}" if row else source
    return Invalid(
        f"{where} cannot be read: {problem}",
        code="table.malformed",
        next_step="give a time with its offset and a number in each row, and name their columns",
        source=source,
        row=row,
    )
