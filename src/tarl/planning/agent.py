"""``OrchestrationAgent``: seed 003's path to what ``tarl.integrations.planning`` makes."""

from __future__ import annotations

from tarl.integrations.planning.agent import OrchestrationAgent, OrchestrationConfig

__all__ = ["OrchestrationAgent", "OrchestrationConfig"]
