"""The stretches of a sentence that no pattern understood, and what they are taken for.

1. Only words that nobody understood make a stretch; small words and verbs beside them go with it,
   what the grammar understood does not.
2. What was guessed is not counted as understood: its words stay unread, so that nothing that can
   hurt somebody is moved on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from tarl.planning.language import conditions, modifiers
from tarl.planning.language.line import UNREADABLE, Found, Item, Line, char_of, kind_of, words_in
from tarl.planning.language.meanings import NONE, Meaning, Model, words_of
from tarl.planning.language.values import Draft
from tarl.planning.task import Operator, When

MARGIN_MIN = 0.2
"""How far from nothing a meaning has to be; measured on sentences that are understood without."""
REACH_WORDS = 7
"""So many words before and behind the unread ones may belong to them."""
GAP_WORDS = 3
"""So many understood words between two unread ones do not part them."""

_BESIDE = frozenset("vfuqonlAPNR")
"""Kinds that may be part of a stretch: small words, verbs, places, people, numbers."""


class Token(NamedTuple):
    """A word or an item of a line: where it stands in it, and whether nobody understood it."""

    start: int
    end: int
    is_unread: bool


def tokens_of(line: Line) -> Iterator[list[Token]]:
    """The runs of words that lie between what the grammar understood."""
    run: list[Token] = []
    at = 0
    while at < len(line.text):
        kind = kind_of(line.text[at])
        if kind is not None:
            if kind in _BESIDE or _joins(line, at):
                run.append(Token(at, at + 1, False))
            else:
                yield run
                run = []
            at += 1
            continue
        end = at
        while end < len(line.text) and kind_of(line.text[end]) is None and line.text[end] != " ":
            end += 1
        if end == at:
            at += 1
            continue
        if words := words_in(line.text[at:end]):
            run.append(Token(at, end, bool(words)))
        elif run:
            yield run
            run = []
        at = end
    yield run


def _joins(line: Line, at: int) -> bool:
    """Whether a separator is a word: ``nothing but``, ``cosy and warm``."""
    item = line.items[at]
    return kind_of(line.text[at]) == "s" and item.end - item.start > 1


_ORDERS = frozenset({"off", "open", "close", "lock", "unlock", "charge", "discharge", "dim"})
"""Verbs that say what is to be done with a device."""


def _orders(line: Line, at: int) -> bool:
    return kind_of(line.text[at]) == "v" and line.items[at].value in _ORDERS


_ENDED = re.compile(
    r"\b(?:no longer|any ?more|any longer|nicht mehr|kein\w* mehr|ne? .*\bplus\b|n'.*\bplus\b"
    r"|ya no)"
    r"\b|不再|没有?了"
)
"""How it is said that something is not so any more."""


class Stretch(NamedTuple):
    """Part of a sentence, by its characters, and how many words of it nobody understood; ``orders``
    says that it begins or ends with what is to be done."""

    start: int
    end: int
    unread: int
    orders: bool = False


def stretches_of(line: Line) -> Iterator[list[Stretch]]:
    """For each place where words were not understood, all stretches that they may be the core of,
    the longest first."""
    for run in tokens_of(line):
        core: list[int] = []
        for at, token in enumerate(run):
            if not token.is_unread:
                continue
            if core and at - core[-1] > GAP_WORDS + 1:
                yield _around(run, core, line)
                core = []
            core.append(at)
        if core:
            yield _around(run, core, line)


def _around(run: list[Token], core: list[int], line: Line) -> list[Stretch]:
    found = [
        Stretch(
            *line.said(run[start].start, run[end - 1].end),
            len(core),
            any(_orders(line, run[edge].start) for edge in (start, end - 1)),
        )
        for start in range(max(0, core[0] - REACH_WORDS), core[0] + 1)
        for end in range(core[-1] + 1, min(len(run), core[-1] + 1 + REACH_WORDS) + 1)
        if not any(_joins(line, run[edge].start) for edge in (start, end - 1))
    ]
    return sorted(found, key=lambda one: one.start - one.end)


def guessed(before: Line, after: Line, model: Model, told: Sequence[tuple[int, int]] = ()) -> Line:
    """The line ``before`` the small words were read, with an item for each stretch that means
    something; ``after`` is the same line with them. Within what is ``told`` nobody strives for
    anything."""
    read_to = 0
    for stretches in stretches_of(after):
        best: tuple[Stretch, Meaning] | None = None
        for stretch in stretches:
            if stretch.start < read_to:
                continue
            meaning = model.meaning(words_of(text_of(before, stretch)))
            if meaning.key.startswith("goal.") and char_of("N") in text_of(before, stretch):
                continue
            if meaning.key.startswith(("goal.", "rule.")) and _is_within(stretch, told):
                continue
            if meaning.key.startswith("if.eq.") and _ENDED.search(text_of(before, stretch)):
                continue  # What is no longer so is not so.
            if stretch.orders and meaning.key.startswith(("if.", "time.")):
                continue  # "Off when the kids are in bed" says more than when.
            if _is_of_another_time(meaning.key, before, stretch):
                continue
            if meaning.key != NONE and (best is None or meaning.margin > best[1].margin):
                best = stretch, meaning
        if best is not None and best[1].margin >= MARGIN_MIN:
            before = _put(before, best[0], best[1].key)
            read_to = best[0].end
    return before


_WHEN = re.compile(
    r" ?(?:before|after|until|till?|bevor|vor|nach|nachdem|bis|ehe|avant|après|jusqu|antes|después"
    r"|hasta|直到|(?P<while>during|throughout|während|pendant|durante?))"
)
"""How a stretch begins that says when, and neither what has to be so nor what is wanted."""
_HOME = re.compile(
    r"\b(?:home|house|back|return|leav|left|in from|out\b|heim|haus|zurück|weg\b|maison|rentr"
    r"|retour|partir|partons|sort|cas[ae]|vuelv|regres|volv|sal)"
    r"|\b(?:i|we|you|they|he|she|everyone|everybody|us|ich|wir|ihr|alle|je|on|nous)\b|[家回]|出门"
    r"|the (?:last|first)\Z"
)
"""Words of people who come home, or leave it."""


def _is_of_another_time(key: str, line: Line, stretch: Stretch) -> bool:
    """Whether a stretch says when by something else than its meaning: ``during the movie`` wants no
    scene, and ``until the storm arrives`` is no coming home. With a clock time behind it, what
    comes then does not matter."""
    said = text_of(line, stretch)
    if key.startswith(("if.", "scene.")):
        found = _WHEN.match(said)
        return found is not None and not (key.startswith("if.") and found["while"])
    if not key.startswith("time.") or not key.endswith((".arrival", ".departure")):
        return False
    behind = line.text[_range(line, stretch)[1] :].lstrip()
    return _HOME.search(said) is None and behind[:1] != char_of("C")


def _is_within(stretch: Stretch, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= stretch.start and stretch.end <= end for start, end in spans)


def _range(line: Line, stretch: Stretch) -> tuple[int, int]:
    inside = [
        at
        for at, item in enumerate(line.items)
        if stretch.start <= item.start and item.end <= stretch.end
    ]
    return inside[0], inside[-1] + 1


def text_of(line: Line, stretch: Stretch) -> str:
    """The characters of a stretch, in the line before its small words were read."""
    return line.text[slice(*_range(line, stretch))]


def _put(line: Line, stretch: Stretch, key: str) -> Line:
    """The line with the item of a meaning in it; as it was where the words say something else."""
    start, end = _range(line, stretch)
    kind, value = _made(key, Found(line, start, end))
    if value is None:
        return line
    said = Item(stretch.start, stretch.end, value)
    unread = Item(stretch.end, stretch.end)
    text = char_of(kind) + UNREADABLE * stretch.unread
    return Line(
        line.text[:start] + text + line.text[end:],
        (*line.items[:start], said, *([unread] * stretch.unread), *line.items[end:]),
    )


def _made(key: str, found: Found) -> tuple[str, Any]:
    """The item of a meaning: its kind and value."""
    head, *args = key.split(".")
    if head == "if":
        said = conditions.state((args[1], args[2]), found)
        is_wanted = args[0] == "eq"
        return "C", () if said is None else (conditions.while_it_is(said, is_wanted=is_wanted),)
    if head == "time":
        bound: Operator = "lte" if args[0] == "deadline" else "gte"
        return "C", (Draft(args[0], When(event=args[1]), bound),)
    kind, make = {
        "goal": ("G", modifiers.goal),
        "scene": ("G", modifiers.scene),
        "rule": ("C", modifiers.rule),
        "turn": ("t", modifiers.word),
        "do": ("v", modifiers.word),
    }[head]
    return kind, partial(make, tuple(args))(found)
