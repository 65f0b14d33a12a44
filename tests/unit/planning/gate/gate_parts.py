"""What the tests of the gate stand on: a home with a camera, a dishwasher and a lock."""

from __future__ import annotations

from typing import Any

from tarl.planning.household import Device, DeviceCapability, Household, Person, PlacementTarget
from tarl.planning.task import PrivacyClass, TaskSpec, TriggerType, TrustTier

LOCAL, GATEWAY, CLUSTER, CLOUD, HYBRID = (
    PlacementTarget.LOCAL_DEVICE,
    PlacementTarget.EDGE_GATEWAY,
    PlacementTarget.EDGE_CLUSTER,
    PlacementTarget.CLOUD_REGION,
    PlacementTarget.HYBRID,
)


def device(id: str = "camera", action: str = "measure", **changes: Any) -> Device:
    able = {"privacy_class": PrivacyClass.PUBLIC, **changes.pop("able", {})}
    given: dict[str, Any] = {
        "id": id,
        "name": id,
        "kind": id,
        "placements": tuple(PlacementTarget),
        "capabilities": (DeviceCapability(id, action, **able),),
    }
    return Device(**{**given, **changes})


def home(*devices: Device) -> Household:
    return Household(
        id="h",
        time_zone="Europe/Helsinki",
        people=(Person(id="anna", name="Anna", trust_tier=TrustTier.TRUSTED),),
        devices=devices,
    )


def task(
    privacy: PrivacyClass = PrivacyClass.INTERNAL,
    asker: TrustTier = TrustTier.VERIFIED,
    **changes: Any,
) -> TaskSpec:
    given: dict[str, Any] = {
        "task_id": "t1",
        "trigger_type": TriggerType.USER_REQUEST,
        "intent": "look who is there",
        "privacy_class": privacy,
        "trust_tier": asker,
        "user_id": "anna",
    }
    return TaskSpec(**{**given, **changes})
