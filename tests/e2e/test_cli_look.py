"""``tarl runs`` and ``tarl diff``: what happened, as people and programs see it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from contextlib import nullcontext

import pytest
from tests.e2e.cli_process import COMMAND, Cli, wait_until
from tests.postgres_server import server as postgres_server

pytestmark = pytest.mark.e2e


@pytest.fixture
def looked_at(cli: Cli) -> Cli:
    cli("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 3}')
    cli("run", "flow.py:squares", "--id", "b", "--input", '{"steps": 3}', "--tenant", "acme")
    cli("run", "flow.py:failing", "--id", "f", "--input", '"\\u001b[2J"')
    return cli


def test_ls_lists_the_newest_first_and_filters(looked_at: Cli) -> None:
    listed = looked_at("runs", "ls", "--json").data
    assert listed["schema"] == "tarl.runs.ls/1"
    assert [(r["run"], r["status"]) for r in listed["runs"]] == [
        ("f/1", "failed"),
        ("acme/b/1", "completed"),
        ("a/1", "completed"),
    ]

    def refs(*words: str) -> list[str]:
        return [r["run"] for r in looked_at("runs", "ls", "--json", *words).data["runs"]]

    assert refs("--status", "failed") == ["f/1"]
    assert refs("--tenant", "acme") == ["acme/b/1"]
    assert refs("--limit", "2") == ["f/1", "acme/b/1"]
    assert refs("--status", "interrupted") == []
    head, *rows = looked_at("runs", "ls").out.splitlines()
    assert head.split() == ["RUN", "WORKFLOW", "STATUS", "STARTED", "TOOK", "FORK_OF"]
    assert len(rows) == 3


def test_show_has_input_steps_and_result(looked_at: Cli) -> None:
    shown = looked_at("runs", "show", "a", "--json").data
    assert shown["input"] == {"steps": 3}
    assert shown["result"] == [0, 1, 4]
    assert [(s["step"], s["status"], s["result"]) for s in shown["steps"]] == [
        (1, "completed", 0),
        (2, "completed", 1),
        (3, "completed", 4),
    ]
    text = looked_at("runs", "show", "a").out
    assert "result      [0, 1, 4]" in text


def test_recorded_text_cannot_act_on_the_terminal(looked_at: Cli) -> None:
    for words in (("runs", "show", "f"), ("runs", "tail", "f"), ("runs", "ls")):
        assert "\x1b" not in looked_at(*words).out
    assert "\\x1b[2J" in looked_at("runs", "show", "f").out


def test_tail_prints_every_event(looked_at: Cli) -> None:
    events = looked_at("runs", "tail", "a", "--json").lines
    assert [event["seq"] for event in events] == list(range(1, 10))
    assert events[0]["kind"] == "run.started/1"
    assert events[-1]["body"] == {"result": [0, 1, 4]}
    assert {event["schema"] for event in events} == {"tarl.runs.tail/1"}
    assert len(looked_at("runs", "tail", "a@4").out.splitlines()) == 4
    assert len(looked_at("runs", "tail", "a", "-f").out.splitlines()) == 9


@pytest.mark.parametrize("kind", ["file", "database"])
def test_a_run_is_followed_to_its_end_from_wherever_it_is_kept(cli: Cli, kind: str) -> None:
    with nullcontext() if kind == "file" else postgres_server() as postgres:
        db = "tarl.db" if postgres is None else postgres.database()
        work = '{"steps": 3, "wait_ms": 700}'
        cli.start("run", "flow.py:squares", "--id", "a", "--input", work, "--db", db)
        wait_until(lambda: cli("runs", "show", "a", "--db", db).code == 0)
        followed = cli("runs", "tail", "a", "-f", "--db", db)
    assert followed.code == 0, followed.err
    assert len(followed.out.splitlines()) == 9
    assert "run.completed" in followed.out.splitlines()[-1]


def test_tail_ends_quietly_when_its_reader_goes_away(looked_at: Cli) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    writer = subprocess.run(
        [*COMMAND, "runs", "tail", "a"],
        cwd=looked_at.directory,
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    assert (writer.returncode, writer.stderr) == (141, b"")


def test_state_is_the_fold_up_to_the_event(looked_at: Cli) -> None:
    state = looked_at("runs", "state", "a@4", "--json").data
    assert (state["status"], state["last_seq"]) == ("running", 4)
    assert [(s["step"], s["status"]) for s in state["steps"]] == [
        (1, "completed"),
        (2, "scheduled"),
    ]
    assert looked_at("runs", "state", "a", "--json").data["result"] == [0, 1, 4]


def test_state_with_code_shows_where_it_waits_and_its_variables(looked_at: Cli) -> None:
    words = ("runs", "state", "a@5", "--code", "flow.py")
    waiting = looked_at(*words, "--json").data["code_at"]
    assert any("squares" in place for place in waiting["waits"])
    frame = next(f for f in waiting["frames"] if "squares" in f["place"])
    assert frame["locals"]["found"] == "[0, 1]"
    assert "found = [0, 1]" in looked_at(*words).out


def test_step_prints_every_event_with_the_state_after_it(looked_at: Cli) -> None:
    steps = looked_at("runs", "step", "a", "--json").lines
    assert [s["event"]["seq"] for s in steps] == list(range(1, 10))
    assert steps[1]["state"] == {
        "status": "running",
        "steps_open": [1],
        "timers_open": [],
        "children_open": [],
    }
    assert steps[-1]["state"] == {
        "status": "completed",
        "steps_open": [],
        "timers_open": [],
        "children_open": [],
        "steps_completed": 3,
    }


def test_step_goes_back_and_forth_on_a_terminal(looked_at: Cli) -> None:
    """Through a pseudo-terminal, as a person would type it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "runs", "step", "a"],
        cwd=looked_at.directory,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    seen = ""

    def read_until(text: str) -> None:
        nonlocal seen
        while text not in seen:
            ready, _, _ = select.select([ours], [], [], 20)
            assert ready, f"{text!r} did not come: {seen!r}"
            seen += os.read(ours, 4096).decode()
        seen = seen.partition(text)[2]

    talk = [
        ("", "[1/9]"),
        ("\n", "[2/9]"),
        ("p\n", "[1/9]"),
        ("g 7\n", "[7/9]"),
        ("g 99\n", "[9/9]"),
        ("s\n", "result "),
        ("x\n", "q: end"),
    ]
    try:
        for typed, shown in talk:
            os.write(ours, typed.encode())
            read_until(shown)
        os.write(ours, b"q\n")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_diff_shows_the_first_difference(looked_at: Cli) -> None:
    looked_at("run", "flow.py:squares", "--id", "c", "--input", '{"steps": 2}')
    same = looked_at("diff", "a", "acme/b", "--json").data
    assert (same["schema"], same["first"], same["common"]) == ("tarl.diff/1", None, 9)
    assert "did the same: 9 events" in looked_at("diff", "a", "acme/b").out
    other = looked_at("diff", "a", "c", "--json").data
    assert other["first"] == 1
    assert looked_at("diff", "a@1", "c@1", "--json").data["pairs"][0]["change"] == "changed"
    text = looked_at("diff", "a", "c").out
    assert "--- a/1 (9 events)" in text
    assert "+++ c/1 (7 events)" in text


TELLING = """
import tarl
from tarl import activity, workflow

@activity
async def tells(words: list[str]) -> str:
    for word in words:
        tarl.emit(word)
    tarl.emit({"n": len(words)})
    return "whole"

@workflow
async def telling(ctx, words):
    return await ctx.call(tells, words)
"""


def test_parts_of_a_result_are_printed_as_they_were_given(cli: Cli) -> None:
    (cli.directory / "telling.py").write_text(TELLING)
    cli("run", "telling.py", "--id", "t", "--input", '["Once ", "upon"]')
    assert cli("runs", "parts", "t").out == 'step 1, attempt 1:\nOnce upon{"n": 2}\n'
    told = cli("runs", "parts", "t", "--json", "-f").data
    assert (told["schema"], told["step"]) == ("tarl.runs.parts/1", 1)
    assert told["parts"] == ["Once ", "upon", {"n": 2}]
    assert cli("runs", "parts", "t", "--step", "2").out == ""
    assert "nobody" in cli("runs", "parts", "nobody").err
