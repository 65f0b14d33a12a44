"""A process that spends as much as it gets: ``spender.py FILE NAME ATTEMPTS``.

Every process spends from an account of its own and from the one that all have above them; every
third effect is tried under a key that the others try as well. Prints what it was given.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.unit.trust.budget_parts import NOON_MS, TENANT, eur, sqlite

from tarl.errors import Conflict, Exceeded
from tarl.trust.budget import Budgets

ROOT_LIMIT = 101
OWN_LIMIT = 60


def main(file: str, name: str, attempts: int) -> None:
    store = sqlite(Path(file))
    budgets = Budgets(store)
    print("ready", flush=True)
    sys.stdin.readline()
    given = 0
    for number in range(attempts):
        shared = number % 3 == 0
        key = f"shared-{number}" if shared else f"{name}-{number}"
        charge = eur(1, (f"own-{name}", OWN_LIMIT), ("root", ROOT_LIMIT))
        try:
            budgets.reserve(TENANT, name, key, [charge], at_ms=NOON_MS)
        except (Conflict, Exceeded) as error:
            if error.code not in ("budget.key", "budget.exceeded"):
                raise
            continue
        given += 1
        if number % 2:
            budgets.settle(TENANT, key, {"EUR": 1}, at_ms=NOON_MS)
    print(json.dumps(given), flush=True)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
