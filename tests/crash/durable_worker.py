"""The process that the crash test of messages, sagas, children and retries kills.

Usage: ``python -m tests.crash.durable_worker JOURNAL ROUND RUNS``: takes up every open run, starts
a few more, and sends each listener its signals, looking into the inbox what has arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sys
from collections.abc import Iterator
from typing import Any

from tests.simulation import test_durable_seeds as flows

import tarl
from tarl import ChildFailed, Context, workflow
from tarl.errors import Conflict, RunFailed, UnknownOutcome


@workflow
async def brood(ctx: Context, n: int) -> list[Any]:
    got: list[Any] = []
    for child in [ctx.child(flows.kid, i) for i in range(n)]:
        try:
            got.append(await child)
        except ChildFailed as error:
            got.append(error.status)
    return got


MIX = (flows.retried, flows.saga, flows.listener, flows.handler, flows.hopper, brood)
ALL = (*MIX, flows.kid)
SIGNALS = 3


async def main(journal: str, round_: int, runs: int) -> None:
    async with tarl.open(journal, workflows=ALL) as runtime:
        print("READY", flush=True)
        await runtime.resume_all()
        for number in range(round_ * runs, round_ * runs + runs):
            chosen = MIX[number % len(MIX)]
            given: Any = [[], SIGNALS] if chosen is flows.hopper else SIGNALS
            await runtime.start(chosen, given, id=f"{chosen.name}-{number}")
        while left := list(runtime.journal.scan("run", {"status": "running"})):
            for record in left:
                if record["workflow"] in ("listener", "handler", "hopper"):
                    with alone(journal):
                        send(runtime, record["workflow_id"])
            for handle in await runtime.resume_all():
                if handle.future.done() and not handle.future.cancelled():
                    error = handle.future.exception()
                    if isinstance(error, UnknownOutcome):
                        decide(runtime, handle.run_id, error)
                    elif error is not None and not isinstance(error, RunFailed | Conflict):
                        raise error
            await asyncio.sleep(0.02)
    print("DONE", flush=True)


@contextlib.contextmanager
def alone(journal: str) -> Iterator[None]:
    """Looking into the inbox and sending what is missing is one act: two senders that both look
    first would both send.
    """
    with open(f"{journal}-sender", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def send(runtime: Any, id: str) -> None:
    """The next signal that is missing in the inboxes of the run and of those that it went on as."""
    sent = {
        event.body
        for record in runtime.journal.scan("run", {"workflow_id": id})
        for event in runtime.journal.read(f"inbox/default/{id}/{record['n']}")
    }
    if len(sent) < SIGNALS:
        try:
            runtime.signal(id, "item", len(sent))
        except Conflict as error:
            if error.code != "run.ended":
                raise


def decide(runtime: Any, run: Any, error: UnknownOutcome) -> None:
    try:
        runtime.resolve(run, step=error.facts["step"], retry=True)
    except Conflict as refused:
        if refused.code not in ("run.owned", "step.decided", "journal.position"):
            raise


if __name__ == "__main__":
    flows.CHANCE.seed()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
