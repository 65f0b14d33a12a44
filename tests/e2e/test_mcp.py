"""``tarl mcp`` with the protocol's own client: what agents can do, and what not."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import httpx2
import msgspec
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from tests.e2e.cli_process import COMMAND, Cli, wait_until
from tests.warm.process import asking, popen, run

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.mcp import McpServer
from tarl.errors import TarlError
from tarl.interfaces.cli.main import COMMANDS, LazyGroup, main
from tarl.interfaces.mcp.offers import TOOLS
from tarl.planning.task import TaskSpec, TrustTier
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays

pytestmark = pytest.mark.e2e

ROOM = Path(tarl.__file__).parent / "interfaces" / "mcp"

WORK = '''
"""Workflows that agents may run."""

import subprocess
from pathlib import Path

from tarl import Context, activity, workflow

HERE = Path(__file__).parent


@activity(needs={"mail.send"}, resource="mailbox/{to}")
def send(to: str) -> str:
    print("this would spoil the wire")
    subprocess.run(["cat"], check=True)  # an inherited input would be eaten here
    with (HERE / "sent.txt").open("a") as file:
        file.write(f"{to}\\n")
    return f"sent to {to}"


@workflow
async def letters(ctx: Context, to: list[str]) -> list[str]:
    """Send letters."""
    return [await ctx.call(send, name) for name in to]


@workflow
async def deploy(ctx: Context, version: str) -> str:
    """Deploy, once Ann has approved."""
    answer = await ctx.approval(f"Deploy {version}", approvers=["ann"])
    return answer.status


@workflow
async def sleeper(ctx: Context) -> None:
    await ctx.sleep(600)


@workflow
async def large(ctx: Context) -> str:
    return "x" * 2_000_000
'''


class Place:
    """A directory with workflows, people and agents, and servers over its journal."""

    def __init__(self, cli: Cli, home: Path) -> None:
        self.cli = cli
        self.home = home
        (cli.directory / "work.py").write_text(WORK)

    def given(self, *words: str) -> Any:
        """What came before: a command in this process, for speed; the JSON it prints."""
        printed = io.StringIO()
        with contextlib.chdir(self.cli.directory), contextlib.redirect_stdout(printed):
            assert main([*words, "--json"]) == 0, printed.getvalue()
        return json.loads(printed.getvalue())

    def serve(self, *words: str) -> StdioServerParameters:
        command, *first = asking()
        args = [*first, *COMMAND[1:], "mcp", "--code", "work.py", *words]
        env = {**os.environ, "TARL_HOME": str(self.home)}
        return StdioServerParameters(command=command, args=args, env=env, cwd=self.cli.directory)

    def talk(self, talk: Callable[[Talk], Awaitable[Any]], *words: str, mode: str = "auto") -> Any:
        """A conversation over standard streams."""

        async def go() -> Any:
            async with Client(self.serve(*words), mode=mode) as client:
                return await talk(Talk(client))

        return asyncio.run(go())

    def sent(self) -> list[str]:
        file = self.cli.directory / "sent.txt"
        return file.read_text().split() if file.exists() else []

    def facts(self) -> dict[str, int]:
        """How long every stream is that does not tell of a run."""
        with contextlib.closing(open_store(self.cli.directory / "tarl.db")) as store:
            heads = {name: store.head(name) for name in store.streams("")}
        return {name: head.seq for name, head in heads.items() if head and name[:4] != "run/"}


class Talk:
    """A client, and what its tools answer."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **given: Any) -> Any:
        result = await self.client.call_tool(tool, given)
        assert not result.is_error, result.structured_content
        assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
        return result.structured_content

    async def refused(self, tool: str, **given: Any) -> str:
        """The code of a refusal, which says what to do as well."""
        result = await self.client.call_tool(tool, given)
        assert result.is_error, result.structured_content
        error = result.structured_content["error"]
        assert error["message"]
        assert error["next_step"]
        return str(error["code"])


@pytest.fixture
def place(cli: Cli, tarl_home: Path) -> Place:
    return Place(cli, tarl_home)


@pytest.fixture
def office(place: Place) -> Place:
    """Ann; the authority ``ops``; ``writer``, who may send letters to Bob at task ``t1``."""
    place.given("principals", "create", "ann")
    place.given("principals", "create", "ops", "--kind", "service")
    place.given("authority", "establish", "ops", "--action", "*", "--title", "Operations")
    place.given("agents", "create", "writer")
    place.given(
        "agents", "establish", "writer", "--authority", "ops", "--action", "mail.send",
        "--resource", "mailbox/bob", "--task", "t1", "--human", "ann", "--role", "writer",
    )  # fmt: skip
    return place


# --- what agents can do


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_workflow_is_run_looked_at_explained_and_verified(place: Place, mode: str) -> None:
    async def talk(ask: Talk) -> None:
        offered = await ask.client.list_tools()
        assert [tool.name for tool in offered.tools] == list(TOOLS)
        known = await ask("workflows")
        assert [each["name"] for each in known["workflows"]] == [
            "letters", "deploy", "sleeper", "large",
        ]  # fmt: skip
        assert known["workflows"][0]["description"] == "Send letters."
        assert known["workflows"][0]["input"] == {"type": "array", "items": {"type": "string"}}

        work: dict[str, Any] = {"workflow": "letters", "id": "l", "input": ["bob", "zoe"]}
        end = {"run": "l/1", "status": "completed", "result": ["sent to bob", "sent to zoe"]}
        assert await ask("run", **work) == end
        assert await ask("run", **work) == end
        assert place.sent() == ["bob", "zoe"]
        assert await ask.refused("run", **(work | {"input": ["eve"]})) == "run.exists"
        assert await ask("result", run="l") == end
        status = await ask("status", run="l/1")
        assert (status["status"], status["steps"]) == ("completed", {"completed": 2})

        history = (await ask("explain", run="l"))["history"]
        assert history[1] == 'Step 1 called send("bob"): it answered "sent to bob".'
        assert history[-1].startswith("It completed at 20")
        assert "another workflow or input" in (await ask("explain", code="run.exists"))["means"]
        verified = await ask("verify", run="l")
        assert verified["verified"]
        assert verified["said"][0] == "PROVED"

        (listed,) = (await ask.client.list_resources()).resources
        assert listed.uri == "tarl://runs/l/1"
        page = json.loads((await ask.client.read_resource(listed.uri)).contents[0].text)  # type: ignore[union-attr]
        kinds = [event["kind"] for event in page["events"]]
        assert kinds[0] == "run.started/1"
        assert kinds[-1] == "run.completed/1"
        assert page["next"] is None

    place.talk(talk, mode=mode)


def test_what_cannot_be_done_says_why(place: Place) -> None:
    async def talk(ask: Talk) -> None:
        assert await ask.refused("run", workflow="nothing", id="a") == "workflow.unknown"
        assert await ask.refused("run", workflow="letters", id="a") == "input.required"
        assert await ask.refused("run", workflow="letters", id="a", input=3) == "input.type"
        assert await ask.refused("run", workflow="sleeper", id="a", input=3) == "input.unwanted"
        assert await ask.refused("run", workflow="letters") == "mcp.arguments"
        assert await ask.refused("run", workflow="sleeper", id="") == "mcp.arguments"
        assert await ask.refused("run", workflow="sleeper", id="a", wait_s=1e9) == "mcp.arguments"
        assert await ask.refused("run", workflow="sleeper", id="a", new_run=True) == "mcp.arguments"
        assert await ask.refused("run", workflow="sleeper", id="a\x00") == "id.characters"
        assert await ask.refused("status", run="nobody") == "run.missing"
        assert await ask.refused("status", run="@last") == "id.ref"
        assert await ask.refused("status", run="a@1") == "id.unexpected_event"
        assert await ask.refused("explain") == "mcp.arguments"
        assert await ask.refused("explain", code="a", run="b") == "mcp.arguments"
        assert await ask.refused("explain", code="no.such") == "explain.unknown"
        assert (await ask("runs")) == {"runs": []}

        end = await ask("run", workflow="large", id="large", wait_s=20)
        assert (end["status"], end["left_out"]["code"]) == ("completed", "mcp.answer_too_large")
        assert "result" not in end
        assert await ask.refused("status", run="larg") == "run.missing", "no beginnings of ids"
        for uri in ("tarl://runs/", "tarl://keys/x", "file:///etc/passwd", "tarl://runs/a?x=1"):
            with pytest.raises(MCPError) as refused:
                await ask.client.read_resource(uri)
            assert refused.value.data["code"] == "mcp.no_resource"

    place.talk(talk)


def test_a_long_history_comes_in_pages(place: Place) -> None:
    async def talk(ask: Talk) -> list[int]:
        await ask("run", workflow="letters", id="l", input=["bob"] * 3)
        seen: list[int] = []
        uri: str | None = "tarl://runs/l?after=2"
        while uri:
            page = json.loads((await ask.client.read_resource(uri)).contents[0].text)  # type: ignore[union-attr]
            seen += [event["seq"] for event in page["events"]]
            uri = page["next"]
        return seen

    assert place.talk(talk) == list(range(3, 9))


def test_the_end_of_the_input_ends_it_and_its_runs_can_be_taken_up(place: Place) -> None:
    async def talk(ask: Talk) -> Any:
        return await ask("run", workflow="sleeper", id="s", wait_s=0)

    assert place.talk(talk)["status"] == "running"
    ended = run(
        [*COMMAND, "mcp", "--code", "work.py"],
        cwd=place.cli.directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (0, b""), ended

    async def again(ask: Talk) -> None:
        assert (await ask("status", run="s"))["status"] == "interrupted"
        assert (await ask("explain", run="s"))["history"][-1].startswith("No process")
        taken_up = await ask("run", workflow="sleeper", id="s", wait_s=0)
        assert (taken_up["run"], taken_up["status"]) == ("s/1", "running")

    place.talk(again)


@pytest.mark.parametrize(
    "line",
    [b"no JSON at all\n", b'{"jsonrpc": "2.0"\n', b"\xff\xfe\n", b'{"jsonrpc":"2.0","id":1}\n'],
)
def test_lines_that_are_no_requests_end_nothing(place: Place, line: bytes) -> None:
    ping = b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n'
    done = run(
        [*COMMAND, "mcp", "--code", "work.py"],
        cwd=place.cli.directory,
        input=line + ping,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done
    answers = [json.loads(each) for each in done.stdout.splitlines()]
    assert [each for each in answers if each.get("id") == 7], done


def test_a_request_without_end_is_not_waited_for(place: Place) -> None:
    done = run(
        [*COMMAND, "mcp", "--code", "work.py"],
        cwd=place.cli.directory,
        input=b'{"x": "' + b"x" * 5_000_000,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0
    assert b"more than 4194304 bytes" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--task", "t"],
        ["--public"],
        ["--token-file", "x"],
        ["--http", "nowhere"],
        ["--http", "127.0.0.1:99999"],
        ["--agent", "nobody"],
        ["--code", "missing.py"],
    ],
)
def test_wrong_usage(place: Place, words: list[str]) -> None:
    code, _ = place.cli.refused("mcp", *words)
    assert code in (2, 3)


# --- people decide


def test_a_run_waits_for_people_and_says_so(office: Place) -> None:
    async def talk(ask: Talk) -> None:
        stands = await ask("run", workflow="deploy", id="d", input="1.2", wait_s=1)
        assert stands["status"] == "running"
        (asked,) = stands["waits_for"]
        assert (asked["description"], asked["may_vote"]) == ("Deploy 1.2", ["ann"])
        (listed,) = (await ask("approvals"))["approvals"]
        assert listed == asked
        assert (await ask("approvals", status="approved"))["approvals"] == []

        voted = await asyncio.to_thread(office.cli, "approve", asked["approval"], "--reason", "ok")
        assert voted.code == 0, voted
        end = await ask("result", run="d", wait_s=20)
        assert end == {"run": "d/1", "status": "completed", "result": "approved"}
        (listed,) = (await ask("approvals", status=None))["approvals"]
        assert (listed["status"], listed["approvals"]) == ("approved", 1)

    office.talk(talk)


def _command_names() -> Iterator[str]:
    """Every command and subcommand, as they could be spelt as a tool."""

    def below(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
        yield path
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from below((*path, name), inner)

    group = LazyGroup()
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        for path in below((name,), command):
            for between in (" ", "_", ".", "-", "/"):
                yield between.join(path)
                yield between.join(("tarl", *path))


WORDS = """
approve reject vote decide grant allow deny withdraw delegate revoke sign signal update cancel
terminate resolve keys rotate policy establish authority principals erase fork resume export
Approve RUN run_approve approvals.approve runs/../approve ../approve __class__ _run answer
"""


def test_nothing_reaches_what_people_decide(office: Place) -> None:
    names = {*_command_names(), *WORDS.split()} - set(TOOLS)
    assert {"approve", "tarl approve", "agents establish", "keys_rotate"} <= names

    async def talk(ask: Talk) -> None:
        stands = await ask("run", workflow="deploy", id="d", input="1.2", wait_s=1)
        approval = stands["waits_for"][0]["approval"]
        before = await asyncio.to_thread(office.facts)
        given: dict[str, Any] = {
            "id": approval,
            "approval": approval,
            "principal": "ann",
            "run": "d",
        }

        for name in names:
            assert await ask.refused(name, **given) == "mcp.no_tool"
        for name in TOOLS:  # members that no tool takes
            for word in ("approve", "approval", "as", "agent", "task", "signal", "tenant", "vote"):
                fit = {"run": "d"} if "run" in TOOLS[name].takes.__struct_fields__ else {}
                assert await ask.refused(name, **fit, **{word: approval}) == "mcp.arguments"
        for name in ("approve", "reject", "signal", "x; tarl approve d", "$(tarl approve d)"):
            assert await ask.refused("run", workflow=name, id="x", input=approval) == (
                "workflow.unknown"
            )
        for uri in (
            f"tarl://approvals/{approval}", f"tarl://approve/{approval}", "tarl://keys/root",
            f"tarl://runs/{approval}/approve", "tarl://runs/d?approve=1", "tarl://agents/writer",
        ):  # fmt: skip
            with pytest.raises(MCPError):
                await ask.client.read_resource(uri)
        with pytest.raises(MCPError, match="not found"):
            await ask.client.list_prompts()
        with pytest.raises(MCPError, match="not found"):
            await ask.client.get_prompt("approve", {"id": approval})
        templates = await ask.client.list_resource_templates()
        assert [each.uri_template for each in templates.resource_templates] == [
            "tarl://runs/{+run}{?after}"
        ]

        for name in TOOLS:  # what each tool does when it is used as it should be
            if name == "run":
                await ask("run", workflow="letters", id="l", input=["bob"])
            elif name == "explain":
                await ask("explain", run="d")
            elif name == "plan":
                await ask("plan", sentence="unlock the front door")
            else:
                takes = TOOLS[name].takes.__struct_fields__
                await ask(name, **({"run": "d"} if "run" in takes else {}))
        assert (await ask("approvals"))["approvals"][0]["status"] == "pending"
        after = await asyncio.to_thread(office.facts)
        drafts = {name for name in after if name.startswith(("plan/", "context/"))}
        assert len(drafts) == 2, "a plan, and what was known"
        grown = {name: seq for name, seq in after.items() if name not in drafts}
        assert grown == before, "only runs and drafts have grown"

    office.talk(talk)


DECIDING = {
    "vote", "withdraw", "delegate", "revoke", "signal", "resolve", "cancel", "terminate", "update",
    "create", "rotate", "commit", "establish", "ensure_human", "advance", "request",
    "grant", "agree", "carry_out", "change_status", "decline", "end_step",
}  # fmt: skip
COMMANDS_OF_PEOPLE = {
    "votes", "asking", "delegate", "revoke", "keys", "principals", "policy", "policy_trials",
    "authority", "agents", "messages", "resume", "states", "tenants", "quota", "cosigning",
    "consent",
}  # fmt: skip


def test_the_servers_code_has_nothing_that_decides() -> None:
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                place, _, last = module.rpartition(".")
                is_command = place.endswith(".commands")
                assert not (is_command and last in COMMANDS_OF_PEOPLE), (path, module)
                assert not module.endswith(".commands"), path
                assert "People" not in {alias.name for alias in node.names}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in DECIDING, (path.name, node.func.attr, node.lineno)


# --- plans

CHEAPLY = "run the dishwasher when power is cheapest"


def test_a_sentence_becomes_a_draft_that_is_explained(place: Place) -> None:
    async def talk(ask: Talk) -> str:
        made = await ask("plan", sentence=CHEAPLY)
        assert (made["status"], made["feasibility"]) == ("draft", "feasible")
        assert made["household"] == "demo-home"
        told = made["explanation"]
        assert (told["plan_id"], told["sentence"]) == (made["plan"], CHEAPLY)
        assert [step["device"] for step in told["steps"]] == ["dishwasher"]
        assert told["steps"][0]["energy_wh"] > 0
        assert told["alternatives"] or told["steps"][0]["because"]
        assert "Dishwasher" in made["markdown"]
        assert f"tarl run {made['plan']}" in made["note"]
        again = await ask("plan", sentence=CHEAPLY)
        assert again["plan"] != made["plan"], "every answer is a draft of its own"
        return str(made["plan"])

    id = place.talk(talk)
    shown = place.given("plans", "show", id)
    assert shown["explanation"]["status"] == "draft"
    task = msgspec.convert(shown["plan"]["task_spec"], TaskSpec)
    assert (task.user_id, task.trust_tier) == (None, TrustTier.BASIC), "a stranger to the home"


def test_who_asks_is_said_where_the_server_is_started(place: Place) -> None:
    async def talk(ask: Talk) -> Any:
        assert await ask.refused("plan", sentence="turn on the light", user="anna") == (
            "mcp.arguments"
        )
        return await ask("plan", sentence="schalte das Licht an", language="de", area="kitchen")

    made = place.talk(talk, "--user", "anna")
    task = place.given("plans", "show", made["plan"])["plan"]["task_spec"]
    assert (task["user_id"], task["trust_tier"]) == ("anna", "trusted")
    assert {step["device"] for step in made["explanation"]["steps"]} == {"light.kitchen"}


def test_what_only_people_decide_stays_open_in_a_draft(place: Place) -> None:
    async def talk(ask: Talk) -> Any:
        return await ask("plan", sentence="unlock the front door")

    made = place.talk(talk)
    assert made["explanation"]["approval"], "a person has to say yes"
    assert place.given("plans", "show", made["plan"])["plan"]["approval_required"]
    assert place.given("consent", "ls")["consents"] == []
    assert place.given("runs", "ls")["runs"] == []


def test_why_there_is_no_plan(place: Place) -> None:
    (place.cli.directory / "empty.yaml").write_text("id: cabin\ntime_zone: UTC\n")
    soon = datetime.now(ZoneInfo("Europe/Helsinki")) + timedelta(minutes=10)

    async def talk(ask: Talk) -> None:
        assert await ask.refused("plan", sentence="the weather is nice") == "task.not_understood"
        assert await ask.refused("plan", sentence="") == "mcp.arguments"
        assert await ask.refused("plan", sentence="x" * 100_000) == "mcp.arguments"
        assert await ask.refused("plan", sentence="run it", language="xx") == "mcp.arguments"
        none = await ask("plan", sentence=f"run the dishwasher before {soon:%H:%M}")
        assert none["feasibility"] == "infeasible"
        assert none["explanation"]["conflict"]
        assert none["explanation"]["ways_out"]
        assert none["note"] == "nothing is done"

    place.talk(talk)

    async def elsewhere(ask: Talk) -> str:
        return await ask.refused("plan", sentence=CHEAPLY)

    assert place.talk(elsewhere, "--household", "empty.yaml") == "source.blocks"


# --- for an agent


def test_runs_act_for_the_agent_and_its_task_alone(office: Place) -> None:
    done = office.cli("run", "work.py:letters", "--input", '["carol"]', "--id", "operators")
    assert done.code == 0, done

    office.cli.start("run", "work.py:deploy", "--input", '"1.2"', "--id", "asks")
    wait_until(lambda: bool(office.given("approvals", "ls")["approvals"]))

    async def talk(ask: Talk) -> None:
        assert (await ask("approvals", status=None))["approvals"] == []
        done = await ask("run", workflow="letters", id="mine", input=["bob"])
        assert done["result"] == ["sent to bob"]
        denied = await ask("run", workflow="letters", id="others", input=["zoe"])
        assert (denied["status"], denied["error"]["type"]) == ("failed", "Denied")
        stands = await ask("status", run="mine")
        assert (stands["agent"], stands["task"]) == ("writer", "t1")

        listed = (await ask("runs"))["runs"]
        assert {each["run"] for each in listed} == {"mine/1", "others/1"}
        for tool in ("status", "result", "explain", "verify"):
            assert await ask.refused(tool, run="operators") == "run.missing"
        with pytest.raises(MCPError):
            await ask.client.read_resource("tarl://runs/operators")
        taken = await ask.refused("run", workflow="letters", id="operators", input=["carol"])
        assert taken == "run.exists"

    office.talk(talk, "--agent", "writer", "--task", "t1")
    assert office.sent() == ["carol", "bob"]


def test_another_task_gives_nothing(office: Place) -> None:
    async def talk(ask: Talk) -> Any:
        return await ask("run", workflow="letters", id="t1", input=["bob"])

    assert office.talk(talk, "--agent", "writer", "--task", "t2")["status"] == "failed"
    assert office.sent() == []


def test_other_tenants_runs_are_not_there(place: Place) -> None:
    done = place.cli(
        "run", "work.py:letters", "--input", '["bob"]', "--id", "l", "--tenant", "acme"
    )
    assert done.code == 0, done

    async def talk(ask: Talk) -> None:
        assert await ask("runs") == {"runs": []}
        assert await ask.refused("status", run="acme/l/1") == "run.missing"

    place.talk(talk)

    async def acme(ask: Talk) -> None:
        assert (await ask("status", run="l"))["status"] == "completed"

    place.talk(acme, "--as-tenant", "acme")


# --- over HTTP


@asynccontextmanager
async def served(place: Place, *words: str) -> AsyncIterator[tuple[str, str]]:
    """The server over HTTP: its URL and its token."""
    process = place.cli.start("mcp", "--code", "work.py", "--http", "127.0.0.1:0", "--json", *words)
    assert process.stdout is not None
    told = json.loads(await asyncio.to_thread(process.stdout.readline))
    try:
        yield told["url"], Path(told["token_file"]).read_text().strip()
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)
    assert process.returncode == 0


def test_over_http_with_the_token(place: Place) -> None:
    async def go() -> None:
        async with served(place) as (url, token):
            file = place.home / "mcp.token"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            bearer = {"Authorization": f"Bearer {token}"}
            for mode in ("auto", "legacy"):
                async with (
                    httpx2.AsyncClient(headers=bearer, timeout=30) as way,
                    Client(streamable_http_client(url, http_client=way), mode=mode) as client,
                ):
                    ask = Talk(client)
                    work = {"workflow": "letters", "id": "l", "input": ["bob"]}
                    assert (await ask("run", **work))["result"] == ["sent to bob"]
                    assert await ask.refused("approve") == "mcp.no_tool"
            assert place.sent() == ["bob"]

    asyncio.run(go())


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_over_http_nobody_else_comes_in(place: Place) -> None:
    async def go() -> None:
        async with served(place) as (url, token), httpx2.AsyncClient(timeout=30) as way:
            port = url.rpartition(":")[2].partition("/")[0]

            async def status(json: Any = PING, **headers: str) -> int:
                said = {"Accept": "application/json, text/event-stream"}
                given = {"Authorization": f"Bearer {token}", **said, **headers}
                return (await way.post(url, json=json, headers=given)).status_code

            assert await status() == 200
            assert await status(Authorization="") == 401
            assert await status(Authorization="Bearer wrong") == 401
            assert await status(Authorization=f"Basic {token}") == 401
            # a name that somebody else's DNS made to point here (rebinding)
            for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"):
                assert await status(Host=host) == 421
            # a page in a browser, of another origin or of a rebound one
            for origin in ("https://evil.example", "null", f"http://localhost:{port}"):
                assert await status(Origin=origin) == 403
            assert await status(json={"x": "x" * 5_000_000}) == 413
            for method in ("GET", "DELETE", "OPTIONS"):
                assert (await way.request(method, url)).status_code == 401

    asyncio.run(go())


def test_other_machines_only_when_it_is_said(place: Place) -> None:
    code, error = place.cli.refused("mcp", "--http", "0.0.0.0:0")
    assert (code, error) == (4, "http.not_loopback")


def test_a_port_that_is_taken(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert place.cli.refused("mcp", "--http", f"127.0.0.1:{port}") == (10, "http.port")


# --- tarl's client and tarl's server


servers: list[McpServer] = []


@workflow(name="mcp.through")
async def through(ctx: Context, name: str) -> Any:
    run, approvals = await servers[-1].tools(ctx, "run", "approvals")
    work = {"workflow": "letters", "id": "inner", "input": [name], "wait_s": 20}
    done = await ctx.call(run.activity, **work)
    return [done["result"], await ctx.call(approvals.activity)]


def test_a_run_here_runs_a_workflow_there(place: Place, tmp_path: Path) -> None:
    there = place.serve()
    command = [there.command, *there.args]
    server = McpServer("tarl", command=command, env=there.env, directory=there.cwd)
    servers.append(server)

    async def go() -> Any:
        async with tarl.open(tmp_path / "here.db") as runtime, server:
            return await runtime.run(through, "bob", id="outer")

    done, asked = asyncio.run(go())
    assert done == ["sent to bob"]
    assert asked["approvals"] == []
    assert_replays(through, tmp_path / "here.db", run="outer/1")
    assert place.sent() == ["bob"]


def test_a_run_here_runs_a_workflow_there_over_http(place: Place, tmp_path: Path) -> None:
    async def go() -> Any:
        async with served(place) as (url, token):
            server = McpServer("tarl", url=url, token=token)
            servers.append(server)
            async with tarl.open(tmp_path / "here.db") as runtime, server:
                done = await runtime.run(through, "bob", id="outer")
            async with McpServer("tarl", url=url, token="another") as stranger:
                with pytest.raises(TarlError) as refused:
                    await stranger.offered()
        return done, refused.value.code

    (done, _), refused = asyncio.run(go())
    assert done == ["sent to bob"]
    assert refused == "mcp.unreachable"
    assert_replays(through, tmp_path / "here.db", run="outer/1")


def test_interrupted_from_the_keyboard(place: Place) -> None:
    import signal

    process = popen(
        [*COMMAND, "mcp", "--code", "work.py"],
        cwd=place.cli.directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        said = b""

        def is_serving() -> bool:
            nonlocal said
            said += process.stderr.read() or b""  # type: ignore[union-attr]
            return b"on stdio" in said

        wait_until(is_serving)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.communicate()


def test_what_is_not_used_is_not_imported() -> None:
    code = (
        "import sys; from tarl.interfaces.mcp import command, server, asking, looking, offers;"
        "assert not {'mcp', 'mcp_types', 'anyio', 'starlette', 'uvicorn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
