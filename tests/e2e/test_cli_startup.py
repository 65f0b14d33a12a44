"""The command line starts fast because it loads what it uses and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e

FORBIDDEN = (
    "asyncio",
    "importlib.metadata",
    "msgspec",
    "nacl",
    "rich",
    "sqlite3",
    "tarl.crypto",
    "tarl.journal",
    "tarl.kernel",
    "tarl.stack",
    "tomllib",
)

_PROGRAM = """
import sys
from tarl.interfaces.cli.main import main
code = main(sys.argv[1:])
print("\\n".join(sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["-h"]])
def test_what_help_and_version_load(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words], capture_output=True, text=True, check=True
    )
    loaded = done.stderr.splitlines()
    heavy = [m for m in loaded if any(m == f or m.startswith(f"{f}.") for f in FORBIDDEN)]
    assert heavy == []
    assert not [m for m in loaded if m.startswith("tarl.interfaces.cli.commands.")]


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out.startswith("tarl ")
    page = cli("--help").out
    for section in ("Work:", "Look:", "Prove:", "Maintain:"):
        assert section in page
