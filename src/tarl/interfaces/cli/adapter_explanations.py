"""What the error codes of agents of other libraries mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

ADAPTERS: dict[str, _e] = {
    "adapter.tool": _e(
        "An agent of another library has something that would act past the gateway.",
        "Give it as a function tool, or as an agent of its own.",
    ),
    "adapter.approvers": _e(
        "A tool needs an approval, and the agent names nobody who may give it.",
        "Name people when the agent is wrapped: approvers=[...].",
    ),
    "adapter.content": _e(
        "A message has content that models of tarl do not take.", "Send text, or references."
    ),
    "adapter.failed": _e(
        "The other library gave up; its own error is in the message.",
        "See that library's documentation.",
    ),
    "adapter.not_awaited": _e(
        "A model that is recorded inside the run was asked without await.",
        "Write the node as `async def`, and `await model.ainvoke(...)`.",
    ),
    "langgraph.thread": _e(
        "A LangGraph graph with a checkpointer was called without a thread, or a thread was to be"
        " copied over another one.",
        "Name a thread in the config, one that is new where it is copied to.",
    ),
}
