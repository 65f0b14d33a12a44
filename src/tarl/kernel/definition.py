"""Workflows and activities as values: a wire name, a function and what it declares about itself.

Wire names are what the journal knows; code is found by them, never by a path. A function's name is
its qualified name unless ``name=`` says otherwise. Lambdas and functions defined inside functions
are refused, because no process could find them again after a restart.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, update_wrapper
from hashlib import sha256
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

from tarl.errors import Conflict, Invalid, Missing
from tarl.kernel import guard
from tarl.kernel.acting import Acting
from tarl.kernel.aims import Access, Capture, check_declared
from tarl.kernel.events import StepCompletedAs, step_scheduled_parts
from tarl.kernel.marks import Said
from tarl.kernel.payload import completion_decoder, decode_value
from tarl.kernel.retry import RetryPolicy
from tarl.values.canonical import quote
from tarl.values.ids import encode_segment

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

NAME_CHARS_MAX = 200

PLAIN = (bool, int, float, str)
"""Types of values that JSON has as they are."""

_KEEP: Any = object()
"""An option that a call leaves as the activity declares it."""


class Activity(Generic[P, R]):
    """A function with effects, callable in workflows through ``ctx.call``.

    Calling it directly runs the function, unrecorded, as in a unit test.

    Attributes:
        name: Its wire name.
        idempotent: Whether it may be attempted again, under the same key, after a crash. If not,
            its intent is on disk before it runs and a lost outcome is reported, not retried.
        pure: Whether it computes only from its arguments; its result may run ahead of the disk, up
            to the next effect, timer or completion.
        needs: Capabilities its effect takes.
        timeout_ms: How long one attempt may take (start to close); None for no limit.
        total_timeout_ms: How long all attempts and the waits between them may take together
            (schedule to close).
        heartbeat_ms: How long an attempt may stay silent; it says ``tarl.heartbeat()``.
        retry: When a failed attempt is followed by another; None for never.
        compensate: The activity that undoes a completed call if the run fails or is cancelled. It
            gets the call's arguments, and the result as ``result`` if it has such a parameter.
        queue: The task queue whose workers carry it out (``tarl worker``); this process when None.
        token: Calls of this activity in the tenant that name the same token share one outcome,
            over runs, processes and restarts.
        access: Whether its effect changes the world (``write``) or only looks (``read``).
        resource: What it acts on: a path in which ``{parameter}`` stands for an argument, which
            becomes one segment, percent-encoded. ``activity/<name>`` when None.
        spends: What a call takes from its agent's budgets: an amount by unit, or the parameter
            that says it, in the unit's minor units (cents).
        capture: Whether a call's arguments are recorded (``full``), or the digest of them alone:
            for contents that the journal is not to keep. Results are what a run remembers and are
            always recorded; a sealed tenant's are readable with its key alone.
        redact: Classes of values that are taken out of its arguments, results and errors before
            they are recorded, such as ``email`` or ``secrets``; see ``tarl safety classes``.
        untrusted: Who says that what it answers may hold what strangers wrote: ``declared`` by its
            author (``untrusted=True``), ``assumed`` of a tool that lies outside, or None: nobody.
        is_record: Whether all that it does is a record in the journal, as handing on authority is.
    """

    def __init__(
        self,
        fn: Callable[P, R],
        *,
        name: str | None = None,
        idempotent: bool = True,
        pure: bool = False,
        needs: Iterable[str] = (),
        timeout_ms: int | None = None,
        total_timeout_ms: int | None = None,
        heartbeat_ms: int | None = None,
        retry: RetryPolicy | None = None,
        compensate: Activity[..., Any] | None = None,
        queue: str | None = None,
        token: str | None = None,
        access: Access = "write",
        resource: str | None = None,
        spends: Mapping[str, int | str] | None = None,
        capture: Capture = "full",
        redact: Iterable[str] = (),
        untrusted: bool | Said | None = None,
        is_record: bool = False,
    ) -> None:
        self.fn = fn
        self.name = name or wire_name(fn, "activity")
        self.idempotent = idempotent
        self.pure = pure
        self.needs = frozenset(needs)
        self.timeout_ms = timeout_ms
        self.total_timeout_ms = total_timeout_ms
        self.heartbeat_ms = heartbeat_ms
        self.retry = retry
        self.compensate = compensate
        self.queue = queue
        self.token = token
        self.access = access
        self.resource = resource
        self.spends = dict(spends or {})
        self.capture: Capture = capture
        self.redact = tuple(sorted(set(redact)))
        self.untrusted: Said | None = _said(untrusted)
        self.is_record = is_record
        self.records_intent_first = not idempotent or bool(spends)
        self.is_plain = token is None and queue is None and total_timeout_ms is None
        self.is_async = inspect.iscoroutinefunction(fn)
        self.scheduled_parts = step_scheduled_parts(quote(self.name), self.mode, token)
        update_wrapper(self, fn)
        check_declared(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        guard.check_effect(self.name)
        return self.fn(*args, **kwargs)

    def options(
        self,
        *,
        idempotent: bool = _KEEP,
        pure: bool = _KEEP,
        timeout_ms: int | None = _KEEP,
        total_timeout_ms: int | None = _KEEP,
        heartbeat_ms: int | None = _KEEP,
        retry: RetryPolicy | None = _KEEP,
        compensate: Activity[..., Any] | None = _KEEP,
        queue: str | None = _KEEP,
        token: str | None = _KEEP,
        capture: Capture = _KEEP,
    ) -> Activity[P, R]:
        """The same activity with other options for one call."""
        chosen: dict[str, Any] = {
            "idempotent": idempotent,
            "pure": pure,
            "timeout_ms": timeout_ms,
            "total_timeout_ms": total_timeout_ms,
            "heartbeat_ms": heartbeat_ms,
            "retry": retry,
            "compensate": compensate,
            "queue": queue,
            "token": token,
            "capture": capture,
        }
        options: dict[str, Any] = {
            key: getattr(self, key) if value is _KEEP else value for key, value in chosen.items()
        }
        return Activity(
            self.fn,
            name=self.name,
            needs=self.needs,
            access=self.access,
            resource=self.resource,
            spends=self.spends,
            redact=self.redact,
            untrusted=self.untrusted,
            is_record=self.is_record,
            **options,
        )

    def scheduled_parts_for(self, acting: Acting) -> tuple[bytes, ...]:
        """Like ``scheduled_parts``, of a step that is taken for an agent of its own."""
        return step_scheduled_parts(quote(self.name), self.mode, self.token, acting)

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The capabilities that a call takes, in order: what it needs, or the call itself."""
        return tuple(sorted(self.needs)) or (f"call.{self.name}",)

    @cached_property
    def positional_types(self) -> tuple[tuple[Any, ...], Any]:
        """The declared types of what a call may give by position, and of what comes after."""
        kinds = inspect.Parameter
        positional = (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        parameters = self.signature.parameters.values()
        rest = [p.annotation for p in parameters if p.kind is kinds.VAR_POSITIONAL]
        types = tuple(p.annotation for p in parameters if p.kind in positional)
        return types, rest[0] if rest else Any

    @cached_property
    def fixed_resource(self) -> str | None:
        """What every call acts on; None where that depends on its arguments."""
        if self.resource is None:
            return f"activity/{encode_segment(self.name)}"
        return None if "{" in self.resource else self.resource

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of the parameters that a call may give by position."""
        kinds = inspect.Parameter
        positional = (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        return tuple(p.name for p in self.signature.parameters.values() if p.kind in positional)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a call that leaves arguments out has in their place, where JSON has it as it is."""
        parameters = self.signature.parameters.values()
        return {p.name: p.default for p in parameters if type(p.default) in PLAIN}

    @cached_property
    def mode(self) -> str:
        """The durability mode of a call: ``strict``, ``pure`` or ``non_idempotent``."""
        if self.pure:
            return "pure"
        return "strict" if self.idempotent else "non_idempotent"

    @cached_property
    def result_type(self) -> Any:
        """The declared type of the result; Any when nothing is declared."""
        return _hints(self.fn).get("return", Any)

    @cached_property
    def decode_completed(self) -> Callable[[bytes], StepCompletedAs[Any]]:
        """Reads the body of a step's completion, its result as the declared type; not for results
        that lie in blobs.
        """
        return completion_decoder(self.result_type)

    @cached_property
    def signature(self) -> inspect.Signature:
        """The function's parameters with their declared types resolved."""
        return _typed_signature(self.fn)


class Workflow(Generic[P, R]):
    """An ``async def`` over a ``Context``, which the kernel can run, stop, resume and replay.

    Attributes:
        name: Its wire name.
        capabilities: The manifest: what its calls may need. None declares nothing and permits
            whatever the gate permits.
        allow: Codes of determinism findings that the author accepts.
        untrusted: Whether its input is what strangers wrote: a run begins with the mark.
    """

    def __init__(
        self,
        fn: Callable[P, R],
        *,
        name: str | None = None,
        capabilities: Iterable[str] | None = None,
        allow: Iterable[str] = (),
        untrusted: bool = False,
    ) -> None:
        if not inspect.iscoroutinefunction(fn):
            raise Invalid(
                f"workflow {getattr(fn, '__qualname__', fn)!r} is not an async def",
                code="workflow.not_async",
                next_step="write `async def`, and await ctx.call(...) for effects",
            )
        self.fn = fn
        self.name = name or wire_name(fn, "workflow")
        self.capabilities = None if capabilities is None else frozenset(capabilities)
        self.allow = frozenset(allow)
        self.untrusted = untrusted
        parameters = list(inspect.signature(fn).parameters.values())
        if not 1 <= len(parameters) <= 2:
            raise Invalid(
                f"workflow {self.name!r} takes {len(parameters)} parameters;"
                " it must take a context and at most one input",
                code="workflow.parameters",
                next_step="async def my_workflow(ctx, input)",
            )
        self.takes_input = len(parameters) == 2
        self._input_parameter = parameters[1] if self.takes_input else None
        update_wrapper(self, fn)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.fn(*args, **kwargs)  # type: ignore[return-value]  # async code answers with a coroutine

    @property
    def input_is_optional(self) -> bool:
        """Whether the input may be left out."""
        parameter = self._input_parameter
        return parameter is None or parameter.default is not inspect.Parameter.empty

    @cached_property
    def input_type(self) -> Any:
        """The declared type of the input; Any when nothing is declared."""
        if self._input_parameter is None:
            return Any
        return _hints(self.fn).get(self._input_parameter.name, Any)

    def leaves_out(self, input_json: bytes) -> bool:
        """Whether the function is called without this input: it takes none, or has a default for
        null.
        """
        return not self.takes_input or (input_json == b"null" and self.input_is_optional)

    def check_input(self, input_json: bytes) -> None:
        """Read an input as the declared type, before a run with it is recorded.

        Raises:
            Invalid: it does not fit the type, or the workflow takes no input (``workflow.input``).
        """
        if not self.takes_input and input_json != b"null":
            raise Invalid(
                f"workflow {self.name!r} takes no input",
                code="workflow.input",
                next_step="leave the input out, or give the workflow a second parameter",
            )
        if not self.leaves_out(input_json):
            try:
                decode_value(input_json, self.input_type)
            except Invalid as error:
                raise Invalid(
                    f"the input does not fit workflow {self.name!r}: {error.message}",
                    code="workflow.input",
                    next_step="give an input of the annotated type",
                ) from None

    @cached_property
    def result_type(self) -> Any:
        """The declared type of the result; Any when nothing is declared."""
        return _hints(self.fn).get("return", Any)

    @cached_property
    def code_digest(self) -> str:
        """SHA-256 of the function's source text, hex: says that code changed, decides nothing."""
        try:
            source = textwrap.dedent(inspect.getsource(self.fn)).encode()
        except (OSError, TypeError):
            code = self.fn.__code__
            source = code.co_code + repr(code.co_names).encode() + repr(code.co_varnames).encode()
        return sha256(source).hexdigest()


def wire_name(fn: Callable[..., Any], what: str) -> str:
    """The qualified name of a function that another process can find again.

    Raises:
        Invalid: a lambda, a local function or a name that is too long (``<what>.local``).
    """
    name = str(getattr(fn, "__qualname__", ""))
    if not name or "<lambda>" in name or "<locals>" in name:
        raise Invalid(
            f"{what} {name or fn!r} is a lambda or a local function;"
            " no process could find it again after a restart",
            code=f"{what}.local",
            next_step=f"define the {what} at the top level of a module",
        )
    if len(name) > NAME_CHARS_MAX:
        raise Invalid(f"the name of {what} {name!r} is too long", code=f"{what}.name")
    return name


class Registry:
    """Workflows by their wire name."""

    def __init__(self, workflows: Iterable[Workflow[..., Any]] = ()) -> None:
        self._by_name: dict[str, list[Workflow[..., Any]]] = {}
        for workflow in workflows:
            self.add(workflow)

    def add(self, workflow: Workflow[..., Any]) -> None:
        """Register a workflow; one that was loaded again from the same file replaces its former
        self.
        """
        same_name = self._by_name.setdefault(workflow.name, [])
        file = workflow.fn.__code__.co_filename
        same_name[:] = [w for w in same_name if w.fn.__code__.co_filename != file] + [workflow]

    def names(self) -> list[str]:
        """Every name, sorted."""
        return sorted(self._by_name)

    def find(self, name: str) -> Workflow[..., Any]:
        """The workflow of a name.

        Raises:
            Missing: no loaded code has a workflow of this name (``workflow.unknown``).
            Conflict: two files have one each (``workflow.ambiguous``).
        """
        found = self._by_name.get(name, [])
        if not found:
            raise Missing(
                f"no workflow named {name!r} is loaded",
                code="workflow.unknown",
                next_step="load its code with --code FILE, or list its module under [tarl] modules",
                name=name,
                loaded=self.names(),
            )
        if len(found) > 1:
            files = sorted(w.fn.__code__.co_filename for w in found)
            raise Conflict(
                f"workflow {name!r} is defined in {len(files)} loaded files",
                code="workflow.ambiguous",
                next_step="give one of them another name with @workflow(name=...)",
                files=files,
            )
        return found[0]


DECLARED = Registry()
"""Every workflow that a decorator has declared in this process."""


@overload
def workflow(fn: Callable[P, R], /) -> Workflow[P, R]: ...


@overload
def workflow(
    *,
    name: str | None = None,
    capabilities: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    untrusted: bool = False,
) -> Callable[[Callable[P, R]], Workflow[P, R]]: ...


def workflow(fn: Any = None, /, **options: Any) -> Any:
    """Declare an ``async def`` as a workflow; see ``Workflow`` for the options.

    Raises:
        Invalid: not an async function, a local function or wrong parameters.
    """

    def declare(target: Callable[..., Any]) -> Workflow[..., Any]:
        definition = Workflow(target, **options)
        DECLARED.add(definition)
        return definition

    return declare if fn is None else declare(fn)


@overload
def activity(fn: Callable[P, R], /) -> Activity[P, R]: ...


@overload
def activity(
    *,
    name: str | None = None,
    idempotent: bool = True,
    pure: bool = False,
    needs: Iterable[str] = (),
    timeout_ms: int | None = None,
    total_timeout_ms: int | None = None,
    heartbeat_ms: int | None = None,
    retry: RetryPolicy | None = None,
    compensate: Activity[..., Any] | None = None,
    queue: str | None = None,
    token: str | None = None,
    access: Access = "write",
    resource: str | None = None,
    spends: Mapping[str, int | str] | None = None,
    capture: Capture = "full",
    redact: Iterable[str] = (),
    untrusted: bool | Said | None = None,
    is_record: bool = False,
) -> Callable[[Callable[P, R]], Activity[P, R]]: ...


def activity(fn: Any = None, /, **options: Any) -> Any:
    """Declare a function with effects as an activity; see ``Activity`` for the options."""

    def declare(target: Callable[..., Any]) -> Activity[..., Any]:
        return Activity(target, **options)

    return declare if fn is None else declare(fn)


def _said(untrusted: bool | Said | None) -> Said | None:
    return ("declared" if untrusted else None) if isinstance(untrusted, bool) else untrusted


def _hints(fn: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(fn)
    except NameError as error:
        raise Invalid(
            f"a type in the signature of {fn.__qualname__!r} is unknown: {error}",
            code="definition.type",
            next_step="import the type at the top level of the module",
        ) from error


def _typed_signature(fn: Callable[..., Any]) -> inspect.Signature:
    hints = _hints(fn)
    signature = inspect.signature(fn)
    return signature.replace(
        parameters=[
            p.replace(annotation=hints.get(p.name, Any)) for p in signature.parameters.values()
        ]
    )
