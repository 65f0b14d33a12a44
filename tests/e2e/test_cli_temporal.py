"""Runs that a Temporal server drives, from the command line: started, told, asked, looked at."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_process import Cli, stop, wait_until
from tests.temporal_server import Server, server

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity
async def doubled_at_the_door(number: int) -> int:
    return 2 * number


@workflow
async def door(ctx: Context, number: int) -> int:
    seen = []
    ctx.on_query("seen", lambda: list(seen))
    ctx.on_update("add", lambda value: seen.append(value) or len(seen))
    added = await ctx.wait_for_signal("open")
    return await ctx.call(doubled_at_the_door, number) + added


@workflow
async def shut(ctx: Context) -> None:
    raise ValueError("no way through")
"""


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=12, attributes=False) as running:
        yield running


@pytest.fixture
def doors(cli: Cli, temporal: Server, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with Temporal in its settings."""
    (cli.directory / "door.py").write_text(FLOW)
    monkeypatch.setenv("TARL_ENGINE", "temporal")
    monkeypatch.setenv("TARL_TEMPORAL", temporal.address)
    monkeypatch.setenv("TARL_TEMPORAL_NAMESPACE", temporal.namespace())
    return cli


EMBEDDED = {"TARL_ENGINE": "tarl"}


def test_a_run_is_started_told_asked_and_waited_for(doors: Cli) -> None:
    started = doors("run", "door.py:door", "--id", "d", "--input", "4", "--detach", "--json").data
    assert started == {
        "schema": "tarl.run/1",
        "run": "d/1",
        "tenant": "default",
        "status": "running",
    }
    # before any worker has begun it
    again = doors("run", "door.py:door", "--id", "d", "--input", "4", "--detach")
    assert (again.code, again.out) == (0, "d/1\n")
    other = ("run", "door.py:door", "--id", "d", "--input", "5", "--detach")
    assert doors.refused(*other) == (2, "run.exists")
    assert doors("signal", "d", "open", "--payload", "1").code == 0
    assert doors.refused("query", "d", "seen", environ=EMBEDDED) == (3, "run.missing")

    worker = doors.start("worker", "--code", "door.py")
    waited = doors("run", "door.py:door", "--id", "d", "--input", "4")
    assert (waited.code, waited.out) == (0, "9\n")
    assert doors.refused("run", "door.py:door", "--id", "d", "--input", "5") == (2, "run.exists")
    assert doors("run", "door.py:door", "--id", "e", "--input", "1", "--detach").out == "e/1\n"
    wait_until(lambda: doors("runs", "show", "e", environ=EMBEDDED).code == 0)

    # the run's first event says who drives it, whatever the settings say
    assert doors("update", "e", "add", "--payload", "7", environ=EMBEDDED).out == "1\n"
    assert doors("query", "e", "seen", environ=EMBEDDED).out == "[7]\n"
    assert (
        doors.refused("update", "e", "add", "--timeout", "0.1", "--payload", "{", environ=EMBEDDED)[
            0
        ]
        == 2
    )
    assert doors("cancel", "e", "--reason", "enough", environ=EMBEDDED).code == 0
    assert doors.refused("run", "door.py:door", "--id", "e", "--input", "1") == (1, "run.cancelled")
    assert doors.refused("signal", "e", "open") == (2, "run.ended")
    assert doors.refused("run", "door.py:shut", "--id", "s") == (1, "run.failed")

    assert doors("run", "door.py:door", "--id", "t", "--input", "1", "--detach").code == 0
    assert doors("terminate", "t").code == 0

    # the newest of an id is meant, also before a worker has begun it
    stop(worker, signal.SIGKILL)
    again = doors("run", "door.py:door", "--id", "e", "--input", "1", "--new-run", "--detach")
    assert again.out == "e/2\n"
    assert doors("cancel", "e", "--json").data["run"] == "e/2"
    assert doors.refused("signal", "nobody", "open") == (3, "run.missing")
    assert doors.refused("signal", "@last/2", "open")[0] == 2


def test_runs_are_listed_and_shown_as_the_server_tells_them(doors: Cli) -> None:
    assert doors("runs", "ls", "--json").data["runs"] == []
    assert doors("run", "door.py:door", "--id", "d", "--input", "4", "--detach").code == 0
    unbegun = doors("runs", "show", "d", "--json").data
    assert (unbegun["is_begun"], unbegun["status"], unbegun["history"]) == (False, "running", [])
    assert "no worker has begun it" in doors("runs", "show", "d").err
    assert doors.refused("runs", "show", "nobody") == (3, "run.missing")
    assert doors.refused("runs", "show", "d", environ=EMBEDDED) == (3, "run.missing")

    worker = doors.start("worker", "--code", "door.py")
    assert doors("update", "d", "add", "--payload", "7").out == "1\n"
    stop(worker, signal.SIGKILL)

    (listed,) = listed_runs(doors)
    assert (listed["run"], listed["workflow"]) == ("d/1", "door")
    assert (listed["status"], listed["engine"]) == ("running", "temporal")
    assert listed_runs(doors, "--status", "completed") == []
    assert doors("run", "door.py:door", "--id", "e", "--input", "4", "--detach").code == 0
    wait_until(lambda: len(listed_runs(doors)) == 2)
    page = doors("runs", "ls", "--limit", "1", "--json").data
    assert [each["run"] for each in page["runs"]] == ["e/1"]
    assert [each["run"] for each in listed_runs(doors, "--after", page["next_after"])] == ["d/1"]
    assert doors("terminate", "e").code == 0
    wait_until(lambda: listed_runs(doors, "--status", "running") == [listed])
    assert doors.refused("runs", "ls", "--status", "interrupted") == (2, "usage")

    # nobody owns it here, and it is not interrupted: Temporal drives it
    (here,) = doors("runs", "ls", "--json", environ=EMBEDDED).data["runs"]
    assert here["status"] == "running"
    counted = doors("status", "--json", environ=EMBEDDED).data["runs"]
    assert counted["by_status"] == {"running": 1}
    shown = doors("runs", "show", "d", "--json", environ=EMBEDDED).data
    assert (shown["status"], shown["engine"]) == ("running", "temporal")
    kinds = [each["kind"] for each in shown["history"]]
    assert kinds == ["run.started/1", "update.accepted/1", "update.completed/1"]
    assert "update.accepted/1" in doors("runs", "show", "d", environ=EMBEDDED).out

    done = doors("resume", "d", environ=EMBEDDED)
    assert done.code == 2
    assert "tarl worker --engine temporal --code FILE" in done.err
    assert doors("resume", "--all", "--code", "door.py", environ=EMBEDDED).err == (
        "no run is interrupted\n"
    )


def listed_runs(doors: Cli, *words: str) -> Any:
    return doors("runs", "ls", *words, "--json").data["runs"]


def test_a_server_that_does_not_answer_is_named_with_its_setting(doors: Cli) -> None:
    nowhere = {"TARL_TEMPORAL": "127.0.0.1:1"}
    for words in (
        ("run", "door.py:door", "--input", "1"),
        ("signal", "d", "open"),
        ("query", "d", "seen"),
        ("runs", "ls"),
        ("worker", "--code", "door.py", "--wait", "0"),
    ):
        assert doors.refused(*words, environ=nowhere) == (10, "temporal.unavailable"), words
    said = doors("runs", "ls", environ=nowhere).err
    assert "setting temporal" in said
    assert "tonic" not in said

    worker = doors.start("worker", "--code", "door.py")
    assert doors("run", "door.py:door", "--id", "d", "--input", "1", "--detach").code == 0
    assert doors("update", "d", "add", "--payload", "1").code == 0
    stop(worker, signal.SIGKILL)
    shown = doors("runs", "show", "d", "--json", environ=nowhere).data
    assert (shown["status"], shown["history"]) == ("running", None)
    assert shown["history_error"]["code"] == "temporal.unavailable"
    assert "history is not shown" in doors("runs", "show", "d", environ=nowhere).err
    assert doors.refused("cancel", "d", environ=nowhere | EMBEDDED) == (10, "temporal.unavailable")


def test_detaching_is_for_runs_that_go_on_elsewhere(cli: Cli) -> None:
    assert cli.refused("run", "one.py", "--detach") == (2, "usage")
    assert cli.refused("doctor", "--mend") == (2, "usage")


def checks(doors: Cli, *words: str, **environ: str) -> dict[str, tuple[str, str, str]]:
    found = doors("doctor", "--json", *words, environ=environ).data["checks"]
    return {c["check"]: (c["status"], c["found"], c["next_step"]) for c in found}


def test_the_doctor_looks_at_the_server(doors: Cli, temporal: Server) -> None:
    found = checks(doors)
    assert found["temporal"][:2] == (
        "ok",
        f"{found['temporal'][1].split()[0]} at {temporal.address}",
    )
    assert found["namespace"][0] == "ok"
    assert "keeps histories 1 d" in found["namespace"][1]
    assert found["payloads"][:2] == ("ok", "up to 2048 KiB; values of up to 32 KiB are in them")
    assert found["temporalio"][0] == "ok"
    assert found["shared journal"][0] == "warning"
    assert found["clocks"][0] == "ok"
    status, _, advice = found["task queue"]
    assert (status, advice) == (
        "warning",
        "tarl worker --engine temporal --task-queue tarl --code FILE",
    )
    assert found["search attributes"][0] == "warning"

    mended = checks(doors, "--mend")["search attributes"]
    assert mended[0] == "ok"
    assert "TarlTenant" in mended[1]
    wait_until(lambda: checks(doors)["search attributes"][1] == mended[1].partition(": ")[2])

    doors.start("worker", "--code", "door.py")
    wait_until(lambda: checks(doors)["task queue"][0] == "ok")
    assert doors("doctor").code == 0


def test_the_doctor_names_what_would_keep_runs_from_working(doors: Cli, tmp_path: Path) -> None:
    nowhere = doors("doctor", environ={"TARL_TEMPORAL": "127.0.0.1:1"})
    assert nowhere.code == 10
    assert "setting temporal" in nowhere.out
    found = checks(doors, TARL_TEMPORAL_NAMESPACE="nope")
    assert found["namespace"][0] == "problem"
    assert found["namespace"][2] == "temporal operator namespace create nope"
    assert "task queue" not in found
    found = checks(doors, TARL_TEMPORAL_CA_FILE=str(tmp_path / "none.pem"))
    assert found["temporal"][0] == "problem"
    assert "temporal.credentials" in found["temporal"][1]
    assert "temporal" not in checks(doors, **EMBEDDED)
