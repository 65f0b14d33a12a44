"""Orders that may be none: said to somebody of the house, or in a mood that orders nothing.

1. A name, or what one calls one's kin, between commas is who is spoken to: ``Anna, lock the front
   door``. Whether the house shall do it is asked; of kin only where it may hurt somebody.
2. What can hurt somebody or let somebody in is moved without a question only by a bare verb, or by
   one that words in front ask for: ``would you mind closing the garage``, ``I want it locked``; not
   by ``the garage opening by itself``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tarl.planning.language.segments import Clause
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Goal

_APART = re.compile(r"[,.;:!?\u2026\u3002\uff0c\uff01\uff1f\uff1b\n]+|\s[\u2013\u2014-]\s")
_LEAD = re.compile(
    r"(?:(?:hey|hi|hello|oh|ok|okay|well|yo|listen|please|dear|and|now|so|right|hallo|he|bitte|du"
    r"|salut|s'il te plaît|oye|hola|por favor|my|our)\s+)+",
    re.IGNORECASE,
)
_KIN: dict[str, str] = {
    "en": r"mum|mom|mommy|mummy|dad|daddy|grandma|grandpa|granny|nan|gran|kids|children|boys|girls"
    r"|guys|son|sis|bro",
    "de": r"mama|papa|mutti|vati|oma|opa|kinder|jungs|mädels|leute",
    "fr": r"maman|papa|mamie|papi|mémé|les enfants|les gars|les filles",
    "es": r"mamá|papá|abuela|abuelo|niños|niñas|chicos|chicas|hijo|hija",
    "zh": r"妈妈?|爸爸?|奶奶|爷爷|孩子们|儿子|女儿|老婆|老公",
}
"""What one calls one's own people, by language."""


def spoken_to(sentence: str, tag: str, home: Home, *, is_kin: bool) -> str | None:
    """Whom of the house a sentence is said to, as it calls them; None where it names nobody.
    ``is_kin`` lets it be what one calls one's kin."""
    people = home.household.people if home.household else ()
    names = {person.name.casefold() for person in people}
    kin = re.compile(_KIN.get(tag, "(?!)") if is_kin else "(?!)", re.IGNORECASE)
    pieces = [piece.strip() for piece in _APART.split(sentence)]
    said = [piece for piece in pieces if piece]
    if len(said) < 2:
        return None
    for piece in said:
        called = _LEAD.sub("", piece, count=1)
        if called.casefold() in names or kin.fullmatch(called):
            return called
    return None


_DOING = re.compile(r"\b(?!ring\b|bring\b)[a-z]+ing\b")
_DOES = re.compile(r"\b(?:opens|closes|shuts|locks|unlocks|turns|switches|raises|lowers)\b")
_DID = re.compile(r"\b(?:opened|closed|locked|unlocked|turned|switched|raised|lowered)\b")
_ASKED = re.compile(
    r"\b(?:mind|about|try|start|begin|needs?|wants?|consider|suggest|appreciated?|time|worth|like"
    r"|love|prefer|recommend|get|getting|keep|keeping|stop|by|without|before|after|for|from|while"
    r"|considered|grateful|glad|nice|great|good|better|best|happy|delighted|wonder(?:ing)?|hope"
    r"|have|has|is|are|be|being|been|'s|'d|'re|should|must|shall|may|can|could|would|will|no|not"
    r"|don't|never|want|see|sure|that|leave|make|you|if|when|unless|until|once|so)\b",
)
"""In front of what is no bare verb, what asks for it or says that it is to be so."""


def is_ordered(goal: Goal, clauses: Sequence[Clause], sentence: str, tag: str) -> bool:
    """Whether a goal is said in words that order something; of the languages but English, none is
    known to be otherwise."""
    if tag != "en" or goal.said is None:
        return True
    start, end = goal.said.start, goal.said.end
    said = [one for one in clauses if one.span[0] < end and start < one.span[1]]
    verbs = [part for clause in said for part in clause.of("v")]
    return not verbs or any(
        _orders(sentence[part.start : part.end].lower(), _before(part.start, said, sentence))
        or (_DID.search(sentence, *part.span) is not None and not _takes(part.end, said))
        for part in verbs
    )


def _before(at: int, clauses: Iterable[Clause], sentence: str) -> str:
    first = min(clause.span[0] for clause in clauses)
    return sentence[first:at].lower().replace("\u2019", "'")


def _takes(at: int, clauses: Iterable[Clause]) -> bool:
    """Whether a thing is named right of a place, and none left of it: ``locked the door``."""
    things = [part.start for clause in clauses for part in clause.parts_of("DA")]
    return any(start >= at for start in things) and not any(start < at for start in things)


def _orders(verb: str, before: str) -> bool:
    """Whether a verb is one that orders, by its form and by what stands in front of it."""
    if not any(form.search(verb) for form in (_DOES, _DOING, _DID)):
        return True
    return _ASKED.search(f"{before}{verb}") is not None
