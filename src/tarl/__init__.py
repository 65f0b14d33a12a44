"""tarl: work that people hand to AI agents, run so that it survives, replays and proves itself.

    from tarl import activity, workflow, Context
    import tarl

    async with tarl.open("tarl.db") as runtime:
        result = await runtime.run(my_workflow, {"area": "FI"}, id="prices")

Names are imported when first used, so that ``import tarl`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tarl.engines.embedded.port import EmbeddedEngine
    from tarl.errors import (
        ActivityFailed,
        ChildFailed,
        Conflict,
        Corrupt,
        Denied,
        Exceeded,
        Invalid,
        Missing,
        NondeterminismError,
        RunFailed,
        TarlError,
        Unavailable,
        UnknownOutcome,
    )
    from tarl.kernel.attempt import current_attempt, current_effect, emit, heartbeat
    from tarl.kernel.children import Child
    from tarl.kernel.context import Approval, Context
    from tarl.kernel.definition import Activity, Workflow, activity, workflow
    from tarl.kernel.engine import EnginePort
    from tarl.kernel.gateway import AllowAll, DenyAll
    from tarl.kernel.limits import Limits
    from tarl.kernel.retry import RetryPolicy
    from tarl.stack import connect_temporal, open_queue
    from tarl.stack import open_runtime as open
    from tarl.values.ids import RunId

__version__ = "0.1.0"

_HOMES = {
    "tarl.errors": (
        "ActivityFailed",
        "ChildFailed",
        "Conflict",
        "Corrupt",
        "Denied",
        "Exceeded",
        "Invalid",
        "Missing",
        "NondeterminismError",
        "RunFailed",
        "TarlError",
        "Unavailable",
        "UnknownOutcome",
    ),
    "tarl.kernel.children": ("Child",),
    "tarl.kernel.context": ("Approval", "Context"),
    "tarl.kernel.retry": ("RetryPolicy",),
    "tarl.engines.embedded.port": ("EmbeddedEngine",),
    "tarl.kernel.engine": ("EnginePort",),
    "tarl.kernel.definition": ("Activity", "Workflow", "activity", "workflow"),
    "tarl.kernel.attempt": ("current_attempt", "current_effect", "emit", "heartbeat"),
    "tarl.kernel.gateway": ("AllowAll", "DenyAll"),
    "tarl.kernel.limits": ("Limits",),
    "tarl.stack": ("connect_temporal", "open_queue"),
    "tarl.values.ids": ("RunId",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Activity",
    "ActivityFailed",
    "AllowAll",
    "Approval",
    "Child",
    "ChildFailed",
    "Conflict",
    "Context",
    "Corrupt",
    "Denied",
    "DenyAll",
    "EmbeddedEngine",
    "EnginePort",
    "Exceeded",
    "Invalid",
    "Limits",
    "Missing",
    "NondeterminismError",
    "RetryPolicy",
    "RunFailed",
    "RunId",
    "TarlError",
    "Unavailable",
    "UnknownOutcome",
    "Workflow",
    "activity",
    "connect_temporal",
    "current_attempt",
    "current_effect",
    "emit",
    "heartbeat",
    "open",
    "open_queue",
    "workflow",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "open":
        return import_module("tarl.stack").open_runtime
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'tarl' has no attribute {name!r}")
    return getattr(import_module(home), name)
