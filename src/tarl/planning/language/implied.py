"""The device that a clause is about which names none, or which names it by its work alone.

1. It is the one before it (``then lock it``), the heating of a room, or what alone can be meant by
   the verb.
2. A word for washing is said of the machine for it that is named: ``give the dishes a wash``.
3. A clause that only names a device is about nothing: the next one says what is to be done.
"""

from __future__ import annotations

from tarl.planning.language.actions import COVERS, HEATING, LIGHTS, STORES
from tarl.planning.language.parts import STEP
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.values import Mention
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import (
    areas_of,
    bound_of,
    bounds_of,
    is_lit_there,
    places_of,
    reads_as_bound,
)

ORDERS = frozenset(
    {
        *("on", "off", "run", "charge", "discharge", "open", "close", "lock", "unlock", "dim"),
        *("arm", "disarm", "shift"),
    }
)
"""Verbs that say what is to be done even without a device."""
IMPLIED_HEATING = Mention("heat_pump")
_SETTING = frozenset({"set", "run", "heat", "cool", "on", "dim"})
"""Verbs that leave open what is set, where a number says how far."""
_WASHERS = ("dishwasher", "washing_machine")
_DONE_WITH = frozenset({"arm", "off", "on", "open", "close", "lock", "charge", "dim", "run"})
"""What may be ordered of the device that the clause before it names."""


def named_last(behind: tuple[Clause, ...]) -> Mention | None:
    """The device that is named behind all that is to be done: ``charge it at night, the car``."""
    bare = [clause for clause in behind[-1:] if {part.kind for part in clause.parts} <= {"D", "f"}]
    return next((part.value for clause in bare for part in clause.of("D")), None)


def implied_by(
    clause: Clause, last: Mention | None, before: tuple[Clause, ...], home: Home
) -> Mention | None:
    """The device of a clause that names none: the one before it, or the heating of a room."""
    if moved(clause) and not clause.verbs and not clause.of("q"):
        return last._replace(action=None) if last and home.kinds(last) & COVERS else None
    verbs = set(clause.verbs)
    bounds = [bound for part in bounds_of(clause) if (bound := bound_of(part)) is not None]
    is_left = verbs in ({"keep", "open"}, {"keep", "close"}) and not bounds
    if is_left and not clause.is_negated:
        return _covers_of(clause, home)
    if verbs & {"keep", "prohibit", "hate"}:
        return None
    aims = [bound_of(part) for part in clause.of("I") if reads_as_bound(part, clause)] + [
        bound for bound in bounds if bound.is_aim
    ]
    degrees = [one for one in aims if one is not None and one.unit in ("temperature", "number")]
    if degrees and _says_brightness(clause, home) and clause.of("A") and verbs <= _SETTING:
        return Mention("light", is_all=True)
    is_heated = bool(degrees) and bool(clause.of("A") or verbs & {"heat", "cool"})
    if clause.of("G") and not (is_heated or verbs & {"charge", "watch"}):
        return None
    if degrees and (clause.of("A") or (verbs & {"set", "heat", "cool"} and last is None)):
        return IMPLIED_HEATING
    if degrees and last is not None and home.kinds(last) & (HEATING | {"water_heater"}):
        return last
    shares = [one for one in aims if one is not None and one.unit in ("share", "fill")]
    if shares and last is not None and home.kinds(last) & LIGHTS and verbs <= _SETTING:
        return Mention("light", is_all=True) if clause.of("A") and not verbs else last
    is_filled = any(one.unit in ("share", "fill") and one.lo is not None for one in bounds)
    store = last or mentioned_in(clause)
    if is_filled and not verbs and store is not None and home.kinds(store) & STORES:
        return store._replace(action=None)
    if shares and clause.of("A") and verbs <= _SETTING and _says_brightness(clause, home):
        return Mention("light", is_all=True)
    if degrees and last is None and not clause.of("G") and verbs <= _SETTING and len(aims) == 1:
        return IMPLIED_HEATING
    if verbs & {"heat", "cool"} and clause.of("A"):
        return IMPLIED_HEATING
    is_moved = "temperature" in [part.value for part in clause.of("q")] and not bounds
    if is_moved and (is_stepped(clause) or "set" in verbs):
        return IMPLIED_HEATING
    return _by_verb(clause, last, before, home)


def _by_verb(
    clause: Clause, last: Mention | None, before: tuple[Clause, ...], home: Home
) -> Mention | None:
    """The device that the verbs of a clause are about, where nothing else says so."""
    verbs = set(clause.verbs)
    if "dim" in verbs and clause.of("A") and bounds_of(clause):
        return Mention("light", is_all=True)
    if verbs & {"open", "close"} and (covers := _covers_of(clause, home)):
        return covers
    if verbs & ORDERS:
        last = last or next(
            (found for other in (*before, clause) if (found := mentioned_in(other))), None
        )
    if (
        last is None
        and "charge" in verbs
        and not clause.unread
        and home.devices(Mention("ev_charger"), ())
    ):
        return Mention("ev_charger")
    if last is None and verbs & {"lock", "unlock"}:
        doors = home.devices(Mention("lock"), ())
        return Mention("lock", (doors[0].id,)) if len(doors) == 1 else None
    if "watch" in verbs and not clause.unread and home.devices(Mention("camera"), ()):
        return Mention("camera")
    return last if verbs & ORDERS else None


def _covers_of(clause: Clause, home: Home) -> Mention | None:
    """What can be opened and closed in the places of a clause."""
    areas = areas_of(places_of(clause, home), home) if clause.of("A") else ()
    covers = [one for one in home.names.devices if one.kind in COVERS and one.area in areas]
    return Mention(covers[0].kind, tuple(one.id for one in covers)) if covers else None


def _says_brightness(clause: Clause, home: Home) -> bool:
    """Whether a clause is about how bright it is where a light stands, and about nothing else that
    has a share."""
    said = [part.value for part in clause.of("q")]
    return said == ["brightness"] and is_lit_there(clause, home)


def of_work(part: Part, clause: Clause, last: Mention | None) -> Part | None:
    """The part that names a device, where a word for washing is said of what was named before
    (``the plates pile up, wash them``); None where it is said of a machine beside it: ``give the
    dishes a wash``."""
    said: Mention = part.value
    others = (other.value for other in clause.of("D"))
    if not said.is_loose or said.kind not in _WASHERS:
        return part
    if any(other.kind in _WASHERS and not other.is_loose for other in others):
        return None
    if last is None or last.kind not in _WASHERS:
        return part
    is_beside = any(
        one.value in ("it", "them") and 0 <= one.start - part.end <= 1 for one in clause.of("f")
    )
    if (said.is_verb and is_beside) or (said.is_all and last.kind == "dishwasher"):
        return part._replace(value=last._replace(is_verb=True))
    return part


def heads(clause: Clause, behind: tuple[Clause, ...], home: Home) -> bool:
    """Whether a clause only names the device of which the next one says what is to be done with
    it (``dryer: stop it when power gets expensive``), or the lights of which the next ones say how
    bright each is to be: ``lights: kitchen 80 percent, hall 30``."""
    after = behind[0] if behind else None
    said = [part for part in clause.parts if part.kind != "f"]
    if after is None or [part.kind for part in said] != ["D"] or after.of("D"):
        return False
    is_listed = {"A", "B"} <= {part.kind for part in after.parts} and not after.verbs
    is_of_it = any(part.value in ("it", "them") for part in after.of("f"))
    is_done = bool(after.verbs) and set(after.verbs) <= _DONE_WITH
    return (is_of_it and is_done) or (is_listed and bool(home.kinds(said[0].value) & LIGHTS))


def moved(clause: Clause) -> list[str]:
    """What ``up`` and ``down`` say of what opens: ``blinds down at sunset, up at sunrise``."""
    return [str(part.value) for part in clause.of("u")]


def mentioned_in(clause: Clause) -> Mention | None:
    """The device that a condition of a clause is about."""
    for part in clause.of("S"):
        if isinstance(device := dict(part.value.facts).get("device"), Mention):
            return device
    for part in clause.of("C"):
        for draft in part.value:
            if draft.type == "condition" and isinstance(draft.value.get("device"), Mention):
                named: Mention = draft.value["device"]
                return named
    return None


def is_stepped(clause: Clause) -> bool:
    """Whether a clause says that something is to be more or less than it is."""
    return bool(clause.of("u")) or any(part.value == STEP for part in clause.of("f"))
