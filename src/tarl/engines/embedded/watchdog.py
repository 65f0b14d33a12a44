"""Names workflows that compute without yielding: they hold up every other run of the process.

A process that stood still, on a busy machine or stopped by a signal, has computed nothing: what
counts is how often the watchdog, which stood still with it, has found a workflow at it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from os import sep
from pathlib import Path
from time import monotonic  # the clock itself, which the guard does not ask about
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tarl.engines.embedded.live_run import LiveRun

_LOGGER = logging.getLogger("tarl.watchdog")

_PASSED_OVER = (f"{Path(__file__).parents[2]}{sep}", f"{Path(asyncio.__file__).parent}{sep}")
"""Where the code is that is not the workflow's; a user's own directory may be called tarl too."""


LOOKS_MIN = 4
"""How many looks in a row find a workflow at it before it is named."""


class Watchdog:
    """Looks from a thread of its own at what the loop's thread is doing.

    Args:
        stall_ms: From how long on a workflow is named.
    """

    def __init__(self, *, stall_ms: int) -> None:
        self.stalls: list[str] = []
        self._stall_s = stall_ms / 1000
        self._thread_id = threading.get_ident()
        self.driven: tuple[LiveRun, float] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="tarl-watchdog", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        seen: tuple[LiveRun, float] | None = None
        looks, is_named = 0, False
        while not self._over.wait(self._stall_s / (LOOKS_MIN + 1)):
            driven = self.driven
            if driven is not seen:
                seen, looks, is_named = driven, 0, False
            looks += 1
            if driven is None or is_named or looks < LOOKS_MIN:
                continue
            run, since = driven
            if monotonic() - since >= self._stall_s:
                is_named = True
                place = self._place()
                self.stalls = [*self.stalls[-99:], f"{run.run.ref} at {place}"]
                _LOGGER.warning(
                    "run %s has computed for more than %.1f s without yielding, at %s;"
                    " move the computation into an activity",
                    run.run.ref,
                    self._stall_s,
                    place,
                )

    def _place(self) -> str:
        frame = sys._current_frames().get(self._thread_id)
        while frame is not None:
            code = frame.f_code
            if not code.co_filename.startswith(_PASSED_OVER):
                return f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}"
            frame = frame.f_back
        return "an unknown place"
