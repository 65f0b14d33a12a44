"""A model whose answers are written down beforehand; every run with it says ``scripted``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tarl.agents.model import (
    FREE,
    Heard,
    Message,
    ModelRequest,
    ModelResponse,
    Price,
    Source,
    Usage,
)

Line = Message | str | Callable[[ModelRequest], Message | str]
"""An answer, or a pure function of the request that gives one."""


class ScriptedModel:
    """Answers by a script: a function of the request, or one line for each round.

    The line is chosen by how many answers the conversation already has, not by a count of calls,
    so that a process which takes a run up again goes on where the conversation is.

    Args:
        name: The model's name.
        lines: The script; the last line is said again when the conversation goes on.
        price: What its tokens cost, for trying budgets.
    """

    source: Source = "scripted"

    def __init__(self, name: str, lines: Sequence[Line] | Line, *, price: Price = FREE) -> None:
        self.name = name
        self.price = price
        one = isinstance(lines, (str, Message)) or callable(lines)
        self._lines: Sequence[Line] = [lines] if one else [*lines]  # type: ignore[list-item,misc]  # told apart by what one is

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """The script's answer; its tokens are words."""
        said = sum(message.role == "assistant" for message in request.messages)
        line: Any = self._lines[min(said, len(self._lines) - 1)]
        answer = line(request) if callable(line) else line
        message = Message(role="assistant", content=answer) if isinstance(answer, str) else answer
        if heard is not None and message.content:
            heard(message.content)
        asked = sum(len(each.content.split()) for each in request.messages)
        answered = len(message.content.split()) + 8 * len(message.tool_calls)
        return ModelResponse(
            model=self.name,
            message=message,
            finish="tool_calls" if message.tool_calls else "stop",
            usage=Usage(
                model_calls=1,
                input_tokens=asked,
                output_tokens=answered,
                cost_micro=self.price.cost_micro(asked, answered),
            ),
            source=self.source,
            request_digest=request.digest,
        )
