"""What the gate says to a task as a whole, before there is a plan; and what it decides by.

1. A goal is permitted if there is a device and a place where what it needs may be done; of several
   the one that needs the least counts, the nearest first.
2. A task that names no device is asked about as something that the gateway does by itself.
3. What holds one goal holds the task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tarl.planning.consent.lifetimes import HOUR_MS, PRIVACY_ORDER, TRUST_ORDER, lifetime_ms
from tarl.planning.consent.scopes import Want
from tarl.planning.consent.state import Consent
from tarl.planning.gate.ruling import Decision, Routing
from tarl.planning.household import Device, DeviceCapability, Household, PlacementTarget
from tarl.planning.plan import ConsentReference
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.task import Goal, PrivacyClass, TaskSpec, TrustTier
from tarl.policy.cedar.edition import Edition

ROUTINGS: tuple[Routing, ...] = ("local", "gateway", "cloud", "sandbox")
"""In the order in which the last of several goals' counts for the task."""

_HUB = Device(
    id="gateway",
    name="Gateway",
    kind="hub",
    capabilities=(
        DeviceCapability(
            "gateway", "plan", privacy_class=PrivacyClass.PUBLIC, trust_tier=TrustTier.PRIVILEGED
        ),
    ),
    privacy_class=PrivacyClass.PUBLIC,
    trust_tier=TrustTier.PRIVILEGED,
    placements=(PlacementTarget.EDGE_GATEWAY,),
)


class PolicyCheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says to a task.

    Attributes:
        approved: Whether it may be planned.
        reason: One sentence.
        requires_approval: Whether a person has to approve what is planned.
        consent_refs: Consents that it stands on, and those that it wants (without a token).
        redacted_fields: Names that are left out of what leaves the house.
        routing_target: Where it runs.
        policy_hash: Of the policies that said so.
        wants: Consents that are not there.
    """

    approved: bool
    reason: str
    requires_approval: bool = False
    consent_refs: tuple[ConsentReference, ...] = ()
    redacted_fields: tuple[str, ...] = ()
    routing_target: Routing = "local"
    policy_hash: str = ""
    wants: tuple[Want, ...] = ()


def check_task(
    gate: PolicyGate,
    task: TaskSpec,
    household: Household,
    consents: Sequence[Consent],
    now_ms: int,
) -> PolicyCheckResult:
    """What the gate says to a task.

    Args:
        gate: Who decides.
        task: The task.
        household: The home.
        consents: The user's.
        now_ms: The instant.

    Raises:
        Missing, Invalid, Unavailable: the policies in force cannot be evaluated.
    """
    said = [
        _best(gate, task, home, ways, consents, now_ms) for home, ways in _goals(task, household)
    ]
    refused = [each for each in said if not each.approved]
    wants = tuple(dict.fromkeys(want for each in said for want in each.wants))
    stands_on = (reference for each in said for reference in each.stands_on)
    routings = [each.routing for each in said]
    return PolicyCheckResult(
        approved=not refused,
        reason="; ".join(dict.fromkeys(each.reason for each in refused or said)),
        requires_approval=any(each.requires_approval for each in said),
        consent_refs=(*dict.fromkeys(stands_on), *(_wanted(want, now_ms) for want in wants)),
        redacted_fields=tuple(sorted({name for each in said for name in each.redacted_fields})),
        routing_target=max(routings, key=ROUTINGS.index),
        policy_hash=gate.policy_hash,
        wants=wants,
    )


def summary(gate: PolicyGate) -> dict[str, Any]:
    """What the gate decides by, as JSON: each policy's rules with their reasons, and how long
    consents last.
    """
    return {
        "policy_hash": gate.policy_hash,
        "policies": [_edition(edition) for edition in gate.editions],
        "consent_hours": {
            privacy.value: {
                trust.value: lifetime_ms(privacy, trust) // HOUR_MS for trust in TRUST_ORDER
            }
            for privacy in PRIVACY_ORDER
        },
    }


Way = tuple[Device, str]
"""A device, and what it is to do."""


def _goals(task: TaskSpec, household: Household) -> Iterator[tuple[Household, list[Way]]]:
    """The ways to reach each goal that is about devices; else the one way that there is."""
    found = False
    for goal in task.goals:
        action = _action(goal)
        if action is None:
            continue
        devices = [
            each
            for each in household.devices
            if goal.target in (each.id, each.kind) and each.can(action)
        ]
        if devices:
            found = True
            yield household, [(device, action) for device in devices]
    if not found:
        yield msgspec.structs.replace(household, devices=(_HUB,)), [(_HUB, "plan")]


def _action(goal: Goal) -> str | None:
    if goal.type != "achieve" or not isinstance(goal.value, Mapping):
        return None
    action = goal.value.get("action")
    return action if isinstance(action, str) else None


def _best(
    gate: PolicyGate,
    task: TaskSpec,
    household: Household,
    ways: list[Way],
    consents: Sequence[Consent],
    now_ms: int,
) -> Decision:
    """What is said to the way that needs the least."""
    order = list(PlacementTarget)
    said = [
        gate.evaluate(task, household, device, action, placement, consents, now_ms)
        for device, action in ways
        for placement in sorted(device.placements, key=order.index)
    ]
    return min(said, key=_needs, default=gate.nowhere(ways[0][0]))


def _needs(said: Decision) -> tuple[bool, bool, bool]:
    return not said.approved, bool(said.wants), said.requires_approval


def _wanted(want: Want, now_ms: int) -> ConsentReference:
    until_ms = now_ms + lifetime_ms(want.privacy_class, want.trust_tier)
    return ConsentReference("", (want.scope,), want.trust_tier, until_ms)


def _edition(edition: Edition) -> dict[str, Any]:
    rules = [
        {
            "rule": rule.name,
            "effect": rule.effect,
            "actions": sorted(rule.scope or ()),
            "reason": rule.reason,
        }
        for rule in edition.parsed()
    ]
    return {
        "policy": edition.policy,
        "version": edition.version,
        "digest": edition.digest,
        "level": edition.level,
        "rules": rules,
    }
