"""ExtendedTarlStackBox: one journal, beside a TarlStackBox, in its workflows and over processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations import ExtendedTarlStackBox, TarlStackBox
from tarl.integrations.orchestration_extended import ResourceQuota
from tarl.integrations.orchestration_extended.stack import DIRECTORIES

EMPTY: dict[str, Any] = {
    "worker_pool": {"workers": 4, "running": False},
    "long_running": {"timers": 0, "leases": 0},
    "activity_executor": {"completed": 0},
    "multi_tenant": {"namespaces": 0},
    "hitl": {"signals": 0, "approvals": 0},
    "meta_orchestrator": {"nodes": 0},
    "workflow_hierarchy": {"parents": 0},
}


def opened(directory: Path, **more: Any) -> ExtendedTarlStackBox:
    return ExtendedTarlStackBox({**{name: directory / name for name in DIRECTORIES}, **more})


def test_where_the_journal_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened(tmp_path).journal == tmp_path / "tarl.db"
    assert ExtendedTarlStackBox({"journal": "x.db"}).journal == Path("x.db")
    assert ExtendedTarlStackBox({"queue_dir": "q"}).journal == tmp_path / "q" / "tarl.db"
    assert ExtendedTarlStackBox().journal == tmp_path / "data" / "tarl.db"


def test_an_empty_stack(tmp_path: Path) -> None:
    status = opened(tmp_path).get_status()
    queue = status.pop("task_queue")
    assert status == EMPTY
    assert {"tasks_enqueued", "queue_depth", "active_leases", "dead_letter_queue"} <= set(queue)
    assert set(queue.values()) == {0}


def test_it_starts_and_stops_as_often_as_one_likes(tmp_path: Path) -> None:
    stack = opened(tmp_path, workers=2)
    stack.worker_pool.register_handler("double", lambda task: task.payload * 2)

    async def main() -> None:
        for n in range(2):
            await stack.start()
            await stack.start()
            assert stack.get_status()["worker_pool"] == {"workers": 2, "running": True}
            id = stack.task_queue.enqueue("wf", "double", n)
            async with asyncio.timeout(20):
                while stack.task_queue.get_task(id).status != "completed":
                    await asyncio.sleep(0.01)
            assert stack.task_queue.get_result(id) == 2 * n
            await stack.stop()
            await stack.stop()
            assert stack.worker_pool.running is False

    asyncio.run(main())


@pytest.mark.parametrize("workers", [0, -1, "4"])
def test_bad_numbers_of_workers(tmp_path: Path, workers: Any) -> None:
    with pytest.raises(ValueError, match="no number of workers"):
        opened(tmp_path, workers=workers)


def fill(stack: ExtendedTarlStackBox) -> None:
    stack.task_queue.enqueue("wf", "t", {})
    stack.long_running.schedule_timer("wf", 60, print)
    stack.long_running.acquire_lease("wf", "a")
    stack.multi_tenant.create_namespace("t", "Team", ResourceQuota())
    stack.hitl.send_signal("wf", "pause")
    stack.hitl.request_approval("wf", "Deploy", ["alice"])
    stack.meta_orchestrator.register_orchestrator("n", ["ml"])
    stack.workflow_hierarchy.spawn_child("p", "t")


def test_another_process_sees_it_all(tmp_path: Path) -> None:
    stack = opened(tmp_path)
    fill(stack)
    code = (
        "import sys, json; from tarl.integrations import ExtendedTarlStackBox;"
        "print(json.dumps(ExtendedTarlStackBox({'journal': sys.argv[1]}).get_status()))"
    )
    command = [sys.executable, "-c", code, str(stack.journal)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == _json(stack.get_status())
    assert set(opened(tmp_path).get_metrics()) == set(stack.get_status())
    fill(opened(tmp_path))  # leftovers of an earlier run do no harm


def _json(data: Any) -> str:
    import json

    return json.dumps(data)


def test_beside_a_stack_box_on_one_journal(tmp_path: Path) -> None:
    journal = tmp_path / "tarl.db"
    names = ("vm_data_dir", "recording_dir", "provenance_dir")
    base = TarlStackBox({**{n: tmp_path / n for n in names}, "journal": journal})
    more = ExtendedTarlStackBox({"journal": journal})

    def entrypoint(vm: Any, context: Any) -> Any:
        task = more.task_queue.enqueue("wf", "t", {"n": context["n"]})
        child = more.workflow_hierarchy.spawn_child("wf", "part")
        more.hitl.send_signal("wf", "begun", {"task": task})
        lease = more.long_running.acquire_lease("wf", "me")
        node = more.meta_orchestrator.route_task("t", [])
        leased = more.task_queue.lease_task("w", patience=0)
        return [task, child, lease.holder if lease else None, node, leased and leased.task_id]

    base.create_workflow("wf", entrypoint)
    result = base.execute_with_provenance("wf", {"n": 1})
    assert result[2:] == ["me", None, result[0]]
    status = more.get_status()
    assert status["task_queue"]["tasks_enqueued"] == 1
    base.recorder.save_recording("wf", "r")
    assert base.recorder.replay_workflow("r") == result  # and nothing happens again
    assert more.get_status() == status
    assert base.get_full_status()["vm"]["workflows"] == 1
    assert [p.name for p in tmp_path.glob("**/*.db")] == ["tarl.db"]


def test_a_refusal_within_a_workflow_is_the_callers_class(tmp_path: Path) -> None:
    journal = tmp_path / "tarl.db"
    base = TarlStackBox({"vm_data_dir": tmp_path, "journal": journal})
    more = ExtendedTarlStackBox({"journal": journal})
    more.multi_tenant.create_namespace("t", "Team", ResourceQuota(max_workflows=1))

    def entrypoint(vm: Any, context: Any) -> Any:
        try:
            more.multi_tenant.consume_quota("t", "workflows", 2)
        except ValueError as error:
            return str(error)

    base.create_workflow("wf", entrypoint)
    assert "Quota exceeded" in base.execute_with_provenance("wf")


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_every_part_says_how_it_stands(tmp_path: Path, name: str) -> None:
    part = getattr(opened(tmp_path), name)
    assert part.get_status() == EMPTY[name]
    assert isinstance(part.get_metrics(), dict)


def test_a_loop_that_ended_without_a_stop(tmp_path: Path) -> None:
    stack = opened(tmp_path)
    stack.worker_pool.register_handler("double", lambda task: task.payload * 2)

    async def broken_off() -> None:
        await stack.worker_pool.start()
        await asyncio.sleep(0.05)

    async def main() -> int:
        assert stack.worker_pool.running is False
        await stack.start()
        id = stack.task_queue.enqueue("wf", "double", 2)
        async with asyncio.timeout(20):
            while stack.task_queue.get_task(id).status != "completed":
                await asyncio.sleep(0.01)
        await stack.stop()
        return int(stack.task_queue.get_result(id))

    asyncio.run(broken_off())
    assert asyncio.run(main()) == 4
