"""Agents in roles in real processes, killed at random points again and again: no tool and no model
whose answer was on disk is asked again, every run comes to its end and replays.

The laws are those of ``test_kill``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.crash.role_mix import ROLE_MIX
from tests.crash.test_kill import hunt, seed_of_the_day

WORKER = "tests.crash.role_worker"


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_12_kills_repeat_no_call_of_a_role(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 12, seed, worker=WORKER, mix=ROLE_MIX)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_300_kills_repeat_no_call_of_a_role(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 300, seed, worker=WORKER, mix=ROLE_MIX)
