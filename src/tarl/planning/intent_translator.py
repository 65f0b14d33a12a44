"""From a sentence to goals, constraints, commands and questions.

1. What Home Assistant's own grammar takes whole is a command, unless it holds what only the grammar
   of goals understands, or no device of a described home can carry it out.
2. All that a goal or a constraint says can be traced to words of the sentence.
3. What is missing or contradicts itself is asked; a device that can hurt somebody or let somebody
   in is never moved on a sentence that was not understood to its last word.
4. Without a home the learned router has the word on English sentences that a template or the
   grammar would take: whether they are about a home at all, and what a bare order is.
5. A sentence that tries to talk its reader out of the rules asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.household import Household
from tarl.planning.language.commands import recognise
from tarl.planning.language.contradictions import undo_each_other
from tarl.planning.language.grammar import Grammar, grammar_for
from tarl.planning.language.line import is_ideograph, read
from tarl.planning.language.names import Names
from tarl.planning.language.oddities import odd_of
from tarl.planning.language.reading import Reading, read_goals
from tarl.planning.language.router import RouterModel, route
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.translation import Command, Routed, Translation
from tarl.planning.language.translator import IntentTranslation, IntentTranslator
from tarl.planning.language.vocabulary import Home
from tarl.planning.orders import goals_of
from tarl.planning.task import Goal, Question, Said

__all__ = ["IntentTranslation", "IntentTranslator", "translate"]

UNDERSTOOD_MIN = 0.5
"""A sentence of which less was understood than this was about something else."""

UNDERSTOOD_AT_HOME_MIN = 0.4
"""The same where the home is known: people give their reasons as well."""
PLAIN_MIN = 0.75
"""Of which so much was understood at home is about the home, whatever else it may look like."""
NAMED_MIN = 0.6
"""The same where a mood of the home, or what is to be done with something of it, is named."""

STATE_WORDS_MAX = 4
"""No state of a thing is said in more words; what is longer is a sentence of its own."""
STATE_SIGNS_MAX = 6
"""The same where no spaces part the words."""

_STANDING = frozenset({"privacy", "quiet", "exclude"})
"""Constraints that are worth saying without a goal."""
_STANDING_AT_HOME = _STANDING | {"cost", "price", "power", "energy", "latency", "tariff"}
"""The same where the home is known, and the sentence is understood to its last word."""
_FREE_SLOTS = frozenset({"conversation_command", "search_query"})
"""Slots that take any words: ``lance le lave-vaisselle`` is a piece of music to the templates."""


def translate(
    text: str,
    *,
    language: str = "en",
    home: Mapping[str, Any] | Household | None = None,
    area: str | None = None,
    model: RouterModel = "light",
    is_guessing: bool = True,
) -> Translation:
    """What a sentence asks of a home; ``area`` (id or name) is where the speaker is, ``model`` the
    router's for sentences that no grammar knows; ``is_guessing`` lets words that no pattern knows
    be taken for what they are most like, where the home has a household file.

    Raises:
        Invalid: ``sentence.empty``, ``sentence.too_long``, ``sentence.characters``,
            ``sentence.too_many``, ``sentence.language``, and those of ``Names.of``.
        Unavailable: ``extra.missing``.
    """
    said = _translated(text, language, home, area, model, is_guessing=is_guessing)
    if said.route == "none" or not isinstance(home, Household):
        return said
    asked = {question.slot.rpartition(".")[2] for question in said.questions}
    odd = odd_of(text, home, language=language)
    more = tuple(question for question in odd if not asked & _SAME_SLOT[question.slot])
    if not more:
        return said
    # What is odd about a figure says more than that it is odd.
    before = tuple(question for question in said.questions if question.slot != "amount")
    return msgspec.structs.replace(said, questions=(*before, *more))


_HOW_OR_WHERE = frozenset({"area", "temperature", "brightness"})
"""What may be asked of a thing that is known."""
_SAME_SLOT = {"area": frozenset({"area", "device"}), "time": frozenset({"time"})}
"""By what is odd, what asks for as much already."""


def _translated(
    text: str,
    language: str,
    home: Any,
    area: str | None,
    model: RouterModel,
    *,
    is_guessing: bool,
) -> Translation:
    read(text)
    names = Names.of(home)
    command = recognise(text, language=language, names=names, area=area)
    grammar = grammar_for(language)
    learned = None
    if home is None and _is_learned(language):
        # Without a home, any words may be a list's item or a song's name to the templates.
        learned = route(text, language=language, model=model)
        if learned.route == "none":
            command = None
    if command is not None and not _is_free(command):
        goals = _meant_instead(text, command, grammar, names, home, area)
        if goals is None:
            return _commanded(text, language, (command,))
        return _wanted(text, language, goals)
    if grammar is None:
        return _commanded(text, language, (command,)) if command else _nothing(text, language)
    place = _place(names, home, area)
    reading = read_goals(text, grammar=grammar, home=place, is_guessing=is_guessing)
    if reading.is_hostile or reading.is_unordered:
        return _nothing(text, language)
    is_at_home = place.household is not None
    if command is not None and not _is_planned(command, reading, is_at_home=is_at_home):
        return _commanded(text, language, (command,))
    is_wanted = _is_wanted(reading, is_at_home=is_at_home)
    if learned is not None and is_wanted:
        if learned.route == "none" and _is_weak(reading):
            return _nothing(text, language)
        if learned.route == "command" and not _is_bounded(reading):
            return _ordered(text, language, reading, learned)
    if is_wanted and not (
        _is_other_talk(text, language, model, reading, is_at_home=is_at_home)
        and not (is_at_home and _is_striven(text, grammar, place))
    ):
        is_planned = _is_bounded(reading) or undo_each_other(reading.goals, reading.constraints)
        commands = () if is_planned else _commands(text, language, names, area, reading)
        if commands and not (
            isinstance(home, Household) and _is_meant_otherwise(commands, reading, home)
        ):
            return _commanded(text, language, commands)
        return _wanted(text, language, reading)
    commands = _commands(text, language, names, area, reading)
    if commands:
        return _commanded(text, language, commands)
    return _guessed(text, language, model)


def _meant_instead(
    text: str,
    command: Command,
    grammar: Grammar | None,
    names: Names,
    home: Any,
    area: str | None,
) -> Reading | None:
    """What a command means that no device of a described home can carry out as it was taken, or
    that the grammar reads to its last word as something else: ``vacuum upstairs``, ``set the
    bedroom to 19``; None where it is meant as it was taken."""
    if grammar is None or not isinstance(home, Household):
        return None
    reading = read_goals(text, grammar=grammar, home=_place(names, home, area), is_guessing=False)
    return reading if _is_meant_otherwise((command,), reading, home) else None


def _is_meant_otherwise(commands: tuple[Command, ...], reading: Reading, home: Household) -> bool:
    """Whether a sentence was read to its last word as something that its commands are not."""
    if reading.unread or reading.is_question or reading.is_hostile or not reading.goals:
        return False
    try:
        done = goals_of(commands, home)
    except Invalid:
        return True
    is_same = _as_done(done) == _as_done(reading.goals)
    can_be = all(_is_within_limits(goal, home) for goal in reading.goals)
    return can_be and not (is_same or reading.questions)


def _is_within_limits(goal: Goal, home: Household) -> bool:
    """Whether a temperature is one that the device can be set to."""
    limits = next((one.limits for one in home.devices if one.id == goal.target), {})
    tenths = goal.value.get("temperature") if isinstance(goal.value, dict) else None
    bounds = limits.get("temperature", {})
    return tenths is None or bounds.get("gte", tenths) <= tenths <= bounds.get("lte", tenths)


def _as_done(goals: tuple[Goal, ...]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(goal.target, repr(goal.value), goal.scope) for goal in goals}


def _place(names: Names, home: Any, area: str | None) -> Home:
    here = names.area(area) if area is not None else None
    return Home(names, home if isinstance(home, Household) else None, here.id if here else area)


def _is_free(command: Command) -> bool:
    """Whether a template took words of any kind for one of its slots; no state of a thing holds
    a comma."""
    state = str(command.slots.get("state", ""))
    if len(state.split()) > STATE_WORDS_MAX or sum(map(is_ideograph, state)) > STATE_SIGNS_MAX:
        return True
    return bool(_FREE_SLOTS & command.slots.keys()) or "," in state or "\uff0c" in state


def _is_planned(command: Command, reading: Reading, *, is_at_home: bool) -> bool:
    """Whether the free words of a command are understood to the last, as something to plan; where
    the home is known it starts things later by itself, and understands more words that are free."""
    if is_at_home and reading.goals:
        if "conversation_command" in command.slots:
            return True
        if "state" in command.slots and not reading.is_question:
            return reading.confidence >= NAMED_MIN
        if "search_query" in command.slots and _is_beside(reading):
            return True
    if is_at_home and "search_query" in command.slots and _is_named(reading):
        # To a template, what is started may as well be a piece of music.
        return reading.asked >= NAMED_MIN
    if reading.unread:
        return False
    asked = {question.slot.rpartition(".")[2] for question in reading.questions}
    if "search_query" in command.slots and reading.goals and asked <= _HOW_OR_WHERE:
        return True
    objectives = [goal for goal in reading.goals if goal.type not in ("achieve", "keep")]
    # A delay is all that a command of Home Assistant's can hold.
    held = [one for one in reading.constraints if one.type != "earliest"]
    return bool(objectives or held or reading.is_hypothetical)


def _is_beside(reading: Reading) -> bool:
    """Whether all is understood but what is said aside."""
    return bool(reading.aside) and reading.unread == reading.aside


def _is_wanted(reading: Reading, *, is_at_home: bool) -> bool:
    least = UNDERSTOOD_AT_HOME_MIN if is_at_home else UNDERSTOOD_MIN
    understood = reading.asked if is_at_home else reading.confidence
    if understood < least or (reading.is_question and not _asks_how(reading)):
        return False
    standing = _STANDING_AT_HOME if is_at_home and not reading.unread else _STANDING
    return bool(reading.goals) or any(one.type in standing for one in reading.constraints)


def _asks_how(reading: Reading) -> bool:
    """Whether a question is about the best way to do something: that is to be planned."""
    types = {goal.type for goal in reading.goals}
    return not reading.unread and "achieve" in types and bool(types - {"achieve", "keep"})


def _is_other_talk(
    text: str, language: str, model: RouterModel, reading: Reading, *, is_at_home: bool
) -> bool:
    """Whether little of a sentence was understood, and that may well be about something else."""
    telling = [one for one in reading.constraints if one.type != "privacy" or is_at_home]
    weak = all(
        goal.type == "achieve" or goal.target in ("noise", "latency") for goal in reading.goals
    )
    if not reading.unread or telling or reading.is_hypothetical or not weak:
        return False
    least = NAMED_MIN if _is_named(reading) else PLAIN_MIN if _is_telling(reading) else 1.0
    if is_at_home and (reading.asked >= least or _is_left_open(reading)):
        return False
    return route(text, language=language, model=model).route == "none" and _is_learned(language)


_PIECE = re.compile(r"[^,;:.!?]+")
_PIECE_WORDS_MIN = 3


def _is_striven(text: str, grammar: Grammar, home: Home) -> bool:
    """Whether a piece of a sentence is understood to its last word, and says what is striven for,
    whatever else is told beside it: ``as quiet as possible, the twins are down``."""
    for found in _PIECE.finditer(text):
        piece = found[0].strip()
        if len(piece.split()) < _PIECE_WORDS_MIN or piece == text.strip(" ,;:.!?"):
            continue
        read_so = read_goals(piece, grammar=grammar, home=home, is_guessing=False)
        if not (read_so.unread or read_so.is_question) and any(
            goal.type not in ("achieve", "keep") for goal in read_so.goals
        ):
            return True
    return False


def _is_weak(reading: Reading) -> bool:
    """Whether what was understood may well be about something else than a home."""
    return bool(reading.unread) or not _is_bounded(reading) or not reading.goals


def _is_named(reading: Reading) -> bool:
    """Whether a mood is named, or a thing of the home right beside what is to be done with it."""
    if any(goal.target.startswith("scene:") for goal in reading.goals):
        return True
    return any(
        {first.kind, second.kind} == {"v", "D"}
        for clause in reading.clauses
        for first, second in _beside(clause)
    )


def _beside(clause: Clause) -> Iterator[tuple[Part, Part]]:
    """The parts of a clause with nothing but small words between them."""
    last: Part | None = None
    end = 0
    for part in clause.parts:
        if last is not None and part.start > end + 1:
            last = None
        end = part.end
        if part.kind != "f":
            if last is not None:
                yield last, part
            last = part


def _is_left_open(reading: Reading) -> bool:
    """Whether a thing of the home is named with what is to be done with it, and only when, or on
    what condition, was not understood."""
    asked = {question.slot for question in reading.questions}
    return bool(asked & {"time", "condition"}) and _is_named(reading)


def _is_telling(reading: Reading) -> bool:
    """Whether an order says what is to be done, or how far."""
    parts = [part for clause in reading.clauses for part in clause.parts]
    return any(
        part.kind in "BI" or (part.kind == "v" and part.value not in ("run", "set", "keep"))
        for part in parts
    )


def _is_learned(language: str) -> bool:
    return language.casefold().startswith("en")


def _is_bounded(reading: Reading) -> bool:
    """Whether a sentence says more than orders to be carried out at once."""
    if reading.constraints or reading.is_hypothetical:
        return True
    return any(goal.type != "achieve" or goal.target.startswith("scene:") for goal in reading.goals)


# --- commands


def _commands(
    text: str, language: str, names: Names, area: str | None, reading: Reading
) -> tuple[Command, ...]:
    """The orders that the clauses of a sentence are; none unless every one of them is."""
    commands: list[Command] = []
    verb = ""
    clauses = [clause for clause in reading.clauses if clause.words]
    if len(clauses) < 2:
        return ()
    for clause in clauses:
        start, end = clause.span
        words = text[start:end]
        # "... and the hall lamp" shares the verb of the clause before it.
        whole = words if clause.verbs or not verb else f"{verb} {words}"
        found = recognise(whole, language=language, names=names, area=area)
        if found is None:
            return ()
        verb = _verb(text, clause) or verb
        commands.append(_at(found, Said(start, end, words)))
    return tuple(commands)


def _verb(text: str, clause: Clause) -> str:
    verbs = clause.of("v")
    return text[verbs[0].start : verbs[0].end] if verbs else ""


def _at(command: Command, said: Said) -> Command:
    return Command(
        intent=command.intent,
        slots=command.slots,
        said=said,
        device_ids=command.device_ids,
        here=command.here,
    )


# --- what comes out


def _commanded(text: str, language: str, commands: tuple[Command, ...]) -> Translation:
    return Translation(
        text=text,
        language=language,
        route="command",
        intent=commands[0].intent,
        slots=commands[0].slots,
        commands=commands,
    )


def _wanted(text: str, language: str, reading: Reading) -> Translation:
    first = reading.goals[0] if reading.goals else None
    slots: dict[str, Any] = {}
    if first is not None:
        slots = {"device": first.target, **first.value} if first.type == "achieve" else {}
        slots |= {"scope": list(first.scope)} if first.scope else {}
    return Translation(
        text=text,
        language=language,
        route="goal",
        intent=f"{first.type}.{first.target}" if first else None,
        slots=slots,
        goals=reading.goals,
        constraints=reading.constraints,
        questions=(*reading.doubts, *reading.questions),
        confidence=reading.confidence,
        is_hypothetical=reading.is_hypothetical,
    )


def _ordered(text: str, language: str, reading: Reading, learned: Routed) -> Translation:
    """A bare order to a home that nobody has described: the learned label, and what the grammar
    of goals makes of it."""
    wanted = _wanted(text, language, reading)
    return msgspec.structs.replace(wanted, route="command", intent=learned.intent)


def _guessed(text: str, language: str, model: RouterModel) -> Translation:
    """What the learned router takes a sentence for that no grammar knows: at most an order whose
    device and details have to be asked."""
    routed = route(text, language=language, model=model)
    if routed.route == "none":
        return _nothing(text, language)
    return Translation(
        text=text,
        language=language,
        route="command",
        intent=routed.intent,
        questions=(Question(slot="command", text="What exactly shall be done, and with what?"),),
        confidence=round(routed.confidence, 3),
    )


def _nothing(text: str, language: str) -> Translation:
    return Translation(text=text, language=language, route="none", confidence=0.0)
