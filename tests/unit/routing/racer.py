"""A process that routes and releases on a journal that others use at the same time.

python racer.py JOURNAL NAME ROUNDS
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tarl.engines.embedded.clock import SystemClock
from tarl.routing.router import Router
from tarl.routing.uptime import SystemUptime
from tarl.storage import open_store


def main(path: Path, name: str, rounds: int) -> None:
    """Route own tasks and shared ones, release some, and say what became of each."""
    store = open_store(path, synchronous="NORMAL")
    router = Router(store, clock=SystemClock(), uptime=SystemUptime())
    print("ready", flush=True)
    sys.stdin.readline()
    shared, own, most = {}, {}, 0
    for number in range(rounds):
        decision = router.route("job", task=f"shared-{number}")
        shared[f"shared-{number}"] = decision.node
        task = f"{name}-{number}"
        own[task] = router.route("job", task=task).node
        if number % 2:
            router.release(task)
            router.release(task)
            own[task] = None
        most = max(most, *(node.load - node.spec.max_load for node in router.nodes.ls()))
    print(json.dumps({"shared": shared, "own": own, "over": most}), flush=True)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
