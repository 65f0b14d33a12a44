"""Values over time as CSV: prices, power, temperature, carbon.

1. A row is an instant and a value. Without an end of its own it lasts as long as the shortest
   distance between rows, so that a missing row is a gap and not a longer row.
2. Times with an offset are what they say. Those without are wall times of the zone given; in the
   hour that comes twice, the second row of a time is the second of the two, and an end is where the
   next row begins. Rows may come the newest first.
3. A number is written with digits and one mark for its decimals, which the settings name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid
from tarl.planning.series import POINTS_MAX
from tarl.planning.slots import MINUTE_MS
from tarl.values.instants import from_datetime

_NUMBER = re.compile(r"[-+]?[0-9]*[.,]?[0-9]*(?:[eE][-+]?[0-9]{1,9})?")
_SEPARATOR = re.compile(r"sep=.", re.IGNORECASE)
"""A first line by which a spreadsheet says what stands between fields."""


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
    decimal: str = ".",
) -> tuple[Row, ...]:
    """The rows, in order of time.

    Args:
        data: UTF-8; lines that begin with ``#`` are comments.
        columns: Where times and values are.
        zone: Of times without an offset.
        source: Its name, for messages.
        delimiter: Between fields.
        minutes: How long a row lasts, where that is known.
        decimal: The mark before a number's decimals.

    Raises:
        Invalid: ``table.malformed``, with the row; ``series.too_long``; ``table.lasts``: how long
            one row alone lasts is nowhere said.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(source, 0, "it is not UTF-8") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and _SEPARATOR.fullmatch(lines[0].strip()):
        del lines[0]
    if len(lines) > POINTS_MAX:
        raise Invalid(
            f"{source} has more than {POINTS_MAX} rows",
            code="series.too_long",
            next_step="give the days that are planned",
            source=source,
        )
    form = _Form(columns, zone, source, delimiter, decimal)
    found = list(_rows(lines, form))
    if columns.end is not None or not found:
        return _ended(found)
    found.sort()
    lasts = _lasts([row.start_ms for row in found], minutes, source)
    return tuple(Row(row.start_ms, row.start_ms + lasts, row.value) for row in found)


class _Form(NamedTuple):
    """How a table is written."""

    columns: Columns
    zone: ZoneInfo
    source: str
    delimiter: str
    decimal: str


class _Told(NamedTuple):
    """A row as it says; ``lasts_ms`` is from its wall time to the one at its end."""

    start_ms: int
    end_ms: int
    value: Decimal
    lasts_ms: int


def _rows(lines: list[str], form: _Form) -> Iterator[_Told]:
    reader = csv.reader(lines, delimiter=form.delimiter)
    try:
        time, value, end = _places(form.columns, reader, form.source)
        rows = list(enumerate(reader, start=1))
    except csv.Error as error:
        raise _malformed(form.source, reader.line_num, str(error)) from error
    if _is_newest_first([row for _, row in rows], time, form.zone):
        rows.reverse()
    before: int | None = None
    for number, fields in rows:
        if max(time, value, end or 0) >= len(fields):
            raise _malformed(form.source, number, "it has too few fields")
        amount = _number(fields[value], number, form)
        starts, start = _time(fields[time], number, form, before)
        ends, until = (starts, start) if end is None else _time(fields[end], number, form, start)
        is_local = starts.tzinfo is None and ends.tzinfo is None
        lasts_ms = (ends - starts) // timedelta(milliseconds=1) if is_local else until - start
        yield _Told(start, until, amount, lasts_ms)
        before = start


def _is_newest_first(rows: list[list[str]], time: int, zone: ZoneInfo) -> bool:
    """Whether the first row is later than the last; rows without a time are refused elsewhere."""
    try:
        return bool(rows) and _instant(rows[0][time], zone, None) > _instant(
            rows[-1][time], zone, None
        )
    except (IndexError, ValueError, OverflowError):
        return False


def _ended(rows: list[_Told]) -> tuple[Row, ...]:
    """Rows with ends of their own: where clocks are set back, an end may be either of two, and is
    the one where the next row begins."""
    found = []
    starts = {row.start_ms for row in rows}
    for row in rows:
        sooner = row.start_ms + row.lasts_ms
        end = sooner if row.start_ms < sooner < row.end_ms and sooner in starts else row.end_ms
        found.append(Row(row.start_ms, end, row.value))
    return tuple(found)


def _number(text: str, row: int, form: _Form) -> Decimal:
    plain = text.strip()
    if "," in plain and form.decimal == "." and _NUMBER.fullmatch(plain):
        problem = f'{plain!r} has a comma: add `decimal: ","` to the source'
        raise _malformed(form.source, row, problem)
    if form.decimal != ".":
        plain = plain.replace(".", "?").replace(form.decimal, ".")
    try:
        if _NUMBER.fullmatch(plain):
            return Decimal(plain)
    except InvalidOperation:
        pass
    raise _malformed(form.source, row, f"{text.strip()[:40]!r} is no number")


def _time(text: str, row: int, form: _Form, before: int | None) -> tuple[datetime, int]:
    try:
        return datetime.fromisoformat(text.strip()), _instant(text, form.zone, before)
    except (ValueError, OverflowError) as error:
        problem = f"{text.strip()[:40]!r} is no time, like 2025-10-26 02:00"
        raise _malformed(form.source, row, problem) from error


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
