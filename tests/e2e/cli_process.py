"""Runs the real command line in a process of its own, which is forked rather than started."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.warm import process

COMMAND = (sys.executable, "-P", "-m", "tarl.interfaces.cli.main")

FLOW = '''
"""Workflows for the tests of the command line."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from tarl import Context, activity, workflow

EFFECTS = Path(__file__).with_name("effects.txt")


def note(line: str) -> None:
    with EFFECTS.open("a") as file:
        file.write(line + "\\n")


@activity
async def step(number: int, wait_ms: int) -> int:
    note(f"begin {number}")
    await asyncio.sleep(wait_ms / 1000)
    note(f"end {number}")
    return number * number


@activity(idempotent=False)
def pay(amount: int) -> str:
    note(f"pay {amount}")
    time.sleep(30 if amount > 100 else 0)
    return f"paid {amount}"


@activity
def fail(text: str) -> None:
    raise ValueError(text)


@activity
def large(size: int) -> str:
    return "x" * size


@dataclass
class Work:
    steps: int
    wait_ms: int = 0


@workflow
async def squares(ctx: Context, work: Work) -> list[int]:
    found = []
    for number in range(work.steps):
        found.append(await ctx.call(step, number, work.wait_ms))
    ctx.snapshot({"found": len(found)})
    return found


@workflow
async def payment(ctx: Context, amount: int) -> str:
    return await ctx.call(pay, amount)


@workflow
async def failing(ctx: Context, text: str = "no luck") -> None:
    await ctx.call(fail, text)


@workflow
async def waiting(ctx: Context) -> str:
    await ctx.sleep(30)
    return "late"


@workflow
async def blob(ctx: Context, size: int) -> int:
    return len(await ctx.call(large, size))
'''

ONE = """
from tarl import Context, activity, workflow


@activity
def double(number: int) -> int:
    return 2 * number


@workflow
async def twice(ctx: Context, number: int = 21) -> dict:
    return {"number": await ctx.call(double, number)}
"""


class Finished(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """NDJSON on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """The command line in a directory that holds ``flow.py`` and ``one.py``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._started: list[subprocess.Popen[bytes]] = []
        (directory / "flow.py").write_text(FLOW)
        (directory / "one.py").write_text(ONE)

    def __call__(
        self,
        *words: str,
        input: str | bytes | None = None,
        environ: Mapping[str, str] | None = None,
        powerless: bool = False,
    ) -> Finished:
        """Run a command to its end; ``powerless`` if permissions must count for root as well."""
        start = subprocess.run if powerless else process.run
        done = start(
            [*COMMAND, *words],
            cwd=self.directory,
            env={**os.environ, **(environ or {})},
            input=input.encode() if isinstance(input, str) else input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            timeout=60,
            check=False,
            preexec_fn=_give_up_powers if powerless else None,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    def refused(self, *words: str, **options: Any) -> tuple[int, str]:
        """Run a command that must fail with one JSON error: its exit code and the error's code."""
        done = self(*words, "--json", **options)
        assert done.code != 0, done
        assert done.err == "", done
        assert done.data["schema"] == "tarl.error/1"
        error = done.data["error"]
        assert error["exit"] == done.code
        assert error["message"]
        return done.code, error["code"]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command and leave it running until ``stop``, or the test's end."""
        started = process.popen(
            [*COMMAND, *words],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._started.append(started)
        return started

    def close(self) -> None:
        """End whatever was started and is still running."""
        for started in self._started:
            started.kill()
            started.communicate()

    def effects(self) -> list[str]:
        """What the activities of ``flow.py`` did, in order."""
        file = self.directory / "effects.txt"
        return file.read_text().splitlines() if file.exists() else []


def _give_up_powers() -> None:
    """Drop what lets root pass over permissions (capabilities(7)) before the program starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def wait_until(holds: Callable[[], bool], *, timeout_s: float = 60) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def stop(started: subprocess.Popen[bytes], number: signal.Signals) -> Finished:
    """Send a signal and wait for the end."""
    started.send_signal(number)
    out, err = started.communicate(timeout=60)
    return Finished(started.returncode, out.decode(), err.decode())
