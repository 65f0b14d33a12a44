"""The events of a workflow as this face shows them, numbered from 1."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tarl.integrations.orchestration.frozen import frozen, thawed


class WorkflowEventKind(enum.Enum):
    """What happened. ``TASK_COMPLETE`` and ``TIMER_FIRE`` are part of the interface and never
    occur: a task's event carries its outcome, and a synchronous workflow sets no timers.
    """

    START = enum.auto()
    TASK_SUBMIT = enum.auto()
    TASK_COMPLETE = enum.auto()
    AGENT_DECISION = enum.auto()
    EXTERNAL_CALL = enum.auto()
    TIMER_FIRE = enum.auto()
    SNAPSHOT = enum.auto()
    RETURN = enum.auto()
    ERROR = enum.auto()


@dataclass(frozen=True)
class WorkflowEvent:
    """One event; ``(workflow_id, sequence)`` names it within the workflow's latest run."""

    workflow_id: str
    sequence: int
    kind: WorkflowEventKind
    payload: dict[str, Any]
    snapshot_hash: str | None = None

    def __hash__(self) -> int:
        return hash((self.workflow_id, self.sequence, self.kind, self.snapshot_hash))

    def to_dict(self) -> dict[str, Any]:
        """The event as plain JSON values, with the kind by name."""
        return {
            "workflow_id": self.workflow_id,
            "sequence": self.sequence,
            "kind": self.kind.name,
            "payload": thawed(self.payload),
            "snapshot_hash": self.snapshot_hash,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WorkflowEvent:
        """The event that ``to_dict`` described.

        Raises:
            KeyError: a member is missing, or the kind is unknown.
        """
        return cls(
            workflow_id=data["workflow_id"],
            sequence=data["sequence"],
            kind=WorkflowEventKind[data["kind"]],
            payload=frozen(data["payload"]),
            snapshot_hash=data.get("snapshot_hash"),
        )


class Fact(NamedTuple):
    """An event before it has its number; ``log_index`` counts from 0 over the whole journal."""

    kind: WorkflowEventKind
    payload: dict[str, Any]
    log_index: int = 0
    snapshot: str | None = None


def numbered(facts: Iterable[Fact], *, workflow_id: str, after: int = 0) -> list[WorkflowEvent]:
    """The facts as the events that follow event ``after``."""
    return [numbered_one(f, workflow_id, after + i) for i, f in enumerate(facts, start=1)]


def numbered_one(fact: Fact, workflow_id: str, sequence: int) -> WorkflowEvent:
    """One fact as the event of that number."""
    payload = fact.payload
    if fact.kind is WorkflowEventKind.EXTERNAL_CALL:
        payload = {**payload, "sequence": sequence}
    return WorkflowEvent(workflow_id, sequence, fact.kind, frozen(payload), fact.snapshot)
