"""The solver's process: ``python -m tarl.planning.solver.worker``.

It reads problems from its input and writes to its output what ``framing.py`` names. What libraries
print goes to the error stream. When its input ends it ends at once, in the middle of a search too:
whoever wanted the answer is gone.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from typing import BinaryIO

import msgspec

from tarl.errors import TarlError
from tarl.planning.problem import Problem, Schedule
from tarl.planning.solver.framing import (
    HEAD_BYTES,
    Answer,
    Better,
    Failure,
    Message,
    Ready,
    framed,
    length_of,
)
from tarl.planning.solver.searching import library
from tarl.planning.solver.solve import solve_here

BETTER_EVERY_S = 0.1
"""A better schedule is measured and told at most so often: the search waits meanwhile."""


def main() -> None:
    """Answer problems until the input ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    problems: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, problems), daemon=True).start()
    worker = Worker(output)
    try:
        library()
    except TarlError as error:
        worker.say(_failure(error))
        return
    worker.say(Ready())
    while True:
        worker.answer(problems.get())


def _read(source: BinaryIO, problems: queue.SimpleQueue[bytes]) -> None:
    """Problems from the input; at its end, or at nonsense, the process ends."""
    try:
        while head := source.read(HEAD_BYTES):
            length = length_of(head)
            body = source.read(length)
            if len(body) < length:
                break
            problems.put(body)
    finally:
        os._exit(0)


class Worker:
    """Answers problems one after the other."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._told_s = float("-inf")

    def say(self, message: Message) -> None:
        """Write a message."""
        self._output.write(framed(message))
        self._output.flush()

    def answer(self, body: bytes) -> None:
        """Solve one problem."""
        self._told_s = float("-inf")
        try:
            problem = msgspec.json.decode(body, type=Problem)
            self.say(Answer(solve_here(problem, incumbent=self._better, is_due=self._is_due)))
        except TarlError as error:
            self.say(_failure(error))

    def _is_due(self) -> bool:
        return time.perf_counter() - self._told_s >= BETTER_EVERY_S

    def _better(self, schedule: Schedule) -> None:
        self.say(Better(schedule))
        self._told_s = time.perf_counter()


def _failure(error: TarlError) -> Failure:
    return Failure(
        kind=type(error).__name__,
        message=error.message,
        code=error.code,
        next_step=error.next_step,
        facts=error.facts,
    )


if __name__ == "__main__":
    main()
