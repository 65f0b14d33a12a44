"""Batches of one turn of the loop as one batch, as long as none of them is refused.

A savepoint for each batch costs a fifth of a task's time, and hardly any batch is refused. So they
are tried as one, each asking its questions after the changes of those before it; only when one is
refused is each committed by itself, to learn which. What the batches' changes tell their makers
must therefore be what the last call says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from tarl.errors import Refused, TarlError
from tarl.journal.projection import Change, Tables
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Store


class Merging:
    """The part of a store that a ``GroupCommitter`` uses.

    Args:
        store: The journal.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        """As ``Store.commit_each``."""
        if len(batches) > 1:
            try:
                self._store.commit(_merged(batches), wait_ms=wait_ms)
            except Refused:
                pass  # by whom, the store finds out below
            else:
                return [None] * len(batches)
        return self._store.commit_each(batches, wait_ms=wait_ms)


def _merged(batches: Sequence[Batch]) -> Batch:
    return Batch(
        list(chain.from_iterable(batch.rows for batch in batches)),
        list(chain.from_iterable(batch.blobs for batch in batches)),
        changes=[_asked_then_changed(batch) for batch in batches],
    )


def _asked_then_changed(batch: Batch) -> Change:
    """The questions of a batch are asked in its turn; none of the queue's asks about its own
    facts.
    """

    def change(tables: Tables) -> None:
        for guard in batch.guards:
            guard(tables)
        for each in batch.changes:
            each(tables)

    return change
