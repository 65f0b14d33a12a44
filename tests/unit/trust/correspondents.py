"""Principals who write to one another, in a journal."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends
from tests.unit.kernel.voters import Panel, signer, someone

from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.trust.messages import MESSAGES_PROJECTION, Message, Messages, Received, sign

NOON_MS = 1_800_000_000_000
PROJECTIONS = (APPROVALS_PROJECTION, MESSAGES_PROJECTION)


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS)


def sqlite(path: Path) -> SqliteStore:
    return until_test_ends(
        SqliteStore(path, origin="tarl/test", projections=PROJECTIONS, synchronous="NORMAL")
    )


def message(number: int = 1, **changes: Any) -> Message:
    members: dict[str, Any] = {
        "audience": None,
        "body": {"please": "look", "number": number},
        "issued_at_ms": NOON_MS,
        "nonce": sha256(b"%d" % number).hexdigest()[:32],
        "recipient": "bob",
        "sender": "ada",
        "tenant": "default",
        "ttl_ms": 300_000,
    }
    return Message(**{**members, **changes})


def envelope(number: int = 1, *, by: str | None = None, serial: int = 1, **changes: Any) -> Any:
    said = message(number, **changes)
    return sign(said, signer(someone(by or said.sender, said.tenant), serial))


class Post:
    """Ada, Bob and Eve, and what they have taken."""

    def __init__(self, store: Store | None = None, **options: Any) -> None:
        self.store = store or memory()
        self.panel = Panel(store=self.store)
        for name in ("ada", "bob", "eve"):
            self.panel.register(name, "agent")
        self.messages = Messages(self.store, **options)

    def take(
        self,
        envelope: Any,
        *,
        by: str = "bob",
        at_ms: int = NOON_MS,
        tenant: str = "default",
        audience: str | None = None,
    ) -> Received:
        return self.messages.accept(
            envelope, recipient=someone(by, tenant), audience=audience, at_ms=at_ms
        )
