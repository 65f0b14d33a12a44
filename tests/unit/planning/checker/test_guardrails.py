"""Guardrails: which a step gets, and what each of them says when it is looked at."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tarl.planning.context import DeviceState
from tarl.planning.guardrails import (
    FRESH_MS,
    StepFacts,
    attach,
    hold,
    hold_all,
    mark_of,
)
from tarl.planning.household import Device, DeviceCapability, PlacementTarget
from tarl.planning.plan import ExecutionStep, Guardrail, StepType
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.verdict import Allow, Deny, Hold

NOW = 1_790_000_000_000
LAMP = Device(id="lamp", name="Lamp", kind="light")
LOCK = Device(id="lock", name="Lock", kind="lock", privacy_class=PrivacyClass.CONFIDENTIAL)


def step(device: str | None = "lamp", **fields: Any) -> ExecutionStep:
    return ExecutionStep(
        **{
            "step_id": "s1",
            "step_type": StepType.DEVICE_CONTROL,
            "device_id": device,
            "parameters": {"action": "turn_on"},
            "start_ms": NOW,
        }
        | fields
    )


def kinds(found: tuple[Guardrail, ...]) -> list[str]:
    return [guardrail.kind for guardrail in found]


def facts(of: ExecutionStep, **fields: Any) -> StepFacts:
    return StepFacts(now_ms=NOW, step=of, **fields)


def rail(kind: Any, **said: Any) -> Guardrail:
    return Guardrail(kind=kind, facts=said)


# --- which


def test_a_lamp_of_a_known_person_needs_none() -> None:
    assert attach(step(), LAMP, asker=TrustTier.VERIFIED) == ()


def test_a_lock_asks_for_a_fresh_state_and_a_yes_and_stays_in_the_house() -> None:
    found = attach(step("lock"), LOCK, asker=TrustTier.PRIVILEGED)
    assert kinds(found) == ["privacy", "fresh", "confirm"]
    assert found[0].facts == {"allowed": ["local_device"], "privacy_class": "confidential"}


def test_to_read_a_lock_needs_no_yes() -> None:
    read = step("lock", step_type=StepType.DATA_COLLECTION, parameters={"action": "measure"})
    assert kinds(attach(read, LOCK, asker=TrustTier.VERIFIED)) == ["privacy"]
    sly = step("lock", step_type=StepType.DATA_COLLECTION, parameters={"action": "unlock"})
    assert "confirm" in kinds(attach(sly, LOCK, asker=TrustTier.VERIFIED))


@pytest.mark.parametrize("tier", [TrustTier.UNTRUSTED, TrustTier.BASIC])
def test_the_least_trusted_of_asker_device_and_capability_decides(tier: TrustTier) -> None:
    assert kinds(attach(step(), LAMP, asker=tier)) == ["sandbox"]
    cheap = msgspec.structs.replace(LAMP, trust_tier=tier)
    assert kinds(attach(step(), cheap, asker=TrustTier.PRIVILEGED)) == ["sandbox"]
    able = DeviceCapability("lamp", "turn_on", trust_tier=tier)
    part = msgspec.structs.replace(LAMP, capabilities=(able,))
    assert kinds(attach(step(), part, asker=TrustTier.PRIVILEGED)) == ["sandbox"]


def test_a_capability_may_be_more_private_than_its_device() -> None:
    able = DeviceCapability("lamp", "turn_on", privacy_class=PrivacyClass.RESTRICTED)
    seeing = msgspec.structs.replace(
        LAMP,
        capabilities=(able,),
        placements=(PlacementTarget.CLOUD_REGION, PlacementTarget.EDGE_GATEWAY),
    )
    (found,) = attach(step(), seeing, asker=TrustTier.TRUSTED)
    assert found.facts == {"allowed": ["edge_gateway"], "privacy_class": "restricted"}


def test_settings_are_bounded_by_the_device_and_consents_by_what_is_asked() -> None:
    pump = msgspec.structs.replace(LAMP, limits={"temperature": {"gte": 160, "lte": 250}, "x": {}})
    warm = step(parameters={"action": "set_temperature", "temperature": 210})
    found = attach(
        warm, pump, asker=TrustTier.TRUSTED, scopes=["b", "a", "b"], local_only=True, states=["off"]
    )
    assert kinds(found) == ["privacy", "limits", "state", "consent", "consent"]
    assert found[1].facts == {"parameter": "temperature", "gte": 160, "lte": 250}
    assert [each.facts["scope"] for each in found[3:]] == ["a", "b"]


def test_a_step_without_a_device_is_kept_in_the_house_when_it_is_private() -> None:
    told = step(None, step_type=StepType.NOTIFICATION, privacy_class=PrivacyClass.RESTRICTED)
    (found,) = attach(told, None, asker=TrustTier.VERIFIED)
    assert found.facts["allowed"] == ["local_device"]


# --- what they say


@pytest.mark.parametrize(
    ("guardrail", "code"),
    [
        (rail("levitate"), "guardrail.unknown"),
        (rail("privacy"), "guardrail.malformed"),
        (rail("privacy", allowed="local_device"), "guardrail.malformed"),
        (rail("privacy", allowed=[]), "guardrail.privacy"),
        (rail("sandbox"), "guardrail.malformed"),
        (rail("sandbox", tier="basic"), "guardrail.sandbox"),
        (rail("limits", parameter="heat"), "guardrail.malformed"),
        (rail("limits", parameter="gone", lte=3), "guardrail.malformed"),
        (rail("limits", parameter="action", lte=3), "guardrail.malformed"),
        (rail("limits", parameter="heat", lte=209), "guardrail.limits"),
        (rail("limits", parameter="heat", gte=211), "guardrail.limits"),
        (rail("limits", parameter="heat", gte="a"), "guardrail.malformed"),
        (rail("confirm"), "guardrail.malformed"),
        (rail("fresh", device="lamp"), "guardrail.malformed"),
        (rail("fresh", device="other", age_max_ms=1), "guardrail.malformed"),
        (rail("fresh", device="lamp", age_max_ms=1), "guardrail.fresh"),
        (rail("state"), "guardrail.malformed"),
        (rail("state", states=["off"]), "guardrail.state"),
        (rail("consent"), "guardrail.malformed"),
        (rail("consent", scope=""), "guardrail.malformed"),
    ],
)
def test_what_is_not_so_or_not_understood_denies(guardrail: Guardrail, code: str) -> None:
    verdict = hold(guardrail, facts(step(parameters={"action": "turn_on", "heat": 210})))
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].code == code


@pytest.mark.parametrize("bounds", [{"gte": 210}, {"lte": 210}, {"gte": 0, "lte": 300}])
def test_a_setting_within_its_bounds_passes(bounds: dict[str, int]) -> None:
    warm = step(parameters={"heat": 210})
    assert hold(rail("limits", parameter="heat", **bounds), facts(warm)) == Allow()


def test_a_truth_value_is_no_number() -> None:
    odd = facts(step(parameters={"heat": True}))
    assert isinstance(hold(rail("limits", parameter="heat", lte=2), odd), Deny)


def test_the_cloud_is_no_place_for_private_data_whatever_the_guardrail_lists() -> None:
    away = step(placement=PlacementTarget.CLOUD_REGION)
    assert isinstance(hold(rail("privacy", allowed=["cloud_region"]), facts(away)), Deny)


def test_a_yes_is_to_this_very_step() -> None:
    lock = step("lock", parameters={"action": "unlock"})
    asked = rail("confirm", device="lock", action="unlock")
    held = hold(asked, facts(lock))
    assert isinstance(held, Hold)
    assert held.awaits == f"confirm:{mark_of(lock)}"
    said = frozenset({mark_of(lock)})
    assert hold(asked, facts(lock, confirmed=said)) == Allow()
    for change in (
        {"start_ms": NOW + 1},
        {"parameters": {"action": "open"}},
        {"device_id": "lock2"},
        {"placement": PlacementTarget.EDGE_GATEWAY},
        {"step_id": "s2"},
    ):
        other = msgspec.structs.replace(lock, **change)
        assert isinstance(hold(asked, facts(other, confirmed=said)), Hold)


@pytest.mark.parametrize(
    ("age_ms", "is_online", "passes"),
    [
        (0, True, True),
        (FRESH_MS, True, True),
        (FRESH_MS + 1, True, False),
        (-1, True, False),
        (0, False, False),
    ],
)
def test_a_critical_device_is_moved_on_fresh_words_only(
    age_ms: int, is_online: bool, passes: bool
) -> None:
    state = DeviceState(state="locked", observed_ms=NOW - age_ms, is_online=is_online)
    fresh = rail("fresh", device="lamp", age_max_ms=FRESH_MS)
    assert isinstance(hold(fresh, facts(step(), state=state)), Allow) is passes
    assert isinstance(
        hold(rail("state", states=["locked"]), facts(step(), state=state)), Allow
    ) is (is_online)


def test_consent_and_sandbox_are_asked_of_what_is_known_now() -> None:
    wanted = rail("consent", scope="run:lamp:local")
    held = hold(wanted, facts(step()))
    assert isinstance(held, Hold)
    assert held.awaits == "consent:run:lamp:local"
    assert hold(wanted, facts(step(), consents=frozenset({"run:lamp:local"}))) == Allow()
    boxed = rail("sandbox", tier="basic")
    assert hold(boxed, facts(step(), is_isolated=True)) == Allow()
    allowed = hold(boxed, facts(step(), override="old-laptop"))
    assert isinstance(allowed, Allow)
    assert "old-laptop" in allowed.reasons[0].text


def test_the_strictest_guardrail_speaks_for_the_step() -> None:
    bare = step()
    assert isinstance(hold_all(facts(bare)), Allow)
    held = msgspec.structs.replace(bare, guardrails=(rail("consent", scope="a"),))
    assert isinstance(hold_all(facts(held)), Hold)
    denied = msgspec.structs.replace(bare, guardrails=(*held.guardrails, rail("sandbox", tier="x")))
    assert isinstance(hold_all(facts(denied)), Deny)
