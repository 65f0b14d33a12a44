"""The log's part in the fullest verification: every record is in the log that was signed.

1. Each record's event follows from the event before it in its stream.
2. Its leaf leads to the root of the log as it is now.
3. That log continues the one of the newest checkpoint, whose signature is the log key's. Where no
   checkpoint has been signed yet, the answer says so.

Paths through the tree are hints, which the hashing proves or refutes; so they may be remembered for
as long as nobody has committed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tarl.crypto.note import VerifierKey, open_note, parse_checkpoint
from tarl.errors import Corrupt, TarlError
from tarl.journal.event import Event, leaf_hash
from tarl.journal.log import Log
from tarl.journal.merkle import batch_root, verify_consistency
from tarl.journal.store import Store

PATHS_REMEMBERED_MAX = 256


class Signed(NamedTuple):
    """A checkpoint whose signature verifies: a size and the root over so many events."""

    size: int
    root: bytes


class Inclusion:
    """Proofs that events are in the log.

    Args:
        store: The journal.
        log_key: Whose signature a checkpoint needs; None where nobody knows it, and then only the
            log's own hashes are compared.
        kept: The newest checkpoint that was kept away from the journal, or None.
    """

    def __init__(
        self,
        store: Store,
        *,
        log_key: VerifierKey | None = None,
        kept: Callable[[], str | None] | None = None,
    ) -> None:
        self._store = store
        self._log_key = log_key
        self._kept = kept or (lambda: None)
        self._revision = -1
        self._size = 0
        self._root = b""
        self._continues = ""
        self._paths: dict[tuple[int, ...], list[bytes]] = {}

    def check(self, events: Sequence[Event], revision: int) -> tuple[str, ...]:
        """Refuse events that are not in the log, or a log that does not continue the one signed.

        Args:
            events: Events that were checked against those before them.
            revision: The store's revision before they were read.

        Returns:
            What was checked, in words.

        Raises:
            Corrupt: ``log.inclusion``, ``log.consistency``, ``trust.rolled_back``.
        """
        if revision != self._revision:
            self._look(revision)
        leaves = sorted(
            {e.log_index: leaf_hash(e.digest, e.recorded_at_ms, e.observed) for e in events}.items()
        )
        indexes = tuple(index for index, _ in leaves)
        if indexes and indexes[-1] >= self._size:
            raise Corrupt("an event is not in the log yet", code="log.inclusion")
        path = self._paths.get(indexes)
        if path is None:
            if len(self._paths) >= PATHS_REMEMBERED_MAX:
                self._paths.clear()
            path = self._paths[indexes] = Log(self._store).inclusion(indexes, self._size)
        if batch_root(leaves, self._size, path) != self._root:
            raise Corrupt("a record's leaf does not lead to the log's root", code="log.inclusion")
        return (f"{len(leaves)} events in the log of {self._size}", self._continues)

    def _look(self, revision: int) -> None:
        self._revision = -1
        self._paths.clear()
        log = Log(self._store)
        self._size = log.size()
        self._root = log.root(self._size)
        self._continues = "no checkpoint has been signed: freshness not proved"
        for signed in self._checkpoints():
            if signed.size > self._size:
                raise Corrupt(
                    f"the journal holds {self._size} events, but {signed.size} were signed",
                    code="trust.rolled_back",
                    next_step="restore the newest copy of the journal",
                    size=self._size,
                    signed=signed.size,
                )
            if signed.size:
                verify_consistency(
                    old_size=signed.size,
                    old_root=signed.root,
                    size=self._size,
                    root=self._root,
                    proof=log.consistency(signed.size, self._size),
                )
            self._continues = f"it continues the log of {signed.size} that was signed"
        self._revision = revision

    def _checkpoints(self) -> list[Signed]:
        if self._log_key is None:
            return []
        notes = [checkpoint.note for checkpoint in self._store.checkpoints(limit=1)]
        kept = self._kept()
        found = []
        for note in dict.fromkeys([*notes, *([kept] if kept else [])]):
            try:
                text, _ = open_note(note, self._log_key)
                said = parse_checkpoint(text)
            except TarlError as error:
                raise Corrupt(
                    f"a checkpoint is not one of the log's: {error.message}",
                    code="trust.checkpoint",
                ) from None
            if said.origin != self._store.origin:
                raise Corrupt("a checkpoint is of another journal", code="trust.checkpoint")
            found.append(Signed(said.size, said.root))
        return sorted(found)
