"""Many batches, one commit: what is asked for in one turn of the loop reaches the disk together.

Each batch stays all or nothing by itself, and learns its own refusal.
"""

from __future__ import annotations

import asyncio
import random

from tarl.errors import TarlError, Unavailable
from tarl.journal.store import Batch, Store

LOCKED_WAIT_S_MAX = 30.0
"""How long another process may hold the file before those that wait are told."""

BATCHES_MAX = 1_000
"""Batches of one transaction, so that other processes get their turn."""


class GroupCommitter:
    """Commits for the callers of one event loop.

    While another process holds the file, the commit is tried again without blocking the loop.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._pending: list[tuple[Batch, asyncio.Future[None]]] = []
        self._asked = False
        self._locked_since: float | None = None

    async def commit(self, batch: Batch) -> None:
        """Have a batch on disk.

        Raises:
            Conflict: as ``Store.commit``; so for its other refusals.
            Unavailable: storage is locked, full or failing.
        """
        done: asyncio.Future[None] = self._loop.create_future()
        self._pending.append((batch, done))
        self._ask()
        await done

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._asked = False
        pending, self._pending = self._pending[:BATCHES_MAX], self._pending[BATCHES_MAX:]
        if self._pending:
            self._ask()
        try:
            refusals = self._store.commit_each([batch for batch, _ in pending], wait_ms=0)
        except Unavailable as error:
            if error.code == "journal.locked" and self._may_wait():
                self._pending = pending + self._pending
                self._loop.call_later(random.uniform(0.0005, 0.01), self._ask)
                return
            _fail(pending, error)
        except Exception as error:
            _fail(pending, error)
        else:
            self._locked_since = None
            for (_, done), refusal in zip(pending, refusals, strict=True):
                if not done.done():
                    _settle(done, refusal)

    def _may_wait(self) -> bool:
        now = self._loop.time()
        if self._locked_since is None:
            self._locked_since = now
        return now - self._locked_since < LOCKED_WAIT_S_MAX


def _settle(done: asyncio.Future[None], refusal: TarlError | None) -> None:
    if refusal is None:
        done.set_result(None)
    else:
        done.set_exception(refusal)


def _fail(pending: list[tuple[Batch, asyncio.Future[None]]], error: Exception) -> None:
    for _, done in pending:
        if not done.done():
            done.set_exception(error)
