"""Sets a home up when it is told to: ``python -m tests...maker DIRECTORY``, a line on stdin."""

from __future__ import annotations

import sys
from pathlib import Path

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.integrations.planning.authority import HomeTrust
from tarl.storage import open_store

if __name__ == "__main__":
    at = Path(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    keys = Keyring(at / "home").ensure()
    store = open_store(at / "tarl.db", keyring=keys)
    try:
        HomeTrust(store, keys, SystemClock(), tenant="default").prepare()
    finally:
        store.close()
