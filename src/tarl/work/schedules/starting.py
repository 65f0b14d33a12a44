"""The port through which schedules start runs; an engine fills it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Wanted(NamedTuple):
    """A run that a schedule wants: the id is the same whoever asks, however often."""

    workflow: str
    input: Any
    workflow_id: str
    tenant: str


class Starter(Protocol):
    """Starts runs for schedules."""

    def knows(self, workflow: str) -> bool:
        """Whether this process has the workflow's code."""

    async def start(self, wanted: Wanted) -> None:
        """Have the run begun, durably; nothing happens if there is one of that id with the same
        workflow and input, ended or not.

        Raises:
            Unavailable: it cannot be started now; so Missing (no code) and Exceeded (a quota).
            Refused: it can never be started so (another input, an id that is taken).
        """

    def has_begun(self, tenant: str, workflow_id: str) -> bool:
        """Whether there is a run of that id, ended or not."""

    def is_running(self, tenant: str, workflow_id: str) -> bool:
        """Whether the run has begun and not ended, in whichever process."""

    async def cancel(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        """Ask the run to stop; nothing happens if it has ended. Asking again does no harm."""

    async def terminate(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        """End the run without asking its code; nothing happens if it has ended."""
