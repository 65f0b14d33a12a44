"""What segments that stand side by side make of each other.

1. A place before a light that has its own place in its name is one of another light.
2. What is asked before ``then`` is a condition, and orders nothing.
3. A machine that is off above a price runs below it; one that is on above it, or heating that is
   off there, is asked about: no rule of a plan says the least that power may cost.
4. A number that is only told is what another one says in full.
5. Two aims between which a balance is struck are none of their own.
6. What is forbidden of one device is so of the one that is named with it, and what is forbidden of
   it is so of what else is named behind ``or``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tarl.planning.language.actions import COVERS, HEATING, LIGHTS, LOCKS
from tarl.planning.language.conditions import while_it_is
from tarl.planning.language.segments import Clause, Part, drafts_of, together
from tarl.planning.language.values import FULL, OPEN, Draft, Either, Mention, Place, State
from tarl.planning.task import Goal

_SWITCHED = frozenset({"on", "off", "out", "dim", "set", "run"})


def lit_together(segments: list[Clause]) -> list[Clause]:
    """The segments, where a place before a light that has its own in its name is one of another
    light: ``the bedroom | and the kitchen light off``."""
    found: list[Clause] = []
    for segment in reversed(segments):
        kinds = {part.kind for part in segment.parts} - {"f"}
        first = (
            next((part for part in found[-1].parts if part.kind != "f"), None) if found else None
        )
        is_named = first is not None and first.kind == "D" and first.value.kind == "light"
        is_place = "A" in kinds and kinds <= {"A", "v"} and set(segment.verbs) <= _SWITCHED
        if not (is_place and is_named and first is not None and first.value.ids):
            found.append(segment)
            continue
        parts = tuple(
            part._replace(kind="D", value=Mention("light", place=part.value.id))
            if part.kind == "A"
            else part
            for part in segment.parts
        )
        found[-1] = together(segment._replace(parts=parts), found[-1])
    return found[::-1]


_SO = {
    "open": "open",
    "unlock": "unlocked",
    "on": "on",
    "off": "off",
    "lock": "locked",
    "run": "running",
    "charge": "charging",
}


def asked(segments: list[Clause]) -> list[Clause]:
    """The segments, where what is asked before ``then`` is a condition: ``is the garage open at
    ten? Then close it``."""
    found = list(segments)
    for at, (one, other) in enumerate(pairwise(segments)):
        states = _asked_states(one) if other.is_next and other.verbs else []
        if len(states) != 1:
            continue
        part, state = states[0]
        condition = (while_it_is(state, is_wanted=True),)
        kept = tuple(other for other in one.parts if other.kind not in "ABDSv" and other != part)
        found[at] = one._replace(parts=(part._replace(kind="C", value=condition), *kept))
        found[at + 1] = found[at + 1]._replace(is_next=False)
    return found


def _asked_states(segment: Clause) -> list[tuple[Part, State]]:
    """What a segment asks whether it is so, each with the part that says it."""
    said, asking = segment.parts_of("ADSv"), segment.of("Z")
    if not said:
        return [(part, part.value) for part in asking if isinstance(part.value, State)]
    if all(part.kind == "S" for part in said):
        return [(part, part.value) for part in said]
    is_full = any(part.value == FULL for part in segment.of("B"))
    state = _state_of(said) if asking and len(said) == 2 else None
    if asking and is_full and said[0].kind == "D" and set(segment.verbs) <= {"charge"}:
        state = State("device", "full", facts=(("device", said[0].value),))
    return [] if state is None else [(said[0], state)]


def _state_of(said: list[Part]) -> State | None:
    """How a device, or what opens in a place, is said to be."""
    named, verb = said
    if named.kind not in "AD" or verb.kind != "v" or verb.value not in _SO:
        return None
    device = named.value if named.kind == "D" else Mention("cover", place=named.value.id)
    return State("device", _SO[verb.value], facts=(("device", device),))


_STAYING_OFF = LIGHTS | COVERS | LOCKS | HEATING
"""What is not turned on below a price for being off above it."""
_OVER = re.compile(
    r"\b(?:above|over|(?<!no )(?<!not )more than|higher than|beyond|past|exceed\w*|dearer than"
    r"|upwards of|über|mehr als|oberhalb|übersteigt|au-dessus|plus de|dépass\w+|au-delà|supérieure?"
    r"|por encima|más de|super[ae]\w*|pas[ae] de|sub[ea] de)\b|超过|高于|以上|超出",
    re.IGNORECASE,
)
_NO_MORE = re.compile(
    r"\b(?:no|not|never|nothing|without|unless|except|until|nicht|nichts|rien|nada|kein\w*|nie"
    r"|ohne|außer|bis|pas|ne|jamais|sans"
    r"|sauf|nunca|sin|salvo)\b|n't\b|\bn'|[不别没]|除非",
    re.IGNORECASE,
)
_BEFORE_CHARS, _BEHIND_CHARS = 18, 3
"""So far from an amount stands what says that it is the least."""
_SPENT = frozenset({"price", "cost"})


def off_above(clause: Clause, sentence: str) -> Clause:
    """The clause, where a machine that is to be off above a price is to run below it: ``if power
    costs over 30 cents, leave the dryer off``; any other rule about more than a price is open."""
    priced = [part for part in clause.parts if _spent_in(part)]
    if (
        not priced
        or not clause.parts_of("Dv")
        or not any(_is_over(one, sentence) for one in priced)
    ):
        return clause
    if clause.is_negated or {"prohibit", "shift"} & set(clause.verbs):
        return clause
    kinds = {part.value.kind for part in clause.of("D")}
    is_off = "off" in clause.verbs and kinds and not kinds & _STAYING_OFF
    parts: list[Part] = []
    for part in clause.parts:
        if is_off and part.kind == "v" and part.value == "off":
            part = part._replace(value="run")
        elif part in priced:
            drafts = (_over(draft, is_kept=bool(is_off)) for draft in drafts_of(part))
            part = part._replace(value=tuple(drafts))
        parts.append(part)
    return clause._replace(parts=tuple(parts))


_UNDER = re.compile(
    r"\b(?:below|under|(?:colder|cooler|less|lower) than|unter|kälter als|au-dessous|en dessous"
    r"|sous|moins"
    r" de|por debajo|menos de)\b|低于|以下",
    re.IGNORECASE,
)


def from_there_on(clause: Clause, sentence: str) -> Clause:
    """The clause, where heating that is to be switched on below a temperature, or off above it,
    leaves that open: a plan holds a temperature, it does not wait for one."""
    kinds = {part.value.kind for part in clause.of("D")}
    switched = {"on", "off"} & set(clause.verbs)
    if not kinds or not kinds <= HEATING or len(switched) != 1 or clause.is_negated:
        return clause
    words = _UNDER if "on" in switched else _OVER_DEGREES
    parts = (
        part._replace(kind="C", value=(Draft(OPEN, "temperature", "eq"),))
        if part.kind == "B" and _says(part, words, sentence)
        else part
        for part in clause.parts
    )
    return clause._replace(parts=tuple(parts))


def _says(part: Part, words: re.Pattern[str], sentence: str) -> bool:
    """Whether the bare words of a bound say so, and nothing is forbidden with them."""
    start, end = part.span
    around = sentence[max(0, start - _BEFORE_CHARS) : end + _BEHIND_CHARS]
    is_open = part.value.lo is None or part.value.hi is None
    is_said = words.search(sentence, start, end) is not None
    return is_open and is_said and _NO_MORE.search(around) is None and not _FALLS.search(around)


_FALLS = re.compile(
    r"\b(?:drops?|falls?|gets?|goes|sinks?|dips?|sinkt|fällt|descend|tombe|baj[ae]|keep|stay)\b",
    re.IGNORECASE,
)
"""What must not come about, rather: that is held."""
_OVER_DEGREES = re.compile(
    r"\b(?:above|over|(?:warmer|hotter|more|higher) than|über|wärmer als|au-dessus|por encima)\b"
    r"|高于|超过|以上",
    re.IGNORECASE,
)


def _spent_in(part: Part) -> bool:
    """Whether a part says what something may cost."""
    return any(draft.type in _SPENT for draft in drafts_of(part)) and part.kind == "C"


def _is_over(part: Part, sentence: str) -> bool:
    """Whether the words of an amount say that it is so much, or more."""
    start, end = part.span
    around = sentence[max(0, start - _BEFORE_CHARS) : end + _BEHIND_CHARS]
    return _OVER.search(around) is not None and _NO_MORE.search(around) is None


def _over(draft: Draft, *, is_kept: bool) -> Draft:
    """A price below which something runs; an open rule where it is to be above it."""
    if draft.type not in _SPENT:
        return draft
    return draft._replace(type="price") if is_kept else Draft(OPEN, "price", "eq")


def without_told_bounds(segments: list[Clause]) -> list[Clause]:
    """The segments; a number that is only told is what one behind it says in full: ``she wants 23,
    I want 20, so keep it between 20 and 23``, ``19 is plenty: set the hall to 19``."""
    found: list[Clause] = []
    for at, segment in enumerate(segments):
        later = {end for other in segments[at + 1 :] for end in _ends_of(other)}
        if _only_bounds(segment) and (ends := _ends_of(segment)) and ends <= later:
            kept = tuple(part for part in segment.parts if part.kind not in "BI")
            segment = segment._replace(parts=kept)
        found.append(segment)
    return found


def _only_bounds(segment: Clause) -> bool:
    """Whether a segment says numbers, and nothing of what they are about."""
    return {part.kind for part in segment.parts} <= set("BIfP") and not segment.is_next


def _ends_of(segment: Clause) -> set[int]:
    """The numbers of a segment's bounds."""
    values = [part.value for part in segment.parts_of("BI")]
    bounds = [one.bound if isinstance(one, Either) else one for one in values]
    return {end for one in bounds for end in (one.lo, one.hi) if end is not None}


_WEIGHED = re.compile(r"\b(?:between|of|zwischen|aus|entre)\Z", re.IGNORECASE)
"""What stands before the two that are brought into balance."""
_WEIGHED_LATER = re.compile(
    r"(?: [\w'’-]+){1,4}? (?:between|zwischen|entre)(?= [^\W\d])", re.IGNORECASE
)
"""The same behind a place or a time: ``a balance upstairs between saving money and comfort``."""
_JOINED = re.compile(r"\s*,?\s*(?:and|und|et|y|e|&)\s+", re.IGNORECASE)
_STRIVING = frozenset({"keep", "heat", "cool"})


def balanced(segments: list[Clause], sentence: str) -> list[Clause]:
    """The segments, where two aims between which a balance is struck are none of their own: ``a
    balance between saving money | and staying comfortable``."""
    found = list(segments)
    for at, (before, one) in enumerate(pairwise(segments)):
        aims = [part for part in before.of("G") if part not in _moods(before)]
        is_asked = sentence[before.span[1] :].lstrip()[:1] in _ASKED
        if len(aims) == 2 and is_asked and _is_balanced(one) and not before.parts_of("BDIv"):
            found[at] = before._replace(parts=tuple(_unweighed(before, before.span[0])))
    for at, one in enumerate(segments):
        weighed = [part for part in one.of("G") if _is_weighed(part, sentence)]
        if not weighed:
            continue
        found[at] = one._replace(parts=tuple(_unweighed(one, weighed[0].end)))
        other = segments[at + 1] if at + 1 < len(segments) else None
        if other is None or other.of("D") or not set(other.verbs) <= _STRIVING:
            continue
        if _JOINED.fullmatch(sentence[one.span[1] : other.span[0]]) and not other.parts_of("BI"):
            found[at + 1] = other._replace(parts=tuple(_unweighed(other, other.span[0])))
    return found


_ASKED = ("?", "\uff1f")


def _is_balanced(clause: Clause) -> bool:
    """Whether a balance is asked for, between what was named before."""
    return [part.value.target for part in clause.of("G")] == ["balanced"]


def _is_weighed(part: Part, sentence: str) -> bool:
    goal = part.value
    is_balance = isinstance(goal, Goal) and goal.target == "balanced"
    if not is_balance:
        return False
    is_before = _WEIGHED.search(sentence[part.start : part.end]) is not None
    return is_before or _WEIGHED_LATER.match(sentence, part.end) is not None


def _unweighed(clause: Clause, start: int) -> Iterator[Part]:
    """The parts of a clause without what is striven for behind a place of the sentence; where that
    is, the balance is struck."""
    for part in clause.parts:
        is_aim = part.kind in "Gqv" or any(one.type == "tariff" for one in drafts_of(part))
        if part.start < start or not is_aim:
            yield part
        elif isinstance(part.value, Goal):
            yield from (Part("A", part.start, part.end, Place(id)) for id in part.value.scope)


def occasioned(segments: list[Clause], sentence: str) -> list[Clause]:
    """The segments, where a mood that is only asked about is none where another one is ordered
    behind it: ``romantic dinner? the dinner scene in the kitchen``."""
    found = list(segments)
    for at, one in enumerate(segments):
        is_asked = sentence[one.span[1] :].lstrip()[:1] in _ASKED and _moods(one)
        if (
            is_asked
            and not one.parts_of("DBv")
            and any(_moods(other) for other in segments[at + 1 :])
        ):
            kept = tuple(part for part in one.parts if part.kind == "A")
            found[at] = one._replace(parts=kept)
    return found


def _moods(clause: Clause) -> list[Part]:
    return [part for part in clause.of("G") if part.value.target.startswith("scene:")]


_HEDGE = "hedge"
"""Said of what is to be so as far as it can be."""


def preferred(clause: Clause) -> Clause:
    """The clause, where power of our own sun is striven for that is to be used ``if possible``."""
    if not any(part.value == _HEDGE for part in clause.of("f")):
        return clause
    sun = Goal("maximize", "solar_use")
    parts = tuple(
        part._replace(kind="G", value=sun)
        if any(one.is_loose and one.type == "tariff" for one in drafts_of(part))
        else part
        for part in clause.parts
    )
    return clause._replace(parts=parts)


def forbidden_together(clauses: list[Clause], sentence: str) -> list[Clause]:
    """The clauses, where what is forbidden of one device is so of the one that is named with it:
    ``don't run the washer and the dryer before seven``, ``don't open the garage or unlock the
    door``."""
    found: list[Clause] = []
    for clause in clauses:
        if found and _shares_negation(clause, found[-1]):
            span = (found[-1].span[0], clause.span[1])
            found[-1] = together(found[-1], clause)._replace(negated=(span,))
        elif found and _is_alike_forbidden(clause, found[-1], sentence):
            found.append(clause._replace(negated=(clause.span,)))
        else:
            found.append(clause)
    return found


_OR = re.compile(r"[\s,]*(?:or|nor|oder|noch|ou|ni|o|或者?|也)[\s,]*", re.IGNORECASE)


def _is_alike_forbidden(clause: Clause, before: Clause, sentence: str) -> bool:
    """Whether an order stands behind ``or``, and another that is forbidden before it."""
    if not before.is_negated or not before.verbs or not clause.verbs or clause.is_negated:
        return False
    return _OR.fullmatch(sentence, before.span[1], clause.span[0]) is not None


def _shares_negation(clause: Clause, before: Clause) -> bool:
    if not (before.is_negated and before.of("D") and clause.of("D") and clause.of("C")):
        return False
    is_open = not before.parts_of("CBGI") and "prohibit" not in before.verbs
    is_bare = "D" in [part.kind for part in clause.parts[:2]]
    return is_open and is_bare and not clause.is_next and not clause.parts_of("vnBGI")
