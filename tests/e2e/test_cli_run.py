"""``tarl run``, ``resume`` and ``resolve``: the real commands, real kills."""

from __future__ import annotations

import json
import signal
import time

import pytest
from tests.e2e.cli_process import ONE, Cli, stop, wait_until
from tests.e2e.spinning import SPINS

pytestmark = pytest.mark.e2e

WORK = '{"steps": 6, "wait_ms": 400}'


def run_words(workflow: str, run: str, text: str | None = None) -> list[str]:
    tail = [] if text is None else ["--input", text]
    return ["run", f"flow.py:{workflow}", "--id", run, *tail]


def test_a_run_prints_its_result_on_stdout_and_its_progress_on_stderr(cli: Cli) -> None:
    done = cli("run", "one.py", "--id", "a", "--input", "4")
    assert done.code == 0
    assert json.loads(done.out) == {"number": 8}
    assert "run a/1\n" in done.err
    assert "step 1 double done" in done.err
    assert "run a/1 completed" in done.err


def test_json_is_one_object_and_nothing_else(cli: Cli) -> None:
    done = cli("run", "one.py", "--id", "a", "--json")
    assert done.err == ""
    assert done.data == {
        "schema": "tarl.run/1",
        "run": "a/1",
        "tenant": "default",
        "status": "completed",
        "result": {"number": 42},
    }


def test_quiet_leaves_the_notes_out(cli: Cli) -> None:
    assert cli("run", "one.py", "-q").err == ""


@pytest.mark.parametrize(("option", "stdin"), [("-", "4"), ("@input.json", None)])
def test_input_comes_from_a_file_or_a_pipe(cli: Cli, option: str, stdin: str | None) -> None:
    (cli.directory / "input.json").write_text(" 4\n")
    done = cli("run", "one.py", "--input", option, input=stdin)
    assert json.loads(done.out) == {"number": 8}


def test_the_same_id_and_input_attach_to_the_recorded_result(cli: Cli) -> None:
    first = cli(*run_words("squares", "a", '{"steps": 2}'))
    again = cli(*run_words("squares", "a", '{"steps": 2}'))
    assert (again.code, again.out) == (0, first.out)
    assert cli.effects() == ["begin 0", "end 0", "begin 1", "end 1"]
    assert cli.refused(*run_words("squares", "a", '{"steps": 3}')) == (2, "run.exists")
    further = cli(*run_words("squares", "a", '{"steps": 3}'), "--new-run", "--json")
    assert further.data["run"] == "a/2"


def test_a_tenant_has_ids_of_its_own(cli: Cli) -> None:
    assert cli("run", "one.py", "--id", "a", "--tenant", "acme", "--json").data["run"] == "acme/a/1"
    assert cli("run", "one.py", "--id", "a", "--json").data["run"] == "a/1"


def test_a_run_that_fails_says_so_with_exit_1(cli: Cli) -> None:
    done = cli(*run_words("failing", "f", '"no money"'))
    assert done.code == 1
    assert "no money" in done.err
    assert "Traceback" not in done.err
    assert cli.refused(*run_words("failing", "f", '"no money"')) == (1, "run.failed")
    assert cli.refused("resume", "f", "--code", "flow.py") == (1, "run.failed")


def test_a_killed_run_goes_on_and_repeats_nothing_acknowledged(cli: Cli) -> None:
    process = cli.start(*run_words("squares", "k", WORK))
    wait_until(lambda: "begin 3" in cli.effects())
    assert stop(process, signal.SIGKILL).code == -signal.SIGKILL

    events = cli("runs", "tail", "k", "--json").lines
    acknowledged = [e["body"]["step"] for e in events if e["kind"] == "step.completed/1"]
    assert acknowledged[:3] == [1, 2, 3]
    assert acknowledged == list(range(1, len(acknowledged) + 1))  # on a busy machine further on
    assert cli("runs", "ls", "--json").data["runs"][0]["status"] == "interrupted"

    done = cli("resume", "k", "--code", "flow.py", "--json")
    assert (done.code, done.data["result"]) == (0, [0, 1, 4, 9, 16, 25])
    assert done.data["schema"] == "tarl.resume/1"
    for number in range(len(acknowledged)):
        assert cli.effects().count(f"begin {number}") == 1
    after = cli("runs", "tail", "k", "--json").lines
    assert after[: len(events)] == events


def test_an_interrupted_run_can_be_resumed_with_the_command_it_prints(cli: Cli) -> None:
    process = cli.start(*run_words("squares", "i", WORK))
    wait_until(lambda: "begin 2" in cli.effects())
    done = stop(process, signal.SIGINT)
    assert done.code == 130
    assert "go on with: tarl resume i/1 --code flow.py" in done.err
    assert cli("resume", "i/1", "--code", "flow.py").code == 0


def test_an_interruption_does_not_wait_for_an_activity_in_a_thread(cli: Cli) -> None:
    process = cli.start(*run_words("payment", "p", "500"))
    wait_until(lambda: "pay 500" in cli.effects())
    assert stop(process, signal.SIGINT).code == 130


def test_a_cut_off_payment_waits_for_a_person(cli: Cli) -> None:
    process = cli.start(*run_words("payment", "p", "500"))
    wait_until(lambda: "pay 500" in cli.effects())
    stop(process, signal.SIGKILL)

    done = cli("resume", "p", "--code", "flow.py")
    assert done.code == 5
    assert "tarl resolve p/1 1 --result JSON | --failed TEXT | --retry" in done.err
    assert cli.refused("resolve", "p", "7", "--retry") == (3, "step.missing")
    assert cli.refused("resolve", "p", "1", "--result", "NaN") == (2, "json.not_finite")
    assert cli("resolve", "p", "1", "--result", '"paid 500"').code == 0
    assert cli.refused("resolve", "p", "1", "--retry") == (2, "step.decided")
    assert json.loads(cli("resume", "p", "--code", "flow.py").out) == "paid 500"
    assert cli.effects() == ["pay 500"]


@pytest.mark.parametrize("words", [(), ("--retry", "--failed", "x")])
def test_resolve_takes_one_decision(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli.refused("resolve", "p", "1", *words) == (2, "usage")


def test_resume_without_the_code_names_the_command_that_has_it(cli: Cli) -> None:
    process = cli.start(*run_words("waiting", "w"))
    wait_until(lambda: '"w/1"' in cli("runs", "ls", "--json").out)
    stop(process, signal.SIGKILL)
    done = cli("resume", "w")
    assert done.code == 3
    assert "tarl resume w/1 --code FILE" in done.err
    (cli.directory / "tarl.toml").write_text('[tarl]\nmodules = ["flow"]\n')
    process = cli.start("resume", "w")
    wait_until(lambda: cli("runs", "ls", "--json").data["runs"][0]["status"] == "running")
    assert stop(process, signal.SIGINT).code == 130


def test_resume_all_takes_up_every_interrupted_run(cli: Cli) -> None:
    assert cli("run", "one.py", "--id", "done").code == 0
    for run in ("a", "b"):
        process = cli.start(*run_words("squares", run, WORK))
        wait_until(lambda run=run: cli("runs", "show", run).code == 0)  # type: ignore[misc]
        stop(process, signal.SIGKILL)
    listed = cli("runs", "ls", "--json").data["runs"]
    interrupted = {r["run"] for r in listed if r["status"] == "interrupted"}
    assert interrupted
    assert interrupted <= {"a/1", "b/1"}  # on a busy machine one may have ended before its kill
    done = cli("resume", "--all", "--code", "flow.py", "--json")
    assert done.code == 0
    assert {(r["run"], r["status"]) for r in done.data["runs"]} == {
        (run, "completed") for run in interrupted
    }
    assert cli("resume", "--all").err == "no run is interrupted\n"


def test_a_list_of_runs_goes_on_where_it_ended(cli: Cli) -> None:
    for id in ("a", "b", "c", "d", "e"):
        assert cli("run", "one.py", "--id", id).code == 0
    pages, more = list[list[str]](), list[str]()
    while len(pages) < 4:
        page = cli("runs", "ls", "--limit", "2", *more, "--json").data
        pages.append([record["run"] for record in page["runs"]])
        if page["next_after"] is None:
            break
        more = ["--after", page["next_after"]]
    assert pages == [["e/1", "d/1"], ["c/1", "b/1"], ["a/1"]]
    said = cli("runs", "ls", "--limit", "4").err
    last = cli("runs", "ls", *said.split()[-2:], "--status", "completed", "--json").data
    assert [record["run"] for record in last["runs"]] == ["a/1"]
    assert "--after" not in cli("runs", "ls", "--limit", "5").err
    assert cli("runs", "ls", "--status", "failed", *more, "--json").data["runs"] == []
    assert cli.refused("runs", "ls", "--after", "nowhere") == (2, "runs.cursor")


def test_a_run_has_one_owner_at_a_time(cli: Cli) -> None:
    process = cli.start(*run_words("waiting", "w"))
    try:
        wait_until(lambda: '"w/1"' in cli("runs", "ls", "--json").out)
        assert cli("runs", "ls", "--json").data["runs"][0]["status"] == "running"
        assert cli.refused("resume", "w", "--code", "flow.py") == (2, "run.owned")
    finally:
        stop(process, signal.SIGKILL)


def test_what_the_code_prints_does_not_mix_with_the_data(cli: Cli) -> None:
    (cli.directory / "loud.py").write_text(
        "print('loading')\n" + ONE.replace("return 2", "print('working')\n    return 2")
    )
    done = cli("run", "loud.py", "--id", "a", "--json")
    assert done.data["result"] == {"number": 42}
    assert done.err.split() == ["loading", "working"]


def test_an_interruption_with_json_is_one_object(cli: Cli) -> None:
    process = cli.start(*run_words("waiting", "w"), "--json")
    wait_until(lambda: '"w/1"' in cli("runs", "ls", "--json").out)
    done = stop(process, signal.SIGINT)
    assert (done.code, done.data["error"]["code"]) == (130, "interrupted")
    assert done.data["error"]["next_step"] == "tarl resume w/1 --code flow.py"


def test_large_values_come_back(cli: Cli) -> None:
    done = cli(*run_words("blob", "b", "100000"))
    assert json.loads(done.out) == 100_000
    shown = cli("runs", "show", "b", "--json").data
    assert len(shown["steps"][0]["result"]) == 100_000


def test_a_run_that_has_failed_is_not_said_to_go_on(cli: Cli) -> None:
    words = ("run", "flow.py:failing", "--id", "f", "--input")
    first = cli(*words, '"no such lamp"')
    again = cli(*words, '"no such lamp"')
    assert (first.code, again.code) == (1, 1)
    assert again.err.startswith("run f/1 had failed\nerror: ")
    other = cli(*words, '"another"', "--json")
    assert "--new-run" in other.data["error"]["next_step"]


def test_a_long_reason_is_one_short_line_while_a_run_goes_on_and_whole_at_its_end(
    cli: Cli,
) -> None:
    text = "\n".join(["no such lamp"] * 100)
    done = cli("run", "flow.py:failing", "--id", "f", "--input", json.dumps(text))
    (line,) = (line for line in done.err.splitlines() if line.startswith("  step 1 "))
    assert line.endswith("…")
    assert len(line) < 300
    assert done.err.count("no such lamp") > 100


def test_a_run_that_continues_ends_as_the_last_of_them(cli: Cli) -> None:
    (cli.directory / "rounds.py").write_text(
        "from tarl import Context, workflow\n\n\n"
        "@workflow\n"
        "async def rounds(ctx: Context, left: int) -> str:\n"
        "    if left:\n"
        "        ctx.continue_as_new(left - 1)\n"
        "    return 'home'\n"
    )
    words = ("run", "rounds.py", "--id", "r", "--input", "2")
    first, again = cli(*words), cli(*words)
    assert json.loads(first.out) == json.loads(again.out) == "home"
    assert "run r/3 continues it\n" in first.err
    assert "run r/3 completed" in first.err
    assert "run r/3 had completed" in again.err
    assert cli(*words, "--json").data["run"] == "r/3"


@pytest.mark.parametrize(
    "catches",
    ["pass", "try:\n            len([])\n        except BaseException:\n            pass"],
    ids=["spinning", "catching everything"],
)
def test_one_interruption_ends_a_run_that_computes_without_end(cli: Cli, catches: str) -> None:
    code = cli.directory / "spins.py"
    code.write_text(SPINS.replace("WAITS", "True").replace("CATCHES", catches))
    process = cli.start("run", "spins.py", "--id", "s")

    def has_begun() -> bool:
        told = cli("runs", "tail", "s", "--json")
        return "step.completed" in told.out

    wait_until(has_begun)
    time.sleep(0.5)
    began_s = time.monotonic()
    done = stop(process, signal.SIGINT)
    assert time.monotonic() - began_s < 15
    assert done.code == 130, done
    assert "interrupted; go on with: tarl resume s/1 --code spins.py" in done.err
    assert "Traceback" not in done.err
    assert cli("db", "check").code == 0

    code.write_text(SPINS.replace("WAITS", "False").replace("CATCHES", "pass"))
    assert cli("resume", "s", "--code", "spins.py").out == "1\n"
