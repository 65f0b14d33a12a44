"""The port through which values pass on their way into the journal, for who takes something out.

What passed is what is recorded and what the workflow sees, live and replayed alike. Arguments are
screened where the activity itself declares it (``redact=``), because a replay decides about them
again; what the world answers and what a run begins with are recorded once.
"""

from __future__ import annotations

from typing import Protocol

from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.values.ids import RunId


class Screen(Protocol):
    """Takes out of values what is not to be recorded; all values are canonical JSON."""

    def screens(self, effect: Effect) -> bool:
        """Whether anything is taken out of what the effect answers: its parts are not recorded."""

    def input(self, run: RunId, workflow: str, data: bytes) -> bytes:
        """What a run is to begin with."""

    def arguments(self, run: RunId, activity: Activity[..., object], data: bytes) -> bytes:
        """The arguments of a call, of an activity that declares ``redact``."""

    def result(self, effect: Effect, data: bytes) -> bytes:
        """What an effect answered.

        Raises:
            Refused: it is not to be recorded at all; the step fails, saying so.
        """

    def message(self, effect: Effect, text: str) -> str:
        """What the error of an effect says."""


class Unscreened:
    """Lets everything pass as it is."""

    def screens(self, effect: Effect) -> bool:
        """No."""
        return False

    def input(self, run: RunId, workflow: str, data: bytes) -> bytes:
        """The same."""
        return data

    def arguments(self, run: RunId, activity: Activity[..., object], data: bytes) -> bytes:
        """The same."""
        return data

    def result(self, effect: Effect, data: bytes) -> bytes:
        """The same."""
        return data

    def message(self, effect: Effect, text: str) -> str:
        """The same."""
        return text
