"""The demonstrations as people start them: on their own, at a terminal, in a pipe, with a model."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.e2e.cli_process import COMMAND, Cli

from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.models.stub import StubServer
from tarl.interfaces.demo.research.library import best, statements

pytestmark = pytest.mark.e2e


class Played(NamedTuple):
    """A performance: where its files are, the home that it was told, what it said."""

    directory: Path
    home: Path
    facts: dict[str, Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One performance for all who look at it."""
    work = tmp_path_factory.mktemp("demo")
    home = work / "home-of-the-person"
    words = ("demo", "research", "--yes", "--speed", "fast", "--json", "--dir", "r")
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=work,
        env={**os.environ, "TARL_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return Played(work / "r", home, json.loads(done.stdout))


def test_it_is_killed_resumed_denied_forked_and_proved(played: Played) -> None:
    facts = played.facts
    assert facts["schema"] == "tarl.demo.research/1"
    assert facts["source"] == "scripted"
    assert facts["killed"]["exit"] == -signal.SIGKILL
    assert facts["killed"]["answers"] >= 4
    resumed = facts["resumed"]
    assert resumed["repeated_acknowledged"] == 0
    assert resumed["replayed"] == facts["killed"]["answers"]
    assert resumed["answers"] == 8
    assert resumed["answers"] <= resumed["requests"] <= resumed["answers"] + 1
    [denied] = facts["denied"]
    assert (denied["agent"], denied["activity"]) == ("researcher", "mail.send")
    assert facts["decision"] == "approved"
    agents = ["researcher", "analyst", "critic", "writer"]
    assert [turn["agent"] for turn in facts["turns"]] == agents
    used, budget = facts["usage"], facts["budget"]
    assert 0 < used["input_tokens"] + used["output_tokens"] <= budget["tokens"]
    assert 0 < used["cost_micro"] <= budget["cost_micro"]
    fork = facts["fork"]
    assert fork["requests"] == 1
    assert fork["changed"][:2] == [1, fork["taken_over"] + 1]
    assert any(line.startswith("+Record what happened") for line in fork["diff"])
    assert {each["exit"] for each in facts["verified"].values()} == {0}


def test_the_report_cites_the_library_and_nothing_else(played: Played) -> None:
    report = (played.directory / "report.md").read_text()
    cited = [line.rpartition("[")[2].rstrip("]") for line in report.splitlines() if line[:1] == "-"]
    assert len(cited) > 4
    assert set(cited) <= {statement.id for statement in statements()}
    for line in report.splitlines():
        if line[:1] == "-" and "…" not in line:
            text = line[2:].rpartition(" [")[0]
            assert any(text in statement.text for statement in statements())


def test_what_it_leaves_can_be_looked_at_and_has_its_own_keys(played: Played, cli: Cli) -> None:
    assert not (played.home / "principals").exists()
    looked = {"TARL_HOME": str(played.directory / "home")}
    db = ("--db", str(played.directory / "tarl.db"))
    runs = cli("runs", "show", "research", *db, "--json", environ=looked)
    assert runs.data["status"] == "completed"
    trust = cli("trust", "show", "researcher", *db, environ=looked)
    assert "library.read" in trust.out


def test_people_read_what_happens_and_that_it_is_scripted(cli: Cli) -> None:
    done = cli("demo", "research", "--yes", "--speed", "fast", "--no-color", "--dir", "r")
    assert done.code == 0, done.err
    assert "\x1b[" not in done.out
    assert "scripted: what they say was written beforehand" in done.out
    assert "✗ researcher  mail.send denied: nothing grants mail.send" in done.out
    assert "0 recorded answers asked for again" in done.out
    assert "PROVED" in done.out


def test_without_a_terminal_somebody_must_say_yes(cli: Cli) -> None:
    assert cli.refused("demo", "research") == (2, "demo.nobody")
    assert not (cli.directory / "tarl-research").exists()


def test_a_directory_with_something_in_it_is_left_alone(cli: Cli) -> None:
    assert cli.refused("demo", "research", "--yes", "--dir", ".") == (2, "demo.directory")


def test_a_person_at_a_terminal_may_say_no(cli: Cli) -> None:
    code, said = at_a_terminal(
        cli, ("demo", "research", "--speed", "fast", "--dir", "r"), "y", "n", "n"
    )
    assert code == 0, said
    assert "rejected: said at the terminal" in said
    assert "What to record" in said  # the person was shown what it is about
    assert not (cli.directory / "r" / "report.md").exists()
    assert "PROVED" in said


def test_a_live_model_takes_the_places_of_the_script(cli: Cli) -> None:
    model = ScriptedModel("tiny", "- Records say who did what [AU-3]")
    with StubServer(model, faults=["slow"] * 20, slow_s=0.4) as stub:
        done = cli(
            *("demo", "research", "--yes", "--speed", "fast", "--json", "--dir", "r"),
            *("--model", "tiny", "--base-url", stub.base_url),
        )
        asked = len(stub.requests)
    assert done.code == 0, done.err
    facts = done.data
    assert facts["source"] == "live"
    assert facts["denied"] == []  # it asked for no tool
    assert facts["resumed"]["repeated_acknowledged"] == 0
    assert facts["resumed"]["answers"] == 4
    noted = facts["resumed"]["requests"] + facts["fork"]["requests"]
    assert 0 <= noted - asked <= 1  # the kill may come between the note and the request


def test_the_demonstration_without_a_word_is_the_household(cli: Cli) -> None:
    done = cli("demo", "--yes", "--speed", "fast", "--json", "--dir", "d")
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    assert facts["schema"] == "tarl.demo/1"
    assert facts["resumed"]["repeated_effects"] <= 1
    assert facts["verified"]["exit"] == 0
    assert facts["forged"]["exit"] == 6


def test_searching_finds_the_statements_that_have_most_of_the_words() -> None:
    assert best("content of audit records outcome identity")[0].id == "AU-3"
    assert best("zzzz") == []


def at_a_terminal(cli: Cli, words: tuple[str, ...], *answers: str) -> tuple[int, str]:
    """A command at a pseudo-terminal, whose questions get the answers in order."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=cli.directory, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said, left, deadline = "", list(answers), time.monotonic() + 100
    answered = 0
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([ours], [], [], 0.2)
            if not ready:
                if process.poll() is not None:
                    break
                continue
            try:
                read = os.read(ours, 65_536)
            except OSError:  # the other side is closed
                break
            if not read:
                break
            said += read.decode(errors="replace")
            if left and said.count("[Y/n]") > answered:
                answered += 1
                os.write(ours, f"{left.pop(0)}\n".encode())
        return process.wait(timeout=10), said
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_it_proposes_commands_as_they_can_be_typed(cli: Cli) -> None:
    bin = cli.directory / ".venv" / "bin"
    bin.mkdir(parents=True)
    script = bin / "tarl"
    script.write_text(
        f"#!{sys.executable} -P\nimport sys\n"
        "from tarl.interfaces.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    environ = {**os.environ, "PATH": "/usr/bin:/bin"}

    def typed(line: str) -> subprocess.CompletedProcess[str]:
        words = ["sh", "-c", line]
        return subprocess.run(
            words, cwd=cli.directory, env=environ, capture_output=True, text=True, timeout=90
        )

    done = typed(".venv/bin/tarl demo --yes --speed fast --dir d")
    look = next(line for line in done.stdout.splitlines() if line.startswith("Look around:"))
    proposed = look.removeprefix("Look around:").strip()
    assert proposed == ".venv/bin/tarl runs show cheapest-windows --db d/tarl.db"
    assert typed(proposed).stdout.startswith("run ")

    refused = typed(".venv/bin/tarl runs show nobody --db d/tarl.db")
    assert "  try: .venv/bin/tarl runs ls" in refused.stderr
