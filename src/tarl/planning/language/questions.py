"""What has to be asked before a sentence can be planned."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.kinds import CRITICAL_KINDS
from tarl.planning.language.addressed import is_ordered, spoken_to
from tarl.planning.language.contradictions import contradictions
from tarl.planning.language.goals import Frame
from tarl.planning.language.impossible import impossible
from tarl.planning.language.names import CRITICAL_DOMAINS
from tarl.planning.language.occasions import occasions
from tarl.planning.language.refusals import orders_the_rest
from tarl.planning.language.segments import Clause
from tarl.planning.language.unmet import unmet
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Constraint, Goal, Question

CERTAIN = 0.9
"""Less than this share of a clause understood is a guess, where a device is critical."""

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
    clauses: tuple[Clause, ...],
    sentence: str,
    *,
    home: Home,
    is_understood: bool,
    tag: str = "",
) -> tuple[Question, ...]:
    """The questions of a sentence, in the order of its words; conditions are looked for where
    ``tag``, its language's, is given."""
    asked = [
        *_missing(frame, goals, home),
        *_open(frame),
        *_rest(goals, constraints, clauses),
        *contradictions(goals, constraints, clauses, home),
        *impossible(goals, constraints, clauses, sentence, home),
        *_afterwards(goals, constraints, home),
    ]
    if not any(question.slot in _OPEN for question in asked):
        asked.extend(_bounds_lost(goals, constraints, clauses, sentence, tag, home))
    for goal in goals:
        said = goal.said.confidence if goal.said else 0.0
        if not is_critical(goal, home):
            continue
        if said < CERTAIN or not is_understood:
            asked.append(_confirmation(goal, "Not all of the sentence was understood."))
        elif tag and not is_ordered(goal, clauses, sentence, tag):
            asked.append(_confirmation(goal, "It was not said as an order is."))
    if tag and not any(question.slot == "confirm" for question in asked):
        asked.extend(_said_to(goals, sentence, tag, home))
    return tuple(asked)


_TAKEN_BACK = {
    "disarm": ("arm", "armed"),
    "open": ("close", "closed"),
    "unlock": ("lock", "locked"),
}
"""What lets somebody in or hurts somebody, what takes it back, and how that is asked."""


def _afterwards(
    goals: tuple[Goal, ...], constraints: tuple[Constraint, ...], home: Home
) -> Iterator[Question]:
    """The questions of what is to come after the time for which something critical shall be open:
    nobody guesses that, unless it is said as well."""
    for goal in goals:
        value = goal.value if isinstance(goal.value, dict) else {}
        back, shut = _TAKEN_BACK.get(str(value.get("action")), ("", ""))
        if not back or not _is_guarded(goal, home):
            continue
        bounds = [one for one in constraints if not one.goals or goal.id in one.goals]
        is_said = any(
            other.target == goal.target and (other.value or {}).get("action") == back
            for other in goals
            if other.type == "achieve"
        )
        if is_said or not any(one.lasts for one in bounds):
            continue
        text = (
            f"Shall {goal.target} be {shut} again afterwards? Say from when on it is to be {shut}."
        )
        yield Question(slot=f"{goal.id}.at_end", text=text)


def _is_guarded(goal: Goal, home: Home) -> bool:
    """Whether a goal is about what nothing moves by a guess; a cover is such unless the household
    says that it is a blind or the like."""
    written = home.household.devices if home.household else ()
    known = next((device for device in written if device.id == goal.target), None)
    return is_critical(goal, home) if known is None else known.is_critical


def _bounds_lost(
    goals: tuple[Goal, ...],
    constraints: tuple[Constraint, ...],
    clauses: tuple[Clause, ...],
    sentence: str,
    tag: str,
    home: Home,
) -> Iterator[Question]:
    """The question of the first condition, or else the first occasion, that nobody understood."""
    conditions = list(unmet(goals, clauses, sentence, tag, home))
    yield from conditions or occasions(goals, constraints, clauses, sentence, tag=tag, home=home)


def _said_to(goals: tuple[Goal, ...], sentence: str, tag: str, home: Home) -> Iterator[Question]:
    """The question of what is said to somebody of the house."""
    if not any(goal.type == "achieve" for goal in goals):
        return
    is_kin = any(is_critical(goal, home) for goal in goals)
    if (called := spoken_to(sentence, tag, home, is_kin=is_kin)) is not None:
        text = f"Shall the house do that? It is said to {called!r}."
        yield Question(slot="confirm", text=text, choices=("yes", "no"))


def is_critical(goal: Goal, home: Home) -> bool:
    """Whether a goal moves what can hurt somebody or let somebody in."""
    if goal.type != "achieve":
        return False
    devices = [device for device in home.names.devices if device.id == goal.target]
    if any(device.is_critical or device.domain in CRITICAL_DOMAINS for device in devices):
        return True
    return not devices and goal.target in CRITICAL


def _confirmation(goal: Goal, why: str) -> Question:
    action = str((goal.value or {}).get("action", "move")).replace("_", " ")
    words = f" ({goal.said.text!r})" if goal.said else ""
    return Question(
        slot="confirm",
        text=f"Shall {goal.target} really {action}{words}? {why}",
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


def _rest(
    goals: tuple[Goal, ...], constraints: tuple[Constraint, ...], clauses: tuple[Clause, ...]
) -> Iterator[Question]:
    """The question of what is meant by all but what is left out, where nothing else is named."""
    done = {goal.target for goal in goals}
    for one in constraints:
        if one.type != "exclude" or one.said is None:
            continue
        if one.value in done or (not goals and any(map(orders_the_rest, clauses))):
            text = f"{one.said.text!r} leaves open which devices are meant: which ones?"
            yield Question(slot="device", text=text)
            return


_OPEN = {
    "price": "A plan holds the most that power may cost, not the least. How shall it be said?",
    "temperature": "A plan holds a temperature, it does not wait for one. How warm shall it be?",
    "condition": "What has to be so, for this to be done?",
    "amount": "Nothing that is to be done can be so much. How far, or how much, shall it be?",
}
"""By what a rule leaves open."""


def _open(frame: Frame) -> Iterator[Question]:
    for slot in dict.fromkeys(one.draft.value for one in frame.open):
        yield Question(slot=slot, text=_OPEN[slot])
