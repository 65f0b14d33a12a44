"""The one journal file behind a face, and appends to its streams from any thread or process."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.errors import Conflict
from tarl.integrations.orchestration.frozen import canonical
from tarl.journal.event import Event
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel.history import verified
from tarl.values.canonical import decode
from tarl.values.ids import DEFAULT_TENANT, RunId, encode_segment

APPENDS_MAX = 100
"""Attempts at an append while others take the same place: each failure is another's success."""

FACE = "orchestration"
"""Begins the names of this face's streams and of its workflows."""

JOURNAL_NAME = "tarl.db"


class Ledger:
    """A journal file, opened when it is first needed and closed when nobody holds the ledger.

    Args:
        path: The file; None keeps everything in memory, for a class that was given no place.
        clock: What the quotas' rates are measured by; the machine's when left out.
    """

    def __init__(self, path: Path | None, *, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.RLock()
        self._opened: Store | None = None

    @property
    def store(self) -> Store:
        """The journal behind the ledger."""
        with self._lock:
            if self._opened is None:
                self._opened = _open(self.path, self._clock)
                weakref.finalize(self, self._opened.close)
            return self._opened

    @contextmanager
    def held(self) -> Iterator[Store]:
        """The journal, for the calling thread alone."""
        with self._lock:
            yield self.store

    def another(self) -> Store:
        """A connection of its own for whoever works beside the ledger; the ledger's journal itself
        when that is in memory. Whoever asks closes what is not the ledger's.
        """
        return self.store if self.path is None else _open(self.path, self._clock)

    def append(self, stream: str, kind: str, body: Any) -> Event:
        """Append one event and return it as it was recorded; it is on disk then.

        Raises:
            BadValue: the body cannot be recorded; nothing was written.
            Unavailable: storage is locked, full or failing; nothing was written.
        """
        data = canonical(body, f"the body of {kind}")
        for attempt in range(APPENDS_MAX):
            try:
                return self._append_once(stream, kind, data)
            except Conflict as error:
                if error.code != "journal.position" or attempt + 1 == APPENDS_MAX:
                    raise
        raise AssertionError("unreachable")

    def read(self, stream: str, *, after: int = 0) -> list[Event]:
        """A stream's events after a position; read from its start, its chain is checked."""
        with self._lock:
            found = list(self.store.read(stream, after=after))
        return list(verified(stream, found)) if after == 0 else found

    def streams(self, prefix: str) -> list[str]:
        """Names of the streams that start with ``prefix``, in order."""
        with self._lock:
            return list(self.store.streams(prefix))

    def log(self, start: int) -> list[Event]:
        """Events of all streams from a place in the log on."""
        with self._lock:
            return list(self.store.read_log(start))

    def runs(self, workflow_id: str, *, last: int | None = None) -> list[tuple[RunId, str]]:
        """This face's runs of a workflow id with their status, the newest first."""
        where = {
            "tenant": DEFAULT_TENANT,
            "workflow_id": workflow_id,
            "workflow": wire_name(workflow_id),
        }
        with self._lock:
            found = self.store.scan("run", where, order_by="n", descending=True, limit=last)
            return [(RunId(DEFAULT_TENANT, workflow_id, r["n"]), r["status"]) for r in found]

    def latest(self, workflow_id: str) -> tuple[RunId, str] | None:
        """The latest run of a workflow id and its status, or None if it never ran."""
        return next(iter(self.runs(workflow_id, last=1)), None)

    def get(self, digest: str) -> bytes:
        """A large value of a run by its digest (hex)."""
        with self._lock:
            return self.store.blob(DEFAULT_TENANT, bytes.fromhex(digest))

    def _append_once(self, stream: str, kind: str, data: bytes) -> Event:
        with self._lock:
            store = self.store
            writer = StreamWriter(stream, tenant=DEFAULT_TENANT, codec=store.codec)
            head = store.head(stream)
            if head is not None:
                writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
            row = writer.append(kind, data, at_ms=SystemClock().now_ms())
            store.commit(Batch([row]))
            return next(store.read(stream, after=row.seq - 1, until=row.seq))


def wire_name(workflow_id: str) -> str:
    """The name under which the kernel knows a workflow of this face."""
    return f"{FACE}/{workflow_id}"


def stream_name(*parts: str) -> str:
    """A stream of this face: ``orchestration/default/...`` with encoded segments."""
    return "/".join((FACE, DEFAULT_TENANT, *map(encode_segment, parts)))


def body_of(event: Event) -> Any:
    """The body of one of this face's own events; None when it is erased."""
    return None if event.body is None else decode(event.body)


def _open(path: Path | None, clock: Clock | None) -> Store:
    from tarl.storage import COORDINATIONS, PROJECTIONS, open_store

    if path is None:
        return MemoryStore(
            origin="tarl/memory", projections=PROJECTIONS, coordinations=COORDINATIONS
        )

    path.parent.mkdir(parents=True, exist_ok=True)
    return open_store(path, clock=clock)
