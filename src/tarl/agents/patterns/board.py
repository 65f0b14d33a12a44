"""A blackboard: entries that are only ever added, each by somebody who may write its key.

1. An entry is never changed or removed; a key's value is that of its newest entry.
2. An entry is written by who may write its key, and on the version of the key that its writer saw
   (``based_on``), or it is refused; what is refused is kept, with why.
3. Versions count entries: the board's, and of each key the version at which it was last written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tarl.agents.roles import Contribution
from tarl.errors import Invalid
from tarl.policy.capability import is_within_resource

KEY_CHARS_MAX = 512


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote.

    Attributes:
        version: The board's, from 1.
        key: What it is about.
        value: What is said.
        type: What kind of contribution it is.
        by: Who wrote it.
        turn: In which turn.
    """

    version: int
    key: str
    value: Any
    type: str
    by: str
    turn: int


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wanted to write, and why it is not on the board."""

    key: str
    by: str
    turn: int
    why: str


class Board:
    """Entries in order, and who may write what.

    Args:
        writers: Keys that each agent may write, by its id: exact, all below one (``plan/*``), or
            ``*``. Everybody may write everything when None.
    """

    def __init__(self, writers: Mapping[str, Sequence[str]] | None = None) -> None:
        self.entries: list[Entry] = []
        self.refusals: list[Refusal] = []
        self._newest: dict[str, Entry] = {}
        self._writers = writers

    @property
    def version(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    @property
    def values(self) -> dict[str, Any]:
        """The newest value of each key, in the order in which keys were first written."""
        return {key: entry.value for key, entry in self._newest.items()}

    @property
    def shown(self) -> dict[str, Any]:
        """The newest entry of each key, as agents are told."""
        return {
            key: {"value": e.value, "version": e.version, "by": e.by, "type": e.type}
            for key, e in self._newest.items()
        }

    def version_of(self, key: str) -> int:
        """The version at which a key was last written; 0 if never."""
        newest = self._newest.get(key)
        return 0 if newest is None else newest.version

    def may_write(self, agent: str, key: str) -> bool:
        """Whether an agent has the right to a key."""
        if self._writers is None:
            return True
        return any(is_within_resource(key, own) for own in self._writers.get(agent, ()))

    def add(self, said: Contribution, *, by: str, turn: int) -> bool:
        """Write a contribution, or refuse it; whether it is on the board."""
        why = self._against(said, by)
        if why is not None:
            self.refusals.append(Refusal(key=said.key, by=by, turn=turn, why=why))
            return False
        entry = Entry(
            version=self.version + 1,
            key=said.key,
            value=said.value,
            type=said.type,
            by=by,
            turn=turn,
        )
        self.entries.append(entry)
        self._newest[said.key] = entry
        return True

    def refuse(self, why: str, *, by: str, turn: int, key: str = "") -> None:
        """Keep what cannot be written at all."""
        self.refusals.append(Refusal(key=key, by=by, turn=turn, why=why))

    def _against(self, said: Contribution, by: str) -> str | None:
        if not 0 < len(said.key) <= KEY_CHARS_MAX:
            return f"a key has 1 to {KEY_CHARS_MAX} characters"
        if not self.may_write(by, said.key):
            return f"{by} may not write {said.key}"
        stands = self.version_of(said.key)
        if said.based_on is not None and said.based_on != stands:
            return f"it is based on version {said.based_on} of {said.key}, which is at {stands}"
        return None


def check_writers(writers: Mapping[str, Sequence[str]], agents: Sequence[str]) -> None:
    """Refuse rights of somebody who is not there: a misspelt name would silently have none.

    Raises:
        Invalid: ``blackboard.writers``.
    """
    strangers = [id for id in writers if id not in agents]
    if strangers:
        raise Invalid(
            f"{strangers[0]!r} may write, but is no specialist of this blackboard",
            code="blackboard.writers",
            next_step=f"one of {', '.join(agents)}",
            agent=strangers[0],
        )
