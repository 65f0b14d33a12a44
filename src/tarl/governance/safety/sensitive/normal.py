"""Texts as they read: invisible characters left out, look-alikes as the ASCII that they look like.

Places in the normal text are mapped back to the text itself, so that what is found in one is taken
out of the other. Characters are folded one by one, so a place never lies inside of one.

Sources: Unicode's general category ``Cf`` and the variation selectors for what is invisible, NFKC
for compatibility forms, and the Latin look-alikes of Cyrillic, Greek and Armenian (UTS 39).
"""

from __future__ import annotations

import unicodedata
from array import array
from functools import lru_cache
from typing import NamedTuple

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеорсухіјѕԁһԛԝѵгѡ"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυϲϳ"
    "օոսհցԼՕՍ"
    "ꓐꓑꓚꓓꓖꓗꓡꓟꓠꓢꓔꓴꓪꓫꓬꓣꓮꓰꓲꓳ"
    "ıɑɡʟ․‐‑‒–—−﹣。．：∶＠﹫⁄∕’‘＇‚",
    "ABESIJKMHOPCTYX3aeopcyxijsdhqwvrw"
    "ABEZHIKMNOPTYXavoptucj"
    "ounhgLOU"
    "BPCDGKLMNSTUWXYRAEIO"
    "iagL.-------..::@@//''''",
)

_NO_PLACES: array[int] = array("L")


class Normal(NamedTuple):
    """A text as it reads; ``places`` are where its characters stand in the text, none where it is
    the text itself.
    """

    text: str
    places: array[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the normal text stands in the text."""
        if not self.places:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def normal(text: str) -> Normal:
    """A text as it reads."""
    if text.isascii():
        return Normal(text, _NO_PLACES)
    folded: list[str] = []
    places = array("L")
    for place, character in enumerate(text):
        read = character if character < "\x80" else _folded(character)
        if read:
            folded.append(read)
            for _ in read:
                places.append(place)
    return Normal("".join(folded), places)


@lru_cache(maxsize=8_192)
def _folded(character: str) -> str:
    """What one character reads as: nothing, itself, or ASCII."""
    if unicodedata.category(character) == "Cf" or _is_selector(character):
        return ""
    alike = character.translate(_LOOK_ALIKES)
    if alike.isascii():
        return alike
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() else character


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
