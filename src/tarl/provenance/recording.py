"""A run's evidence read back: its events and large values, for replay on another machine.

This reads what replay needs and checks the chain while it does; whether the file proves anything to
somebody who does not trust its maker is ``tarl-verify``'s to say.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from tarl.errors import Corrupt, Missing
from tarl.journal.codec import committed
from tarl.journal.event import Event
from tarl.values.ids import RunId

VERSIONS = ("tarl/1", "tarl/2")


class Recording:
    """One evidence file as a recording.

    Args:
        path: The file, which is read more than once.
        name: What errors call it; its path when left out.

    Raises:
        Missing: no such file.
        Corrupt: not an evidence file (``recording.malformed``).
    """

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        self.path, self.name = path, str(path) if name is None else name
        header = next(self._lines(), None)
        if not isinstance(header, dict) or header.get("evidence") not in VERSIONS:
            raise self._malformed("it does not begin as evidence does")
        self.stream = str(header.get("stream"))
        self.run = RunId.from_stream(self.stream)

    def events(self) -> Iterator[Event]:
        """The run's events, oldest first, streaming."""
        for line in self._lines():
            if "event" in line:
                yield self._event(line["event"])

    def put(self, data: bytes) -> str:
        """The digest (hex) under which the file holds this large value, or would hold it.

        A value that the file does not hold is one that the replayed code made differently; its
        digest is then another than the recorded one, and the replay says so.
        """
        plain = sha256(data).digest()
        return self._digests.get(plain, plain.hex())

    @cached_property
    def _digests(self) -> dict[bytes, str]:
        """SHA-256 of each large value -> the digest it was recorded under."""
        return {
            sha256(base64.b64decode(line["blob"]["data"])).digest(): line["blob"]["digest"]
            for line in self._lines()
            if "blob" in line
        }

    def get(self, digest: str) -> bytes:
        """A large value by its digest (hex).

        Raises:
            Missing: the file does not hold it.
        """
        for line in self._lines():
            if "blob" in line and line["blob"].get("digest") == digest:
                return base64.b64decode(line["blob"]["data"])
        raise Missing(f"{self.name} has no blob {digest}", code="journal.no_blob", digest=digest)

    def _event(self, line: dict[str, Any]) -> Event:
        try:
            body = None if "body" not in line else line["body"].encode()
            observed = line.get("observed")
            opening = line.get("opening")
            commitment = line.get("commitment")
            if opening is not None:
                commitment = committed(bytes.fromhex(opening), body or b"").hex()
            return Event(
                self.stream,
                line["seq"],
                line["kind"],
                body,
                bytes.fromhex(line["digest"]),
                line["at"],
                None if observed is None else observed.encode(),
                None if commitment is None else bytes.fromhex(commitment),
                None if opening is None else bytes.fromhex(opening),
                line["index"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._malformed(f"an event's line is damaged: {error}") from error

    def _lines(self) -> Iterator[Any]:
        try:
            with self.path.open("rb") as file:
                for line in file:
                    yield msgspec.json.decode(line)
        except FileNotFoundError:
            raise Missing(
                f"no file {self.name}", code="recording.missing", path=self.name
            ) from None
        except (OSError, msgspec.MsgspecError) as error:
            raise self._malformed(str(error)) from error

    def _malformed(self, why: str) -> Corrupt:
        return Corrupt(
            f"{self.name} is not a recording: {why}",
            code="recording.malformed",
            next_step="make one with: tarl export RUN -o FILE",
            path=self.name,
        )
