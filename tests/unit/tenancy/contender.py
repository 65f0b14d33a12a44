"""A process that asks for as much as it can get: ``contender.py FILE NAME ATTEMPTS``.

Prints how much it was given of each resource, as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.unit.tenancy.parts import Office, sqlite, started

from tarl.errors import Exceeded, Unavailable
from tarl.journal.store import Batch
from tarl.tenancy.metering import BoundedStore


def main(file: str, name: str, attempts: int) -> None:
    office = Office(sqlite(Path(file)))
    bounded = BoundedStore(office.store, office.bounds)
    print("ready", flush=True)
    sys.stdin.readline()
    given = {"workflows": 0, "queue_depth": 0, "rate_per_minute": 0}
    for number in range(attempts):
        time.sleep(0.0005)  # let the others ask as well
        for resource in given:
            try:
                if resource == "workflows":
                    bounded.commit(Batch([started("acme", f"{name}{number}")]), wait_ms=60_000)
                else:
                    bound = office.bounds.take("beta", resource)
                    batch = Batch((), guards=bound.guards, changes=bound.changes)
                    office.store.commit(batch, wait_ms=60_000)
            except Exceeded:
                continue
            except Unavailable as error:
                raise SystemExit(f"{name}: {error}") from error
            given[resource] += 1
    print(json.dumps(given), flush=True)
    bounded.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
