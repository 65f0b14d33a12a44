"""Which process owns a run: a lock of the operating system, which death releases.

One lock file lies beside the journal; each run locks one byte of it, at an offset derived from its
stream's name. Where the system has locks that belong to an open file (Linux, macOS) two runtimes in
one process exclude each other as well.
"""

from __future__ import annotations

import fcntl
import os
import struct
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from tarl.errors import Conflict, Denied

_OFFSET_BITS = 62


class Owners(Protocol):
    """Says which process runs what."""

    def take(self, stream: str) -> None:
        """Own a stream until it is let go or the process dies.

        Raises:
            Conflict: another process, or another runtime here, owns it (``run.owned``).
        """

    def release(self, stream: str) -> None:
        """Let go of a stream."""

    def close(self) -> None:
        """Let go of every stream."""


class OwnerLocks:
    """The runs that this runtime owns.

    Raises:
        Denied: the lock file cannot be opened (``journal.read_only``).
    """

    def __init__(self, path: Path) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Denied(
                f"the lock file {path} cannot be written: {error.strerror}",
                code="journal.read_only",
                next_step="check the permissions of the journal's directory",
                path=str(path),
            ) from None
        self._held: set[str] = set()

    def take(self, stream: str) -> None:
        """Own a stream until it is let go or the process dies.

        Raises:
            Conflict: another process, or another runtime here, owns it (``run.owned``).
        """
        if stream in self._held or not self._lock(_offset(stream), fcntl.F_WRLCK):
            raise Conflict(
                f"{stream} is being run by another process",
                code="run.owned",
                next_step="wait for it, or stop that process; its end frees the run",
                stream=stream,
            )
        self._held.add(stream)

    def release(self, stream: str) -> None:
        """Let go of a stream."""
        if stream in self._held:
            self._held.remove(stream)
            self._lock(_offset(stream), fcntl.F_UNLCK)

    def close(self) -> None:
        """Let go of every stream."""
        self._held.clear()
        os.close(self._fd)

    def _lock(self, offset: int, kind: int) -> bool:
        try:
            if hasattr(fcntl, "F_OFD_SETLK"):
                request = struct.pack("hhqqi4x", kind, os.SEEK_SET, offset, 1, 0)
                fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, request)
            elif kind == fcntl.F_UNLCK:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, offset)
            else:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        return True


def is_owned(path: Path, stream: str) -> bool:
    """Whether some process owns the stream now, by the lock file at ``path``; takes nothing.

    Without locks that belong to an open file this says no for streams of this very process.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not hasattr(fcntl, "F_OFD_GETLK"):
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _offset(stream))
            return False
        question = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _offset(stream), 1, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, question)
        return bool(struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(descriptor)


def _offset(stream: str) -> int:
    return int.from_bytes(sha256(stream.encode()).digest()[:8], "big") >> (64 - _OFFSET_BITS)
