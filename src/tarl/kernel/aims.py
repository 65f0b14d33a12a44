"""What an activity declares, and what a call aims at: the resource, the access, what it spends.

A resource is a path; an argument fills one segment of it, percent-encoded, so that no argument can
lead out of its place.
"""

from __future__ import annotations

import inspect
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tarl.errors import Invalid
from tarl.values.canonical import INTEGER_MAX
from tarl.values.ids import check_name, encode_segment

if TYPE_CHECKING:
    from tarl.kernel.definition import Activity

Access = Literal["read", "write"]
ACCESSES = ("read", "write")
Capture = Literal["full", "digest"]
CAPTURES = ("full", "digest")


def check_declared(activity: Activity[..., Any]) -> None:
    """Refuse a declaration that no call could fulfil.

    Raises:
        Invalid: options that exclude one another, a timeout that is none, something to undo with
            that is no activity, no access, a resource that names no parameter or is no path, or an
            amount that is neither a parameter nor a whole number of minor units
            (``activity.options``).
    """
    _check_carrying_out(activity)
    if activity.access not in ACCESSES:
        raise _unfit(activity, f"{activity.access!r} is no access; there are read and write")
    if activity.resource is not None or activity.spends:
        _check_aims(activity)


def _check_carrying_out(activity: Activity[..., Any]) -> None:
    if activity.pure:
        if not activity.idempotent:
            raise _unfit(activity, "a pure activity is idempotent")
        if (
            activity.retry
            or activity.heartbeat_ms
            or activity.total_timeout_ms
            or (activity.token or activity.queue or activity.spends)
        ):
            raise _unfit(
                activity,
                "a pure activity is computed at once: no retries, heartbeats, queue, token or"
                " spending",
            )
        if activity.untrusted:
            raise _unfit(
                activity, "a pure activity is as trusted as its arguments: it reads nothing"
            )
    if activity.untrusted not in (None, "declared", "assumed"):
        raise _unfit(activity, f"{activity.untrusted!r} is not how anything is untrusted: True")
    for limit in (activity.timeout_ms, activity.total_timeout_ms, activity.heartbeat_ms):
        if limit is not None and limit <= 0:
            raise _unfit(activity, "a timeout must be positive")
    compensate = activity.compensate
    if compensate is not None and not isinstance(compensate, type(activity)):
        name = getattr(compensate, "__qualname__", compensate)
        raise _unfit(activity, f"{name!r} is not an activity: decorate it with @activity")
    if activity.queue is not None and activity.heartbeat_ms is not None:
        why = "a queue's workers are heard of through their leases, not by heartbeat_ms"
        raise _unfit(activity, why)
    if activity.capture not in CAPTURES:
        raise _unfit(activity, f"{activity.capture!r} is no capture; there are full and digest")
    if activity.capture == "digest" and (activity.queue or activity.token):
        why = "its arguments are in the task, or in the call that a token names: capture is full"
        raise _unfit(activity, why)
    for given, what in ((activity.token, "token"), (activity.queue, "queue")):
        if given is not None:
            check_name(given, what)


def _check_aims(activity: Activity[..., Any]) -> None:
    parameters = inspect.signature(activity.fn).parameters
    for segment in () if activity.resource is None else activity.resource.split("/"):
        _check_segment(activity, segment, parameters)
    for unit, amount in activity.spends.items():
        check_name(unit, "unit")
        if isinstance(amount, str):
            if amount not in parameters:
                raise _unfit(activity, f"it has no parameter {amount!r} that says what it spends")
        elif type(amount) is not int or not 0 <= amount <= INTEGER_MAX:
            raise _unfit(activity, f"{amount!r} {unit} is no whole number of minor units")


def resource_of(activity: Activity[..., Any], arguments: Mapping[str, Any]) -> str:
    """The resource that a call acts on.

    Raises:
        Invalid: an argument that cannot be a segment (``effect.resource``).
    """
    fixed, template = activity.fixed_resource, activity.resource
    if fixed is not None or template is None:
        return fixed or ""
    filled = {name: _segment(activity, name, value) for name, value in arguments.items()}
    return template.format_map(filled)


def spent_by(activity: Activity[..., Any], arguments: Mapping[str, Any]) -> dict[str, int]:
    """What a call takes from its agent's budgets, by unit, in minor units.

    Raises:
        Invalid: an argument that is no amount (``effect.amount``).
    """
    spent = {}
    for unit, amount in activity.spends.items():
        value = arguments.get(amount) if isinstance(amount, str) else amount
        if type(value) is not int or not 0 <= value <= INTEGER_MAX:
            raise Invalid(
                f"{activity.name} would spend {value!r} {unit}, which is no whole number of minor"
                " units",
                code="effect.amount",
                next_step="give the amount as an integer, for instance in cents",
            )
        spent[unit] = value
    return spent


def _segment(activity: Activity[..., Any], name: str, value: Any) -> Any:
    if isinstance(value, str) and value:
        return encode_segment(value)
    if type(value) is int:
        return str(value)
    return _NoSegment(activity.name, name)


class _NoSegment:
    """Stands for an argument that cannot be a segment, and says so if the template names it."""

    def __init__(self, activity: str, name: str) -> None:
        self._activity = activity
        self._name = name

    def __format__(self, spec: str) -> str:
        raise Invalid(
            f"the argument {self._name!r} of {self._activity} names no resource: it must be a"
            " non-empty text or an integer",
            code="effect.resource",
        )


def _check_segment(
    activity: Activity[..., Any], segment: str, parameters: Mapping[str, Any]
) -> None:
    try:
        parts = list(string.Formatter().parse(segment))
    except ValueError as error:
        raise _unfit(activity, f"its resource is no template: {error}") from None
    if not parts:
        raise _unfit(activity, "its resource has an empty segment")
    for literal, name, spec, conversion in parts:
        if encode_segment(literal) != literal:
            why = f"its resource has {literal!r} in it: write it as {encode_segment(literal)!r}"
            raise _unfit(activity, why)
        if name is not None and (name not in parameters or spec or conversion):
            raise _unfit(activity, f"its resource names {name!r}, which is no parameter")


def _unfit(activity: Activity[..., Any], why: str) -> Invalid:
    return Invalid(f"activity {activity.name!r}: {why}", code="activity.options")
