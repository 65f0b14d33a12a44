"""Activities, and sagas of them, carried out by the kernel: ``execute_activity`` is a run of one
step.

With a token, calls of the same activity share one outcome, over objects, processes and restarts:
whoever is first carries the effect out, the others wait for it. A call that was cut off is taken up
by the next call with its token. An effect outside cannot be had exactly once: it happens at least
once, and the one outcome that counts is recorded once; so an activity should tell its partner the
token. An outcome that failed is not kept: the next call tries again.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tarl.integrations.orchestration_extended.refusals import BadValue
from tarl.kernel import definition
from tarl.kernel.retry import RetryPolicy


@dataclass
class ActivityResult:
    """What a call came to; ``attempt`` is the number of attempts that it took."""

    activity_id: str
    success: bool
    result: Any = None
    error: str | None = None
    attempt: int = 1
    idempotency_token: str | None = None


@dataclass
class SagaResult:
    """What a saga came to: what each step answered, and what was undone, in that order."""

    saga_id: str
    success: bool
    results: list[Any] = field(default_factory=list)
    error: str | None = None
    compensated: list[str] = field(default_factory=list)
    uncompensated: list[str] = field(default_factory=list)


class Activity(ABC):
    """Something with effects.

    Args:
        activity_id: Its name in the journal; calls are told apart by it and their token.
        idempotent: Whether it may be tried again when it is not known how far it came.
    """

    def __init__(self, activity_id: str, idempotent: bool = True) -> None:
        self.activity_id = activity_id
        self.idempotent = idempotent

    @abstractmethod
    async def execute(self, **kwargs: Any) -> Any:
        """Do it; what it returns is JSON."""

    @abstractmethod
    async def compensate(self, **kwargs: Any) -> None:
        """Undo it: called with the same arguments, and with ``result`` if that is a parameter."""


Step = tuple[Activity, dict[str, Any]]
"""An activity and its arguments."""


def in_kernel(
    activity: Activity,
    *,
    retry: RetryPolicy | None,
    token: str | None = None,
    compensates: bool = False,
) -> definition.Activity[..., Any]:
    """An activity as the kernel knows it: it takes its arguments as one object."""

    async def execute(kwargs: Any) -> Any:
        found = activity.execute(**kwargs)
        return await found if inspect.isawaitable(found) else found

    async def compensate(kwargs: Any, result: Any) -> None:
        more = {"result": result} if _takes_result(activity, kwargs) else {}
        found = activity.compensate(**kwargs, **more)
        if inspect.isawaitable(found):
            await found

    undo = definition.Activity(compensate, name=f"{activity.activity_id}:compensate")
    return definition.Activity(
        execute,
        name=activity.activity_id,
        idempotent=activity.idempotent,
        retry=retry,
        token=token,
        compensate=undo if compensates else None,
    )


def checked(activity: Any) -> Activity:
    """The activity, if it is one.

    Raises:
        BadValue: it is not, or its id cannot be a name.
    """
    if not isinstance(activity, Activity):
        raise BadValue(
            f"{activity!r} is no Activity",
            code="activity.options",
            next_step="derive a class from Activity, and give an instance of it",
        )
    return activity


def checked_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps of a saga, if they can be some.

    Raises:
        BadValue: something else stands among them.
    """
    found = []
    for step in steps:
        if not isinstance(step, tuple) or len(step) != 2 or not isinstance(step[1], dict):
            raise BadValue(
                f"{step!r} is no step", code="saga.step", next_step="give (activity, {arguments})"
            )
        found.append((checked(step[0]), step[1]))
    return found


def _takes_result(activity: Activity, kwargs: dict[str, Any]) -> bool:
    return "result" not in kwargs and "result" in inspect.signature(activity.compensate).parameters
