"""The demo as a command: prints what it found, and exits 0 when all was well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tarl.integrations.orchestration import DeterministicVM, demo_deterministic_workflow
from tarl.integrations.orchestration.demo import READINGS

COMMAND = [sys.executable, "-m", "tarl.integrations.orchestration"]


def test_the_command_leaves_its_journal_where_it_was_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, str(tmp_path / "d")], capture_output=True, text=True, check=True
    )
    assert f"mean {sum(READINGS) / len(READINGS)} C, spread 3.5 C" in done.stdout
    assert "tools and agents called again: 0" in done.stdout
    assert "With one digest changed: the hash of artifact readings" in done.stdout
    assert (tmp_path / "d" / "tarl.db").exists()
    vm = DeterministicVM(tmp_path / "vm", journal=tmp_path / "d" / "tarl.db")
    assert vm.workflow_state("reading_report")["status"] == "completed"


def test_the_command_runs_without_an_argument_and_leaves_nothing(tmp_path: Path) -> None:
    subprocess.run(COMMAND, capture_output=True, check=True, cwd=tmp_path)
    assert [p for p in tmp_path.iterdir() if p.name != ".tarl"] == []


def test_wrong_arguments() -> None:
    done = subprocess.run([*COMMAND, "a", "b"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage" in done.stdout


def test_the_function_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = demo_deterministic_workflow(tmp_path)
    assert outcome["ok"] is True
    assert outcome["replayed"] == outcome["result"]
    assert outcome["result"]["snapshot"] in capsys.readouterr().out
    again = demo_deterministic_workflow(tmp_path)  # leftovers of an earlier run do no harm
    assert again["ok"] is True
