"""Running a function of somebody else's within a time limit.

A function that takes longer is cut: whoever asked goes on without it, and an exception is raised in
its thread, which ends what Python can end. Until that thread is done the function is not called
again: it hangs. What blocks in C is left behind in a daemon thread, one for each function at most.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

CUT_MS = 1_000
"""How long a thread whose call is over waits for the exception that is on its way; it arrives at
the thread's next step, unless the call has swallowed it."""


class Cut(BaseException):
    """Raised in the thread of a function that took too long."""


class Hangs(Exception):
    """The function did not answer in time, now or at an earlier call that still goes on."""


class Answered(NamedTuple):
    """What a function gave, or what it raised."""

    value: Any
    error: BaseException | None


class Lanes:
    """Runs functions one after another in a thread; those that hang keep theirs."""

    def __init__(self) -> None:
        self._lane: _Lane | None = None
        self._hanging: dict[str, _Lane] = {}

    def run(self, name: str, call: Callable[[], Any], *, timeout_ms: int) -> Answered:
        """What a call comes to; ``name`` is the function's.

        Raises:
            Hangs: it took too long.
        """
        before = self._hanging.get(name)
        if before is not None:
            if before.is_alive:
                raise Hangs
            del self._hanging[name]
        lane = self._lane
        if lane is None:
            lane = self._lane = _Lane()
        answered = lane.run(call, timeout_ms / 1000)
        if answered is None:
            self._lane, self._hanging[name] = None, lane
            raise Hangs
        return answered

    def close(self) -> None:
        """Let the thread end."""
        if self._lane is not None:
            self._lane.close()
            self._lane = None


class _Lane:
    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._answers: SimpleQueue[Answered] = SimpleQueue()
        self._is_cut = False
        self._thread = threading.Thread(target=self._work, name="tarl-guardrail", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def run(self, call: Callable[[], Any], timeout_s: float) -> Answered | None:
        self._calls.put(call)
        try:
            return self._answers.get(timeout=timeout_s)
        except Empty:
            self._is_cut = True
            ident = ctypes.c_ulong(self._thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(Cut))
            self.close()  # who is told to end finds the exception on its way
            return None

    def close(self) -> None:
        self._calls.put(None)

    def _work(self) -> None:
        try:
            while (call := self._calls.get()) is not None:
                answered = _answer(call)
                if self._is_cut and isinstance(answered.error, Cut):
                    return
                self._answers.put(answered)
            for _ in range(CUT_MS if self._is_cut else 0):
                time.sleep(0.001)  # the answer came too late; the exception is not to hit the end
        except Cut:
            return


def _answer(call: Callable[[], Any]) -> Answered:
    try:
        return Answered(call(), None)
    except BaseException as error:  # a guardrail may raise SystemExit, and is cut by Cut
        return Answered(None, error)
