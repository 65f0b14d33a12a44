"""Numbers in a sentence, in digits and in words: items of kind ``N``, or ``L`` for ``7:30``.

Words are spelled out once per language from its own parts, up to 199: whoever says more says
digits. The word for one is an article too: it counts only before a unit (``{n}`` in the lexica).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from tarl.planning.language.line import Found, Rule

DIGITS_MAX = 9
"""Nothing in a home has more digits."""
HUNDRED = 100

_CLOCK = re.compile(
    r"(?<![\w.,:])(\d{1,2})[:h](\d{2})(?!\d|(?!(?:am|pm)\b)\w)|(?<![\w.,:])(\d{1,2})h(?!\w)"
)
_CLOCK_JOINED = re.compile(r"(?<![\d.:])(?<!\d,)(\d{1,2}):(\d{2})(?![\d:])")
"""The same where words are written without spaces: ``早上6:30前``."""
_DIGITS = re.compile(r"(?:(?<!\S)-)?(?<![\w])\d+(?:[.,\u2044]\d+)*(?:\s1\u20442)?")
_DIGITS_JOINED = re.compile(r"(?<!\d)(?<!\d[.,])\d+(?:[.,\u2044]\d+)*")
_PRONOUN_BEHIND = re.compile(r"\w+").findall(
    "no the that this which any some every each other another little last first second kitchen"
    " bedroom room upstairs downstairs hall office study lounge nursery garage eco quick short"
)
_ELSE_A_PRONOUN = {
    "one": "".join(f"(?<!{word} )" for word in _PRONOUN_BEHIND)
    + "one(?! (?:of (?:us|them)|by one))"
}
"""``No one``, ``the one in the hall``, ``one of us`` count nothing."""
_MIXED = re.compile(r"(?:(\d+)\s?)?(\d)\u2044(\d)")


class Number(NamedTuple):
    """A number, and how it was written."""

    value: Fraction
    text: str


class Clock(NamedTuple):
    """A time on a clock in minutes from midnight; ``half`` is the half of the day if named."""

    minutes: int
    half: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether nobody can mean twelve hours later."""
        return self.half is not None or self.minutes >= 13 * 60 or self.minutes < 60


def clock_of(hour: int, minute: int) -> Clock | None:
    """A time, if there is such a one; 24:00 is midnight."""
    if hour == 24 and minute == 0:
        hour = 0
    if not (0 <= hour < 24 and 0 <= minute < 60):
        return None
    return Clock(hour * 60 + minute)


def number_rules(words: Mapping[str, Fraction], *, whole_words: bool) -> tuple[Rule, ...]:
    """The rules for numbers of a language with these words for them."""
    digits = _DIGITS if whole_words else _DIGITS_JOINED
    rules = [
        Rule("L", _CLOCK if whole_words else _CLOCK_JOINED, _clock),
        Rule("N", digits, _digits),
    ]
    if words:
        longest_first = sorted(words, key=len, reverse=True)
        either = "|".join(_ELSE_A_PRONOUN.get(word, re.escape(word)) for word in longest_first)
        pattern = re.compile(
            rf"(?<![\w'])(?:{either})(?![\w'])" if whole_words else _amidst(either)
        )
        rules.append(Rule("N", pattern, _in_words(words)))
    return tuple(rules)


def _amidst(either: str) -> str:
    """Words for numbers among ideographs, but not within other words: 二楼, 一起, 温馨一点."""
    not_a_bit = "(?<![上午下晚夜晨间半在从到至早])一点(?![半钟到至前后之左整一二三四五])"
    return (
        f"(?!{not_a_bit})(?<![周期拜统第唯同])(?:{either})(?![楼层半桶氧全遍起直样定切些般会共旦])"
    )


def _clock(found: Found) -> Clock | None:
    match = _CLOCK.match(found.text)
    assert match is not None
    hour, minute = (match[1], match[2]) if match[1] else (match[3], "0")
    return clock_of(int(hour), int(minute))


def _digits(found: Found) -> Number | None:
    text = found.text.removeprefix("-")
    if text != found.text:
        below = _digits_of(text)
        return Number(-below.value, found.text) if below else None
    return _digits_of(text)


def _digits_of(text: str) -> Number | None:
    if sum(char.isdigit() for char in text) > DIGITS_MAX or not text.isascii() | ("\u2044" in text):
        return None
    if mixed := _MIXED.fullmatch(text):
        if mixed[3] == "0":
            return None
        return Number(int(mixed[1] or 0) + Fraction(int(mixed[2]), int(mixed[3])), text)
    parts = re.split("[.,]", text)
    if len(parts) == 1:
        return Number(Fraction(int(text)), text) if text.isdigit() else None
    if parts[0] != "0" and all(len(part) == 3 for part in parts[1:]):
        return Number(Fraction(int("".join(parts))), text)
    if len(parts) > 2:
        return None
    return Number(Fraction(f"{parts[0]}.{parts[1]}"), text)


def _in_words(words: Mapping[str, Fraction]) -> Callable[[Found], Number]:
    def make(found: Found) -> Number:
        return Number(words[found.text], found.text)

    return make


def composed(args: tuple[str, ...], found: Found) -> Number | None:
    """A number of numbers: ``number.times.100`` (seven hundred and fifty), ``number.plus`` (two
    hundred and fifty), ``number.half`` (twenty and a half), ``number.minus``."""
    said: list[Number] = found.of("N")
    first, rest = said[0].value, said[1].value if len(said) > 1 else Fraction(0)
    if args[0] == "minus":
        return Number(-first, found.text)
    if args[0] == "half":
        rest, least = Fraction(1, 2), 1
    elif args[0] == "times":
        first, least = first * int(args[1]), int(args[1])
    else:
        least = 1000 if first % 1000 == 0 else HUNDRED
    is_added = len(said) == 1 or (0 < rest < least and not said[0].text[0].isdigit())
    if first % least or first <= 0 or not is_added:
        return None
    return Number(first + rest, found.text)


# --- the words


def _spread(units: str) -> list[str]:
    return units.split()


@cache
def english() -> dict[str, Fraction]:
    """zero ... one hundred and ninety-nine, halves and quarters."""
    small = _spread(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen"
    )
    tens = _spread("twenty thirty forty fifty sixty seventy eighty ninety")
    words = {word: at for at, word in enumerate(small)}
    for at, ten in enumerate(tens, 2):
        words[ten] = at * 10
        for unit in range(1, 10):
            words[f"{ten}-{small[unit]}"] = words[f"{ten} {small[unit]}"] = at * 10 + unit
    for word, value in list(words.items()):
        if value < 100 and value:
            for hundred in ("a hundred", "one hundred"):
                words[f"{hundred} and {word}"] = words[f"{hundred} {word}"] = 100 + value
    words |= {"a hundred": 100, "one hundred": 100, "hundred": 100, "a thousand": 1000}
    words |= {"two hundred": 200, "three hundred": 300, "five hundred": 500, "one thousand": 1000}
    named = {word: Fraction(value) for word, value in words.items()}
    for at in range(1, 13):
        named[f"{small[at]} and a half"] = at + Fraction(1, 2)
        for tenth in range(1, 10):
            named[f"{small[at]} point {small[tenth]}"] = at + Fraction(tenth, 10)
    for tenth in range(1, 10):
        for zero in ("zero", "nought", "oh"):
            named[f"{zero} point {small[tenth]}"] = Fraction(tenth, 10)
    return named


@cache
def german() -> dict[str, Fraction]:
    """null ... hundertneunundneunzig, eineinhalb."""
    small = _spread(
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
        " fünfzehn sechzehn siebzehn achtzehn neunzehn"
    )
    tens = _spread("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
    words = {word: at for at, word in enumerate(small)} | {"zwo": 2}
    for at, ten in enumerate(tens, 2):
        words[ten] = at * 10
        for unit in range(1, 10):
            words[f"{'ein' if unit == 1 else small[unit]}und{ten}"] = at * 10 + unit
    words["dreissig"] = 30
    for word, value in list(words.items()):
        if value:
            words[f"hundert{word}"] = words[f"einhundert{word}"] = 100 + value
    words |= {"hundert": 100, "einhundert": 100, "zweihundert": 200, "tausend": 1000}
    named = {word: Fraction(value) for word, value in words.items()}
    named |= {"anderthalb": Fraction(3, 2), "eineinhalb": Fraction(3, 2)}
    return named | {f"{small[at]}einhalb": at + Fraction(1, 2) for at in range(2, 13)}


@cache
def french() -> dict[str, Fraction]:
    """zéro ... cent quatre-vingt-dix-neuf."""
    small = _spread(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze"
        " seize dix-sept dix-huit dix-neuf"
    )
    words = {word: at for at, word in enumerate(small)}
    del words["un"]
    for value, ten in ((20, "vingt"), (30, "trente"), (40, "quarante"), (50, "cinquante")):
        words |= _french_ten(value, ten, small[:10])
    words |= _french_ten(60, "soixante", small)
    for unit in range(20):
        words[f"quatre-vingt-{small[unit]}" if unit else "quatre-vingts"] = 80 + unit
    words["soixante et onze"] = 71
    for word, value in list(words.items()):
        if value:
            words[f"cent {word}"] = 100 + value
    words |= {"cent": 100, "deux cents": 200, "mille": 1000}
    return {
        spelling: Fraction(value)
        for word, value in words.items()
        for spelling in (word, word.replace("-", " "))
    }


def _french_ten(value: int, ten: str, units: list[str]) -> dict[str, int]:
    words = {ten: value, f"{ten} et un": value + 1, f"{ten} et une": value + 1}
    return words | {f"{ten}-{units[unit]}": value + unit for unit in range(2, len(units))}


@cache
def spanish() -> dict[str, Fraction]:
    """cero ... ciento noventa y nueve."""
    small = _spread(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
        " dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés"
        " veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
    )
    words = {word: at for at, word in enumerate(small)} | {"veintiún": 21}
    tens = _spread("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
    for at, ten in enumerate(tens, 3):
        words[ten] = at * 10
        for unit in range(1, 10):
            words[f"{ten} y {small[unit]}"] = at * 10 + unit
    for word, value in list(words.items()):
        if value:
            words[f"ciento {word}"] = 100 + value
    words |= {"cien": 100, "doscientos": 200, "mil": 1000}
    return {word: Fraction(value) for word, value in words.items()}


@cache
def chinese() -> dict[str, Fraction]:
    """零 ... 一百九十九, and 五毛 is money's own."""
    small = "零一二三四五六七八九"
    words = {word: at for at, word in enumerate(small)} | {"两": 2}
    for ten in range(1, 10):
        head = "十" if ten == 1 else f"{small[ten]}十"
        words |= {head + (small[unit] if unit else ""): ten * 10 + unit for unit in range(10)}
    words |= {f"一{word}": value for word, value in words.items() if 10 <= value < 20}
    for word, value in list(words.items()):
        if value:
            words["一百" + ("零" if value < 10 else "") + word] = 100 + value
    words |= {"一百": 100, "两百": 200, "五百": 500, "一千": 1000}
    named = {word: Fraction(value) for word, value in words.items()}
    # Others are times: 七点五十 is ten to eight.
    for tenth in range(1, 10):
        named[f"零点{small[tenth]}"] = Fraction(tenth, 10)
    return named
