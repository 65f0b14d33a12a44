"""Errors of this face: tarl's own, which are also the built-in classes that callers catch."""

from __future__ import annotations

from tarl.errors import Conflict
from tarl.integrations.orchestration.refusals import Plain


class NotRunning(Plain, Conflict, RuntimeError):
    """The engine has not been started here, or was stopped."""


def not_running(noun: str) -> NotRunning:
    """Nobody has started it in this event loop."""
    return NotRunning(
        f"the {noun} is not running",
        code="orchestration.not_running",
        next_step=f"await {noun}.start() first, in the same event loop",
    )
