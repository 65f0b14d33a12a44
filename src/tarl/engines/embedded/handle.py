"""A run as its starter holds it."""

from __future__ import annotations

import asyncio
from typing import Any

from tarl.values.ids import RunId


class Handle:
    """A run that was started or attached to."""

    def __init__(self, run: RunId, result: asyncio.Future[Any]) -> None:
        self.run_id = run
        self.future = result

    async def result(self) -> Any:
        """The run's result.

        Raises:
            RunFailed: the run ended with an error of its own.
            UnknownOutcome: somebody must decide about a step first (``Runtime.resolve``).
            NondeterminismError: the code no longer does what its history says.
            Unavailable: the run was interrupted (a full disk, a closed runtime); it can be resumed.
        """
        return await asyncio.shield(self.future)


def pass_on_end(ended: asyncio.Future[Any], result: asyncio.Future[Any]) -> None:
    """Let a future end as another has."""
    if result.done():
        return
    if ended.cancelled():
        result.cancel()
    elif (error := ended.exception()) is not None:
        result.set_exception(error)
        result.exception()
    else:
        result.set_result(ended.result())
