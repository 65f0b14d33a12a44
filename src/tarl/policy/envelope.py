"""Constraints by dimension: what must hold of an effect, as one value.

A dimension is a part of the facts: ``action``, ``resource``, ``access``, ``output``, ``tenant``,
``agent``, ``task``, ``args.<parameter>`` (and ``args.<parameter>.<member>``), ``time``, or
``budget.<unit>``. All constraints of an envelope must admit.

1. An empty envelope admits everything; every constraint in it can only take away.
2. What is missing is admitted by no constraint; only of a budget's unit that an effect does not
   name, nothing is spent.
3. ``a.implies(b)`` is true only if whatever ``a`` admits is admitted by ``b``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from tarl.errors import Exceeded, Invalid
from tarl.policy import lattice
from tarl.policy.constraint import (
    NOTHING,
    Budget,
    Check,
    Constraint,
    Forbidden,
    OneOf,
    Prefix,
    Window,
    compiled,
    is_known,
    read_constraint,
)
from tarl.policy.facts import Facts
from tarl.values.verdict import Reason

DIMENSIONS_MAX = 64
CONSTRAINTS_MAX = 16
"""Of one dimension, as they are read. What meets may have more."""

VALUES_MAX = 1_024
"""Of one constraint, as it is read."""

DIMENSION_CHARS_MAX = 200
TEXT_DIMENSIONS = ("action", "resource", "access", "output", "tenant", "agent", "task")
_OVER_TEXTS = (OneOf, Prefix, Forbidden)

Getter = Callable[[Facts], Any]


class Rule(NamedTuple):
    """One constraint, ready to be asked."""

    dimension: str
    get: Getter
    check: Check
    constraint: Constraint


class Envelope:
    """A frozen set of constraints.

    Args:
        constraints: One or several by dimension.

    Raises:
        Invalid: an unknown dimension or a kind that is not for it (``constraint.dimension``), or
            something that is no constraint (``constraint.unknown``).
    """

    __slots__ = ("_constraints", "_hash", "_rules")

    def __init__(
        self, constraints: Mapping[str, Constraint | Iterable[Constraint]] | None = None
    ) -> None:
        held: dict[str, tuple[Constraint, ...]] = {}
        for dimension, given in sorted((constraints or {}).items()):
            several = (given,) if isinstance(given, Constraint) else tuple(given)
            for constraint in several:
                _check_place(dimension, constraint)
            if several:
                held[dimension] = several
        self._constraints = held
        self._rules: tuple[Rule, ...] | None = None
        self._hash: int | None = None

    @property
    def constraints(self) -> Mapping[str, tuple[Constraint, ...]]:
        """The constraints by dimension, all of which must admit."""
        return MappingProxyType(self._constraints)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The constraints, ready to be asked."""
        if self._rules is None:
            self._rules = tuple(
                Rule(dimension, _getter(dimension), compiled(constraint), constraint)
                for dimension, several in self._constraints.items()
                for constraint in several
            )
        return self._rules

    def admits(self, facts: Facts) -> bool:
        """Whether every constraint admits."""
        # Not all(), which is slower: here the time of a decision is spent.
        for _, get, check, _ in self._rules or self.rules:  # noqa: SIM110
            if not check(get(facts)):
                return False
        return True

    def violations(self, facts: Facts) -> tuple[Reason, ...]:
        """What does not hold; nothing when the envelope admits."""
        found: list[Reason] = []
        for dimension, get, check, constraint in self.rules:
            value = get(facts)
            if not check(value):
                reason = _missing(dimension) if value is None else _violation(dimension, constraint)
                if reason not in found:
                    found.append(reason)
        return tuple(found)

    def meet(self, *others: Envelope) -> Envelope:
        """The widest envelope that admits only what this one and all the others admit."""
        found: dict[str, list[Constraint]] = {}
        for envelope in (self, *others):
            for dimension, several in envelope._constraints.items():
                found.setdefault(dimension, []).extend(several)
        return Envelope({d: lattice.meet(*several) for d, several in found.items()})

    def implies(self, other: Envelope) -> bool:
        """Whether it is at least as strict: exact, as far as ``lattice`` is.

        Dimensions are taken to be independent of one another.
        """
        return not self.wider_than(other)

    def wider_than(self, other: Envelope) -> tuple[str, ...]:
        """The dimensions in which it is not known to be as strict as another."""
        return wider_together((self,), other)

    @property
    def budgets(self) -> Mapping[str, int]:
        """The budgets by unit, in minor units."""
        return {
            several[0].unit: min(c.limit for c in several if isinstance(c, Budget))
            for several in self._constraints.values()
            if isinstance(several[0], Budget)
        }

    def as_data(self) -> dict[str, Any]:
        """The envelope as JSON: constraints by dimension."""
        return {
            dimension: [constraint.as_data() for constraint in several]
            for dimension, several in self._constraints.items()
        }

    @classmethod
    def from_data(cls, data: Any) -> Envelope:
        """The envelope of a JSON object.

        Raises:
            Invalid: an unknown kind (``constraint.unknown``), an unknown dimension
                (``constraint.dimension``), or what is not as it should be
                (``constraint.malformed``, ``constraint.zone``).
            Exceeded: too many constraints (``constraint.too_many``).
        """
        if not isinstance(data, Mapping):
            raise Invalid(
                "constraints are an object of arrays by dimension", code="constraint.malformed"
            )
        _check_count(len(data), DIMENSIONS_MAX, "dimensions")
        for dimension, several in data.items():
            if type(several) not in (list, tuple) or not several:
                raise Invalid(
                    f"the constraints on {str(dimension)[:80]!r} are no array, or an empty one",
                    code="constraint.malformed",
                )
            _check_count(len(several), CONSTRAINTS_MAX, "constraints on one dimension")
            for one in several:
                for value in one.values() if isinstance(one, Mapping) else ():
                    if isinstance(value, list | tuple):
                        _check_count(len(value), VALUES_MAX, "values of one constraint")
        return cls({d: tuple(map(read_constraint, several)) for d, several in data.items()})

    def __bool__(self) -> bool:
        return bool(self._constraints)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Envelope) and self._constraints == other._constraints

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(tuple(self._constraints.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"Envelope({self._constraints!r})"


def wider_together(mine: Sequence[Envelope], other: Envelope) -> tuple[str, ...]:
    """The dimensions in which several envelopes together are not known to be as strict as
    another.
    """

    def held(dimension: str) -> tuple[Constraint, ...]:
        return tuple(c for one in mine for c in one._constraints.get(dimension, ()))

    found = tuple(
        dimension
        for dimension, several in other._constraints.items()
        if not lattice.implies(held(dimension), several)
    )
    if found and any(lattice.is_empty(held(d)) for one in mine for d in one._constraints):
        return ()
    return found


def check_dimension(dimension: Any) -> str:
    """The dimension, if facts have it.

    Raises:
        Invalid: they do not (``constraint.dimension``).
    """
    is_text = isinstance(dimension, str) and len(dimension) <= DIMENSION_CHARS_MAX
    area, _, rest = dimension.partition(".") if is_text else ("", "", "")
    if is_text and dimension.isascii() and dimension.isprintable():
        if dimension in TEXT_DIMENSIONS or dimension == "time":
            return str(dimension)
        if area in ("args", "budget") and all(rest.split(".")):
            return str(dimension)
    raise Invalid(
        f"effects have no dimension {str(dimension)[:80]!r}",
        code="constraint.dimension",
        next_step=f"one of {', '.join(TEXT_DIMENSIONS)}, time, args.<parameter>, budget.<unit>",
    )


def _check_place(dimension: str, constraint: Constraint) -> None:
    check_dimension(dimension)
    if not is_known(constraint):
        raise Invalid(
            f"{type(constraint).__name__} on {dimension} is no kind of constraint",
            code="constraint.unknown",
        )
    if isinstance(constraint, Budget):
        fits = dimension == f"budget.{constraint.unit}"
    elif isinstance(constraint, Window):
        fits = dimension == "time"
    elif dimension in TEXT_DIMENSIONS:
        fits = isinstance(constraint, _OVER_TEXTS)
    else:
        fits = dimension.startswith("args.")
    if not fits and constraint != NOTHING:
        raise Invalid(
            f"a constraint of the kind {constraint.KIND} is not for {dimension}",
            code="constraint.dimension",
            next_step="window is for time, budget for budget.<its unit>; one_of, prefix and"
            " forbidden are for texts; the others for args.<parameter>",
        )


def _getter(dimension: str) -> Getter:
    area, _, rest = dimension.partition(".")
    if dimension == "time":
        return attrgetter("at_ms")
    if area == "budget":
        return lambda facts: facts.spends.get(rest, 0)
    if area != "args":
        return attrgetter(dimension)
    names = rest.split(".")
    if len(names) == 1:
        return lambda facts: facts.args.get(rest)

    def inner(facts: Facts) -> Any:
        value: Any = facts.args
        for name in names:
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    return inner


def _missing(dimension: str) -> Reason:
    facts = {"dimension": dimension}
    return Reason(code="policy.constraint", text=f"{dimension} is missing", facts=facts)


def _violation(dimension: str, constraint: Constraint) -> Reason:
    # The value itself stays out: reasons are recorded where arguments may be sealed.
    return Reason(
        code="policy.constraint",
        text=f"{dimension} {constraint.words}",
        facts={"dimension": dimension, "constraint": constraint.as_data()},
    )


def _check_count(count: int, most: int, what: str) -> None:
    if count > most:
        raise Exceeded(
            f"{count} {what}; there may be {most}", code="constraint.too_many", most=most
        )
