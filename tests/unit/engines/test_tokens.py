"""Calls that share one outcome by the user's token, in one process and between several."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines.lives import Lives, everywhere, outcome
from tests.warm.process import popen

import tarl
from tarl import RetryPolicy, activity, workflow
from tarl.engines.embedded.runtime import Runtime

ROOT = Path(__file__).parents[3]
RAN: list[Any] = []


@activity
async def charge(amount: int) -> str:
    RAN.append(amount)
    await asyncio.sleep(0.02)
    return f"charge {len(RAN)}"


@activity
async def charge_badly(amount: int) -> str:
    RAN.append(amount)
    if len(RAN) == 1:
        raise ConnectionError("no")
    return f"charge {len(RAN)}"


@activity
async def charge_aloud(amount: int, log: str) -> str:
    with open(log, "a") as file:
        file.write(f"{os.getpid()}\n")
    await asyncio.sleep(0.3)
    return f"by {os.getpid()}"


@workflow
async def orders(ctx: tarl.Context, amount: int) -> str:
    return await ctx.call(charge.options(token="order-1"), amount)


@workflow
async def orders_again(ctx: tarl.Context, amount: int) -> str:
    policy = RetryPolicy(attempts_max=3, first_wait_ms=5)
    return await ctx.call(charge.options(token="order-1", retry=policy), amount)


@workflow
async def orders_badly(ctx: tarl.Context, amount: int) -> str:
    return await ctx.call(charge_badly.options(token="order-2"), amount)


@workflow
async def orders_aloud(ctx: tarl.Context, log: str) -> str:
    return await ctx.call(charge_aloud.options(token="order-3"), 5, log)


ALL = (orders, orders_again, orders_badly, orders_aloud)


@pytest.fixture(autouse=True)
def unseen() -> None:
    RAN.clear()


def test_five_at_once_run_once_and_a_later_process_finds_it() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        calls = [outcome(runtime, orders, 7, f"w{i}") for i in range(5)]
        return await asyncio.gather(*calls)

    async def later(runtime: Runtime) -> Any:
        return await outcome(runtime, orders, 7, "later")

    assert lives.live(use) == ["charge 1"] * 5
    assert lives.live(later) == "charge 1"
    assert RAN == [7]
    lives.check_replays()


def test_other_arguments_are_refused_at_once() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        await outcome(runtime, orders, 7, "first")
        return await outcome(runtime, orders_again, 8, "second")

    assert "used with other arguments" in lives.live(use)
    assert RAN == [7]
    assert "attempt.failed/1" not in lives.kinds("second"), "another attempt mends nothing"


def test_a_failure_is_not_kept() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        return [await outcome(runtime, orders_badly, 7, f"w{i}") for i in range(3)]

    assert lives.live(use) == ["run.failed: ConnectionError: no", "charge 2", "charge 2"]


def test_one_outcome_wherever_it_is_cut_off() -> None:
    def make() -> Any:
        RAN.clear()
        lives = Lives(*ALL)

        async def use(runtime: Runtime) -> Any:
            return await asyncio.gather(*(outcome(runtime, orders, 7, f"w{i}") for i in range(3)))

        return lives, use

    for lives, results in everywhere(make):
        assert len(set(results)) == 1
        assert len(list(lives.store.streams("call/"))) == 1
        lives.check_replays()


@pytest.mark.timeout(60)
def test_processes_share_it_and_one_that_dies_leaves_it_to_the_next(tmp_path: Path) -> None:
    journal, log = tmp_path / "t.db", tmp_path / "log"
    workers = [spawn(journal, log, f"w{i}") for i in range(2)]
    try:
        while not log.exists() or not log.read_text():
            assert all(worker.poll() is None for worker in workers)
        first = int(log.read_text().split()[0])
        os.kill(first, signal.SIGKILL)
        said = [worker.communicate(timeout=60) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    survivor = next(w for w in workers if w.pid != first)
    assert survivor.returncode == 0, said
    ran = [int(pid) for pid in log.read_text().split()]
    assert ran == [first, survivor.pid]
    third = spawn(journal, log, "w3")
    out, _ = third.communicate(timeout=60)
    assert out.strip() == f"by {survivor.pid}"
    assert len(log.read_text().split()) == 2


def spawn(journal: Path, log: Path, id: str) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.unit.engines.test_tokens", str(journal), str(log), id],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


async def main(journal: str, log: str, id: str) -> None:
    async with tarl.open(journal) as runtime:
        print(await runtime.run(orders_aloud, log, id=id))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
