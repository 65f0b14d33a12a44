"""What a worker can carry out: activities and workflows by their wire names.

The payload becomes arguments as the function declares them: nothing for a function without
parameters, the whole payload for one parameter, and for several an object of them by name or a list
of them in order.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import msgspec

from tarl.errors import ActivityFailed, Conflict, Invalid, Missing, TarlError
from tarl.journal.patience import patiently
from tarl.kernel.commands import Command
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.ending import text_of
from tarl.kernel.gateway import AllowAll, Gateway
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.payload import decode_value, encode_value
from tarl.kernel.permit import Permit
from tarl.values.canonical import encode
from tarl.values.ids import RunId
from tarl.work.queue.events import TASK_ENQUEUED
from tarl.work.queue.ledger import Delivery
from tarl.work.queue.selection import Lease
from tarl.work.workers.threads import Threads

_ONE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Runs(Protocol):
    """What carries out workflows so that they outlive their worker."""

    async def run(self, workflow: Workflow[..., Any], payload: Any, *, lease: Lease) -> Any:
        """The result of the run that belongs to a task, wherever it was begun."""


CarryOut = Callable[[Delivery, bytes], Awaitable[bytes]]
"""Carries out a leased task, whose payload is there, and gives its result as JSON."""


class Handler(NamedTuple):
    """One thing that a worker can do."""

    name: str
    timeout_ms: int | None
    carry_out: CarryOut


class Handlers:
    """Handlers by wire name.

    Args:
        definitions: Activities and workflows.
        runs: What carries out the workflows; without it they are left to other workers.
        threads: Where synchronous activities run.
        gateway: The way to the world; one whose gate lets everything pass when left out.

    Raises:
        Conflict: two definitions have one name (``worker.ambiguous``).
    """

    def __init__(
        self,
        definitions: Iterable[Activity[..., Any] | Workflow[..., Any]],
        *,
        runs: Runs | None = None,
        threads: Threads | None = None,
        limits: Limits = DEFAULT_LIMITS,
        gateway: Gateway | None = None,
    ) -> None:
        self.threads = threads or Threads()
        self._gateway = gateway or _open_gateway(limits)
        self._limits = limits
        self._by_name: dict[str, Handler] = {}
        self._definitions: dict[str, Any] = {}
        for definition in definitions:
            if isinstance(definition, Workflow):
                if runs is not None:
                    self._add(definition, None, self._running(definition, runs))
            else:
                self._add(definition, definition.timeout_ms, self._calling(definition))

    @property
    def names(self) -> frozenset[str]:
        """Every name."""
        return frozenset(self._by_name)

    def find(self, name: str) -> Handler:
        """The handler of a name.

        Raises:
            Missing: there is none (``worker.no_handler``).
        """
        handler = self._by_name.get(name)
        if handler is None:
            raise Missing(
                f"nothing that is loaded carries out {name!r}",
                code="worker.no_handler",
                next_step="give the worker the file that defines it: tarl worker --code FILE",
                name=name,
            )
        return handler

    def _add(
        self,
        definition: Activity[..., Any] | Workflow[..., Any],
        timeout_ms: int | None,
        carry_out: CarryOut,
    ) -> None:
        name = definition.name
        known = self._definitions.get(name)
        if known is not None and known is not definition:
            raise Conflict(
                f"two of the loaded definitions are named {name!r}",
                code="worker.ambiguous",
                next_step="give one of them another name: @activity(name=...)",
                name=name,
            )
        self._definitions[name] = definition
        self._by_name[name] = Handler(name, timeout_ms, carry_out)

    def _calling(self, activity: Activity[..., Any]) -> CarryOut:
        parameters = _parameters(activity)
        fn = activity.fn

        async def carry_out(delivery: Delivery, payload: bytes) -> bytes:
            args, kwargs = arguments(activity.name, parameters, payload)
            effect = _effect(activity, delivery, payload)
            await patiently(partial(self._permit, effect))
            shown = _in_its_run(effect, delivery)
            try:
                if activity.is_async:
                    result = await fn(*args, **kwargs)
                else:
                    result = await self.threads.run(lambda: fn(*args, **kwargs))
            except Exception as error:
                self._raise_shown(shown, error)
                raise
            data = self._encoded(activity.name, result, activity.result_type)
            return self._gateway.screen.result(shown, data)

        return carry_out

    def _permit(self, effect: Effect) -> None:
        permit = self._gateway.ask(effect)
        refused = self._gateway.take(permit, effect) if isinstance(permit, Permit) else permit
        if refused is not None and refused.error is not None:
            raise refused.error

    def _raise_shown(self, effect: Effect, error: Exception) -> None:
        """Raise, instead of an error that says what is not to be recorded, one that does not: the
        same one where it can be made to say something else.
        """
        text = text_of(error)
        shown = self._gateway.screen.message(effect, text)
        if shown == text:
            return
        error.args = (shown,)
        if isinstance(error, TarlError):
            error.message = shown
        if text_of(error) != shown:
            name = effect.activity.name
            raise ActivityFailed(shown, type=type(error).__name__, activity=name) from None

    def _running(self, workflow: Workflow[..., Any], runs: Runs) -> CarryOut:
        async def carry_out(delivery: Delivery, payload: bytes) -> bytes:
            workflow.check_input(payload)
            given = decode_value(payload, workflow.input_type)
            result = await runs.run(workflow, given, lease=delivery.lease)
            return self._encoded(workflow.name, result, workflow.result_type)

        return carry_out

    def _encoded(self, name: str, result: Any, declared: Any) -> bytes:
        return encode_value(
            result,
            name=f"the result of {name}",
            declared=declared,
            bytes_max=self._limits.value_bytes_max,
        )


def _open_gateway(limits: Limits) -> Gateway:
    return Gateway(AllowAll(), threads=ThreadPoolExecutor(1), limits=limits, now_s=lambda: 0.0)


def _effect(activity: Activity[..., Any], delivery: Delivery, payload: bytes) -> Effect:
    """What a gate is asked about a task: the same as about the step that it was asked for by."""
    task, spec = delivery.lease.task, delivery.spec
    args_json, kwargs_json = _parts(len(activity.signature.parameters), payload)
    command = Command(
        TASK_ENQUEUED,
        payload,
        delivery.lease.attempt,
        activity,
        args_json=args_json,
        kwargs_json=kwargs_json,
    )
    asked = _asked_for_by(activity, delivery, command)
    if asked is not None:
        return asked
    run = RunId(task.tenant, f"{task.queue}/{task.id}", 1)
    return Effect(run, 1, activity, command, spec.acting, delivery.journal)


def _asked_for_by(
    activity: Activity[..., Any], delivery: Delivery, command: Command
) -> Effect | None:
    """The effect of the step that a task names as its origin, if the task bears its key."""
    task, spec = delivery.lease.task, delivery.spec
    stream, _, step = spec.origin.rpartition("#")
    if spec.acting is None or not step.isdecimal() or not 0 < len(step) < 16:
        return None
    try:
        run = RunId.from_stream(stream)
    except Invalid:
        return None
    effect = Effect(run, int(step), activity, command, spec.acting, delivery.journal)
    bears = task.id.startswith(f"{effect.key[:32]}-")
    return effect if run.tenant == task.tenant and bears else None


def _in_its_run(effect: Effect, delivery: Delivery) -> Effect:
    """The effect under the name of the run that asked for it, so that what is taken out of its
    answer is marked as everything in that run is.
    """
    stream, _, step = delivery.spec.origin.rpartition("#")
    try:
        run = RunId.from_stream(stream)
    except Invalid:
        return effect
    if run.tenant != effect.run.tenant or not step.isdecimal():
        return effect
    return Effect(run, effect.step, effect.activity, effect.command, effect.acting, effect.journal)


def _parts(parameters: int, payload: bytes) -> tuple[bytes, bytes]:
    """A payload as positional and named arguments, in JSON."""
    if not parameters:
        return b"[]", b"{}"
    if parameters == 1:
        return b"[%b]" % payload, b"{}"
    return (payload, b"{}") if payload.startswith(b"[") else (b"[]", payload)


def defined_in(*modules: ModuleType) -> list[Activity[..., Any] | Workflow[..., Any]]:
    """The activities and workflows that modules define or import, each once."""
    found: dict[int, Activity[..., Any] | Workflow[..., Any]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Activity | Workflow):
                found[id(value)] = value
    return list(found.values())


def arguments(
    name: str, parameters: list[inspect.Parameter], payload: bytes
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments that a payload stands for.

    Raises:
        Invalid: it does not fit the parameters (``worker.payload``).
    """
    try:
        return _arguments(parameters, payload)
    except (Invalid, TypeError, ValueError) as error:
        raise Invalid(
            f"the payload does not fit {name}: {error}",
            code="worker.payload",
            next_step="enqueue what the function's parameters declare",
        ) from None


def _arguments(
    parameters: list[inspect.Parameter], payload: bytes
) -> tuple[list[Any], dict[str, Any]]:
    if not parameters:
        if payload != b"null":
            raise ValueError("it takes no payload")
        return [], {}
    if len(parameters) == 1 and parameters[0].kind in _ONE:
        only = parameters[0]
        if payload == b"null" and only.default is not inspect.Parameter.empty:
            return [], {}
        return [decode_value(payload, only.annotation)], {}
    given = msgspec.json.decode(payload)
    signature = inspect.Signature(parameters)
    if isinstance(given, list):
        bound = signature.bind(*given)
    elif isinstance(given, dict):
        bound = signature.bind(**given)
    else:
        raise TypeError("several parameters take an object or a list")
    for parameter in parameters:
        if parameter.name in bound.arguments and parameter.annotation is not Any:
            value = encode(bound.arguments[parameter.name])
            bound.arguments[parameter.name] = decode_value(value, parameter.annotation)
    return list(bound.args), bound.kwargs


def _parameters(activity: Activity[..., Any]) -> list[inspect.Parameter]:
    parameters = list(activity.signature.parameters.values())
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            raise Invalid(
                f"activity {activity.name!r} takes any arguments, so no payload can be checked",
                code="worker.parameters",
                next_step="name its parameters",
            )
    return parameters
