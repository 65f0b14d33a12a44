"""Checksums, and how much a value looks drawn by chance.

Sources: ISO 13616 (IBAN) and ISO 7064 (mod 97-10, mod 11-2, mod 11,10), ISO/IEC 7812 (Luhn), the
registration authority's lengths of IBANs; Shannon's entropy in bits for each character.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import log2

_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27"
    " DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22"
    " IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19"
    " MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31"
    " SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
IBAN_LENGTHS = {place[:2]: int(place[2:]) for place in _IBANS.split()}
"""Letters and digits of an IBAN, by country."""


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether it is an IBAN of its country, written without spaces."""
    if len(text) != IBAN_LENGTHS.get(text[:2], 0) or not text[2:4].isdigit():
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def weighted(digits: str, weights: tuple[int, ...], modulus: int) -> int:
    """The weighted sum of digits, modulo."""
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % modulus


def mod_11_10(digits: str) -> bool:
    """ISO 7064 mod 11,10, the last digit being the check."""
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def is_day(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def entropy(text: str) -> float:
    """Bits for each character, by how often each occurs."""
    size = len(text)
    if not size:
        return 0.0
    return -sum(n / size * log2(n / size) for n in Counter(text).values())
