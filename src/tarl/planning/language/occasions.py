"""Occasions that nobody knows: ``before the football match``, ``bis das Gewitter kommt``.

1. What says ``before``, ``after``, ``until`` or ``during`` of something that was not understood
   was said to bound what is ordered: it is asked about, and never left out in silence.
2. What is no occasion begins so too (``after all``, ``vor allem``), and so does what is understood
   behind a word or two.
3. What only watches, or bounds what the house draws, is not held up by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tarl.planning.language.line import is_ideograph
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.unmet import is_moved
from tarl.planning.language.values import Draft, Told
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Constraint, Goal, Question, When


class Occasions(NamedTuple):
    """How a language says when something is by what happens then.

    Attributes:
        says: The words that say it, with the small words that may stand between.
        is_behind: Whether they stand behind what happens (``排练之前``), and not before it.
    """

    says: re.Pattern[str]
    is_behind: bool = False


def _before(says: str, small: str, idle: str) -> Occasions:
    """Of words that stand before what happens; ``small`` are those between, ``idle`` what makes
    them say something else."""
    return Occasions(
        re.compile(
            rf"(?<![\w'-])(?<!otherwise )(?:{says})(?![\w-])(?!\s+(?:{idle})(?!\w))"
            rf"(?:\s+(?:{small})(?!\w))*",
            re.IGNORECASE,
        )
    )


OCCASIONS: dict[str, tuple[Occasions, ...]] = {
    "en": (
        _before(
            r"before|after|until|till?|during|throughout|prior to|ahead of|right after|at|by"
            r"|between|from|no later than|not later than",
            r"the|my|our|his|her|their|its|your|an?|this|that|these|those|next",
            r"all|that|then|least|most|once|hand|first|last|best|worst|full|max|maximum|random"
            r"|will|further|itself|myself|or|times|any|work|home|risk|peak|night|midnight"
            r"|whatever|whichever|some (?:point|stage|time)|i (?:forget|go|lose|scream)"
            r"|(?:the|this) (?:moment|same|very|latest|earliest|minute)"
            r"|the end of the (?:day|month|week|year)|now on|here on|you and me"
            r"|there|above|below|time to time",
        ),
    ),
    "de": (
        _before(
            r"vor|nach|bis(?: zu[mr]?)?|während|bevor|nachdem|beim?|zum|zur|ehe|zwischen",
            r"de[rmns]|die|das|eine?[rmns]?|mein(?:e[rmns]?)?|unser(?:e[rmns]?)?|ihr(?:e[rmns]?)?"
            r"|sein(?:e[rmns]?)?|euer|eure[rmns]?|dies(?:e[rmns]?)?|nächste[rmns]?",
            r"allem|und|oben|unten|hinten|vorn|draußen|drinnen|hause|haus|möglichkeit|wie|ort"
            r"|zeit|kasse|verrücktwerden|glück|teil|beispiel|mal|verzweifeln",
        ),
    ),
    "fr": (
        _before(
            r"avant(?: que| qu')?|après(?: que| qu')?|jusqu'(?:à|au|aux)(?: ce que| ce qu')?"
            r"|pendant|durant|lors (?:de|du|des)|au moment (?:de|du|des)|d'ici|au|à la|entre"
            r"|une fois",
            r"les?|la|l'|de|du|des|d'|mon|ma|mes|notre|nos|son|sa|ses|une?|ce|cette|cet",
            r"tout|ça|cela|bout|fond|moins|plus|lieu|maximum|minimum|cas|mieux",
        ),
    ),
    "es": (
        _before(
            r"antes de(?: que)?|antes del|después de(?: que)?|después del|hasta(?: que)?"
            r"|durante|tras|en el(?: momento de)?|en la|entre",
            r"el|la|los|las|mis?|nuestr[oa]s?|sus?|una?|este|esta",
            r"nada|todo|luego|arriba|abajo|momento|fondo|caso|medida",
        ),
    ),
    "zh": (
        Occasions(
            re.compile(
                r"(?:之前|以前|之后|以后|的时候|(?<![小同及准随按平定暂实届])时(?![间候钟段])|期间|之间"
                r"|(?<![提目之以眼])前(?![门面后廊])|(?<![然之以最背])后(?![门面院来再]))"
            ),
            is_behind=True,
        ),
        Occasions(re.compile("直到|等到|到(?=[^，。,.]*(?:结束|开始))")),
    ),
}
"""By the tag of a language."""

_ORDERS = frozenset("DGBvI")
"""Kinds of what a piece of a sentence holds that orders something."""
_EXPLAINED = re.compile(
    r"\s*,\s*(?:so|i mean|that is|that's|say|also|das heißt|c'est-à-dire|es decir)\b", re.IGNORECASE
)
"""What says in other words what stands before it."""
_LATER = re.compile(r"after|right after|nach|après|después|tras", re.IGNORECASE)
"""What is said of a time that begins with the occasion."""
_MEANT = frozenset("ABCDGI")
"""Kinds of what is no part of an occasion that was not understood."""
_CLOCKED = re.compile(r"[点分半刻]")
"""How a time of the clock ends that was taken back."""
_ENDS = re.compile(r"[,;.!?:\u3002\uff0c\uff01\uff1f\uff1b](?!\d)")


def occasions(
    goals: Sequence[Goal],
    constraints: Sequence[Constraint],
    clauses: Sequence[Clause],
    sentence: str,
    *,
    tag: str,
    home: Home,
) -> Iterator[Question]:
    """The question about the first occasion that was not understood; ``tag`` is the language's."""
    if not any(is_moved(goal, home) for goal in goals):
        return
    text = sentence.replace("\u2019", "'")
    parts = [part for clause in clauses for part in clause.parts]
    ways = OCCASIONS.get(tag, ())
    spans = chain(_spans(text, parts, ways), _of_others(text, parts))
    if not any(one.type in _WHEN for one in constraints):
        spans = chain(spans, _aside(text, parts, ways))
    for span in spans:
        if _bounds_an_order(span, text, parts):
            words = sentence[slice(*span)].strip()
            yield Question(slot="time", text=f"{words!r} was not understood: when is that?")
            return


def _spans(
    text: str, parts: Sequence[Part], occasions: Sequence[Occasions]
) -> Iterator[tuple[int, int]]:
    """Where occasions stand that were not understood."""
    for ways in occasions:
        for found in ways.says.finditer(text):
            span = _left_of(found, text, parts) if ways.is_behind else _right_of(found, text, parts)
            if span is not None:
                yield span


_WHEN = TIMES | {"condition", "order"}
"""Constraints that say when something is done."""


def _aside(
    text: str, parts: Sequence[Part], occasions: Sequence[Occasions]
) -> Iterator[tuple[int, int]]:
    """Where an occasion stands that is said in passing, ``after dinner``: it is all that says when,
    where nothing else does."""
    for ways in occasions:
        for found in ways.says.finditer(text):
            for part in parts:
                edges = (part.start == found.start(), part.end == found.end())
                is_said = part.kind == "f" and not isinstance(part.value, Told)
                if (
                    is_said
                    and sum(edges) == 1
                    and part.start <= found.start()
                    and found.end() <= part.end
                ):
                    yield part.span


def _is_taken(found: re.Match[str], parts: Sequence[Part]) -> bool:
    """Whether words are part of something that was understood, small words apart."""
    return any(
        part.start < found.end() and found.start() < part.end and not _is_small(part)
        for part in parts
    )


def _is_small(part: Part) -> bool:
    """Whether a part says nothing by itself: a small word, one of a turn that nothing comes of, or
    ``after that`` of which nobody knows what it is."""
    if part.kind in "fnt" or part.value == "prohibit.que" or _is_mood(part):
        return True
    return drafts_of(part) == (Draft("order", None, "eq"),)


def _bounds_an_order(span: tuple[int, int], text: str, parts: Sequence[Part]) -> bool:
    """Whether an occasion is said of an order: beside one, or before all of it, and not in other
    words once more."""
    if _EXPLAINED.match(text, span[1]):
        return False
    start = max([0, *(stop.end() for stop in _ENDS.finditer(text, 0, span[0]))])
    stop = _ENDS.search(text, span[1])
    end = stop.start() if stop else len(text)
    if any(part.kind in _ORDERS and start <= part.start < end for part in parts):
        return True
    if text[start : span[0]].strip():
        return False
    before = [part for part in parts if part.end <= start and part.kind != "f"]
    return not (before and _is_time(before[-1]))


def _is_time(part: Part) -> bool:
    return any(draft.type in TIMES for draft in drafts_of(part))


def _is_read(at: int, parts: Sequence[Part]) -> bool:
    return any(part.start <= at < part.end for part in parts)


def _right_of(found: re.Match[str], text: str, parts: Sequence[Part]) -> tuple[int, int] | None:
    """Where an occasion stands of which nobody understood the beginning, to the next thing that
    somebody did."""
    if _is_taken(found, parts):
        return None
    return _unknown(found.start(), found.end(), text, parts)


def _unknown(start: int, begins: int, text: str, parts: Sequence[Part]) -> tuple[int, int] | None:
    """The same of what begins at a place, and is said from another on."""
    first = begins
    if first < len(text) and is_ideograph(text[first]):
        first = next((p.end for p in parts if p.kind in "fP" and p.start == first), first)
    while first < len(text) and not text[first].isalnum():
        if not text[first].isspace() and text[first] != "'":
            return None
        first += 1
        if small := next((p for p in parts if p.start <= first < p.end), None):
            is_number = small.kind == "N" and text[first].isalpha()
            if (small.kind in "fP" or is_number) and not isinstance(small.value, Told):
                first = small.end
    if first >= len(text) or not text[first].isalpha():
        return None
    behind = next((part for part in parts if part.start <= first < part.end), None)
    if behind is not None and not _is_idle(behind, parts):
        return None
    stop = _ENDS.search(text, first)
    after = [part for part in parts if part.start > first and part.kind in _MEANT]
    if after and _LATER.match(text, start) and _is_at_a_clock(after[0]):
        return None  # ``After dinner at 20:00``.
    return start, min([*(p.start for p in after), stop.start() if stop else len(text)])


_OF = re.compile(
    r"(?:\s+(?:of|de|von))?\s+(?:(?:the|my|our|el|la|los|las|mis?|una?|le|les|mon|ma|de[rmn]|die|das)"
    r"(?=\s)|l(?='))|\s+(?:del|du|des|vom)(?=\s)",
    re.IGNORECASE,
)
"""What stands between a coming or going and who comes or goes."""


def _of_others(text: str, parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Where somebody comes or goes whom nobody knows: ``hasta que llegue la tormenta``."""
    for part in parts:
        events = {getattr(draft.value, "event", None) for draft in drafts_of(part)}
        if events & {"arrival", "departure"} and (whose := _OF.match(text, part.end)):
            span = _unknown(part.start, whose.end(), text, parts)
            if span is not None:
                yield span


def _is_idle(part: Part, parts: Sequence[Part]) -> bool:
    """Whether a part says nothing by itself behind the words of an occasion: the state that comes
    then, a mood, or a verb that is not of a thing behind it (``after charging the car``)."""
    if _is_mood(part):
        return True
    later = [each for each in parts if each.start >= part.end and each.kind != "f"]
    return part.kind in "Sq" or (part.kind == "v" and [one.kind for one in later[:1]] != ["D"])


def _is_at_a_clock(part: Part) -> bool:
    return any(isinstance(one.value, When) and one.value.clock for one in drafts_of(part))


def _left_of(found: re.Match[str], text: str, parts: Sequence[Part]) -> tuple[int, int] | None:
    """The same of what stands before its words, without spaces; a condition there is one of a time
    before or after it: ``下雨之前``."""
    if _is_taken(found, parts):
        return None
    last = found.start() - 1
    smalls = [part for part in parts if _is_small(part) and not _is_mood(part)]
    while small := next((one for one in smalls if one.start <= last < one.end), None):
        last = small.start - 1
    if last < 0 or not text[last].isalpha() or _CLOCKED.match(text[last]):
        return None
    before = next((part for part in parts if part.start <= last < part.end), None)
    is_meant = before is not None and before.kind != "D"
    if before is not None and is_meant and not (_is_condition(before) or _is_mood(before)):
        return None
    stops = [stop.end() for stop in _ENDS.finditer(text, 0, last)]
    begins = [part.end for part in parts if part.end <= last and part.kind in _MEANT]
    return max([0, *stops, *begins]), found.end()


def _is_mood(part: Part) -> bool:
    return isinstance(part.value, Goal) and part.value.target.startswith("scene:")


def _is_condition(part: Part) -> bool:
    return any(draft.type == "condition" for draft in drafts_of(part))
