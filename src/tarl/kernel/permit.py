"""Leave for one attempt at one effect: given by the gate, used once, good for a moment.

The permit holds whom and what it was given for; the gateway compares that with what is about to be
done. What an agent was permitted and what came of it are its deeds, which a notary signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

import msgspec

from tarl.errors import Denied, Missing
from tarl.journal.event import Row
from tarl.kernel.effect import Effect
from tarl.values.verdict import Reason


class Permit(msgspec.Struct, eq=False, weakref=True):
    """A gate's leave, made by a gateway alone.

    Attributes:
        effect: What may be done.
        attempt: At which attempt.
        grounds: Why: the reasons of the verdict.
        given_at_s: When, by the gateway's clock.
        has_waited: Whether something lay between the verdict and the effect.
    """

    _mint: object
    effect: Effect
    attempt: int
    grounds: tuple[Reason, ...]
    given_at_s: float
    has_waited: bool = False
    _is_used: bool = False

    def use(self, mint: object, effect: Effect, attempt: int) -> None:
        """Take the leave.

        Raises:
            Denied: somebody else made it, it is for another effect or attempt, or it was used
                (``permit.unfit``).
        """
        fits = self.effect is effect and self.attempt == attempt
        if self._mint is not mint or self._is_used or not fits:
            raise Denied(
                f"{effect.activity.name}: the permit is used, or not for this attempt",
                code="permit.unfit",
                next_step="ask the gate again: a permit is good for one attempt at one effect",
            )
        self._is_used = True


class Deed(msgspec.Struct, frozen=True, eq=False):
    """What an agent was permitted, and, once it is known, the event that says what came of it.

    ``may_have_happened`` is of an attempt that failed and may have taken effect all the same.
    """

    permit: Permit
    kind: str | None = None
    body: bytes | None = None
    may_have_happened: bool = False

    @property
    def body_digest(self) -> str:
        """SHA-256 of the event's body, in hex."""
        return sha256(self.body or b"").hexdigest()


class Notary(Protocol):
    """Signs the deeds of agents, one signature for each agent and commit."""

    def sign(self, deeds: Sequence[Deed]) -> list[Row]:
        """The rows to commit together with what the deeds are about.

        Raises:
            Missing: the key of an agent is not here.
        """

    def committed(self) -> None:
        """The rows that were asked for last are on disk."""

    def forget(self) -> None:
        """They are not: another process has written to their streams, or the commit failed."""


class NoNotary:
    """For runtimes in which nobody acts for an agent."""

    def sign(self, deeds: Sequence[Deed]) -> list[Row]:
        """Refuse.

        Raises:
            Missing: nobody's key is here (``trust.no_notary``).
        """
        raise Missing(
            "an agent acted in a runtime that has no agents' keys",
            code="trust.no_notary",
            next_step="open the runtime with tarl.open, which joins trust to the gateway",
        )

    def committed(self) -> None:
        """Nothing was signed."""

    def forget(self) -> None:
        """Nothing was signed."""
