"""A demonstration of this face; every figure it prints is read back from the journal."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tarl.integrations.orchestration_extended.activities import Activity
from tarl.integrations.orchestration_extended.refusals import QuotaExceeded
from tarl.integrations.orchestration_extended.stack import DIRECTORIES, ExtendedTarlStackBox
from tarl.integrations.orchestration_extended.task import Task, TaskQueuePriority
from tarl.integrations.orchestration_extended.tenants import ResourceQuota

_READINGS = [21.5, 22.0, 19.5, 20.0, 23.0]
_TASK_S = 10.0
"""How long the demonstration waits for a worker at the most."""


def main(arguments: Sequence[str] = ()) -> int:
    """Run the demo; 0 when everything it checks is as it should be, 2 for wrong arguments."""
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        print("usage: python -m tarl.integrations.orchestration_extended [DIRECTORY]")
        return 0 if list(arguments) in (["-h"], ["--help"]) else 2
    outcome = asyncio.run(demo_extended_features(arguments[0] if arguments else None))
    return 0 if outcome["ok"] else 1


async def demo_extended_features(directory: str | Path | None = None) -> dict[str, Any]:
    """Show every subsystem once; what was found, and whether all was well.

    Args:
        directory: Where its journal goes; a temporary one when left out.
    """
    if directory is None:
        with tempfile.TemporaryDirectory(prefix="tarl-demo-") as temporary:
            return await demo_extended_features(temporary)
    stack = _stack(Path(directory))
    print(f"Journal: {stack.journal}")
    stack.worker_pool.register_handler("mean", _mean)
    await stack.start()
    try:
        found = {
            "task": await _show_queue(stack),
            "lease": _show_lease(stack),
            "activity": await _show_activities(stack),
            "quota": _show_tenancy(stack),
            "approved": _show_people(stack),
            "node": _show_routing(stack),
            "failed": _show_hierarchy(stack),
        }
    finally:
        await stack.stop()
    status = stack.get_status()
    again = _stack(Path(directory)).get_status()
    same = all(again[name] == status[name] for name in again if name != "worker_pool")
    print("\nStatus:")
    for name, figures in status.items():
        print(f"  {name}: {figures}")
    print(f"The same to another process: {same}")
    ok = same and found["task"] == sum(_READINGS) / len(_READINGS) and all(found.values())
    return {"ok": ok, "found": found, "status": status}


def _stack(directory: Path) -> ExtendedTarlStackBox:
    return ExtendedTarlStackBox({name: directory / name for name in DIRECTORIES})


def _mean(task: Task) -> float:
    readings: list[float] = task.payload["readings"]
    return sum(readings) / len(readings)


async def _show_queue(stack: ExtendedTarlStackBox) -> Any:
    queue = stack.task_queue
    task_id = queue.enqueue("wf_001", "mean", {"readings": _READINGS}, TaskQueuePriority.HIGH)
    async with asyncio.timeout(_TASK_S):
        while queue.get_task(task_id).status not in ("completed", "dead"):
            await asyncio.sleep(0.01)
    result = queue.get_result(task_id)
    print(f"\nTask queue: {task_id} carried out by a worker: {result}")
    return result


def _show_lease(stack: ExtendedTarlStackBox) -> bool:
    manager = stack.long_running
    lease = manager.acquire_lease("wf_001", "executor_1", duration=300)
    other = manager.acquire_lease("wf_001", "executor_2", duration=300)
    rung: list[str] = []
    timer_id = manager.schedule_timer("wf_001", delay=0, callback=lambda: rung.append("rung"))
    fired = [timer.timer_id for timer in manager.fire_timers()]
    holder = None if lease is None else lease.holder
    print(f"Leases: held by {holder}; somebody else gets: {other}")
    print(f"Timers: {timer_id} due at once, fired: {timer_id in fired}, its callback: {rung}")
    manager.release_lease("wf_001", "executor_1")
    return lease is not None and other is None and rung == ["rung"]


class _Charge(Activity):
    """Counts how often it is really done."""

    def __init__(self) -> None:
        super().__init__("demo_charge")
        self.done = 0
        self.undone = 0

    async def execute(self, **kwargs: Any) -> Any:
        self.done += 1
        return {"receipt": self.done, "amount": kwargs["amount"]}

    async def compensate(self, **kwargs: Any) -> None:
        self.undone += 1


class _Break(Activity):
    """Always fails."""

    async def execute(self, **kwargs: Any) -> Any:
        raise RuntimeError("the warehouse is closed")

    async def compensate(self, **kwargs: Any) -> None:
        """Nothing was done."""


async def _show_activities(stack: ExtendedTarlStackBox) -> bool:
    executor, charge = stack.activity_executor, _Charge()
    calls = [executor.execute_activity(charge, "order-1", amount=5) for _ in range(5)]
    results = await asyncio.gather(*calls)
    print(f"Activities: five calls with one token, carried out {charge.done} time(s)")
    number = stack.activity_executor.get_metrics()["sagas_failed"] + 1
    steps = [(_Charge(), {"amount": 5}), (_Break("demo_ship"), {})]
    saga = await executor.execute_saga(f"order-{number}", steps, max_retries=2)
    print(f"Sagas: {saga.error}; undone: {saga.compensated}")
    return all(result.success for result in results) and saga.compensated == ["demo_charge"]


def _show_tenancy(stack: ExtendedTarlStackBox) -> bool:
    tenants = stack.multi_tenant
    quota = ResourceQuota(max_workflows=100, max_concurrent_executions=10)
    tenants.create_namespace("tenant_001", "Production Team", quota)
    tenants.consume_quota("tenant_001", "concurrent_executions", amount=10)
    try:
        tenants.consume_quota("tenant_001", "concurrent_executions")
        refused = ""
    except QuotaExceeded as refusal:
        refused = refusal.message
    tenants.release_quota("tenant_001", "concurrent_executions", amount=10)
    print(f"Tenancy: {refused}")
    return bool(refused)


def _show_people(stack: ExtendedTarlStackBox) -> bool:
    hitl = stack.hitl
    hitl.send_signal("wf_001", "pause", payload={"reason": "manual_review"})
    request_id = hitl.request_approval(
        "wf_001", "Deploy to production", ["alice", "bob"], {"version": "1.2.3"}
    )
    stranger = hitl.approve(request_id, "mallory")
    hitl.approve(request_id, "alice", rationale="tests pass")
    half = hitl.is_approved(request_id)
    hitl.approve(request_id, "bob")
    print(f"People: by a stranger: {stranger}, after one of two: {half}, after both: "
          f"{hitl.is_approved(request_id)}")  # fmt: skip
    return hitl.is_approved(request_id) and not half and not stranger


def _show_routing(stack: ExtendedTarlStackBox) -> str | None:
    meta = stack.meta_orchestrator
    meta.register_orchestrator("orch_ml", capabilities=["ml", "data"], priority=10, max_load=100)
    meta.register_orchestrator("orch_night", capabilities=["ml"], priority=1, max_load=100)
    meta.add_routing_rule("batch_*", "orch_night", priority=5)
    node, ruled = meta.route_task("ml_task", ["ml"]), meta.route_task("batch_ml", ["ml"])
    print(f"Routing: ml_task to {node}; batch_ml, by a rule, to {ruled}")
    for each in (node, ruled):
        if each is not None:
            meta.release_task(each)
    return node if ruled == "orch_night" else None


def _show_hierarchy(stack: ExtendedTarlStackBox) -> bool:
    tree = stack.workflow_hierarchy
    root = f"parent_wf_{tree.get_metrics()['parents']}"
    branch = tree.spawn_child(root, "data_processing")
    leaf, other = tree.spawn_child(branch, "download"), tree.spawn_child(root, "report")
    ended = tree.propagate_failure(leaf, "connection lost")
    print(f"Hierarchy: {root} {tree.get_failure(root)!r}; ended: {len(ended)} of 4")
    return tree.get_child(other).status == "cancelled"
