"""Conjunctions of constraints on one value: what they admit together, and which implies which.

A conjunction is read as a *region*, one of the forms below; ``meet`` writes a region back as the
shortest conjunction, so that meeting is commutative, associative and idempotent in what it admits.

1. ``meet`` admits exactly the values that all its constraints admit.
2. ``implies(a, b)`` is true only if every value that ``a`` admits is admitted by ``b``. It is
   exact but for two cases in which it says no although nothing speaks against it: windows of two
   zones are not compared, unless the wider one is the whole week; and texts are taken as drawn
   from an alphabet without end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import msgspec

from tarl.errors import Invalid
from tarl.policy.constraint import (
    NOTHING,
    AtLeast,
    AtMost,
    Budget,
    Constraint,
    Forbidden,
    Interval,
    OneOf,
    Prefix,
    Required,
    Scalar,
    Window,
    compiled,
    is_known,
    ordered,
    strict_key,
)
from tarl.policy.hours import WHOLE_WEEK
from tarl.values.canonical import INTEGER_MAX

Conjunction = Sequence[Constraint]


class Listed(msgspec.Struct, frozen=True):
    """Some scalars, or nothing at all."""

    values: tuple[Scalar, ...]


class Integers(msgspec.Struct, frozen=True):
    """From ``lo`` to ``hi`` but for ``gaps``, which lie between them."""

    lo: int
    hi: int
    gaps: frozenset[int]


class Texts(msgspec.Struct, frozen=True):
    """Those with one of the prefixes, of which none begins with another; but for ``gaps``."""

    prefixes: tuple[str, ...]
    gaps: frozenset[str]


class Arrays(msgspec.Struct, frozen=True):
    """Those that hold all of ``held`` and none of ``gaps``."""

    held: tuple[Scalar, ...]
    gaps: frozenset[Scalar]


class Others(msgspec.Struct, frozen=True):
    """All scalars and arrays that neither are nor hold one of ``gaps``."""

    gaps: frozenset[Scalar]


class Hours(msgspec.Struct, frozen=True):
    """Instants within all of the windows."""

    windows: tuple[Window, ...]

    def mask(self, zone: str) -> int:
        """The minutes of the week that the windows of one zone leave."""
        mask = WHOLE_WEEK
        for window in self.windows:
            if window.zone == zone:
                mask &= window.mask
        return mask


class Spending(msgspec.Struct, frozen=True):
    """From nothing to ``limit``."""

    unit: str
    limit: int


Region = Listed | Integers | Texts | Arrays | Others | Hours | Spending
EMPTY = Listed(())


def meet(*constraints: Constraint) -> tuple[Constraint, ...]:
    """The shortest conjunction that admits what all the constraints admit.

    Raises:
        Invalid: they are not about one value (``constraint.dimension``).
    """
    return _written(region_of(constraints)) if constraints else ()


def implies(a: Iterable[Constraint], b: Iterable[Constraint]) -> bool:
    """Whether all that the conjunction ``a`` admits is admitted by the conjunction ``b``.

    Raises:
        Invalid: they are not about one value (``constraint.dimension``).
    """
    mine, theirs = tuple(a), tuple(b)
    if not theirs:
        return True
    if not mine:
        return False
    if all(map(is_known, theirs)) and all(constraint in mine for constraint in theirs):
        return True
    region = region_of(mine)
    return region == EMPTY or all(_lies_within(region, constraint) for constraint in theirs)


def is_empty(constraints: Iterable[Constraint]) -> bool:
    """Whether a conjunction is known to admit nothing."""
    held = tuple(constraints)
    return bool(held) and region_of(held) == EMPTY


def region_of(constraints: Conjunction) -> Region:
    """What a conjunction of at least one constraint admits."""
    if not all(map(is_known, constraints)):
        return EMPTY
    windows = [c for c in constraints if isinstance(c, Window)]
    budgets = [c for c in constraints if isinstance(c, Budget)]
    if NOTHING in constraints:
        return EMPTY
    if windows or budgets:
        if len(windows) != len(constraints) and len(budgets) != len(constraints):
            _unlike()
        return _hours(windows) if windows else _spending(budgets)
    return _plain(constraints)


def _plain(constraints: Conjunction) -> Region:
    listed = [c for c in constraints if isinstance(c, OneOf)]
    if listed:
        checks = [compiled(c) for c in constraints]
        return Listed(tuple(v for v in listed[0].values if all(check(v) for check in checks)))
    # A set keeps the first of values that are equal, and in this order that is True, not 1.
    gaps = frozenset(ordered(v for c in constraints if isinstance(c, Forbidden) for v in c.values))
    ranges = [c for c in constraints if isinstance(c, AtMost | AtLeast | Interval)]
    prefixes = [c for c in constraints if isinstance(c, Prefix)]
    required = [c for c in constraints if isinstance(c, Required)]
    if sum(map(bool, (ranges, prefixes, required))) > 1:
        return EMPTY
    if ranges:
        return _integers(ranges, {int(v) for v in gaps if not isinstance(v, str)})
    if prefixes:
        return _texts(prefixes, gaps)
    if required:
        held = ordered(v for c in required for v in c.values)
        return EMPTY if gaps.intersection(held) else Arrays(held, gaps)
    return Others(gaps)


def _integers(ranges: Conjunction, gaps: set[int]) -> Region:
    lo, hi = -INTEGER_MAX, INTEGER_MAX
    for constraint in ranges:
        if isinstance(constraint, AtMost | Interval):
            hi = min(hi, constraint.limit if isinstance(constraint, AtMost) else constraint.hi)
        if isinstance(constraint, AtLeast | Interval):
            lo = max(lo, constraint.limit if isinstance(constraint, AtLeast) else constraint.lo)
    while lo in gaps:
        lo += 1
    while hi in gaps:
        hi -= 1
    if lo > hi:
        return EMPTY
    return Integers(lo, hi, frozenset(gap for gap in gaps if lo < gap < hi))


def _texts(constraints: Sequence[Prefix], gaps: frozenset[Scalar]) -> Region:
    common: set[str] = {""}
    for constraint in constraints:
        longer = (
            max(p, q, key=len)
            for p in common
            for q in constraint.prefixes
            if p.startswith(q) or q.startswith(p)
        )
        common = set(longer)
    kept: list[str] = []
    for prefix in sorted(common):  # what begins with another comes after it
        if not kept or not prefix.startswith(tuple(kept)):
            kept.append(prefix)
    if not kept:
        return EMPTY
    admits = Prefix(tuple(kept)).compiled()
    return Texts(tuple(kept), frozenset(v for v in gaps if isinstance(v, str) and admits(v)))


def _hours(windows: Sequence[Window]) -> Region:
    region = Hours(tuple(windows))
    if not all(region.mask(window.zone) for window in windows):
        return EMPTY
    kept: list[Window] = []
    for window in sorted(set(windows), key=_narrow_first):
        if not any(k.zone == window.zone and not k.mask & ~window.mask for k in kept):
            kept.append(window)
    return Hours(tuple(kept))


def _narrow_first(window: Window) -> tuple[Any, ...]:
    return (window.zone, window.mask.bit_count(), msgspec.structs.astuple(window))


def _spending(budgets: Sequence[Budget]) -> Region:
    units = {budget.unit for budget in budgets}
    if len(units) > 1:
        _unlike()
    return Spending(units.pop(), min(budget.limit for budget in budgets))


# --- whether a region that is not empty lies within one constraint


def _lies_within(region: Region, constraint: Constraint) -> bool:
    if not is_known(constraint):
        return False
    return _WITHIN[type(region)](region, constraint)


def _listed_within(region: Any, constraint: Constraint) -> bool:
    check = compiled(constraint)
    return all(check(value) for value in region.values)


def _integers_within(region: Any, constraint: Constraint) -> bool:
    lo, hi, gaps = region.lo, region.hi, region.gaps
    match constraint:
        case AtMost(limit=limit):
            return bool(hi <= limit)
        case AtLeast(limit=limit):
            return bool(lo >= limit)
        case Interval(lo=low, hi=high):
            return bool(low <= lo and hi <= high)
        case Forbidden(values=values):
            numbers = {int(value) for value in values if not isinstance(value, str)}
            return all(number in gaps for number in numbers if lo <= number <= hi)
        case OneOf(values=values):
            admitted = {value for value in values if type(value) is int}
            if hi - lo + 1 - len(gaps) > len(admitted):
                return False
            return all(number in admitted or number in gaps for number in range(lo, hi + 1))
    return False


def _texts_within(region: Any, constraint: Constraint) -> bool:
    if isinstance(constraint, Prefix):
        return all(prefix.startswith(constraint.prefixes) for prefix in region.prefixes)
    if isinstance(constraint, Forbidden):
        admits = Prefix(region.prefixes).compiled()
        return all(value in region.gaps for value in constraint.values if admits(value))
    return False


def _arrays_within(region: Any, constraint: Constraint) -> bool:
    if isinstance(constraint, Required):
        return set(map(strict_key, constraint.values)) <= set(map(strict_key, region.held))
    return isinstance(constraint, Forbidden) and region.gaps.issuperset(constraint.values)


def _others_within(region: Any, constraint: Constraint) -> bool:
    return isinstance(constraint, Forbidden) and region.gaps.issuperset(constraint.values)


def _hours_within(region: Any, constraint: Constraint) -> bool:
    if not isinstance(constraint, Window):
        return False
    return constraint.mask == WHOLE_WEEK or not region.mask(constraint.zone) & ~constraint.mask


def _spending_within(region: Any, constraint: Constraint) -> bool:
    if not isinstance(constraint, Budget):
        return False
    if constraint.unit != region.unit:
        _unlike()
    return bool(region.limit <= constraint.limit)


_WITHIN: dict[type, Callable[[Any, Constraint], bool]] = {
    Listed: _listed_within,
    Integers: _integers_within,
    Texts: _texts_within,
    Arrays: _arrays_within,
    Others: _others_within,
    Hours: _hours_within,
    Spending: _spending_within,
}


# --- a region as constraints


def _written(region: Region) -> tuple[Constraint, ...]:
    match region:
        case Listed(values=values):
            return (OneOf(values),)
        case Integers(lo=lo, hi=hi, gaps=gaps):
            return (_range(lo, hi), *_but(gaps))
        case Texts(prefixes=prefixes, gaps=texts):
            return (Prefix(prefixes), *_but(texts))
        case Arrays(held=held, gaps=elements):
            return (Required(held), *_but(elements))
        case Others(gaps=others):
            return _but(others)
        case Hours(windows=windows):
            return windows
    return (Budget(region.unit, region.limit),)


def _range(lo: int, hi: int) -> Constraint:
    if lo == hi:
        return OneOf((lo,))
    if lo == -INTEGER_MAX:
        return AtMost(hi)
    return AtLeast(lo) if hi == INTEGER_MAX else Interval(lo, hi)


def _but(gaps: Iterable[Scalar]) -> tuple[Constraint, ...]:
    values = tuple(gaps)
    return (Forbidden(values),) if values else ()


def _unlike() -> NoReturn:
    raise Invalid(
        "constraints on different things do not join: a window is about time, a budget about one"
        " unit",
        code="constraint.dimension",
    )
