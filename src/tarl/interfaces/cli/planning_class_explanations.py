"""What the codes of planning's classes (``tarl.planning.engine`` ...) mean and what to try:
a part of the table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PLANNING_CLASSES: dict[str, _e] = {
    "gate.no_household": _e(
        "The gate was asked about a task as a whole, and knows no home.",
        "PolicyGate(household=...); the agent's `policy_gate` has one.",
    ),
    "orchestration.config": _e(
        "A field of OrchestrationConfig, or a preference like it, is out of its bounds.",
        "docs/reference/planning-classes.md lists the bounds.",
    ),
    "orchestration.not_running": _e(
        "The engine or agent was not started, was stopped, or runs in another event loop.",
        "await engine.start() in the event loop that uses it.",
    ),
    "orchestration.previews_off": _e(
        "The configuration lets nobody preview plans.",
        "OrchestrationConfig(enable_preview_mode=True), or ask without preview_mode.",
    ),
    "orchestration.request": _e(
        "A request has a field, a hint or a preference of the wrong type, or is too large.",
        "docs/reference/planning-classes.md lists what each is.",
    ),
    "orchestration.workflow": _e(
        "A list of steps cannot be a workflow: a type of step that there is not, a field that is"
        " missing, too many steps.",
        "docs/reference/planning-classes.md lists the types of steps.",
    ),
    "plan.no_household": _e(
        "A planner was asked for a plan, and knows no home.", "ExecutionPlanner(household=...)"
    ),
}
