"""Evidence: one run as a file that a small separate program accepts or rejects offline.

The format is ``docs/reference/evidence.md``; ``tarl_verify`` is its reader for strangers and
shares no code with this writer. Lines are canonical JSON; the last one signs every byte before it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.crypto import dsse
from tarl.crypto.keys import Keyring
from tarl.crypto.note import open_note, parse_checkpoint
from tarl.errors import Conflict, Invalid, Missing
from tarl.journal.event import Event
from tarl.journal.log import Log
from tarl.journal.store import Store
from tarl.kernel.events import CLOSING
from tarl.kernel.history import no_run, verified
from tarl.provenance.bearing import Bearer, Bearing
from tarl.values.canonical import encode
from tarl.values.ids import RunId

VERSION = "tarl/2"
"""Version 1 had no records of other streams."""

HEAD_TYPE = "application/vnd.tarl.run-head+json"
STREAM_HEADS_TYPE = "application/vnd.tarl.stream-heads+json"
END_TYPE = "application/vnd.tarl.evidence-end+json"
PROOF_LINE_HASHES = 1024
CONSISTENCY_MAX = 64
"""Earlier published checkpoints that a file proves itself a continuation of; the newest ones."""

_BLOB_MARK = b'"$blob":'


class _Held(NamedTuple):
    """A blob that bodies refer to, and its size."""

    digest: bytes
    size: int


def export(
    store: Store,
    keyring: Keyring,
    run: RunId,
    *,
    note: str,
    since: Sequence[str] = (),
) -> Iterator[bytes]:
    """The lines of a run's evidence, with their newlines.

    Args:
        store: The journal.
        keyring: Whose operator vouches for the run's head and for the file.
        run: Which run.
        note: A signed checkpoint of this journal, maybe cosigned; events after it are left out.
        since: Signed notes of earlier checkpoints that the file must prove itself a continuation
            of, besides those that were published.

    Raises:
        Missing: no such run, or none of its events lies within the checkpoint.
        Conflict: ``since`` names a checkpoint that is newer than this one, or of another log.
        ChainBrokenError: the run's history is damaged.
    """
    return _Writer(store, keyring, run, note).lines(since)


class _Writer:
    """Writes one file; its state is what the last lines need to know of the first."""

    def __init__(self, store: Store, keyring: Keyring, run: RunId, note: str) -> None:
        self._store = store
        self._keyring = keyring
        self._run = run
        self._operator = keyring.signer("operator")
        self._log_key = keyring.public("log")
        self._note = note
        self._log = Log(store)
        self._size = self._known_size(note)
        self._hash = sha256()
        self._count = 0

    def lines(self, since: Sequence[str]) -> Iterator[bytes]:
        stream = self._run.stream
        last = self._last_event()
        yield self._line({"evidence": VERSION, "origin": self._store.origin, "stream": stream})
        for certificate in self._keyring.certificates():
            yield self._line({"certificate": certificate})
        yield self._line({"head": self._head(last)})
        yield self._line({"checkpoint": self._note})
        for proof in self._consistency(since):
            yield self._line({"consistency": proof})
        bearing = Bearing(self._store, self._run, size=self._size)
        indexes: list[int] = []
        blobs: dict[bytes, int] = {}
        for event in verified(stream, self._store.read(stream, until=last.seq)):
            bearing.note(event)
            indexes.append(event.log_index)
            blobs.update((held.digest, held.size) for held in _held(event.body))
            yield self._line({"event": _event(event)})
        for digest in sorted(blobs):
            yield self._line({"blob": self._blob(digest)})
        records = bearing.records()
        yield self._line({"heads": self._stream_heads(bearing.whole)})
        for record in records:
            indexes.append(record.event.log_index)
            yield self._line(_record(record))
        steps = [_b64(step) for step in self._log.inclusion(sorted(indexes), self._size)]
        for start in range(0, max(1, len(steps)), PROOF_LINE_HASHES):
            yield self._line({"inclusion": steps[start : start + PROOF_LINE_HASHES]})
        yield self._line({"end": self._end()})

    def _last_event(self) -> Event:
        """The run's last event that the checkpoint covers."""
        head = self._store.head(self._run.stream)
        after = 0 if head is None else head.seq - 1
        while True:
            event = next(self._store.read(self._run.stream, after=after), None)
            if event is None:
                raise no_run(self._run.ref)
            if event.log_index < self._size:
                return event
            if after == 0:
                raise Missing(
                    f"no checkpoint covers {self._run.ref} yet", code="evidence.not_covered"
                )
            after -= 1

    def _head(self, last: Event) -> dict[str, Any]:
        payload = {
            "digest": last.digest.hex(),
            "length": last.seq,
            "open": last.kind not in CLOSING,
            "origin": self._store.origin,
            "size": self._size,
            "stream": self._run.stream,
            "type": "tarl.run-head/1",
        }
        return dsse.sign(encode(payload), HEAD_TYPE, self._operator)

    def _stream_heads(self, ends: Mapping[str, tuple[int, bytes]]) -> dict[str, Any]:
        """The operator's word on the streams of which every event is in the file."""
        streams = [
            {"digest": digest.hex(), "length": length, "stream": stream}
            for stream, (length, digest) in sorted(ends.items())
        ]
        payload = {
            "origin": self._store.origin,
            "size": self._size,
            "streams": streams,
            "type": "tarl.stream-heads/1",
        }
        return dsse.sign(encode(payload), STREAM_HEADS_TYPE, self._operator)

    def _consistency(self, since: Sequence[str]) -> list[dict[str, Any]]:
        sizes = {c.size for c in self._store.checkpoints(published=True, limit=CONSISTENCY_MAX)}
        sizes |= {self._known_size(note) for note in since}
        return [
            {
                "proof": [_b64(step) for step in self._log.consistency(size, self._size)],
                "root": _b64(self._log.root(size)),
                "size": size,
            }
            for size in sorted(sizes)
            if 0 < size < self._size
        ]

    def _known_size(self, note: str) -> int:
        """The size of a checkpoint that the log key signed over a state of this very journal."""
        text, _ = open_note(note, self._log_key)
        known = parse_checkpoint(text)
        if known.origin != self._store.origin:
            raise Invalid(
                f"the checkpoint is of the log {known.origin}, not of {self._store.origin}",
                code="checkpoint.origin",
            )
        if known.size > self._log.size() or self._log.root(known.size) != known.root:
            raise Conflict(
                f"the checkpoint of size {known.size} is not a past of this journal",
                code="checkpoint.forked",
                next_step="find out which copy of the journal was signed: tarl db check",
            )
        return known.size

    def _blob(self, digest: bytes) -> dict[str, Any]:
        data = self._store.blob(self._run.tenant, digest)
        blob: dict[str, Any] = {"data": _b64(data), "digest": digest.hex()}
        if sha256(data).digest() != digest:
            opening = self._store.codec.blob_opening(self._run.tenant, data)
            assert opening is not None
            blob["opening"] = opening.hex()
        return blob

    def _end(self) -> dict[str, Any]:
        payload = {
            "lines": self._count + 1,
            "sha256": self._hash.hexdigest(),
            "type": "tarl.evidence-end/1",
        }
        return dsse.sign(encode(payload), END_TYPE, self._operator)

    def _line(self, content: dict[str, Any]) -> bytes:
        line = encode(content) + b"\n"
        self._count += 1
        self._hash.update(line)
        return line


def _event(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "at": event.recorded_at_ms,
        "digest": event.digest.hex(),
        "index": event.log_index,
        "kind": event.kind,
        "seq": event.seq,
    }
    if event.body is None:
        assert event.commitment is not None
        shown["commitment"] = event.commitment.hex()
    else:
        shown["body"] = event.body.decode()
        if event.opening is not None:
            shown["opening"] = event.opening.hex()
    if event.observed:
        shown["observed"] = event.observed.decode()
    return shown


def _record(bearer: Bearer) -> dict[str, Any]:
    """The line of an event of another stream."""
    event, batch = bearer.event, bearer.batch
    shown = _event(event)
    shown |= {"prev": bearer.prev.hex(), "stream": event.stream}
    if batch is not None:
        del shown["body"], shown["kind"]
        proof = [_b64(step) for step in batch.proof]
        shown |= {"envelope": batch.envelope, "leaves": batch.leaves, "places": batch.places}
        shown |= {"proof": proof}
    withheld = not bearer.shown or (batch is not None and not batch.is_whole)
    if withheld and "commitment" not in shown:
        shown.pop("body", None)
        shown.pop("opening", None)
        shown["commitment"] = (event.commitment or sha256(event.body or b"").digest()).hex()
    return {"record" if batch is None else "effects": shown}


def _held(body: bytes | None) -> Iterator[_Held]:
    """The blobs that a body's members refer to."""
    if body is None or _BLOB_MARK not in body:
        return
    for value in msgspec.json.decode(body).values():
        if isinstance(value, dict) and next(iter(value), "") == "$blob":
            yield _Held(bytes.fromhex(value["$blob"]["digest"]), value["$blob"]["size"])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
