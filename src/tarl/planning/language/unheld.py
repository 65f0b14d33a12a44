"""What a sentence says beside its goals that no plan holds: that it is done again and again, and in
which manner. It is said to whoever asked; nothing waits for an answer.

1. A plan is made for the next time: ``every day at 7`` is planned once, and nothing repeats it.
2. A device does what it is told in its own way: ``slowly`` is told to none.
3. ``After lunch`` is taken for noon, since nobody knows when that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tarl.planning.task import Constraint, Goal, Said


class Unheld(NamedTuple):
    """How a language says it: that it comes again, that it always holds (where a sentence, or a
    part of it, begins so), and the manner."""

    again: re.Pattern[str]
    always: re.Pattern[str]
    manner: re.Pattern[str]


def _words(again: str, always: str, manner: str, *, is_apart: bool = True) -> Unheld:
    edges = (r"(?<![\w'-])", r"(?![\w'-])") if is_apart else ("", "")
    return Unheld(
        *(re.compile(f"{edges[0]}(?:{each}){edges[1]}", re.I) for each in (again, always, manner))
    )


_DAYS = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_TAGE = "(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend"
_JOURS = "lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?"
_DIAS = "lunes|martes|miércoles|jueves|viernes|sábados?|domingos?"

UNHELD: dict[str, Unheld] = {
    "en": _words(
        r"(?:every|each) (?:single |other |second )?(?:day|night|morning|afternoon|evening|noon"
        rf"|weekday|workday|weekend|week|month|hour|time|{_DAYS}|\d+ (?:minutes|hours|days|weeks))"
        rf"|daily|nightly|weekly|hourly|monthly|from now on|on weekdays"
        r"|whenever(?= (?:i|we|he|she|they|some\w+|any\w+|every\w+|nobody|no one)\b)"
        r"|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)days|on (?:school|work|working) ?days",
        r"always",
        r"slowly|gently|gradually|smoothly|softly|carefully|little by little|bit by bit",
    ),
    "de": _words(
        r"jede[nrsm]? (?:zweiten? )?(?:tag|nacht|morgen|vormittag|mittag|nachmittag|abend|woche"
        rf"|monat|stunde|werktag|wochentag|wochenende|mal|{_TAGE})|täglich|wöchentlich|stündlich"
        r"|werktags|wochentags|(?:mon|diens|donners|frei|sams|sonn)tags|mittwochs|ab jetzt immer"
        r"|von nun an|immer(?= (?:wenn|um|am|ab|bei|nachts|abends|morgens)\b)",
        r"immer",
        r"langsam|sanft|leise|behutsam|allmählich|vorsichtig|sachte|nach und nach",
    ),
    "fr": _words(
        r"chaque (?:jour|nuit|matin|soir|après-midi|semaine|mois|week-end|heure|fois"
        rf"|{_JOURS})|tous les (?:jours|matins|soirs|après-midis?|week-ends|mois|{_JOURS})|toutes"
        r" les (?:nuits|semaines|heures)|quotidiennement|à partir de maintenant|désormais",
        r"toujours",
        r"lentement|doucement|en douceur|progressivement|graduellement|délicatement|peu à peu",
    ),
    "es": _words(
        r"cada (?:día|noche|mañana|tarde|semana|mes|hora|vez|fin de semana"
        rf"|{_DIAS})|todos los (?:días|meses|fines de semana|{_DIAS})|todas las (?:noches|mañanas"
        r"|tardes|semanas)|diariamente|a diario|a partir de ahora",
        r"siempre(?! que)",
        r"despacio|lentamente|suavemente|gradualmente|poco a poco|con cuidado|delicadamente",
    ),
    "zh": _words(
        r"每(?:天|日|晚|夜|早|周|星期|礼拜|个?月|小时|次|当|逢|个(?:早上|晚上|周末|工作日))|天天",
        r"总是",
        r"慢慢|缓缓|缓慢|轻轻|逐渐|渐渐|一点一点|柔和地",
        is_apart=False,
    ),
}
"""By the tag of a language."""

_WORKDAYS = re.compile(
    r"\b(?:(?:each|every) (?:week|work)day|on weekdays|on (?:school|work|working) ?days|werktags"
    r"|wochentags|jeden (?:werk|woch?en)tag|en semaine|(?:les|chaque) jours? (?:ouvrés?|de semaine)"
    r"|entre semana|(?:los|cada) días? laborables?)\b|工作日",
    re.IGNORECASE,
)


def workdays(sentence: str) -> str | None:
    """The words that want something on no Saturday and no Sunday; None where there are none."""
    found = _WORKDAYS.search(sentence)
    return found[0] if found is not None else None


_STOPS = re.compile(r"[,;.!?:\u3002\uff0c\uff01\uff1f\uff1b](?!\d)")
_POLITE = re.compile(
    r"\s*(?:(?:and|please|und|bitte|et|y|por favor|s'il (?:te|vous) plaît|请)[\s,]*)*", re.I
)
_LUNCH = re.compile(r"\blunch\w*", re.IGNORECASE)
_MOVED = frozenset({"open", "close", "lock", "unlock", "turn_on", "turn_off"})


def unheld(
    sentence: str, tag: str, goals: Sequence[Goal], constraints: Sequence[Constraint]
) -> Iterator[str]:
    """What is to be said of what a sentence says and no plan holds; ``tag`` is the language's."""
    words = UNHELD.get(tag)
    if words is None or not goals:
        return
    text = sentence.replace("\u2019", "'")
    ordered = [goal.said for goal in goals if goal.said is not None]
    spans = [*ordered, *(rule.said for rule in constraints if rule.said is not None)]
    if (again := _again(text, words, spans)) is not None:
        yield (
            f"{again!r} is not set up: this is planned once, for the next time, and nothing repeats"
            " it; plan it anew each time (cron can run `tarl plan`), or make it a routine of the"
            " household file, which `--routines` plans along"
        )
    how = next(words.manner.finditer(text), None)
    if how is not None and any(map(_is_moved, goals)) and _is_beside(how, text, ordered):
        yield f"{how[0]!r} is told to no device: each does what it is told in its own way"
    for rule in constraints:
        if rule.said is not None and (meal := _LUNCH.search(rule.said.text)) and _is_noon(rule):
            yield f"{meal[0]!r} is taken for noon, since nobody knows when that is: say a time"


def _again(text: str, words: Unheld, spans: Sequence[Said]) -> str | None:
    """How it is said that something is done again and again; None where it is not."""
    for each in words.again.finditer(text):
        if _is_beside(each, text, spans):
            return each[0]
    for each in words.always.finditer(text):
        start, _ = _piece(text, each.start())
        opens = _POLITE.match(text, start)
        is_first = opens is not None and opens.end() == each.start()
        if is_first and _is_beside(each, text, spans):
            return each[0]
    return None


def _is_beside(found: re.Match[str], text: str, spans: Sequence[Said]) -> bool:
    """Whether words stand in a part of a sentence that asks for something, or says when."""
    start, end = _piece(text, found.start())
    return any(said.start < end and start < said.end for said in spans)


def _piece(text: str, at: int) -> tuple[int, int]:
    """The part of a sentence between two marks of punctuation."""
    stops = [stop.end() for stop in _STOPS.finditer(text, 0, at)]
    behind = _STOPS.search(text, at)
    return max([0, *stops]), behind.start() if behind else len(text)


def _is_moved(goal: Goal) -> bool:
    """Whether a device is opened, switched or set, which may be done in one manner or another."""
    action = goal.value.get("action", "") if isinstance(goal.value, dict) else ""
    return goal.type == "achieve" and (action in _MOVED or action.startswith("set_"))


def _is_noon(rule: Constraint) -> bool:
    ends = rule.value.values() if isinstance(rule.value, dict) else (rule.value,)
    return any(getattr(one, "part", None) == "noon" for one in ends)
