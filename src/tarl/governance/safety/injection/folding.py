"""One form for many disguises: letters that look alike, invisible signs, digits for letters.

Invariants:
1. Every folded character knows the place in the original text that it came from.
2. Folding is total: any text, of any script, folds; the work is linear in its length.
3. Words wholly in another script stay as they are; only words that mix scripts become Latin.

Look-alikes follow the idea of Unicode's TR 39 (confusables), reduced to letters that pass for
Latin ones. ``Folded.marks`` counts what was undone, since a disguise is itself a sign.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

PAIRS: Final = (
    "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ɡg ӏl вb нh кk мm тt ьb пn гr ꭓx αa εe οo ρp υu χx ιi κk"
    " νv τt ωw γy βb δd σo μm ηn ϲc ϳj єe ґr їi ɑa ɩi ɪi ʀr ɴn ʟl ʙb ᴀa ᴇe ᴏo ɾr ʏy ʜh ᴛt ᴋk ᴘp ᴅd"
    " ᴜu ᴠv ᴡw ᴢz ᴊj ᴍm ıi ҡk ӓa ѡw հh ոn սu օo ցg զq"
)
LOOKALIKES: Final = {pair[0]: pair[1] for pair in PAIRS.split()}
DIGITS: Final = str.maketrans("013457896@$!|+€£", "oieastbggasiitel")
MIXED: Final = re.compile(r"[^\W\d_]+")
LATIN: Final = re.compile(r"[a-z]")
ODD_WORD: Final = re.compile(
    r"[^\s\"'`(){}\[\]<>,;:=/\\*_.?-]*[a-z][^\s\"'`(){}\[\]<>,;:=/\\*_.?-]*"
)
LEET: Final = re.compile(r"[0134579@$!|+€](?=[a-z])|(?<=[a-z])[0134579@$|+€](?=[^\d]|$)")
PLAIN_ALNUM: Final = re.compile(r"^(?:\d+[a-z]{1,3}|[a-z]{1,6}[-_]?\d+|[0-9a-f]{8,}|v\d\S*)$")
SLASHED: Final = re.compile(r"(?:\\[^\s\\]){5,}")
SPACED: Final = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*|/\\]){4,}[^\W\d_](?!\w)")
SPACED_TOO: Final = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*|/\\]){2,}[^\W\d_](?!\w)")
"""In a text with one long word of letters apart, the short ones are joined as well."""
LEET_SHARE: Final = 0.2
"""From this share of words with digits among letters on, the whole text is taken as so written."""
LATIN_SHARE: Final = 0.6


class Folded(NamedTuple):
    """A text in one form, where each character came from, and what was undone."""

    text: str
    origins: list[int] | None
    hidden: int
    lookalikes: int
    styled: int
    leet: int
    spread: int

    def origin(self, place: int) -> int:
        """The place in the original text of a folded place."""
        if self.origins is None:
            return place
        if place >= len(self.origins):
            return self.origins[-1] + 1 if self.origins else 0
        return self.origins[place]


def fold(text: str) -> Folded:
    """The text in lower case with its disguises undone."""
    origins: list[int] | None = None
    hidden = styled = similar = spread = 0
    folded = text.lower() if text.isascii() else ""
    if not folded and text:
        folded, origins, hidden, styled = _letters(text)
        folded, similar = _latin(folded)
    if SLASHED.search(folded) or SPACED.search(folded):
        folded, origins, spread = _joined(folded, origins)
    folded, leet = _unleet(folded)
    return Folded(folded, origins, hidden, similar, styled, leet, spread)


def without_invisible(text: str) -> tuple[str, list[int] | None]:
    """The text without its invisible signs, and the place of each character that is left."""
    if text.isascii() or not any(_is_invisible(sign) for sign in set(text)):
        return text, None
    places = [place for place, sign in enumerate(text) if not _is_invisible(sign)]
    return "".join(text[place] for place in places), places


def _is_invisible(sign: str) -> bool:
    """Signs that nobody sees; halves of surrogate pairs among them, which no encoding carries."""
    if sign < "\x80":
        return False
    return (
        unicodedata.category(sign) in ("Cf", "Cs")
        or "\ufe00" <= sign <= "\ufe0f"
        or sign in "\u115f\u1160\u3164\u2800"
    )


def fold_term(text: str) -> str:
    """A term of the lexicon in the form that texts are folded to."""
    return _letters(text)[0]


def _letters(text: str) -> tuple[str, list[int], int, int]:
    """Each character in its plain lower form; the invisible ones and Latin accents are left out."""
    known: dict[str, tuple[str, int]] = {}
    pieces: list[str] = []
    origins: list[int] = []
    hidden = styled = 0
    for place, sign in enumerate(text):
        form = known.get(sign)
        if form is None:
            form = known[sign] = _plain(sign)
        plain, kind = form
        if kind == 1:
            hidden += 1
        elif kind == 2:
            styled += 1
        pieces.append(plain)
        if len(plain) == 1:
            origins.append(place)
        else:
            origins.extend([place] * len(plain))
    return "".join(pieces), origins, hidden, styled


def _plain(sign: str) -> tuple[str, int]:
    if sign < "\x80":
        return sign.lower(), 0
    if "\U000e0020" <= sign <= "\U000e007e":  # tags: an invisible copy of ASCII
        return chr(ord(sign) - 0xE0000).lower(), 1
    if _is_invisible(sign):
        return "", 1
    category = unicodedata.category(sign)
    if category == "Zs":
        return " ", 0
    compatible = unicodedata.normalize("NFKC", sign)
    letters = unicodedata.normalize("NFD", compatible.lower())
    bare = "".join(c for c in letters if not ("\u0300" <= c <= "\u036f"))
    whole = unicodedata.normalize("NFC", bare)
    return whole, 2 if compatible != sign and compatible.isascii() and category[0] == "L" else 0


def _latin(folded: str) -> tuple[str, int]:
    """Words that mix Latin with look-alike letters, or are of these alone in a Latin text."""
    letters = sum(1 for c in folded if c.isalpha())
    latin = len(LATIN.findall(folded))
    mostly = latin > LATIN_SHARE * letters
    count = 0

    def draw(match: re.Match[str]) -> str:
        nonlocal count
        word = match.group()
        if word.isascii() or not (mostly or LATIN.search(word)):
            return word
        drawn = "".join(LOOKALIKES.get(c, c) for c in word)
        if drawn == word or not (drawn.isascii() or LATIN.search(word)):
            return word
        count += 1
        return drawn

    return MIXED.sub(draw, folded), count


def _joined(folded: str, origins: list[int] | None) -> tuple[str, list[int], int]:
    """Letters that stand apart brought together: ``\\i\\g\\n`` and ``i g n``."""
    keep = bytearray(b"\x01") * len(folded)
    count = 0
    for match in SLASHED.finditer(folded):
        count += 1
        for place in range(match.start(), match.end(), 2):
            keep[place] = 0
    spaced = SPACED_TOO if SPACED.search(folded) else SPACED
    for match in spaced.finditer(folded):
        count += 1
        for place in range(match.start() + 1, match.end(), 2):
            keep[place] = 0
    places = [place for place in range(len(folded)) if keep[place]]
    text = "".join(folded[place] for place in places)
    return text, [origins[p] for p in places] if origins else places, count


def _unleet(folded: str) -> tuple[str, int]:
    """Digits and signs that stand for letters, where a text does so often."""
    if not LEET.search(folded):
        return folded, 0
    words = list(ODD_WORD.finditer(folded))
    odd = [m for m in words if LEET.search(m.group()) and not PLAIN_ALNUM.match(m.group())]
    if len(odd) < max(2, LEET_SHARE * len(words)):
        return folded, 0
    pieces: list[str] = []
    last = 0
    for match in words:
        pieces.append(folded[last : match.start()])
        word = match.group().replace("11", "ll")
        word = word[:-1] + "l" if word.endswith("1") else word
        tail = len(word.rstrip("!|+"))
        pieces.append(word[:tail].translate(DIGITS) + word[tail:])
        last = match.end()
    pieces.append(folded[last:])
    return "".join(pieces), len(odd)
