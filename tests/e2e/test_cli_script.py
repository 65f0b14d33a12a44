"""The installed commands themselves, started as people start them: with nothing loaded before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli

from tarl.interfaces.cli.main import SECTIONS

pytestmark = pytest.mark.e2e

TARL = Path(sys.executable).with_name("tarl")
BY_SECTION = {
    "Work": [("run", "one.py", "--id", "b"), ("queue", "ls"), ("check", "one.py")],
    "Plan": [("plan", "run the dishwasher when power is cheapest"), ("plans", "ls")],
    "Look": [("runs", "show", "a"), ("replay", "a", "--code", "one.py"), ("status",)],
    "Prove": [("export", "a", "-o", "a.evidence"), ("verify", "a"), ("lineage", "a")],
    "Trust": [("agents", "ls"), ("authority", "ls"), ("consent", "ls")],
    "Maintain": [("doctor",), ("policy", "ls"), ("explain", "run.missing")],
}


@pytest.mark.parametrize("section", SECTIONS)
def test_commands_of_every_section_run_as_they_are_installed(cli: Cli, section: str) -> None:
    assert cli("run", "one.py", "--id", "a").code == 0
    for words in BY_SECTION[section]:
        done = subprocess.run(
            [TARL, *words, "--json"],
            cwd=cli.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert said or json.loads(done.stdout), words


def test_evidence_is_verified_by_the_installed_verifier(cli: Cli) -> None:
    assert cli("run", "one.py", "--id", "a").code == 0
    root = cli("export", "a", "-o", "a.evidence", "--json").data
    words = [TARL.with_name("tarl-verify"), "a.evidence", "--root"]
    done = subprocess.run([*words, root["root"]], cwd=cli.directory, capture_output=True, text=True)
    assert done.returncode == 0, done
    assert "PROVED" in done.stdout
