"""How the person started the program, and how commands are spelled after it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tarl.interfaces.cli import program

MODULE = f"/x/{program.MODULE.replace('.', '/')}.py"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A program ``tarl`` somewhere."""
    made = tmp_path / "bin dir" / "tarl"
    made.parent.mkdir()
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


def started(
    monkeypatch: pytest.MonkeyPatch, argv: str, *, search: str, words: tuple[str, ...] = ()
) -> None:
    monkeypatch.setattr(sys, "argv", [argv])
    monkeypatch.setattr(sys, "orig_argv", list(words))
    monkeypatch.setenv("PATH", search)


def test_what_the_search_path_finds_has_its_name(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch, str(script), search=str(script.parent))
    assert program.command("runs", "show", "a b") == "tarl runs show 'a b'"
    assert program.as_typed("try tarl runs ls") == "try tarl runs ls"


def test_what_it_does_not_find_is_spelled_as_it_was_started(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch, ".venv/bin/tarl", search="/nowhere")
    assert program.command("runs", "ls") == ".venv/bin/tarl runs ls"
    text = "tarl runs ls; check it: tarl-verify FILE, `tarl --help`"
    wanted = ".venv/bin/tarl runs ls; check it: .venv/bin/tarl-verify FILE, `.venv/bin/tarl --help`"
    assert program.as_typed(text) == wanted
    started(monkeypatch, str(script), search="/nowhere")
    assert program.command() == f"'{script}'"
    assert program.as_typed("tarl-verify X") == f"'{script}-verify' X"


def test_another_program_of_that_name_is_not_this_one(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "tarl"
    own.write_text("")
    started(monkeypatch, str(own), search=str(script.parent))
    assert program.program() == str(own)


def test_a_module_is_started_by_the_script_beside_the_interpreter(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch, MODULE, search=str(script.parent))
    assert program.program() == "tarl"
    started(monkeypatch, MODULE, search="/nowhere")
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    program._program.cache_clear()
    assert program.program() == f"'{script}'"


def test_a_module_without_a_script_is_started_as_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    program._program.cache_clear()
    started(monkeypatch, MODULE, search="/none", words=("python3", "-m", program.MODULE))
    assert program.command("runs") == f"python3 -m {program.MODULE} runs"
    assert program.as_typed("tarl-verify X") == "python3 -m tarl_verify X"
    program._program.cache_clear()


def test_prose_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, ".venv/bin/tarl", search="/nowhere")
    for text in ("tarl itself failed", "tarl is needed", "a/tarl runs", "x.tarl run", "tarl.db"):
        assert program.as_typed(text) == text
