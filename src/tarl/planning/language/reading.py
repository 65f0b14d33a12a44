"""A sentence read by the grammar of goals: ids, spans, what bounds what, what is asked back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.errors import Invalid
from tarl.planning.language.at_once import is_at_once
from tarl.planning.language.beginnings import begins_counted, begins_then
from tarl.planning.language.bounding import bounded
from tarl.planning.language.calendar import with_dates
from tarl.planning.language.clauses import clauses_of
from tarl.planning.language.colored import colored
from tarl.planning.language.counted import apart
from tarl.planning.language.doubts import able, doubts_of, said_of_things
from tarl.planning.language.goals import Frame, frame_of
from tarl.planning.language.grammar import Grammar
from tarl.planning.language.lasting import lasts_till
from tarl.planning.language.line import Line, bared, char_of, read, rewrite, said_of
from tarl.planning.language.meanings import model_for
from tarl.planning.language.questions import questions_of
from tarl.planning.language.segments import Clause
from tarl.planning.language.stretches import guessed
from tarl.planning.language.tellings import told_in, without_things
from tarl.planning.language.unordered import NOTHING, Unasked, unasked_in, withdrawn
from tarl.planning.language.vocabulary import Home, vocabulary_of
from tarl.planning.language.wanted import Wanted
from tarl.planning.task import Constraint, Goal, Question, Said, check_constraint, check_goal

WANTS_MAX = 50
"""More goals and constraints than anybody says in one sentence."""


class Reading(NamedTuple):
    """What the grammar of goals made of a sentence.

    ``unread`` counts the words that it did not understand, ``words`` all of them; ``is_hostile``
    says that the sentence tries to talk somebody out of the rules; ``aside`` counts those of the
    unread words that are said beside what is asked; ``doubts`` are the questions about what the
    home does not have; ``is_unordered`` says that nothing is ordered, whatever was understood.
    """

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    questions: tuple[Question, ...]
    clauses: tuple[Clause, ...]
    is_hypothetical: bool
    is_question: bool
    is_hostile: bool
    unread: int
    words: int
    aside: int = 0
    doubts: tuple[Question, ...] = ()
    is_unordered: bool = False

    @property
    def asked(self) -> float:
        """The share of the words that were understood, of those that are not said aside."""
        return 1 - (self.unread - self.aside) / max(self.words - self.aside, 1)

    @property
    def confidence(self) -> float:
        """The share of words that were understood."""
        return round(1 - self.unread / max(self.words, 1), 3)


def read_goals(sentence: str, *, grammar: Grammar, home: Home, is_guessing: bool = True) -> Reading:
    """The goals and constraints of a sentence.

    Raises:
        Invalid: ``sentence.empty``, ``sentence.too_long``, ``sentence.characters``,
            ``sentence.too_many``.
    """
    line = rewritten(sentence, grammar=grammar, home=home, is_guessing=is_guessing)
    clauses = clauses_of(line, sentence, grammar.lexicon.tells)
    hypothetical = char_of("X") in line.text
    tag = grammar.lexicon.tag
    frame = _bearable(frame_of(clauses, home))
    unasked = _unasked(sentence, frame, grammar, is_supposed=hypothetical)
    frame, is_left = _ordered(_without_withdrawn(frame, sentence, grammar), unasked)
    doubts: tuple[Question, ...] = ()
    if said := said_of_things(sentence, clauses, line, tag=tag, home=home):
        frame = able(frame, said, home)
        doubts = doubts_of(frame, said, home)
    goals, of_colors, heard = colored(_goals(frame, clauses, sentence), sentence, home)
    constraints = _constraints(frame, clauses, goals, sentence, home)
    unread = max(sum(clause.unread for clause in clauses) - heard, 0)
    asks = any(one.of("Z") for one in clauses)
    questions = questions_of(
        frame,
        goals,
        constraints,
        clauses,
        sentence,
        home=home,
        is_understood=not unread,
        tag="" if hypothetical or asks else tag,
    )
    return Reading(
        goals,
        constraints,
        (*questions, *of_colors),
        clauses,
        hypothetical,
        asks and not hypothetical and not _is_answered(sentence, clauses),
        char_of("h") in line.text,
        unread,
        sum(clause.words for clause in clauses),
        sum(clause.aside for clause in clauses),
        doubts,
        not is_left,
    )


def _unasked(sentence: str, frame: Frame, grammar: Grammar, *, is_supposed: bool) -> Unasked:
    """Where the sentence orders nothing; what is supposed is to be reckoned with."""
    if is_supposed:
        return NOTHING
    strives = any(one.goal.type not in ("achieve", "keep") for one in frame.wanted)
    return unasked_in(sentence, grammar.lexicon.unordered, asks_how=strives)


def _without_withdrawn(frame: Frame, sentence: str, grammar: Grammar) -> Frame:
    """What is wanted, without what something else is ordered in the place of, and without its
    rules where the other has such of its own."""
    ways = grammar.lexicon.unordered
    gone: dict[int, Wanted] = {}
    for at, one in enumerate(frame.wanted):
        for behind, other in enumerate(frame.wanted[at + 1 :]):
            is_same = other.goal.target == one.goal.target
            is_other = _done(other.goal) != _done(one.goal) if is_same else behind == 0
            is_done = "achieve" == one.goal.type == other.goal.type
            if is_done and is_other and withdrawn(sentence, one.span, other.span, ways):
                gone[at] = other
    if not gone:
        return frame
    replaced = {(frame.wanted[at].clause, other.clause) for at, other in gone.items()}
    held = tuple(
        one
        for one in frame.held
        if not any(
            one.clause == before != after
            and one.draft.type in {each.draft.type for each in frame.held if each.clause == after}
            for before, after in replaced
        )
    )
    wanted = tuple(one for at, one in enumerate(frame.wanted) if at not in gone)
    return frame._replace(wanted=wanted, held=held)


def _done(goal: Goal) -> object:
    """What is to be done with a device; None for what is striven for."""
    return goal.value.get("action") if goal.type == "achieve" and goal.value else None


def _ordered(frame: Frame, unasked: Unasked) -> tuple[Frame, bool]:
    """What is ordered of what a sentence names, and whether anything may be."""
    wanted = tuple(one for one in frame.wanted if not unasked.holds(one.span))
    if unasked.is_all or (frame.wanted and not wanted):
        return Frame((), ()), False
    if len(wanted) == len(frame.wanted):
        return frame, True
    left = {one.goal.target for one in wanted}
    held = (
        one for one in frame.held if one.draft.type != "order" or one.draft.value["after"] in left
    )
    return frame._replace(wanted=wanted, held=tuple(held)), True


def _is_answered(sentence: str, clauses: tuple[Clause, ...]) -> bool:
    """Whether something is ordered behind a question: ``who's at the door? Use the camera``."""
    end = max(sentence.find("?"), sentence.find("\uff1f"))
    parts = (part for one in clauses for part in one.parts_of("DGBvI"))
    return end >= 0 and any(part.start > end for part in parts)


def _bearable(frame: Frame) -> Frame:
    wants = len(frame.wanted) + len(frame.held)
    if wants <= WANTS_MAX:
        return frame
    raise Invalid(
        f"the sentence wants {wants} things at once; {WANTS_MAX} are the most",
        code="sentence.too_many",
        next_step="say it in several sentences",
        count=wants,
    )


def phrased(sentence: str, *, grammar: Grammar, home: Home) -> Line:
    """The line of a sentence whose phrases are understood, but for verbs and small words."""
    words = vocabulary_of(home)
    line, bare = read(sentence), grammar.lexicon.bare
    line = with_dates(bared(line, bare) if bare else line, grammar.lexicon.tag)
    line = grammar.before_names(rewrite(line, words.early))
    return grammar.after_names(rewrite(line, (*words.late, *grammar.names)))


def rewritten(sentence: str, *, grammar: Grammar, home: Home, is_guessing: bool = True) -> Line:
    """The line of a sentence after all stages; where the home is known, stretches that no pattern
    understood are taken for what they are most like."""
    line = phrased(sentence, grammar=grammar, home=home)
    read_through = grammar.words(line)
    asked = without_things(line, read_through, grammar.lexicon.tells)
    if asked is not line:
        line, read_through = asked, grammar.words(asked)
    if home.household is None or not is_guessing:
        return read_through
    model = model_for(grammar.lexicon.tag)
    told = told_in(sentence, grammar.lexicon.tells)
    more = line if model is None else guessed(line, read_through, model, told)
    return read_through if more is line else grammar.words(more)


def _goals(frame: Frame, clauses: tuple[Clause, ...], sentence: str) -> tuple[Goal, ...]:
    goals = []
    for number, one in enumerate(frame.wanted, 1):
        said = said_of(sentence, one.span, clauses[one.clause].confidence)
        goals.append(
            check_goal(
                Goal(
                    one.goal.type,
                    one.goal.target,
                    one.goal.value,
                    id=f"g{number}",
                    scope=one.goal.scope,
                    said=said,
                    at_once=one.goal.type == "achieve"
                    and is_at_once(sentence, clauses[one.clause].span),
                )
            )
        )
    return tuple(goals)


def _constraints(
    frame: Frame,
    clauses: tuple[Clause, ...],
    goals: tuple[Goal, ...],
    sentence: str,
    home: Home,
) -> tuple[Constraint, ...]:
    constraints = []
    is_open = any(held.draft.type == "tariff" for held in frame.held)
    for number, held in enumerate(frame.held, 1):
        value, offset_min, to_offset_min = apart(held.draft.value)
        about = bounded(held, frame, goals, clauses, sentence, home)
        if held.draft.type == "order":
            value = {"after": _id_of(value["after"], frame.wanted, goals)}
        said: Said = said_of(sentence, held.span, clauses[held.clause].confidence)
        meant = [goal for goal in goals if not about or goal.id in about]
        type = held.draft.type
        constraints.append(
            check_constraint(
                Constraint(
                    type,
                    value,
                    held.draft.operator,
                    id=f"c{number}",
                    goals=about,
                    said=said,
                    is_start=not is_open and _begins(type, value, said, meant, offset_min),
                    lasts=not is_open
                    and lasts_till(type, held.draft.operator, value, said.text, meant),
                    offset_min=offset_min,
                    to_offset_min=to_offset_min,
                )
            )
        )
    return tuple(constraints)


def _begins(type: str, value: Any, said: Said, about: list[Goal], offset_min: int) -> bool:
    if offset_min:
        return begins_counted(type, said.text, about)
    return type == "earliest" and begins_then(value, said.text)


def _id_of(target: str, wanted: tuple[Wanted, ...], goals: tuple[Goal, ...]) -> str:
    return next(
        goal.id for goal, one in zip(goals, wanted, strict=True) if one.goal.target == target
    )
