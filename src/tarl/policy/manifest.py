"""A workflow's manifest: what its calls may need, declared before it runs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tarl.policy.capability import holds


class Manifest(msgspec.Struct, frozen=True):
    """Patterns of actions. A text that is no pattern holds the need of the same text, and no
    other.
    """

    patterns: frozenset[str]

    def holds(self, need: str) -> bool:
        """Whether a need is covered, by its name or by a wider pattern."""
        return holds(self.patterns, need)

    def outside(self, needs: Iterable[str]) -> tuple[str, ...]:
        """The needs that it does not hold, in order."""
        return tuple(sorted(need for need in set(needs) if not holds(self.patterns, need)))
