"""What an effect asks of policies: one question for each action that it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.policy.cedar.request import Question


class Traits(NamedTuple):
    """What is known of an agent beside its name."""

    roles: tuple[str, ...] = ()
    posture: str = "none"


TraitsOf = Callable[[str, str], Traits]
"""The traits of an agent, by tenant and id."""


def no_traits(tenant: str, agent: str) -> Traits:
    """Nothing is known of any agent."""
    return Traits()


def questions_of(effect: Effect, *, at_ms: int, traits_of: TraitsOf) -> list[Question]:
    """The questions of an effect.

    Raises:
        Invalid: an argument that cannot name a resource (``effect.resource``).
    """
    tenant, acting = effect.run.tenant, effect.acting
    traits = Traits() if acting is None else traits_of(tenant, acting.agent)
    activity = effect.activity
    resource, output = effect.resource, effect.output
    args = {**defaults_of(activity), **effect.arguments}
    return [
        Question(
            action=action,
            tenant=tenant,
            agent="" if acting is None else acting.agent,
            roles=traits.roles,
            posture=traits.posture,
            task=None if acting is None else acting.task,
            resource=resource,
            access=activity.access,
            output=output,
            activity=activity.name,
            args=args,
            at_ms=at_ms,
        )
        for action in effect.actions
    ]


def defaults_of(activity: Activity[..., Any]) -> Mapping[str, Any]:
    """What a call that leaves arguments out has in their place, where JSON has it."""
    return _defaults(activity.fn)


@lru_cache(maxsize=4_096)
def _defaults(fn: Callable[..., Any]) -> Mapping[str, Any]:
    parameters = inspect.signature(fn).parameters.values()
    return {p.name: p.default for p in parameters if is_plain(p.default)}


def is_plain(value: Any) -> bool:
    """Whether a default is a value that JSON has as it is."""
    return type(value) in (bool, int, float, str)
