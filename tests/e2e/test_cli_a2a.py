"""``tarl a2a``: a real server, asked by another tarl, killed and begun anew."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from a2a.types import GetTaskRequest, TaskState
from tests.e2e.cli_process import Cli
from tests.unit.interfaces.a2a.house import client_of, message, task_of

from tarl.agents.adapters.a2a import A2AAgent
from tarl.agents.adapters.a2a_wire import card_digest, value_of

pytestmark = pytest.mark.e2e

SKILLS = '''
import asyncio
from pathlib import Path

from tarl import Context, activity, workflow


@activity
async def work(n: int) -> int:
    with Path("effects.txt").open("a") as file:
        file.write(f"{n}\\n")
    await asyncio.sleep(0.05)
    return n


@workflow
async def long(ctx: Context, n: int) -> list[int]:
    """Works for a while."""
    return [await ctx.call(work, i) for i in range(n)]


@workflow
async def asks(ctx: Context, what: str) -> str:
    """Asks people."""
    return (await ctx.approval(f"Do {what}?", approvers=["alice"])).status
'''


@contextmanager
def serving(cli: Cli, *words: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """The server, and what it says of itself."""
    (cli.directory / "skills.py").write_text(SKILLS)
    process = cli.start("a2a", "--code", "skills.py", "--json", *words)
    assert process.stdout is not None
    try:
        assert select.select([process.stdout], [], [], 30)[0], "it says nothing"
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        yield json.loads(line), process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def token_of(said: dict[str, Any]) -> str:
    return Path(said["token_file"]).read_text().strip()


def test_a_server_that_is_killed_has_its_tasks_when_it_begins_anew(cli: Cli) -> None:
    async def begin(said: dict[str, Any]) -> list[str]:
        async with client_of(said["url"], token=token_of(said), polling=True) as client:
            done = await task_of(client, message(40, skill="long", id="l"))
            asked = await task_of(client, message("it", skill="asks", id="a"))
            return [done.id, asked.id]

    async def look(said: dict[str, Any], done: str, asked: str) -> Any:
        async with client_of(said["url"], token=token_of(said), polling=True) as client:
            while (
                task := await client.get_task(GetTaskRequest(id=done))
            ).status.state == TaskState.TASK_STATE_WORKING:
                await asyncio.sleep(0.05)
            waiting = await client.get_task(GetTaskRequest(id=asked))
            return value_of(task.artifacts[0].parts), waiting.status.state

    with serving(cli, "--port", "0") as (said, process):
        ids = asyncio.run(begin(said))
        while len(cli.directory.joinpath("effects.txt").read_text().split()) < 5:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    with serving(cli, "--port", "0") as (said, _):
        numbers, state = asyncio.run(look(said, *ids))
    assert numbers == list(range(40))
    assert state == TaskState.TASK_STATE_INPUT_REQUIRED
    effects = (cli.directory / "effects.txt").read_text().split()
    assert set(effects) == {str(n) for n in range(40)}
    assert len(effects) <= 41  # the step that was under way, once more
    approvals = cli("approvals", "ls", "--json").lines
    assert len(approvals) == 1


def test_what_it_says_of_itself_can_be_pinned(cli: Cli) -> None:
    async def card(said: dict[str, Any], token: str) -> Any:
        agent = A2AAgent(
            said["url"],
            id="it",
            keys=[said["key"]],
            pinned_digest=said["card_digest"],
            token=token,
        )
        return await agent.card()

    with serving(cli, "--port", "0", "--workflow", "asks", "--name", "shop") as (said, _):
        token_file = Path(said["token_file"])
        assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
        found = asyncio.run(card(said, token_of(said)))
        assert (found.name, [skill.id for skill in found.skills]) == ("shop", ["asks"])
        assert card_digest(found) == said["card_digest"]
        assert httpx.get(f"{said['url']}.well-known/agent-card.json").status_code == 401
        keys = cli("keys", "ls").out
        name, place, _ = said["key"].split("+", 2)  # a key's own letters may have a plus too
        assert f"{name}+{place}" in keys


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--host", "0.0.0.0", "--code", "skills.py"], "http.not_loopback"),
        (["--workflow", "nothing", "--code", "skills.py"], "a2a.no_skill"),
        ([], "a2a.no_skill"),
        (["--agent", "nobody", "--code", "skills.py"], "principal.missing"),
    ],
)
def test_what_cannot_be_served(words: list[str], code: str, cli: Cli) -> None:
    (cli.directory / "skills.py").write_text(SKILLS)
    done = cli("a2a", "--port", "0", "--json", *words)
    assert done.code != 0
    assert done.data["error"]["code"] == code
