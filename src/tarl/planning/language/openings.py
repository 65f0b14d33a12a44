"""What the words around a goal make of it: a proposal, a question of what it would cost, what comes
first, which program a machine runs, and which objectives share their words.

Each function makes the value of one family of phrases; None means that the words, though they look
so, say something else.
"""

from __future__ import annotations

import re

from tarl.planning.language.line import Found, char_of
from tarl.planning.language.times import times_of
from tarl.planning.language.values import Draft, Mention, Told
from tarl.planning.task import Goal

_QUICK = frozenset(
    {"quick", "quickest", "short", "shortest", "fast", "fastest", "express", "speedy"}
)
_DEVICE_NEXT = re.compile(rf" ({char_of('D')})")


def cycled(args: tuple[str, ...], found: Found) -> str | None:
    """A program, where a machine for dishes is named beside it: ``a quick wash for the dishes``."""
    if found.text in _QUICK:
        behind = _DEVICE_NEXT.match(found.line.text, found.end)
        said = found.line.items[behind.start(1)].value if behind else None
        is_next = said is not None and said.kind == "dishwasher"
        return args[0] if is_next else None
    beside = (found.line.items[: found.start], found.line.items[found.end :])
    named = [item.value for items in beside for item in items if isinstance(item.value, Mention)]
    is_loose = all(said.is_loose for said in found.of("D"))
    return args[0] if is_loose and any(said.kind == "dishwasher" for said in named) else None


_ASKED = re.compile(r" (?:if|the (?:cost|price|weather)|what|when|how|would)\b")


def proposal(args: tuple[str, ...], found: Found) -> str | None:
    """What opens a proposal: ``how about heating the hall``, and not ``what about if``."""
    return None if _ASKED.match(found.line.text, found.end) else "proposal"


_IF = re.compile(r"\bif (?!you|possible|it's (?:possible|ok|okay|no))")


_COST = re.compile(
    r"\b(?:costs?|saves?|pay|cheaper|greener|dearer|pricier|cleaner|quieter|expensive|pricey"
    r"|costly|kosten|sparen)\b"
)


_WHETHER_NOT = re.compile(r" (?:you|there|it|that|this|anyone|somebody|someone|any)\b")


def supposed(args: tuple[str, ...], found: Found) -> str | None:
    """The beginning of a question that supposes something: ``would the car be full if ...``; with
    ``cost``, of one that asks what it costs: ``is drying it now cheaper``."""
    if args[0] == "cost":
        if "whether" in args and _WHETHER_NOT.match(found.line.text, found.end):
            return None
        return "cost" if _COST.search(found.line.text, found.start) else None
    return "if" if _IF.search(found.line.text, found.end) else None


_ABLE = re.compile(
    r"\b(?:able|capable of|in a position to|up to doing|in der lage|imstande|fähig|capable de"
    r"|en mesure de|capaz de)\b"
)


def question(args: tuple[str, ...], found: Found) -> str | None:
    """The beginning of a question about how things are; whether something is able to do something
    asks that it does it."""
    return None if _ABLE.search(found.line.text, found.end) else "question"


_DEVICE_BEHIND = re.compile(
    rf" (?:(?:running|starting|doing|charging|you (?:run|start|do|charge)) )?"
    rf"(?:the |my |our )?{char_of('D')}"
)


def before_that(args: tuple[str, ...], found: Found) -> str | None:
    """What stands between two devices that come one after the other: ``the car before the
    battery``."""
    text = found.line.text
    is_behind = text[: found.start].rstrip(" ").endswith(char_of("D"))
    return "turn" if is_behind and _DEVICE_BEHIND.match(text, found.end) else None


_FIRST_BEHIND = re.compile(
    rf" (?:(?:run|start|do|running|starting|doing|go|charge|charging) )?(?:the |my |our )?"
    rf"{char_of('D')}[^{char_of('D')}]*?,[^{char_of('C')}]*{char_of('D')}"
)


def before_this(args: tuple[str, ...], found: Found) -> str | None:
    """What opens a sentence that names the later device first: ``before you vacuum, do the
    dishes``."""
    return "back" if _opens(found, _FIRST_BEHIND) else None


def _opens(found: Found, behind: re.Pattern[str]) -> bool:
    """Whether words open the sentence, with that behind them."""
    text = found.line.text
    return not text[: found.start].strip(" .,;!") and behind.match(text, found.end) is not None


_DONE_BEHIND = re.compile(
    rf" (?:running|starting|doing|charging|having (?:run|done|charged)) (?:the |my |our )?"
    rf"{char_of('D')}[^{char_of('D')}]*?,[^{char_of('C')}]*{char_of('D')}"
)


def after_this(args: tuple[str, ...], found: Found) -> str | None:
    """What opens a sentence that tells the first job as it is begun: ``after charging the car,
    ...``."""
    return "onward" if _opens(found, _DONE_BEHIND) else None


_UTMOST = frozenset({"comfort", "privacy", "security", "solar_use"})
"""What is to be as much as possible; of all else as little."""
_TUNED = frozenset({"energy", "cost", "comfort", "privacy", "latency"})


def aims(args: tuple[str, ...], found: Found) -> tuple[Goal, ...] | None:
    """One objective more of the same kind: ``minimize grid import and peak power``."""
    said: list[Goal | tuple[Goal, ...]] = found.of("G")
    before = said[0] if isinstance(said[0], tuple) else (said[0],)
    target, kind = args[-1], before[-1].type
    if kind == "optimize":
        is_alike = target in _TUNED and before[-1].target != "balanced"
    else:
        is_alike = kind == ("maximize" if target in _UTMOST else "minimize")
    if not is_alike or any(one.state != "high" for one in found.of("S")):
        return None
    return (*before, Goal(kind, target, scope=before[-1].scope))


def drained(args: tuple[str, ...], found: Found) -> Mention | None:
    """A battery that is run down; nothing else is."""
    named = found.of("D")
    if any(said.kind != args[0] for said in named):
        return None
    ids = named[0].ids if named else ()
    return Mention(args[0], ids, action="discharge")


_USE = re.compile(r"\b(?:strom|energie)?verbrauch\b")


def used_least(args: tuple[str, ...], found: Found) -> Goal | None:
    """As little as possible of what is named before it: ``den Stromverbrauch heute so gering wie
    möglich halten``."""
    return Goal("minimize", args[0]) if _USE.search(found.line.text[: found.start]) else None


def leaves_with(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """When somebody leaves with something, which has to be ready by then: ``I leave at six with a
    full car``."""
    times = times_of(found)
    if not times or times[0].when.event != "departure":
        return None
    if not found.line.text.startswith(" with ", found.end):
        return None
    return (Draft("deadline", times[-1].when),)


def fact(args: tuple[str, ...], found: Found) -> Told | None:
    """An event that is told, with its time: it bounds nothing but what is to be so by then."""
    times = times_of(found)
    if not times:
        return None
    is_parting = "parting" in args and times[0].when.event in _PARTINGS
    if not ("any" in args or is_parting or times[0].is_told) or _PERMITS.search(found.text):
        return None
    return Told(Draft("earliest", times[-1].when, "gte"))


_PARTINGS = ("bedtime", "departure")
"""What is told as somebody leaves a room or the house: ``on part, éteins tout``."""
_PERMITS = re.compile(r"\b(?:can|may|should|must|could|has to|have to|needs? to|ought to|shall)\b")
"""What is told so is asked for: ``the laundry can start at ten``."""


_NOT = rf"\b(?:not|never|nicht|nie|niemals|pas|jamais|no|nunca)\b|n't\b|[不别]|{char_of('n')}"
_LESS = re.compile(
    rf"{_NOT}|\b(?:without|nothing|little|less|ohne|kein\w*|wenig\w*|sans|rien|moins|sin|nada"
    r"|menos)\b|[少没]"
)
_NOT_FILLED = re.compile(rf"(?:{_NOT})[^,;.!?]*{char_of('D')}|(?:{_NOT})要?\Z")


def source(args: tuple[str, ...], found: Found) -> str | None:
    """Where power comes from that comes from there anyway: ``charge it from the grid``; not where
    it is to be little, or none."""
    return None if _LESS.search(found.line.text[: found.start]) else "source"


def no_source(args: tuple[str, ...], found: Found) -> tuple[Draft, ...] | None:
    """Where power is not to come from: ``never charge it from the grid`` is only on our own sun."""
    if not _NOT_FILLED.search(found.line.text[: found.start].rstrip()):
        return None
    return (Draft("tariff", "solar_only", "eq", is_fixed=True),)
