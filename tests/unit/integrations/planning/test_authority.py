"""The authority of a home, set up by several processes at one moment."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from tarl.crypto.keys import Keyring
from tarl.stack import open_store

ROUNDS, PROCESSES = 3, 4


def test_processes_that_set_a_home_up_at_once_make_it_once(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        at = tmp_path / str(number)
        at.mkdir()
        words = [sys.executable, "-m", "tests.unit.integrations.planning.maker", str(at)]
        makers = [
            subprocess.Popen(
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


def records(at: Path) -> Counter[str]:
    """The records of trust that the journal holds, by kind."""
    store = open_store(at / "tarl.db", keyring=Keyring(at / "home"))
    try:
        return Counter(row["kind"] for row in store.scan("trust_record", {}))
    finally:
        store.close()
