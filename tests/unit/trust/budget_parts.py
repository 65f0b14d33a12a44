"""What the tests of budgets stand on: a journal, and accounts one above the other."""

from __future__ import annotations

from pathlib import Path

from tests.opened import until_test_ends

from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.trust.accounts import BUDGETS_PROJECTION
from tarl.trust.budget import Account, Charge

NOON_MS = 1_800_000_000_000
TENANT = "acme"


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=(BUDGETS_PROJECTION,))


def sqlite(path: Path) -> SqliteStore:
    return until_test_ends(
        SqliteStore(
            path, origin="tarl/test", projections=(BUDGETS_PROJECTION,), synchronous="NORMAL"
        )
    )


def eur(amount: int, *accounts: tuple[str, int]) -> Charge:
    return Charge("EUR", amount, tuple(Account(*account) for account in accounts))
