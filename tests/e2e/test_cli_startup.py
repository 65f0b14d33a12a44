"""The command line starts fast because it loads what it uses and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from tests.e2e.cli_process import COMMAND, Cli

pytestmark = pytest.mark.e2e

VERSION_MS_MAX = 120
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


def test_version_is_fast() -> None:
    times_ms = []
    for _ in range(10):
        before = time.perf_counter()
        subprocess.run([*COMMAND, "--version"], stdout=subprocess.DEVNULL, check=True)
        times_ms.append((time.perf_counter() - before) * 1000)
        if min(times_ms) < VERSION_MS_MAX:
            return
    pytest.fail(f"tarl --version took {min(times_ms):.0f} ms at best of 10")


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out.startswith("tarl ")
    page = cli("--help").out
    for section in ("Work:", "Look:", "Prove:", "Maintain:"):
        assert section in page
