"""Times in a sentence, as :class:`When` items of kind ``T``.

Clock times ``K``, days ``Y``, parts of the day ``O`` and events ``E`` are found first; what stands
side by side, joined at most by the small words of the language, is one time.

1. A bare hour is the one of a 24 hour clock, but beside an afternoon, an evening or a night.
2. "Half past six" and the like are bare hours too.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

import msgspec

from tarl.planning.language.amounts import DAY_MINUTES, WARM
from tarl.planning.language.line import Found, char_of, kind_of
from tarl.planning.language.numbers import Clock, Number, clock_of
from tarl.planning.task import When

MINUTE_MS = 60_000
NIGHT_ENDS = 6
"""Five at night is early, six at night is in the evening."""
HOURS_SPOKEN_MAX = 12
"""Who names the part of the day counts hours to twelve; more beside it are degrees."""
_SMALL_HOURS_END = "05:00"
"""From the evening or the night until an hour before that is until the next morning."""
_LATE = frozenset({"afternoon", "evening", "night"})


class Part(NamedTuple):
    """A part of the day; ``tonight`` is the evening and the night of a day."""

    name: str
    day: int | None = None
    is_both: bool = False
    weekday: int | None = None


class Day(NamedTuple):
    """A day, by its distance from today, by its name, or by its date (see :class:`When`)."""

    ahead: int | None = None
    weekday: int | None = None
    date: str | None = None


class Time(NamedTuple):
    """A time. ``until`` is where it ends, for a part of the day or a day (the same) and tonight.
    ``half`` says which half of the day was named; None for a bare hour. ``is_told`` is an event
    that is a sentence of its own: ``we leave``; a clock time ``is_night`` that was said of the
    night."""

    when: When
    until: When | None = None
    half: str | None = None
    is_told: bool = False
    is_night: bool = False


# --- the parts of a time


def clock(args: tuple[str, ...], found: Found) -> Clock | None:
    """A clock time. ``args[0]`` is how it is said: ``plain``, ``am``, ``pm``, ``past`` (minutes
    after the hour), ``to`` (minutes before it), ``fixed`` (the next argument, in minutes)."""
    how = args[0]
    literal: list[Clock] = found.of("L", "K")
    numbers: list[Number] = found.of("N")
    if how == "pair":
        read = _past(numbers, ()) if _are_words(numbers) else None
        return halved(read, args[1]) if read and args[1:] else read
    if how == "fixed":
        return clock_of(*divmod(int(args[1]), 60))
    if how == "one":
        past = int(args[1]) * int(numbers[0].value if numbers else 1) if args[1:] else 0
        return Clock(60 + past) if abs(past) < 60 else None
    if how in ("plain", "am", "pm") and len(literal) + len(numbers) == 1:
        read = literal[0] if literal else hour_of(numbers[0])
        return read if how == "plain" or read is None else halved(read, how)
    if how == "past" and (len(numbers) == 2 or len(args) > 1) and numbers:
        return None if _is_amount(found) else _past(numbers, args[1:])
    return None


_UNIT_BEHIND = re.compile(r"\s?(?:°|%|grad\b|prozent|degr|grados|degrees|度|pour cent|por ciento)")


def _is_amount(found: Found) -> bool:
    """Whether the last number is one of something else: ``um 18 Uhr 21 Grad``."""
    return _UNIT_BEHIND.match(found.line.text, found.end) is not None


def clock_past(args: tuple[str, ...], found: Found) -> Clock | None:
    """Minutes and an hour, in this order: ``args[0]`` is 1 or -1, ``args[1]`` fixed minutes."""
    said: list[Number | Clock] = found.of("N", "K")
    hour = said[-1] if isinstance(said[-1], Clock) else hour_of(said[-1])
    past = Fraction(args[1]) if len(args) > 1 else getattr(said[0], "value", None)
    if int(args[0]) < 0 and len(said) == 2 and _is_window(found, said[0]):
        return None
    if hour is None or hour.minutes % 60 or past is None or not 0 < past < 60:
        return None
    total = (hour.minutes + int(args[0]) * int(past)) % DAY_MINUTES
    return Clock(total, hour.half)


def clock_by(args: tuple[str, ...], found: Found) -> Clock | None:
    """An hour and so many minutes beside it: ``ten minutes before seven``; ``args[1]`` is the hour
    where a word names it: ``half an hour after midnight``."""
    past: int = found.of("U")[0] // MINUTE_MS
    if len(args) > 1:
        hour = clock_of(int(args[1]), 0)
    else:
        said: list[Number | Clock] = found.of("N", "K")
        hour = said[-1] if isinstance(said[-1], Clock) else hour_of(said[-1])
    if hour is None or not past:
        return None
    return Clock((hour.minutes + int(args[0]) * past) % DAY_MINUTES, hour.half)


def clock_again(args: tuple[str, ...], found: Found) -> Clock | None:
    """Minutes (``args[0]``, or the number that was said) past the hour that the sentence named
    last: ``on at seven and off at half past``."""
    past = int(args[0]) if args else int(found.of("N")[-1].value)
    for at in range(found.start - 1, -1, -1):
        kind, value = kind_of(found.line.text[at]), found.line.items[at].value
        hour = value if kind in ("K", "L") else hour_of(value) if kind == "N" else None
        if hour is None or not 0 < past < 60:
            continue
        total = hour.minutes // 60 * 60 + past
        total += 0 if total > hour.minutes else 60
        return Clock(total % DAY_MINUTES, hour.half)
    return None


def _is_window(found: Found, minutes: Number | Clock) -> bool:
    """Whether it rather is from one time to another: ``9 to 10 pm``."""
    is_digits = isinstance(minutes, Number) and minutes.text[0].isdigit()
    return is_digits and "min" not in found.text


def _past(numbers: list[Number], fixed: tuple[str, ...]) -> Clock | None:
    """An hour and minutes, in this order."""
    minutes = Fraction(fixed[0]) if fixed else numbers[1].value
    if fixed and len(numbers) > 1:
        minutes *= numbers[1].value
    hour = numbers[0].value
    if hour.denominator != 1 or minutes.denominator != 1:
        return None
    if minutes < 0:
        return clock_of((int(hour) - 1) % 24, 60 + int(minutes))
    return clock_of(int(hour), int(minutes))


def _are_words(numbers: list[Number]) -> bool:
    """Whether two numbers in words can be a time: seven fifteen."""
    hour, minutes = numbers
    return (
        hour.text.isalpha()
        and minutes.text[0].isalpha()
        and 1 <= hour.value <= 12
        and (10 <= minutes.value < 60)
    )


def hour_of(number: Number) -> Clock | None:
    """The clock time of a bare number; ``7.30`` is one with minutes."""
    head, dot, tail = number.text.partition(".")
    if dot and head.isdigit() and len(tail) == 2:
        return clock_of(int(head), int(tail))
    if number.value.denominator != 1:
        return None
    return clock_of(int(number.value), 0)


def halved(read: Clock, half: str) -> Clock | None:
    """The time in one half of the day; None where the clock shows that it is in the other."""
    if read.minutes >= 13 * 60:
        return read if half == "pm" else None
    minutes = read.minutes % (12 * 60)
    return Clock(minutes + (12 * 60 if half == "pm" else 0), half)


def day(args: tuple[str, ...], found: Found) -> Day:
    """A day: ``day.1`` is tomorrow, ``weekday.0`` Monday."""
    return Day(ahead=int(args[0]))


def weekday(args: tuple[str, ...], found: Found) -> Day:
    """A day of the week."""
    return Day(weekday=int(args[0]))


def part(args: tuple[str, ...], found: Found) -> Part:
    """A part of the day: ``part.evening``, ``part.evening.0`` of today, ``part.tonight``."""
    if args[0] == "tonight":
        return Part("evening", 0, True)
    return Part(args[0], int(args[1]) if len(args) > 1 else None)


def day_part(args: tuple[str, ...], found: Found) -> Part:
    """A part of a day of the week in one word: ``daypart.4.evening``, Freitagabend."""
    return Part(args[1], weekday=int(args[0]))


class Event(NamedTuple):
    """An event; ``is_told`` when it is said in a sentence of its own: ``we leave``."""

    name: str
    is_told: bool = False


def leaves_something(found: Found) -> bool:
    """Whether the words are about what is left somewhere: ``I left the light on``."""
    is_left = _LEAVING.search(found.text) is not None
    return is_left and _LEFT_BEHIND.match(found.line.text, found.end) is not None


def _is_indoors(found: Found) -> bool:
    """Whether it is dark in a room, not in the world."""
    return "dark" in found.text and _IN_HERE.match(found.line.text, found.end) is not None


_IN_HERE = re.compile(r" (?:in )?(?:here|there|this room)\b")
_LEAVING = re.compile(r"\b(?:left|leave|leaves)\Z")
_LEFT_BEHIND = re.compile(r" (?:the|my|our|a|an|it|some|all|every)\b")


def event(args: tuple[str, ...], found: Found) -> Event | None:
    """An event: ``event.sunset``; ``event.departure.told`` has a subject and a verb. What is left
    somewhere or somehow is no departure: ``I left the light on``."""
    if leaves_something(found) or _is_indoors(found):
        return None
    return Event(args[0], "told" in args)


# --- a time


def joined(args: tuple[str, ...], found: Found) -> Time | None:
    """The time that parts side by side make."""
    clocks = [*found.of("K", "L"), *(hour_of(number) for number in found.of("N"))]
    parts: list[Part] = found.of("O")
    days: list[Day] = found.of("Y")
    events: list[Event] = found.of("E")
    if max(len(clocks), len(parts), len(days)) > 1 or None in clocks or _ends_degrees(found):
        return None
    when = _with_day(When(), days, parts)
    if parts and parts[0].name in ("am", "pm"):
        if not clocks or clocks[0] is None or (read := halved(clocks[0], parts[0].name)) is None:
            return None
        clocks, parts = [read], []
    if events:
        if clocks + parts:
            return None
        return Time(
            msgspec.structs.replace(when, event=events[0].name), None, None, events[0].is_told
        )
    if parts and any(number.value > HOURS_SPOKEN_MAX for number in found.of("N")):
        return None
    if clocks and parts and parts[0].name in ("noon", "midnight"):
        clocks = []  # Twelve o'clock noon.
    if clocks and clocks[0] is not None:
        return _at_clock(when, clocks[0], parts)
    if not parts:
        return Time(when, when)
    when = msgspec.structs.replace(when, part=parts[0].name)
    if parts[0].is_both:
        return Time(when, msgspec.structs.replace(when, part="night"))
    return Time(when, None if parts[0].name in ("noon", "midnight") else when)


def _at_clock(when: When, at: Clock, parts: list[Part]) -> Time:
    wall = _wall(at, parts)
    half = ("pm" if wall >= "12:00" else "am") if parts else at.half
    is_night = bool(parts) and parts[0].name == "night"
    return Time(msgspec.structs.replace(when, clock=wall), None, half, is_night=is_night)


_BETWEEN = re.compile(rf"\bbetween {char_of('N')} and \Z")


def _ends_degrees(found: Found) -> bool:
    """Whether a number that stands before a day ends a range that may as well be one of degrees:
    ``keep it between 19 and 21 tonight``."""
    numbers = [number.value for number in found.of("N")]
    return numbers[:1] in ([degrees] for degrees in WARM) and bool(
        _BETWEEN.search(found.line.text[: found.start])
    )


def same_half(start: Time, end: Time) -> tuple[Time, Time]:
    """Two ends of a window, where the half of the day that was named for one is meant for both if
    the window stays in order: ``5 to 8 pm``, ``from 5 pm to 7``."""
    first, last = start.when.clock, end.when.clock
    if start.when.part in ("noon", *_LATE) and last and last < "12:00" and end.half is None:
        is_early = start.when.part in ("evening", "night") and last < _SMALL_HOURS_END
        return (start, end) if is_early else (start, _moved(end))
    if first is not None and last is not None and _ends_in_morning(start, end):
        return (
            _moved(start) if _SMALL_UNTIL <= first < "12:00" else _at_midnight(start)
        ), _unmoved(end)
    if first is None or last is None or (start.half is None) == (end.half is None):
        return start, end
    if end.half == "am" and "06:00" <= first < "12:00" and first > last:
        return _moved(start), end
    if end.half == "pm" and first < "12:00" and _plus_12(first) < last:
        return _moved(start), end
    if start.half == "pm" and last < "12:00" and _plus_12(last) > first:
        return start, _moved(end)
    return start, end


_SMALL_UNTIL = "08:00"


def _ends_in_morning(start: Time, end: Time) -> bool:
    """Whether a window of the night ends in the morning: ``between one and six at night``,
    ``between ten and six at night``."""
    first, last = start.when.clock or "", end.when.clock or ""
    is_night = end.is_night and end.half == "pm" and start.half is None
    is_begun = "01:00" <= first < _SMALL_HOURS_END or _SMALL_UNTIL <= first < "13:00"
    return is_night and is_begun and last < _plus_12(_SMALL_UNTIL)


def _unmoved(time: Time) -> Time:
    """A clock time of the evening as the one of the morning."""
    wall = time.when.clock or "12:00"
    hour = int(wall[:2]) - 12
    return Time(msgspec.structs.replace(time.when, clock=f"{hour:02}{wall[2:]}"), None, "am")


def on_day(*said: Time) -> list[Time] | None:
    """Two clock times with the day that was named before or behind them: it belongs to the one that
    it stands beside."""
    is_before = said[0].until is not None
    day, start, end = said if is_before else (said[2], said[0], said[1])
    if day.until is None or start.until is not None or end.until is not None:
        return None
    if day.when.part in _LATE:
        if day.when.part == "night":
            start, end = (_at_midnight(one) for one in (start, end))
        first, last = ((one.when.clock or "") for one in (start, end))
        is_night = day.when.part == "night"
        is_after_midnight = is_night and first < f"{NIGHT_ENDS:02}:00"
        late = [
            one
            if one.half or is_after_midnight or (one.when.clock or "") >= "12:00"
            else _moved(one)
            for one in (start, end)
        ]
        is_in_order = (late[0].when.clock or "") < (late[1].when.clock or "")
        # "Tonight between eleven and four" ends in the small hours, "overnight" till morning.
        is_small = last < ("12:00" if is_night else _SMALL_HOURS_END)
        start, end = late[0], end if is_small and not is_in_order else late[1]
    start, end = same_half(start, end)
    beside = start if is_before else end
    when = msgspec.structs.replace(
        beside.when, day=day.when.day, weekday=day.when.weekday, date=day.when.date
    )
    dated = Time(when)
    return [dated, end._replace(half=None)] if is_before else [start._replace(half=None), dated]


_TILL = re.compile(rf"{char_of('T')} (?:bis|till?|until|hasta|jusqu(?:e|'à|'au)) ")


def till(said: list[Time], found: Found) -> When | None:
    """The time on a day until which something is to be done: ``morgen bis sieben``; a day is no
    beginning where no ``from`` says so."""
    day, end = said[0].when, said[1].when
    is_time = bool(end.clock or end.part or end.event) and not end.names_day
    if day != When(day=day.day, weekday=day.weekday, date=day.date) or not is_time:
        return None
    if not _TILL.match(found.text):
        return None
    return msgspec.structs.replace(end, day=day.day, weekday=day.weekday, date=day.date)


def _at_midnight(time: Time) -> Time:
    """The time; twelve at night is midnight."""
    if time.half or time.when.clock is None or time.when.clock[:2] != "12":
        return time
    return time._replace(when=msgspec.structs.replace(time.when, clock=f"00{time.when.clock[2:]}"))


def _plus_12(wall: str) -> str:
    return f"{int(wall[:2]) + 12}{wall[2:]}"


def _moved(time: Time) -> Time:
    when = msgspec.structs.replace(time.when, clock=_plus_12(time.when.clock or "00:00"))
    return Time(when, None, "pm")


def in_afternoon(when: When) -> When | None:
    """A clock time of the morning as one of the afternoon; None for what is none."""
    if when.clock is None or when.clock >= "12:00":
        return None
    return msgspec.structs.replace(when, clock=_plus_12(when.clock))


def _with_day(when: When, days: list[Day], parts: list[Part]) -> When:
    if days:
        named = days[0]
        return msgspec.structs.replace(
            when, day=named.ahead, weekday=named.weekday, date=named.date
        )
    if parts:
        return msgspec.structs.replace(when, day=parts[0].day, weekday=parts[0].weekday)
    return when


def _wall(at: Clock, parts: list[Part]) -> str:
    minutes, hour = at.minutes, at.minutes // 60
    name = parts[0].name if parts else ""
    if name in _LATE and (not at.is_certain or (name == "afternoon" and not hour and not at.half)):
        if hour == 12:
            minutes -= 12 * 60 if name == "night" else 0
        elif name != "night" or hour >= NIGHT_ENDS:
            minutes += 12 * 60
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def dated(when: When, named: When) -> When:
    """A clock time on the day, and in the part of it, that were named beside it."""
    clock = when.clock or "00:00"
    if named.part in _LATE and clock < "12:00":
        clock = _wall(Clock(int(clock[:2]) * 60 + int(clock[3:])), [Part(named.part)])
    if when.names_day:
        return msgspec.structs.replace(when, clock=clock)
    return msgspec.structs.replace(
        when, clock=clock, day=named.day, weekday=named.weekday, date=named.date
    )


def later(args: tuple[str, ...], found: Found) -> Time | None:
    """A time from now: ``in half an hour``; ``later.then`` from the time that was told before, if
    one was: ``two hours later``."""
    minutes = found.of("U")[0] // MINUTE_MS
    if "last" in args and found.line.text[found.end :].strip(" .!?"):
        return None
    if "then" in args and _OF_WHAT.match(found.line.text, found.end):
        return None  # It is counted from what is named behind it: ``una hora después de ...``.
    event = "then" if "then" in args else None
    return Time(When(event=event, in_minutes=minutes)) if minutes else None


def that_part(args: tuple[str, ...], found: Found) -> Time | None:
    """A part of the day that was told before: ``that morning``."""
    said: Part = found.of("O")[0]
    when = When(event="then", part=said.name)
    return None if said.day is not None or said.is_both else Time(when, when)


_OF_WHAT = re.compile(r" ?(?:de|del|que|qu'|d'|le|la|l'|les|notre|mon)\b")


def times_of(found: Found) -> list[Time] | None:
    """The times of a modifier, where bare numbers are hours; None if one of them cannot be."""
    times: list[Time] = []
    for at in range(found.start, found.end):
        kind, value = kind_of(found.line.text[at]), found.line.items[at].value
        if kind == "T":
            times.append(value)
        elif kind == "N":
            hour = hour_of(value)
            if hour is None:
                return None
            times.append(Time(When(clock=_wall(hour, []))))
    return times
