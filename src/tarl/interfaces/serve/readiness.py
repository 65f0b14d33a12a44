"""Whether a service can do its work now: its journal and its engine answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import TarlError

if TYPE_CHECKING:
    from tarl.engines.temporal.runtime import TemporalRuntime

KEPT_S = 1.0
"""An answer counts that long: whoever asks needs no token, and must not keep the service busy."""


class Readiness:
    """Asks the journal and the engine.

    Args:
        runtime: The journal.
        temporal: The engine, where it is Temporal's; tarl's own runs in this process.
    """

    def __init__(self, runtime: Runtime, temporal: TemporalRuntime | None) -> None:
        self._runtime = runtime
        self._temporal = temporal
        self._asking: asyncio.Task[dict[str, str]] | None = None
        self._asked_s = 0.0

    async def checks(self) -> dict[str, str]:
        """``ok`` or an error's code, of each; one question at a time, and not more often than
        ``KEPT_S``.
        """
        now_s = asyncio.get_running_loop().time()
        is_old = self._asking is None or (self._asking.done() and now_s - self._asked_s > KEPT_S)
        if self._asking is None or is_old:
            self._asking, self._asked_s = asyncio.create_task(self._ask()), now_s
        return await asyncio.shield(self._asking)

    async def _ask(self) -> dict[str, str]:
        return {"journal": self._journal(), "engine": await self._engine()}

    def _journal(self) -> str:
        try:
            self._runtime.journal.log_size()
        except TarlError as error:
            return error.code
        return "ok"

    async def _engine(self) -> str:
        if self._temporal is None:
            return "ok"
        from temporalio.service import RPCError

        from tarl.engines.temporal.probing import Probe

        try:
            is_there = await Probe(self._temporal.client).namespace() is not None
        except RPCError:
            is_there = False
        return "ok" if is_there else "temporal.unavailable"
