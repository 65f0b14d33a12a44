"""The port through which a run asks people; ``stack.py`` joins the ledger of approvals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tarl.errors import Unavailable
from tarl.journal.event import Row
from tarl.kernel.events import ApprovalRequested
from tarl.values.ids import RunId


class Asking(Protocol):
    """Who is asked for approval."""

    def request(self, run: RunId, asked: ApprovalRequested) -> Sequence[Row]:
        """The rows that put a request before people, committed with the run's own event."""


class NobodyToAsk:
    """A runtime without a ledger of approvals."""

    def request(self, run: RunId, asked: ApprovalRequested) -> Sequence[Row]:
        """Refused.

        Raises:
            Unavailable: nobody could answer (``approval.nobody``).
        """
        raise Unavailable(
            f"{run.ref} asks for approval, but this runtime has nobody to ask",
            code="approval.nobody",
            next_step="open the runtime with tarl.open",
            run=run.ref,
        )
