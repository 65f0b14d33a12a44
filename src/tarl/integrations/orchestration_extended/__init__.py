"""The seeds' extended face: queues, timers, activities, tenants, people, nodes and trees.

task.py, tasks.py, pool.py   Task, TaskQueue, WorkerPool
long_running.py              LongRunningWorkflowManager: timers and leases
activities.py, executor.py   Activity, ActivityExecutor; bench.py opens their runtime
tenants.py                   MultiTenantManager
people.py, signals.py        HumanInTheLoopManager
nodes.py                     MetaOrchestrator
hierarchy.py, family.py      WorkflowHierarchyManager, and the laws of its trees
stack.py                     ExtendedTarlStackBox
demo.py                      ``python -m tarl.integrations.orchestration_extended``

place.py, chronicle.py, refusals.py
"""

from __future__ import annotations

from tarl.integrations.orchestration_extended.activities import (
    Activity,
    ActivityResult,
    SagaResult,
)
from tarl.integrations.orchestration_extended.demo import demo_extended_features
from tarl.integrations.orchestration_extended.executor import ActivityExecutor
from tarl.integrations.orchestration_extended.hierarchy import (
    ChildWorkflow,
    WorkflowHierarchyManager,
)
from tarl.integrations.orchestration_extended.long_running import (
    DurableTimer,
    LongRunningWorkflowManager,
    WorkflowLease,
)
from tarl.integrations.orchestration_extended.nodes import MetaOrchestrator, OrchestratorNode
from tarl.integrations.orchestration_extended.people import (
    ApprovalRequest,
    HumanInTheLoopManager,
)
from tarl.integrations.orchestration_extended.pool import WorkerPool
from tarl.integrations.orchestration_extended.signals import Query, Signal
from tarl.integrations.orchestration_extended.stack import ExtendedTarlStackBox
from tarl.integrations.orchestration_extended.task import Task, TaskQueuePriority
from tarl.integrations.orchestration_extended.tasks import TaskQueue
from tarl.integrations.orchestration_extended.tenants import (
    MultiTenantManager,
    Namespace,
    ResourceQuota,
)

__all__ = [
    "Activity",
    "ActivityExecutor",
    "ActivityResult",
    "ApprovalRequest",
    "ChildWorkflow",
    "DurableTimer",
    "ExtendedTarlStackBox",
    "HumanInTheLoopManager",
    "LongRunningWorkflowManager",
    "MetaOrchestrator",
    "MultiTenantManager",
    "Namespace",
    "OrchestratorNode",
    "Query",
    "ResourceQuota",
    "SagaResult",
    "Signal",
    "Task",
    "TaskQueue",
    "TaskQueuePriority",
    "WorkerPool",
    "WorkflowHierarchyManager",
    "WorkflowLease",
    "demo_extended_features",
]
