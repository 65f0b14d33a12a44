"""Which patches a run has taken, as Temporal's history knows it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, events

from temporalio import workflow as temporal


class Patches:
    """Asked whether a patch is in the history, it marks it there if the code gets to it anew.

    It is asked in the middle of the code's own turn, when Temporal's loop stands aside.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def __contains__(self, patch: object) -> bool:
        own = events._get_running_loop()
        events._set_running_loop(self._loop)
        try:
            return temporal.patched(str(patch))
        finally:
            events._set_running_loop(own)
