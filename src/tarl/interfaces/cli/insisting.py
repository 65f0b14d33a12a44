"""One Ctrl-C ends a command, also while workflow code computes without yielding.

The first SIGINT asks the command to end, which the loop does at its next turn. A loop that makes no
turn is interrupted where it computes, again and again; code that catches that as well ends with the
process. What is being written to the journal is let finish. A command that finishes what is under
way before it ends is watched until it has.
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

FINISHING_WAIT_S = 3.0
"""The same where a command first finishes what is under way, to which computing may belong."""

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
    if not _is_main() or not callable(handler) or handler is signal.default_int_handler:
        yield
        return
    loop, over = asyncio.get_running_loop(), threading.Event()
    watching: _Watching | None = None

    def interrupted(number: int, frame: FrameType | None) -> Any:
        nonlocal watching
        with guard.suspended():  # it may be a workflow's code that is in the middle of something
            if watching is None:
                watching = _Watching(loop, over, give_up, lasting=False)
            return handler(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        over.set()
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def ending(end: Callable[[], object], give_up: Callable[[], None]) -> Iterator[None]:
    """Have SIGTERM and SIGINT say that it is enough, to a loop in the main thread; from a SIGINT on
    until this is closed, a loop that makes no turn is interrupted.

    Args:
        end: What a signal calls, in the loop, each time.
        give_up: Tells the person and ends the process; called from another thread.
    """
    from tarl.kernel import guard

    loop, over = asyncio.get_running_loop(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    watching: _Watching | None = None

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        nonlocal watching
        with guard.suspended():
            if watching is None:
                watching = _Watching(loop, over, give_up, lasting=True)
            elif watching.insists and not over.is_set():
                raise KeyboardInterrupt

    if _is_main():  # the loop hears of a signal by its pipe, whatever handles it here
        signal.signal(signal.SIGINT, interrupted)
        signal.siginterrupt(signal.SIGINT, False)
    try:
        yield
    finally:
        over.set()


class _Watching(threading.Thread):
    """Interrupts a loop's thread until the loop makes a turn, or as many as it is to make.

    Args:
        over: When to stop.
        lasting: Whether it goes on watching after the first turn.

    Attributes:
        insists: Whether it has interrupted since the loop's last turn.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        over: threading.Event,
        give_up: Callable[[], None],
        *,
        lasting: bool,
    ) -> None:
        super().__init__(name="tarl-interrupt", daemon=True)
        self._loop, self._over, self._give_up = loop, over, give_up
        self._lasting = lasting
        self.insists = False
        self._turned = self._asked()
        self.start()

    def run(self) -> None:
        while self._has_turned() and self._lasting and not self._over.wait(TURN_WAIT_S):
            self._turned = self._asked()

    def _asked(self) -> threading.Event:
        """Set at the loop's next turn, and at once where the loop is closed."""
        turned = threading.Event()
        try:
            self._loop.call_soon_threadsafe(turned.set)
        except RuntimeError:
            self._over.set()
            turned.set()
        return turned

    def _has_turned(self) -> bool:
        """Wait for a turn; False if it is over before, or the process was given up."""
        interrupts, wait_s = 0, FINISHING_WAIT_S if self._lasting else TURN_WAIT_S
        while not self._turned.wait(wait_s):
            if self._over.is_set():
                return False
            if _is_at_the_journal():
                continue
            if interrupts == INTERRUPTS_MAX:
                self._give_up()
                return False
            interrupts, wait_s = interrupts + 1, TURN_WAIT_S
            self.insists = True
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        self.insists = False
        return True


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_at_the_journal() -> bool:
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_filename.startswith(_JOURNAL):
            return True
        frame = frame.f_back
    return False
