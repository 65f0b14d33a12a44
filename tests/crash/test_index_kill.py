"""Several writers on one file, killed at random: the index by stream stays that of the events.

Laws, checked after every kill while the others go on, and at the end on everything:
1. What was acknowledged is on disk, where it was said to be.
2. No two events have one place in a stream, and no place is left out.
3. The index has an entry for every event up to its mark, and for no other.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.index_worker import SHARED

from tarl.journal import maintenance
from tarl.journal.event import ChainCheck
from tarl.journal.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
WORKERS = 3
KILLS = 40
BEHIND = 5


class Writers:
    """Processes that write to one journal, and what they have said so far."""

    def __init__(self, db: Path) -> None:
        self.db = db
        self.acknowledged: dict[str, int] = {}
        self.running: list[subprocess.Popen[str]] = []

    def start(self, number: int) -> None:
        arguments = (self.db, f"w{number}", BEHIND)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.index_worker", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.running.insert(number, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        self.hear(line)

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        assert process.poll() is None, process.communicate()[1]
        process.kill()
        assert process.stdout is not None
        whole, _, _ = process.stdout.read().rpartition("\n")  # behind what was read before
        assert not process.communicate()[1]
        for line in whole.splitlines():
            self.hear(line)

    def hear(self, line: str) -> None:
        stream, seq = line.split()
        self.acknowledged[stream] = max(int(seq), self.acknowledged.get(stream, 0))


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    made = Writers(tmp_path / "j.db")
    yield made
    for process in made.running:
        process.kill()
        process.communicate()


def check(writers: Writers) -> None:
    store = SqliteStore(writers.db, origin="")
    with store.at_one_moment():
        assert store.index_faults() == []
        found = 0
        for stream in store.streams():
            chain = ChainCheck(stream)
            chain.check_all(store.read(stream))
            assert chain.seq >= writers.acknowledged.get(stream, 0)
            found += chain.seq
        assert found == store.log_size()
    store.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_leave_the_index_that_of_the_events(writers: Writers, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(WORKERS):
        writers.start(number)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0, 0.05))
        number = chance.randrange(WORKERS)
        writers.kill(number)
        check(writers)
        writers.start(number)
    while writers.running:
        writers.kill(0)
    check(writers)
    assert maintenance.check(writers.db).is_sound
    assert len(writers.acknowledged) == WORKERS + 1
    assert writers.acknowledged[SHARED] > WORKERS
