"""Values that cannot be meant, and amounts that bound nothing: asked about, never left out.

1. A share lies between nothing and all; what lasts, or is drawn, is more than nothing.
2. A temperature that none of the goals can have is no bound of anything.
3. An amount that nothing of the sentence took up was said for something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tarl.planning.kinds import SHARES
from tarl.planning.language.actions import CHARGED, LIGHTS, LOCKS, OPENING, STORES
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Constraint, Goal, Question, Said

_MORE_THAN_NOTHING = frozenset({"duration", "energy", "power", "latency"})
_AMOUNTS = frozenset("WUMKYHO")
"""Kinds of amounts and times: power, spans, money, clock times, days, Fahrenheit, parts of days."""
_WITHOUT_WARMTH = frozenset(
    {
        *(*LOCKS, *OPENING, *LIGHTS, *STORES),
        *("camera", "dehumidifier", "dishwasher", "dryer", "fan", "humidifier", "media_player"),
        *("siren", "sprinkler", "tv", "vacuum"),
    }
)
"""Kinds of devices that nothing said in degrees can be about."""
_AGAIN = re.compile(
    r"\s*(?:twice|thrice|(?:\d+|zero|two|three|four|five|six|ten|many|several|a \w+) times"
    r"|(?:\d+|zwei|drei|vier|fünf|sechs|zehn)[- ]?mal|(?:\d+|deux|trois|quatre|cinq|dix) fois"
    r"|(?:\d+|dos|tres|cuatro|cinco|diez) veces|[\d两三四五六十]+[次遍])(?!\w)",
    re.IGNORECASE,
)
"""What is to be done more often than once."""


def impossible(
    goals: Sequence[Goal],
    constraints: Sequence[Constraint],
    clauses: Sequence[Clause],
    sentence: str,
    home: Home,
) -> Iterator[Question]:
    """The questions about what cannot be meant as it was said."""
    for goal in goals:
        yield from _of_goal(goal)
    for one in constraints:
        if one.type in _MORE_THAN_NOTHING and int(one.value) <= 0:
            yield _asked(f"{one.id}.value", one.said, _NOTHING)
        elif one.type == "level" and not 0 <= int(one.value) <= 1000:
            yield _asked(f"{one.id}.value", one.said, _NO_SHARE)
        elif one.type in ("level", "temperature") and not _is_of_one(one, goals, home):
            yield _asked(f"{one.id}.value", one.said, "of what? Say what is counted in it.")
    for start, end in _left(clauses, sentence, (*goals, *constraints)):
        words = sentence[start:end].strip()
        yield Question(slot="amount", text=f"What does {words!r} say here? Say it in other words.")


_NOTHING = "is less than anything: how much is meant?"
_NO_SHARE = "lies not between 0 and 100 %: how much is meant?"


def _asked(slot: str, said: Said | None, text: str) -> Question:
    return Question(slot=slot, text=f"{said.text!r} {text}" if said else f"It {text}")


def _of_goal(goal: Goal) -> Iterator[Question]:
    value = goal.value if isinstance(goal.value, dict) else {}
    if goal.type == "keep":
        bounds = [value[end] for end in ("gte", "lte") if isinstance(value.get(end), int)]
        if goal.target == "power" and any(bound <= 0 for bound in bounds):
            yield _asked(f"{goal.id}.value", goal.said, _NOTHING)
        is_share = goal.target in SHARES
        if is_share and not all(0 <= bound <= 1000 for bound in bounds):
            yield _asked(f"{goal.id}.value", goal.said, _NO_SHARE)
        return
    for name in SHARES & value.keys():
        if isinstance(value[name], int) and not 0 <= value[name] <= 1000:
            yield _asked(f"{goal.id}.{name}", goal.said, _NO_SHARE)


def _is_of_one(one: Constraint, goals: Sequence[Goal], home: Home) -> bool:
    """Whether one of the goals that a bound is about may have to do with temperatures, or with
    what is more or less full."""
    bounded = [goal for goal in goals if not one.goals or goal.id in one.goals]
    kinds = [home.kind_of(goal.target) for goal in bounded if goal.type == "achieve"]
    if len(kinds) < len(bounded) or not bounded:
        return True
    if one.type == "level":
        return bool(CHARGED & set(kinds))
    return not set(kinds) <= _WITHOUT_WARMTH


def _left(
    clauses: Sequence[Clause], sentence: str, taken: Sequence[Goal | Constraint]
) -> Iterator[tuple[int, int]]:
    """Where the amounts stand that are part of nothing that was taken up."""
    spans = [(one.said.start, one.said.end) for one in taken if one.said is not None]
    for part in (part for clause in clauses for part in clause.parts):
        is_amount = part.kind in _AMOUNTS or _is_figure(part, sentence) or _is_least_power(part)
        again = _AGAIN.match(sentence, part.end) if part.kind == "D" else None
        if again is not None:
            yield again.span()
        elif is_amount and not any(a <= part.start and part.end <= b for a, b in spans):
            yield part.span


def _is_least_power(part: Part) -> bool:
    """Whether a part says the least that something draws or gives: no plan holds that."""
    if part.kind != "B" or part.value.unit != "power":
        return False
    return part.value.lo is not None and part.value.hi is None


def _is_figure(part: Part, sentence: str) -> bool:
    return part.kind == "N" and any(char.isdigit() for char in sentence[part.start : part.end])
