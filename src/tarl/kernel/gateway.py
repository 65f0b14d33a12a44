"""The one way from a workflow to the world: asked at the gate, run, answered with an outcome to
record.

Every effect passes here, whatever asked for it; there is no second path. The gate answers at the
moment of the effect; a gate that crashes, answers nothing or holds means that the effect does not
run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextvars import ContextVar, copy_context
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from tarl.errors import Denied, Exceeded, Invalid, TarlError
from tarl.kernel import events
from tarl.kernel.definition import Activity
from tarl.kernel.events import printable
from tarl.kernel.execution import Command, step_error, text_of
from tarl.kernel.limits import Limits
from tarl.kernel.payload import encode_value, received
from tarl.kernel.values import Shelf, shelve
from tarl.values.canonical import encode
from tarl.values.digest import length_prefixed
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict


class Effect(NamedTuple):
    """What a gate is asked about: who wants to do what, under which key."""

    run: RunId
    step: int
    activity: Activity[..., Any]
    command: Command

    @property
    def key(self) -> str:
        """The idempotency key, the same for every attempt of this step: 64 hex digits."""
        place = length_prefixed(
            b"tarl.key/1", self.run.stream.encode(), self.step.to_bytes(8, "big")
        )
        return sha256(place).hexdigest()


class Gate(Protocol):
    """Decides whether an effect may run; see ``Verdict``."""

    def decide(self, effect: Effect) -> Verdict: ...


class AllowAll:
    """A gate that lets everything pass, for work that needs no authority."""

    def decide(self, effect: Effect) -> Verdict:
        """Allow."""
        return Allow()


class DenyAll:
    """A gate that lets nothing pass, for dry runs and emergencies."""

    def decide(self, effect: Effect) -> Verdict:
        """Deny, saying so."""
        return Deny((Reason(code="gate.deny_all", text="this runtime denies every effect"),))


class Outcome(NamedTuple):
    """What the world answered: the event to record, and what to deliver once it is recorded."""

    kind: str
    body: bytes
    value: Any
    error: TarlError | None


_current: ContextVar[Effect | None] = ContextVar("tarl_effect", default=None)


def current_effect() -> Effect:
    """The effect that the calling activity carries out.

    Raises:
        Invalid: called outside an activity that a runtime runs (``activity.outside``).
    """
    effect = _current.get()
    if effect is None:
        raise Invalid("no activity is running here", code="activity.outside")
    return effect


class Gateway:
    """Carries out effects.

    Args:
        gate: Who decides.
        threads: Where synchronous activities run.
        limits: Bounds of what they may return.
    """

    def __init__(self, gate: Gate, *, threads: Executor, limits: Limits) -> None:
        self._gate = gate
        self._threads = threads
        self._limits = limits

    def refusal(self, effect: Effect) -> Outcome | None:
        """The outcome of an effect that the gate does not allow, or None if it does."""
        try:
            verdict = self._gate.decide(effect)
        except Exception as error:
            text = printable(f"the gate crashed: {type(error).__name__}: {text_of(error)}")
            verdict = Deny((Reason(code="gate.crashed", text=text),))
        if isinstance(verdict, Allow):
            return None
        if not isinstance(verdict, Verdict):
            text = f"the gate answered {type(verdict).__name__}, which is no verdict"
            verdict = Deny((Reason(code="gate.no_verdict", text=text),))
        return _denied(effect, verdict)

    async def perform(self, effect: Effect, *, shelf: Shelf) -> Outcome:
        """Run an allowed effect to its outcome; cancellation passes through and records nothing."""
        activity, step = effect.activity, effect.step
        try:
            args, kwargs = effect.command.arguments()
            _current.set(effect)
            if activity.timeout_ms is None:
                value = await self._run(activity, args, kwargs)
            else:
                async with asyncio.timeout(activity.timeout_ms / 1000):
                    value = await self._run(activity, args, kwargs)
        except (asyncio.CancelledError, Exception, SystemExit) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            return _failed(effect, error)
        return self._completed(activity, value, step, shelf)

    def perform_pure(self, effect: Effect, *, shelf: Shelf) -> Outcome:
        """Compute a pure synchronous activity at once, without leaving the thread."""
        try:
            args, kwargs = effect.command.arguments()
            value = effect.activity.fn(*args, **kwargs)
        except (Exception, SystemExit) as error:
            return _failed(effect, error)
        return self._completed(effect.activity, value, effect.step, shelf)

    async def _run(
        self, activity: Activity[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        if activity.is_async:
            return await activity.fn(*args, **kwargs)
        return await _in_thread(self._threads, partial(activity.fn, *args, **kwargs))

    def _completed(
        self, activity: Activity[..., Any], value: Any, step: int, shelf: Shelf
    ) -> Outcome:
        declared = activity.result_type
        try:
            data = encode_value(
                value,
                name=f"the result of {activity.name}",
                declared=declared,
                bytes_max=self._limits.value_bytes_max,
            )
            held = shelve(data, shelf=shelf, inline_bytes_max=self._limits.inline_bytes_max)
            delivered = received(value, data, declared)
        except (Invalid, Exceeded) as error:
            return _failed_as(error.code, error.message, step, activity.name)
        body = events.step_completed(held, step)
        return Outcome(events.STEP_COMPLETED, body, delivered, None)


async def _in_thread(threads: Executor, call: Callable[[], Any]) -> Any:
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, call)


def _is_cancelled() -> bool:
    """Whether the engine cancelled the effect, and not something that the effect itself waited
    for.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _failed(effect: Effect, error: BaseException) -> Outcome:
    if isinstance(error, TimeoutError) and effect.activity.timeout_ms is not None:
        text = text_of(error) or f"no outcome within {effect.activity.timeout_ms} ms"
        return _failed_as("TimeoutError", text, effect.step, effect.activity.name)
    return _failed_as(type(error).__name__, text_of(error), effect.step, effect.activity.name)


def _failed_as(error_type: str, message: str, step: int, activity: str) -> Outcome:
    record = events.ErrorRecord(type=printable(error_type), message=printable(message))
    body = events.step_failed(record, step)
    return Outcome(events.STEP_FAILED, body, None, step_error(record, activity=activity))


def _denied(effect: Effect, verdict: Verdict) -> Outcome:
    reasons_json = encode([reason.as_data() for reason in verdict.reasons])
    body = b'{"reasons":%b,"step":%d}' % (reasons_json, effect.step)
    reasons = events.DECODERS[events.STEP_DENIED](body).reasons  # as a replay will give them
    return Outcome(events.STEP_DENIED, body, None, denied(reasons, activity=effect.activity.name))


def denied(reasons: Sequence[Mapping[str, Any]], *, activity: str) -> Denied:
    """The exception that a recorded refusal raises inside the workflow."""
    texts = "; ".join(str(reason.get("text", "")) for reason in reasons)
    return Denied(f"{activity} was denied: {texts}", code="step.denied", reasons=list(reasons))
