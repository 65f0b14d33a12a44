from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.planning.household_scene import (
    DISHES,
    DOOR,
    LIGHT,
    Scene,
    solved,
    wish,
)
from tests.unit.planning.scene import HOME

from tarl.errors import Conflict, RunFailed, TarlError
from tarl.integrations.planning.authority import HomeTrust
from tarl.integrations.planning.engine import OrchestrationEngine
from tarl.planning.explainer import PlanExplainer
from tarl.planning.plan import ExecutionStatus, Strategy
from tarl.planning.requests import OrchestrationConfig, OrchestrationRequest
from tarl.planning.task import PrivacyClass, TriggerType, TrustTier


@pytest.fixture
def scene(tmp_path: Path, tarl_home: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path / "data", monkeypatch)


def test_before_it_is_started_it_shows_what_there_is_and_does_nothing(scene: Scene) -> None:
    engine = scene.engine()

    async def work() -> None:
        for doing in (
            engine.create_execution_plan(wish(LIGHT)),
            engine.cancel_plan("plan-1"),
            engine.create_workflow({}),
            engine.execute_plan("plan-1"),
        ):
            with pytest.raises(RuntimeError, match="not running"):
                await doing
        assert await engine.get_plan_status("plan-1") is None
        assert await engine.get_plan_metrics("plan-1") is None
        assert (await engine.get_system_metrics())["total_plans"] == 0
        assert await engine.list_workflows() == []
        await engine.stop()

    assert not engine.is_running()
    scene.run(work())
    assert not scene.folder.exists()


def test_a_plan_is_recorded_and_seen_by_every_engine(scene: Scene) -> None:
    async def work() -> str:
        engine, other = scene.engine(), scene.engine()
        await engine.start()
        await engine.start()
        await other.start()
        assert engine.is_running()
        response = await engine.create_execution_plan(wish(DISHES, session_id="evening"))
        assert (response.status, response.errors) == (ExecutionStatus.DRAFT, ())
        assert response.plan is not None
        assert response.plan.task_spec.user_id == "anna"
        assert response.plan.task_spec.session_id == "evening"
        assert response.plan.task_spec.trust_tier is TrustTier.TRUSTED
        assert 1 <= len(response.alternatives) <= 3
        assert response.explanation.startswith(f"# {DISHES}")
        assert "demonstration" in response.warnings[0]
        status = await engine.get_plan_status(response.plan_id)
        assert status is not None
        assert status["plan_id"] == response.plan_id
        assert status["status"] == response.status.value
        assert status["rationale"] == response.rationale
        assert status["created_at"] == "2025-06-15T15:06:40.000Z"
        assert await other.get_plan_status(response.plan_id) == status
        assert await other.get_plan_metrics(response.plan_id) == await engine.get_plan_metrics(
            response.plan_id
        )
        assert await other.cancel_plan(response.plan_id)
        assert not await engine.cancel_plan(response.plan_id)
        assert not await engine.cancel_plan("no-such-plan")
        status = await engine.get_plan_status(response.plan_id)
        assert status is not None
        assert status["status"] == "cancelled"
        await engine.stop()
        await other.stop()
        assert not engine.is_running()
        return response.plan_id

    plan_id = scene.run(work())
    later = scene.engine()
    status = scene.run(later.get_plan_status(plan_id))
    assert status["status"] == "cancelled"
    metrics = scene.run(later.get_system_metrics())
    assert (metrics["total_plans"], metrics["cancelled_plans"]) == (1, 1)
    assert metrics["is_running"] is False
    assert metrics["health"] == {"status": "stopped"}


def test_another_process_sees_the_plan(scene: Scene) -> None:
    response = scene.asked(LIGHT)[0]
    code = (
        "import asyncio, json\n"
        "from tarl.planning.engine import OrchestrationEngine\n"
        "engine = OrchestrationEngine()\n"
        f"status = asyncio.run(engine.get_plan_status({response.plan_id!r}))\n"
        "print(json.dumps(status))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout)["rationale"] == response.rationale


def test_the_solver_in_a_process_of_its_own(scene: Scene) -> None:
    async def work() -> None:
        engine = OrchestrationEngine(journal=scene.folder / "own.db")
        await engine.start()
        response = await engine.create_execution_plan(wish(LIGHT))
        assert response.plan is not None
        assert response.plan.gap == 0
        await engine.stop()

    asyncio.run(work())


def test_leftovers_let_no_engine_fail(scene: Scene) -> None:
    scene.folder.mkdir()
    (scene.folder / "vm_state.json").write_text("{")
    first = scene.asked(LIGHT)[0]
    second = scene.asked(LIGHT)[0]
    assert first.plan_id != second.plan_id


def test_it_belongs_to_the_loop_that_started_it(scene: Scene) -> None:
    engine = OrchestrationEngine(data_dir=scene.folder, solve=solved)

    async def elsewhere() -> None:
        for doing in (engine.create_execution_plan(wish(LIGHT)), engine.stop()):
            with pytest.raises(RuntimeError, match="not running"):
                await doing

    with asyncio.Runner() as here:
        here.run(engine.start())
        with ThreadPoolExecutor() as pool:
            pool.submit(asyncio.run, elsewhere()).result()
        assert engine.is_running()
        here.run(engine.stop())
    assert not engine.is_running()


def test_somebody_else_may_set_the_home_up_at_the_same_moment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = HomeTrust.prepare
    raised = iter(["principal.exists", "trust.exists"])

    def late(trust: HomeTrust) -> None:
        if (code := next(raised, None)) is not None:
            raise Conflict("somebody was faster", code=code)
        prepare(trust)

    monkeypatch.setattr(HomeTrust, "prepare", late)
    assert scene.asked(LIGHT)[0].plan is not None
    raised = iter(["journal.origin"])
    with pytest.raises(Conflict, match="faster"):
        scene.asked(LIGHT)


def test_where_no_price_is_known_no_budget_is_set(scene: Scene) -> None:
    response = scene.asked("run the washer before 7 am", engine={"household": HOME})[0]
    assert response.plan is not None
    assert response.plan.steps
    assert response.plan.budget == {}
    assert response.warnings


def test_its_health_says_what_is_not_known(scene: Scene) -> None:
    async def health(**options: Any) -> dict[str, Any]:
        async with scene.engine(**options) as engine:
            return dict((await engine.get_system_metrics())["health"])

    well = scene.run(health())
    assert (well["status"], well["blocked"]) == ("healthy", [])
    assert well["devices_online"] == well["devices_known"] > 0
    priceless = scene.run(health(household=HOME))
    assert priceless["status"] == "degraded"
    assert "cost" in priceless["blocked"]


def test_a_preview_leaves_no_trace(scene: Scene) -> None:
    asked: dict[str, Any]
    for asked in ({"preview_mode": True}, {"trigger_type": TriggerType.PREVIEW_REQUEST}):
        response = scene.asked(DOOR, **asked)[0]
        assert response.plan is not None
        assert response.plan.steps
        assert response.plan.task_spec.is_hypothetical
        assert response.status is ExecutionStatus.DRAFT
        engine = scene.engine()
        assert scene.run(engine.get_plan_status(response.plan_id)) is None
    assert scene.run(engine.get_system_metrics())["total_plans"] == 0


def test_previews_can_be_switched_off(scene: Scene) -> None:
    config = OrchestrationConfig(enable_preview_mode=False)
    response = scene.asked(LIGHT, config=config, preview_mode=True)[0]
    assert (response.plan, response.code) == (None, "orchestration.previews_off")
    assert scene.asked(LIGHT, config=config)[0].plan is not None


def test_what_cannot_be_planned_is_told_with_its_code(scene: Scene) -> None:
    love, car, nothing = scene.asked("what is love", "charge the car to 80 %", "")
    assert [each.code for each in (love, car, nothing)] == [
        "task.not_understood",
        "plan.unknown_level",
        "sentence.empty",
    ]
    assert (love.status, love.plan, love.plan_id) == (ExecutionStatus.FAILED, None, "")
    assert "say what is to happen" in love.errors[0]
    metrics = scene.run(scene.engine().get_system_metrics())
    assert metrics["total_plans"] == 0


def test_a_request_of_other_types_is_refused(scene: Scene) -> None:
    asked: list[dict[str, Any]] = [
        {"trigger_type": "whim"},
        {"user_id": 7},
        {"context_hints": {"location": "kitchen", "junk": object()}},
        {"context_hints": {"language": 5}},
        {"context_hints": {"noise": float("nan")}},
        {"session_id": "\ud800"},
        {"preferences": {"cost_budget": "much"}},
        {"preferences": {"cost_budget": -1}},
        {"preferences": {"strategy": "fastest"}},
        {"preferences": {"local_execution": 2}},
        {"preferences": {"note": "x" * 70_000}},
    ]

    async def codes() -> list[str]:
        async with scene.engine() as engine:
            made = [await engine.create_execution_plan(wish(LIGHT, **each)) for each in asked]
        assert all(each.plan is None for each in made)
        return [each.code for each in made]

    assert set(scene.run(codes())) == {"orchestration.request", "orchestration.config"}


def test_a_question_is_asked_before_anything_is_planned(scene: Scene) -> None:
    response = scene.asked("turn on the light when power is cheapest")[0]
    assert (response.code, response.plan) == ("plan.unanswered", None)
    assert response.questions


def test_a_stranger_is_not_trusted(scene: Scene) -> None:
    for user in ("user_123", None, "operator"):
        response = scene.asked(DOOR, user_id=user)[0]
        assert response.plan is not None
        assert response.plan.task_spec.trust_tier is TrustTier.BASIC
        assert response.approval_required
        assert response.status is ExecutionStatus.PENDING_APPROVAL


def test_hints_say_where_whoever_asks_is(scene: Scene) -> None:
    for named in ("living_room", "Living room", "lounge"):
        response = scene.asked("turn on the light", context_hints={"location": named})[0]
        assert response.plan is not None
        assert [step.device_id for step in response.plan.steps] == ["light.living_room"]
    metadata = response.plan.task_spec.metadata
    assert metadata["context_hints"] == {"location": "lounge"}


def test_hints_and_preferences_that_mean_nothing_are_named(scene: Scene) -> None:
    response = scene.asked(LIGHT, context_hints={"location": "moon"}, preferences={"speed": 1})[0]
    assert response.plan is not None
    assert any("'moon'" in text for text in response.warnings)
    assert any("'speed'" in text for text in response.warnings)


def test_sentences_of_other_languages(scene: Scene) -> None:
    response = scene.asked("schalte das Kitchen light ein", context_hints={"language": "de"})[0]
    assert response.plan is not None
    assert response.plan.task_spec.language == "de"


def test_what_is_weighed_most(scene: Scene) -> None:
    async def strategies(first: bool, *asked: tuple[str, dict[str, Any]]) -> list[Strategy]:
        async with scene.engine(OrchestrationConfig(privacy_first=first)) as engine:
            made = [
                await engine.create_execution_plan(wish(intent, preferences=preferences))
                for intent, preferences in asked
            ]
        return [each.plan.strategy for each in made if each.plan is not None]

    usual = strategies(
        True,
        (LIGHT, {}),
        (LIGHT, {"privacy_first": False}),
        (DISHES, {}),
        (DISHES, {"privacy_first": True}),
        (DISHES, {"strategy": "comfort_optimized"}),
    )
    assert scene.run(usual) == [
        Strategy.PRIVACY_FIRST,
        Strategy.BALANCED,
        Strategy.COST_OPTIMIZED,
        Strategy.PRIVACY_FIRST,
        Strategy.COMFORT_OPTIMIZED,
    ]
    assert scene.run(strategies(False, (LIGHT, {}))) == [Strategy.BALANCED]


def test_default_budgets_bound_what_has_no_budget(scene: Scene) -> None:
    tight = OrchestrationConfig(cost_budget_default=0.01)
    response = scene.asked(DISHES, config=tight)[0]
    assert response.plan is not None
    assert response.plan.conflict is not None
    assert response.plan.conflict.rules == ("default:cost",)
    assert response.errors == (response.rationale,)
    assert response.plan.budget == {"cost_micro": 10_000}
    assert any("it would work without" in text for text in response.warnings)
    for budget in (0.5, None):
        freed = scene.asked(DISHES, config=tight, preferences={"cost_budget": budget})[0]
        assert freed.plan is not None
        assert freed.plan.steps
    said = scene.asked(f"{DISHES} under 0.60 euro", config=tight)[0]
    assert said.plan is not None
    assert said.plan.budget == {"cost_micro": 600_000}


def test_the_default_latency_bounds_where_things_are_computed(scene: Scene) -> None:
    tight = OrchestrationConfig(latency_budget_default_ms=10)
    response = scene.asked(LIGHT, config=tight)[0]
    assert response.plan is not None
    assert not response.plan.steps
    assert response.plan.slas == {"latency_ms": 10}
    lifted = scene.asked(LIGHT, config=tight, preferences={"latency_budget_ms": None})[0]
    assert lifted.plan is not None
    assert lifted.plan.steps


def test_alternatives_are_as_many_as_are_wanted(scene: Scene) -> None:
    for most in (0, 1):
        config = OrchestrationConfig(max_plan_alternatives=most)
        assert len(scene.asked(DISHES, config=config)[0].alternatives) == most


def test_the_solver_gets_what_is_left_of_the_time(scene: Scene) -> None:
    limits: list[int] = []

    async def slow(problem: Any) -> Any:
        limits.append(problem.time_limit_ms)
        await asyncio.sleep(1.2)
        return await solved(problem)

    config = OrchestrationConfig(max_planning_time_ms=2_000)
    scene.asked("detect people with the hall camera", DISHES, config=config, engine={"solve": slow})
    assert limits[0] == 2_000
    assert all(limit in (2_000, 800, 100) for limit in limits)


@pytest.mark.parametrize(
    "fields",
    [
        {"max_planning_time_ms": 0},
        {"max_planning_time_ms": 500.5},
        {"max_planning_time_ms": True},
        {"max_plan_alternatives": 11},
        {"local_execution_preference": 1.1},
        {"local_execution_preference": float("nan")},
        {"cost_budget_default": -0.01},
        {"latency_budget_default_ms": -1},
    ],
)
def test_a_configuration_out_of_bounds_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))) as refusal:
        OrchestrationConfig(**fields)
    assert isinstance(refusal.value, TarlError)
    assert refusal.value.code == "orchestration.config"


def test_a_plan_is_approved_and_carried_out(scene: Scene) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            light, door = [await engine.create_execution_plan(wish(s)) for s in (LIGHT, DOOR)]
            with pytest.raises(TarlError, match="nobody has agreed"):
                await engine.execute_plan(door.plan_id)
            await engine.approve_plan(door.plan_id, by="anna")
            await engine.approve_plan(light.plan_id, by="anna")
            assert (await engine.execute_plan(light.plan_id)).status == "completed"
            assert scene.devices.told == [("light.kitchen", "turn_on")]
            metrics = await engine.get_plan_metrics(light.plan_id)
            assert metrics is not None
            assert (metrics["total_executions"], metrics["success_rate"]) == (1, 1.0)
            assert not await engine.cancel_plan(light.plan_id)

    scene.run(work())


def test_cancelling_stops_what_carries_a_plan_out(scene: Scene) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            plan_id = (await engine.create_execution_plan(wish(DISHES))).plan_id
            await engine.approve_plan(plan_id, by="anna")
            doing = asyncio.create_task(engine.execute_plan(plan_id))
            await asyncio.sleep(60)
            assert await engine.cancel_plan(plan_id)
            with pytest.raises(RunFailed, match="its plan was cancelled"):
                await doing
            status = await engine.get_plan_status(plan_id)
            assert status is not None
            assert status["status"] == "cancelled"

    scene.run(work())
    assert scene.devices.told == []


@pytest.mark.parametrize("enabled", [True, False])
def test_replanning_can_be_switched_off(scene: Scene, enabled: bool) -> None:
    async def work() -> int:
        async with scene.engine(OrchestrationConfig(enable_replanning=enabled)) as engine:
            plan_id = (await engine.create_execution_plan(wish(LIGHT))).plan_id
            await engine.approve_plan(plan_id, by="anna")
            scene.devices.failing = 1
            outcome = await engine.execute_plan(plan_id)
        assert outcome.status == ("completed" if enabled else "failed")
        return outcome.replans

    assert scene.run(work()) == int(enabled)


def test_the_parts_are_those_of_the_home(scene: Scene) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            agent = engine.agent
            plan_id = (await engine.create_execution_plan(wish(DOOR))).plan_id
            plan = await agent.get_plan_status(plan_id)
            assert plan is not None
            said = await agent.intent_translator.translate(DOOR)
            assert said.entities["devices"] == ["lock.front_door"]
            assert (await agent.policy_gate.evaluate(plan.task_spec)).approved
            info = await agent.explainer.generate_debug_info(plan)
            assert info["findings"] == []
            assert info["policy_hash"] == agent.policy_gate.policy_hash
            consents = agent.home.consents
            token = consents.grant(
                "anna",
                ["measure:sensor/presence:local_device"],
                by="anna",
                privacy_class=PrivacyClass.CONFIDENTIAL,
            ).token
            gate = agent.policy_gate
            assert await gate.validate_consent(token, ["measure:sensor/presence:local_device"])
            assert not await gate.validate_consent(
                token, ["unlock:lock/lock.front_door:local_device"]
            )
            assert not await gate.validate_consent("c0", ["measure:sensor/presence:local_device"])
            assert await gate.revoke_consent(token)
            assert not await gate.revoke_consent(token)
            assert not await gate.revoke_consent("c0")
            assert not await gate.validate_consent(token, ["measure:sensor/presence:local_device"])

    scene.run(work())


def test_plans_are_explained_without_a_household(scene: Scene) -> None:
    plan = scene.asked(LIGHT)[0].plan
    assert plan is not None
    explainer = PlanExplainer()
    text = asyncio.run(explainer.explain_plan(plan, plan.task_spec))
    assert "light.kitchen" in text
    assert "light.kitchen" in asyncio.run(explainer.generate_approval_summary(plan))
    assert asyncio.run(explainer.generate_debug_info(plan))["findings"] is None


def test_a_request_takes_fields_by_name_alone() -> None:
    with pytest.raises(TypeError):
        OrchestrationRequest(TriggerType.USER_REQUEST, "x")  # type: ignore[misc]
