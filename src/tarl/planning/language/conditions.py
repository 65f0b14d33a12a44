"""What has to be so, or must not be, as constraints without ids; what is left out, and what comes
before what.

Each function makes the value of one family of phrases, as those of ``modifiers`` do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tarl.planning.language.actions import COVERS, LIGHTS
from tarl.planning.language.amounts import WHOLE
from tarl.planning.language.line import ITEMS, Found, Item, char_of
from tarl.planning.language.modifiers import BEGINNINGS, at
from tarl.planning.language.times import leaves_something, times_of
from tarl.planning.language.values import HERE, THERE, Draft, Mention, Place, State
from tarl.planning.task import When

_THERE = re.compile(
    r"^(?:dort|drin|drinnen|darin) |(?<=[\s'])(?:there|in it|en él|en ella|dort|drin|drinnen|darin"
    r"|dedans|dentro|allí|ahí|y(?= (?!a\b)))\b"
)

_COMPARED = re.compile(r" (?:than|by|in time)\b")
"""Behind what is no weather, but to be so: ``it gets colder than 18``, ``so it's hot by nine``."""
_NOT_YET = re.compile(
    r"\b(?:like|love|want|wish|prefer|appreciate|need|ask|insist|hope|good|great|nice|best|ideal"
    r"|better|lovely) (?:it )?that (?:the |my |our )?\Z"
    r"|\b(?:veux|veut|voulons|voudrai[st]|aimerai[st]|aime|souhaite|souhaitons|préfère) (?:pas"
    r" )?que (?:le |la |les |l'|notre )?\Z"
    r"|\b(?:quiero|queremos|quisiera|gustaría|gusta|prefiero|necesito) que (?:el |la |los |las )?\Z"
    r"|[把将][^,;:.!?]*\Z"
)
"""What is wished for, or done to something, is not so yet: ``I would like that the dishwasher is
running``, 把灯关了."""


def state(args: tuple[str, ...], found: Found) -> State | None:
    """Something that is so: ``state.occupancy.asleep``; ``state.not.occupancy.asleep``."""
    is_negated = args[0] == "not"
    subject, name = args[1:3] if is_negated else args[:2]
    is_asked = found.line.text[: found.start].endswith("if ")
    is_compared = subject == "weather" and _COMPARED.match(found.line.text, found.end) is not None
    if leaves_something(found) or (is_compared and not is_asked):
        return None
    if subject == "device" and _NOT_YET.search(found.line.text, 0, found.start):
        return None
    if any(number.value for number in found.of("N")):
        return None  # The only number that a state knows is zero.
    if any(share != WHOLE for share in found.of("Q")):
        return None
    facts: list[tuple[str, Any]] = []
    if subject == "occupancy":
        facts += [("who", person) for person in found.of("P")[:1]]
        facts += [("area", spot) for spot in found.of("A")[:1]]
        is_there = _THERE.search(found.text) is not None
        if is_there and not found.of("A"):
            facts.append(("area", Place(THERE)))
    elif subject == "device":
        facts += [("device", _within(device, found)) for device in found.of("D")[:1]]
        if name == "running" and any(one.kind in COVERS for one in found.of("D")):
            name = "open"  # 开着 is said of what runs and of what stands open.
        if name == "running" and any(one.kind in LIGHTS for one in found.of("D")):
            name = "on"
        if not facts and found.of("A"):
            facts.append(("device", Mention("cover", place=found.of("A")[0].id)))
    return State(subject, name, is_negated, tuple(facts))


_GOES_ON_BEHIND = re.compile(
    r" (?!and\b|or\b|but\b|then\b|please\b|only\b|und\b|bitte\b|et\b|y\b)\w"
)
_OUT = ("out", "outside", "outdoors", "draußen", "dehors", "fuera")


def measured(args: tuple[str, ...], found: Found) -> State | None:
    """That the weather, or the sun's power, lies above or below a value: ``above 22 degrees
    outside``, ``over 5 kW of sun``."""
    if found.text.endswith(_OUT) and _GOES_ON_BEHIND.match(found.line.text, found.end):
        return None  # ``at least 20 degrees outside quiet hours`` is no weather.
    if args[0] == "solar":
        value = int(found.of("W")[0])
    else:
        degrees = [int(tenths) for tenths in found.of("H")]
        degrees += [round(number.value * 10) for number in found.of("N")]
        value = degrees[0]
    return State(args[0], args[1], facts=(("value", value),))


def told(args: tuple[str, ...], found: Found) -> State | None:
    """How things are, as somebody tells it."""
    said = state(args, found)
    return None if said is None else said._replace(is_told=True)


def placed(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Where somebody is that sleeps or is awake: ``unless someone is asleep in the nursery``."""
    drafts: tuple[Draft, ...] = found.of("C")[0]
    last = drafts[-1]
    if last.type != "condition" or last.value["subject"] != "occupancy" or "area" in last.value:
        return None
    if last.value["state"] not in ("asleep", "awake") and "at" not in args:
        return None
    return (*drafts[:-1], last._replace(value={**last.value, "area": found.of("A")[0]}))


def placed_state(args: tuple[str, ...], found: Found) -> State | None:
    """The same where the place stands before it: ``während im Kinderzimmer jemand schläft``."""
    said: State = found.of("S")[0]
    if said.subject != "occupancy" or "area" in dict(said.facts):
        return None
    return said._replace(facts=(*said.facts, ("area", found.of("A")[0])))


def also(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """One condition more: ``when it is cold and someone is in the office``."""
    drafts: tuple[Draft, ...] = found.of("C")[0]
    if not all(draft.type == "condition" or _is_event(draft) for draft in drafts):
        return None
    is_wanted = all(draft.operator != "neq" for draft in drafts)
    more = (while_it_is(said, is_wanted=is_wanted) for said in found.of("S"))
    return (*drafts, *more)


_GOES_ON = re.compile(rf" ?[\w{ITEMS}]")


def _not_so(before: Sequence[Item]) -> State | None:
    """The last thing that is said to be so, as not being so."""
    drafts = [one for item in before if isinstance(item.value, tuple) for one in item.value]
    last = [one for one in drafts if isinstance(one, Draft) and one.type == "condition"][-1:]
    for one in last:
        facts = {key: fact for key, fact in one.value.items() if key not in ("subject", "state")}
        is_negated = one.operator == "eq"
        return State(one.value["subject"], one.value["state"], is_negated, tuple(facts.items()))
    return None


def _is_event(draft: Draft) -> bool:
    return draft.type == "earliest" and draft.value.event is not None


def again(args: tuple[str, ...], found: Found) -> State | None:
    """What ``it`` is, of something of which the sentence says so much before: ``again.price.high``
    behind ``while power is cheap``."""
    before = found.line.items[: found.start]
    if args == ("not",):
        return None if _GOES_ON.match(found.line.text, found.end) else _not_so(before)
    said = {item.value.subject for item in before if isinstance(item.value, State)}
    drafts = [one for item in before if isinstance(item.value, tuple) for one in item.value]
    said |= {one.value["subject"] for one in drafts if getattr(one, "type", "") == "condition"}
    return State(args[0], args[1]) if args[0] in said else None


def there(args: tuple[str, ...], found: Found) -> Place | None:
    """The place that the sentence named; ``there is`` names none, ``its`` only with a light."""
    if found.text == "its" and not _LIT.match(found.line.text, found.end):
        return None
    is_subject = _THERE_IS.match(found.line.text, found.end) is not None
    return None if is_subject else Place(THERE)


_LIT = re.compile(r" (?:lights?|lamps?|temperature|heating|thermostat|radiators?)\b")
"""What a room may have."""
_THERE_IS = re.compile(r" ?(?:'s|'re|is|are|be|was|were|isn't|aren't|will|has|have|must)\b")


def _within(device: Mention, found: Found) -> Mention:
    """The device with the place that is named beside it."""
    spots: list[Place] = found.of("A")
    return device._replace(place=spots[0].id) if spots and not device.place else device


def condition(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Only while it is so (``if.eq``; ``if.eq.solar`` is said of what the sun gives alone), not
    until it is (``if.until``), or never while it is (``if.neq``; ``if.neq.fixed``, whatever is
    forbidden beside it); with the time at which it is asked whether it is so."""
    if "surplus" in args and any(said.state != "surplus" for said in found.of("S")):
        return None
    if found.text.endswith("?") and any(said.is_told for said in found.of("S")):
        return None
    if "measured" in args and any("value" not in dict(said.facts) for said in found.of("S")):
        return None
    if "solar" in args and any(said.subject != "solar" for said in found.of("S")):
        return None
    if args[0] == "until" and (end := _end_of(found)) is not None:
        return (Draft("deadline", end),)
    drafts = (while_it_is(said, is_wanted=args[0] != "neq") for said in found.of("S"))
    fixed = tuple(
        draft._replace(is_fixed=args[0] == "until" or "fixed" in args) for draft in drafts
    )
    is_dated = found.of("T") or "by" in args
    return fixed + (at((), found) or () if is_dated else ())


def gone_until(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Until when somebody says to be away: what is asked behind it is meant until then."""
    times = times_of(found)
    is_gone = all((said.subject, said.state) == ("occupancy", "away") for said in found.of("S"))
    if not times or not is_gone:
        return None
    return (Draft("deadline", times[0].when, is_fixed=True),)


def timed(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """A condition among whose words its time stands: ``falls das Tor um zehn noch offen ist``; one
    that comes ``first`` may have none, but is one only where an order follows: ``ist das Tor offen,
    mach es zu``."""
    if "by" in args:
        said = found.of("S")[0]
        said = said if said.subject in ("device", "occupancy") else None
    else:
        said = state(args, found)
    times = [time.when for time in times_of(found) or ()]
    drafts = [draft for drafts in found.of("C") for draft in drafts]
    drafts += [draft for either in found.of("I") for draft in either.times]
    times += [draft.value for draft in drafts if draft.type in ("earliest", "deadline")]
    if "first" in args and not _THEN_DO.match(found.line.text, found.end):
        return None
    if said is None or len(times) > 1 or not (times or "first" in args):
        return None
    at_time = tuple(Draft("earliest", time, "gte") for time in times)
    return (while_it_is(said, is_wanted=True), *at_time)


_THEN_DO = re.compile(
    r" ?, (?:(?:dann|so|bitte) )*(?:mache?|schließe?|schalte?|sperre?|verriegle|starte?|stelle?"
    r"|drehe?"
    r"|lass|lade?|heize?|sauge?|fahre?|dimme?|öffne|ziehe?|gieße?|koche?|wasche?|trockne|spüle?"
    r"|stoppe?|beende|fang|nimm|setze?|tu)\b"
)
"""How an order goes on behind a condition in the words of a question."""


_ENDS = ("", ",", ".", ";", ":", "!", "?")
SO = When(event="so")
"""Stands for what the sentence told to be so."""


def if_so(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """If it is as was told: ``it could get cold; heat the lounge if it does``."""
    if found.line.text[found.end :].lstrip()[:1] not in _ENDS:
        return None
    return (Draft("earliest", SO, "gte"),)


_WAITED = re.compile(
    rf"\b(?:not|never|no|nothing|only|wait\w*|hold\w* off|put\w* off|postpon\w*|delay\w*|defer\w*"
    rf"|nicht|nie|niemals|kein\w*|erst|wart\w*|verschieb\w*|pas|jamais|attend\w*|espera\w*|nunca"
    rf"|más que)\b|n't\b|{char_of('n')}"
)


def _end_of(found: Found) -> When | None:
    """The event with which something ends, or by which it is done, where nothing waits for it:
    ``bis wir daheim sind``, ``until everyone is asleep``."""
    states = [BEGINNINGS.get(said.state) for said in found.of("S") if not said.is_negated]
    is_of_people = all(said.subject == "occupancy" and not said.facts for said in found.of("S"))
    if len(states) != 1 or states[0] is None or not is_of_people:
        return None
    return None if _WAITED.search(found.line.text) else When(event=states[0])


def joined(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """A condition with what has to be so as well: ``when the sun shines and the washer is done``,
    of which the first is known before the names of the home, the second after it."""
    said = [draft for drafts in found.of("C") for draft in drafts]
    if not said or any(not _is_of_condition(draft) for draft in said):
        return None
    states = found.of("S")
    if any(state.is_told for state in states):
        return None
    is_wanted = all(draft.type != "condition" or draft.operator == "eq" for draft in said)
    more = (while_it_is(state, is_wanted=is_wanted) for state in states)
    fixed = said[-1].is_fixed
    return (*said, *(draft._replace(is_fixed=fixed) for draft in more))


def _is_of_condition(draft: Draft) -> bool:
    """Whether a constraint says when something is so."""
    if draft.type == "condition":
        return True
    return draft.type == "earliest" and isinstance(draft.value, When) and bool(draft.value.event)


def while_it_is(said: State, *, is_wanted: bool) -> Draft:
    """The condition that something is so, or is not."""
    is_full = said.subject == "device" and said.state == "charged"
    value = {
        "subject": said.subject,
        "state": "full" if is_full else said.state,
        **dict(said.facts),
    }
    return Draft("condition", value, "eq" if is_wanted != said.is_negated else "neq")


def exclude(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Not that one; what is kept at so much is not spared."""
    if _KEPT.search(found.text) and _AT_SO_MUCH.match(found.line.text, found.end):
        return None
    if found.text.startswith("without") and _BECOMES.match(found.line.text, found.end):
        return None
    spared = found.of("A") or found.of("D")
    return tuple(Draft("exclude", left_out, "neq") for left_out in spared)


_BECOMES = re.compile(
    rf" (?:{char_of('B')}|(?:get|go|dropp?|fall|be|becom|ris|climb|sink|cool|warm)\w*ing\b)"
)
"""What makes a limit of what is spared: ``without the lounge getting colder than 18``."""
_KEPT = re.compile(r"\b(?:keep|keeping|leave|leaving)\b")
_AT_SO_MUCH = re.compile(rf" (?:at|around|between|{char_of('B')}|{char_of('I')})")
_ARTICLE = re.compile(r" (?:el|la|los|las|le|les|l'|un|una|une) ?\b")


def order(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """When the one before is done (``order``), or when that device is (``order.device``)."""
    devices = found.of("D")
    if "last" in args and found.line.text[found.end :].strip(" .!?"):
        return None
    said = [draft for drafts in found.of("C") for draft in drafts]
    if any(draft.type != "duration" or not draft.is_loose for draft in said):
        return None
    if devices and _AFTER_THAT.match(found.text) and (devices[0].is_verb or devices[0].action):
        return None  # After that is something else to be done: ``after that, dry clothes``.
    if not devices and _ARTICLE.match(found.line.text, found.end):
        return None  # What is done is named behind it: ``cuando termine la lavadora``.
    return (Draft("order", devices[0] if devices else None, "eq"),)


_AFTER_THAT = re.compile(r"(?:after|following) (?:that|this) ")


def here(args: tuple[str, ...], found: Found) -> Place:
    """Where the speaker is."""
    return Place(HERE)


def undisturbed(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Nobody is to be woken."""
    if any(time.when.event != "wake_up" for time in found.of("T")):
        return None
    who = found.of("P")[:1]
    value = {"subject": "occupancy", "state": "asleep", **({"who": who[0]} if who else {})}
    return (Draft("condition", value, "neq", is_fixed=True),)


def shunned(args: tuple[str, ...], found: Found) -> tuple[Draft, ...]:
    """Not while that is so: ``shun.price.high``."""
    return (Draft("condition", {"subject": args[0], "state": args[1]}, "neq", is_fixed=True),)
