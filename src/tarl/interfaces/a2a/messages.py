"""What the agent says: artifacts and messages."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from a2a.types import Artifact, Message, Role

from tarl.agents.adapters.a2a_wire import part_of
from tarl.values.canonical import encode


def artifact_of(id: str, value: Any, name: str) -> Artifact:
    """A result as an artifact; ``sha256`` in its metadata is that of its canonical JSON."""
    artifact = Artifact(artifact_id=id, name=name, parts=[part_of(value)])
    artifact.metadata.update({"sha256": sha256(encode(value)).hexdigest()})
    return artifact


def said(text: str, *, id: str, task_id: str, context_id: str) -> Message:
    """What the agent says about a task."""
    return Message(
        message_id=id,
        task_id=task_id,
        context_id=context_id,
        role=Role.ROLE_AGENT,
        parts=[part_of(text)],
    )
