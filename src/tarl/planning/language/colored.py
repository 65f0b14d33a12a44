"""Lights in a colour: ``set the lamp to blue``.

A colour is what a light is set to where it is said right behind it, or before the particle of its
verb (``schalte das Licht blau ein``), with nothing of its own behind it (``in the red room``). What
cannot be told a colour is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tarl.planning.colors import COLORS
from tarl.planning.language.actions import LIGHTS
from tarl.planning.language.line import said_of, words_in
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Goal, Question

_WITHIN = 16
"""Characters behind a light in which its colour is said."""

_WORDS = {
    "black": r"black|schwarz|noire?s?|negr[oa]s?|黑",
    "blue": r"blue|blau|bleue?s?|azul(?:es)?|蓝",
    "brown": r"brown|braun|marrone?s?|brun|棕",
    "green": r"green|grün|verte?s?|verdes?|绿",
    "orange": r"orange|naranja|橙",
    "pink": r"pink|rosa|rose|rosado|粉红?",
    "purple": r"purple|violet|violett|lila|violette?|morad[oa]|púrpura|[紫]",
    "red": r"red|rot|rouges?|roj[oa]s?|红",
    "turquoise": r"turquoise|türkis|turquesa|青绿",
    "white": r"white|wei(?:ß|ss)|blanc(?:he)?s?|blanc[oa]s?|白",
    "yellow": r"yellow|gelb|jaunes?|amarill[oa]s?|黄",
}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_COLOR = re.compile(
    "|".join(
        rf"(?P<{name}>"
        + "|".join(
            rf"{word}色" if _HAN.search(word) else rf"\b{word}\b" for word in words.split("|")
        )
        + ")"
        for name, words in _WORDS.items()
    ),
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\W*(?:(?:to|in|on|auf|en|à|de|la|le|el|al?|colou?r|farbe|couleur|um \d+(?:[:.]\d+)?(?: uhr)?"
    r"|调|成|为|设|变|换|改|到)\W*)*",
    re.IGNORECASE,
)
"""What may stand between a light and its colour."""
_ENDS = re.compile(
    r"\s*(?:$|[,.;:!?，。；！？、]|(?:light|colou?r|licht)\b"
    r"|(?:and|then|but|at|when|if|from|for|until|till|by|before|after|once|while|as"
    r"|in \d|please|now|tonight"
    r"|ein|an|und|um|wenn|von|bis|vor|nach|sobald|bitte|jetzt|heute|à|et|puis|quand|si|de|jusqu|pendant|avant|dès"
    r"|y|a las?|cuando|desde|hasta|durante|antes|luego|por)\b|[\u4e00-\u9fff])",
    re.IGNORECASE,
)
"""What may stand behind a colour that is a light's."""
_PARTICLE = re.compile(r"e?s? (?:ein|an|leuchten|stellen|machen|schalten|färben)", re.IGNORECASE)
"""What of a German verb stands behind a colour."""
_SHINING = frozenset({"set_brightness", "turn_on"})


class Colored(NamedTuple):
    """The goals with the colours in which lights are wanted, the questions about colours that a
    light cannot be told, and how many words were understood by that."""

    goals: tuple[Goal, ...]
    questions: tuple[Question, ...]
    words: int


def colored(goals: Sequence[Goal], sentence: str, home: Home) -> Colored:
    """Goals with the colours that were said of them."""
    told: list[Goal] = []
    asked: list[Question] = []
    taken: set[tuple[int, int]] = set()
    for goal in goals:
        found = _found(goal, sentence, home)
        if found is not None and _is_plain(found, goal, sentence) and _has(found, goal, home):
            goal = _told(found, goal, sentence)
            taken.add(found.span())
        elif found is not None:
            text = f"{found.group()!r} is no colour that the light can be told here. Leave it out?"
            asked.append(Question(slot=f"{goal.id}.color", text=text))
        told.append(goal)
    words = sum(words_in(sentence[start:end]) for start, end in taken)
    return Colored(tuple(told), tuple(asked), words)


def _told(found: re.Match[str], goal: Goal, sentence: str) -> Goal:
    said = goal.said or said_of(sentence, found.span())
    span = (said.start, max(said.end, found.end()))
    return msgspec.structs.replace(
        goal,
        value={"action": "set_color", "color": found.lastgroup},
        said=said_of(sentence, span, said.confidence),
    )


def is_color(words: str) -> bool:
    """Whether words are a colour's name."""
    return _COLOR.fullmatch(words) is not None


def _found(goal: Goal, sentence: str, home: Home) -> re.Match[str] | None:
    """The colour that is said with a light that is to shine."""
    if goal.type != "achieve" or goal.said is None or not isinstance(goal.value, dict):
        return None
    if goal.value.get("action") not in _SHINING or home.kind_of(goal.target) not in LIGHTS:
        return None
    end = goal.said.end
    behind = _COLOR.search(sentence, end)
    if behind is not None and behind.end() <= end + _WITHIN:
        return behind
    return next(
        (
            one
            for one in _COLOR.finditer(sentence, goal.said.start, end)
            if _PARTICLE.fullmatch(sentence, one.end(), end)
        ),
        None,
    )


def _is_plain(found: re.Match[str], goal: Goal, sentence: str) -> bool:
    """Whether a colour is said of a light, and of nothing else."""
    end = goal.said.end if goal.said else 0
    if found.start() < end:
        return True
    is_next = _LEADS.fullmatch(sentence, end, found.start()) is not None
    return is_next and _ENDS.match(sentence, found.end()) is not None


def _has(found: re.Match[str], goal: Goal, home: Home) -> bool:
    """Whether a light can be told a colour, and nothing else is to be told it with that."""
    if found.lastgroup not in COLORS or goal.value != {"action": "turn_on"}:
        return False
    written = home.household.devices if home.household else ()
    return any(device.id == goal.target and device.can("set_color") for device in written)
