"""Grants: authority as a value, whether it allows an effect, and whether it is within another's.

1. What no grant covers is denied. Where several grants cover an effect, one of them is enough; the
   envelope of the whole must admit it in any case.
2. ``child.within(parent)`` is empty only if whatever the child allows, the parent allows too. It
   is refused where only several grants of the parent together would cover one of the child's.
3. ``child.meet(parent)`` allows exactly what both allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.policy.capability import (
    ANYTHING,
    check_action_pattern,
    check_resource_pattern,
    is_action,
    is_resource,
    overlap,
    patterns_over,
)
from tarl.policy.constraint import Constraint, OneOf, Prefix
from tarl.policy.envelope import Envelope, wider_together
from tarl.policy.facts import Facts
from tarl.values.verdict import Allow, Deny, Reason, Verdict

GRANTS_MAX = 4_096
REASONS_MAX = 16
"""Of a refusal: a person reads them."""

_REMEMBERED = 8_192


class Grant(msgspec.Struct, frozen=True):
    """One action, or several, on one resource, or several, under constraints.

    Raises:
        Invalid: a malformed pattern (``capability.pattern``, ``capability.resource``).
    """

    action: str
    resource: str = ANYTHING
    constraints: Envelope = Envelope()

    def __post_init__(self) -> None:
        check_action_pattern(self.action)
        check_resource_pattern(self.resource)

    @property
    def text(self) -> str:
        """The grant for a person, without its constraints."""
        return self.action if self.resource == ANYTHING else f"{self.action} on {self.resource}"

    def as_data(self) -> dict[str, Any]:
        """The grant as a JSON object."""
        return {
            "action": self.action,
            "resource": self.resource,
            "constraints": self.constraints.as_data(),
        }

    @classmethod
    def from_data(cls, data: Any) -> Grant:
        """The grant of a JSON object; resource and constraints may be left out.

        Raises:
            Invalid: ``grant.malformed``, or as ``Grant`` and ``Envelope.from_data``.
        """
        members = set(data) if isinstance(data, Mapping) else set()
        if "action" not in members or not members <= {"action", "resource", "constraints"}:
            raise Invalid(
                "a grant is an object of action, resource and constraints",
                code="grant.malformed",
            )
        constraints = Envelope.from_data(data.get("constraints", {}))
        return cls(data["action"], data.get("resource", ANYTHING), constraints)


class Entry(NamedTuple):
    """A grant, ready to be asked."""

    grant: Grant
    is_plain: bool
    allowed: Allow


class Grants:
    """Grants and the envelope of the whole, frozen and indexed.

    Raises:
        Exceeded: too many (``grant.too_many``).
    """

    __slots__ = ("_index", "envelope", "grants")

    def __init__(self, grants: Iterable[Grant] = (), envelope: Envelope | None = None) -> None:
        self.grants = tuple(grants)
        self.envelope = Envelope() if envelope is None else envelope
        if len(self.grants) > GRANTS_MAX:
            raise Exceeded(
                f"{len(self.grants)} grants; there may be {GRANTS_MAX}",
                code="grant.too_many",
                next_step="grant a pattern instead of each of its names",
            )
        index: dict[str, dict[str, list[Entry]]] = {}
        for grant in self.grants:
            entry = Entry(grant, not grant.constraints, _allowed(grant))
            index.setdefault(grant.action, {}).setdefault(grant.resource, []).append(entry)
        self._index = index

    # --- an effect

    def allows(self, facts: Facts) -> Verdict:
        """Allow with the grant that covers it (``policy.granted``), or Deny with what is missing.

        The reasons of a denial: ``policy.no_grant``, ``policy.constraint``, ``policy.facts``.
        """
        entry = self._entry(facts)
        if entry is not None and self.envelope.admits(facts):
            return entry.allowed
        return Deny(self._why_not(facts))

    def grant_for(self, facts: Facts) -> Grant | None:
        """The grant that covers an effect, the narrowest first; None when it is denied."""
        entry = self._entry(facts)
        return entry.grant if entry is not None and self.envelope.admits(facts) else None

    def covering(self, action: str, resource: str) -> list[Grant]:
        """The grants whose patterns cover an action on a resource, the narrowest first."""
        return [
            entry.grant
            for by_resource in self._tables(action)
            for pattern in _scopes(resource, "/")
            for entry in by_resource.get(pattern, ())
        ]

    def _entry(self, facts: Facts) -> Entry | None:
        index = self._index
        for action in _scopes(facts.action, "."):
            by_resource = index.get(action)
            if by_resource is None:
                continue
            for resource in _scopes(facts.resource, "/"):
                for entry in by_resource.get(resource, ()):
                    if entry.is_plain or entry.grant.constraints.admits(facts):
                        return entry
        return None

    def _tables(self, action: str) -> Iterable[Mapping[str, list[Entry]]]:
        return [self._index[a] for a in _scopes(action, ".") if a in self._index]

    def _why_not(self, facts: Facts) -> tuple[Reason, ...]:
        for name, what in ((facts.action, "action"), (facts.resource, "resource")):
            if not _scopes(name, "." if what == "action" else "/"):
                text = f"{name[:80]!r} is not the name of any {what}"
                return (Reason(code="policy.facts", text=text, facts={"dimension": what}),)
        grants = self.covering(facts.action, facts.resource)
        if not grants:
            text = f"nothing grants {facts.action} on {facts.resource}"
            named = {"action": facts.action, "resource": facts.resource}
            return (Reason(code="policy.no_grant", text=text, facts=named),)
        found = list(self.envelope.violations(facts))
        asked = grants if self._entry(facts) is None else []
        for reason in (reason for grant in asked for reason in grant.constraints.violations(facts)):
            if len(found) >= REASONS_MAX:
                break
            if reason not in found:
                found.append(reason)
        return tuple(found[:REASONS_MAX])

    # --- other grants

    def within(self, parent: Grants) -> tuple[Reason, ...]:
        """Why these grants are not known to be within others; empty if they are.

        The reasons' code is ``policy.wider``.
        """
        found: list[Reason] = []
        for position, grant in enumerate(self.grants):
            reason = self._wider(grant, position, parent)
            if reason is not None:
                found.append(reason)
                if len(found) == REASONS_MAX:
                    break
        return tuple(found)

    def _wider(self, grant: Grant, position: int, parent: Grants) -> Reason | None:
        """Why one grant is not within the parent's; None if it is."""
        around = parent._around(grant)
        if any(self._is_plainly_within(grant, other, parent) for other in around):
            return None
        mine = (grant.constraints, self.envelope, _implied(grant.action, grant.resource))
        dimensions: tuple[str, ...] | None = None
        for other in around:
            asked = (other.constraints, parent.envelope)
            wider = [dimension for one in asked for dimension in wider_together(mine, one)]
            if not wider:
                return None
            if dimensions is None or len(wider) < len(dimensions):
                dimensions = tuple(dict.fromkeys(wider))
        facts: dict[str, Any] = {"grant": position, "action": grant.action}
        facts |= {"resource": grant.resource, "dimensions": list(dimensions or ())}
        if dimensions is None:
            text = f"nothing grants {grant.text}"
        else:
            text = f"{grant.text} is granted under stricter constraints on {', '.join(dimensions)}"
        return Reason(code="policy.wider", text=text, facts=facts)

    def _is_plainly_within(self, grant: Grant, other: Grant, parent: Grants) -> bool:
        """Whether it needs no thought: the parent asks for nothing, or for the same."""
        return (not other.constraints or other.constraints == grant.constraints) and (
            not parent.envelope or parent.envelope == self.envelope
        )

    def _around(self, grant: Grant) -> list[Grant]:
        """The grants whose patterns are as wide as those of one, or wider."""
        actions = (grant.action, *patterns_over(grant.action, "."))
        resources = (grant.resource, *patterns_over(grant.resource, "/"))
        return [
            entry.grant
            for action in actions
            for resource in resources
            for entry in self._index.get(action, {}).get(resource, ())
        ]

    def meet(self, other: Grants) -> Grants:
        """The grants that allow exactly what both do.

        Raises:
            Exceeded: they are too many (``grant.too_many``).
        """
        met: dict[Grant, None] = {}
        for mine in self.grants:
            for theirs in other.grants:
                action = overlap(mine.action, theirs.action, ".")
                resource = overlap(mine.resource, theirs.resource, "/")
                if action is not None and resource is not None:
                    both = mine.constraints.meet(theirs.constraints)
                    met[Grant(action, resource, both)] = None
        return Grants(met, self.envelope.meet(other.envelope))

    # --- as a value

    def as_data(self) -> dict[str, Any]:
        """The grants and the envelope as JSON."""
        return {
            "grants": [grant.as_data() for grant in self.grants],
            "envelope": self.envelope.as_data(),
        }

    @classmethod
    def from_data(cls, grants: Any, envelope: Any = None) -> Grants:
        """The grants of a JSON array, with the envelope of a JSON object.

        Raises:
            Invalid: ``grant.malformed``, or as ``Grant.from_data``.
            Exceeded: too many (``grant.too_many``).
        """
        if type(grants) not in (list, tuple):
            raise Invalid("grants are an array of objects", code="grant.malformed")
        if len(grants) > GRANTS_MAX:
            return cls(Grant(ANYTHING) for _ in grants)  # refused there
        return cls(map(Grant.from_data, grants), Envelope.from_data(envelope or {}))

    def __bool__(self) -> bool:
        return bool(self.grants)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grants) and (self.grants, self.envelope) == (
            other.grants,
            other.envelope,
        )

    def __hash__(self) -> int:
        return hash((self.grants, self.envelope))

    def __repr__(self) -> str:
        return f"Grants({self.grants!r}, {self.envelope!r})"


def _allowed(grant: Grant) -> Allow:
    named = {"action": grant.action, "resource": grant.resource}
    text = f"granted: {grant.text}"
    return Allow((Reason(code="policy.granted", text=text, facts=named),))


@lru_cache(maxsize=_REMEMBERED)
def _implied(action: str, resource: str) -> Envelope:
    """What a grant's patterns say of an effect's action and resource, as constraints."""
    implied: dict[str, Constraint] = {}
    for dimension, pattern in (("action", action), ("resource", resource)):
        if pattern.endswith(ANYTHING):
            if pattern != ANYTHING:
                implied[dimension] = Prefix((pattern[:-1],))
        else:
            implied[dimension] = OneOf((pattern,))
    return Envelope(implied)


@lru_cache(maxsize=_REMEMBERED)
def _scopes(name: str, separator: str) -> tuple[str, ...]:
    """A name and the patterns that cover it, the narrowest first; none for what is no name."""
    is_name = is_action(name) if separator == "." else is_resource(name)
    return (name, *patterns_over(name, separator)) if is_name else ()
