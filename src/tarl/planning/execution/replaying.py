"""The workflow ``plan`` for a process that knows no home: it replays, and looks."""

from __future__ import annotations

from tarl.kernel.definition import DECLARED
from tarl.planning.execution.carrying import plan_workflow
from tarl.planning.execution.home import HomeActivities

plan = plan_workflow(HomeActivities(None))
DECLARED.add(plan)
