"""The kinds of constraint, each a closed set of values.

1. A constraint admits a value or not. A value that is missing (None) or of another type is admitted
   by none: True is not 1, and 1.0 is not 1. The one exception errs to the safe side: what forbids 1
   forbids True as well.
2. Integers lie within 2^53-1 of zero; amounts are minor units. There are no floats.
3. Sets are kept sorted and without repetition: equal meaning, equal bytes.

How constraints join, and when one is at least as strict as another, is in ``lattice``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, NoReturn

import msgspec

from tarl.errors import Invalid
from tarl.policy.hours import mask_of, zone_of
from tarl.values.canonical import INTEGER_MAX

Check = Callable[[Any], bool]
Scalar = str | int | bool
SCALARS = (str, int, bool)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

INSTANT_MS_MAX = 253_402_300_799_999
"""The end of the year 9999, where calendars of computers end."""

_UNIT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z")
_DOTS = r"(?:\.|%2[eE]){2}"
_CLIMBS = re.compile(rf"(?:\A|[/\\]){_DOTS}(?:[/\\]|\Z)|\x00")
_CLIMBED = re.compile(rf"(?:\A|[/\\]){_DOTS}[/\\]|\x00")


class Constraint(msgspec.Struct, frozen=True, tag_field="kind", tag=""):
    """Base of the kinds. What is none of them admits nothing."""

    KIND: ClassVar[str] = ""

    def compiled(self) -> Check:
        """The question whether a value is admitted, ready to be asked often."""
        return _admits_nothing

    def admits(self, value: Any) -> bool:
        """Whether a value is admitted."""
        return self.compiled()(value)

    @property
    def words(self) -> str:
        """The constraint in words, after the name of what it constrains."""
        return "cannot be met"

    def as_data(self) -> dict[str, Any]:
        """The constraint as a JSON object, with its kind."""
        data: dict[str, Any] = {"kind": self.KIND}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            data[name] = list(value) if type(value) is tuple else value
        return data


class AtMost(Constraint, frozen=True, tag="at_most"):
    """An integer that is not greater."""

    KIND: ClassVar[str] = "at_most"
    limit: int

    def __post_init__(self) -> None:
        _integer(self.limit, self)

    def compiled(self) -> Check:
        limit = self.limit
        return lambda value: type(value) is int and -INTEGER_MAX <= value <= limit

    @property
    def words(self) -> str:
        return f"must be at most {self.limit}"


class AtLeast(Constraint, frozen=True, tag="at_least"):
    """An integer that is not less."""

    KIND: ClassVar[str] = "at_least"
    limit: int

    def __post_init__(self) -> None:
        _integer(self.limit, self)

    def compiled(self) -> Check:
        limit = self.limit
        return lambda value: type(value) is int and limit <= value <= INTEGER_MAX

    @property
    def words(self) -> str:
        return f"must be at least {self.limit}"


class Interval(Constraint, frozen=True, tag="interval"):
    """An integer from ``lo`` to ``hi``, both included."""

    KIND: ClassVar[str] = "interval"
    lo: int
    hi: int

    def __post_init__(self) -> None:
        _integer(self.lo, self)
        _integer(self.hi, self)
        if self.lo > self.hi:
            _malformed(self, "runs backwards")

    def compiled(self) -> Check:
        lo, hi = self.lo, self.hi
        return lambda value: type(value) is int and lo <= value <= hi

    @property
    def words(self) -> str:
        return f"must be {self.lo} to {self.hi}"


class OneOf(Constraint, frozen=True, tag="one_of"):
    """A text, integer or boolean that is listed. With nothing listed, nothing is admitted."""

    KIND: ClassVar[str] = "one_of"
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "values", _scalars(self.values, self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneOf) and same_scalars(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values)

    def compiled(self) -> Check:
        keys = frozenset(map(strict_key, self.values))
        return lambda value: type(value) in SCALARS and (type(value), value) in keys

    @property
    def words(self) -> str:
        return f"must be one of {_listed(self.values)}" if self.values else "cannot be met"


class Prefix(Constraint, frozen=True, tag="prefix"):
    """A text that begins with one of some texts, and in which no ``..`` climbs out of a path."""

    KIND: ClassVar[str] = "prefix"
    prefixes: tuple[str, ...]

    def __post_init__(self) -> None:
        prefixes = _scalars(self.prefixes, self, least=1)
        if not all(type(prefix) is str and _CLIMBED.search(prefix) is None for prefix in prefixes):
            _malformed(self, "needs texts that do not climb out of a path")
        msgspec.structs.force_setattr(self, "prefixes", prefixes)

    def compiled(self) -> Check:
        prefixes, climbs = self.prefixes, _CLIMBS.search
        return lambda value: (
            type(value) is str and value.startswith(prefixes) and climbs(value) is None
        )

    @property
    def words(self) -> str:
        return f"must begin with {_listed(self.prefixes)}"


class Required(Constraint, frozen=True, tag="required"):
    """An array of texts, integers and booleans that holds all that is listed."""

    KIND: ClassVar[str] = "required"
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "values", _scalars(self.values, self, least=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Required) and same_scalars(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values)

    def compiled(self) -> Check:
        needed = frozenset(map(strict_key, self.values))
        return lambda value: is_array(value) and needed <= set(map(strict_key, value))

    @property
    def words(self) -> str:
        return f"must hold {_listed(self.values)}"


class Forbidden(Constraint, frozen=True, tag="forbidden"):
    """A text, integer or boolean that is not listed, or an array of those that holds none of them.

    1 and True are the same here.
    """

    KIND: ClassVar[str] = "forbidden"
    values: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "values", _scalars(self.values, self, least=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forbidden) and same_scalars(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values)

    def compiled(self) -> Check:
        refused = frozenset(self.values)

        def check(value: Any) -> bool:
            if type(value) in SCALARS:
                return value not in refused
            return is_array(value) and refused.isdisjoint(value)

        return check

    @property
    def words(self) -> str:
        return f"must not be or hold {_listed(self.values)}"


class Window(Constraint, frozen=True, tag="window"):
    """An instant within hours of days, as clocks show them in a named zone.

    From ``from_minute`` (included) to ``to_minute`` (not included), in minutes since midnight, on
    the days of ``days`` (1 is Monday, 7 Sunday). When it runs over midnight, the days are those on
    which it begins. An hour that the clock shows twice counts twice; one that it leaves out does
    not come.
    """

    KIND: ClassVar[str] = "window"
    zone: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    from_minute: int = 0
    to_minute: int = 1440

    def __post_init__(self) -> None:
        zone_of(self.zone)
        days = _scalars(self.days, self, least=1)
        if not all(type(day) is int and 1 <= day <= 7 for day in days):
            _malformed(self, "has a day that is not 1 (Monday) to 7 (Sunday)")
        msgspec.structs.force_setattr(self, "days", days)
        start, end = _integer(self.from_minute, self), _integer(self.to_minute, self)
        if not (0 <= start < 1440 and 0 < end <= 1440 and start != end):
            _malformed(self, "needs two different minutes of a day")

    @property
    def mask(self) -> int:
        """The minutes of the week that are admitted, one bit each from Monday 00:00."""
        return mask_of(self.days, self.from_minute, self.to_minute)

    def compiled(self) -> Check:
        zone, mask = zone_of(self.zone), self.mask

        def check(value: Any) -> bool:
            if type(value) is not int or not 0 <= value <= INSTANT_MS_MAX:
                return False
            try:
                local = datetime.fromtimestamp(value // 1000, zone)
            except (OverflowError, ValueError):
                return False
            minute = local.weekday() * 1440 + local.hour * 60 + local.minute
            return bool(mask >> minute & 1)

        return check

    @property
    def words(self) -> str:
        times = "-".join(f"{m // 60:02}:{m % 60:02}" for m in (self.from_minute, self.to_minute))
        days = ", ".join(
            ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[d - 1] for d in self.days
        )
        return f"must be within {times} {self.zone} on {days}"


class Budget(Constraint, frozen=True, tag="budget"):
    """So much to spend in all, of one unit, in its minor units.

    As a constraint on one effect it admits what is within the whole; what is left of it is the
    ledger's to say.
    """

    KIND: ClassVar[str] = "budget"
    unit: str
    limit: int

    def __post_init__(self) -> None:
        if type(self.unit) is not str or not _UNIT.match(self.unit):
            _malformed(self, "needs a unit, such as EUR")
        if _integer(self.limit, self) < 0:
            _malformed(self, "has less than nothing")

    def compiled(self) -> Check:
        limit = self.limit
        return lambda value: type(value) is int and 0 <= value <= limit

    @property
    def words(self) -> str:
        return f"must be at most {self.limit}"


KINDS: Mapping[str, type[Constraint]] = {
    kind.KIND: kind
    for kind in (AtMost, AtLeast, Interval, OneOf, Prefix, Required, Forbidden, Window, Budget)
}


def read_constraint(data: Any) -> Constraint:
    """The constraint of a JSON object.

    Raises:
        Invalid: of no known kind (``constraint.unknown``), or not as its kind is
            (``constraint.malformed``, ``constraint.zone``).
    """
    kind = data.get("kind") if isinstance(data, Mapping) else None
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise Invalid(
            f"no constraint is of the kind {str(kind)[:80]!r}",
            code="constraint.unknown",
            next_step=f"one of {', '.join(sorted(KINDS))}",
        )
    members = {name: value for name, value in data.items() if name != "kind"}
    required = set(cls.__struct_fields__[: len(cls.__struct_fields__) - len(_defaults(cls))])
    if not required <= set(members) <= set(cls.__struct_fields__):
        raise Invalid(
            f"a constraint of the kind {cls.KIND} has the members"
            f" {', '.join(cls.__struct_fields__)}",
            code="constraint.malformed",
        )
    return cls(**members)


def is_known(constraint: object) -> bool:
    """Whether it is exactly of one of the kinds: nothing derived, nothing else."""
    return isinstance(constraint, Constraint) and KINDS.get(constraint.KIND) is type(constraint)


def compiled(constraint: object) -> Check:
    """The question whether a value is admitted; nothing is, by what is no known kind."""
    if not is_known(constraint):
        return _admits_nothing
    assert isinstance(constraint, Constraint)
    return constraint.compiled()


def strict_key(value: Any) -> tuple[type, Any]:
    """What tells a scalar from every other one: True from 1."""
    return type(value), value


def same_scalars(a: tuple[Scalar, ...], b: tuple[Scalar, ...]) -> bool:
    """Whether two tuples are the same: Python takes (1,) and (True,) for equal."""
    return a == b and [*map(type, a)] == [*map(type, b)]


def is_array(value: Any) -> bool:
    """Whether it is an array of scalars."""
    return type(value) in (list, tuple) and all(type(item) in SCALARS for item in value)


def ordered(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """Scalars without repetition, in the order in which they are written."""
    unique = {strict_key(value): value for value in values}.values()
    return tuple(sorted(unique, key=lambda value: (type(value).__name__, value)))


def _admits_nothing(value: Any) -> bool:
    return False


def _defaults(cls: type[Constraint]) -> tuple[Any, ...]:
    return cls.__struct_defaults__


def _integer(value: Any, constraint: Constraint) -> int:
    if type(value) is not int or not -INTEGER_MAX <= value <= INTEGER_MAX:
        _malformed(constraint, f"needs an integer within 2^53-1 of zero, not {str(value)[:40]!r}")
    return value


def _scalars(values: Any, constraint: Constraint, *, least: int = 0) -> tuple[Scalar, ...]:
    if type(values) not in (list, tuple, set, frozenset):
        _malformed(constraint, "needs an array")
    for value in values:
        if type(value) is int:
            _integer(value, constraint)
        elif type(value) not in SCALARS:
            _malformed(constraint, f"lists {str(value)[:40]!r}, no text, integer or boolean")
    if len(values) < least:
        _malformed(constraint, "lists nothing")
    return ordered(values)


def _malformed(constraint: Constraint, why: str) -> NoReturn:
    raise Invalid(f"a constraint of the kind {constraint.KIND} {why}", code="constraint.malformed")


def _listed(values: tuple[Scalar, ...]) -> str:
    shown = ", ".join(map(repr, values[:5]))
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"


NOTHING = OneOf(())
"""Admits nothing."""
