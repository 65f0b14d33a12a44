"""The seed's blackboard: a value that contributions change, each kept with its version.

In an execution it is a variable of the run, which every replay fills again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tarl.agents.patterns.board import Board, Entry
from tarl.agents.roles import Contribution
from tarl.integrations.trust.refusals import TrustDenied, translated


class Blackboard:
    """What agents write to, and all can read.

    Args:
        initial_state: The problem; an object's members are there from the start.
        writers: Keys that each agent may write, by its id; everybody everything when None.
    """

    def __init__(
        self, initial_state: Any = None, *, writers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.initial_state = initial_state
        self._board = Board(writers)

    @property
    def state(self) -> dict[str, Any]:
        """The initial state with the newest value of each key."""
        first = self.initial_state
        before = dict(first) if isinstance(first, Mapping) else {"problem": first}
        return {**before, **self._board.values}

    @property
    def version(self) -> int:
        """How many contributions were taken."""
        return self._board.version

    @property
    def entries(self) -> list[Entry]:
        """What was written, in order."""
        return list(self._board.entries)

    def update(self, contribution: Contribution | Mapping[str, Any], *, by: str = "") -> int:
        """Write a contribution; the version that it makes.

        Raises:
            TrustDenied: its writer has no right to the key, or it rests on an older version.
        """
        with translated():
            said = msgspec.convert(contribution, Contribution, from_attributes=True)
        if not self._board.add(said, by=by, turn=self.version + 1):
            refusal = self._board.refusals[-1]
            raise TrustDenied(refusal.why, code="blackboard.refused", key=refusal.key, by=by)
        return self.version
