"""Conditions that were not understood: asked about, never left out.

1. What begins with ``if``, ``unless``, ``while`` and their like, and is no rule by then, was said
   to bound what is ordered.
2. What is said for courtesy begins so too (``if you don't mind``), and so does what names the order
   itself once more (``when you do the laundry``), or a rule of its own (``as long as it's done by
   seven``).
3. What only watches, or bounds what the house draws, is not held up by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tarl.planning.language.actions import WARMED
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Goal, Question


class Openers(NamedTuple):
    """How a language opens a condition.

    Attributes:
        opens: The words that open it.
        courtesy: What stands behind them that bounds nothing.
        itself: What stands behind them where the order is named once more.
    """

    opens: re.Pattern[str]
    courtesy: re.Pattern[str]
    itself: re.Pattern[str]


def _openers(opens: str, courtesy: str, itself: str, *, is_apart: bool = True) -> Openers:
    edges = (r"(?<![\w-])(?<!that's )", r"(?![\w-])") if is_apart else ("", "")
    return Openers(
        re.compile(f"{edges[0]}(?:{opens}){edges[1]}", re.IGNORECASE),
        re.compile(rf"[\s,]*(?:{courtesy}){edges[1]}", re.IGNORECASE),
        re.compile(rf"\s*(?:{itself})", re.IGNORECASE),
    )


OPENERS: dict[str, Openers] = {
    "en": _openers(
        r"if|unless|when(?! (?:will|would|is|are|was|were|do|does|did|can|could|should) )|whenever"
        r"|while|whilst|until|till?|as long as|so long as|as soon as|once"
        r"(?! (?:more|again|over|a|in)\b)"
        r"|provided(?: that)?|providing|in case|in the event|assuming|on condition"
        r"|the moment(?! ?,)|the minute|the instant|except|every time|each time"
        r"|(?:before|after)(?= (?:the|my|our|an?|some\w+|every\w+|he|she|they) )"
        r"|should(?= (?:the|my|our|an?|any\w*|some\w*|it|there|he|she|they) )",
        r"(?:you|it|it's|that|that's|this|we)(?: (?:really|just|also))?(?:'d| would|'re| are|'ll"
        r"| will| (?:can|could|may|might|don't|wouldn't|isn't|ain't|is|please|like|want|wish"
        r"|prefer|have (?:a|the|some|time)|get (?:a|the|round|around)|find|feel like|love|think"
        r"|manage|must|mind|ask|not))\b(?=[^,;.!?]*(?:kind|good|dear|please|bother|nuisance"
        r"|trouble|problem|mind|possible|can|could|like|want|wish|prefer|moment|minute|second"
        r"|chance|time|find|feel|love|think|manage|must|ask|at it|okay?|fine|all right|not asking"
        r"|welcome))"
        r"|(?:at all )?(?:possible|convenient|need be|necessary|so|not|yes|any(?:thing|way)?"
        r"|at all|i may|i might|i could|i can|i remember|i think of it|only\b"
        r"|nothing else(?=\s*(?:[,;.!?]|\Z)))"
        r"|you (?:please|can|could|would|will|like|love)\b|(?:the )?clock\b"
        r"|(?:you|we) (?:have|get) (?:a|the|some|time)\b|i(?:'ve| have) told you"
        r"|i say\b|it(?:'s| is) (?:done|finished|ready|over) by\b|\s*(?:[,;.!?]|\Z)",
        r"(?:you|we|it|they)\b(?! (?:hear|see|notice|smell|find|are told|get|feel|detect))"
        r"|\w+ing\b|it comes to",
    ),
    "de": _openers(
        r"wenn|falls|sofern|solange|sobald|während(?! der ruhe)|außer|vorausgesetzt"
        r"|es sei denn|im fall",
        r"(?:du|sie|ihr|es)\b[^,;.!?]*(?:kannst|könntest|magst|möchtest|willst|bitte|geht|ginge"
        r"|passt|möglich|ausmacht|nett|lieb|gut|recht|dazu kommst|können|mögen|möchten|stört)"
        r"|möglich|nötig|(?:ich )?(?:bitten )?(?:darf|dürfte)|schon|auch|nicht|ja|so"
        r"|\s*(?:[,;.!?]|\Z)",
        r"(?:du|sie|ihr|wir|man)\b",
    ),
    "fr": _openers(
        r"si|s'il(?= (?!(?:te|vous) pla))|lorsque|lorsqu'|quand(?! même)|tant qu(?:e|')"
        r"|dès qu(?:e|')|pendant qu(?:e|')"
        r"|jusqu'à ce qu(?:e|')|à moins qu(?:e|')|sauf si|pourvu qu(?:e|')|à condition qu(?:e|')"
        r"|une fois qu(?:e|')|au cas où",
        r"(?:tu|vous|ce|c'|cela|ça|possible|besoin|nécessaire|on peut)\b[^,;.!?]*(?:peux|pouvez"
        r"|veux|voulez|veut|plaît|possible|dérange|gentil|aimable|va|ennuie|peut)|possible|besoin"
        r"|nécessaire|\s*(?:[,;.!?]|\Z)",
        r"(?:tu|vous|on|nous)\b",
    ),
    "es": _openers(
        r"si(?! no\b)|cuando|mientras|hasta que|en cuanto|a menos que|salvo que|siempre que"
        r"|a no ser que|una vez que|en caso de",
        r"(?:puedes|puede|quieres|quiere|no te|no le|te|le|es posible|eres|fuera|hace falta"
        r"|es necesario|no es|no hay)\b|\s*(?:[,;.!?]|\Z)",
        r"(?:lo|la|los|las|se(?! (?:hayan?|vayan?|vuelvan?|marchen?|acaben?|terminen?)\b)"
        r"|est[ée]s|pongas|uses|hagas|cargues|pones|usas|haces|cargas|laves"
        r"|lavas)\b",
    ),
    "zh": _openers(
        r"如果|要是|假如|除非|只要|一旦|(?<!以防)万一|倘若",
        r"(?:可以|方便|能|行|有空|不麻烦|不介意|你)",
        r"(?:你|您)(?!看|听|发现)",
        is_apart=False,
    ),
}
"""By the tag of a language."""

_ENDS = re.compile(r"[,;.!?:\u3002\uff0c\uff01\uff1f\uff1b](?!\d)")
_EXPLAINED = re.compile(r"\s*,\s*(?:so|i mean|that is|that's|say)\b", re.IGNORECASE)
"""What says in other words what stands before it."""
_ITSELF = re.compile(
    r"(?:when|while|whilst|whenever|once|wenn|während|quand|lorsqu|pendant|cuando|mientras)",
    re.IGNORECASE,
)
"""What may open the order itself, said once more; ``if`` does not."""
_RULES = frozenset("CGTIB")
"""Kinds of what is a rule by itself."""
_STORES = frozenset({"battery", "ev_charger", "car"})
"""Kinds of devices of which an amount says how full they are to be."""


def unmet(
    goals: Sequence[Goal], clauses: Sequence[Clause], sentence: str, tag: str, home: Home
) -> Iterator[Question]:
    """The questions about conditions that were not understood; ``tag`` is the language's."""
    openers = OPENERS.get(tag)
    if openers is None or not any(is_moved(goal, home) for goal in goals):
        return
    text = sentence.replace("\u2019", "'")
    parts = [part for clause in clauses for part in clause.parts]
    for found in openers.opens.finditer(text):
        if _is_taken(found, parts):
            continue
        end = _ENDS.search(text, found.end())
        span = (found.start(), end.start() if end else len(text))
        is_harmless = _is_harmless(found, span, parts, text, openers)
        if not is_harmless or _is_measured(span, parts, goals, home):
            words = sentence[slice(*span)].strip()
            yield Question(
                slot="condition",
                text=f"{words!r} was not understood: what has to be so, for this to be done?",
            )
            return


def is_moved(goal: Goal, home: Home) -> bool:
    """Whether a goal has something done; what a camera tells, and what the house draws, is no more
    than looked at."""
    if goal.type == "keep":
        return goal.target != "power"
    return goal.type == "achieve" and home.kind_of(goal.target) != "camera"


def _is_taken(found: re.Match[str], parts: Sequence[Part]) -> bool:
    """Whether the words that open a condition are part of something that was understood."""
    over = [part for part in parts if part.start < found.end() and found.start() < part.end]
    return any(
        part.kind not in "fn" or part.start < found.start() or found.end() < part.end
        for part in over
    )


def _is_harmless(
    found: re.Match[str],
    span: tuple[int, int],
    parts: Sequence[Part],
    text: str,
    openers: Openers,
) -> bool:
    """Whether what stands behind the words that open a condition is none."""
    if openers.courtesy.match(text, found.end()):
        return True
    is_itself = _ITSELF.match(found[0]) is not None
    if is_itself and openers.itself.match(text, found.end()):
        return True
    if _EXPLAINED.match(text, span[1]):
        return True
    inside = [part for part in parts if found.end() <= part.start and part.end <= span[1]]
    if found[0].lower() == "should" and any(part.kind == "D" for part in inside):
        return True  # ``Only while Anna is out should the robot do the bedroom``.
    if _is_rule(found.end(), inside, text):
        return True
    said = [part for part in inside if part.kind != "f"]
    kinds = {part.kind for part in said}
    if not kinds or not kinds <= _RULES | set("qDov") or not kinds & _RULES:
        return False
    if _unread(found.end(), span[1], inside, text):
        return False
    named = [part for part in said if part.kind == "D"]
    return "v" not in kinds and all(part.value.kind in _STORES for part in named)


_MEASURED = frozenset({"humidity", "temperature"})


def _is_measured(
    span: tuple[int, int], parts: Sequence[Part], goals: Sequence[Goal], home: Home
) -> bool:
    """Whether it stands on what is measured (``when the humidity is above 60 %``), and is no bound
    of what is ordered."""
    inside = [part for part in parts if span[0] <= part.start and part.end <= span[1]]
    names = {part.value for part in inside if part.kind == "q"} & _MEASURED
    bounds = [part for part in inside if part.kind in "BI"]
    if not bounds or any(part.kind == "C" for part in inside):
        return False
    kinds = {home.kind_of(goal.target) for goal in goals}
    is_warm = bool(kinds & WARMED) or any(goal.target == "temperature" for goal in goals)
    return "humidity" in names or ("temperature" in names and not is_warm)


_TIMED = frozenset("CTYOK")
"""Kinds of what may stand before a condition: the times of it."""


def _is_rule(start: int, inside: Sequence[Part], text: str) -> bool:
    """Whether a condition that was understood stands behind, with nothing but times before it; of a
    price, more words may say what it is of."""
    for part in inside:
        if part.kind not in _TIMED | {"f"}:
            return False
        types = {draft.type for draft in drafts_of(part)}
        if "price" in types:
            return True
        if "condition" in types:
            return not _unread(start, part.end, inside, text)
    return False


def _unread(start: int, end: int, parts: Sequence[Part], text: str) -> bool:
    """Whether a letter between two places is in no part."""
    letters = (at for at in range(start, end) if text[at].isalpha())
    return any(not any(one.start <= at < one.end for one in parts) for at in letters)
