"""National identity numbers that can be checked; those that are digits alone only where a word
before them says what they are.

Sources: the issuing authorities' published rules: Spain (DNI, NIE), France (NIR), Italy (codice
fiscale), Germany (Steuer-ID), Poland (PESEL), Netherlands (BSN), Belgium (national number), United
Kingdom (NINO), United States (SSN), Switzerland (AHV), Sweden (personnummer), Finland (HETU),
Brazil (CPF), China (resident identity number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tarl.governance.safety.sensitive.checks import is_day, luhn, mod_11_10, weighted

Found = tuple[int, int]

WORD_WITHIN_CHARS = 40

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (*_ODD_DIGITS, *_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def _dni(text: str) -> bool:
    number = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:-1].replace("-", "")
    return _DNI_LETTERS[int(number) % 23] == text[-1]


def _nir(text: str) -> bool:
    bare = text.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return len(bare) == 15 and bare.isdigit() and 97 - int(bare[:13]) % 97 == int(bare[13:])


def _codice(text: str) -> bool:
    total = 0
    for at, each in enumerate(text[:15]):
        total += _ODD[each] if at % 2 == 0 else int(each, 36) - (0 if each.isdigit() else 10)
    return chr(65 + total % 26) == text[15]


def _belgian(text: str) -> bool:
    bare = "".join(filter(str.isdigit, text))
    number, check = int(bare[:9]), int(bare[9:])
    return check in (97 - number % 97, 97 - (2_000_000_000 + number) % 97)


def _ssn(text: str) -> bool:
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _ahv(text: str) -> bool:
    bare = text.replace(".", "")
    return (10 - weighted(bare, (1, 3) * 6, 10)) % 10 == int(bare[12])


def _swedish(text: str) -> bool:
    bare = text[-11:-5] + text[-4:]
    day = int(bare[4:6])
    return is_day(2000, int(bare[2:4]), day - 60 if day > 60 else day) and luhn(bare)


def _hetu(text: str) -> bool:
    number = int(text[:6] + text[7:10])
    return is_day(2000, int(text[2:4]), int(text[:2])) and _HETU_LETTERS[number % 31] == text[10]


def _cpf(text: str) -> bool:
    bare = "".join(filter(str.isdigit, text))
    for size in (9, 10):
        rest = weighted(bare, tuple(range(size + 1, 1, -1)), 11) if size else 0
        if (0 if rest < 2 else 11 - rest) != int(bare[size]):
            return False
    return len(set(bare)) > 1


def _chinese(text: str) -> bool:
    total = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 11)
    born = is_day(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    return born and "10X98765432"[total] == text[17]


def _steuer_id(text: str) -> bool:
    bare = text.replace(" ", "")
    return bare[0] != "0" and mod_11_10(bare)


def _pesel(text: str) -> bool:
    month = int(text[2:4]) % 20
    check = (10 - weighted(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10)) % 10
    return is_day(2000, month, int(text[4:6])) and check == int(text[10])


def _bsn(text: str) -> bool:
    return text != "000000000" and weighted(text, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0


def _nino(text: str) -> bool:
    return text[:2] not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")


_ALONE: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(rf"(?<![\w.\-])(?:{pattern})(?![\w]|[.\-]\d)"), check)
    for pattern, check in (
        (r"[0-9]{8}-?[A-HJ-NP-TV-Z]|[XYZ]-?[0-9]{7}-?[A-HJ-NP-TV-Z]", _dni),
        (r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", _nir),
        (r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]", _codice),
        (r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", _belgian),
        (r"\d{3}-\d\d-\d{4}", _ssn),
        (r"756\.\d{4}\.\d{4}\.\d\d", _ahv),
        (r"(?:\d\d)?\d{6}[-+]\d{4}", _swedish),
        (r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", _hetu),
        (r"\d{3}\.\d{3}\.\d{3}-\d\d", _cpf),
        (r"[1-9]\d{5}(?:19|20)\d{9}[\dX]", _chinese),
        (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]", _nino),
    )
)

_NAMED: tuple[tuple[re.Pattern[str], re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(rf"(?<![\w.\-])(?:{pattern})(?![\w]|[.\-]\d)"), re.compile(rf"(?i){words}"), check)
    for pattern, words, check in (
        (
            r"\d{11}|\d\d \d{3} \d{3} \d{3}",
            r"steuer-?\W?id|identifikationsnummer|idnr|tax id",
            _steuer_id,
        ),
        (r"\d{11}", r"pesel", _pesel),
        (r"\d{9}", r"bsn|burgerservicenummer|sofinummer", _bsn),
        (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", r"national insurance|nino", _nino),
    )
)


def national_ids(text: str) -> Iterator[Found]:
    """National identity numbers."""
    for pattern, check in _ALONE:
        for found in pattern.finditer(text):
            if check(found.group()):
                yield found.span()
    for pattern, words, check in _NAMED:
        for found in pattern.finditer(text):
            before = text[max(0, found.start() - WORD_WITHIN_CHARS) : found.start()]
            if check(found.group()) and words.search(before):
                yield found.span()
