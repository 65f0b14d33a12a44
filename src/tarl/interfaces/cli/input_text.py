"""JSON from the command line, from a file or from standard input, read strictly."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tarl.errors import Denied, Exceeded, Invalid, Missing

BYTES_MAX = 256 * 1024 * 1024
"""More than any value may have; keeps a wrong file or an endless pipe out of memory."""


def read_json(text: str, *, option: str) -> Any:
    """The value of JSON text, of ``@file``, or of ``-`` for standard input.

    Raises:
        Invalid: not the JSON that RFC 8785 can write (``json.*``), naming the place.
        Missing: no such file (``input.missing``).
        Denied: the file cannot be read (``input.unreadable``).
        Exceeded: more than ``BYTES_MAX`` bytes (``input.too_large``).
    """
    from tarl.values.canonical import decode

    data, origin = _read(text, option)
    try:
        return decode(data)
    except Invalid as error:
        raise Invalid(
            f"{origin}: {error.message}",
            code=error.code,
            next_step=error.next_step or f"give {option} as JSON (RFC 8259)",
            **error.facts,
        ) from None


def read_text(text: str, *, option: str) -> str:
    """The text itself, that of ``@file``, or that of ``-`` for standard input; what is no UTF-8 in
    it is replaced.

    Raises:
        Missing, Denied, Exceeded: as ``read_json``.
    """
    return _read(text, option)[0].decode("utf-8", "replace")


def _read(text: str, option: str) -> tuple[bytes, str]:
    if text == "-":
        return _bounded(sys.stdin.buffer.read(BYTES_MAX + 1), "standard input"), "standard input"
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape"), option
    path = Path(text[1:])
    try:
        with path.open("rb") as file:
            return _bounded(file.read(BYTES_MAX + 1), str(path)), str(path)
    except FileNotFoundError:
        raise Missing(
            f"no file {path} for {option}", code="input.missing", path=str(path)
        ) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}", code="input.unreadable", path=str(path)
        ) from None


def _bounded(data: bytes, origin: str) -> bytes:
    if len(data) > BYTES_MAX:
        raise Exceeded(
            f"{origin} has more than {BYTES_MAX} bytes",
            code="input.too_large",
            next_step="keep large data outside and pass a reference to it",
            size_bytes_max=BYTES_MAX,
        )
    return data
