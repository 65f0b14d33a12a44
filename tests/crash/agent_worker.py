"""The process that the crash test of agents' runs kills.

Usage: ``python -m tests.crash.agent_worker JOURNAL ROUND RUNS``: takes up every open run and starts
a few more, all for the agent ``bot``.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import tarl
from tarl import Context, activity, workflow
from tarl.errors import Conflict, UnknownOutcome


@activity(name="agentkill.send", needs=["mail.send"], resource="mailbox/{n}")
async def send(n: int) -> int:
    await asyncio.sleep(0.001)
    return n


@activity(name="agentkill.pay", needs=["mail.pay"], spends={"EUR": "cents"})
async def pay(cents: int) -> int:
    await asyncio.sleep(0.001)
    return cents


@activity(name="agentkill.post", needs=["mail.post"], idempotent=False)
async def post(n: int) -> int:
    await asyncio.sleep(0.001)
    return n


@workflow(name="agentkill.errand")
async def errand(ctx: Context, n: int) -> int:
    total = 0
    for i in range(n):
        total += await ctx.call(send, i)
        total += await ctx.call(pay, 1)
        first, second = await asyncio.gather(ctx.call(send, i), ctx.call(post, i))
        total += first + second
    return total


STEPS = 4


async def main(journal: str, round_: int, runs: int) -> None:
    async with tarl.open(journal, workflows=[errand]) as runtime:
        print("READY", flush=True)
        await runtime.resume_all()
        for number in range(round_ * runs, round_ * runs + runs):
            await runtime.start(errand, STEPS, id=f"errand-{number}", agent="bot", task="errands")
        while list(runtime.journal.scan("run", {"status": "running"})):
            for handle in await runtime.resume_all():
                if handle.future.done() and not handle.future.cancelled():
                    error = handle.future.exception()
                    if isinstance(error, UnknownOutcome):
                        decide(runtime, handle.run_id, error)
                    elif error is not None and not isinstance(error, Conflict):
                        raise error
            await asyncio.sleep(0.01)
    print("DONE", flush=True)


def decide(runtime: Any, run: Any, error: UnknownOutcome) -> None:
    try:
        runtime.resolve(run, step=error.facts["step"], retry=True)
    except Conflict as refused:
        if refused.code not in ("run.owned", "step.decided", "journal.position"):
            raise


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
