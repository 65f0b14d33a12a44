"""A store that fails on purpose, by a seed: full disk, lock, error, commit of unknown outcome.

``FaultyStore`` wraps any store and keeps its laws: a commit that fails by ``disk_full``, ``locked``
or ``io`` wrote nothing; one that fails by ``unknown`` wrote everything and says that it failed, as
when the power fails between the disk and the answer; ``crash_before`` and ``crash_after`` end the
process there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from tarl.errors import TarlError, Unavailable
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Checkpoint, Store
from tarl.tenancy.passing import PassingStore

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


class FaultyStore(PassingStore):
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
        super().__init__(store)
        self.drawn: dict[Fault, int] = {}
        self.is_dead = False
        self._faults = faults
        self._on_commit = on_commit

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


def _failure(fault: Fault) -> TarlError:
    code, text = _FAILURES[fault]
    return Unavailable(text, code=code, next_step="try again")
