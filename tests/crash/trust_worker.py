"""The process that the crash test of trust-aware executions kills.

Usage: ``python -m tests.crash.trust_worker JOURNAL FIRST COUNT [CALLS]``: executes so many tasks;
those that were begun before are taken up. With CALLS it kills itself right after it has lent or
taken back for the so manieth time: what it did is on disk, and no step says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from tarl.integrations.trust import (
    Decomposition,
    Subtask,
    TrustAwareOrchestrationRuntime,
    TrustedAgent,
    TrustedSupervisorAgent,
    TrustOperations,
)
from tarl.trust.loans import Loans

WORKERS = ("ann", "bob", "cas")
SUBTASKS = 4


class Worker(TrustedAgent):
    """Adds its name, after a moment."""

    async def run(self, input: Any) -> Any:
        await asyncio.sleep(0.005)
        return [*(input if isinstance(input, list) else [input]), self.name]


class Boss(TrustedSupervisorAgent):
    """Makes more subtasks than there are workers."""

    async def run(self, input: Any) -> Any:
        return input

    async def decompose_task(self, input: Any) -> Decomposition:
        parts = [Subtask(id=f"s{n}", input=n, required_capabilities=("work",)) for n in range(4)]
        return Decomposition(subtasks=tuple(parts))


def pattern_of(number: int) -> str:
    return ("sequential", "supervisor_worker")[number % 2]


def loans_of(number: int) -> int:
    """How many delegations a task takes."""
    return (len(WORKERS), SUBTASKS)[number % 2]


async def main(journal: str, first: int, count: int) -> None:
    ops = TrustOperations(journal=journal)
    team = {"boss": Boss("boss"), **{name: Worker(name) for name in WORKERS}}
    runtime = TrustAwareOrchestrationRuntime(team, ops)
    print("READY", flush=True)
    for number in range(first, first + count):
        done = await runtime.execute("x", pattern_of(number), task_id=f"task-{number}")
        assert done.success, done.reason
        assert len(done.delegations) == loans_of(number), done.delegations
    print("DONE", flush=True)


def dies_after(calls: int) -> None:
    """Kill this process when it has lent or taken back so often."""
    left = [calls]

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = method(*args, **kwargs)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call

    for name in ("lend", "give_back"):
        setattr(Loans, name, dying(getattr(Loans, name)))


if __name__ == "__main__":
    if len(sys.argv) > 4:
        dies_after(int(sys.argv[4]))
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
