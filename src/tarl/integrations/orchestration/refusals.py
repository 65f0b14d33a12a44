"""Errors of this face: tarl's own, which are also the built-in classes that callers catch."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

from tarl.errors import ActivityFailed, Conflict, Denied, Invalid, Missing, TarlError


class Plain(TarlError):
    """Shows the message itself, where ``KeyError`` would show its representation."""

    def __str__(self) -> str:
        return self.message


class UnknownName(Plain, Missing, KeyError, ValueError):
    """A workflow, agent, snapshot or artifact that nobody has registered."""


class MissingRecording(Plain, Missing, FileNotFoundError):
    """There is no recording of that name."""


class BadValue(Plain, Invalid, TypeError, ValueError):
    """A value that cannot be recorded, or a name that cannot be one."""


class NotPermitted(Plain, Denied, PermissionError):
    """A capability that the workflow needs and was not given."""


class Busy(Plain, Conflict, ValueError):
    """The workflow is in a state in which this cannot be done."""


class StepFailed(ActivityFailed):
    """A task or agent failed; also of the class that was raised, where that is known."""


def bad_value(error: TarlError) -> BadValue:
    """The kernel's refusal of a value as this face's."""
    return BadValue(error.message, code=error.code, next_step=error.next_step, **error.facts)


def step_failed(failure: ActivityFailed, fn: Callable[..., Any]) -> StepFailed:
    """The error that a recorded failure raises in the entrypoint, the same live and replayed.

    The recorded name is looked up among the built-in classes and where ``fn`` was defined.
    """
    raised = _class_named(failure.type, fn)
    shown = StepFailed if raised is None else _failed_as(raised)
    return shown(failure.message, type=failure.type, **failure.facts)


def _class_named(name: str, fn: Callable[..., Any]) -> type[Exception] | None:
    if name.startswith("value.") or name == BadValue.__name__:
        return BadValue
    scope: Mapping[str, Any] = getattr(fn, "__globals__", {})
    found = scope.get(name, getattr(builtins, name, None))
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _failed_as(raised: type[Exception]) -> type[StepFailed]:
    if issubclass(raised, ActivityFailed):
        return StepFailed
    try:
        return type(raised.__name__, (StepFailed, raised), {"__str__": Plain.__str__})
    except TypeError:
        return StepFailed
