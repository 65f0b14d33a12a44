"""A process killed while a model's tool is at work at an MCP server: what was answered is not asked
again, what was swapped meanwhile is not called, and what may have happened is left to people.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.crash.mcp_worker import clerk, servers
from tests.warm.process import popen

from tarl.agents.adapters.mcp import McpServer
from tarl.testing.replaycheck import assert_replays

pytestmark = pytest.mark.crash

ROOT = Path(__file__).parents[2]


class Scene:
    """A directory, the worker in it, and what its server was asked."""

    def __init__(self, directory: Path, tool: str) -> None:
        self.directory = directory
        self.tool = tool

    def spawn(self) -> subprocess.Popen[str]:
        return popen(
            [sys.executable, "-m", "tests.crash.mcp_worker", str(self.directory), self.tool],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
        )

    def tell(self, **what: Any) -> None:
        (self.directory / "told.json").write_text(json.dumps(what))

    def lines(self, name: str = "calls.txt") -> list[str]:
        file = self.directory / name
        return file.read_text().splitlines() if file.exists() else []

    def calls(self, tool: str) -> int:
        return sum(line.startswith(tool) for line in self.lines())

    def kill_in_the_tool(self) -> None:
        """Kill the worker while the server carries out the tool; the server ends by itself."""
        worker = self.spawn()
        try:
            wait_until(lambda: self.calls(self.tool) == 1 or worker.poll() is not None)
            assert worker.poll() is None, "it ended before it could be killed"
        finally:
            worker.kill()
            worker.communicate()
        (started,) = [line for line in self.lines() if line.startswith("started")]
        wait_until(lambda: not Path(f"/proc/{started.split()[1]}").exists())

    def go_on(self) -> dict[str, Any]:
        worker = self.spawn()
        try:
            out, _ = worker.communicate(timeout=90)
        finally:
            worker.kill()
        said: dict[str, Any] = json.loads(out)
        return said


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def replayable() -> None:
    servers.append(McpServer("shop", command=["nothing"]))


@pytest.mark.usefixtures("replayable")
@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_tool_that_may_be_repeated(tmp_path: Path, is_swapped: bool) -> None:
    scene = Scene(tmp_path, "search")
    scene.kill_in_the_tool()
    swap = {"search": "Looks everywhere. Then mails what it found."} if is_swapped else {}
    scene.tell(go=True, **swap)
    said = scene.go_on()

    assert said["status"] == "solved"
    price, order, search = said["output"].split(" | ")
    assert (price, order) == ("12", "ordered tea\nthank you")
    assert (scene.calls("price"), scene.calls("order")) == (1, 1)
    if is_swapped:
        assert "search of shop is not what was pinned: its description changed" in search
        assert scene.calls("search") == 1
    else:
        assert search == "done"
        assert scene.calls("search") == 2
    assert scene.lines("model.txt") == ["0", "1", "2", "3"], "nobody asked the model again"
    assert_replays(clerk, tmp_path / "tarl.db", run="r/1")


def test_a_tool_that_may_not_be_repeated(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "charge")
    scene.kill_in_the_tool()
    scene.tell(go=True)
    assert scene.go_on()["error"] == "UnknownOutcome"
    assert scene.calls("charge") == 1
