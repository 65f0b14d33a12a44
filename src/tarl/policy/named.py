"""Constraints by name: what a name in a delegation (``read_only``) means, as typed constraints.

A name that nobody registered is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tarl.errors import Conflict, Invalid
from tarl.policy.constraint import OneOf, Prefix
from tarl.policy.envelope import Envelope
from tarl.values.ids import check_name

NAMED: Mapping[str, Envelope] = {
    "read_only": Envelope({"access": OneOf(("read",))}),
    "text_output_only": Envelope({"output": OneOf(("text",))}),
    "blackboard_write_only": Envelope({"action": Prefix(("blackboard.",))}),
}
"""The names that every registry begins with."""


class NamedConstraints:
    """A registry of names."""

    def __init__(self, named: Mapping[str, Envelope] = NAMED) -> None:
        self._named = dict(named)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are known, in order."""
        return tuple(sorted(self._named))

    def register(self, name: str, envelope: Envelope) -> None:
        """Give a name a meaning. What a name means never changes.

        Raises:
            Conflict: it means something else already (``constraint.named``).
            Invalid: no name (``id.*``).
        """
        known = self._named.setdefault(check_name(name, "name of the constraint"), envelope)
        if known != envelope:
            raise Conflict(
                f"the constraint {name!r} means something else already",
                code="constraint.named",
                next_step="choose another name: delegations hold this one",
                name=name,
            )

    def envelope(self, names: Iterable[str]) -> Envelope:
        """What all the names demand together.

        Raises:
            Invalid: nobody registered one of them (``constraint.unknown``).
        """
        return Envelope().meet(*map(self._meaning, names))

    def _meaning(self, name: str) -> Envelope:
        envelope = self._named.get(name) if isinstance(name, str) else None
        if envelope is None:
            raise Invalid(
                f"no constraint is named {str(name)[:80]!r}",
                code="constraint.unknown",
                next_step=f"one of {', '.join(self.names)}; or register it",
                name=str(name)[:80],
            )
        return envelope
