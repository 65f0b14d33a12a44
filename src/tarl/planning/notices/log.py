"""Notices in a log: lines on standard error, or JSON lines in a file."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TextIO

from tarl.errors import Unavailable
from tarl.planning.notices.notice import Notice, body_of
from tarl.values.canonical import encode
from tarl.values.instants import to_datetime
from tarl.values.plain import plain


class LogNotifier:
    """Writes a line for each notice.

    Args:
        path: A file for JSON lines, which is made when it is not there, readable by its owner
            alone; None for lines for people on ``stream``.
        stream: Where lines for people go; standard error as it is at the time when left out.
        name: See :class:`~tarl.planning.notices.notice.Notifier`.
    """

    def __init__(
        self, path: Path | None = None, *, stream: TextIO | None = None, name: str = "log"
    ) -> None:
        self.name = name
        self._path = path
        self._stream = stream

    async def notify(self, notice: Notice) -> None:
        """See :meth:`tarl.planning.notices.notice.Notifier.notify`.

        Raises:
            Unavailable: it cannot be written (``notice.log``).
        """
        try:
            if self._path is None:
                self._print(notice)
            else:
                await asyncio.to_thread(_append, self._path, encode(plain(notice)) + b"\n")
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"a notice cannot be written to {self._path or 'the log'}: {error}",
                code="notice.log",
                next_step="make room, or correct the path and its permissions",
            ) from error

    def _print(self, notice: Notice) -> None:
        at = to_datetime(notice.created_ms).isoformat(timespec="seconds")
        rest = " | ".join(line for line in body_of(notice).splitlines() if line.strip())
        line = f"{at} {notice.kind.value} {notice.about}: {notice.title}"
        stream = self._stream or sys.stderr
        stream.write(f"{line} | {rest}\n" if rest else f"{line}\n")
        stream.flush()


def _append(path: Path, line: bytes) -> None:
    # One write of one line at the end: lines of several processes do not mix.
    with open(path, "ab", buffering=0, opener=_private) as file:
        if file.write(line) != len(line):
            raise OSError("the line was cut off")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
