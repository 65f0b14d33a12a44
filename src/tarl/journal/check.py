"""A journal checked from end to end: pages, index, chains, log, checkpoints, tables and content.

The check reads, and never repairs. It sees the file as it was at one moment, whatever other
processes write meanwhile, and goes on after the first finding as far as what it found permits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import MsgspecError

from tarl.crypto.keys import Keyring
from tarl.crypto.note import Checkpoint as Statement
from tarl.crypto.note import open_note, parse_checkpoint, split_note
from tarl.errors import Corrupt, TarlError, Unavailable
from tarl.journal.codec import Codec, committed
from tarl.journal.event import ChainCheck, Event
from tarl.journal.log import Log
from tarl.journal.projection import Projection
from tarl.journal.rebuild import changed_in, changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.sqlite_faults import translated
from tarl.journal.sqlite_schema import check_version, open_raw
from tarl.journal.store import Store
from tarl.journal.upcast import Upcasters
from tarl.values.canonical import decode, encode
from tarl.values.ids import tenant_of

FINDINGS_MAX = 100
"""What a check reports at most: behind so many, more say nothing new."""

CHECKPOINTS_MAX = 100
"""The newest ones are compared; each covers all that came before it."""

Phase = Literal[
    "copy", "compare", "pages", "index", "chains", "log", "checkpoints", "tables", "blobs"
]
Progress = Callable[[Phase, int, int], None]
"""Told of a phase, how much of it is done, and how much there is."""

_BLOCK_EVENTS = 1_024
_NO_UPCASTERS = Upcasters()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the file that cannot be true."""

    code: str
    message: str


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a check went through, and what it found wrong.

    Attributes:
        nodes: Subtrees of the log that were computed again.
        checkpoints: Checkpoints that were compared with the log.
        signatures: Whether there were keys to verify their signatures with.
        blobs: Large values that were read; 0 unless the check is deep.
        erased: Events whose content was destroyed with its key.
    """

    path: str
    events: int
    streams: int
    nodes: int
    checkpoints: int
    signatures: bool
    blobs: int
    erased: int
    deep: bool
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.findings

    def require_sound(self) -> None:
        """Refuse to go on with a damaged file.

        Raises:
            Corrupt: the first finding, under its code; all of them are among the facts.
        """
        if self.findings:
            first, more = self.findings[0], len(self.findings) - 1
            raise Corrupt(
                first.message + (f" (and {more} more)" if more else ""),
                code=first.code,
                next_step=self._next_step(),
                path=self.path,
                findings=[msgspec.to_builtins(finding) for finding in self.findings],
            )

    def _next_step(self) -> str:
        if all(finding.code == "journal.index" for finding in self.findings):
            return "tarl db compact makes the index anew from the events"
        return "restore a backup, and keep the damaged file"


def check(
    path: str | Path,
    keyring: Keyring | None = None,
    *,
    projections: Sequence[Projection] = (),
    deep: bool = False,
    upcasters: Upcasters = _NO_UPCASTERS,
    progress: Progress = lambda phase, done, whole: None,
) -> CheckReport:
    """Check the file's pages, its index by stream, every stream's chain, the log's subtrees, the
    checkpoints and the projected tables; a deep check reads all content as well.

    Args:
        path: The journal.
        keyring: Verifies signatures, knows the last checkpoint kept with it, opens sealed content.
        projections: The tables that are kept with the events.
        deep: Whether every body must be canonical and every large value be what its digest says.
        upcasters: How older kinds are projected.
        progress: Told how far the check is.

    Raises:
        Missing: there is no journal.
        Conflict: a newer version wrote it.
        Corrupt: it is not a journal, or so damaged that it cannot be opened.
    """
    path = Path(path)
    with contextlib.closing(open_raw(path)) as raw, translated(path):
        check_version(raw)
        progress("pages", 0, 1)
        pages = [row[0] for row in raw.execute(f"PRAGMA integrity_check({FINDINGS_MAX})")]
        progress("pages", 1, 1)
    damage = [Finding(code="journal.malformed", message=text) for text in pages if text != "ok"]
    keys = keyring if keyring is not None and keyring.exists() else None
    codec = Codec() if keyring is None else Codec(keyring.tenant_key)
    if damage:
        return _Check(None, keys, deep=deep, progress=progress).report(path, damage)
    store = SqliteStore(path, origin="", codec=codec, projections=projections, must_exist=True)
    try:
        with store.at_one_moment():
            run = _Check(store, keys, deep=deep, progress=progress)
            run.check_index(store)
            run.check_chains(store)
            run.check_log(store)
            with translated(store.path):
                run.check_tables(projections, changed_tables(store, upcasters=upcasters))
            if deep:
                run.check_blobs(path)
            return run.report(path)
    finally:
        store.close()


def check_store(
    store: Store,
    keyring: Keyring | None = None,
    *,
    projections: Sequence[Projection] = (),
    deep: bool = False,
    upcasters: Upcasters = _NO_UPCASTERS,
    progress: Progress = lambda phase, done, whole: None,
    place: str = "",
) -> CheckReport:
    """As ``check``, of a journal that lies in no file: its pages are its server's to look after.

    Large values are read where a body refers to them.
    """
    keys = keyring if keyring is not None and keyring.exists() else None
    with store.at_one_moment():
        run = _Check(store, keys, deep=deep, progress=progress)
        run.check_chains(store)
        run.check_log(store)
        run.check_tables(projections, changed_in(store, projections, upcasters=upcasters))
        return run.report(place)


class _Check:
    """One check under way."""

    def __init__(
        self, store: Store | None, keyring: Keyring | None, *, deep: bool, progress: Progress
    ) -> None:
        self._keyring = keyring
        self._deep = deep
        self._progress = progress
        self._findings: list[Finding] = []
        self._size = 0 if store is None else store.log_size()
        self._streams = 0
        self._nodes = 0
        self._checkpoints = 0
        self._blobs = 0
        self._erased = 0

    def report(self, path: Path | str, findings: Sequence[Finding] = ()) -> CheckReport:
        """What has been gone through and found so far."""
        return CheckReport(
            path=str(path),
            events=self._size,
            streams=self._streams,
            nodes=self._nodes,
            checkpoints=self._checkpoints,
            signatures=self._keyring is not None,
            blobs=self._blobs,
            erased=self._erased,
            deep=self._deep,
            findings=(*findings, *self._findings)[:FINDINGS_MAX],
        )

    def check_index(self, store: SqliteStore) -> None:
        """The index by stream is what the events say, and no two events have one place."""
        self._progress("index", 0, self._size)
        for fault in store.index_faults():
            self._found(fault)
        self._progress("index", self._size, self._size)

    def check_chains(self, store: Store) -> None:
        """Every stream from its first event on; the log has no event outside of them."""
        counted = 0
        for stream in store.streams():
            self._streams += 1
            chain = ChainCheck(stream)
            with self._findings_of():
                for block in _blocks(store.read(stream)):
                    counted += len(block)
                    chain.check_all(block)
                    self._check_content(store, block)
                    self._progress("chains", counted, self._size)
        if counted != self._size and not self._findings:
            self._found(
                Corrupt(
                    f"the log counts {self._size} events, its streams hold {counted}",
                    code="log.gap",
                )
            )

    def check_log(self, store: Store) -> None:
        """The log's stored subtrees, and the checkpoints that were signed over it."""
        log = Log(store)
        self._progress("log", 0, self._size)
        with self._findings_of():
            self._nodes = log.check_nodes()
        self._progress("log", self._size, self._size)
        notes = [checkpoint.note for checkpoint in store.checkpoints(limit=CHECKPOINTS_MAX)]
        kept = None if self._keyring is None else self._keyring.kept_checkpoint(store.origin)
        if kept is not None and kept not in notes:
            notes.insert(0, kept)
        for note in notes:
            self._progress("checkpoints", self._checkpoints, len(notes))
            with self._findings_of():
                self._check_checkpoint(log, store.origin, note)
            self._checkpoints += 1

    def check_tables(
        self, projections: Sequence[Projection], changed: Iterator[tuple[str, Any]]
    ) -> None:
        """The projected tables are what the events say."""
        tables = len({table.name for p in projections for table in p.tables})
        self._progress("tables", 0, tables)
        with self._findings_of():
            for table, key in changed:
                self._found(
                    Corrupt(
                        f"table {table} is not what the events say, at {key!r} first",
                        code="journal.projection",
                    )
                )
        self._progress("tables", tables, tables)

    def check_blobs(self, path: Path) -> None:
        """Every large value in clear has the content of its digest, referenced or not.

        (Sealed ones are opened where a body refers to them: only that says whose they are.)
        """
        with contextlib.closing(open_raw(path)) as raw, translated(path):
            for digest, data in raw.execute(
                "SELECT digest, CAST(data AS BLOB) FROM blob WHERE sealed = 0"
            ):
                self._blobs += 1
                self._progress("blobs", self._blobs, self._blobs)
                if sha256(data).digest() != digest:
                    self._found(
                        Corrupt(
                            f"blob {digest.hex()} has other content than its digest says",
                            code="journal.blob_changed",
                        )
                    )

    @contextlib.contextmanager
    def _findings_of(self) -> Iterator[None]:
        """What fails inside is a finding, unless it only says that somebody else is busy."""
        try:
            yield
        except Unavailable:
            raise
        except TarlError as error:
            self._found(error)
        except (ArithmeticError, AttributeError, TypeError, ValueError, MsgspecError) as error:
            text = f"a stored value is not what belongs there: {error}"
            self._found(Corrupt(text, code="journal.malformed"))

    def _found(self, error: TarlError) -> None:
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(Finding(code=error.code, message=error.message))

    def _check_content(self, store: Store, block: Sequence[Event]) -> None:
        for event in block:
            if event.body is None:
                self._erased += 1
            elif event.opening is not None and (
                committed(event.opening, event.body) != event.commitment
            ):
                raise Corrupt(
                    f"{event.stream}: event {event.seq} has another body than it commits to",
                    code="journal.body_changed",
                )
            elif self._deep:
                self._check_body(store, event, event.body)

    def _check_body(self, store: Store, event: Event, body: bytes) -> None:
        value = decode(body)
        if encode(value) != body:
            raise Corrupt(
                f"{event.stream}: event {event.seq} is not canonical JSON",
                code="journal.body_changed",
            )
        tenant = tenant_of(event.stream)
        for digest in _references(value) if b'{"$blob":' in body else ():
            with self._findings_of():
                store.blob(tenant, digest)

    def _check_checkpoint(self, log: Log, origin: str, note: str) -> None:
        if self._keyring is None:
            text = split_note(note)[0]
        else:
            text, _ = open_note(note, self._keyring.public("log"))
        stated: Statement = parse_checkpoint(text)
        if stated.origin != origin:
            raise Corrupt(
                f"a checkpoint is of the journal {stated.origin}, not of {origin}",
                code="log.origin",
            )
        if stated.size > self._size:
            raise Corrupt(
                f"the journal holds {self._size} events, but {stated.size} were signed:"
                " it is an older copy, or was cut",
                code="journal.older",
            )
        if log.root(stated.size) != stated.root:
            raise Corrupt(
                f"the first {stated.size} events of the journal are not those that were signed",
                code="journal.forked",
            )


def _blocks(events: Iterator[Event]) -> Iterator[list[Event]]:
    while block := list(islice(events, _BLOCK_EVENTS)):
        yield block


def _references(value: Any) -> Iterator[bytes]:
    """Digests of the large values that a body refers to."""
    if isinstance(value, dict):
        reference = value.get("$blob")
        if isinstance(reference, dict) and isinstance(reference.get("digest"), str):
            with contextlib.suppress(ValueError):
                yield bytes.fromhex(reference["digest"])
            return
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
