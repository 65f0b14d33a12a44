"""The process that the crash test of escalations kills; it tells levels until then.

Usage: ``python -m tests.crash.violation_worker JOURNAL EFFECTS [hang]``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import tarl
from tarl.governance.violations.escalation import escalation_timers
from tarl.governance.violations.handlers import EscalationHandler, escalation_handler
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.state import Violation
from tarl.work.timers.firing import Firing
from tarl.work.timers.ledger import Timers

CLAIM_TTL_MS = 400


def note(path: Path, line: str) -> None:
    """One line in one write: no kill leaves half of it."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def handlers(effects: Path, *, hang: bool) -> dict[str, EscalationHandler]:
    """The first level's handler, which comes back only if it is not to hang, and the second's."""

    @escalation_handler("page-ops")
    async def page(violation: Violation) -> None:
        note(effects, f"page-ops {violation.key}")
        if hang:
            await asyncio.sleep(3_600)

    @escalation_handler("call-ciso")
    async def call(violation: Violation) -> None:
        note(effects, f"call-ciso {violation.key}")

    return {"page-ops": page, "call-ciso": call}


async def main(journal: Path, effects: Path, *, hang: bool) -> None:
    async with tarl.open(journal) as runtime:
        clock = runtime.engine.clock
        firing = Firing(
            Timers(runtime.journal, clock=clock),
            escalation_timers(
                Violations(runtime.journal, clock=clock), handlers(effects, hang=hang)
            ),
            holder=str(os.getpid()),
            monotonic=asyncio.get_running_loop().time,
            claim_ttl_ms=CLAIM_TTL_MS,
        )
        await firing.keep_firing()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), hang="hang" in sys.argv[3:]))
