"""The authority of a home, set up by several processes at one moment."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.integrations.planning.authority import HomeTrust
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Store
from tarl.storage import open_store
from tarl.tenancy.passing import PassingStore

ROUNDS, PROCESSES = 3, 4

COMMITS = 6
"""Three principals, three records."""


def test_processes_that_set_a_home_up_at_once_make_it_once(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        at = tmp_path / str(number)
        at.mkdir()
        words = [sys.executable, "-m", "tests.unit.integrations.planning.maker", str(at)]
        makers = [
            popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        ]
        for maker in makers:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "ready\n"
        for maker in makers:
            assert maker.stdin is not None
            maker.stdin.write("go\n")
            maker.stdin.flush()
        for maker in makers:
            _, said = maker.communicate(timeout=60)
            assert maker.returncode == 0, said
        assert records(at) == {"authority": 1, "genesis": 1, "attestation": 1}


class Overtaken(PassingStore):
    """A store before one of whose commits somebody else does all that they want."""

    def __init__(self, store: Store, at: int, faster: Callable[[], None]) -> None:
        super().__init__(store)
        self._left, self._faster = at, faster
        self.was_overtaken = False

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        if self._left == 0:
            self.was_overtaken = True
            self._faster()
        self._left -= 1
        self._store.commit(batch, wait_ms=wait_ms)


def test_whoever_is_overtaken_at_any_point_takes_what_is_there(tmp_path: Path) -> None:
    for number in range(COMMITS):
        at = tmp_path / str(number)
        at.mkdir()
        keys = Keyring(at / "home").ensure()
        with contextlib.closing(open_store(at / "tarl.db", keyring=keys)) as store:
            faster = HomeTrust(store, keys, SystemClock(), tenant="default").prepare
            overtaken = Overtaken(store, number, faster)
            HomeTrust(overtaken, keys, SystemClock(), tenant="default").prepare()
        assert overtaken.was_overtaken
        assert records(at) == {"authority": 1, "genesis": 1, "attestation": 1}


def records(at: Path) -> Counter[str]:
    """The records of trust that the journal holds, by kind."""
    store = open_store(at / "tarl.db", keyring=Keyring(at / "home"))
    try:
        return Counter(row["kind"] for row in store.scan("trust_record", {}))
    finally:
        store.close()
