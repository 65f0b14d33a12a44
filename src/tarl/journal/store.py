"""The port that every store fills, and the batch it commits.

Laws of a store (``tests/conformance/test_stores.py`` holds each store to them):
1. A commit is all or nothing, over every stream in it.
2. A row whose position is not the next of its stream is a Conflict, and nothing is written.
3. A writer whose ownership epoch has passed is a Conflict, and nothing is written.
4. What was committed is read back bytewise, by any process, after any crash.
5. Readers never block the writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, runtime_checkable

from tarl.errors import TarlError
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event, Row
from tarl.journal.projection import Change, Guard, Record

RARE_KINDS = ("patch.marked/1",)
"""Kinds that are looked up by kind, before a stream is read from its start."""

ANNOUNCED_KINDS = (
    "signal.sent/1",
    "update.sent/1",
    "cancel.sent/1",
    "terminate.sent/1",
    "approval.ended/1",
)
"""Kinds that somebody waits for without knowing in which stream they will come."""

COMMIT_WAIT_MS = 5_000
"""How long a commit waits for another process's commit, which takes milliseconds, unless told
otherwise.
"""


class Head(NamedTuple):
    """Where a stream ends: its length, its last digest and the time of its last event."""

    seq: int
    digest: bytes
    recorded_at_ms: int


class Batch(NamedTuple):
    """What one commit writes, and what must hold before it does.

    ``blobs`` are stored by digest. ``epochs`` names the ownership under which a stream is written;
    streams that are not in it are written by position alone. ``guards`` are asked before anything
    is written, ``changes`` are made after it, all in the one transaction. ``tables`` is the
    ``foreign_tables_revision`` that the batch rests upon: a store that answers from what it has
    heard refuses the batch where that has become another one.
    """

    rows: Sequence[Row]
    blobs: Sequence[tuple[bytes, Stored]] = ()
    epochs: Mapping[str, int] = {}
    guards: Sequence[Guard] = ()
    changes: Sequence[Change] = ()
    tables: int | None = None


class Checkpoint(NamedTuple):
    """A signed note over the log's first ``size`` events; published once somebody outside may hold
    it.
    """

    size: int
    note: str
    signed_at_ms: int
    published: bool


class Store(Protocol):
    """A journal's storage; positions in the log count from 0 over all streams."""

    codec: Codec

    @property
    def origin(self) -> str:
        """The journal's name in its checkpoints, drawn when it was made."""

    def streams(self, prefix: str = "") -> Iterator[str]:
        """Names of the streams that start with ``prefix``, in order."""

    def head(self, stream: str) -> Head | None:
        """Where the stream ends, or None when it has no event."""

    def take_over(self, stream: str) -> int:
        """A new ownership epoch for the stream: earlier holders' commits are refused from now
        on.
        """

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        """Write a batch, waiting at most ``wait_ms`` for another process that is writing.

        Raises:
            Conflict: a position, an epoch or a revision has passed (``journal.position``,
                ``journal.epoch``, ``journal.tables``).
            Refused: whatever a guard raises.
            Unavailable: storage is locked, full or failing; nothing was written.
        """

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        """Write batches that have nothing to do with one another to the disk at once, each all or
        nothing and after the one before; why each was refused, or None where it was written.

        Raises:
            Unavailable: storage is locked, full or failing; nothing of any was written.
        """

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """The stream's events with ``after < seq <= until``, oldest first, streaming."""

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        """The stream's events of one of ``RARE_KINDS``, at a cost that ignores the other events."""

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        """Events of all streams with ``start <= index < stop``, in the log's order."""

    def announced(self, start: int) -> list[tuple[int, str]]:
        """Log index and stream of the events of ``ANNOUNCED_KINDS`` from an index on, at a cost
        that ignores the other events.
        """

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        """Digest, time and observation of the events with ``start <= index < stop``, which is what
        their leaves hash.
        """

    def log_size(self) -> int:
        """How many events the log holds."""

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Everything read inside is as it was when the first of it was read; nothing is written
        inside.
        """

    def blob(self, tenant: str, digest: bytes) -> bytes:
        """The content under a digest.

        Raises:
            Missing: no such blob, or the key that sealed it is gone.
            Corrupt: the stored bytes do not have this digest.
        """

    def get(self, table: str, *key: Any) -> Record | None:
        """One projected record by its key."""

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
        """Records of a projected or coordination table; see ``Tables.scan``."""

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        """How many records equal ``where``."""

    def revision(self) -> int:
        """A number that is another one after anybody, in any process, has committed something."""

    def foreign_revision(self) -> int:
        """As ``revision``, which commits through this store may leave as it is."""

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        """As ``foreign_revision``, which commits that concern no table may leave as it is.

        Where a server would have to be asked, what it has told this store ``since`` an instant of
        ``time.monotonic``, with an answer to something else, is good enough.
        """

    @property
    def projected(self) -> int:
        """How many events that concern a projection were committed through this store."""

    def tables_revision(self) -> int:
        """As ``revision``, which commits through this store leave as it is when no projection was
        concerned.
        """

    def log_node(self, height: int, index: int) -> bytes | None:
        """The hash of a complete subtree over ``2**height`` leaves, if a checkpoint left it."""

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """Height, index and hash of each subtree that checkpoints left, the lowest first."""

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        """The newest checkpoints first."""

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        """Store a checkpoint and the subtrees (height, index, hash) complete with it."""

    def close(self) -> None: ...


@runtime_checkable
class CommitsAt(Protocol):
    """A store that can tell, as it commits, that nobody has written since."""

    def commit_at(self, size: int, batch: Batch) -> bool | None:
        """Write a batch if the log still holds ``size`` events: whatever is told by the events was
        then known as it is at this commit. With nothing written, None where it holds more, and
        False where ``commit`` has to see to it.

        Raises:
            Unavailable: storage is full or failing; nothing was written.
        """


@runtime_checkable
class ReadsBeside(Protocol):
    """A store whose log other threads may read while the one that uses it goes on."""

    def leaf_data_beside(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        """As ``Store.leaf_data``, from any thread; over before the store is closed."""
