"""Another process that tells runs things: ``python -m tests.unit.engines.messenger JOURNAL WHAT..``

``update:NAME:NUMBER`` and ``signal:NAME`` go to the run ``w``, ``terminate:ID`` to any.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.engines import talks
from tests.warm.process import popen

import tarl
from tarl.errors import Conflict

ROOT = Path(__file__).parents[3]


@contextmanager
def telling(journal: Path, *what: str) -> Iterator[subprocess.Popen[str]]:
    process = popen(
        [sys.executable, "-m", "tests.unit.engines.messenger", str(journal), *what],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


async def main(journal: str, *what: str) -> None:
    async with tarl.open(journal, workflows=[talks.account]) as runtime:
        for text in what:
            verb, name, *rest = text.split(":")
            if verb == "update":
                try:
                    print(await runtime.update("w", name, int(rest[0])))
                except Conflict as error:
                    print(error.code)
            elif verb == "signal":
                runtime.signal("w", name)
                print("sent")
            else:
                runtime.terminate(name)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
