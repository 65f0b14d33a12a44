"""E-mail addresses, phone numbers in international form, IBANs and payment cards.

Sources: RFC 5321 (lengths), ITU-T E.164 (15 digits, country codes), ISO 13616, ISO/IEC 7812.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tarl.governance.safety.sensitive.checks import IBAN_LENGTHS, entropy, is_iban, luhn

Found = tuple[int, int]

_EMAIL = re.compile(r"(?<![\w.+%'-])[\w][\w.+%'-]{0,63}+@([\w-]{1,63}+(?:\.[\w-]{1,63}+){1,8})")
_IN_ADDRESS = re.compile(r"://[^\s/@:]*+:[^\s/@]*+\Z")
URL_CHARS_MAX = 120
_FILE_ENDINGS = "png jpg jpeg gif svg webp ico css js ts py md txt json html htm pdf zip"
_FILES = frozenset(_FILE_ENDINGS.split())

_PHONE = re.compile(
    r"(?<![\w+.])(?<!\d[ \-])(\+|00)(?=[1-9])((?:[ ().\-/]{0,3}\d){7,16}+)(?![\d\w])"
)
_DECIMAL = re.compile(r"\+\d+\.\d+")
_COUNTRY_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63"
    " 64 65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227"
    " 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251"
    " 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350"
    " 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385"
    " 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596"
    " 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691"
    " 692 850 852 853 855 856 880 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975"
    " 976 977 992 993 994 995 996 998"
)
_COUNTRIES = frozenset(_COUNTRY_CODES.split())

_IBAN_BEGINS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \-]?[A-Za-z0-9])")
_CARD = re.compile(
    r"(?<![\w.\-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{2,7}|\d{4}([ -])\d{6}\2\d{4,5})"
    r"(?![\w]|[.\-]\d)"
)


def emails(text: str) -> Iterator[Found]:
    """E-mail addresses."""
    for found in _EMAIL.finditer(text) if "@" in text else ():
        local, _, domain = found.group().rpartition("@")
        last = domain.rpartition(".")[2]
        if len(last) < 2 or not last.isalpha() or last.lower() in _FILES:
            continue
        before = text[max(0, found.start() - URL_CHARS_MAX) : found.start()]
        if _IN_ADDRESS.search(before):  # the password of an address, which is found as that
            continue
        if local == "git" and text[found.end() : found.end() + 1] in (":", "/"):
            continue
        yield found.span()


def phones(text: str) -> Iterator[Found]:
    """Phone numbers that begin with + or 00 and a country's code."""
    for found in _PHONE.finditer(text):
        digits = "".join(filter(str.isdigit, found.group(2)))
        if _DECIMAL.fullmatch(found.group()):
            continue
        if not 8 <= len(digits) <= 15 or not any(digits[:n] in _COUNTRIES for n in (1, 2, 3)):
            continue
        if entropy(digits) >= 1.0:
            yield found.span()


def ibans(text: str) -> Iterator[Found]:
    """International bank account numbers whose check digits fit."""
    for begin in _IBAN_BEGINS.finditer(text):
        wanted = IBAN_LENGTHS.get(begin.group()[:2].upper(), 0)
        end = _end_of(text, begin.start(), wanted)
        if end and is_iban(_bare(text[begin.start() : end]).upper()):
            yield begin.start(), end


def cards(text: str) -> Iterator[Found]:
    """Numbers of payment cards: an issuer's beginning and length, and Luhn's check digit."""
    for found in _CARD.finditer(text):
        digits = _bare(found.group())
        if is_card(digits):
            yield found.span()


def is_card(digits: str) -> bool:
    """Whether digits are a card's number."""
    size, four = len(digits), int(digits[:4])
    two = four // 100
    issued = (
        (digits[0] == "4" and size in (16, 19))
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and size == 16)
        or (two in (34, 37) and size == 15)
        or ((four == 6011 or two == 65 or 6440 <= four <= 6499) and 16 <= size <= 19)
        or ((3000 <= four <= 3059 or two in (36, 38)) and size in (14, 16))
        or (3528 <= four <= 3589 and 16 <= size <= 19)
        or (two == 62 and 16 <= size <= 19)
        or (two in (50, 56, 57, 58, 63, 67) and size in (16, 18, 19))
    )
    return issued and len(set(digits)) > 1 and luhn(digits)


def _end_of(text: str, start: int, wanted: int) -> int:
    """Where so many letters and digits end, with at most one space or hyphen before each; 0 if they
    do not, or if another follows.
    """
    found = _letters(wanted).match(text, start) if wanted else None
    return found.end() if found else 0


@lru_cache(maxsize=64)
def _letters(count: int) -> re.Pattern[str]:
    return re.compile(rf"(?:[ \-]?[A-Za-z0-9]){{{count}}}(?![A-Za-z0-9])")


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "")
