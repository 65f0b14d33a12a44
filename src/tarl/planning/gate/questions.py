"""What the gate asks of policies: the facts of a device doing something for a task somewhere.

1. The privacy class is the highest of the task's, the device's and the capability's.
2. The tier of a device is the lower of its own and the capability's; who asks has a tier besides.
3. An organisation's policies about the effect itself (``device.run`` on ``device/<id>``) are asked
   as the gateway will ask them, as far as that is known before the effect is.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.planning.household import IN_THE_HOUSE, Device, PlacementTarget
from tarl.planning.task import PrivacyClass, TaskSpec, TrustTier
from tarl.policy.cedar.request import Question
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.values.ids import encode_segment

Asked = Literal["plan.place", "plan.unapproved", "plan.unasked", "plan.unsandboxed"]

COLLECTING = frozenset({"measure", "read", "record", "snapshot", "stream", "listen", "observe"})
"""Operations that take data from a device and change nothing."""

_ARGS = {
    "asker": "String",
    "collects": "Bool",
    "critical": "Bool",
    "device": "String",
    "device_trust": "String",
    "in_house": "Bool",
    "kept_local": "Bool",
    "kind": "String",
    "operation": "String",
    "placement": "String",
    "privacy": "String",
    "trigger": "String",
    "user": "String",
}

VOCABULARY = read_vocabulary(
    {
        "actions": {
            action: {"args": dict(_ARGS)}
            for action in ("plan.place", "plan.unapproved", "plan.unasked", "plan.unsandboxed")
        }
    }
)
"""What policies about plans may name."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What policies about plans see, as ``VOCABULARY`` names it."""

    asker: TrustTier
    collects: bool
    critical: bool
    device: str
    device_trust: TrustTier
    in_house: bool
    kept_local: bool
    kind: str
    operation: str
    placement: PlacementTarget
    privacy: PrivacyClass
    trigger: str
    user: str


def facts_of(task: TaskSpec, device: Device, operation: str, placement: PlacementTarget) -> Facts:
    """The facts of a device doing something for a task, computed somewhere."""
    able = [each for each in device.capabilities if each.capability_type == operation]
    classes = [task.privacy_class, device.privacy_class, *(each.privacy_class for each in able)]
    tiers = [device.trust_tier, *(each.trust_tier for each in able)]
    return Facts(
        asker=task.trust_tier,
        collects=operation in COLLECTING,
        critical=device.is_critical,
        device=device.id,
        device_trust=min(tiers, key=list(TrustTier).index),
        in_house=placement in IN_THE_HOUSE,
        kept_local=_is_kept_local(task),
        kind=device.kind,
        operation=operation,
        placement=placement,
        privacy=max(classes, key=list(PrivacyClass).index),
        trigger=task.trigger_type.value,
        user=task.user_id or "",
    )


def about_plan(facts: Facts, asked: Asked, *, tenant: str, at_ms: int) -> Question:
    """One of the gate's own questions."""
    return Question(
        action=asked,
        tenant=tenant,
        resource=resource_of(facts.device),
        access="read" if facts.collects else "write",
        activity="plan",
        args=msgspec.to_builtins(facts),
        at_ms=at_ms,
    )


def about_effect(facts: Facts, *, isolated: bool, tenant: str, at_ms: int) -> Question:
    """What the gateway will be asked when the step runs, as far as it is known."""
    name = f"device.{facts.operation}"
    args: dict[str, Any] = {"device": facts.device, "isolated": isolated}
    return Question(
        action=name,
        tenant=tenant,
        resource=resource_of(facts.device),
        access="read" if facts.collects else "write",
        activity=name,
        args=args,
        at_ms=at_ms,
    )


def resource_of(device: str) -> str:
    """What a step on a device acts on."""
    return f"device/{encode_segment(device)}"


def _is_kept_local(task: TaskSpec) -> bool:
    """Whether a rule of the task keeps all of it in the house."""
    return any(
        bound.type == "privacy"
        and bound.hard
        and not bound.goals
        and (bound.operator, bound.value) in (("eq", "local"), ("neq", "cloud"))
        for bound in task.constraints
    )
