"""Runs whose process died, taken up by another one that has their code and is there anyway.

The operating system's lock says that nobody runs a run; a worker looks for such runs every little
while. A run that cannot go on (somebody has to decide, its code has changed) is named once, and
looked at again when its history has grown.
"""

from __future__ import annotations

import asyncio
import logging

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, TarlError
from tarl.values.ids import RunId

_LOGGER = logging.getLogger("tarl.runtime")

LOOK_WAIT_S = 1.0
"""How long a run may lie interrupted before a worker takes it up."""


class Resuming:
    """Takes up interrupted runs for one runtime.

    Args:
        runtime: Runs of the workflows that are registered in it are taken up.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stuck: dict[RunId, int] = {}

    async def keep_resuming(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_WAIT_S)

    async def look(self) -> int:
        """Take up what lies interrupted now; how many runs."""
        taken = len(await self._runtime.engine.offspring.begin_owed())
        for record in list(self._runtime.journal.scan("run", {"status": "running"})):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            taken += await self._take_up(run, record["workflow"])
        return taken

    async def _take_up(self, run: RunId, workflow: str | None) -> bool:
        engine = self._runtime.engine
        if workflow is None or run.stream in engine.live or not self._runtime.has(workflow):
            return False
        head = engine.store.head(run.stream)
        if head is None or self._stuck.get(run) == head.seq:
            return False
        try:
            await self._runtime.take_up(run)
        except Conflict as error:
            if error.code == "run.owned":
                return False
            self._name(run, head.seq, error)
        except TarlError as error:
            self._name(run, head.seq, error)
        else:
            self._stuck.pop(run, None)
            return True
        return False

    def _name(self, run: RunId, seq: int, error: TarlError) -> None:
        self._stuck[run] = seq
        _LOGGER.warning("%s cannot go on: %s", run.ref, error.message, extra={"run": run.ref})
