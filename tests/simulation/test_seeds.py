"""The corpus under faults and kills, seed by seed; ``SIM_SEED=N`` repeats the seed that failed."""

from __future__ import annotations

import os
import random
import time
from itertools import count

import pytest
from tests.corpus import CORPUS, TOKENS
from tests.lab import NoSecrets

from tarl.testing.simulation import Report, Start, simulate

SEEDS_A_CHUNK = 50


def scenario(seed: int) -> Report:
    """One to five runs of the corpus; one seed in twenty on disk, one in ten without faults."""
    chance = random.Random(seed)
    chosen = chance.choices(CORPUS, k=chance.randint(1, 5))
    starts = [
        Start(workflow=workflow, input=given, id=f"{workflow.name}-{i}")
        for i, (workflow, given) in enumerate(chosen)
    ]
    tokens = count()
    reset = TOKENS.set(lambda: f"t{next(tokens)}")
    try:
        return simulate(seed, starts, gate=NoSecrets(), on_disk=seed % 20 == 0)
    finally:
        TOKENS.reset(reset)


def first_seed() -> int:
    """Other seeds each day, the same for every worker of one run of the tests."""
    return int(time.time() // 86_400) * 10_000


@pytest.mark.parametrize("chunk", range(500 // SEEDS_A_CHUNK))
def test_500_seeds_keep_the_laws(chunk: int) -> None:
    start = first_seed() + chunk * SEEDS_A_CHUNK
    for seed in range(start, start + SEEDS_A_CHUNK):
        scenario(seed)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("chunk", range(20))
def test_10_000_seeds_keep_the_laws(chunk: int) -> None:
    for seed in range(chunk * 500, chunk * 500 + 500):
        scenario(seed)


@pytest.mark.skipif("SIM_SEED" not in os.environ, reason="SIM_SEED=N repeats one seed")
def test_one_seed() -> None:
    print(scenario(int(os.environ["SIM_SEED"])))


def test_a_seed_repeats_itself() -> None:
    for seed in (1, 20, 77):
        assert scenario(seed) == scenario(seed)


def test_the_faults_happen() -> None:
    reports = [scenario(seed) for seed in range(40)]
    for fault in ("disk_full", "locked", "io", "unknown", "crash_before", "crash_after"):
        assert sum(report.faults.get(fault, 0) for report in reports) > 0, fault
    assert max(report.lives for report in reports) > 3
