"""Who does not use Temporal does not load it."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import asyncio, sys, tarl
from tarl import workflow

@workflow
async def empty(ctx):
    return 1

async def main():
    async with tarl.open("t.db") as runtime:
        assert await runtime.run(empty) == 1

asyncio.run(main())
print(sorted(name for name in sys.modules if name.startswith("temporalio")))
"""


def test_the_embedded_engine_never_imports_temporal(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, cwd=str(tmp_path)
    )
    assert done.stdout == "[]\n", done.stderr
