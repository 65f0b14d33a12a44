"""Dates of the calendar in a sentence: which are said, and which there are none of.

A sentence is read without knowing what day it is: a date without its year, or without its month, is
the next one to come.
"""

from __future__ import annotations

import re
from functools import cache, partial

from tarl.planning.language.line import Found, Line, Rule, rewrite
from tarl.planning.language.times import Day

MONTHS: dict[str, str] = {
    "en": "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?",
    "de": "jan(?:uar)?|feb(?:ruar)?|märz|apr(?:il)?|mai|juni?|juli?|aug(?:ust)?|sep(?:tember)?"
    "|okt(?:ober)?|nov(?:ember)?|dez(?:ember)?",
    "fr": "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    "es": "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    "|diciembre",
}
"""The months in their order; an abbreviation is its month's own beginning."""
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first"
    "|twenty-second|twenty-third|twenty-fourth|twenty-fifth|twenty-sixth|twenty-seventh"
    "|twenty-eighth|twenty-ninth|thirtieth|thirty-first"
)
_WEEKDAYS: dict[str, str] = {
    "en": "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "de": "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag",
    "fr": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "es": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
}
_NTH = r"(?:st|nd|rd|th)"
_NO_TIME = r"(?! ?(?:[:%.]\d|%|[ap]m|o'clock|uhr|h\b))"
_SHORT = r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<z>\d{4}))?(?![/\d])"
_YEAR = r"(?:,? (?P<y>20\d{2})(?!\d))?"
_NO_VERB = r"(?!(?<= may) (?!(?:at|by|before|after|in|from|between|and|to|or)\b)\w)"
"""Not ``light 2 may go off``."""
_DATES: dict[str, tuple[str, ...]] = {
    "en": (
        rf"(?P<m>{MONTHS['en']})\.? (?:the )?(?P<d>\d{{1,2}}){_NTH}?{_NO_TIME}{_YEAR}",
        rf"(?:the )?(?P<d>\d{{1,2}}){_NTH}?(?: of)? (?P<m>{MONTHS['en']}){_NO_VERB}{_YEAR}",
        rf"(?:the )?(?P<o>{_ORDINALS})(?: of)? (?P<m>{MONTHS['en']}){_YEAR}",
        rf"(?P<m>{MONTHS['en']}) (?:the )?(?P<o>{_ORDINALS}){_YEAR}",
        rf"(?:(?<=on )|(?<=by )|(?<=until )|(?<=till )|(?<=before )|(?<=after )|(?<=from )"
        rf"|(?<=day )|(?<=between )|(?<=and ))the (?P<d>\d{{1,2}}){_NTH}"
        rf"(?! (?:floor|time|degree|step|of\b|(?:{MONTHS['en']})\b))",
        rf"(?:(?<=on )|(?<=by )|(?<=until )|(?<=before )|(?<=after )|(?<=from )){_SHORT}",
    ),
    "de": (
        rf"(?:de[nm] )?(?P<d>\d{{1,2}})\. ?(?P<m>{MONTHS['de']}){_YEAR}",
        r"(?:(?<=am )|(?<=zum )|(?<=dem )|(?<=den ))(?P<d>\d{1,2})\.(?P<n>\d{1,2})\.?"
        r"(?P<y>20\d{2})?",
        rf"(?<=am )(?P<d>\d{{1,2}})\.(?! ?(?:stock|etage|\d|{MONTHS['de']}))",
    ),
    "fr": (
        rf"(?:le )?(?P<d>\d{{1,2}}|1er) (?P<m>{MONTHS['fr']}){_YEAR}",
        rf"(?:(?<=avant )|(?<=pour )|(?<=après )|(?<=jusqu'au ))?le {_SHORT}",
    ),
    "es": (
        rf"(?:el )?(?:día )?(?P<d>\d{{1,2}})(?: de)? (?P<m>{MONTHS['es']})(?: de(?=l? 20))?{_YEAR}",
        rf"el {_SHORT}",
    ),
    "zh": (
        r"(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})月(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]",
        r"(?<![\d月一二三四五六七八九十])(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})号(?!楼|线|房|门|机)",
    ),
}
_ISO = r"(?P<y>20\d{2})-(?P<n>\d{1,2})-(?P<d>\d{1,2})"
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SIGNS = "一二三四五六七八九十"


_MAYBE = re.compile(r"\d|[号月日]|(?:th|st|nd|rd)\b")
"""Without which no date is said."""


def with_dates(line: Line, tag: str) -> Line:
    """The line, in which the dates are days; ``tag`` is the language's."""
    return rewrite(line, _rules(tag)) if _MAYBE.search(line.text) else line


@cache
def _rules(tag: str) -> tuple[Rule, ...]:
    rules = []
    weekday = f"(?:(?P<w>{_WEEKDAYS[tag]}),? )?" if tag in _WEEKDAYS else ""
    edges = ("", "") if tag == "zh" else (r"(?<![\w/.])", r"(?![\w])")
    for form in (*_DATES.get(tag, ()), _ISO):
        lead = "" if "(?<=" in form else weekday
        if "(?<=day )" in form:
            lead = weekday
        pattern = re.compile(f"{edges[0]}{lead}{form}{edges[1]}")
        rules.append(Rule("Y", pattern, partial(_day, pattern=pattern, tag=tag)))
    return tuple(rules)


def _day(found: Found, *, pattern: re.Pattern[str], tag: str) -> Day | None:
    """The day that a date means; None for what is no date of the calendar, or may be two."""
    said = pattern.match(found.line.text, found.start)
    named = {key: value for key, value in (said.groupdict() if said else {}).items() if value}
    month, day = _month_and_day(named, tag)
    if day is None or (month is None and "a" in named):
        return None
    if not is_of_calendar(month or 1, day):
        return None
    name = named.get("w")
    weekday = _WEEKDAYS[tag].split("|").index(name) if name else None
    year = named.get("y") or named.get("z")
    if month is None:
        return Day(weekday=weekday, date=f"---{day:02}")
    return Day(weekday=weekday, date=f"{year or '-'}-{month:02}-{day:02}")


def _month_and_day(named: dict[str, str], tag: str) -> tuple[int | None, int | None]:
    if "a" in named:
        return _short(int(named["a"]), int(named["b"]), tag)
    ordinal, digits = named.get("o"), named.get("d")
    day = _ORDINALS.split("|").index(ordinal) + 1 if ordinal else None
    day = number(digits.removesuffix("er")) if digits else day
    if "m" in named:
        return month_of(named["m"], tag), day
    return number(named["n"]) if "n" in named else None, day


def _short(one: int, other: int, tag: str) -> tuple[int | None, int | None]:
    """The month and the day of ``12/24``: in English either may be the month."""
    if tag == "en":
        if one != other and max(one, other) <= 12:
            return None, None
        return (one, other) if one <= 12 else (other, one)
    return other, one


def is_of_calendar(month: int, day: int) -> bool:
    """Whether some year has such a day."""
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def month_of(said: str, tag: str) -> int:
    """The number of a month, by its name or by its signs."""
    if tag == "zh":
        return number(said)
    names = MONTHS[tag].split("|")
    return next(at for at, name in enumerate(names, 1) if re.fullmatch(name, said, re.IGNORECASE))


def number(said: str) -> int:
    """A number up to 99 in figures or Chinese signs."""
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return _SIGNS.index(said) + 1 if len(said) == 1 else 0
    return (_SIGNS.index(tens) + 1 if tens else 1) * 10 + (_SIGNS.index(ones) + 1 if ones else 0)
