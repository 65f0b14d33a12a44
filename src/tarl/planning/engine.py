"""``OrchestrationEngine``: seed 003's path to what ``tarl.integrations.planning`` makes."""

from __future__ import annotations

from tarl.integrations.planning.engine import OrchestrationEngine

__all__ = ["OrchestrationEngine"]
