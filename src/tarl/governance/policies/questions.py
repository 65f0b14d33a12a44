"""What an effect asks of policies: one question for each action that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tarl.kernel.effect import Effect
from tarl.policy.cedar.request import Question
from tarl.values.canonical import INTEGER_MAX


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
        Invalid: an argument that cannot name a resource (``effect.resource``), or is no amount
            (``effect.amount``).
    """
    tenant, acting = effect.run.tenant, effect.acting
    traits = Traits() if acting is None else traits_of(tenant, acting.agent)
    activity = effect.activity
    resource, output = effect.resource, effect.output
    retry, cost_minor = activity.retry, sum(effect.spends.values())
    attempts_max = 1 if retry is None else retry.attempts_max
    retries = INTEGER_MAX if attempts_max is None else attempts_max - 1
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
            cost_minor=cost_minor,
            retries=retries,
            args=effect.arguments,
            at_ms=at_ms,
        )
        for action in effect.actions
    ]
