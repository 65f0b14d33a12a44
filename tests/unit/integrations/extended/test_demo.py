"""The demo as a function and as a command."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tarl.integrations.orchestration_extended import demo_extended_features
from tarl.integrations.orchestration_extended.demo import main


def test_the_function_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (1, 2):  # the second over the first one's leftovers
        outcome = asyncio.run(demo_extended_features(tmp_path))
        assert outcome["ok"] is True, outcome
        assert outcome["status"]["task_queue"]["tasks_completed"] == run
    assert "The same to another process: True" in capsys.readouterr().out


def test_the_command_leaves_its_journal_where_it_was_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tarl.integrations.orchestration_extended"]
    subprocess.run([*command, str(tmp_path / "d")], capture_output=True, check=True)
    assert (tmp_path / "d" / "tarl.db").exists()


def test_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["a", "b"]), main(["--help"])) == (2, 0)
    assert capsys.readouterr().out.count("usage:") == 2
