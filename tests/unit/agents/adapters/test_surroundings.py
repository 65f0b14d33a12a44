"""What a library finds around it inside a run."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.adapters.runs import played

from tarl import Context, workflow
from tarl.agents.adapters.surroundings import surrounded
from tarl.errors import NondeterminismError


async def foreign() -> list[Any]:
    """What a library does that knows nothing of runs."""
    threaded = await asyncio.to_thread(lambda: 6 * 7)
    return [str(uuid.uuid4()), os.urandom(4).hex(), time.time() > 0, time.monotonic(), threaded]


@workflow(allow=["D101", "D102", "D103", "D104", "D105", "D106"])
async def lives_with_a_library(ctx: Context, name: str) -> Any:
    with surrounded(ctx, name):
        first = await foreign()
    await ctx.sleep(0.01)
    with surrounded(ctx, name):
        return [first, await foreign()]


def test_its_times_and_dice_are_the_same_in_every_replay(tmp_path: Path) -> None:
    first, second = played(lives_with_a_library, "some", tmp_path)
    assert first[:2] != second[:2]
    assert first[4] == second[4] == 42
    assert second[3] >= first[3]


async def foreign_reading() -> str:
    """What the analyser does not see, as it is a library's."""
    return await asyncio.to_thread(getattr(Path(__file__), "read_text"))  # noqa: B009


@workflow(allow=["D101", "D102", "D103", "D104", "D105", "D106"])
async def reads_in_a_thread(ctx: Context) -> Any:
    with surrounded(ctx, "some"):
        return await foreign_reading()


def test_what_it_gives_to_threads_is_guarded(tmp_path: Path) -> None:
    with pytest.raises(NondeterminismError, match="open"):
        played(reads_in_a_thread, None, tmp_path)
