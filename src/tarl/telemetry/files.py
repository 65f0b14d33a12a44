"""The journal's files and the room that is left on their disk."""

from __future__ import annotations

import shutil
from typing import Any

from tarl.telemetry.status import Reading

SUFFIXES = ("", "-wal", "-shm", "-owners")
"""The journal, what is committed and not yet in it, their index, and the locks of runs."""


def files_data(reading: Reading) -> dict[str, Any]:
    """Sizes in bytes of the files that there are, and what the disk has left."""
    path = reading.path
    if path is None:
        return {"sizes": {}, "disk_free_bytes": None}
    sizes: dict[str, int] = {}
    for suffix in SUFFIXES:
        try:
            sizes[path.name + suffix] = path.with_name(path.name + suffix).stat().st_size
        except OSError:
            continue  # not there, or gone since
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        free = None
    return {"sizes": sizes, "disk_free_bytes": free}


def files_text(data: dict[str, Any]) -> str | None:
    """The sizes for a person."""
    if not data["sizes"]:
        return None
    listed = ", ".join(f"{name} {bytes_text(size)}" for name, size in data["sizes"].items() if size)
    free = data["disk_free_bytes"]
    return listed + ("" if free is None else f"; {bytes_text(free)} free")


def bytes_text(size: int) -> str:
    """A size in words: KiB are 1024 bytes."""
    number = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
