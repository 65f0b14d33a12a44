"""Another process for the tests: ``python -m tests.unit.engines.other_process DO JOURNAL``.

It says READY when it has done its thing, and goes on until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.unit.engines import trials
from tests.warm.process import popen

import tarl

ROOT = Path(__file__).parents[3]


@contextmanager
def doing(what: str, journal: Path) -> Iterator[subprocess.Popen[str]]:
    """The other process, ready; told to end when the block is left."""
    process = popen(
        [sys.executable, "-m", "tests.unit.engines.other_process", what, str(journal)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
        yield process
    finally:
        if process.poll() is None:
            process.communicate(timeout=60)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def said_to_end() -> Any:
    print("READY", flush=True)
    return sys.stdin.read()


async def run(journal: str) -> None:
    """Holds the run ``held`` until it is told to end, and then lets it finish."""
    trials.GATES["held"] = asyncio.Event()
    async with tarl.open(journal) as runtime:
        handle = await runtime.start(trials.one_by_one, ["first", "held"], id="held")
        while "held" not in trials.SEEN:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(said_to_end)
        trials.GATES["held"].set()
        await handle.result()


def lock(journal: str) -> None:
    """Holds the write lock."""
    connection = sqlite3.connect(journal, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    said_to_end()
    connection.execute("ROLLBACK")


if __name__ == "__main__":
    if sys.argv[1] == "lock":
        lock(sys.argv[2])
    else:
        asyncio.run(run(sys.argv[2]))
