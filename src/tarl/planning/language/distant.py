"""Days that no plan reaches as they are said: dates of the calendar, next month, in three years.

A plan is made for hours, at most a fortnight ahead, and a sentence is read without knowing what day
it is; so a day is asked for as people say it of the coming days. A date that no calendar has is
told as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.planning.task import Question

_MONTHS: dict[str, str] = {
    "en": "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?",
    "de": "jan(?:uar)?|feb(?:ruar)?|märz|apr(?:il)?|mai|juni?|juli?|aug(?:ust)?|sep(?:tember)?"
    "|okt(?:ober)?|nov(?:ember)?|dez(?:ember)?",
    "fr": "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    "es": "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    "|diciembre",
}
"""The months in their order; an abbreviation is its month's own beginning."""
_DATES: dict[str, str] = {
    "en": rf"(?P<m>{_MONTHS['en']})\.? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?! ?(?:[:%]|[ap]m))"
    rf"|(?:the )?(?P<e>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<n>{_MONTHS['en']})"
    rf"|(?:the )?\w+ of (?:{_MONTHS['en']})"
    r"|on the \d{1,2}(?:st|nd|rd|th)(?! floor)",
    "de": rf"(?P<d>\d{{1,2}})\. ?(?P<m>{_MONTHS['de']})"
    r"|am \d{1,2}\.(?:\d{1,2}\.)?(?! ?(?:stock|etage))",
    "fr": rf"(?P<d>\d{{1,2}}|1er) (?P<m>{_MONTHS['fr']})",
    "es": rf"(?P<d>\d{{1,2}})(?: de)? (?P<m>{_MONTHS['es']})",
    "zh": r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})月"
    r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]",
}
_ANYWHERE = r"|\d{4}-\d{1,2}-\d{1,2}|(?!24/7)\d{1,2}/\d{1,2}(?:/\d{2,4})?"
_FAR: dict[str, str] = {
    "en": r"in (?:a|an|\d+|two|three|four|five|six|ten|a (?:few|couple of)|several)"
    r" (?:weeks?|fortnights?|months?|years?|decades?|centur(?:y|ies))"
    r"|(?:a|\d+|two|three|four|five|six|ten) (?:weeks?|months?|years?) from (?:now|today)"
    r"|next (?:week|month|year|spring|summer|autumn|fall|winter)(?!end)",
    "de": r"in (?:einem|einer|\d+|zwei|drei|vier|fünf|sechs|zehn|einigen)"
    r" (?:wochen?|monat(?:en)?|jahr(?:en)?)"
    r"|nächste[nrs]? (?:woche|monat|jahr|frühling|sommer|herbst|winter)",
    "fr": r"dans (?:une?|\d+|deux|trois|quatre|cinq|six|dix|quelques)"
    r" (?:semaines?|mois|ans?|années?)|(?:la semaine|le mois|l'an|l'année) prochaine?",
    "es": r"(?:dentro de|en) (?:una?|\d+|dos|tres|cuatro|cinco|seis|diez|unas|unos)"
    r" (?:semanas?|mes(?:es)?|años?)|la próxima semana|el próximo (?:mes|año)"
    r"|(?:la semana|el mes|el año) que viene",
    "zh": r"(?:\d+|[一二两三四五六七八九十几]+)(?:个)?(?:星期|礼拜|周|月|年)(?:后|之后|以后)"
    r"|下(?:个)?(?:星期|礼拜|周)(?![一二三四五六日天末])|下(?:个)?月|明年|后年",
}
_SINCE = re.compile(
    r"(?:n't|\bnot|\bnever|\bfirst|\bkein\w*|\bnicht|\bpas|\bplus|\bno|\bnunca|没\w*)\b[^,;.!?]*$",
    re.IGNORECASE,
)
"""Before it, what has not been done for so long is told."""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SIGNS = "一二三四五六七八九十"


def distant(sentence: str, tag: str) -> Iterator[Question]:
    """The questions about days that are no day of the coming ones; ``tag`` is the language's."""
    edges = ("", "") if tag == "zh" else (r"(?<!\w)", r"(?!\w)")
    dates = _DATES.get(tag, "(?!)") + _ANYWHERE
    for found in re.finditer(f"{edges[0]}(?:{dates}){edges[1]}", sentence, re.IGNORECASE):
        named = {name: said for name, said in found.groupdict().items() if said is not None}
        if named and not _is_of_calendar(*_day_of(named, tag)):
            yield _asked(f"There is no {found[0]!r}")
        else:
            yield _asked(f"{found[0]!r} is a date, which a plan of hours does not reach")
    for found in re.finditer(
        f"{edges[0]}(?:{_FAR.get(tag, '(?!)')}){edges[1]}", sentence, re.IGNORECASE
    ):
        if not _SINCE.search(sentence[: found.start()]):
            yield _asked(f"{found[0]!r} is further ahead than plans are made")


def _asked(why: str) -> Question:
    return Question(slot="time", text=f"{why}: on which of the coming days, as in 'on Friday'?")


def _is_of_calendar(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _day_of(named: dict[str, str], tag: str) -> tuple[int, int]:
    """The month and the day of a date."""
    month, day = named.get("m") or named.get("n", ""), named.get("d") or named.get("e", "")
    return _month(month, tag), _number(day.removesuffix("er"))


def _month(said: str, tag: str) -> int:
    if tag == "zh":
        return _number(said)
    names = _MONTHS[tag].split("|")
    return next(at for at, name in enumerate(names, 1) if re.fullmatch(name, said, re.IGNORECASE))


def _number(said: str) -> int:
    """A number up to 99 in figures or Chinese signs."""
    if said.isdecimal():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return _SIGNS.index(said) + 1 if len(said) == 1 else 0
    return (_SIGNS.index(tens) + 1 if tens else 1) * 10 + (_SIGNS.index(ones) + 1 if ones else 0)
