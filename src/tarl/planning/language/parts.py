"""What the parts of one segment of a sentence make of each other.

1. What a device is said to have to be is an order: ``the car has to be full``.
2. A number that nothing else explains is what the heating is to reach, an amount the most that may
   be spent or used.
3. What is only told, hated or said of otherwise orders nothing.
4. A negation turns the order round, or the bound that must not be passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tarl.planning.language.amounts import WARM_MAX, WARM_MIN
from tarl.planning.language.line import Line, kind_of, words_in
from tarl.planning.language.modifiers import STEP_MAX, is_step
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.tellings import untimed
from tarl.planning.language.values import FULL, Bound, Draft, Mention, State
from tarl.planning.language.vocabulary import KINDS

_UNUSED = frozenset("EHKLMNOQSTUVWY")
"""Kinds of items that mean something only within a greater one."""


_ELSE, _BOUGHT, _LEFT = "else", "bought", "left"
"""Said of what is to be so otherwise, of power that is paid for, of what is left until later."""
_FORBID = "forbid"
"""Said before what must not come about."""
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


def segment_of(line: Line, *, is_next: bool) -> Clause:
    """The segment that a part of a rewritten line is."""
    parts: list[Part] = []
    for char, item in zip(line.text, line.items, strict=True):
        kind = kind_of(char)
        if kind is not None:
            parts.extend(_wished(Part(kind, item.start, item.end, item.value)))
    parts = list(_forbidden(_aimed(list(_called(parts)))))
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


def _called(parts: list[Part]) -> Iterator[Part]:
    """The parts, without a word for what a device is right beside its name: ``orchard valve``,
    ``lampe Étoile``."""
    for at, part in enumerate(parts):
        beside = (*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2])
        if not any(_is_named(other) and _is_word_for(other, part) for other in beside):
            yield part


def _is_named(part: Part) -> bool:
    return part.kind == "D" and bool(part.value.ids)


def _is_word_for(named: Part, part: Part) -> bool:
    """Whether a part is but a word for what the device is that is named next to it."""
    if part.kind != "D" or part.value != Mention(part.value.kind):
        return False
    gap = max(part.start, named.start) - min(part.end, named.end)
    return gap <= 1 and named.value.kind in KINDS.get(part.value.kind, (part.value.kind,))


def _is_alternative(parts: list[Part]) -> bool:
    """Whether a segment says no more than how far, or when, otherwise: a plan has no place for it,
    and it is none of what comes before it: ``21 while Anna is in there, 18 otherwise``."""
    kinds = {part.kind for part in parts}
    verbs = {part.value for part in parts if part.kind == "v"}
    is_bare = not kinds & set("ADGSq") and verbs <= {"keep"}
    return is_bare and any(part.value == _ELSE for part in parts)


def _as_bought(parts: list[Part]) -> Iterator[Part]:
    """The parts; an amount that bounds what is bought is one for a unit of it, and what is left
    until then is not done before: ``leave the dishes until nine``. What is left open is opened by
    nobody."""
    said = {part.value for part in parts if part.kind == "f" and isinstance(part.value, str)}
    if _LEFT in said:
        parts = [part for part in parts if part.kind != "v" or part.value not in ("open", "unlock")]
    kinds = {part.kind for part in parts}
    is_left = _LEFT in said and bool(kinds & {"A", "D"}) and not kinds & set("BGISuv")
    for part in parts:
        drafts = drafts_of(part) if part.kind == "C" else ()
        if _BOUGHT in said and any(one.type == "cost" for one in drafts):
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
    is_forbidden = any(part.kind == "v" and part.value == _FORBID for part in parts)
    is_bounded = any(part.kind == "B" for part in parts)
    for part in parts:
        if is_forbidden and part.kind == "v" and part.value == _FORBID:
            part = part._replace(value="keep" if is_bounded else "prohibit")
        elif is_forbidden and part.kind == "B":
            lo, hi = part.value.lo, part.value.hi
            is_reached = lo is not None and lo == hi
            part = part._replace(
                value=part.value._replace(lo=None if is_reached else hi, hi=lo, is_aim=False)
            )
        yield part


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
        yield part._replace(kind="B", value=FULL)


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
    is_share = part.kind == "B" and value.unit in ("share", "fill", "number") and not value.is_aim
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
