"""What the adapters say about the answers of tools that lie outside."""

from __future__ import annotations

import pytest

from tarl.agents.adapters.mcp import McpServer
from tarl.agents.agent import FunctionAgent, deed
from tarl.kernel.marks import outside


@pytest.mark.parametrize(
    ("said", "recorded"), [(None, "assumed"), (True, "declared"), (False, None)]
)
def test_an_mcp_server_is_untrusted_unless_somebody_says_otherwise(
    said: bool | None, recorded: str | None
) -> None:
    server = McpServer("s", command=["true"], untrusted=said)
    assert server._untrusted == server._listing.untrusted == outside(said) == recorded


def test_what_was_pinned_describes_itself_as_it_was_read() -> None:
    server = McpServer("s", command=["true"], pins={}, untrusted=True)
    assert server._listing.untrusted is None
    assert server._untrusted == "declared"


def reads(question: str) -> str:
    return question


def test_an_agent_may_say_that_strangers_write_its_answers() -> None:
    agent = FunctionAgent(reads)
    assert deed(agent, "run").untrusted is None
    agent.untrusted = True  # type: ignore[attr-defined]
    assert deed(agent, "run").untrusted == "declared"
