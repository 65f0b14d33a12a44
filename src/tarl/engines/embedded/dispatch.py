"""Steps that another process carries out: an effect becomes a task, the task's end its outcome.

The task's id is the effect's key and attempt, so a run that was taken up again finds the task that
it had asked for instead of asking twice. What the activity needs, the worker must have.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.errors import ActivityFailed, Refused, TarlError
from tarl.kernel import events
from tarl.kernel.attempt import Attempt
from tarl.kernel.effect import Effect
from tarl.kernel.events import ErrorRecord
from tarl.kernel.gateway import Failure, Outcome, failed
from tarl.kernel.payload import decode_value
from tarl.kernel.permit import Permit
from tarl.kernel.retry import RetryPolicy
from tarl.kernel.values import Shelf, shelve
from tarl.tenancy.metering import bounds_of
from tarl.values.canonical import encode
from tarl.work.queue.task import task_id
from tarl.work.queue.together import AsyncTaskQueue

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

_ONCE = RetryPolicy(attempts_max=1)
"""The workflow's own policy decides about further attempts."""

_TIMED_OUT = frozenset({"TaskTimeout", "LeaseExpired", "TimeoutError"})
"""How a task fails that may have taken effect all the same."""


class Dispatch:
    """The queues of one runtime, by name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queues: dict[str, AsyncTaskQueue] = {}

    async def perform(
        self, attempt: Attempt, permit: Permit, *, shelf: Shelf, timeout_ms: int | None = None
    ) -> Outcome:
        """Have an allowed effect carried out by a worker; cancellation takes the task back."""
        effect = attempt.effect
        refused = self._engine.gateway.take(permit, effect, attempt.number)
        if refused is not None:
            return refused
        activity, step = effect.activity, effect.step
        assert activity.queue is not None
        queue = self._queue(activity.queue)
        id = f"{effect.key[:32]}-{attempt.number}"
        task = task_id(effect.run.tenant, activity.queue, id)
        try:
            await queue.enqueue(
                activity.name,
                _payload(effect),
                id=id,
                tenant=effect.run.tenant,
                needs=sorted(activity.needs),
                retry=_ONCE,
                timeout_ms=timeout_ms,
                acting=effect.acting,
                origin=f"{effect.run.stream}#{step}",
            )
            value = await queue.result(task)
        except asyncio.CancelledError:
            with contextlib.suppress(TarlError):  # it may be over by now
                await queue.cancel(task, by=effect.run.ref)
            raise
        except ActivityFailed as error:
            return _failure(effect, error.type, error.message)
        except TarlError as error:
            return _failure(effect, error.code, error.message)
        try:
            data = self._engine.gateway.screen.result(effect, encode(value))
        except Refused as error:
            return _failure(effect, error.code, error.message)
        held = shelve(data, shelf=shelf, inline_bytes_max=self._engine.limits.inline_bytes_max)
        delivered = decode_value(data, activity.result_type)
        return Outcome(events.STEP_COMPLETED, events.step_completed(held, step), delivered, None)

    def close(self) -> None:
        """Let those that wait know that nobody looks any more."""
        for queue in self._queues.values():
            queue.close()

    def _queue(self, name: str) -> AsyncTaskQueue:
        queue = self._queues.get(name)
        if queue is None:
            engine = self._engine
            queue = self._queues[name] = AsyncTaskQueue(
                engine.store,
                name,
                clock=engine.clock,
                draw_id=str,  # a step's task has the id of its effect
                bounds=bounds_of(engine.store),
                metrics=engine.metrics,
                limits=engine.limits,
            )
        return queue


def _payload(effect: Effect) -> Any:
    """The arguments as a worker's handler takes them; see ``work.workers.handlers``."""
    args, kwargs = effect.command.arguments()
    parameters = list(effect.activity.signature.parameters)
    if not parameters:
        return None
    named = effect.activity.signature.bind(*args, **kwargs).arguments
    if len(parameters) == 1:
        return msgspec.to_builtins(next(iter(named.values()), None))
    return msgspec.to_builtins(dict(named))


def _failure(effect: Effect, error_type: str, message: str) -> Outcome:
    record = ErrorRecord(type=error_type, message=message)
    outcome = failed(record, effect.step, activity=effect.activity.name)
    late = error_type in _TIMED_OUT
    failure = Failure(record, (error_type,), may_have_happened=late)
    return msgspec.structs.replace(outcome, failure=failure)
