"""The grammar of goals: one order of rewriting for every language, fed by the lexica.

A sentence is rewritten in stages, each over what the ones before it understood:

1. numbers, reasons that mean nothing; 2. amounts; 3. parts of times; 4. times; 5. what is so
(states); 6. constraints, objectives, bounds; then the names of the home, and once more
7. states and 8. constraints for the phrases that hold names; at last 9. verbs and small words.
What a speaker takes back is left out as soon as times, and once more as soon as names, are items.

Within a stage the longest match wins, then the first one, then the order of the families.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple

from tarl.planning.language import (
    amounts,
    conditions,
    counted,
    modifiers,
    numbers,
    openings,
    times,
)
from tarl.planning.language.corrections import ALL, BEHIND, corrected
from tarl.planning.language.lexicon import Lexicon
from tarl.planning.language.line import Found, Line, Rule, char_of, rewrite
from tarl.planning.language.patterns import GAP, LATE, Notation

Maker = Callable[[tuple[str, ...], Found], Any]


class Family(NamedTuple):
    """A family of phrases: when it is looked for, the kind of its items, and how they are made."""

    stage: int
    kind: str
    make: Maker


NUMBERS, AMOUNTS, SUMS, PARTS, TIMES, STATES, RULES, NAMES, WORDS, CORRECTIONS = range(10)
_NAMED = tuple(map(char_of, "ADPS"))
"""Kinds that the names of a home make, or that hold them: phrases with them are looked for again
once the names are items."""

FAMILIES: dict[str, Family] = {
    "number": Family(NUMBERS, "N", numbers.composed),
    "reason": Family(NUMBERS, "f", modifiers.word),
    "money": Family(AMOUNTS, "M", amounts.money),
    "amount": Family(AMOUNTS, "", amounts.amount),
    "ratio": Family(AMOUNTS, "Q", amounts.ratio),
    "halves": Family(AMOUNTS, "", amounts.halves),
    "fahrenheit": Family(AMOUNTS, "H", amounts.fahrenheit),
    "sum": Family(SUMS, "", amounts.summed),
    "clock": Family(AMOUNTS, "K", times.clock),
    "clockpast": Family(PARTS, "K", times.clock_past),
    "clockby": Family(PARTS, "K", times.clock_by),
    "clockelse": Family(PARTS, "K", times.clock_again),
    "part": Family(PARTS, "O", times.part),
    "daypart": Family(PARTS, "O", times.day_part),
    "day": Family(PARTS, "Y", times.day),
    "weekday": Family(PARTS, "Y", times.weekday),
    "event": Family(PARTS, "E", times.event),
    "when": Family(TIMES, "T", times.joined),
    "counted": Family(TIMES, "T", counted.counted),
    "later.that": Family(TIMES, "T", times.that_part),
    "later": Family(TIMES, "T", times.later),
    "state": Family(STATES, "S", conditions.state),
    "measured": Family(STATES, "S", conditions.measured),
    "told": Family(STATES, "S", conditions.told),
    "again": Family(STATES, "S", conditions.again),
    "placed": Family(STATES, "C", conditions.placed),
    "placed.state": Family(STATES, "S", conditions.placed_state),
    "also": Family(RULES, "C", conditions.also),
    "aims": Family(STATES, "G", openings.aims),
    "aims.more": Family(RULES, "G", openings.aims),
    "lowest": Family(STATES, "G", openings.used_least),
    "hostile": Family(STATES, "h", modifiers.word),
    # Bare numbers may be hours or degrees: what leaves that open comes before what does not.
    "either": Family(RULES, "I", modifiers.either),
    "if": Family(RULES, "C", conditions.condition),
    "gone": Family(RULES, "C", conditions.gone_until),
    "timed": Family(RULES, "C", conditions.timed),
    "joined": Family(RULES, "C", conditions.joined),
    "wake": Family(STATES, "C", conditions.undisturbed),
    "deadline": Family(RULES, "C", modifiers.deadline),
    "deadline.of": Family(RULES, "C", modifiers.deadline_of),
    "leaving": Family(RULES, "C", openings.leaves_with),
    "fact": Family(RULES, "f", openings.fact),
    "nothing": Family(RULES, "f", modifiers.word),
    "regardless": Family(PARTS, "f", modifiers.word),
    "ifso": Family(RULES, "C", conditions.if_so),
    "thattime": Family(RULES, "C", modifiers.that_time),
    "window": Family(RULES, "C", modifiers.window),
    "within": Family(RULES, "C", modifiers.within),
    "earliest": Family(RULES, "C", modifiers.earliest),
    "at": Family(RULES, "C", modifiers.at),
    "weekend": Family(RULES, "C", modifiers.weekend),
    "duration": Family(RULES, "C", modifiers.duration),
    "budget": Family(STATES, "C", modifiers.budget),
    "free": Family(STATES, "C", modifiers.free),
    "limit": Family(RULES, "C", modifiers.limit),
    "rule": Family(STATES, "C", modifiers.rule),
    "order": Family(RULES, "C", conditions.order),
    "orderdevice": Family(RULES, "C", conditions.order),
    "turn": Family(RULES, "t", modifiers.word),
    "turn.back": Family(RULES, "t", openings.before_this),
    "turn.onward": Family(RULES, "t", openings.after_this),
    "turn.before": Family(RULES, "t", openings.before_that),
    "exclude": Family(RULES, "C", conditions.exclude),
    "bound": Family(RULES, "B", modifiers.bound),
    # Before the aims: a load that is capped at so much is no flat load.
    "capped": Family(STATES, "B", modifiers.bound),
    "shun": Family(STATES, "C", conditions.shunned),
    "goal": Family(STATES, "G", modifiers.goal),
    # Before the parts of the day: a night rate is no night.
    "offpeak": Family(AMOUNTS, "C", modifiers.rule),
    # Before the events: what leaves the house is no departure.
    "private": Family(PARTS, "C", modifiers.rule),
    "scene": Family(AMOUNTS, "G", modifiers.scene),
    # Before the aims: a program that saves energy is a program.
    "cycle": Family(AMOUNTS, "R", modifiers.word),
    "cycled": Family(RULES, "R", openings.cycled),
    "early": Family(AMOUNTS, "v", modifiers.word),
    # Before the events: bed sheets are no bedtime.
    "thing": Family(AMOUNTS, "D", modifiers.mention),
    "drained": Family(AMOUNTS, "D", openings.drained),
    "polite": Family(AMOUNTS, "f", modifiers.word),
    "proposal": Family(AMOUNTS, "f", openings.proposal),
    "asked": Family(STATES, "Z", conditions.state),
    "question": Family(STATES, "Z", openings.question),
    "whatif": Family(STATES, "X", modifiers.word),
    "whatif.cost": Family(STATES, "X", openings.supposed),
    "whatif.cost.whether": Family(STATES, "X", openings.supposed),
    "whatif.if": Family(STATES, "X", openings.supposed),
    "kind": Family(NAMES, "D", modifiers.mention),
    "place": Family(NAMES, "A", modifiers.place),
    "here": Family(NAMES, "A", conditions.here),
    "there": Family(NAMES, "A", conditions.there),
    "program": Family(NAMES, "R", modifiers.word),
    "fill": Family(WORDS, "B", modifiers.bound),
    "one": Family(WORDS, "D", modifiers.one),
    "upward": Family(WORDS, "u", modifiers.word),
    "verb": Family(WORDS, "v", modifiers.word),
    "source": Family(WORDS, "C", openings.no_source),
    "quantity": Family(WORDS, "q", modifiers.word),
    "only": Family(WORDS, "o", modifiers.word),
    "then": Family(WORDS, "j", modifiers.word),
    "not": Family(WORDS, "n", modifiers.word),
    # Before the states: what is off limits is not off.
    "banned": Family(AMOUNTS, "n", modifiers.word),
    "separator": Family(WORDS, "s", modifiers.word),
    "first": Family(WORDS, "l", modifiers.word),
    "filler": Family(WORDS, "f", modifiers.word),
    "filler.source": Family(WORDS, "f", openings.source),
    "takeback": Family(CORRECTIONS, "k", modifiers.word),
    "takeback.behind": Family(CORRECTIONS, BEHIND, modifiers.word),
    "takeback.all": Family(CORRECTIONS, ALL, modifiers.word),
}


class Grammar(NamedTuple):
    """The rules of a language, stage by stage; ``named`` those that hold names."""

    lexicon: Lexicon
    numbers: tuple[Rule, ...]
    stages: tuple[tuple[Rule, ...], ...]
    named: tuple[tuple[Rule, ...], ...]

    def before_names(self, line: Line) -> Line:
        """The line with all that needs no names understood."""
        line = rewrite(line, self.numbers)
        for stage in (NUMBERS, AMOUNTS, SUMS, PARTS, TIMES):
            line = rewrite(line, self.stages[stage])
        line = corrected(line, self.stages[CORRECTIONS])
        for stage in (STATES, RULES):
            line = rewrite(line, self.stages[stage])
        return line

    @property
    def names(self) -> tuple[Rule, ...]:
        """The rules for what devices and places are, in words of the language."""
        return self.stages[NAMES]

    def after_names(self, line: Line) -> Line:
        """The line, whose names are items by now, with all phrases understood."""
        line = corrected(line, self.stages[CORRECTIONS])
        for stage in (PARTS, TIMES, STATES, RULES):
            line = rewrite(line, self.named[stage])
        return line

    def words(self, line: Line) -> Line:
        """The line, whose phrases are items by now, with verbs and small words understood."""
        return rewrite(line, self.stages[WORDS])


LEXICA = {
    "en": "english.lexicon",
    "de": "german.lexicon",
    "fr": "french.lexicon",
    "es": "spanish.lexicon",
    "zh": "chinese.lexicon",
}
"""The modules of the languages; each holds a ``LEXICON``."""


def grammar_for(language: str) -> Grammar | None:
    """The grammar of a language (``en``, ``de-CH``); None where goals are not understood in it."""
    code = language.casefold().replace("_", "-").partition("-")[0]
    return _grammar_of(code) if code in LEXICA else None


def _is_late(pattern: str) -> bool:
    """Whether a pattern is looked for only once the names of the home are items."""
    return pattern.startswith(LATE) or GAP in pattern.split()


@cache
def _grammar_of(code: str) -> Grammar:
    words: Lexicon = import_module(f"{__package__}.{LEXICA[code]}").LEXICON
    notation = Notation(words.macros, whole_words=words.whole_words)
    stages: list[list[Rule]] = [[] for _ in range(CORRECTIONS + 1)]
    named: list[list[Rule]] = [[] for _ in range(CORRECTIONS + 1)]
    order = {name: at for at, name in enumerate(FAMILIES)}
    keys = sorted(words.phrases, key=lambda key: order[key.partition(".")[0]])
    for key in keys:
        head, *args = key.split(".")
        family = FAMILIES.get(key) or FAMILIES[head]
        kind = family.kind or args[0]
        make = partial(family.make, tuple(args))
        for written in words.phrases[key]:
            pattern = notation.pattern(written)
            is_late = _is_late(written)
            if not is_late:
                stages[family.stage].append(Rule(kind, pattern, make))
            if is_late or any(name in pattern.pattern for name in _NAMED):
                named[family.stage].append(Rule(kind, pattern, make))
    return Grammar(
        words,
        numbers.number_rules(words.numbers(), whole_words=words.whole_words),
        tuple(map(tuple, stages)),
        tuple(map(tuple, named)),
    )
