"""The solver in a process of its own, which can be stopped at any moment and whose libraries meet
no others.

1. It is started with the first problem, and again after a crash.
2. One problem at a time; others wait for their turn, and their time begins with it.
3. A search that goes past its limit and the grace, or that nobody waits for any more, is killed
   with its process. What it had found by then is the answer, where it had found something.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable
from types import TracebackType

from tarl.errors import Unavailable
from tarl.planning.problem import Problem, Schedule, Solution
from tarl.planning.solver.framing import (
    HEAD_BYTES,
    Answer,
    Better,
    Failure,
    Message,
    Ready,
    framed,
    length_of,
    message_of,
)
from tarl.planning.solver.validation import validate

GRACE_MS = 3_000
"""What a search may take beyond its limit: building the model, and telling the answer."""

START_MS_MAX = 60_000
"""How long the process may take to load its libraries."""

LAST_WORDS = 20
"""How many lines of what it wrote at last are told when it crashed."""

CLOSE_WAIT_S = 2.0

_COMMAND = (sys.executable, "-P", "-m", "tarl.planning.solver.worker")


class SolverProcess:
    """Solves problems in another process; an asynchronous context manager that closes it.

    Args:
        grace_ms: What a search may take beyond its limit before it is killed.
    """

    def __init__(self, *, grace_ms: int = GRACE_MS) -> None:
        self._grace_ms = grace_ms
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> SolverProcess:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The process that is waiting or at work; None before the first problem."""
        return self._process.pid if self._process is not None else None

    async def solve(
        self, problem: Problem, *, incumbent: Callable[[Schedule], None] | None = None
    ) -> Solution:
        """The best schedule, or why there is none.

        Args:
            incumbent: Is told better schedules as they are found.

        Raises:
            Invalid: ``solver.problem``.
            Unavailable: ``solver.crashed``; ``solver.timed_out``: it did not end in time and had
                found nothing; ``extra.missing``.
            Corrupt: ``solver.contradiction``.
        """
        validate(problem)
        async with self._turn:
            try:
                return await self._solved(problem, incumbent)
            except BaseException:
                if not self._is_idle:
                    await self._kill()
                raise

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            process = self._process
            if process is not None and process.stdin is not None:
                process.stdin.close()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_WAIT_S):
                        await process.wait()
            await self._kill()

    # ---------------------------------------------------------------------------------- one search

    _is_idle = True

    async def _solved(
        self, problem: Problem, incumbent: Callable[[Schedule], None] | None
    ) -> Solution:
        request = framed(problem)
        self._is_idle = False
        process = await self._started()
        best: list[Schedule] = []

        def better(schedule: Schedule) -> None:
            best[:] = [schedule]
            if incumbent is not None:
                incumbent(schedule)

        wall_ms = problem.time_limit_ms + self._grace_ms
        try:
            async with asyncio.timeout(wall_ms / 1000):
                return await self._answer(process, request, better)
        except TimeoutError:
            await self._kill()
            if best:
                return Solution(status="feasible", schedule=best[0], wall_ms=wall_ms)
            raise Unavailable(
                f"the solver found no schedule in {problem.time_limit_ms} ms and did not end",
                code="solver.timed_out",
                next_step="give it more time, or plan less at once",
                time_limit_ms=problem.time_limit_ms,
            ) from None

    async def _answer(
        self,
        process: asyncio.subprocess.Process,
        request: bytes,
        better: Callable[[Schedule], None],
    ) -> Solution:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):  # that it is gone is seen when it is read
            process.stdin.write(request)
            await process.stdin.drain()
        while True:
            message = await self._message(process)
            if isinstance(message, Better):
                better(message.schedule)
            elif isinstance(message, Answer):
                self._is_idle = True
                return message.solution
            elif isinstance(message, Failure):
                self._is_idle = True
                raise message.as_error()

    async def _message(self, process: asyncio.subprocess.Process) -> Message:
        """The next message.

        Raises:
            Unavailable: ``solver.crashed``.
        """
        assert process.stdout is not None
        try:
            head = await process.stdout.readexactly(HEAD_BYTES)
            return message_of(await process.stdout.readexactly(length_of(head)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WAIT_S):
                    await process.wait()
            await self._kill()
            words = "; ".join(self._last_words) or str(error)
            raise Unavailable(
                f"the solver's process ended while it was needed: {words}",
                code="solver.crashed",
                next_step="try again: it is started anew",
                exit_code=process.returncode,
            ) from error

    # ----------------------------------------------------------------------------------- its life

    async def _started(self) -> asyncio.subprocess.Process:
        """The process, ready for a problem.

        Raises:
            Unavailable: ``solver.crashed``, ``extra.missing``.
        """
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._kill()
        self._last_words.clear()
        process = self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._listener = asyncio.create_task(self._listen(process))
        try:
            async with asyncio.timeout(START_MS_MAX / 1000):
                message = await self._message(process)
        except TimeoutError:
            raise Unavailable(
                f"the solver's process was not ready within {START_MS_MAX} ms",
                code="solver.crashed",
                next_step="try again when the machine has less to do",
            ) from None
        if isinstance(message, Failure):
            raise message.as_error()
        assert isinstance(message, Ready), "the first that it says"
        return process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Keep what it wrote at last on its error stream."""
        assert process.stderr is not None
        while chunk := await process.stderr.read(4096):
            self._last_words.extend(chunk.decode("utf-8", "replace").splitlines())

    async def _kill(self) -> None:
        """End the process now, and wait until it has; the end of the loop cannot keep it alive."""
        process, self._process = self._process, None
        self._is_idle = True
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.shield(process.wait())
        if self._listener is not None:
            await asyncio.shield(self._listener)
            self._listener = None
