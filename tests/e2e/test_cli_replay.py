"""``tarl replay`` and ``tarl fork``: history against code, and runs from a past point."""

from __future__ import annotations

import signal

import pytest
from tests.e2e.cli_process import ONE, Cli, stop, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def recorded(cli: Cli) -> Cli:
    words = ("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 3}')
    assert cli(*words).code == 0
    return cli


def change(cli: Cli, old: str, new: str) -> None:
    file = cli.directory / "flow.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_same_code_replays_without_any_effect(recorded: Cli) -> None:
    before = recorded.effects()
    done = recorded("replay", "a", "--code", "flow.py", "--strict", "--json")
    assert done.code == 0
    assert done.data["schema"] == "tarl.replay/1"
    assert (done.data["run"], done.data["events"], done.data["steps"]) == ("a/1", 9, 3)
    assert (done.data["status"], done.data["result"]) == ("completed", [0, 1, 4])
    assert done.data["same_code"] is True
    assert recorded.effects() == before
    assert "9 events, 3 steps, no effect" in recorded("replay", "a", "--code", "flow.py").out


def test_a_divergence_shows_both_sides(recorded: Cli) -> None:
    change(
        recorded, "ctx.call(step, number, work.wait_ms)", "ctx.call(step, number + 1, work.wait_ms)"
    )
    done = recorded("replay", "a", "--code", "flow.py")
    assert done.code == 7
    assert 'recorded: step.scheduled/1 {"activity":"step","args":[0,0],"step":1}' in done.err
    assert 'the code: step.scheduled/1 {"activity":"step","args":[1,0],"step":1}' in done.err
    assert "squares:" in done.err
    assert recorded.refused("replay", "a", "--code", "flow.py") == (7, "replay.diverged")


def test_a_partial_replay_shows_where_the_code_waits(recorded: Cli) -> None:
    words = ("replay", "a", "--until", "4", "--code", "flow.py")
    report = recorded(*words, "--json").data
    assert (report["events"], report["status"], report["open_steps"]) == (4, "running", [2])
    assert any("squares:" in place for place in report["waits"])
    assert "found = [0]" in recorded(*words).out
    assert recorded("replay", "a@4", "--code", "flow.py", "--json").data == report
    assert recorded.refused("replay", "a", "--until", "99", "--code", "flow.py") == (
        3,
        "run.no_event",
    )


def test_a_recording_replays_on_another_machine(recorded: Cli) -> None:
    recorded("export", "a", "-o", "a.evidence")
    for name in ("tarl.db", "tarl.db-wal", "tarl.db-shm"):
        (recorded.directory / name).unlink(missing_ok=True)
    elsewhere = {"TARL_HOME": str(recorded.directory / "elsewhere")}
    words = ("replay", "a.evidence", "--code", "flow.py", "--json")
    report = recorded(*words, environ=elsewhere).data
    assert (report["run"], report["result"]) == ("a/1", [0, 1, 4])
    assert recorded.refused("replay", "none.evidence") == (3, "recording.missing")
    assert recorded.refused("replay", "flow.py") == (6, "recording.malformed")
    data = (recorded.directory / "a.evidence").read_bytes()
    (recorded.directory / "b.evidence").write_bytes(data.replace(b"[0,1,4]", b"[0,1,5]"))
    assert recorded.refused("replay", "b.evidence", "--code", "flow.py") == (
        6,
        "journal.chain_broken",
    )


def test_replay_needs_the_code_and_says_how_to_give_it(recorded: Cli) -> None:
    assert recorded.refused("replay", "a") == (3, "workflow.unknown")
    assert "tarl replay a/1 --code FILE" in recorded("replay", "a").err
    assert recorded.refused("replay") == (2, "usage")


def test_replay_all_goes_through_every_run(recorded: Cli) -> None:
    recorded("run", "one.py", "--id", "b")
    done = recorded("replay", "--all", "--code", "flow.py", "--code", "one.py", "--json")
    assert done.code == 0
    assert [(r["run"], r["replay"]) for r in done.data["runs"]] == [("a/1", "ok"), ("b/1", "ok")]
    (recorded.directory / "one.py").write_text(ONE.replace("double, number)", "double, 7)"))
    done = recorded("replay", "--all", "--code", "flow.py", "--code", "one.py", "--json")
    assert done.code == 7
    assert [r["replay"] for r in done.data["runs"]] == ["ok", "failed"]


def test_resume_with_other_code_is_refused_and_nothing_is_lost(cli: Cli) -> None:
    words = ("run", "flow.py:squares", "--id", "k", "--input", '{"steps": 6, "wait_ms": 400}')
    process = cli.start(*words)
    wait_until(lambda: "begin 3" in cli.effects())
    stop(process, signal.SIGKILL)
    change(cli, "ctx.call(step, number, ", "ctx.call(step, number + 1, ")
    assert cli.refused("resume", "k", "--code", "flow.py") == (7, "replay.diverged")
    change(cli, "ctx.call(step, number + 1, ", "ctx.call(step, number, ")
    assert cli("resume", "k", "--code", "flow.py").code == 0


# --- fork


def test_a_fork_shares_the_past_and_repeats_no_effect_of_it(recorded: Cli) -> None:
    before = recorded.effects()
    done = recorded("fork", "a@5", "--id", "b", "--code", "flow.py", "--json")
    assert done.code == 0
    assert (done.data["schema"], done.data["run"]) == ("tarl.fork/1", "b/1")
    assert done.data["result"] == [0, 1, 4]
    assert recorded.effects() == [*before, "begin 2", "end 2"]
    shown = recorded("runs", "show", "b", "--json").data
    assert (shown["fork_of"], shown["fork_at"]) == ("a/1", 5)
    assert recorded("diff", "a", "b", "--json").data["first"] is None


def test_a_fork_may_have_other_code_from_there_on(recorded: Cli) -> None:
    change(recorded, "return number * number", "return number * 100")
    done = recorded("fork", "a@5", "--id", "b", "--code", "flow.py", "--json")
    assert done.data["result"] == [0, 1, 200]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("fork", "a"), (2, "id.no_event")),
        (("fork", "a@99"), (3, "run.no_event")),
        (("fork", "nobody@1"), (3, "run.missing")),
        (("fork", "a@5", "--id", "b"), (3, "workflow.unknown")),
        (("fork", "a@5", "--input", "{"), (2, "json.malformed")),
    ],
)
def test_forks_that_are_refused(
    recorded: Cli, words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    assert recorded.refused(*words) == expected
    assert len(recorded("runs", "ls", "--json").data["runs"]) == 1
