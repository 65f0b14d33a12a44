"""Days that are asked about: next month, in three years, a date that may be two (``3/4``).

A plan is made for hours, at most a fortnight ahead; so a day is asked for as people say it of the
coming days. A date that no calendar has is told as such; one that is understood is looked up once
it is known what day it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.planning.language.calendar import MONTHS, is_of_calendar, month_of, number, with_dates
from tarl.planning.language.line import char_of, read
from tarl.planning.task import Question

_DATES: dict[str, str] = {
    "en": rf"(?P<m>{MONTHS['en']})\.? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?! ?(?:[:%]|[ap]m))"
    rf"|(?:the )?(?P<e>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<n>{MONTHS['en']})"
    rf"|(?:the )?\w+ of (?:{MONTHS['en']})"
    r"|on the \d{1,2}(?:st|nd|rd|th)(?! floor)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day (?:week|after next)(?! days?)"
    r"|(?<!once )(?<!twice )(?<!times )a week (?:on|after)"
    r" (?:mon|tues|wednes|thurs|fri|satur|sun)day",
    "de": rf"(?P<d>\d{{1,2}})\. ?(?P<m>{MONTHS['de']})"
    r"|am \d{1,2}\.(?:\d{1,2}\.)?(?! ?(?:stock|etage))",
    "fr": rf"(?P<d>\d{{1,2}}|1er) (?P<m>{MONTHS['fr']})",
    "es": rf"(?P<d>\d{{1,2}})(?: de)? (?P<m>{MONTHS['es']})",
    "zh": r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})月"
    r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]",
}
_ANYWHERE = r"|\d{4}-\d{1,2}-\d{1,2}|(?!24/7)\d{1,2}/\d{1,2}(?:/\d{2,4})?"
_FAR: dict[str, str] = {
    "en": r"in (?!(?:a|one|1) week\b)(?:a|an|\d+|two|three|four|five|six|ten|a (?:few|couple of)"
    r"|several) (?:weeks?|fortnights?|months?|years?|decades?|centur(?:y|ies))"
    r"|(?!(?:a|one|1) week)(?:a|\d+|two|three|four|five|six|ten) (?:weeks?|months?|years?)"
    r" from (?:now|today)"
    r"|next (?:week|month|year|spring|summer|autumn|fall|winter)(?!end)",
    "de": r"in (?!(?:einer|1) woche\b)(?:einem|einer|\d+|zwei|drei|vier|fünf|sechs|zehn|einigen)"
    r" (?:wochen?|monat(?:en)?|jahr(?:en)?)"
    r"|nächste[nrs]? (?:woche|monat|jahr|frühling|sommer|herbst|winter)",
    "fr": r"dans (?!une semaine\b)(?:une?|\d+|deux|trois|quatre|cinq|six|dix|quelques)"
    r" (?:semaines?|mois|ans?|années?)|(?:la semaine|le mois|l'an|l'année) prochaine?",
    "es": r"(?:dentro de|en) (?!una semana\b)(?:una?|\d+|dos|tres|cuatro|cinco|seis|diez|unas|unos)"
    r" (?:semanas?|mes(?:es)?|años?)|la próxima semana|el próximo (?:mes|año)"
    r"|(?:la semana|el mes|el año) que viene",
    "zh": r"(?!(?:1|一)(?:个)?(?:星期|礼拜|周))"
    r"(?:\d+|[一二两三四五六七八九十几]+)(?:个)?(?:星期|礼拜|周|月|年)(?:后|之后|以后)"
    r"|下(?:个)?(?:星期|礼拜|周)(?![一二三四五六日天末])|下(?:个)?月|明年|后年",
}
_SINCE = re.compile(
    r"(?:n't|\bnot|\bnever|\bfirst|\bkein\w*|\bnicht|\bpas|\bplus|\bno|\bnunca|没\w*)\b[^,;.!?]*$",
    re.IGNORECASE,
)
"""Before it, what has not been done for so long is told."""


def distant(sentence: str, tag: str) -> Iterator[Question]:
    """The questions about days that are no day of the coming ones; ``tag`` is the language's."""
    edges = ("", "") if tag == "zh" else (r"(?<!\w)", r"(?!\w)")
    known: list[tuple[int, int]] | None = None
    dates = _DATES.get(tag, "(?!)") + _ANYWHERE
    for found in re.finditer(f"{edges[0]}(?:{dates}){edges[1]}", sentence, re.IGNORECASE):
        named = {name: said for name, said in found.groupdict().items() if said is not None}
        known = list(_known(sentence, tag)) if known is None else known
        if any(start < found.end() and found.start() < end for start, end in known):
            continue
        if named and not is_of_calendar(*_day_of(named, tag)):
            yield _asked(f"There is no {found[0]!r}")
        else:
            yield _asked(f"{found[0]!r} may be several dates, or none")
    for found in re.finditer(
        f"{edges[0]}(?:{_FAR.get(tag, '(?!)')}){edges[1]}", sentence, re.IGNORECASE
    ):
        if not _SINCE.search(sentence[: found.start()]):
            yield _asked(f"{found[0]!r} is further ahead than plans are made")


def _known(sentence: str, tag: str) -> Iterator[tuple[int, int]]:
    """Where the dates stand that are understood."""
    line = with_dates(read(sentence), tag)
    mark = char_of("Y")
    for char, item in zip(line.text, line.items, strict=True):
        if char == mark:
            yield item.start, item.end


def _asked(why: str) -> Question:
    return Question(slot="time", text=f"{why}: on which of the coming days, as in 'on Friday'?")


def _day_of(named: dict[str, str], tag: str) -> tuple[int, int]:
    """The month and the day of a date."""
    month, day = named.get("m") or named.get("n", ""), named.get("d") or named.get("e", "")
    return month_of(month, tag), number(day.removesuffix("er"))
