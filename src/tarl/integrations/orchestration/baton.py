"""Two threads, one moving: a synchronous entrypoint, and the coroutine that stands for it.

The entrypoint runs in the thread of whoever called; the kernel runs in another. Whoever has the
baton moves, the other waits. What the entrypoint asks for is carried out by the coroutine, as
commands of the run; the answer comes back with the baton.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any, NamedTuple

from tarl.errors import ActivityFailed, Corrupt
from tarl.kernel.context import Context
from tarl.values.ids import RunId

Ask = Callable[[Context], Awaitable[Any]]


class Unwound(BaseException):
    """Ends an entrypoint whose run is over or was interrupted; nobody but the baton catches it."""


class Unfinished(Corrupt):
    """Ends the coroutine of an entrypoint that was broken off.

    The kernel takes a ``Corrupt`` error for an interruption of the run, which can be resumed, where
    any other would be recorded as the run's own failure.
    """

    default_code = "run.interrupted"


class _Begin(NamedTuple):
    input: Any
    run: RunId


class _Answer(NamedTuple):
    value: Any


class _Refusal(NamedTuple):
    error: Exception


class _Over(NamedTuple):
    result: Any
    error: BaseException | None


class _Asked(NamedTuple):
    ask: Ask


class _Returned(NamedTuple):
    value: Any


class _Raised(NamedTuple):
    error: Exception


class _BrokenOff(NamedTuple):
    pass


class Baton:
    """One performance of an entrypoint.

    Args:
        code: The entrypoint, given the run's input and the run.

    Attributes:
        raised: What the entrypoint raised, if it did.
        cancel: Called from the entrypoint's thread to interrupt a kernel that waits for the world.
    """

    def __init__(self, code: Callable[[Any, RunId], Any]) -> None:
        self.raised: Exception | None = None
        self.cancel: Callable[[], None] = lambda: None
        self._code = code
        self._to_code: SimpleQueue[Any] = SimpleQueue()
        self._to_kernel: SimpleQueue[Any] = SimpleQueue()
        self._over: _Over | None = None

    # --- the entrypoint's side

    def carry(self, kernel: Callable[[], Any]) -> Any:
        """Run ``kernel`` beside the entrypoint until it is over; its result, or what it raised."""
        thread = threading.Thread(target=self._run, args=(kernel,), name="tarl-run", daemon=True)
        thread.start()
        try:
            message = self._to_code.get()
            if isinstance(message, _Begin):
                self._play(message.input, message.run)
                message = self._over or self._to_code.get()
        except BaseException:
            self._to_kernel.put(_BrokenOff())
            self.cancel()
            raise
        finally:
            thread.join()
        if message.error is not None:
            raise message.error
        return message.result

    def ask(self, ask: Ask) -> Any:
        """Have the coroutine do something and wait for its answer, or its error.

        Raises:
            Unwound: the run is over, or stops here.
        """
        if self._over is None:
            self._to_kernel.put(_Asked(ask))
            message = self._to_code.get()
            if isinstance(message, _Answer):
                return message.value
            if isinstance(message, _Refusal):
                raise message.error
            self._over = message
        raise Unwound

    def _play(self, input: Any, run: RunId) -> None:
        try:
            value = self._code(input, run)
        except Unwound:
            if self._over is None:
                self._to_kernel.put(_BrokenOff())
        except Exception as error:
            self.raised = error
            self._to_kernel.put(_Raised(error))
        else:
            self._to_kernel.put(_Returned(value))

    # --- the kernel's side

    async def drive(self, ctx: Context, input: Any) -> Any:
        """The workflow that the kernel knows: it does what the entrypoint asks for."""
        self._to_code.put(_Begin(input, ctx.info.run))
        while True:
            message = self._to_kernel.get()
            if isinstance(message, _Asked):
                await self._do(message.ask, ctx)
            elif isinstance(message, _Returned):
                return message.value
            elif isinstance(message, _BrokenOff):
                raise Unfinished("the entrypoint was broken off")
            elif isinstance(message.error, Corrupt):
                raise message.error
            else:
                raise _named(message.error)

    async def _do(self, ask: Ask, ctx: Context) -> None:
        try:
            answer = await ask(ctx)
        except Exception as error:
            self._to_code.put(_Refusal(error))
        else:
            self._to_code.put(_Answer(answer))

    def _run(self, kernel: Callable[[], Any]) -> None:
        try:
            result = kernel()
        except BaseException as error:
            self._to_code.put(_Over(None, error))
        else:
            self._to_code.put(_Over(result, None))


def _named(error: Exception) -> ActivityFailed:
    """The entrypoint's error under its own name; the exception itself stays in its thread."""
    kind = error.type if isinstance(error, ActivityFailed) else type(error).__name__
    return ActivityFailed(str(error), type=kind)
