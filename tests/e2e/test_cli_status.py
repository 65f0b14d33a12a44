"""``tarl status`` and ``tarl top``: how the journal stands, once and as it changes."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from tests.e2e.cli_process import COMMAND, Cli, stop

pytestmark = pytest.mark.e2e


@pytest.fixture
def stood(cli: Cli) -> Cli:
    cli("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 2}')
    cli("run", "flow.py:failing", "--id", "f")
    cli("nodes", "add", "big", "--capability", "ml")
    return cli


def test_status_is_one_object_for_programs(stood: Cli) -> None:
    found = stood("status", "--json").data
    assert found["schema"] == "tarl.status/1"
    assert found["runs"]["by_status"] == {"completed": 1, "failed": 1}
    assert found["nodes"]["by_state"] == {"active": 1}
    assert found["files"]["sizes"]["tarl.db"] > 0
    assert found["checkpoints"]["events_unsigned"] <= found["journal"]["events"]
    assert found["absent"] == []


def test_status_is_a_line_a_section_for_people(stood: Cli) -> None:
    lines = dict(line.split("  ", 1) for line in stood("status").out.splitlines())
    assert lines["runs"].strip() == "1 completed, 1 failed"
    assert lines["nodes"].strip() == "1 active; assignments: 0"
    assert "tarl.db" in lines["files"]
    assert "approvals" not in lines


def test_an_interrupted_run_is_seen(cli: Cli) -> None:
    process = cli.start("run", "flow.py:waiting", "--id", "w")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        seen = cli("status", "--json")
        if seen.code == 0 and seen.data["open"]["timers"]:
            break
    assert seen.data["runs"]["by_status"] == {"running": 1}
    assert seen.data["open"]["timers"] == 1
    process.kill()
    process.wait()
    assert cli("status", "--json").data["runs"]["by_status"] == {"interrupted": 1}


def test_a_journal_that_is_not_there_is_missing(cli: Cli) -> None:
    assert cli.refused("status") == (3, "journal.missing")
    assert cli.refused("top", "--once") == (3, "journal.missing")


def test_top_once_shows_lines_and_tables(stood: Cli) -> None:
    shown = stood("top", "--once")
    assert shown.code == 0
    assert "\x1b" not in shown.out
    *_, head, row = shown.out.splitlines()
    assert head.split() == ["NODE", "STATE", "LOAD", "CAPABILITIES"]
    assert row.split() == ["big", "active", "0/100", "ml"]
    once = stood("top", "--once", "--json").data
    assert once["schema"] == "tarl.top/1"
    assert once["runs"]["by_status"] == {"completed": 1, "failed": 1}


def test_top_without_a_terminal_prints_each_change_and_ends_quietly(stood: Cli) -> None:
    process = stood.start("top", "--json", "--every", "0.05")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert first["nodes"]["by_state"] == {"active": 1}
    stood("nodes", "drain", "big")
    second = json.loads(process.stdout.readline())
    assert second["nodes"]["by_state"] == {"draining": 1}
    assert second["revision"] != first["revision"]
    time.sleep(0.2)  # nothing changes: nothing more is printed
    ended = stop(process, signal.SIGINT)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_top_on_a_terminal_follows_changes_and_puts_it_back(
    stood: Cli, number: signal.Signals
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "top", "--every", "0.05"],
        cwd=stood.directory,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
    )
    os.close(theirs)
    seen = ""

    def parts() -> Iterator[str]:
        while select.select([ours], [], [], 60)[0]:
            try:
                yield os.read(ours, 65_536).decode(errors="replace")
            except OSError:  # the other side is closed
                return

    reading = parts()

    def read_until(text: str) -> None:
        nonlocal seen
        while text not in seen:
            seen += next(reading)
        seen = seen.partition(text)[2]

    try:
        read_until("\x1b[?1049h")  # the other screen
        read_until("big")
        stood("nodes", "drain", "big")
        read_until("draining")
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        seen += "".join(reading)
        assert "\x1b[?1049l" in seen  # back
        assert "\x1b[?25h" in seen  # with the cursor
        assert "Traceback" not in seen
    finally:
        process.kill()
        process.wait()
        os.close(ours)
