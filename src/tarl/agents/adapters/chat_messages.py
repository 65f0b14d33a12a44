"""Messages and tools in the form of OpenAI's chat completions, which other libraries can write, as
tarl's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tarl.agents.model import Message, Role, ToolCall, ToolSchema
from tarl.errors import Invalid


def message_of(said: Mapping[str, Any]) -> Message:
    """A message.

    Raises:
        Invalid: it has content that is no text (``adapter.content``).
    """
    role: Role = "system" if said["role"] == "developer" else said["role"]
    calls = tuple(
        ToolCall(
            id=call["id"], name=call["function"]["name"], arguments=call["function"]["arguments"]
        )
        for call in said.get("tool_calls") or ()
    )
    return Message(
        role=role,
        content=_text(said.get("content")),
        tool_calls=calls,
        tool_call_id=said.get("tool_call_id"),
    )


def schema_of(tool: Mapping[str, Any]) -> ToolSchema:
    """What a model is told about a function tool."""
    function = tool["function"]
    return ToolSchema(
        name=function["name"],
        description=function.get("description") or "",
        parameters=dict(function.get("parameters") or {"type": "object"}),
    )


def calls_of(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    """What a model asks for, in that form."""
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in calls
    ]


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if any(part.get("type") != "text" for part in content):
        raise Invalid(
            "only text is sent to models of tarl",
            code="adapter.content",
            next_step="give images and files to an agent whose model takes them",
        )
    return "".join(part["text"] for part in content)
