"""What has to be asked before a sentence can be planned."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.household import CRITICAL_KINDS
from tarl.planning.language.amounts import DAY_MINUTES
from tarl.planning.language.goals import Frame
from tarl.planning.language.names import CRITICAL_DOMAINS
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Constraint, Goal, Question, When

CERTAIN = 0.9
"""Less than this share of a clause understood is a guess, where a device is critical."""

LONG_MINUTES = 12 * 60
"""A task that may begin after its deadline was said, and has longer than this until it comes round
again, was more likely contradicted than meant for the next day."""

_HOW_FAR = {
    "temperature": "How warm shall it be? Say to how many degrees.",
    "brightness": "How bright shall it be? Say to how many percent.",
}
"""By what is needed to know how far something is to be set."""

CRITICAL = CRITICAL_KINDS | {"front_door", "blinds"}


def questions_of(
    frame: Frame,
    goals: tuple[Goal, ...],
    constraints: tuple[Constraint, ...],
    *,
    home: Home,
    is_understood: bool,
    language: str,
) -> tuple[Question, ...]:
    """The questions of a sentence, in the order of its words."""
    asked = [*_missing(frame, goals, home), *_contradictions(goals, constraints)]
    for goal in goals:
        said = goal.said.confidence if goal.said else 0.0
        if is_critical(goal, home) and (said < CERTAIN or not is_understood):
            asked.append(_confirmation(goal))
    return tuple(asked)


def is_critical(goal: Goal, home: Home) -> bool:
    """Whether a goal moves what can hurt somebody or let somebody in."""
    if goal.type != "achieve":
        return False
    devices = [device for device in home.names.devices if device.id == goal.target]
    if any(device.is_critical or device.domain in CRITICAL_DOMAINS for device in devices):
        return True
    return not devices and goal.target in CRITICAL


def _confirmation(goal: Goal) -> Question:
    action = str((goal.value or {}).get("action", "move")).replace("_", " ")
    words = f" ({goal.said.text!r})" if goal.said else ""
    return Question(
        slot="confirm",
        text=f"Shall {goal.target} really {action}{words}? Not all of the sentence was understood.",
        choices=("yes", "no"),
    )


def _missing(frame: Frame, goals: tuple[Goal, ...], home: Home) -> Iterator[Question]:
    for goal, one in zip(goals, frame.wanted, strict=True):
        if one.needs == "device":
            yield Question(
                slot=f"{goal.id}.device",
                text=f"Which device is meant by {goal.said.text!r}?"
                if goal.said
                else "Which device?",
                choices=one.choices,
            )
        elif one.needs == "area":
            yield Question(
                slot=f"{goal.id}.area",
                text="Which area is meant? The home has none that is called so.",
                choices=tuple(area.id for area in home.names.areas),
            )
        elif one.needs in _HOW_FAR:
            yield Question(slot=f"{goal.id}.{one.needs}", text=_HOW_FAR[one.needs])
        elif one.needs is not None:
            yield Question(
                slot=f"{goal.id}.{one.needs}", text=f"What shall be done with {goal.target}?"
            )


def _contradictions(
    goals: tuple[Goal, ...], constraints: tuple[Constraint, ...]
) -> Iterator[Question]:
    for at, one in enumerate(constraints):
        for other in constraints[:at]:
            if _contradict(other, one) and _share_goals(one, other):
                yield Question(
                    slot=f"{one.id}.value",
                    text=f"{_words(other)!r} or {_words(one)!r}: which of them holds?",
                    choices=(_words(other), _words(one)),
                )
    for goal in goals:
        value = goal.value if goal.type == "keep" else None
        if value and "gte" in value and "lte" in value and value["gte"] > value["lte"]:
            yield Question(slot=f"{goal.id}.value", text="Which of these bounds holds?")


def _words(constraint: Constraint) -> str:
    return constraint.said.text if constraint.said else constraint.type


def _share_goals(one: Constraint, other: Constraint) -> bool:
    return not one.goals or not other.goals or bool(set(one.goals) & set(other.goals))


def _contradict(one: Constraint, other: Constraint) -> bool:
    if one.type == other.type:
        if one.type in ("cost", "price", "energy", "power", "deadline", "duration", "latency"):
            return bool(one.value != other.value)
        if one.type == "condition":
            return bool(one.value == other.value) and one.operator != other.operator
        if one.type in ("level", "temperature") and one.operator != other.operator:
            low, high = (one, other) if one.operator == "gte" else (other, one)
            return bool(low.value > high.value)
        return False
    if {one.type, other.type} == {"deadline", "earliest"}:
        end, start = (one, other) if one.type == "deadline" else (other, one)
        return _ends_before(end.value, start.value)
    return False


def _ends_before(end: When, start: When) -> bool:
    """Whether no time lies between a beginning and an end."""
    if end.in_minutes is not None and start.in_minutes is not None:
        return end.in_minutes <= start.in_minutes
    if end.clock is None or start.clock is None:
        return False
    last, first = _minutes(end.clock), _minutes(start.clock)
    days = (start.day, start.weekday), (end.day, end.weekday)
    if days[0] == days[1]:
        if start.day is not None or start.weekday is not None:
            return last <= first
        return last <= first and (last - first) % DAY_MINUTES > LONG_MINUTES
    if start.day is not None and end.day is not None:
        return end.day < start.day
    return False


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
