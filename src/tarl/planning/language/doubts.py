"""What a home does not have is never taken for what it has.

1. What singles a thing out (*the back door*, *the neighbour's garage door*) and is no part of what
   the household calls it, nor says where the household has it, is asked about where the device can
   hurt somebody or let somebody in. So is what is to be done with a thing that nobody named.
2. A verb that a kind of device cannot do (*lock the car*) is asked about, and nothing is done.
3. A place that the home does not have is asked about, whatever is to be done there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from tarl.planning.language.actions import COVERS, HEATING, LIGHTS, SCOPED, is_able
from tarl.planning.language.colored import is_color
from tarl.planning.language.goals import Frame
from tarl.planning.language.line import Line
from tarl.planning.language.names import NamedDevice, folded
from tarl.planning.language.nouns import NOUNS, Nouns
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.surroundings import (
    HOUSE_LOCK,
    Word,
    before,
    behind,
    beside,
    is_room,
    objects,
    places,
    texts,
    told_apart,
    unread_in,
    words_of,
)
from tarl.planning.language.values import HERE, ONE, THERE, Mention
from tarl.planning.language.vocabulary import PLACES, Home
from tarl.planning.language.wanted import HOUSE, Wanted
from tarl.planning.task import Question

_TIED = re.compile(r"\w-\Z")
"""What is tied to a name by a hyphen."""
_IN_FRONT = re.compile(
    r"front|main|house|entrance|haus|eingang|wohnung|entrée|principal|entrada|calle|[前大]门",
    re.IGNORECASE,
)
"""Of what calls the door that people come in by."""
_AWAY = re.compile(
    r"\b(?:back|rear|side|garden|yard|shed|cellar|basement|patio|balcony|terrace|garage|barn|office"
    r"|attic|workshop|hinter|neben|seiten|keller|balkon|terrasse|garten|schuppen|büro|werkstatt"
    r"|arrière|derrière|cave|jardin|balcon|cabanon|grenier|trasera|atrás|sótano|jardín|terraza"
    r"|balcón|garaje|cobertizo)|[后侧]门|地下室|花园|阳台|车库|阁楼"
)
"""Of the names of other doors, and of where they are."""
_OF_GARAGE = re.compile(r"garage|garaj|cochera|车库")
_OF_SORTS = frozenset({"gate", "valve"})
"""Kinds of which a word says the sort: ``gas valve``."""
_HEATERS = HEATING | {"water_heater"}
_BACK = ("it", "them")
"""What stands for a device that was named before."""
STANDING = LIGHTS | HEATING | COVERS | {"air_conditioner", "fan", "heater", "tv", "vacuum"}
"""Kinds of which one is told from another by where it stands."""
_SAID = frozenset({HERE, THERE})
"""Places that a sentence or its speaker says."""


class Said(NamedTuple):
    """A sentence: its clauses with their words, and how its language names things."""

    sentence: str
    clauses: tuple[Clause, ...]
    words: tuple[list[Word], ...]
    nouns: Nouns

    def owns(self, word: Word) -> bool:
        """Whether a word says whose something is: ``the tenants' water``."""
        return self.sentence[word.end : word.end + 1] in ("'", "’")

    def called(self, words: Sequence[Word], first: int, last: int) -> str:
        """What is called by the words from one place to another, with the determiner before."""
        while first and not words[first - 1].stops:
            if words[first - 1].text not in self.nouns.determiners:
                break
            first -= 1
        return self.sentence[words[first].start : words[last].end]

    def run(self, words: Sequence[Word], run: Sequence[Word]) -> str:
        """What is called by words that stand beside each other."""
        return self.called(words, words.index(run[0]), words.index(run[-1]))


def said_of_things(
    sentence: str, clauses: tuple[Clause, ...], line: Line, *, tag: str, home: Home
) -> Said | None:
    """A sentence with its words; None where the home or its language is not known."""
    if tag not in NOUNS or not home.names.devices:
        return None
    unread = unread_in(line)
    words = tuple(words_of(sentence, clause, unread) for clause in clauses)
    return Said(sentence, clauses, words, NOUNS[tag])


def able(frame: Frame, said: Said, home: Home) -> Frame:
    """The frame in which nothing is done to a device that its kind cannot do."""
    wanted = (_undone(one) if _is_unable(one, said, home) else one for one in frame.wanted)
    return frame._replace(wanted=tuple(wanted))


def _undone(one: Wanted) -> Wanted:
    goal = msgspec.structs.replace(one.goal, value={})
    return one._replace(goal=goal, needs=one.needs if one.needs == "device" else "action")


def _is_unable(one: Wanted, said: Said, home: Home) -> bool:
    """Whether all verbs of a goal are of other kinds of devices."""
    if one.goal.type != "achieve" or one.needs == "action":
        return False
    own = [part for part in said.clauses[one.clause].of("D") if _means(part, one.goal.target, home)]
    if not own or any(part.value.is_verb or part.value.action for part in own):
        return False
    verbs = list(chain.from_iterable(_verbs_beside(part, one.clause, said) for part in own))
    names = [str(verb.value) for verb in verbs if verb.value not in said.nouns.switches]
    kind = home.kind_of(one.goal.target)
    if "discharge" in names and kind == "ev_charger":
        return any(said.nouns.empties.match(said.sentence, verb.start) for verb in verbs)
    return not is_able(kind, names)


def _verbs_beside(part: Part, at: int, said: Said) -> list[Part]:
    """The verbs that are said right of a thing; of one that is only named, those of the thing
    before it: ``lock the door and the car``."""
    clause, words = said.clauses[at], said.words[at]
    inside = [here for here, word in enumerate(words) if word.part is part]
    if not inside:
        return []
    if at and not clause.verbs and {one.kind for one in clause.parts} <= {"D", "f"}:
        before_it = said.clauses[at - 1].of("D")
        return _verbs_beside(before_it[-1], at - 1, said) if before_it else []
    found = []
    for step, here, is_last in ((-1, inside[0] - 1, False), (1, inside[-1] + 1, True)):
        while 0 <= here < len(words):
            word, nearer = words[here], words[here - step]
            if (nearer if is_last else word).stops or word.kind not in ("", "f", "v", "A", "P"):
                break
            is_joint = step < 0 and word.text in said.nouns.joints and nearer.part is part
            if word.kind == "v" and word.part and word.part not in found and not is_joint:
                found.append(word.part)
            here += step
    return found


def doubts_of(frame: Frame, said: Said, home: Home) -> tuple[Question, ...]:
    """The questions about what the home does not have; ``gN`` is the N-th thing wanted."""
    asked: list[Question] = []
    for number, one in enumerate(frame.wanted, 1):
        if one.needs in ("device", "area"):
            continue
        if (which := _which(one, said, home)) is not None:
            text, choices = which
            asked.append(Question(slot=f"g{number}.device", text=text, choices=choices))
    if asked or any(one.needs in ("device", "area") for one in frame.wanted):
        return tuple(asked)
    return tuple(_where(frame, said, home)) or tuple(_which_lights(said, home))


# --- which device


def _which(one: Wanted, said: Said, home: Home) -> tuple[str, tuple[str, ...]] | None:
    """What has to be asked about the device of a goal, and which ones it may be."""
    device = next((each for each in home.names.devices if each.id == one.goal.target), None)
    if one.goal.type != "achieve" or device is None:
        return None
    written = home.household.devices if home.household else ()
    can_hurt = any(each.id == device.id and each.is_critical for each in written)
    if not (can_hurt or device.is_critical):
        return None
    called = _strange_name(device, said, home) or _strange_object(one, device, said, home)
    if called is None:
        return None
    kind = device.kind.replace("_", " ")
    kinds = _HEATERS if device.kind in _HEATERS else {device.kind}
    same = tuple(each.id for each in home.names.devices if each.kind in kinds)
    return f"Which {kind} is meant by {called!r}? The home has none that is called so.", same


def _which_lights(said: Said, home: Home) -> Iterator[Question]:
    """The question which lights are meant, where a word that no light of the home is called by says
    which: they are not all of them."""
    choices = tuple(device.id for device in home.names.devices if device.kind in LIGHTS)
    for clause, words in zip(said.clauses, said.words, strict=True):
        for part in clause.of("D"):
            inside = [at for at, word in enumerate(words) if word.part is part]
            if part.value.ids or not inside or not home.kinds(part.value) <= LIGHTS:
                continue
            odd = [word for word in before(words, inside[0], said.nouns) if not word.kind]
            if odd and choices:
                called = said.called(words, words.index(odd[0]), inside[-1])
                text = f"Which light is meant by {called!r}? The home has none that is called so."
                yield Question(slot="device", text=text, choices=choices)


def _strange_name(device: NamedDevice, said: Said, home: Home) -> str | None:
    """What a device is called in a sentence, where the home does not call it so."""
    for clause, words in zip(said.clauses, said.words, strict=True):
        for part in clause.of("D"):
            if not _means(part, device.id, home):
                continue
            inside = [at for at, word in enumerate(words) if word.part is part]
            if not inside:
                continue
            first, last = inside[0], inside[-1]
            odd = [*before(words, first, said.nouns), *_things_before(words, first, device, home)]
            after = behind(words, last, said.nouns)
            if device.kind in SCOPED and is_room(after, said.nouns):
                after = []  # Where it works is asked, not which one it is.
            around = [*odd, *after]
            if words[last].text in said.nouns.stuff:
                around = [word for word in around if not word.kind and not said.owns(word)]
            strange = [word for word in around if not _is_known(word, device, home)]
            is_other = _is_compound(words, first, said) or _is_another(part, device, said, home)
            if strange or is_other:
                ends = {*inside, *(words.index(word) for word in strange)}
                return said.called(words, min(ends), max(ends))
    return None


def _is_another(part: Part, device: NamedDevice, said: Said, home: Home) -> bool:
    """Whether a kind of thing is named, and the only one that it may be is another: the front door
    where the home has a lock at the back, the gas valve where it has one for water."""
    if part.value.ids:
        return False
    if part.value.kind == "heater":
        return device.kind == "water_heater"
    if part.value.kind in _OF_SORTS:
        sort = set(said.sentence[part.start : part.end].casefold().split()) - {device.kind}
        return bool(sort) and not sort & _words_of(device)
    area = home.names.area(device.area) if device.area else None
    called = " ".join([*device.names, *(area.names if area else ())]).casefold()
    if part.value.kind == "garage_door":
        return device.kind == "gate" and not _OF_GARAGE.search(called)
    is_front = _IN_FRONT.search(said.sentence, part.start, part.end) is not None
    return part.value.kind == "front_door" and is_front and _AWAY.search(called) is not None


def _is_compound(words: Sequence[Word], first: int, said: Said) -> bool:
    """Whether a hyphen ties a name to a word before it: ``next-door lock``."""
    start = words[first].start
    return _TIED.search(said.sentence, max(0, start - 2), start) is not None


def _things_before(
    words: Sequence[Word], first: int, device: NamedDevice, home: Home
) -> Iterator[Word]:
    """The other device whose name stands right before one: ``the fridge door``."""
    if first == 0 or words[first - 1].stops or words[first - 1].kind != "D":
        return
    part = words[first - 1].part
    if part is not None and not part.value.is_verb and not _means(part, device.id, home):
        yield words[first - 1]


def _strange_object(one: Wanted, device: NamedDevice, said: Said, home: Home) -> str | None:
    """What is to be done with something that is not the device of a goal that names none."""
    clause, words = said.clauses[one.clause], said.words[one.clause]
    small = [part for part in clause.of("D") if part.value.kind == ONE]
    small += [part for part in clause.of("f") if part.value == HOUSE and device.kind not in SCOPED]
    for part in small:
        inside = [here for here, word in enumerate(words) if word.part is part]
        first, last = inside[0], inside[-1]
        around = [*before(words, first, said.nouns), *behind(words, last, said.nouns)]
        if strange := [word for word in around if not _is_known(word, device, home)]:
            ends = {first, last, *(words.index(word) for word in strange)}
            return said.called(words, min(ends), max(ends))
    things = [part for part in clause.of("D") if part.value.kind not in (HOUSE_LOCK, ONE)]
    if things or any(part.value in _BACK for part in clause.of("f")):
        return None
    for run in objects(words, said.nouns) if device.kind not in SCOPED else ():
        first, last = words.index(run[0]), words.index(run[-1])
        around = [*before(words, first, said.nouns), *run, *behind(words, last, said.nouns)]
        if strange := [word for word in around if not _is_known(word, device, home)]:
            ends = {first, last, *(words.index(word) for word in strange)}
            return said.called(words, min(ends), max(ends))
    return None


def _means(part: Part, id: str, home: Home) -> bool:
    mention: Mention = part.value
    return any(device.id == id for device in home.devices(mention, ()))


def _is_known(word: Word, device: NamedDevice, home: Home) -> bool:
    """Whether a word is part of what the home calls a device, or says where it is."""
    if word.text in _words_of(device):
        return True
    if word.part is None or word.kind != "A":
        return False
    if word.part.value.id in _SAID:
        return True
    place = home.place(word.part.value)
    if place is None or device.kind in SCOPED:
        return place is not None
    areas = (area for area in home.names.areas if area.id == device.area)
    return place in {spot for area in areas for spot in (area.id, area.floor)}


def _words_of(device: NamedDevice) -> set[str]:
    return {word for name in device.names for word in folded(name).replace("'", " ").split()}


# --- which place


def _where(frame: Frame, said: Said, home: Home) -> Iterator[Question]:
    """What has to be asked about the places of all that is wanted."""
    spots = tuple(area.id for area in home.names.areas)
    if not spots:
        return
    known = {word for name in _called(home) for word in folded(name).split()}
    for at in dict.fromkeys(one.clause for one in frame.wanted):
        words = said.words[at]
        standing = [part for part in said.clauses[at].of("D") if home.kinds(part.value) & STANDING]
        found = chain(places(words, said.nouns, standing), _worked_on(at, frame, said, home))
        for run in found:
            if _is_there(run, home):
                run = told_apart(words, run, said.nouns)
            if not set(texts(run)) <= known:
                called = said.run(words, beside(words, run))
                if is_color(called):
                    continue
                text = f"Which area is meant by {called!r}? The home has none that is called so."
                yield Question(slot="area", text=text, choices=spots)
                return


def _worked_on(at: int, frame: Frame, said: Said, home: Home) -> Iterator[list[Word]]:
    """The places where something is to be done which works on places: ``vacuum the moon``, ``heat
    the ballroom``."""
    ids = [one.goal.target for one in frame.wanted if one.clause == at]
    clause = said.clauses[at]
    things = [part for part in clause.of("D") if not part.value.is_verb]
    is_kept = any(one.clause == at and one.goal.type == "keep" for one in frame.wanted)
    if things or not (is_kept or any(home.kind_of(id) in SCOPED for id in ids)):
        return
    if any(part.value in _BACK for part in clause.of("f")):
        return
    words = said.words[at]
    for run in objects(words, said.nouns):
        is_named = said.called(words, words.index(run[0]), words.index(run[0])) != run[0].text
        if all(word.is_unread for word in run) and (is_named or not said.nouns.has_articles):
            yield run


def _is_there(run: Sequence[Word], home: Home) -> bool:
    """Whether words are a place of the home, or one that the sentence says."""
    part = run[0].part
    if part is None or part.kind != "A":
        return False
    return part.value.id in _SAID or home.place(part.value) is not None


def _called(home: Home) -> Iterator[str]:
    for place in (*home.names.areas, *home.names.floors):
        yield from place.names
        yield from PLACES.get(place.id, ())
