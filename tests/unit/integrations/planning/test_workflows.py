from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.planning.household_scene import LIGHT, Scene

from tarl.planning.notices.notice import Notice


class Told:
    """Keeps what people are told."""

    name = "told"

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def notify(self, notice: Notice) -> None:
        self.notices.append(notice)


@pytest.fixture
def scene(tmp_path: Path, tarl_home: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path / "data", monkeypatch)


async def until_ended(engine: Any, workflow_id: str) -> dict[str, Any]:
    import asyncio

    while (shown := await engine.get_workflow_status(workflow_id))["status"] == "running":
        await asyncio.sleep(1)
    return dict(shown)


def test_each_step_is_really_done(scene: Scene) -> None:
    told = Told()

    async def work() -> None:
        async with scene.engine(notifier=told) as engine:
            began_ms = scene.clock.now_ms()
            steps = [
                {"type": "wait", "duration_seconds": 90},
                {"type": "discovery"},
                {"id": "light", "type": "plan", "intent": LIGHT, "user_id": "anna"},
                {"type": "ml_inference", "text": "turn off the lights please"},
                {"type": "notification", "title": "All done", "kind": "drift"},
            ]
            created = await engine.create_workflow({"name": "evening", "steps": steps})
            assert created["status"] == "created"
            assert created["id"] == created["workflow_id"]
            assert (created["name"], len(created["steps"])) == ("evening", 5)
            assert (await engine.get_system_metrics())["active_workflows"] == 1
            shown = await until_ended(engine, created["workflow_id"])
            assert scene.clock.now_ms() - began_ms >= 90_000
            assert (shown["status"], shown["execution_count"]) == ("completed", 1)
            results = {end["step_id"]: end["result"] for end in shown["last_results"]}
            assert list(results) == ["step_0", "step_1", "light", "step_3", "step_4"]
            assert results["step_1"]["devices_found"] == len(engine.agent.household.devices)
            assert results["step_1"]["devices_online"] > 0
            status = await engine.get_plan_status(results["light"]["plan_id"])
            assert status is not None
            assert status["rationale"] == results["light"]["rationale"]
            assert results["step_3"]["route"] == "command"
            assert [notice.title for notice in told.notices] == ["All done"]
            assert [each["id"] for each in await engine.list_workflows()] == [shown["id"]]
            assert (await engine.get_system_metrics())["completed_workflows"] == 1

    scene.run(work())


def test_a_step_that_fails_ends_it(scene: Scene) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            steps = [{"type": "plan", "intent": "what is love"}, {"type": "discovery"}]
            created = await engine.create_workflow({"steps": steps})
            shown = await until_ended(engine, created["workflow_id"])
            assert (shown["status"], len(shown["last_results"])) == ("failed", 1)
            assert "asks the home for anything" in shown["last_results"][0]["result"]["errors"][0]

    scene.run(work())


def test_it_goes_on_when_the_engine_is_started_again(scene: Scene) -> None:
    async def begin() -> str:
        async with scene.engine() as engine:
            steps = [{"type": "wait", "duration_seconds": 3_600}, {"type": "discovery"}]
            created = await engine.create_workflow({"steps": steps})
        return str(created["workflow_id"])

    async def go_on(workflow_id: str) -> None:
        engine = scene.engine()
        assert (await engine.list_workflows())[0]["status"] == "running"
        await engine.start()
        shown = await until_ended(engine, workflow_id)
        assert shown["status"] == "completed"
        await engine.stop()

    scene.run(go_on(scene.run(begin())))


def test_it_can_be_cancelled_once(scene: Scene) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            step = {"type": "wait", "duration_seconds": 3_600}
            workflow_id = (await engine.create_workflow({"steps": [step]}))["workflow_id"]
            assert await engine.cancel_workflow(workflow_id)
            assert (await until_ended(engine, workflow_id))["status"] == "cancelled"
            assert not await engine.cancel_workflow(workflow_id)
            assert not await engine.cancel_workflow("no-such-workflow")
            assert await engine.get_workflow_status("no-such-workflow") is None

    scene.run(work())


@pytest.mark.parametrize(
    "workflow",
    [
        {"steps": [{"type": "teleport"}]},
        {"steps": [{"type": "plan"}]},
        {"steps": [{"type": "wait", "duration_seconds": -1}]},
        {"steps": [{"type": "wait"}] * 201},
        {"steps": "all of them"},
    ],
)
def test_what_nobody_could_do_is_refused_at_once(scene: Scene, workflow: dict[str, Any]) -> None:
    async def work() -> None:
        async with scene.engine() as engine:
            with pytest.raises(ValueError, match="this is no workflow"):
                await engine.create_workflow(workflow)
            assert await engine.list_workflows() == []

    scene.run(work())
