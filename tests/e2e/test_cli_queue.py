"""``tarl queue``, ``tarl dlq`` and ``tarl worker`` as their users meet them."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from typing import Any

import pytest
from tests.e2e.cli_process import Cli, wait_until

JOBS = """
import asyncio
import time
from pathlib import Path

from tarl import Context, activity, workflow

HERE = Path(__file__).parent


@activity
def double(n: int) -> int:
    print("printing does not spoil the output")
    return 2 * n


@activity
async def nap(seconds: float) -> str:
    (HERE / "napping").touch()
    for _ in range(int(seconds * 50)):
        if (HERE / "wake").exists():
            break
        await asyncio.sleep(0.02)
    return "rested"


@activity
def fail(text: str) -> None:
    if not (HERE / "mended").exists():
        raise ValueError(text)


@activity
def hang() -> None:
    time.sleep(60)


@activity
def may_go(n: int) -> bool:
    (HERE / f"half-{n}").touch()
    return n != 7 or (HERE / "go").exists()


@workflow
async def quadruple(ctx: Context, n: int) -> int:
    twice = await ctx.call(double, n)
    while not await ctx.call(may_go, n):
        await ctx.sleep(0.1)
    return await ctx.call(double, twice)
"""

WORK = ("worker", "--code", "jobs.py", "--until-empty")


@pytest.fixture(autouse=True)
def jobs(cli: Cli) -> None:
    (cli.directory / "jobs.py").write_text(JOBS)


def show(cli: Cli, task: str, *words: str) -> dict[str, Any]:
    return cli("queue", "show", task, "--json", *words).data


def test_tasks_are_added_and_carried_out(cli: Cli) -> None:
    added = cli("queue", "add", "double", "--input", "21", "--id", "d", "--priority", "high")
    assert (added.code, added.out) == (0, "d\n")
    cli("queue", "add", "quadruple", "--input", "5", "--id", "q", "--tenant", "acme")
    done = cli(*WORK, "--name", "w", "--json")
    assert done.code == 0, done
    assert done.data == {
        "schema": "tarl.worker/1",
        "worker": "w",
        "queue": "main",
        "completed": 2,
    }
    found = show(cli, "d")
    assert (found["status"], found["result"], found["priority"]) == ("completed", 42, "high")
    assert show(cli, "q", "--tenant", "acme")["result"] == 20
    assert cli("runs", "show", "acme/q", "--json").data["status"] == "completed"
    again = cli("queue", "add", "double", "--input", "21", "--id", "d", "--wait")
    assert again.out == "42\n"
    text = cli("queue", "show", "d").out
    assert "completed" in text
    assert "42" in text
    assert cli("db", "check", "--deep").code == 0


def test_queues_are_listed(cli: Cli) -> None:
    for number in range(3):
        cli("queue", "add", "double", "--input", str(number), "--queue", "night")
    cli("queue", "add", "double", "--input", "0", "--delay", "60")
    listed = {each["queue"]: each for each in cli("queue", "ls", "--json").data["queues"]}
    assert (listed["night"]["queue_depth"], listed["main"]["tasks_delayed"]) == (3, 1)
    assert "night" in cli("queue", "ls").out
    tasks = cli("queue", "ls", "night", "--json").data["tasks"]
    assert [task["status"] for task in tasks] == ["queued"] * 3
    assert cli("queue", "ls", "night", "--status", "dead", "--json").data["tasks"] == []
    assert "double" in cli("queue", "ls", "night", "--limit", "2").out


def test_the_dead_are_looked_at_requeued_and_purged(cli: Cli) -> None:
    for name in ("a", "b"):
        cli("queue", "add", "fail", "--input", '"no luck"', "--id", name, "--attempts", "1")
    cli("queue", "add", "hang", "--id", "h", "--attempts", "1", "--timeout", "0.2")
    done = cli(*WORK)
    assert done.code == 0
    assert "no luck" in done.err
    dead = cli("dlq", "ls", "--json").data
    assert dead["count"] == 3
    errors = {task["task"]: task["failures"][-1]["error"] for task in dead["tasks"]}
    assert errors["a"] == "ValueError: no luck"
    assert errors["h"].startswith("TaskTimeout")
    assert "no luck" in cli("dlq", "ls").out
    assert cli("dlq", "show", "a", "--json").data["failures"][0]["attempt"] == 1
    (cli.directory / "mended").touch()
    assert cli("dlq", "requeue", "a", "--json").data["tasks"] == ["a"]
    assert cli(*WORK).code == 0
    assert show(cli, "a")["status"] == "completed"
    assert cli.refused("dlq", "show", "a") == (3, "task.not_dead")
    assert cli("dlq", "purge", "--all").code == 0
    assert cli("dlq", "ls", "--json").data["count"] == 0
    assert show(cli, "b")["status"] == "purged"


def test_a_cancelled_task_is_not_carried_out(cli: Cli) -> None:
    cli("queue", "add", "double", "--input", "1", "--id", "c")
    assert cli("queue", "cancel", "c").code == 0
    assert cli(*WORK, "--json").data["completed"] == 0
    assert show(cli, "c")["status"] == "cancelled"
    assert cli.refused("queue", "add", "double", "--input", "1", "--id", "c", "--wait") == (
        2,
        "task.cancelled",
    )


def test_limits_are_set_one_by_one(cli: Cli) -> None:
    assert cli("queue", "limits", "main", "--rate", "5", "--burst", "10").code == 0
    found = cli("queue", "limits", "main", "--concurrent", "3", "--weight", "acme=4", "--json")
    assert found.data["limits"] == {
        "rate_per_s": 5.0,
        "burst": 10,
        "concurrent_max": 3,
        "paused": False,
    }
    assert found.data["weights"] == {"acme": 4}
    cli("queue", "limits", "main", "--rate", "0", "--pause")
    assert "paused; 3 at once" in cli("queue", "limits", "main").out


def test_a_tenants_quota_holds_and_comes_back(cli: Cli) -> None:
    cli(
        "tenants",
        "create",
        "acme",
        "--quota",
        "queue_depth=2",
        "--quota",
        "concurrent_executions=1",
    )
    for number in range(2):
        words = ("double", "--input", str(number), "--tenant", "acme")
        assert cli("queue", "add", *words).code == 0
    assert cli.refused("queue", "add", "double", "--input", "9", "--tenant", "acme") == (
        9,
        "quota.exceeded",
    )
    assert cli(*WORK, "--json").data["completed"] == 2
    usage = cli("quota", "show", "acme", "--json").data
    assert "queue_depth" in str(usage)
    again = cli("quota", "recount", "acme", "--json")
    assert again.code == 0, again
    assert cli("queue", "add", "double", "--input", "9", "--tenant", "acme").code == 0


def test_tasks_whose_places_are_lost_are_restored(cli: Cli) -> None:
    cli("queue", "add", "double", "--input", "4", "--id", "lost")
    with sqlite3.connect(cli.directory / "tarl.db") as connection:
        for table in ("task_ready", "task_lane", "task_group", "task_turn"):
            connection.execute(f"DELETE FROM {table}")
    connection.close()
    assert cli(*WORK, "--json").data["completed"] == 0
    assert cli("queue", "restore", "main", "--json").data["restored"] == 1
    assert cli(*WORK, "--json").data["completed"] == 1


def drain(worker: subprocess.Popen[bytes]) -> None:
    """Send a signal, and wait until it was heard."""
    worker.send_signal(signal.SIGTERM)
    assert worker.stderr is not None
    while b"finishing" not in (line := worker.stderr.readline()):
        assert line, "the worker ended instead"


def test_a_drained_worker_finishes_what_it_has(cli: Cli) -> None:
    cli("queue", "add", "nap", "--input", "60", "--id", "n")
    worker = cli.start("worker", "--code", "jobs.py", "--concurrency", "1")
    wait_until((cli.directory / "napping").exists)
    cli("queue", "add", "double", "--input", "1", "--id", "later")
    drain(worker)
    (cli.directory / "wake").touch()
    assert worker.wait(30) == 0
    assert show(cli, "n")["result"] == "rested"
    assert show(cli, "later")["status"] == "queued"


@pytest.mark.parametrize("how", ["again", "deadline"])
def test_a_drain_that_takes_too_long_gives_back(cli: Cli, how: str) -> None:
    cli("queue", "add", "nap", "--input", "60", "--id", "n")
    worker = cli.start("worker", "--code", "jobs.py", "--drain", "60" if how == "again" else "0.1")
    wait_until((cli.directory / "napping").exists)
    drain(worker)
    if how == "again":
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    found = show(cli, "n")
    assert (found["status"], found["lease"], found["failures"]) == ("queued", None, [])


def test_a_killed_workers_workflow_goes_on_with_another(cli: Cli) -> None:
    cli("queue", "add", "quadruple", "--input", "7", "--id", "q")
    worker = cli.start("worker", "--code", "jobs.py", "--lease", "0.3")
    wait_until((cli.directory / "half-7").exists)
    worker.kill()
    worker.wait(30)
    (cli.directory / "go").touch()
    assert cli(*WORK, "--lease", "0.3").code == 0
    found = show(cli, "q")
    assert found["result"] == 28
    assert found["failures"][0]["error"].startswith("LeaseExpired")
    kinds = [event["kind"] for event in cli("runs", "tail", "q", "--json").lines]
    assert kinds.count("run.started/1") == kinds.count("run.completed/1") == 1
    steps = cli("runs", "show", "q", "--json").data["steps"]
    assert [step["activity"] for step in steps].count("double") == 2


def test_versions_and_capabilities_choose_the_worker(cli: Cli) -> None:
    cli("queue", "add", "double", "--input", "1", "--id", "v", "--worker-version", "2")
    cli("queue", "add", "double", "--input", "1", "--id", "g", "--needs", "gpu")
    assert cli(*WORK, "--json").data["completed"] == 0
    assert cli(*WORK, "--version", "2", "--json").data["completed"] == 1
    assert cli(*WORK, "--capability", "gpu", "--json").data["completed"] == 1


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("queue", "show", "nobody"), (3, "task.missing")),
        (("queue", "cancel", "nobody"), (3, "task.missing")),
        (("queue", "add", "double", "--input", "{"), (2, "json.malformed")),
        (("queue", "add", "double", "--id", "x", "--token", "y"), (2, "task.spec")),
        (("queue", "limits", "main", "--rate", "-1"), (2, "queue.limits")),
        (("queue", "limits", "main", "--weight", "acme"), (2, "queue.weight")),
        (("queue", "limits", "main", "--weight", "acme=0"), (2, "queue.weight")),
        (("dlq", "requeue"), (2, "task.unnamed")),
        (("dlq", "requeue", "nobody"), (3, "task.missing")),
        (("dlq", "purge", "waiting"), (2, "task.not_dead")),
        (("worker",), (2, "worker.no_code")),
        (("worker", "--code", "missing.py"), (3, "code.missing")),
        (("worker", "--code", "jobs.py", "--name", "\x01"), (2, "id.characters")),
    ],
    ids=lambda value: "-".join(value).replace("\x01", "ctrl") if isinstance(value[0], str) else "",
)
def test_mistakes_are_told(cli: Cli, words: tuple[str, ...], refusal: tuple[int, str]) -> None:
    cli("queue", "add", "double", "--input", "1", "--id", "waiting")
    assert cli.refused(*words) == refusal


def test_the_same_id_with_another_payload_is_refused(cli: Cli) -> None:
    cli("queue", "add", "double", "--input", "1", "--id", "x")
    assert cli("queue", "add", "double", "--input", "1", "--id", "x").code == 0
    assert cli.refused("queue", "add", "double", "--input", "2", "--id", "x") == (
        2,
        "task.exists",
    )


def test_without_a_journal_there_is_nothing_to_look_at(cli: Cli) -> None:
    assert cli.refused("queue", "ls") == (3, "journal.missing")
    assert json.loads(cli("dlq", "ls", "--json").out)["error"]["code"] == "journal.missing"
