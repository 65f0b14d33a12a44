"""What the gate says to a task as a whole: the least that any way to it needs."""

from __future__ import annotations

from typing import Any

from tests.unit.planning.consent.consent_parts import ledger
from tests.unit.planning.gate.gate_parts import CLOUD, GATEWAY, device, home, task
from tests.unit.tenancy.parts import NOON_MS

from tarl.planning.consent.state import Consent
from tarl.planning.gate.whole import PolicyCheckResult, check_task, summary
from tarl.planning.household import Device
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.task import Goal, PrivacyClass, TaskSpec, TrustTier

GATE = PolicyGate()


def asks(*targets: str, action: str = "measure", **changes: Any) -> TaskSpec:
    goals = tuple(Goal("achieve", target, {"action": action}) for target in targets)
    return task(goals=(Goal("minimize", "cost"), *goals), **changes)


def said(
    asked: TaskSpec, *devices: Device, consents: tuple[Consent, ...] = ()
) -> PolicyCheckResult:
    return check_task(GATE, asked, home(*devices), consents, NOON_MS)


def test_of_several_ways_the_one_that_needs_the_least_counts() -> None:
    outside, inside = device("c1", kind="camera", placements=(CLOUD,)), device("c2", kind="camera")
    assert said(asks("camera"), outside, inside).wants == ()
    found = said(asks("c1"), outside, inside)
    [want] = found.wants
    assert want.scope == "measure:camera/c1:cloud_region"
    [reference] = found.consent_refs
    assert (reference.consent_token, reference.scopes) == ("", (want.scope,))
    assert (found.approved, found.routing_target) == (True, "cloud")
    assert "user_id" in found.redacted_fields


def test_what_holds_one_goal_holds_the_task() -> None:
    private = device("c1", placements=(CLOUD,), privacy_class=PrivacyClass.RESTRICTED)
    weak = device("c2", placements=(GATEWAY,), trust_tier=TrustTier.BASIC)
    refused = said(asks("c1", "c2"), private, weak)
    assert not refused.approved
    assert refused.reason == "confidential and restricted data stay in the house"
    isolated = said(asks("c2"), private, weak)
    assert (isolated.approved, isolated.routing_target) == (True, "sandbox")


def test_a_consent_that_is_there_is_stood_on_once() -> None:
    given = ledger().grant("anna", ["measure:*:*"], by="anna")
    cameras = [device(id, placements=(CLOUD,)) for id in ("c1", "c2")]
    found = said(asks("c1", "c2"), *cameras, consents=(given,))
    assert (found.wants, found.consent_refs) == ((), (given.reference(),))


def test_a_task_that_names_no_device_is_asked_about_by_who_asks() -> None:
    for asker, approval, target in (
        (TrustTier.UNTRUSTED, True, "sandbox"),
        (TrustTier.VERIFIED, False, "gateway"),
    ):
        for asked in (task(asker=asker), asks("nothing", asker=asker)):
            found = said(asked, device())
            assert (found.approved, found.wants) == (True, ())
            assert (found.requires_approval, found.routing_target) == (approval, target)


def test_a_device_that_is_used_from_nowhere_is_refused() -> None:
    found = said(asks("c1"), device("c1", placements=()))
    assert not found.approved
    assert found.policy_hash == GATE.policy_hash


def test_what_it_decides_by_can_be_told() -> None:
    told = summary(GATE)
    assert told["policy_hash"] == GATE.policy_hash
    [policy] = told["policies"]
    rules = {rule["rule"]: rule for rule in policy["rules"]}
    assert rules["stays-in-the-house"]["actions"] == ["plan.place"]
    assert told["consent_hours"]["restricted"]["verified"] == 3
