"""The words around the name of a thing that single it out: *the back door*, *la porte du voisin*.

1. Between a determiner and the name every word counts, but those that single out nothing; between
   a verb and the name only what nobody understood, places, people and words that point.
2. Behind the name counts what a word for *of* or *in* joins to it.
3. Words that a sentence takes back, or that part its clauses, belong to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from tarl.planning.language.line import Line, kind_of
from tarl.planning.language.nouns import Nouns
from tarl.planning.language.segments import Clause, Part

REACH_WORDS = 6
"""So many words before a name and behind it may belong to it."""

HOUSE_LOCK = "house_lock"
"""What ``lock up`` says, which is a verb as well."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_STOP = re.compile(r"[,;:.!?()\n，。；：！？]")
_APART = frozenset("vnsjhXZDCBIu-")
"""Kinds that belong to no name."""
_LONG = frozenset("GSTOYE")
"""Kinds that belong to none where they have several words."""


class Word(NamedTuple):
    """A word of a clause, with the part that it was understood as; ``is_unread`` where nobody
    understood it; ``stops`` says that it is the last one before a sign."""

    text: str
    start: int
    end: int
    part: Part | None
    is_unread: bool
    stops: bool

    @property
    def kind(self) -> str:
        """The kind of its part; nothing for a word that nobody understood."""
        return self.part.kind if self.part else "" if self.is_unread else _GONE


_ELSE = frozenset("GSTOEUKMQN")
"""Kinds of words that may name a thing behind a determiner."""
_MOVES = ("lock", "unlock", "open", "close")
"""What is said of what opens, also behind its name."""
_GONE = "-"
"""Said of a word that was taken back, or that parts two clauses."""


def words_of(sentence: str, clause: Clause, unread: frozenset[int]) -> list[Word]:
    """The words of a clause, in order; ``unread`` are the characters that nobody understood."""
    start, end = clause.span
    found = list(_WORD.finditer(sentence, start, end))
    words: list[Word] = []
    for at, one in enumerate(found):
        behind = found[at + 1].start() if at + 1 < len(found) else end
        part = next((part for part in clause.parts if part.start <= one.start() < part.end), None)
        is_unread = part is None and one.start() in unread
        stops = _STOP.search(sentence, one.end(), behind) is not None
        words.append(Word(one[0].casefold(), *one.span(), part, is_unread, stops))
    return words


def unread_in(line: Line) -> frozenset[int]:
    """The characters of a sentence that nobody understood, by the line that it became."""
    return frozenset(
        item.start
        for char, item in zip(line.text, line.items, strict=True)
        if kind_of(char) is None
    )


def _is_apart(word: Word, words: Sequence[Word]) -> bool:
    """Whether a word belongs to something else than a name."""
    if word.kind in _APART:
        return True
    return word.kind in _LONG and sum(other.part is word.part for other in words) > 1


def before(words: Sequence[Word], at: int, nouns: Nouns) -> list[Word]:
    """The words before the name at a place that single it out, in order."""
    if words[at].text in nouns.determiners:
        return []
    found: list[Word] = []
    is_ordered = nouns.ends_with_verb and _verb_follows(words, at)
    for here in range(at - 1, max(-1, at - 1 - REACH_WORDS), -1):
        word = words[here]
        if word.stops:
            break
        if word.text in nouns.determiners:
            return [one for one in found[::-1] if one.text not in nouns.plain]
        if word.text in nouns.pointing and word.kind != "v":
            found.append(word)
            continue
        if _is_apart(word, words) or word.text in nouns.others | nouns.locative:
            is_ordered = is_ordered or word.kind == "v"
            break
        found.append(word)
    near: list[Word] = []
    for word in found:
        is_told = _is_telling(word) and (is_ordered or word.kind == "A")
        if not (is_told or word.text in nouns.pointing or word.text in nouns.plain):
            break
        near.append(word)
    return [one for one in near[::-1] if one.text not in nouns.plain]


def _verb_follows(words: Sequence[Word], at: int) -> bool:
    """Whether a verb stands right behind the name that begins at a place."""
    last = at
    while last + 1 < len(words) and words[last + 1].part is words[at].part:
        last += 1
    return last + 1 < len(words) and not words[last].stops and words[last + 1].kind == "v"


def behind(words: Sequence[Word], at: int, nouns: Nouns) -> list[Word]:
    """The words behind the name, whose last word is at a place, that single it out, in order."""
    found: list[Word] = []
    is_open, is_joined = nouns.is_described_behind, False
    if words[at].stops:
        return []
    for word in words[at + 1 : at + 1 + REACH_WORDS]:
        is_numbered = word.text.isdigit() and word.kind in ("", "N") and not is_joined
        if is_numbered or (word.text in nouns.behind and word.kind != "v"):
            found.append(word)
        elif _is_apart(word, words) or word.text in nouns.others:
            break
        elif word.text in nouns.locative:
            is_joined = True
            is_open = word.text not in nouns.toward
        elif word.text in nouns.determiners | nouns.plain:
            is_open = is_joined or (is_open and word.text in nouns.plain)
        elif _is_of_name(word, nouns, is_open=is_open, is_joined=is_joined):
            found.append(word)
        elif not (is_open and is_joined) or word.text in nouns.idioms:
            break
        if word.stops:
            break
    idle = nouns.idioms - nouns.pointing - nouns.behind
    return [] if any(one.text in idle for one in found) else found


def _is_of_name(word: Word, nouns: Nouns, *, is_open: bool, is_joined: bool) -> bool:
    """Whether a word behind a name singles out what it names."""
    if word.kind == "A" or (is_joined and word.text in nouns.pointing):
        return True
    return is_open and (not word.kind or (is_joined and word.kind == "P"))


def objects(words: Sequence[Word], nouns: Nouns) -> Iterator[list[Word]]:
    """The words that stand where a verb has what it works on, each with those beside it."""
    small = nouns.plain | nouns.determiners | nouns.locative | nouns.others | nouns.vague
    at = 0
    while at < len(words):
        is_said = _is_telling(words[at]) or (at > 0 and _is_named(words, at, nouns))
        if not is_said or words[at].text in small:
            at += 1
            continue
        end = at + 1
        while end < len(words) and not words[end - 1].stops and _is_telling(words[end]):
            end += 1
        if _is_worked_on(words, at, end, nouns):
            yield list(words[at:end])
        at = end


def _is_named(words: Sequence[Word], at: int, nouns: Nouns) -> bool:
    """Whether a word that means something else elsewhere names a thing: ``lock the back``."""
    word = words[at]
    if words[at - 1].text not in nouns.determiners or words[at - 1].stops or word.kind == "v":
        return False
    return word.text in nouns.pointing or word.kind in _ELSE


def places(words: Sequence[Word], nouns: Nouns, standing: Container[Part]) -> Iterator[list[Word]]:
    """The words for a place: what calls a part of a building, or says where one of the things is
    that are ``standing`` somewhere."""
    for run in _runs(words):
        first, last = words.index(run[0]), words.index(run[-1])
        is_inside = last + 1 < len(words) and words[last + 1].text in nouns.inside
        is_place = run[0].kind == "A" or is_room(run, nouns) or is_inside
        if is_place and _is_ahead(words, last, nouns, standing):
            yield run
            continue
        lead = _lead(words, first, nouns)
        if lead is None or words[lead].text not in nouns.within or words[lead].stops:
            continue
        if not is_place and set(texts(run)) & nouns.idioms:
            continue
        thing = words[lead - 1] if lead else None
        is_there = thing is not None and not thing.stops and thing.part in standing
        if is_there or (is_place and _is_ordered(words, first)):
            yield run


def _is_ahead(words: Sequence[Word], last: int, nouns: Nouns, standing: Container[Part]) -> bool:
    """Whether a place stands right before the name of a thing: ``the attic lights``."""
    while last + 1 < len(words) and not words[last].stops:
        last += 1
        if words[last].text not in nouns.plain:
            return words[last].part in standing
    return False


def _is_ordered(words: Sequence[Word], at: int) -> bool:
    """Whether what stands around a place, up to the next sign, says what is to be done."""
    start = next((here for here in range(at, 0, -1) if words[here - 1].stops), 0)
    end = next((here for here in range(at, len(words)) if words[here].stops), len(words))
    return any(word.kind and word.kind in "vDBG" for word in words[start : end + 1])


def told_apart(words: Sequence[Word], run: Sequence[Word], nouns: Nouns) -> list[Word]:
    """A place with what tells it from others of its kind: ``the neighbour's kitchen``, ``salón de
    baile``; nothing where there is none."""
    first, last = words.index(run[0]), words.index(run[-1])
    odd = [word for word in before(words, first, nouns) if not word.kind or _points(word, nouns)]
    rest = words[last + 1 : last + 4]
    if rest and rest[0].text in nouns.of and not words[last].stops:
        after = [word for word in rest[1:] if word.text not in nouns.determiners][:1]
        odd += [word for word in after if not word.kind and word.text not in nouns.idioms]
    ends = [first, last, *(words.index(word) for word in odd)]
    return list(words[min(ends) : max(ends) + 1]) if odd else []


def beside(words: Sequence[Word], run: Sequence[Word]) -> list[Word]:
    """Words with those right behind them that belong to the same place: ``the neighbour's
    kitchen``."""
    first, last = words.index(run[0]), words.index(run[-1])
    while last + 1 < len(words) and not words[last].stops:
        if words[last + 1].text != "s" and words[last + 1].kind != "A":
            break
        last += 1
    return list(words[first : last + 1])


def _points(word: Word, nouns: Nouns) -> bool:
    return word.text in nouns.pointing


def is_room(run: Sequence[Word], nouns: Nouns) -> bool:
    """Whether words call a part of a building."""
    said = texts(run)
    return any(nouns.rooms.match(text) for text in (*said, "".join(said)))


def texts(words: Sequence[Word]) -> list[str]:
    """The words alone."""
    return [word.text for word in words]


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words beside each other that nobody understood, or that are one place."""
    run: list[Word] = []
    for word in words:
        if run and (run[-1].stops or word.part is not run[-1].part or word.kind not in ("", "A")):
            yield run
            run = []
        if word.kind in ("", "A"):
            run.append(word)
    if run:
        yield run


def _is_telling(word: Word) -> bool:
    """Whether nobody understood a word, or it names a place, somebody or what a thing is like."""
    return not word.kind or word.kind in "APqR"


def _lead(words: Sequence[Word], at: int, nouns: Nouns) -> int | None:
    """The place of the word that leads to a name, before its determiners."""
    at -= 1
    while at >= 0 and not words[at].stops:
        if words[at].text in nouns.within or words[at].text not in nouns.determiners | nouns.plain:
            return at
        at -= 1
    return None


def _is_worked_on(words: Sequence[Word], at: int, end: int, nouns: Nouns) -> bool:
    """Whether nothing but determiners stands between a verb and the words from one place to
    another."""
    lead = at - 1
    if lead >= 0 and not nouns.has_articles and words[lead].text in nouns.determiners:
        return True
    while lead >= 0 and not words[lead].stops:
        if _is_verb(words[lead]):
            return True
        if words[lead].text in nouns.locative | nouns.others:
            return False
        if words[lead].text not in nouns.determiners | nouns.plain | nouns.pointing:
            break
        lead -= 1
    # "Den Tresor aufschließen", "the shed is locked": what is worked on comes before its verb.
    joining = nouns.locative | nouns.others | nouns.determiners
    last = end
    while last < len(words) and words[last].kind == "f" and words[last].text not in joining:
        last += 1
    if last >= len(words) or any(word.stops for word in words[end - 1 : last]):
        return False
    verb = words[last].part
    if verb is None or verb.kind != "v" or at == 0:
        return False
    is_last = nouns.ends_with_verb or verb.value in _MOVES
    return is_last and words[at - 1].text in nouns.determiners


def _is_verb(word: Word) -> bool:
    """Whether a word says what is to be done, be it by the machine that does it."""
    part = word.part
    if part is None or part.kind not in "vD":
        return False
    return part.kind == "v" or part.value.is_verb or part.value.kind == HOUSE_LOCK
