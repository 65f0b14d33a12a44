"""``tarl schedules``, through the real command line."""

from __future__ import annotations

import json
import signal

import pytest
from tests.e2e.cli_process import Cli, stop, wait_until

pytestmark = pytest.mark.e2e

CREATE = ("schedules", "create", "nightly", "squares", "--input", '{"steps": 1}')


def shown(cli: Cli, name: str = "nightly") -> dict:
    return cli("schedules", "show", name, "--json").data


def test_a_schedule_is_created_shown_listed_and_deleted(cli: Cli) -> None:
    made = cli(
        *CREATE,
        *("--cron", "30 2 * * *", "--zone", "Europe/Berlin", "--overlap", "buffer_one"),
        *("--jitter", "90s", "--catch-up", "1h30m", "--start", "2099-03-28T00:00:00+01:00"),
        "--json",
    )
    assert made.code == 0, made
    assert made.data["schema"] == "tarl.schedules.create/1"
    assert made.data["spec"] == {
        "times": {"kind": "cron", "expression": "30 2 * * *", "zone": "Europe/Berlin"},
        "workflow": "squares",
        "input": {"steps": 1},
        "overlap": "buffer_one",
        "catch_up_ms": 5_400_000,
        "jitter_ms": 90_000,
        "start_at_ms": 4_078_335_600_000,
    }
    assert made.data["coming"][:3] == [
        "2099-03-28T01:30:00.000Z",
        "2099-03-29T01:00:00.000Z",  # the gap's end
        "2099-03-30T00:30:00.000Z",
    ]
    (row,) = cli("schedules", "ls", "--json").data["schedules"]
    assert (row["schedule"], row["status"]) == ("nightly", "active")
    assert "30 2 * * * (Europe/Berlin)" in cli("schedules", "ls").out
    assert "2099-03-28T01:30:00.000Z" in cli("schedules", "show", "nightly").out
    assert cli("schedules", "delete", "nightly").code == 0
    assert cli("schedules", "ls", "--json").data["schedules"] == []
    assert cli.refused("schedules", "show", "nightly") == (3, "schedule.missing")
    assert cli("db", "check", "--deep").code == 0


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--cron", "0 0 30 2 *"), (2, "schedule.never")),
        (("--cron", "61 * * * *"), (2, "schedule.cron")),
        (("--cron", "0 0 * * *", "--zone", "Mars/Olympus"), (2, "schedule.zone")),
        (("--every", "5m", "--offset", "6m"), (2, "schedule.every")),
        ((), (2, "usage")),
        (("--every", "5m", "--cron", "0 0 * * *"), (2, "usage")),
        (("--every", "soon"), (2, "usage")),
        (("--every", "5m", "--start", "2026-01-01T00:00:00"), (2, "usage")),
    ],
    ids=["never", "cron", "zone", "offset", "none", "both", "duration", "instant"],
)
def test_what_cannot_be_is_refused(cli: Cli, words: tuple[str, ...], refusal: object) -> None:
    assert cli.refused(*CREATE, *words) == refusal
    assert cli("schedules", "ls").code in (0, 3)


def test_another_process_starts_what_is_due_once_and_goes_on_after_a_kill(cli: Cli) -> None:
    assert cli(*CREATE, "--every", "500ms", "--overlap", "allow_all").code == 0
    assert cli.refused(*CREATE, "--every", "1s") == (2, "schedule.exists")
    words = ("schedules", "run", "--code", "flow.py")
    first = cli.start(*words)
    wait_until(lambda: shown(cli)["fired"] >= 2)
    stop(first, signal.SIGKILL)
    before = shown(cli)["fired"]
    second, third = cli.start(*words), cli.start(*words)
    wait_until(lambda: shown(cli)["fired"] >= before + 3)
    cli("schedules", "pause", "nightly", "--note", "enough")
    for process in (second, third):
        assert stop(process, signal.SIGTERM).code == 0
    state = shown(cli)
    assert (state["status"], state["note"]) == ("paused", "enough")
    runs = cli("runs", "ls", "--json", "--limit", "1000").data["runs"]
    assert len({run["run"] for run in runs}) == len(runs) >= state["fired"]
    assert {run["workflow_id"].partition("-")[0] for run in runs} == {"nightly"}
    assert all(run["n"] == 1 for run in runs)
    assert cli("db", "check", "--deep").code == 0


def test_what_is_asked_for_from_the_command_line_is_done_by_the_process(cli: Cli) -> None:
    assert cli(*CREATE, "--cron", "0 0 1 1 *").code == 0
    assert cli("schedules", "pause", "nightly").code == 0
    assert cli("schedules", "trigger", "nightly").code == 0
    span = ("--from", "2020-01-01T00:00:00Z", "--until", "2023-01-01T00:00:00Z")
    asked = cli("schedules", "backfill", "nightly", *span, "--json").data
    assert asked["waiting"] == 4
    assert cli.refused("schedules", "backfill", "nightly", *span[:3], "2020-01-01T00:00:00Z") == (
        2,
        "schedule.backfill_empty",
    )
    process = cli.start("schedules", "run", "--code", "flow.py")
    wait_until(lambda: shown(cli)["fired"] == 4)
    wait_until(lambda: len(cli("runs", "ls", "--json", "--status", "completed").data["runs"]) == 4)
    assert stop(process, signal.SIGTERM).code == 0
    runs = cli("runs", "ls", "--json").data["runs"]
    names = sorted(run["workflow_id"] for run in runs)
    assert names[:3] == [
        "nightly-20200101T000000Z",
        "nightly-20210101T000000Z",
        "nightly-20220101T000000Z",
    ]
    assert names[3].startswith("nightly-trigger-")
    assert {run["status"] for run in runs} == {"completed"}
    resumed = cli("schedules", "resume", "nightly", "--json").data
    assert resumed["status"] == "active"


def test_a_workflow_that_is_not_loaded_is_named_and_waited_for(cli: Cli) -> None:
    assert cli("schedules", "create", "s", "twice", "--cron", "0 0 29 2 *").code == 0
    cli("schedules", "trigger", "s")
    process = cli.start("schedules", "run", "--code", "flow.py")
    wait_until(lambda: any(e["kind"] == "schedule.refused/1" for e in shown(cli, "s")["events"]))
    ended = stop(process, signal.SIGINT)
    assert "twice" in ended.err
    process = cli.start("schedules", "run", "--code", "one.py")
    wait_until(lambda: shown(cli, "s")["fired"] == 1)
    stop(process, signal.SIGTERM)
    (run,) = cli("runs", "ls", "--json").data["runs"]
    shown_run = cli("runs", "show", run["run"], "--json").data
    assert json.dumps(shown_run["result"]) == '{"number": 42}'
