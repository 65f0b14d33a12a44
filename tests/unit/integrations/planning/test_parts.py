"""The parts that seed 003 names, each used alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.unit.planning.scene import (
    HOME,
    NOW,
    AllowAll,
    by,
    cheaply,
    device,
    evening,
    for_at_most,
    run_of,
    runs,
    solved,
    task,
)

from tarl.errors import Invalid, Missing
from tarl.integrations.planning.household import VARIABLE, chosen_home
from tarl.planning.household import PlacementTarget
from tarl.planning.intent_translator import IntentTranslator
from tarl.planning.models import ConsentReference, OrchestrationConfig, PrivacyClass, TrustTier
from tarl.planning.planner import ExecutionPlanner, PlanResult
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.sources.snapshot import home_of


def planned(asked: object, config: OrchestrationConfig | None = None) -> PlanResult:
    planner = ExecutionPlanner(solved, AllowAll(), household=HOME)
    return asyncio.run(planner.create_plan(asked, evening(), (), config))  # type: ignore[arg-type]


def test_a_planner_plans_as_the_seed_asks() -> None:
    result = planned(task(run_of("washer"), cheaply(), by("07:00")))
    assert (result.success, result.errors) == (True, ())
    assert result.plan is not None
    assert result.plan.budget == {"cost_micro": 1_000_000}
    assert result.alternatives == result.plan.alternatives


def test_what_cannot_be_planned_is_told() -> None:
    result = planned(task(run_of("washer"), for_at_most(0.01)))
    assert (result.success, result.plan is None) == (False, False)
    assert "at most 0.01 EUR" in result.errors[0]
    assert result.warnings[0].startswith("it would work without")
    unknown = planned(task(run_of("sauna")))
    assert (unknown.success, unknown.plan) == (False, None)
    assert "sauna" in unknown.errors[0]


def test_a_consent_does_not_count_because_it_is_named() -> None:
    reference = ConsentReference(
        "c1", ("run:washing_machine/washer:local_device",), TrustTier.VERIFIED, NOW
    )
    planner = ExecutionPlanner(solved, AllowAll(), household=HOME)
    asked = task(run_of("washer"))
    result = asyncio.run(planner.create_plan(asked, evening(), [reference]))
    assert "the consent c1 is not counted" in result.warnings


def test_a_planner_alone_has_the_shipped_policy_and_a_solver() -> None:
    asked = task(run_of("washer"))
    with pytest.raises(Invalid, match="no home"):
        asyncio.run(ExecutionPlanner().create_plan(asked, evening()))
    result = asyncio.run(ExecutionPlanner(household=HOME).create_plan(asked, evening()))
    assert result.plan is not None
    assert result.plan.policy_hash == PolicyGate().policy_hash


def outside(local: float) -> PlanResult:
    """What is only computed in a cloud, with a preference for the house."""
    cloud = device(
        "radio",
        "hub",
        "run",
        privacy_class=PrivacyClass.PUBLIC,
        placements=(PlacementTarget.CLOUD_REGION,),
        programs=runs(1, 5),
    )
    household = msgspec.structs.replace(HOME, devices=(cloud,))
    planner = ExecutionPlanner(solved, AllowAll(), household=household)
    config = OrchestrationConfig(local_execution_preference=local)
    return asyncio.run(planner.create_plan(task(run_of("radio")), evening(), (), config))


def test_the_house_is_preferred_as_much_as_is_said() -> None:
    no_matter, preferred, alone = (outside(local) for local in (0, 0.8, 1))
    assert no_matter.plan is not None
    assert preferred.plan is not None
    assert no_matter.success
    assert preferred.success
    assert no_matter.plan.objective < preferred.plan.objective
    assert not alone.success
    assert "nothing leaves the house" in alone.errors[0]


def test_a_gate_is_asked_about_a_task() -> None:
    gate = PolicyGate(household=HOME)
    said = asyncio.run(_evaluated(gate, trust=TrustTier.BASIC))
    assert said.approved
    assert said.requires_approval
    assert said.routing_target == "sandbox"
    trusted = asyncio.run(_evaluated(gate, trust=TrustTier.TRUSTED))
    assert not trusted.requires_approval
    with pytest.raises(Invalid, match="home"):
        asyncio.run(_evaluated(PolicyGate(), trust=TrustTier.BASIC))
    assert gate.get_policy_summary()["consent_hours"]["restricted"]["untrusted"] >= 1


async def _evaluated(gate: PolicyGate, *, trust: TrustTier):  # type: ignore[no-untyped-def]
    asked = task(run_of("door", action="unlock"))
    return await gate.evaluate(msgspec.structs.replace(asked, trust_tier=trust))


def test_a_gate_without_consents_knows_none() -> None:
    gate = PolicyGate(household=HOME)
    assert not asyncio.run(gate.validate_consent("c1", ["run:washing_machine/washer:local_device"]))
    assert not asyncio.run(gate.revoke_consent("c1"))
    with pytest.raises(Invalid, match="scope"):
        asyncio.run(gate.validate_consent("c1", ["everything"]))


def test_sentences_are_translated_and_judged() -> None:
    translator = IntentTranslator(HOME)
    said = asyncio.run(translator.translate("run the dishwasher before 7 am"))
    assert [goal.target for goal in said.goals] == ["dishwasher"]
    assert [bound.type for bound in said.constraints] == ["deadline"]
    assert said.confidence == 1.0
    assert said.entities == {
        "devices": ["dishwasher"],
        "actions": ["run"],
        "locations": [],
        "constraints": ["deadline"],
    }
    order = asyncio.run(translator.translate("turn on the light in the living room"))
    assert order.route == "command"
    assert order.entities["devices"] == ["light"]
    assert order.entities["locations"]
    judged = asyncio.run(translator.validate_intent("run the dishwasher before 7 am"))
    assert (judged["is_valid"], judged["goals_found"]) == (True, 1)
    for lacking in ("", "what is love"):
        judged = asyncio.run(translator.validate_intent(lacking))
        assert not judged["is_valid"]
        assert judged["issues"]
        assert judged["suggestions"]


def test_the_home_is_chosen_from_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    demo = chosen_home()
    assert demo.home.household.id == "demo-home"
    assert "demonstration" in demo.note
    Path("household.yaml").write_text("{id: here, time_zone: UTC}\n")
    Path("other.yaml").write_text("{id: other, time_zone: UTC}\n")
    assert chosen_home().home.household.id == "here"
    assert chosen_home("other.yaml").home.household.id == "other"
    monkeypatch.setenv(VARIABLE, "other.yaml")
    assert chosen_home() == chosen_home("other.yaml")
    assert chosen_home().note == ""
    assert chosen_home(HOME).home.household == HOME
    home = home_of(HOME, (), folder=tmp_path)
    assert chosen_home(home).home is home
    with pytest.raises(Missing):
        chosen_home("nowhere.yaml")
    with pytest.raises(Invalid):
        chosen_home(msgspec.structs.replace(HOME, time_zone="Moon/Base"))
