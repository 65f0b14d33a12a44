"""Bad input: each ends with its exit code and error code, says what to try, and loses nothing."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "json.malformed"),
        ("", "json.malformed"),
        ("{} {}", "json.malformed"),
        ("{'a': 1}", "json.malformed"),
        ('{"a": 1, "a": 2}', "json.duplicate_key"),
        ("NaN", "json.not_finite"),
        ("[-Infinity]", "json.not_finite"),
        ("1e999", "json.not_finite"),
        ("9007199254740993", "json.integer_range"),
        ('"\\ud800"', "json.lone_surrogate"),
        ("[" * 200 + "]" * 200, "json.depth"),
        ("[" * 100_000, "json.depth"),
        ('"four"', "input.type"),
        ("[1]", "input.type"),
    ],
)
def test_input_that_is_refused(cli: Cli, text: str, code: str) -> None:
    assert cli.refused("run", "one.py", "--id", "a", "--input", text) == (2, code)
    assert not (cli.directory / "tarl.db").exists()


def test_input_that_is_not_utf8(cli: Cli) -> None:
    words = ("run", "one.py", "--input", "-")
    assert cli.refused(*words, input=b'"\xff"') == (2, "json.encoding")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "none.py"), (3, "code.missing")),
        (("run", "no-plan"), (3, "code.missing")),
        (("run", "one.py:none"), (3, "workflow.unknown")),
        (("run", "flow.py"), (2, "workflow.unnamed")),
        (("run", "empty.py"), (3, "workflow.unknown")),
        (("run", "broken.py"), (2, "code.load")),
        (("run", "raising.py"), (2, "code.load")),
        (("run", "json.py"), (2, "code.name")),
        (("run", "text.txt"), (2, "code.not_python")),
        (("run", "sync.py"), (2, "workflow.not_async")),
        (("run", "clock.py"), (2, "workflow.nondeterministic")),
        (("run", "flow.py:squares"), (2, "input.required")),
        (("run", "flow.py:waiting", "--input", "1"), (2, "input.unwanted")),
        (("run", "one.py", "--input", "@none.json"), (3, "input.missing")),
        (("run", "one.py", "--input", "@."), (4, "input.unreadable")),
        (("run", "one.py", "--id", ""), (2, "id.empty")),
        (("run", "one.py", "--id", "a\nb"), (2, "id.characters")),
        (("run", "one.py", "--id", "x" * 600), (2, "id.too_long")),
        (("run", "one.py", "--tenant", ""), (2, "id.empty")),
        (("run", "one.py", "--db", "none/tarl.db"), (4, "journal.cannot_open")),
        (("run",), (2, "usage")),
        (("run", "one.py", "--wrong"), (2, "usage")),
        (("rnu", "one.py"), (2, "usage")),
        (("runs", "ls", "--limit", "0"), (2, "usage")),
        (("runs", "ls"), (3, "journal.missing")),
        (("resume", "a"), (3, "journal.missing")),
        (("resume",), (2, "usage")),
        (("check", "none.py"), (3, "code.missing")),
        (("explain", "no.such"), (3, "explain.unknown")),
        (("keys", "show"), (3, "keys.missing")),
    ],
)
def test_commands_that_are_refused(
    cli: Cli, words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    files = {
        "empty.py": "",
        "broken.py": "def f(:\n",
        "raising.py": "x = 1\nraise RuntimeError('on purpose')\n",
        "json.py": "",
        "text.txt": "",
        "sync.py": "from tarl import workflow\n\n@workflow\ndef f(ctx):\n    return 1\n",
        "clock.py": "import time\nfrom tarl import workflow\n\n"
        "@workflow\nasync def f(ctx):\n    return time.time()\n",
    }
    for name, text in files.items():
        (cli.directory / name).write_text(text)
    assert cli.refused(*words) == expected


def test_an_error_for_a_person_has_what_why_code_and_next_step(cli: Cli) -> None:
    done = cli("runs", "show", "prices")
    assert done.code == 3
    assert done.out == ""
    first, code, advice = done.err.splitlines()
    assert first == "error: no journal at tarl.db"
    assert code == "  code: journal.missing"
    assert advice.startswith("  try: ")


def test_a_mistake_in_a_file_names_its_line_and_debug_shows_the_traceback(cli: Cli) -> None:
    (cli.directory / "raising.py").write_text("x = 1\n\nraise RuntimeError('on purpose')\n")
    done = cli("run", "raising.py")
    assert "raising.py cannot be loaded at line 3: RuntimeError: on purpose" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in cli("run", "raising.py", "--debug").err


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("nobody", (3, "run.missing")),
        ("../x", (3, "run.missing")),
        ("a/9", (3, "run.missing")),
        ("a@99", (3, "run.no_event")),
        ("a@0", (2, "id.ref")),
        ("", (2, "id.ref")),
        ("a//1", (2, "id.ref")),
        ("/etc/passwd", (2, "id.ref")),
        ("a/b/c/d", (2, "id.ref")),
        ("@first", (2, "id.ref")),
        ("a%00/1", (2, "id.characters")),
    ],
)
def test_runs_that_are_not_there(cli: Cli, ref: str, expected: tuple[int, str]) -> None:
    cli("run", "one.py", "--id", "a")
    assert cli.refused("runs", "tail", ref) == expected


def test_a_path_like_id_is_a_name_and_nothing_else(cli: Cli) -> None:
    before = sorted(cli.directory.parent.iterdir())
    assert cli("run", "one.py", "--id", "../x", "--json").data["run"] == "..%2Fx/1"
    assert cli("keys", "tenant", "make", "../x").code == 0
    assert sorted(cli.directory.parent.iterdir()) == sorted(
        {*before, cli.directory.parent / ".tarl"}
    )
    assert cli("runs", "show", "..%2Fx").code == 0


def test_an_ambiguous_beginning_lists_its_candidates(cli: Cli) -> None:
    for run in ("prices-1", "prices-2", "other"):
        cli("run", "one.py", "--id", run)
    assert cli.refused("runs", "show", "prices") == (2, "run.ambiguous")
    assert "prices-1, prices-2" in cli("runs", "show", "prices").err
    assert cli("runs", "show", "oth").code == 0


# --- journals


def journal(cli: Cli) -> str:
    assert cli("run", "one.py", "--id", "a").code == 0
    return str(cli.directory / "tarl.db")


def test_a_file_that_is_not_a_journal(cli: Cli) -> None:
    (cli.directory / "tarl.db").write_bytes(b"this is no database, but it is long enough" * 100)
    assert cli.refused("runs", "ls") == (6, "journal.malformed")


def test_a_database_of_something_else(cli: Cli) -> None:
    with sqlite3.connect(cli.directory / "tarl.db") as other:
        other.execute("CREATE TABLE accounts (id)")
    other.close()
    assert cli.refused("run", "one.py") == (6, "journal.foreign")


def test_a_journal_of_a_newer_version(cli: Cli) -> None:
    connection = sqlite3.connect(journal(cli))
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert cli.refused("runs", "ls") == (2, "journal.newer")


def test_a_journal_that_another_process_holds(cli: Cli) -> None:
    """Reading goes on, writing waits and then says who is in the way; nothing is lost."""
    holder = sqlite3.connect(journal(cli), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert cli("runs", "ls").code == 0
        assert cli("runs", "show", "a").code == 0
        assert cli.refused("checkpoint") == (10, "journal.locked")
        waiting = cli.start("run", "one.py", "--id", "b", "-q")
        time.sleep(1)
        assert waiting.poll() is None
    finally:
        holder.close()
    out, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, json.loads(out)) == (0, {"number": 42})


@pytest.fixture
def read_only(cli: Cli) -> Iterator[Cli]:
    path = Path(journal(cli))
    path.chmod(0o400)
    cli.directory.chmod(0o500)
    yield cli
    cli.directory.chmod(0o700)
    path.chmod(0o600)


@pytest.mark.skipif(sys.platform != "linux", reason="drops capabilities of Linux")
@pytest.mark.parametrize(
    "words",
    [("run", "one.py", "--id", "b"), ("resume", "a"), ("checkpoint", "-o", "n")],
)
def test_a_journal_that_cannot_be_written(read_only: Cli, words: tuple[str, ...]) -> None:
    code, name = read_only.refused(*words, powerless=True)
    assert (code, name) == (4, "journal.read_only")


@pytest.mark.skipif(sys.platform != "linux", reason="drops capabilities of Linux")
def test_a_journal_that_cannot_be_written_can_be_read(read_only: Cli) -> None:
    assert [run["run"] for run in read_only("runs", "ls", "--json", powerless=True).data["runs"]]
    assert read_only("runs", "show", "a", "--json", powerless=True).data["status"] == "completed"


@pytest.mark.skipif(sys.platform != "linux", reason="drops capabilities of Linux")
def test_a_journal_that_cannot_be_read(cli: Cli) -> None:
    path = Path(journal(cli))
    path.chmod(0)
    assert cli.refused("runs", "ls", powerless=True) == (4, "journal.cannot_open")


def test_a_changed_event_is_found_by_everybody_who_reads_it(cli: Cli) -> None:
    connection = sqlite3.connect(journal(cli))
    connection.execute(
        "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '42', '43') AS BLOB)"
        " WHERE seq = 3"
    )
    connection.commit()
    connection.close()
    assert cli.refused("runs", "show", "a") == (6, "journal.chain_broken")
    assert cli.refused("runs", "state", "a@3") == (6, "journal.chain_broken")
    assert cli("runs", "state", "a@2").code == 0


def test_a_missing_event_is_found(cli: Cli) -> None:
    connection = sqlite3.connect(journal(cli))
    connection.execute("DELETE FROM event WHERE seq = 2")
    connection.commit()
    connection.close()
    assert cli.refused("runs", "show", "a") == (6, "journal.gap")


# --- settings


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("[tarl\n", "settings.malformed"),
        ("tarl = 1\n", "settings.type"),
        ("[tarl]\ndbb = 'x'\n", "settings.unknown"),
        ("[tarl]\nhistory_events_max = -1\n", "settings.type"),
        ("[tarl]\nsynchronous = 'OFF'\n", "settings.type"),
        ("[tarl]\nmodules = 'a,b'\ndb = 7\n", "settings.type"),
    ],
)
def test_settings_that_are_refused(cli: Cli, toml: str, code: str) -> None:
    (cli.directory / "tarl.toml").write_text(toml)
    assert cli.refused("doctor") == (2, code)


def test_a_module_that_is_not_there(cli: Cli) -> None:
    done = cli.refused("run", "one.py", environ={"TARL_MODULES": "no.such.module"})
    assert done == (2, "code.load")


def test_a_run_with_too_many_events_stops_and_can_go_on(cli: Cli) -> None:
    words = ("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 9}')
    limited = {"TARL_HISTORY_EVENTS_MAX": "10"}
    assert cli.refused(*words, environ=limited) == (9, "run.history_too_long")
    assert cli("resume", "a", "--code", "flow.py").code == 0
    for number in range(4):
        assert cli.effects().count(f"begin {number}") == 1
