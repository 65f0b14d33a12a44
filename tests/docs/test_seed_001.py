"""The examples of seed 001, sections 1 to 7 and the stack's, as the document writes them but for
the import path.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations import orchestration_extended

QUEUE = """\
queue = TaskQueue("main")
task_id = queue.enqueue("wf_001", "processing", payload, TaskQueuePriority.HIGH)
task = queue.lease_task("worker_1", lease_duration=300)
queue.complete_task("worker_1", task_id, result)
"""

LONG_RUNNING = """\
manager = LongRunningWorkflowManager()
timer_id = manager.schedule_timer("wf_001", delay=3600, callback=on_timer)
lease = manager.acquire_lease("wf_001", "executor_1", duration=300)
manager.heartbeat("wf_001", "executor_1")  # Extend lease
"""

ACTIVITY = """\
class MyActivity(Activity):
    async def execute(self, **kwargs):
        return perform_side_effect()

    async def compensate(self, **kwargs):
        undo_side_effect()
"""

EXECUTE = """\
result = await executor.execute_activity(
    activity,
    idempotency_token="unique_token",
    max_retries=3
)
"""

TENANCY = """\
manager = MultiTenantManager()
namespace = manager.create_namespace(
    "tenant_001",
    "Production Team",
    ResourceQuota(max_workflows=100, max_concurrent_executions=10),
    isolation_level="strict"
)
manager.consume_quota("tenant_001", "workflows", amount=1)
usage = manager.get_usage("tenant_001")
"""

PEOPLE = """\
hitl = HumanInTheLoopManager()

# Send signal

signal_id = hitl.send_signal("wf_001", "pause", payload={"reason": "manual_review"})

# Request approval

request_id = hitl.request_approval(
    "wf_001",
    "Deploy to production",
    required_approvers=["alice", "bob"],
    context={"version": "1.2.3"}
)

# Approve

hitl.approve(request_id, "alice")
hitl.approve(request_id, "bob")

# Check status

is_approved = hitl.is_approved(request_id)
"""

META = """\
meta = MetaOrchestrator()

meta.register_orchestrator(
    "orch_ml",
    capabilities=["ml", "data"],
    priority=10,
    max_load=100
)

node_id = meta.route_task("ml_task", required_capabilities=["ml"])
meta.release_task(node_id)
"""

HIERARCHY = """\
hierarchy = WorkflowHierarchyManager()

child_id = hierarchy.spawn_child("parent_wf", "data_processing")
hierarchy.update_child_status(child_id, "completed", result="Success")

# Wait patterns

child = hierarchy.wait_for_child("parent_wf", child_id)
all_children = hierarchy.wait_for_all_children("parent_wf")

# Cancellation

hierarchy.cancel_child(child_id)

# Failure propagation

hierarchy.propagate_failure(child_id, "Error message")
"""

STACK = """\
stack = ExtendedTarlStackBox(config={"workers": 4})
await stack.start()

# Access subsystems

stack.task_queue.enqueue(*enqueue)
stack.long_running.schedule_timer(*schedule_timer)
await stack.activity_executor.execute_activity(*execute_activity)
stack.multi_tenant.create_namespace(*create_namespace)
stack.hitl.request_approval(*request_approval)
stack.meta_orchestrator.route_task(*route_task)
stack.workflow_hierarchy.spawn_child(*spawn_child)

status = stack.get_status()  # All subsystem metrics
await stack.stop()
"""

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "seed-001.md"


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def execute(example: str, **names: Any) -> dict[str, Any]:
    """Run an example, which may ``await``, with the face's names in scope."""
    found = {name: getattr(orchestration_extended, name) for name in orchestration_extended.__all__}
    found |= {"__name__": "example", **names}
    code = compile(example, "<seed 001>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, found)
    if inspect.iscoroutine(running):
        asyncio.run(running)
    return found


@pytest.fixture(params=[1, 2], ids=["first", "over_leftovers"])
def times(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_scale_out(times: int) -> None:
    for _ in range(times):
        names = execute(QUEUE, payload={"data": [1, 2, 3]}, result={"rows": 3})
    assert names["task"].task_id == names["task_id"]
    assert names["queue"].get_metrics()["tasks_completed"] == times
    again = orchestration_extended.TaskQueue("main")
    assert again.get_result(names["task_id"]) == {"rows": 3}


def on_timer() -> None:
    """What the seed's timer calls."""


def test_long_running(times: int) -> None:
    for _ in range(times):
        names = execute(LONG_RUNNING, on_timer=on_timer)
    lease = names["lease"]
    assert lease
    assert lease.holder == "executor_1"
    assert not names["manager"].acquire_lease("wf_001", "executor_2")
    assert names["manager"].get_timer(names["timer_id"]).status == "pending"


def test_activities(times: int) -> None:
    done: list[int] = []

    def perform_side_effect() -> dict[str, int]:
        done.append(1)
        return {"done": len(done)}

    definition = execute(ACTIVITY, perform_side_effect=perform_side_effect)
    for _ in range(times):
        names = execute(
            EXECUTE,
            executor=orchestration_extended.ActivityExecutor(),
            activity=definition["MyActivity"]("my_activity"),
        )
    assert (names["result"].success, names["result"].result) == (True, {"done": 1})
    assert done == [1]


def test_multi_tenancy(times: int) -> None:
    for _ in range(times):
        names = execute(TENANCY)
    assert names["namespace"].quotas["max_workflows"] == 100
    assert names["usage"]["workflows"] == times


def test_people(times: int) -> None:
    for _ in range(times):
        names = execute(PEOPLE)
    assert names["is_approved"] is True
    assert names["hitl"].get_status() == {"signals": times, "approvals": times}


def test_meta_orchestration() -> None:
    names = execute(META)
    assert names["node_id"] == "orch_ml"
    assert names["meta"].get_node("orch_ml").load == 0


def test_hierarchy() -> None:
    names = execute(HIERARCHY)
    assert (names["child"].status, names["child"].result) == ("completed", "Success")
    assert names["all_children"] == [names["child"]]
    # What has completed is neither cancelled nor failed afterwards.
    assert names["hierarchy"].get_child(names["child_id"]) == names["child"]
    assert names["hierarchy"].get_failure("parent_wf") is None


class Noop(orchestration_extended.Activity):
    async def execute(self, **kwargs: Any) -> Any:
        return "done"

    async def compensate(self, **kwargs: Any) -> None:
        """Nothing."""


def test_the_stack(times: int) -> None:
    for _ in range(times):
        names = execute(
            STACK,
            enqueue=("wf_001", "processing", {}),
            schedule_timer=("wf_001", 3600, on_timer),
            execute_activity=(Noop("noop"),),
            create_namespace=("t", "Team", orchestration_extended.ResourceQuota()),
            request_approval=("wf_001", "Deploy", ["alice"], {}),
            route_task=("ml_task", ["ml"]),
            spawn_child=("parent_wf", "data_processing"),
        )
    status = names["status"]
    assert status["task_queue"]["tasks_enqueued"] == times
    assert {name: figures for name, figures in status.items() if name != "task_queue"} == {
        "worker_pool": {"workers": 4, "running": True},
        "long_running": {"timers": times, "leases": 0},
        "activity_executor": {"completed": times},
        "multi_tenant": {"namespaces": 1},
        "hitl": {"signals": 0, "approvals": times},
        "meta_orchestrator": {"nodes": 0},
        "workflow_hierarchy": {"parents": 1},
    }
    assert names["stack"].worker_pool.running is False
    assert [str(p) for p in Path("data").glob("**/*.db")] == ["data/tarl.db"]


def test_the_demo_command() -> None:
    command = [sys.executable, "-m", "tarl.integrations.orchestration_extended"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for shown in (
        "carried out by a worker: 21.2",
        "carried out 1 time(s)",
        "undone: ['demo_charge']",
        "Quota exceeded",
        "after both: True",
        "The same to another process: True",
    ):
        assert shown in done.stdout


def test_the_examples_of_our_own_reference_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert examples
    for example in examples:
        execute(example)
