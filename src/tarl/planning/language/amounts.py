"""Amounts in a sentence: money ``M``, degrees ``H`` (tenths of Celsius), shares ``Q`` (permille),
watts ``W``, watt-hours ``V`` and durations ``U`` (milliseconds).

The key of a phrase says how it is read: ``amount.U.60000`` multiplies its number,
``amount.U.60000.1`` is the one without a number; ``money.EUR``, and ``money.EUR.100`` for
cents.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from tarl.planning.language.line import Found
from tarl.planning.language.numbers import Number

MICRO = 1_000_000
MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
WHOLE = 1000
"""All of it, in permille."""
WARM_MIN, WARM_MAX = 140, 280
"""Tenths of a degree: what a bare number beside the heating may be; what is lower is an hour."""
WARM = range(14, 29)
"""The same in degrees."""


class Money(NamedTuple):
    """An amount in micro-units. ``is_exact`` when its currency was named."""

    micro: int
    currency: str


def rounded(value: Fraction) -> int:
    """The nearest integer, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def amount(args: tuple[str, ...], found: Found) -> int | None:
    """An amount of the unit that ``args`` give: kind, factor and, for want of a number, number."""
    factor = Fraction(args[1])
    if any(number.value for number in found.of("N")[1:]):
        return None  # Five below zero is an amount; 19 degrees, under 50 cents, are two.
    if len(args) > 2:
        return rounded(factor * Fraction(args[2]))
    return rounded(factor * _number(found))


def ratio(args: tuple[str, ...], found: Found) -> int | None:
    """A share in permille, its denominator first: 四分之三."""
    under, over = (number.value for number in found.of("N"))
    return rounded(Fraction(over) * WHOLE / under) if under else None


def halves(args: tuple[str, ...], found: Found) -> int:
    """So many and a half."""
    return rounded(Fraction(args[1]) * (_number(found) + Fraction(1, 2)))


def fahrenheit(args: tuple[str, ...], found: Found) -> int | None:
    """Tenths of a degree Celsius."""
    return celsius(_number(found))


def celsius(fahrenheit: Fraction) -> int:
    """So many degrees Fahrenheit as tenths of a degree Celsius."""
    return rounded((fahrenheit - 32) * 50 / 9)


def _number(found: Found) -> Fraction:
    """The number of an amount; the article that stands for one is none."""
    numbers: list[Number] = found.of("N")
    return numbers[0].value if numbers else Fraction(1)


def summed(args: tuple[str, ...], found: Found) -> int | None:
    """Amounts of one kind that belong together: an hour and thirty minutes."""
    parts: list[int] = found.of(args[0])
    return sum(parts)


def money(args: tuple[str, ...], found: Found) -> Money | None:
    """An amount of money; a number behind its unit counts hundredths: ``1 euro 50``."""
    currency, parts = args[0], int(args[1]) if len(args) > 1 else 1
    numbers = [number.value for number in found.of("N")] or [Fraction(1)]
    if len(args) > 2:
        numbers = [Fraction(args[2]), *(number.value for number in found.of("N"))]
    if len(numbers) == 2 and numbers[1] >= 100:
        return None
    whole = numbers[0] + (numbers[1] / 100 if len(numbers) == 2 else 0)
    return Money(rounded(whole * MICRO / parts), currency)
