"""What the workflow's code decides: commands, and how a call becomes one.

The bytes of a command are what replay compares; arguments are recorded as canonical JSON and read
back from it as the activity declares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tarl.errors import ActivityFailed, Denied, Invalid
from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.arguments import encode_arguments, encode_keywords, encode_scalars, read_arguments
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.limits import Limits
from tarl.kernel.marks import Mark, member
from tarl.kernel.payload import decode_value
from tarl.kernel.taint import Suspicion
from tarl.kernel.values import digested
from tarl.policy.capability import holds
from tarl.values.canonical import encode


class Command(msgspec.Struct, eq=False):
    """Something the workflow's code decided: an event to record and, for some, work to begin.

    ``number`` is the step's or timer's own. ``activity`` and the arguments are set for steps, and
    ``acting`` for those that are not taken for whom the run acts, ``suspicion`` for those asked for
    after something untrusted had entered the run; ``delay_ms`` for timers; ``at_ms`` is when the
    event was recorded.
    """

    kind: str
    body: bytes
    number: int = 0
    activity: Activity[..., Any] | None = None
    acting: Acting | None = None
    args: tuple[Any, ...] = ()
    args_json: bytes | None = None
    kwargs_json: bytes = b"{}"
    delay_ms: int = 0
    at_ms: int = 0
    suspicion: Suspicion | None = None

    def body_of_arguments(self) -> bytes:
        """The arguments as they are recorded, for who compares calls."""
        scheduled = events.DECODERS[events.STEP_SCHEDULED](self.body)
        return bytes(scheduled.args) + bytes(scheduled.kwargs)

    def json_arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as JSON values, whatever the activity declares."""
        if self.args_json is None:
            return [*self.args], {}
        return decode_value(self.args_json), decode_value(self.kwargs_json)

    def named_arguments(self) -> dict[str, Any]:
        """The arguments by parameter, as JSON values; plain defaults for those left out."""
        assert self.activity is not None
        args, kwargs = self.json_arguments()
        names = self.activity.parameter_names
        given: dict[str, Any] = dict(zip(names, args, strict=False))
        if len(args) > len(names):
            given[f"*{len(given)}"] = list(args[len(given) :])
        return {**self.activity.defaults, **given, **kwargs}

    def adopt(self, body: bytes, read: Callable[[bytes], Any]) -> bool:
        """Take the recorded arguments of a call that is recorded without some of what was in them;
        False where it is no call of this activity at this place.
        """
        activity = self.activity
        if self.kind != events.STEP_SCHEDULED or activity is None or not activity.redact:
            return False
        recorded = events.DECODERS[self.kind](body)
        if (recorded.activity, recorded.step) != (activity.name, self.number):
            return False
        self.body, self.args_json = body, encode(read(bytes(recorded.args)))
        self.kwargs_json = encode(read(bytes(recorded.kwargs)))
        return True

    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments as the activity receives them: read back from their recorded bytes."""
        assert self.activity is not None
        if self.args_json is None:
            return self.args, {}
        return read_arguments(self.activity, self.args_json, self.kwargs_json)


Screened = Callable[[Activity[..., Any], bytes], bytes]


def step_command(
    activity: Activity[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    step: int,
    limits: Limits,
    shelve: Callable[[bytes], bytes],
    acting: Acting | None = None,
    mark: Mark | None = None,
    screened: Screened | None = None,
) -> Command:
    """The command of a call; ``mark`` is the one under which it is asked for, ``screened`` what
    takes out of arguments what the activity says is not to be recorded.

    Raises:
        Invalid: an argument without a JSON form.
        Exceeded: the arguments are too large.
    """
    limit = limits.value_bytes_max
    scalars_json = encode_scalars(args)
    if scalars_json is not None and len(scalars_json) <= limit:
        args_json = scalars_json
    else:
        args_json = encode_arguments(activity, args, bytes_max=limit)
    kwargs_json = encode_keywords(activity, kwargs, bytes_max=limit) if kwargs else None
    if activity.redact and screened is not None:
        args_json, scalars_json = screened(activity, args_json), None
        kwargs_json = None if kwargs_json is None else screened(activity, kwargs_json)
    if activity.capture == "digest":
        shelve = digested
        held = digested(args_json)
    else:
        held = args_json if len(args_json) <= limits.inline_bytes_max else shelve(args_json)
    if acting is None:
        start, end, tail = activity.scheduled_parts
    else:
        start, end, tail = activity.scheduled_parts_for(acting)
    if mark is not None:
        tail = member(mark) + tail
    if kwargs_json is None:
        body = b"%b%b%b%d%b" % (start, held, end, step, tail)
    else:
        body = b'%b%b,"kwargs":%b%b%d%b' % (start, held, shelve(kwargs_json), end, step, tail)
    command = Command(events.STEP_SCHEDULED, body, step, activity, acting, args)
    if kwargs_json is not None:
        command.kwargs_json = kwargs_json
        command.args_json = args_json
    elif scalars_json is None:
        command.args_json = args_json
    return command


def check_callable(activity: Any, workflow: Workflow[..., Any]) -> None:
    """Refuse what a workflow may not call.

    Raises:
        Invalid: it is no activity (``step.not_an_activity``).
        Denied: the workflow's manifest does not hold what it needs (``manifest.outside``).
    """
    if not isinstance(activity, Activity):
        raise Invalid(
            f"{getattr(activity, '__qualname__', activity)!r} is not an activity",
            code="step.not_an_activity",
            next_step="decorate the function with @activity",
        )
    manifest = workflow.capabilities
    if manifest is None or not activity.needs:
        return
    outside = [need for need in sorted(activity.needs) if not holds(manifest, need)]
    if outside:
        raise Denied(
            f"{activity.name} needs {', '.join(outside)},"
            f" which the manifest of {workflow.name} does not hold",
            code="manifest.outside",
            next_step="add the capability to @workflow(capabilities=...)",
            activity=activity.name,
            needs=outside,
        )


def step_error(error: events.ErrorRecord, *, activity: str) -> ActivityFailed:
    """The exception that a recorded failure raises inside the workflow."""
    return ActivityFailed(error.message, type=error.type, activity=activity)
