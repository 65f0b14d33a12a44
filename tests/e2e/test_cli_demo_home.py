"""``tarl demo home`` as somebody starts it who wants to be asked nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_process import COMMAND, Cli

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One performance for all who look at it."""
    work = tmp_path_factory.mktemp("demo")
    words = ("demo", "home", "--yes", "--speed", "fast", "--json", "--dir", "h")
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=work,
        env={**os.environ, "TARL_HOME": str(work / "home-of-the-person")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def test_a_sentence_is_planned_carried_out_planned_anew_and_proved(played: dict[str, Any]) -> None:
    assert played["schema"] == "tarl.demo.home/1"
    assert played["plan"]["gap"] == 0
    assert 0 < played["plan"]["cost_micro"] <= 400_000
    supper = played["supper"]
    assert supper["status"] == "completed"
    assert supper["replans"] >= 1
    assert supper["version"] == supper["replans"] + 1
    assert played["night"]["status"] == "completed"
    assert {proof["exit"] for proof in played["verified"].values()} == {0}
    assert len(played["verified"]) == 2


def test_a_plan_that_cannot_be_says_what_to_give_up(played: dict[str, Any]) -> None:
    assert len(played["conflict"]["rules"]) >= 2
    assert played["conflict"]["ways_out"]


def test_the_evidence_says_proved(played: dict[str, Any], tmp_path: Path) -> None:
    root = Path(played["directory"]) / "home" / "keys" / "root.pub"
    for proof in played["verified"].values():
        words = [COMMAND[0], "-m", "tarl_verify", proof["evidence"], "--root", str(root)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("PROVED")


@pytest.mark.parametrize("plan", ["supper", "night"])
def test_the_runs_replay_strictly_and_say_again_what_became_of_them(
    played: dict[str, Any], tmp_path: Path, plan: str
) -> None:
    cli, at = Cli(tmp_path), Path(played["directory"])
    journal = ("--db", str(at / "tarl.db"))
    mine = {"TARL_HOME": str(at / "home")}
    replayed = cli("replay", plan, "--strict", *journal, environ=mine)
    assert replayed.code == 0, replayed.err
    assert "no effect" in replayed.err + replayed.out
    household = ("--household", str(at / "household.yaml"))
    for command in ("run", "resume"):
        again = cli(command, plan, "--json", *journal, *household, environ=mine)
        assert again.code == 0, again.out
        assert again.data["outcome"]["status"] == "completed"


def test_without_a_terminal_it_wants_to_be_told_yes(tmp_path: Path) -> None:
    assert Cli(tmp_path).refused("demo", "home", "--dir", "h") == (2, "demo.nobody")
    assert not (tmp_path / "h").exists()
