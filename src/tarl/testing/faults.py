"""A store that fails on purpose, by a seed: full disk, lock, error, commit of unknown outcome.

``FaultyStore`` wraps any store and keeps its laws: a commit that fails by ``disk_full``, ``locked``
or ``io`` wrote nothing; one that fails by ``unknown`` wrote everything and says that it failed, as
when the power fails between the disk and the answer; ``crash_before`` and ``crash_after`` end the
process there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from tarl.errors import TarlError, Unavailable
from tarl.journal.event import Event
from tarl.journal.projection import Record
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Checkpoint, Head, Store

Fault = Literal["disk_full", "locked", "io", "unknown", "crash_before", "crash_after"]

_FAILURES: dict[Fault, tuple[str, str]] = {
    "disk_full": ("journal.disk_full", "no space left to write the journal"),
    "locked": ("journal.locked", "the journal is locked by another process"),
    "io": ("journal.io", "writing the journal failed"),
    "unknown": ("journal.io", "writing the journal failed, or only its answer was lost"),
}


class Crash(KeyboardInterrupt):
    """The process dies here.

    A ``KeyboardInterrupt``, because that alone passes through asyncio and through every handler.
    """


class Faults:
    """Which commits fail, drawn from a seed.

    Args:
        seed: The same seed draws the same faults.
        rates: Probability of each fault at each commit; what is left out never happens.
    """

    def __init__(self, seed: int, rates: Mapping[Fault, float]) -> None:
        self._random = random.Random(seed)
        self._rates = dict(rates)

    def draw(self) -> Fault | None:
        """The fault of the next commit, or None."""
        at = self._random.random()
        for fault, rate in self._rates.items():
            at -= rate
            if at < 0:
                return fault
        return None


class FaultyStore:
    """A store of which some commits fail.

    Args:
        store: The store that does the work.
        faults: Which commits fail.
        on_commit: Told of each batch that reached the disk, whatever its writer hears.

    Attributes:
        drawn: How often each fault has happened.
        is_dead: Whether the process has crashed; nothing works on this store any more.
    """

    def __init__(
        self, store: Store, faults: Faults, *, on_commit: Callable[[Batch], None] | None = None
    ) -> None:
        self.codec = store.codec
        self.drawn: dict[Fault, int] = {}
        self.is_dead = False
        self._store = store
        self._faults = faults
        self._on_commit = on_commit

    @property
    def origin(self) -> str:
        return self._store.origin

    def kill(self) -> None:
        """Let the process die here.

        Raises:
            Crash: always.
        """
        self.is_dead = True
        raise Crash

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        fault = self._before()
        self._store.commit(batch, wait_ms=wait_ms)
        if self._on_commit is not None:
            self._on_commit(batch)
        self._after(fault)

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        fault = self._before()
        refusals = self._store.commit_each(batches, wait_ms=wait_ms)
        if self._on_commit is not None:
            for batch, refusal in zip(batches, refusals, strict=True):
                if refusal is None:
                    self._on_commit(batch)
        self._after(fault)
        return refusals

    def take_over(self, stream: str) -> int:
        fault = self._before()
        epoch = self._store.take_over(stream)
        self._after(fault)
        return epoch

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        fault = self._before()
        self._store.keep_checkpoint(checkpoint, nodes)
        self._after(fault)

    def _before(self) -> Fault | None:
        self._check_alive()
        fault = self._faults.draw()
        if fault is not None:
            self.drawn[fault] = self.drawn.get(fault, 0) + 1
        if fault == "crash_before":
            self.kill()
        if fault in ("disk_full", "locked", "io"):
            raise _failure(fault)
        return fault

    def _after(self, fault: Fault | None) -> None:
        if fault == "crash_after":
            self.kill()
        if fault == "unknown":
            raise _failure(fault)

    def _check_alive(self) -> None:
        if self.is_dead:
            raise Crash

    # --- reading: as the store does it

    def streams(self, prefix: str = "") -> Iterator[str]:
        return self._store.streams(prefix)

    def head(self, stream: str) -> Head | None:
        return self._store.head(stream)

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        return self._store.read(stream, after=after, until=until)

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        return self._store.read_kind(stream, kind)

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        return self._store.read_log(start, stop)

    def announced(self, start: int) -> list[tuple[int, str]]:
        return self._store.announced(start)

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        return self._store.leaf_data(start, stop)

    def log_size(self) -> int:
        return self._store.log_size()

    def at_one_moment(self) -> AbstractContextManager[None]:
        return self._store.at_one_moment()

    def blob(self, tenant: str, digest: bytes) -> bytes:
        return self._store.blob(tenant, digest)

    def get(self, table: str, *key: Any) -> Record | None:
        return self._store.get(table, *key)

    def scan(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        at_most: Mapping[str, Any] | None = None,
        order_by: str | tuple[str, ...] = (),
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]:
        return self._store.scan(
            table, where, at_most=at_most, order_by=order_by, descending=descending, limit=limit
        )

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        return self._store.count(table, where)

    def revision(self) -> int:
        return self._store.revision()

    def foreign_revision(self) -> int:
        return self._store.foreign_revision()

    def foreign_tables_revision(self) -> int:
        return self._store.foreign_tables_revision()

    def projected(self) -> int:
        return self._store.projected()

    def tables_revision(self) -> int:
        return self._store.tables_revision()

    def log_node(self, height: int, index: int) -> bytes | None:
        return self._store.log_node(height, index)

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        return self._store.log_nodes()

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        return self._store.checkpoints(published=published, limit=limit)

    def close(self) -> None:
        self._store.close()


def _failure(fault: Fault) -> TarlError:
    code, text = _FAILURES[fault]
    return Unavailable(text, code=code, next_step="try again")
