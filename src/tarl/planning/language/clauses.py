"""The clauses of a sentence that the grammar has rewritten.

1. Separators part segments; a segment that orders nothing belongs to the one before it, or, at the
   start, to the one behind it.
2. Every word is counted: what nobody understood lowers the confidence of its clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tarl.planning.language.lexicon import Tells
from tarl.planning.language.line import UNREADABLE, Line, char_of, kind_of
from tarl.planning.language.modifiers import (
    STEP_MAX,
    THEN,
    Bound,
    Draft,
    Either,
    Mention,
    State,
    is_step,
)
from tarl.planning.language.neighbours import asked, lit_together, off_above
from tarl.planning.language.segments import Clause, Part, drafts_of, together
from tarl.planning.language.tellings import untimed, untold
from tarl.planning.task import Goal

_CUT = re.compile(f"[{char_of('s')}{char_of('j')}]")
_UNUSED = frozenset("EHKLMNOQSTUVWY")
"""Kinds of items that mean something only within a greater one."""
_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def clauses_of(line: Line, sentence: str = "", tells: Tells | None = None) -> tuple[Clause, ...]:
    """The clauses of a rewritten line, in order; ``tells`` says how that begins
    which asks for nothing."""
    segments: list[Clause] = []
    start, is_next = 0, False
    cuts = [cut for cut in _CUT.finditer(line.text) if not _joins_places(line, cut.start())]
    for cut in [*cuts, None]:
        end = cut.start() if cut else len(line.text)
        segment = _segment(line.part(start, end), is_next=is_next)
        if cut is not None and line.items[cut.start()].value == "so" and _only_tells(segment):
            parts = tuple(map(untimed, segment.parts))
            if any(_is_budget(item.value) for item in line.items[cut.end() :]):
                parts = tuple(part for part in parts if not _is_budget(part.value))
            segment = segment._replace(parts=parts)
        if segment.parts or segment.words:
            segments.append(segment)
            is_next = False
        if cut is None:
            if is_next and segments:
                segments[-1] = _at_that_time(segments[-1])
            break
        is_next = is_next or kind_of(cut[0]) == "j"
        start = cut.end()
    segments = lit_together(asked(_without_told(segments)))
    merged = _merged(untold(segments, sentence, tells))
    return tuple(off_above(_preferred(one)) for one in _forbidden_together(merged))


def _without_told(segments: list[Clause]) -> list[Clause]:
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
    return {part.kind for part in segment.parts} <= set("BIfP") and not segment.is_next


def _ends_of(segment: Clause) -> set[int]:
    """The numbers of a segment's bounds."""
    values = [part.value for part in segment.parts_of("BI")]
    bounds = [one.bound if isinstance(one, Either) else one for one in values]
    return {end for one in bounds for end in (one.lo, one.hi) if end is not None}


NEED = "need"
"""Said of what has to be there at a time, and so to be done by then."""
HEDGE = "hedge"
"""Said of what is to be so as far as it can be."""


def _preferred(clause: Clause) -> Clause:
    """The clause, where power of our own sun is striven for that is to be used ``if possible``."""
    if not any(part.value == HEDGE for part in clause.of("f")):
        return clause
    sun = Goal("maximize", "solar_use")
    parts = tuple(
        part._replace(kind="G", value=sun)
        if any(one.is_loose and one.type == "tariff" for one in drafts_of(part))
        else part
        for part in clause.parts
    )
    return clause._replace(parts=parts)


def _forbidden_together(clauses: list[Clause]) -> Iterator[Clause]:
    """The clauses, where what is forbidden of one device is so of the one that is named with it:
    ``don't run the washer and the dryer before seven``."""
    last: Clause | None = None
    for clause in clauses:
        if last is not None and _shares_negation(clause, last):
            last = together(last, clause)._replace(negated=((last.span[0], clause.span[1]),))
            continue
        if last is not None:
            yield last
        last = clause
    if last is not None:
        yield last


def _shares_negation(clause: Clause, before: Clause) -> bool:
    if not (before.is_negated and before.of("D") and clause.of("D") and clause.of("C")):
        return False
    is_open = not before.parts_of("CBGI") and "prohibit" not in before.verbs
    is_bare = "D" in [part.kind for part in clause.parts[:2]]
    return is_open and is_bare and not clause.is_next and not clause.parts_of("vnBGI")


def _at_that_time(segment: Clause) -> Clause:
    """The segment behind whose words ``then`` stands, and nothing more: it is about a time."""
    part = Part("C", *segment.span, (Draft("earliest", THEN, "gte"),))
    return segment._replace(parts=(*segment.parts, part))


def _only_tells(segment: Clause) -> bool:
    """Whether a segment orders nothing, and is about nothing of the home."""
    return not segment.parts_of("ADGBv")


def _is_budget(value: Any) -> bool:
    """Whether it says what something may cost: what one has, where one says behind it what of that
    may be spent, is but told."""
    drafts = value if isinstance(value, tuple) and not hasattr(value, "_fields") else ()
    return any(isinstance(one, Draft) and one.type == "cost" for one in drafts)


_SMALL = f" {char_of('f')}"


def _joins_places(line: Line, at: int) -> bool:
    """Whether an ``and`` stands between two places: ``in der Küche und im Wohnzimmer``."""
    before, behind = line.text[:at].rstrip(_SMALL), line.text[at + 1 :].lstrip(_SMALL)
    if {before[-1:], behind[:1]} != {char_of("A")}:
        return False
    if line.items[at].value != "places":
        return bool(line.items[at].value == "and")
    # What is said of both stands behind them: "the lights in the hall and the kitchen off".
    own = _CUT.split(before)[-1]
    verbs = [
        line.items[i].value
        for i in range(len(before) - len(own), len(before))
        if kind_of(line.text[i]) == "v"
    ]
    is_open = not any(char_of(kind) in own for kind in "uBGIN") and set(verbs) <= {"set"}
    is_listed = char_of("D") in own and is_open
    return is_listed and not behind[1:].lstrip(_SMALL).startswith(char_of("D"))


def _segment(line: Line, *, is_next: bool) -> Clause:
    parts: list[Part] = []
    for char, item in zip(line.text, line.items, strict=True):
        kind = kind_of(char)
        if kind is not None:
            parts.extend(_wished(Part(kind, item.start, item.end, item.value)))
    parts = list(_forbidden(_aimed(parts)))
    parts = _without_steps(parts)
    unused = sum(part.kind in _UNUSED and not _is_step(part) for part in parts)
    parts = [_limited(part) for part in parts]
    if _is_alternative(parts):
        return Clause((), is_next, (), words_in(line.text), words_in(line.text), _extent(line))
    parts = list(_as_bought(parts))
    parts = [_put_off(part, parts) for part in parts]
    if _is_complaint(parts):
        parts = [part for part in parts if part.kind == "A"]
    if _is_told(parts):
        parts = [untimed(part) for part in parts]
    parts, is_spent = _bounded_by_negation(parts)
    unread = words_in(line.text) + unused
    heads = [part for part in parts if part.kind in "Dv"]
    return Clause(
        tuple(parts),
        is_next,
        (_extent(line),) if heads and not is_spent and _has_not(parts) else (),
        unread,
        unread + len(parts),
        _extent(line),
    )


ELSE, BOUGHT, LEFT = "else", "bought", "left"
"""Said of what is to be so otherwise, of power that is paid for, of what is left until later."""


def _is_alternative(parts: list[Part]) -> bool:
    """Whether a segment says no more than how far, or when, otherwise: a plan has no place for it,
    and it is none of what comes before it: ``21 while Anna is in there, 18 otherwise``."""
    kinds = {part.kind for part in parts}
    verbs = {part.value for part in parts if part.kind == "v"}
    is_bare = not kinds & set("ADGSq") and verbs <= {"keep"}
    return is_bare and any(part.value == ELSE for part in parts)


def _as_bought(parts: list[Part]) -> Iterator[Part]:
    """The parts; an amount that bounds what is bought is one for a unit of it, and what is left
    until then is not done before: ``leave the dishes until nine``. What is left open is opened by
    nobody."""
    said = {part.value for part in parts if part.kind == "f" and isinstance(part.value, str)}
    if LEFT in said:
        parts = [part for part in parts if part.kind != "v" or part.value not in ("open", "unlock")]
    kinds = {part.kind for part in parts}
    is_left = LEFT in said and bool(kinds & {"A", "D"}) and not kinds & set("BGISuv")
    for part in parts:
        drafts = drafts_of(part) if part.kind == "C" else ()
        if BOUGHT in said and any(one.type == "cost" for one in drafts):
            price = (one._replace(type="price") if one.type == "cost" else one for one in drafts)
            part = part._replace(value=tuple(price))
        if is_left and [one.type for one in drafts] == ["deadline"]:
            part = part._replace(value=(drafts[0]._replace(type="earliest", operator="gte"),))
        yield part


def _without_steps(parts: list[Part]) -> list[Part]:
    """The parts without the degrees by which something is changed, where it is said to how many:
    ``up by two degrees to 22``."""
    aims = [part for part in parts if part.kind == "B" and part.value.is_aim]
    degrees = [one for one in aims if one.value.unit in ("temperature", "number")]
    steps = [one for one in degrees if (one.value.lo or 0) <= STEP_MAX]
    is_reached = any((one.value.lo or 0) >= WARM_MIN for one in degrees)
    return [part for part in parts if part not in steps] if is_reached else parts


WARM_MIN, WARM_MAX = 140, 280
"""Tenths of a degree: what a bare number beside the heating may be."""


def _aimed(parts: list[Part]) -> Iterator[Part]:
    """The parts, where a number that nothing else explains is what the heating is to reach:
    ``heat pump 19.5``, ``17 is fine``."""
    about = {part.value.kind for part in parts if part.kind == "D"}
    others = {part.kind for part in parts} & set("BIDGv")
    is_heated = about & {"heat_pump", "heater", "thermostat"} and not others & {"B", "I"}
    is_heated = is_heated or (
        not others - {"v"} and any(part.kind == "A" for part in parts) and _sets_little(parts)
    )
    for part in parts:
        if part.kind == "N" and (is_heated or not others):
            tenths = int(part.value.value * 10)
            if WARM_MIN <= tenths <= WARM_MAX:
                part = part._replace(kind="B", value=Bound("number", tenths, tenths, is_aim=True))
        yield part


def _forbidden(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, where a bound that must not be passed is kept from the other side: ``don't let it
    fall below 18``."""
    parts = list(parts)
    is_forbidden = any(part.kind == "v" and part.value == FORBID for part in parts)
    is_bounded = any(part.kind == "B" for part in parts)
    for part in parts:
        if is_forbidden and part.kind == "v" and part.value == FORBID:
            part = part._replace(value="keep" if is_bounded else "prohibit")
        elif is_forbidden and part.kind == "B":
            lo, hi = part.value.lo, part.value.hi
            is_reached = lo is not None and lo == hi
            part = part._replace(
                value=part.value._replace(lo=None if is_reached else hi, hi=lo, is_aim=False)
            )
        yield part


FORBID = "forbid"
"""Said before what must not come about."""


def _sets_little(parts: list[Part]) -> bool:
    """Whether the verbs say no more than that something is to be so: ``make it 20 in the hall``."""
    return {part.value for part in parts if part.kind == "v"} <= {"run", "set", "heat", "cool"}


def _limited(part: Part) -> Part:
    """The part; an amount that nothing explains is the most that may be spent, used or drawn, and
    few degrees are those by which something is changed."""
    if part.kind == "M":
        value = {"amount_micro": part.value.micro, "currency": part.value.currency}
        return part._replace(kind="C", value=(Draft("cost", value),))
    if part.kind == "V":
        return part._replace(kind="C", value=(Draft("energy", part.value),))
    if _is_step(part):
        return part._replace(kind="f", value=STEP)
    return part


def _is_step(part: Part) -> bool:
    """Whether a part is the few degrees by which something is changed."""
    return part.kind == "H" and is_step("temperature", part.value)


def _is_told(parts: list[Part]) -> bool:
    """Whether a segment only tells how things are: ``everyone's out tomorrow, so ...``."""
    heads = [part.kind for part in parts if part.kind != "f"]
    return heads[:1] == ["S"] and not set(heads) & set("DGBIvq")


def _is_complaint(parts: list[Part]) -> bool:
    """Whether a segment says what somebody hates, and nothing of how it is to be."""
    verbs = [part.value for part in parts if part.kind == "v"]
    return "hate" in verbs and not {part.kind for part in parts} & set("BDGIq")


def _put_off(part: Part, parts: list[Part]) -> Part:
    """The part; what is put off is not switched off: ``put off the wash till ten``."""
    if part.kind != "v" or part.value != "put_off":
        return part
    bounds = [draft for other in parts for draft in drafts_of(other)]
    is_until = any(draft.type == "deadline" or draft.is_fixed for draft in bounds)
    return part._replace(value="shift" if is_until else "off")


_WISHES: dict[str, str] = {
    "full": "charge",
    "charged": "charge",
    "closed": "close",
    "locked": "lock",
    "on": "on",
    "off": "off",
    "done": "run",
}
"""What is to be done where the state of a device is no condition: ``the car has to be full``.
Nothing is opened or unlocked for being said to be so."""


STEP = "step"
"""Said of something that is to be more, or less, than it is."""
_MOVES = {"set.down": "close", "set.up": "open"}
"""What a word that sets something lower or higher does to a cover."""
_STEPS = {"heat.more": "heat", "cool.more": "cool", "set.more": "set"}
"""What a comparative does."""
_SUPPOSED = _WISHES | {"running": "run", "charging": "charge"}
"""The same where it is only supposed: ``if the dishwasher ran at two``."""


def _has_not(parts: list[Part]) -> bool:
    """Whether an order is negated: by ``not``, or in ``I don't want the dryer running``."""
    verbs = [part.value for part in parts if part.kind == "v"]
    is_prohibited = "prohibit" in verbs and any(part.kind == "D" for part in parts)
    drafts = [draft.type for part in parts for draft in drafts_of(part)]
    is_bounded = any(part.kind == "B" for part in parts)
    is_prohibited = is_prohibited and "cost" not in drafts and not is_bounded
    is_ruled = "condition" in drafts or bool(set(verbs) - {"prohibit", "keep"})
    return any(part.kind == "n" for part in parts) or (is_prohibited and is_ruled)


def _wished(part: Part, wishes: Mapping[str, str] = _WISHES) -> Iterator[Part]:
    if isinstance(part.value, Bound) and part.value.place is not None:
        yield Part("A", part.start, part.start, part.value.place)
        part = part._replace(value=part.value._replace(place=None))
    if part.kind == "G" and isinstance(part.value, tuple):
        yield from (part._replace(value=goal) for goal in part.value)
        return
    if part.kind == "v" and part.value in _MOVES:
        yield part._replace(value="set")
        yield part._replace(kind="u", value=_MOVES[part.value])
        return
    if part.kind == "v" and part.value in _STEPS:
        yield part._replace(value=_STEPS[part.value])
        yield part._replace(kind="f", value=STEP)
        return
    facts = dict(part.value.facts) if isinstance(part.value, State) else {}
    verb = wishes.get(part.value.state) if isinstance(facts.get("device"), Mention) else None
    if verb is None or part.value.is_negated or part.value.is_told:
        yield part
        return
    yield part._replace(kind="D", value=facts["device"])
    yield part._replace(kind="v", value=verb)
    if part.value.state == "full":
        yield part._replace(kind="B", value=Bound("fill", 1000))


def supposed(clause: Clause, *, is_whole: bool) -> Clause:
    """The clause of a what-if, where ``the heating is off`` is what is supposed; conditions are so
    as well where it ``is_whole``: where nothing else is supposed."""
    parts: list[Part] = []
    for part in clause.parts:
        if isinstance(part.value, State):
            wished = list(_wished(part, _SUPPOSED))
            parts.extend(wished if len(wished) > 1 else (part,))
            continue
        drafts = drafts_of(part)
        value = drafts[0].value if len(drafts) == 1 and drafts[0].type == "condition" else {}
        if not is_whole or value.get("device") is None or drafts[0].operator != "eq":
            parts.append(part)
            continue
        state = State("device", value["state"], facts=(("device", value["device"]),))
        wished = list(_wished(part._replace(value=state), _SUPPOSED))
        parts.extend(wished if len(wished) > 1 else (part,))
    return clause._replace(parts=tuple(parts))


def _bounded_by_negation(parts: list[Part]) -> tuple[list[Part], bool]:
    """The parts, and whether their negation says no more than how far a store may be charged or
    drained: ``don't charge the car over 80 %``, ``never drain the battery below 20 %``."""
    verbs = {part.value for part in parts if part.kind == "v"}
    is_stored = bool(verbs & {"charge", "discharge"}) and any(part.kind == "D" for part in parts)
    if not (is_stored and _has_not(parts) and any(_is_one_sided(part) for part in parts)):
        return parts, False
    return [_turned(part) for part in parts if part.kind != "n"], True


def _is_one_sided(part: Part) -> bool:
    """Whether a part is a share that bounds from one side."""
    value = part.value
    is_share = part.kind == "B" and value.unit in ("share", "fill") and not value.is_aim
    return is_share and (value.lo is None) != (value.hi is None)


def _turned(part: Part) -> Part:
    """The part, where a share that is bounded from one side is so from the other."""
    if not _is_one_sided(part):
        return part
    return part._replace(value=part.value._replace(lo=part.value.hi, hi=part.value.lo))


def _extent(line: Line) -> tuple[int, int]:
    stripped = line.text.strip()
    if not stripped:
        return 0, 0
    start = line.text.index(stripped)
    return line.said(start, start + len(stripped))


def words_in(text: str) -> int:
    """How many words a text has."""
    apart = _IDEOGRAPH.sub(" ", text)
    return len(_WORD.findall(apart)) + len(_IDEOGRAPH.findall(text)) + text.count(UNREADABLE)


def _merged(segments: list[Clause]) -> list[Clause]:
    merged: list[Clause] = []
    waiting: Clause | None = None
    for at, segment in enumerate(segments):
        behind = segments[at + 1] if at + 1 < len(segments) else None
        if segment.parts_of("A") and waiting is None and _opens(segment, behind):
            waiting = segment
        elif merged and waiting is None and _goes_on(segment, merged[-1]):
            merged[-1] = together(merged[-1], segment)
        elif segment.orders:
            merged.append(together(waiting, segment) if waiting else segment)
            waiting = None
        elif merged and (_leads_on(segment) or _comes_next(segment, behind)):
            waiting = segment
        elif merged:
            is_next = merged[-1].is_next or (segment.is_next and len(merged) > 1)
            merged[-1] = together(merged[-1], segment)._replace(is_next=is_next)
        else:
            waiting = together(waiting, segment) if waiting else segment
    return [*merged, waiting] if waiting else merged


def _goes_on(segment: Clause, before: Clause) -> bool:
    return (
        _shares_places(segment, before)
        or _only_adds(segment, before)
        or _places_mood(segment, before)
    )


def _places_mood(segment: Clause, before: Clause) -> bool:
    """Whether a segment only says where a mood is wanted: ``movie, set it up in the lounge``."""
    kinds = {part.kind for part in segment.parts} - {"f"}
    is_mood = any(part.value.target.startswith("scene:") for part in before.of("G"))
    is_vague = set(segment.verbs) <= {"run", "set", "on"} and kinds <= set("Avu")
    return is_mood and is_vague and "A" in kinds and not before.of("A")


def _shares_places(segment: Clause, before: Clause) -> bool:
    """Whether a segment goes on with the places of the one before it: ``warm the kitchen | the
    lounge to 20``, ``turn off the kitchen | lounge lights``."""
    kinds, earlier = ({part.kind for part in one.parts} for one in (segment, before))
    is_split = set(segment.verbs) <= {"on", "off"} and set(before.verbs) <= {"set", "run"}
    if "A" not in kinds or not {"A", "v"} <= earlier or earlier & set("BIC"):
        return False
    if "v" in kinds and not (is_split and "D" in kinds):
        return False
    if kinds <= set("ABICf"):
        return "keep" not in before.verbs
    return "D" in kinds and "D" not in earlier and segment.parts_of("AD")[0].kind == "A"


def _opens(segment: Clause, behind: Clause | None) -> bool:
    """Whether a segment is but a place of what the next one names: ``the kitchen | lounge
    lights``."""
    if behind is None or {part.kind for part in segment.parts} - {"A", "f"}:
        return False
    return [part.kind for part in behind.parts_of("AD")[:2]] == ["A", "D"] and not segment.unread


def _leads_on(segment: Clause) -> bool:
    """Whether a segment says that what comes next follows: ``once that is done``."""
    drafts = [draft for part in segment.parts for draft in drafts_of(part)]
    return any(draft == Draft("order", None, "eq") for draft in drafts)


def _comes_next(segment: Clause, behind: Clause | None) -> bool:
    """Whether a segment says when, or on what condition, the next one follows: ``and then, after
    five, dry it``."""
    return segment.is_next and behind is not None and behind.orders and not behind.is_next


def _only_adds(segment: Clause, before: Clause) -> bool:
    """Whether a segment says no more than how far: ``kitchen light, 70 percent``."""
    kinds = {part.kind for part in segment.parts if part.kind in "DGBvIA"}
    return bool(kinds) and kinds <= {"B", "I"} and before.orders and not before.of("B")
