"""Doctor, explain, completion, check and db."""

from __future__ import annotations

import os
import sqlite3
import subprocess

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e


def test_doctor_shows_each_settings_origin(cli: Cli) -> None:
    (cli.directory / "tarl.toml").write_text('[tarl]\nsynchronous = "NORMAL"\nmodules = ["one"]\n')
    environ = {"TARL_HISTORY_EVENTS_MAX": "500"}
    done = cli("doctor", "--config", "--db", "my.db", "--json", environ=environ)
    assert done.data["checks"] == []
    settings = {s["setting"]: (s["value"], s["origin"]) for s in done.data["settings"]}
    assert settings["db"] == ("my.db", "flag --db")
    assert settings["synchronous"] == ("NORMAL", "tarl.toml")
    assert settings["modules"] == (["one"], "tarl.toml")
    assert settings["history_events_max"] == (500, "environment TARL_HISTORY_EVENTS_MAX")
    assert settings["sealed"] == (False, "default")


def test_doctor_checks_the_surroundings(cli: Cli) -> None:
    done = cli("doctor", "--json")
    assert done.code == 0
    checks = {c["check"]: c["status"] for c in done.data["checks"]}
    assert {"python", "sqlite", "directory", "file system", "journal", "keys"} <= checks.keys()
    assert "problem" not in checks.values()
    (cli.directory / "tarl.db").write_bytes(b"not a journal" * 1000)
    done = cli("doctor")
    assert done.code == 10
    assert "journal.malformed" in done.out


def test_explain_knows_codes_families_and_exits(cli: Cli) -> None:
    assert "tarl runs tail RUN -f" in cli("explain", "run.owned").out
    assert cli("explain", "json.duplicate_key", "--json").data["schema"] == "tarl.explain/1"
    assert cli("explain", "evidence.chain").code == 0
    assert "run.owned" in cli("explain").out
    assert cli("explain", "exits").out.startswith("0    done\n")
    assert "run.owned" in cli("explain", "run.ownd").err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(cli: Cli, shell: str) -> None:
    assert "_TARL_COMPLETE" in cli("completion", shell).out


def test_completion_completes_commands_and_runs(cli: Cli) -> None:
    cli("run", "one.py", "--id", "prices")

    def completed(words: str) -> list[str]:
        environ = {
            "_TARL_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        return cli(environ=environ).out.split()

    assert {"plain,resume", "plain,resolve", "plain,replay"} <= set(completed("tarl re"))
    assert all(word.startswith("plain,re") for word in completed("tarl re"))
    assert completed("tarl runs show pri") == ["plain,prices/1"]
    assert completed("tarl runs show @") == ["plain,@last"]


def test_check_names_the_line_and_what_to_use_instead(cli: Cli) -> None:
    (cli.directory / "clock.py").write_text(
        "import time\nfrom tarl import workflow\n\n\n"
        "@workflow\nasync def f(ctx):\n    return time.time()\n"
    )
    done = cli("check", "clock.py")
    assert done.code == 2
    assert "clock.py:7: error D101" in done.out
    found = cli("check", "clock.py", "--json").data["findings"]
    assert [(f["workflow"], f["line"]) for f in found] == [("f", 7)]
    assert cli("check", "flow.py").code == 0
    assert cli("check", "flow.py:squares", "--json").data["workflows"] == ["squares"]


def test_colours_are_for_terminals_and_can_be_turned_off(cli: Cli) -> None:
    cli("run", "one.py", "--id", "a")

    def on_a_terminal(*words: str, **environ: str) -> str:
        command = " ".join(("tarl", *words))
        script = ["script", "-qec", command, "/dev/null"]
        env = {**os.environ, "TERM": "xterm-256color", **environ}
        done = subprocess.run(script, cwd=cli.directory, env=env, capture_output=True, check=True)
        return done.stdout.decode()

    bin_directory = cli.directory / "bin"
    bin_directory.mkdir()
    from tests.e2e.cli_process import COMMAND

    program = bin_directory / "tarl"
    program.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    path = f"{bin_directory}:{os.environ['PATH']}"
    assert "\x1b[" in on_a_terminal("runs", "ls", PATH=path)
    assert "\x1b[" not in on_a_terminal("runs", "ls", PATH=path, NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("runs", "ls", "--no-color", PATH=path)
    assert "\x1b[" not in cli("runs", "ls").out


def test_a_backup_is_a_sound_journal_of_its_own(cli: Cli) -> None:
    cli("run", "one.py", "--id", "a")
    assert cli("db", "backup", "copy.db").code == 0
    assert cli.refused("db", "backup", "copy.db")[0] == 2
    assert cli("runs", "ls", "--db", "copy.db", "--json").data["runs"][0]["run"] == "a/1"
    assert cli("db", "check", "--deep", "--db", "copy.db").code == 0
    assert cli("db", "compact").code == 0
    assert cli("runs", "show", "a").code == 0


def test_check_of_a_damaged_journal_says_so(cli: Cli) -> None:
    cli("run", "one.py", "--id", "a")
    connection = sqlite3.connect(cli.directory / "tarl.db")
    connection.execute("UPDATE event SET body = CAST('{}' AS BLOB) WHERE seq = 3")
    connection.commit()
    connection.close()
    done = cli("db", "check", "--json")
    assert done.code == 6
    assert done.data["findings"][0]["code"] == "journal.chain_broken"
    assert "FOUND " in cli("db", "check").out
