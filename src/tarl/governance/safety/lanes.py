"""Running a function of somebody else's within a time limit.

A function that takes longer is cut: whoever asked goes on without it, and an exception is raised in
its thread, which ends what Python can end. Until that thread is done the function is not called
again: it hangs. What blocks in C is left behind in a daemon thread, one for each function at most.

The exception arrives at whatever step the thread has come to. Where that is a callback of the
garbage collector, or code that swallows everything, it is lost; so it is raised again until the
thread is done.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

CUT_AGAIN_S = 0.5
"""How long a thread has to end before the exception is raised in it once more."""


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
        self._is_closed = False
        self._ending = threading.Lock()
        self._ended = threading.Event()
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
            self.close()
            threading.Thread(target=self._cut, name="tarl-guardrail-cut", daemon=True).start()
            return None

    def close(self) -> None:
        self._is_closed = True
        self._calls.put(None)

    def _cut(self) -> None:
        ident = ctypes.c_ulong(self._thread.ident or 0)
        while self.is_alive:
            with self._ending:  # none is sent to a thread that has done its last step
                if self._ended.is_set():
                    return
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(Cut))
            self._ended.wait(CUT_AGAIN_S)

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                while not self._is_closed and (call := self._calls.get()) is not None:
                    self._answers.put(_answer(call))
                with self._ending:
                    self._ended.set()
                for _ in range(2):  # one that was sent before arrives when a loop goes round
                    pass
            except Cut:
                continue


def _answer(call: Callable[[], Any]) -> Answered:
    try:
        return Answered(call(), None)
    except BaseException as error:  # a guardrail may raise SystemExit, and is cut by Cut
        return Answered(None, error)
