"""What bounds a goal, and what is striven for, as constraints and goals without ids.

Each function makes the value of one family of phrases; ``args`` are the rest of the phrase's key.
None means that the words, though they look so, say something else.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from tarl.planning.language.amounts import MINUTE_MS, WARM, WARM_MIN, WHOLE, Money, celsius
from tarl.planning.language.counted import Counted, beside
from tarl.planning.language.line import Found, char_of, kind_of
from tarl.planning.language.numbers import Number
from tarl.planning.language.times import Time, on_day, same_half, till, times_of
from tarl.planning.language.values import ONE, THEN, Bound, Draft, Either, Mention, Place
from tarl.planning.task import Goal, Operator, When

_UNITS = {"H": "temperature", "N": "number", "Q": "share", "W": "power", "V": "energy"}


# --- times


def deadline(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Done by then. A time that lasts is meant to its beginning or end as ``When`` says;
    ``deadline.in`` is about a time from now alone: ``I need it in an hour``."""
    times = times_of(found)
    begun = [BEGINNINGS.get(said.state) for said in found.of("S")]
    if begun and not times:
        return (Draft("deadline", When(event=begun[0])),) if begun[0] else None
    if not times or ("in" in args and times[0].when.in_minutes is None):
        return None
    is_dated = bool(times[0].when.event and times[-1].when.clock)
    when = beside(times[-1 if is_dated else 0].when, found, sign=-1)
    return (Draft("deadline", when),)


def deadline_of(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Done by the time at which something else begins that is named, but means nothing itself:
    ``before the film at eight``, ``before Mika comes back from school at three``."""
    said = found.of("C", "I")
    bounds = [one.times if isinstance(one, Either) else one for one in said]
    if any(kind_of(char) not in (None, *_ASIDE) for char in found.text):
        return None
    if len(bounds) == 2 and not (
        [draft.type for draft in bounds[0]] == ["deadline"] and bounds[0][0].value.event
    ):
        return None
    if not 1 <= len(bounds) <= 2 or [draft.type for draft in bounds[-1]] != ["earliest"]:
        return None
    if isinstance(said[-1], Either) and _is_of_place(found):
        return None  # How warm a place is to be: ``before they come I want the hall at 21``.
    when: When = bounds[-1][0].value
    return (Draft("deadline", when),) if when.clock or when.part else None


def _is_of_place(found: Found) -> bool:
    """Whether a number stands right behind a place."""
    before = found.text[:-1].rstrip()
    return kind_of(found.text[-1]) == "I" and bool(before) and kind_of(before[-1]) == "A"


_ASIDE = ("A", "C", "I", "N", "P", "f")
BEGINNINGS = {"asleep": "bedtime", "awake": "wake_up", "home": "arrival", "away": "departure"}
"""With what a state begins: before all are asleep is before bedtime."""


def earliest(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Not begun before; ``earliest.fixed`` whatever is forbidden beside it: ``don't run it until
    after ten``."""
    times = times_of(found)
    if not times or (found.text.endswith(" on") and _ON_WHAT.match(found.line.text, found.end)):
        return None
    if found.text.startswith(_WHILE) and times[0].is_told:
        return (Draft("condition", _SO_THEN[str(times[0].when.event)], "eq"),)
    if isinstance(times[0].when, Counted) and found.text.endswith(" an"):
        return at((), found)  # ``Licht eine Stunde vor Sonnenuntergang an``.
    named = times[-1] if times[0].when.event else times[0]
    when = beside(named.when, found, sign=1)
    return (Draft("earliest", when, "gte", is_fixed="fixed" in args),)


_ON_WHAT = re.compile(
    rf" (?:(?:the|its|an?|our|only|just|nothing|eco|{char_of('R')})(?!\w)|{char_of('C')})"
)
"""What something runs on: ``overnight on the quick programme``."""
_WHILE = ("if ", "in case ", "while ", "as long as ", "so long as ", "whilst ")
_SO_THEN = {
    event: {"subject": "occupancy", "state": state}
    for event, state in {
        "departure": "away",
        "arrival": "home",
        "wake_up": "awake",
        "bedtime": "asleep",
    }.items()
}
"""What is so once something has happened: ``if everyone has gone out``."""


def at(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """A time as such: a window for a day or a part of it, else the beginning."""
    times = times_of(found)
    if not times:
        return None
    time: Time = times[0]
    if isinstance(time.when, Counted):
        is_before = time.when.offset_min < 0
        return (Draft("deadline", time.when) if is_before else Draft("earliest", time.when, "gte"),)
    if time.is_told and found.end - found.start == 1:
        return None
    if time.until is not None:
        return (_window(time.when, time.until, "in"),)
    return (Draft("earliest", time.when, "gte"),)


def that_time(args: tuple[str, ...], found: Found) -> tuple[Draft, ...]:
    """The time that was told before: ``thattime.deadline`` (by then), ``thattime.earliest``."""
    return (Draft("deadline", THEN) if args[0] == "deadline" else Draft("earliest", THEN, "gte"),)


def window(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Inside it, or not inside it (``window.neq``)."""
    times = times_of(found)
    operator: Operator = "neq" if "neq" in args else "in"
    if _begins_with_degrees(found) or _ends_with_degrees(found) or _is_of_degrees(found):
        return None
    if len(times or ()) == 3:
        times = on_day(*times) if times else None  # before them, or behind them
    if not times or len(times) > 2:
        return None
    if len(times) == 2:
        if operator == "in" and (end_of_day := till(times, found)):
            return (Draft("deadline", end_of_day),)
        start, end = same_half(times[0], times[1])
        is_said = _NEVER.match(found.text) is not None
        return (_window(start.when, end.when, operator)._replace(is_fixed=is_said),)
    until = times[0].until
    return (_window(times[0].when, until, operator),) if until is not None else None


_NEVER = re.compile(r"(?:so|and|but|just|or|nor) (?:not|never)\b")
"""What forbids something once more: ``it mustn't run while we eat, so not at noon``."""
_TO = re.compile(r"(?:\bto|\bat|\bauf|\bà|\ba|到) ?\Z")


def _begins_with_degrees(found: Found) -> bool:
    """Whether the first number is what is to be reached: ``heat it to 21 till ten``."""
    if kind_of(found.text[0]) != "N" or not _TO.search(found.line.text[: found.start]):
        return False
    return found.line.items[found.start].value.value in WARM


def _ends_with_degrees(found: Found) -> bool:
    """Whether the last number is what is to be reached: ``by midnight to 17``."""
    if kind_of(found.text[-1]) != "N" or not _BY.search(found.line.text[: found.start]):
        return False
    return found.line.items[found.end - 1].value.value in WARM


def _is_of_degrees(found: Found) -> bool:
    """Whether two numbers before a day may as well be degrees: ``between 19 and 21 on Saturday``;
    what the rest of the clause leaves open is an ``Either``."""
    numbers = [number.value for number in found.of("N")]
    is_dated = kind_of(found.text[-1]) == "T" and found.text.startswith("between")
    return is_dated and len(numbers) == 2 and all(number in WARM for number in numbers)


_BY = re.compile(r"\b(?:by|before) ?\Z")


def weekend(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Saturday and Sunday, or not then (``weekend.neq``), or done before (``weekend.before``)."""
    if "before" in args:
        return (Draft("deadline", When(weekday=5)),)
    named = [time.when for time in times_of(found) or ()]
    if named not in ([], [When(weekday=5), When(weekday=6)]):
        return None
    return (_window(When(weekday=5), When(weekday=6), "neq" if "neq" in args else "in"),)


def _window(start: When, end: When, operator: Operator) -> Draft:
    return Draft("window", {"from": start, "to": end}, operator)


def within(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Done in so long; less than a minute is about the answer, not about the work."""
    duration: int = found.of("U")[0]
    if duration < MINUTE_MS:
        return (Draft("latency", duration),)
    if _is_followed(found):
        return (Draft("duration", duration // MINUTE_MS, "eq"),)
    return (Draft("deadline", When(in_minutes=duration // MINUTE_MS)),)


_FOLLOWED = re.compile(r" (?:after|following|before)\b")


def _is_followed(found: Found) -> bool:
    """Whether a time from which it counts stands behind it: ``in the two hours after sunset`` is
    how long."""
    line, at = found.line, found.end
    if _FOLLOWED.match(line.text, at):
        return True
    at += line.text[at : at + 1] == " "
    if line.text[at : at + 1] != char_of("C"):
        return False
    return any(draft.type in ("earliest", "deadline") for draft in line.items[at].value)


def duration(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """How long; ``duration.fixed``, not longer: ``never for more than two hours``."""
    minutes = found.of("U")[0] // MINUTE_MS
    is_bare, is_fixed = found.end - found.start == 1, "fixed" in args
    return (Draft("duration", minutes, "eq", is_fixed, is_bare),) if minutes else None


# --- amounts


def budget(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Money for the whole (``cost``) or for a kilowatt-hour (``price``)."""
    money: list[Money] = found.of("M")
    value = {"amount_micro": money[0].micro, "currency": money[0].currency}
    return (Draft(args[0], value),)


def free(args: tuple[str, ...], found: Found) -> tuple[Draft, ...]:
    """What costs nothing, in whatever currency: ``for free``."""
    return (Draft("cost", {"amount_micro": 0}),)


def limit(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Watt-hours, or milliseconds until something answers."""
    kind = {"energy": "V", "latency": "U"}[args[0]]
    amount: int = found.of(kind)[0]
    return None if kind == "U" and amount >= MINUTE_MS else (Draft(args[0], amount),)


_KEPT = ("steady", "constant", "a steady", "a constant", "保持", "维持", "控制", "恒定")
_HOLDING = ("keep ", "keeping ", "hold ", "holding ", "maintain")
_STAYING = ("stays ", "remains ", "stay above", "stay over", "remain above", "remain over")
"""Words that keep: as well in front of a limit, ``keep the house under 8 kW``."""


_CHARGING = re.compile(r"\b(?:charge|fill|top) (?:the|my|our)\b")
_STORED = frozenset({"battery", "ev_charger"})


def bound(args: tuple[str, ...], found: Found) -> Bound | None:
    """``bound.lte``, ``bound.gte``, ``bound.eq``, ``bound.aim`` (to be reached), ``bound.upto``
    (to be reached, and not passed), ``bound.whole`` (degrees of the whole house),
    ``bound.between``; ``bound.gte.1000`` and the like are
    shares said in words."""
    values = [_quantity(kind, value) for kind, value in _items(found, "HNQWV")]
    if (found.of("Q") or found.of("N")) and any(device.kind in _STORED for device in found.of("D")):
        return None  # What is stored in that device is bounded, and the device is asked for.
    if found.of("N") and _CHARGING.search(found.text):
        return None  # What is charged is asked for as well: ``don't charge the car beyond 85``.
    values = [("fill", int(args[1]))] if args[1:] and args[1].isdigit() else values
    if not values or any(value is None for _, value in values):
        return None
    unit = next((unit for unit, _ in values if unit != "number"), "number")
    low, high = values[0][1], values[-1][1]
    spot = next(iter(found.of("A")), None)
    if args[0] == "aim" and unit == "number" and _is_hour(found, low):
        return None
    if found.text.startswith(_BY_SO_MUCH) and is_step(unit, low):
        return None
    if args[0] == "between":
        lo, hi = sorted((_in_unit(unit, values[0]), _in_unit(unit, values[-1])))
        if unit == "temperature" and hi > _FAHRENHEIT_MIN and values[0][0] == "number":
            lo, hi = sorted((lo, celsius(Fraction(hi, 10))))
        return Bound(unit, lo, hi, is_kept=_is_kept(found, unit), place=spot)
    how = "aim" if args[0] == "whole" else args[0]
    if args[0] == "whole" and (low is None or low // 10 not in WARM):
        return None
    return Bound(
        unit,
        low if how in ("gte", "eq", "aim") else None,
        high if how in ("lte", "eq", "aim", "upto") else None,
        how in ("aim", "upto"),
        _is_kept(found, unit),
        spot,
        "house" in args,
    )


def _is_kept(found: Found, unit: str) -> bool:
    """Whether the words that bound something say keep as well."""
    if found.text.startswith(_KEPT) or found.text.startswith(_HOLDING):
        return True
    return unit != "power" and found.text.startswith(_STAYING)


STEP_MAX = 50
"""Tenths of a degree: by so much is changed what is to become warmer or colder."""


_BY_SO_MUCH = (char_of("H"), "by ", "um ", "de ")


def is_step(unit: str, tenths: int | None) -> bool:
    """Whether degrees are so few that a room is not heated to them, but by them."""
    return unit == "temperature" and tenths is not None and 0 < tenths <= STEP_MAX


def _is_hour(found: Found, tenths: int | None) -> bool:
    """Whether a bare number is too low for degrees, and said as an hour is: ``warm at six``."""
    is_low = tenths is not None and tenths < WARM_MIN
    return is_low and _AT_HOUR.search(found.text) is not None


_FAHRENHEIT_MIN = 400
"""Tenths of a degree: no room is that warm; a number without a unit has that of the one beside
it: ``between 68 and 72 Fahrenheit``."""
_AT_HOUR = re.compile(rf"\bat {char_of('N')}\Z")


def either(args: tuple[str, ...], found: Found) -> Either | None:
    """Bare numbers: ``either.at``, ``either.between``."""
    reads_as_time = at if args[0] == "at" else window
    limits = bound(("eq" if args[0] == "at" else "between",), found)
    if limits is None:
        times = reads_as_time((), found)
        return Either(times, Bound("number")) if times else None  # 18.45 is no temperature.
    return Either(reads_as_time((), found) or (), limits)


def _items(found: Found, kinds: str) -> list[tuple[str, Any]]:
    items = []
    for index in range(found.start, found.end):
        kind = kind_of(found.line.text[index])
        if kind is not None and kind in kinds:
            items.append((kind, found.line.items[index].value))
    return items


def _quantity(kind: str, value: Any) -> tuple[str, int | None]:
    if isinstance(value, Number):
        tenths = value.value * 10
        return "number", int(tenths) if tenths.denominator == 1 else None
    return _UNITS[kind], value


def _in_unit(unit: str, value: tuple[str, int | None]) -> int:
    """Tenths of a bare number as what the other one is: ``between 40 and 60 %``."""
    amount = value[1] or 0
    if value[0] == unit:
        return amount
    if unit == "power":
        # "Between 1 and 4 kW" means kilowatts twice.
        return amount * 100 if amount < 1000 else amount // 10
    return amount


# --- rules


def rule(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """A rule without amounts: ``rule.tariff.eq.off_peak``, ``rule.tariff.eq.solar_only.loose``; a
    share that is said of it is all."""
    if any(share != WHOLE for share in found.of("Q")):
        return None
    operator: Operator = "neq" if args[1] == "neq" else "eq"
    value = True if args[0] == "quiet" else args[2]
    return (Draft(args[0], value, operator, is_loose="loose" in args),)


_CAPPED = re.compile(
    rf"[^,;.:]*? (?:to|at|under|below|within|beneath)[^,;.:]{{0,14}}[{char_of('M')}{char_of('C')}]"
)


_BETWEEN_WHAT = re.compile(
    rf"\A[^,.;]*?\b(?:between|of|zwischen|aus"
    rf"|entre) (?:\w+ ){{0,2}}[{''.join(map(char_of, 'NHQTW'))}]"
)
"""What is between two numbers is a range, and no balance."""


def goal(args: tuple[str, ...], found: Found) -> Goal | None:
    """An objective: ``goal.minimize.cost``; costs that are limited to an amount are none."""
    is_limited = found.text.startswith(("limit", "cap", "keep", "hold", "restrict"))
    if is_limited and args[1] == "cost" and _CAPPED.match(found.line.text, found.end):
        return None
    if args[1] == "balanced" and _BETWEEN_WHAT.search(found.line.text[found.start :]):
        return None
    places = tuple(spot.id for spot in found.of("A"))
    return Goal(args[0], args[1], scope=places)  # type: ignore[arg-type]  # the pattern gives words of both


def scene(args: tuple[str, ...], found: Found) -> Goal:
    """A mood or a mode."""
    return Goal("achieve", f"scene:{args[0]}", {"action": "turn_on"})


def word(args: tuple[str, ...], found: Found) -> str:
    """The key itself."""
    return ".".join(args)


def mention(args: tuple[str, ...], found: Found) -> Mention:
    """A device by what it is: ``kind.light``, ``kind.light.all``, ``kind.light.in.kitchen``;
    ``kind.coffee_maker.do.run`` when the words say what it is to do as well."""
    facts = dict(zip(args[1::2], args[2::2], strict=False))
    return Mention(
        args[0],
        is_all="all" in args,
        place=facts.get("in"),
        action=facts.get("do"),
        is_verb=is_ordered(found),
        is_loose="loose" in args,
    )


_DOING = re.compile(
    r"(?:wash|do|clean|dry|heat|warm|water|vacuum|hoover|sweep|mop|tumble|wash up|brew|mow"
    r"|wasch|wasche|spül|spüle|saug|sauge|gieß|gieße|trockne|heiz|wisch|putz|koch|mäh"
    r"|fais|faire|lave|laver|arrose|arroser|passe|passer|chauffe|chauffer|sèche|sécher|nettoie"
    r"|nettoyer|aspire|aspirer"
    r"|haz|hacer|lava|lavar|riega|regar|aspira|aspirar|calienta|calentar|seca|secar|barre|barrer"
    r"|friega|fregar|limpia|limpiar)\b|[洗烧浇扫吸拖烘煮打热](?!.*[机器])"
)
_DETERMINED = re.compile(
    r"\b(?:the|a|an|my|our|this|that|no|der|die|das|den|dem|ein|eine|mein|kein|le|la|l'|un|une|el"
    r"|los|las|una) ?\Z"
)


def is_ordered(found: Found) -> bool:
    """Whether words that name a device begin with what is to be done."""
    before = found.line.text[: found.start]
    return _DOING.match(found.text) is not None and not _DETERMINED.search(before)


def one(args: tuple[str, ...], found: Found) -> Mention:
    """Another device of a kind that was named: ``the kitchen light and the hall one``."""
    return Mention(ONE)


def place(args: tuple[str, ...], found: Found) -> Place:
    """An area or a floor by a word of the language."""
    return Place(args[0], "floor" in args)
