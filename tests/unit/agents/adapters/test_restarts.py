"""People decide after a restart: what other libraries' agents did before is not done again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.adapters import test_langgraph, test_openai_agents
from tests.unit.agents.adapters.runs import RUN, voting

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    for module in (test_langgraph, test_openai_agents):
        module.ASKED.clear()
        module.USED.clear()


async def asked(path: Path, body: Any) -> None:
    """Run until people are asked, and stop there."""
    async with tarl.open(path / "t.db") as runtime:
        await runtime.start(body, id=RUN)
        people = People(runtime.journal, Keyring())
        while len(people.approvals.of_run(runtime.find(RUN))) < 2:
            await asyncio.sleep(0.01)


async def answered(path: Path, body: Any) -> Any:
    """Go on in another runtime, where people approve."""
    async with tarl.open(path / "t.db", workflows=[body]) as runtime:
        handle = await runtime.take_up(RUN)
        await voting("alice", "approve", times=2)(runtime)
        return await handle.result()


def test_people_decide_about_tools_of_the_openai_agents_sdk(tmp_path: Path) -> None:
    body = test_openai_agents.ask_buyer
    asyncio.run(asked(tmp_path, body))
    assert len(test_openai_agents.ASKED) == 1
    assert asyncio.run(answered(tmp_path, body)) == ["solved", "done"]
    assert len(test_openai_agents.ASKED) == 2
    assert test_openai_agents.USED == [("buy", "tea"), ("buy", "milk")]


def test_people_decide_about_interrupts_of_langgraph(tmp_path: Path) -> None:
    body = test_langgraph.ask_many
    asyncio.run(asked(tmp_path, body))
    agreed = ["asked", True]
    answer = asyncio.run(answered(tmp_path, body))
    assert answer == ["solved", [1, 2, 3, 2, 4, 6, agreed, agreed]]


@pytest.mark.parametrize(
    ("adapter", "library", "extra"),
    [
        ("openai_agents", "agents", "openai-agents"),
        ("langgraph", "langgraph", "langgraph"),
        ("langgraph_saver", "langgraph", "langgraph"),
        ("langchain_desk", "langchain_core", "langgraph"),
        ("a2a", "a2a", "a2a"),
    ],
)
def test_a_library_that_is_not_installed(adapter: str, library: str, extra: str) -> None:
    program = f"""
import sys
sys.modules[{library!r}] = None
from tarl.errors import Unavailable
try:
    import tarl.agents.adapters.{adapter}
except Unavailable as error:
    print(error.code, error.next_step)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == f"extra.missing pip install 'tarl[{extra}]'\n", done.stderr
