"""Files that a command reads and writes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tarl.errors import Denied, Invalid, Missing, Unavailable

TEXT_BYTES_MAX = 1024 * 1024
"""Keys, notes and proofs are small; anything larger is another file."""


def read_text(path: str | Path, *, what: str) -> str:
    """A small text file.

    Raises:
        Missing: there is none (``input.missing``).
        Denied: it cannot be read (``input.unreadable``).
        Invalid: it is too large, or no UTF-8 (``input.not_text``).
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(TEXT_BYTES_MAX + 1)
        if len(data) > TEXT_BYTES_MAX:
            raise ValueError("too large")
        return data.decode()
    except FileNotFoundError:
        raise Missing(f"no {what} at {path}", code="input.missing", path=str(path)) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}", code="input.unreadable", path=str(path)
        ) from None
    except ValueError:
        raise Invalid(f"{path} is not a {what}", code="input.not_text", path=str(path)) from None


def write_whole(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file in one step, replacing one of that name; its size in bytes.

    Raises:
        Denied: its directory cannot be written (``output.unwritable``).
        Unavailable: no space, or the disk fails (``output.failed``).
    """
    size = 0
    directory = path.parent
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "is a directory")
        with tempfile.NamedTemporaryFile(dir=directory, prefix=".tarl-", delete=False) as file:
            try:
                for part in parts:
                    size += file.write(part)
                file.flush()
                os.fsync(file.fileno())
                os.chmod(file.name, 0o644)
                os.replace(file.name, path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Denied(
            f"{path} cannot be written: {error.strerror}",
            code="output.unwritable",
            next_step="check the directory and its permissions",
            path=str(path),
        ) from None
    except OSError as error:
        raise Unavailable(
            f"writing {path} failed: {error.strerror}",
            code="output.failed",
            next_step="free some space, then try again",
            path=str(path),
        ) from None
    return size
