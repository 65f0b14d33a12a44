"""One Ctrl-C ends a command, also while workflow code computes without yielding.

The first SIGINT asks the command to end, which the loop does at its next turn. A loop that makes no
turn is interrupted where it computes, again and again; code that catches that as well ends with the
process. What is being written to the journal is let finish.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import sep
from pathlib import Path
from types import FrameType
from typing import Any

TURN_WAIT_S = 0.5
"""How long a loop may take for its next turn before it is interrupted."""

INTERRUPTS_MAX = 4
"""How often code is interrupted that catches everything, before the process ends under it."""

_JOURNAL = f"{Path(__file__).parents[2] / 'journal'}{sep}"


@contextmanager
def insisting(give_up: Callable[[], None]) -> Iterator[None]:
    """See to it that one SIGINT ends what the running loop does. Nothing is done where the loop is
    not in the main thread, or somebody else handles SIGINT.

    Args:
        give_up: Tells the person and ends the process; called from another thread.
    """
    from tarl.kernel import guard

    handler = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(handler) or handler is signal.default_int_handler:
        yield
        return
    loop, over = asyncio.get_running_loop(), threading.Event()
    watching: _Watching | None = None

    def interrupted(number: int, frame: FrameType | None) -> Any:
        nonlocal watching
        with guard.suspended():  # it may be a workflow's code that is in the middle of something
            if watching is None:
                watching = _Watching(loop, over, give_up)
            return handler(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        over.set()
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, handler)


class _Watching(threading.Thread):
    """Interrupts a loop's thread until the loop makes a turn."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, over: threading.Event, give_up: Callable[[], None]
    ) -> None:
        super().__init__(name="tarl-interrupt", daemon=True)
        self._over, self._give_up = over, give_up
        loop.call_soon_threadsafe(over.set)
        self.start()

    def run(self) -> None:
        interrupts = 0
        while not self._over.wait(TURN_WAIT_S):
            if _is_at_the_journal():
                continue
            if interrupts == INTERRUPTS_MAX:
                self._give_up()
                return
            interrupts += 1
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _is_at_the_journal() -> bool:
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_filename.startswith(_JOURNAL):
            return True
        frame = frame.f_back
    return False
