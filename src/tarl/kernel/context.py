"""The workflow author's view of the kernel: everything a workflow may ask for."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

import msgspec

from tarl.kernel import guard
from tarl.kernel.definition import Activity
from tarl.values.ids import RunId
from tarl.values.instants import to_datetime

if TYPE_CHECKING:
    from tarl.kernel.execution import Execution

P = ParamSpec("P")
R = TypeVar("R")


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which run a context belongs to."""

    run: RunId
    workflow: str
    is_replaying: bool


class Context:
    """What a workflow may use of the world, every answer recorded or derived, never observed
    anew.
    """

    __slots__ = ("_execution", "logger")

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self.logger = RunLogger(execution)

    @overload
    def call(
        self, activity: Activity[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...

    @overload
    def call(
        self, activity: Activity[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...

    def call(
        self, activity: Activity[Any, Any], /, *args: Any, **kwargs: Any
    ) -> Coroutine[Any, Any, Any]:
        """Run an activity through the gateway and return its recorded result.

        Raises:
            ActivityFailed: it raised, timed out, or its result could not be recorded.
            Denied: the gate or the workflow's manifest refused it; it did not run.
            UnknownOutcome: a person decided that a cut-off step counts as failed.
            Invalid: not an activity, or arguments without a JSON form.
        """
        return self._execution.call(activity, args, kwargs)

    async def sleep(self, seconds: float) -> None:
        """Wait durably; the same as ``asyncio.sleep`` in a workflow. Resolution: 1 ms."""
        await asyncio.sleep(seconds)

    def now(self) -> datetime:
        """The recorded UTC time of the last event that this run has seen."""
        return to_datetime(self._execution.now_ms)

    def random(self, name: str = "default") -> random.Random:
        """The run's random stream of a name; streams do not disturb one another."""
        return self._execution.random(name)

    def uuid(self) -> uuid.UUID:
        """A UUID that every replay draws again; calls added elsewhere do not change it."""
        return self._execution.uuid()

    def snapshot(self, state: Any) -> str:
        """Record ``state`` (JSON values) at this point, for people who look back; its id in hex."""
        return self._execution.snapshot(state)

    def patched(self, patch: str) -> bool:
        """True in runs that reach this point with the new code first, False in runs from before."""
        return self._execution.patched(patch)

    @property
    def info(self) -> RunInfo:
        """Which run this is, and whether it is being replayed."""
        return self._execution.info


class RunLogger:
    """Writes to the logger ``tarl.run``, and is silent while history is replayed."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def debug(self, message: str, *args: object) -> None:
        """Log at DEBUG."""
        self._log(logging.DEBUG, message, args)

    def info(self, message: str, *args: object) -> None:
        """Log at INFO."""
        self._log(logging.INFO, message, args)

    def warning(self, message: str, *args: object) -> None:
        """Log at WARNING."""
        self._log(logging.WARNING, message, args)

    def error(self, message: str, *args: object) -> None:
        """Log at ERROR."""
        self._log(logging.ERROR, message, args)

    def _log(self, level: int, message: str, args: tuple[object, ...]) -> None:
        if not self._execution.replaying:
            with guard.suspended():
                extra = {"run": self._execution.run.ref}
                logging.getLogger("tarl.run").log(level, message, *args, extra=extra)


Body = Callable[[Context, Any], Awaitable[Any]]
