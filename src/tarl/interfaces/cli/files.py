"""Files that a command reads and writes: whole or not at all; ``-`` is standard input or output."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from tarl.errors import Denied, Invalid, Missing, TarlError, Unavailable
from tarl.interfaces.cli.output import Output

PIPE = "-"
"""The name of standard input where a file is read, of standard output where one is written."""

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
        with reading(path) as file:
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


@contextmanager
def reading(path: str | Path) -> Iterator[BinaryIO]:
    """A file to read bytes from; standard input for ``-``.

    Raises:
        OSError: it cannot be opened.
        Invalid: standard input is a terminal (``input.terminal``).
    """
    if str(path) != PIPE:
        with Path(path).open("rb") as file:
            yield file
        return
    if sys.stdin is None or sys.stdin.isatty():
        raise Invalid(
            "standard input is a terminal, and - reads what another program writes",
            code="input.terminal",
            next_step="name a file, or pipe one in: tarl ... - < FILE",
        )
    yield sys.stdin.buffer


@contextmanager
def at_hand(path: str) -> Iterator[Path]:
    """A file that can be read more than once: a copy of standard input for ``-``.

    Raises:
        Invalid: standard input is a terminal (``input.terminal``).
        Unavailable: no space for the copy (``output.failed``).
    """
    if path != PIPE:
        yield Path(path)
        return
    with reading(path) as source, tempfile.TemporaryDirectory(prefix="tarl-input-") as directory:
        copy = Path(directory) / "standard-input"
        try:
            with copy.open("wb") as file:
                shutil.copyfileobj(source, file)
        except OSError as error:
            raise _failed("a copy of standard input", error) from None
        yield copy


def require_pipe(output: Output, target: str | None) -> None:
    """Refuse to write a file to standard output where it would not arrive as it is; None where
    none is written.

    Raises:
        Invalid: it is a terminal (``output.terminal``), or holds the answer (``output.shared``).
    """
    if target != PIPE:
        return
    if output.as_json:
        raise Invalid(
            "--json prints its answer to standard output, where the file was to go",
            code="output.shared",
            next_step="leave --json out, or name a file: -o FILE",
        )
    if output.stdout.isatty():
        raise Invalid(
            "standard output is a terminal, and the file is for programs",
            code="output.terminal",
            next_step="name a file: -o FILE; or pipe it on: -o - | PROGRAM",
        )


def write_out(output: Output, target: str, parts: Iterable[bytes]) -> int:
    """Write a file in one step (``write_whole``), or to standard output for ``-``; its size in
    bytes.

    Raises:
        Invalid: as ``require_pipe``.
        Denied, Unavailable: as ``write_whole``.
        BrokenPipeError: nobody reads standard output any more.
    """
    if target != PIPE:
        return write_whole(Path(target), parts)
    require_pipe(output, target)
    size = 0
    for part in parts:
        _send(output, part)
        size += len(part)
    _send(output, b"", is_last=True)
    return size


def _send(output: Output, part: bytes, *, is_last: bool = False) -> None:
    try:
        output.stdout.buffer.write(part)
        if is_last:
            output.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        output.drop_unwritten()
        raise _failed("standard output", error) from None


def stdout_by_default(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """For -o of a command that prints what it makes anyway: ``-`` is as if it were left out."""
    return None if value == PIPE else value


def _failed(what: str, error: OSError) -> TarlError:
    return Unavailable(
        f"writing {what} failed: {error.strerror}",
        code="output.failed",
        next_step="free some space, then try again",
    )


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
