"""Where a coroutine waits: its frames outside the kernel, from the outermost in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def frames_of(coroutine: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each frame as ``function:line``, with its local variables."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is None:
            return
        if "/tarl/kernel/" not in frame.f_code.co_filename.replace("\\", "/"):
            yield f"{frame.f_code.co_qualname}:{frame.f_lineno}", dict(frame.f_locals)
        coroutine = getattr(coroutine, "cr_await", None)
