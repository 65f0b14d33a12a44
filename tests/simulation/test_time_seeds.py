"""Timers and schedules under faults, deaths and clocks that are set; TIME_SEED=N repeats one."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest
from tests.simulation.time_world import scenario

SEEDS_A_CHUNK = 25


def first_seed() -> int:
    """Other seeds each day, the same for every worker of one run of the tests."""
    return int(time.time() // 86_400) * 10_000


@pytest.mark.parametrize("chunk", range(100 // SEEDS_A_CHUNK))
def test_100_seeds_keep_the_laws(chunk: int) -> None:
    start = first_seed() + chunk * SEEDS_A_CHUNK
    for seed in range(start, start + SEEDS_A_CHUNK):
        scenario(seed)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("chunk", range(20))
def test_10_000_seeds_keep_the_laws(chunk: int) -> None:
    for seed in range(chunk * 500, chunk * 500 + 500):
        scenario(seed)


@pytest.mark.skipif("TIME_SEED" not in os.environ, reason="TIME_SEED=N repeats one seed")
def test_one_seed() -> None:
    scenario(int(os.environ["TIME_SEED"]))


def test_the_faults_happen_and_a_seed_repeats_itself() -> None:
    worlds = [scenario(seed) for seed in range(20)]
    drawn = sum((world.drawn for world in worlds), Counter())
    for fault in ("disk_full", "locked", "io", "unknown", "crash_before", "crash_after"):
        assert drawn[fault] > 0, fault
    assert max(world.lives for world in worlds) > 3
    again = scenario(7)
    logs = [[e.digest for e in world.disk.read_log()] for world in (worlds[7], again)]
    assert logs[0] == logs[1]
