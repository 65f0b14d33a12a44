"""Files that people read: written whole or not at all, under names that stay in their directory."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tarl.integrations.orchestration.refusals import BadValue

NAME_BYTES_MAX = 200
"""A file name's bytes, within what every file system takes with a suffix (255)."""


def checked_name(name: str, what: str) -> str:
    """A name that is safe as the name of a file.

    Raises:
        BadValue: it is empty, too long, hidden, or would lead out of the directory.
    """
    if (
        not isinstance(name, str)
        or not name
        or name.startswith(".")
        or any(c in "/\\" or ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in name)
        or len(name.encode()) > NAME_BYTES_MAX
    ):
        raise BadValue(
            f"{name!r} cannot be the name of a {what}: it must be a plain file name",
            code="name.path",
            next_step="use letters, digits, '-', '_' and '.'",
            name=str(name).encode("utf-8", "backslashreplace").decode(),
        )
    return name


def write_json(path: Path, data: Any) -> bytes:
    """Write JSON in one step: readers find the old content or the new. The bytes written."""
    content = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return content
