"""Whatever a client sends to a tool of ``tarl mcp``, the answer is the tool's or a refusal with its
reason; nothing but runs is written by ``run``, and drafts by ``plan``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client

from tarl import Context, activity, workflow
from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.mcp.asking import Answers
from tarl.interfaces.mcp.offers import TOOLS
from tarl.interfaces.mcp.server import server_of


@activity(name="mcpargs.double")
async def double(n: int) -> int:
    return 2 * n


@workflow(name="mcpargs.twice")
async def twice(ctx: Context, n: int) -> int:
    return await ctx.call(double, n)


class Server:
    """A server in this process, with one run in its journal."""

    def __init__(self, directory: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.invocation = Invocation()
        self.invocation.take("db", str(directory / "tarl.db"))
        self._open = AsyncExitStack()
        self.loop.run_until_complete(self._begin())
        assert (
            self.ask("run", {"workflow": twice.name, "id": "known", "input": 1})[1]["result"] == 2
        )

    async def _begin(self) -> None:
        self.runtime = await self._open.enter_async_context(self.invocation.open_runtime())
        self.runtime.register(twice)
        self.server = server_of(Answers(self.invocation, self.runtime, {twice.name: twice}))

    def streams(self) -> set[str]:
        return set(self.runtime.journal.streams(""))

    def ask(self, tool: str, given: dict[str, Any]) -> tuple[bool, Any]:
        async def talk() -> Any:
            async with Client(self.server) as client:
                return await client.call_tool(tool, given)

        result = self.loop.run_until_complete(talk())
        return result.is_error, result.structured_content

    def close(self) -> None:
        self.loop.run_until_complete(self._open.aclose())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FITTING = {
    "run": st.sampled_from(
        ["known", "known/1", "default/known/1", "known/2", "@last", "known@1", "/"]
    ),
    "workflow": st.sampled_from([twice.name, "nothing"]),
    "id": st.sampled_from(["known", "a/b", "%", "\u200b", "a" * 200]) | st.text(max_size=5),
    "input": st.integers(-3, 3) | VALUES,
    "wait_s": st.sampled_from([0, 0.0, -1, 1e9, "1", None]),
    "status": st.sampled_from(["running", "pending", "completed", "no", None, 1]),
    "limit": st.sampled_from([1, 100, 0, -1, 10**30, 1.5, "1"]),
    "sentence": st.sampled_from(
        ["turn on the", "is it warm", "approve", "\u202e", "\x00", "x" * 3000]
    )
    | st.text(max_size=20),
    "language": st.sampled_from(["en", "de", "xx", "", None, 1]),
    "area": st.sampled_from(["kitchen", "nowhere", "", None, 1]) | st.text(max_size=5),
    "code": st.sampled_from(["run.exists", "no.such", ""]) | st.text(max_size=10),
}
WAITS = {name for name, tool in TOOLS.items() if "wait_s" in tool.takes.__struct_fields__}


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(TOOLS)))
    fields = TOOLS[name].takes.__struct_fields__
    given = {field: draw(FITTING[field]) for field in fields if draw(st.booleans())}
    if draw(st.integers(0, 4)) == 0:
        given[draw(st.text(max_size=8))] = draw(VALUES)
    if name in WAITS:
        given.setdefault("wait_s", 0)
    return name, given


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked())
def test_every_question_has_an_answer(server: Server, asked: tuple[str, dict[str, Any]]) -> None:
    name, given = asked
    before = server.streams()
    is_error, answer = server.ask(name, given)
    if is_error:
        error = answer["error"]
        assert error["code"] not in ("internal", "mcp.no_tool"), (asked, error)
        assert error["message"]
        assert error["next_step"]
    written = server.streams() - before
    places = {"run": ("run/default/",), "plan": ("plan/default/", "context/default/")}
    assert all(stream.startswith(places.get(name, ())) for stream in written), (name, written)
