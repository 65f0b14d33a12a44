"""Large values of runs whose journal is away when they are wanted: they are waited for, or need not
be asked for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, workflow
from tarl.errors import Unavailable
from tarl.journal.sqlite import SqliteStore

LARGE = 100_000


@workflow
async def exclaims(ctx: Context, text: str) -> str:
    return text + "!"


@workflow
async def has_it_exclaimed(ctx: Context, chars: int) -> int:
    return len(await ctx.child(exclaims, "x" * chars))


@workflow
async def tells_at_length(ctx: Context, chars: int) -> str:
    return "y" * chars


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often each large value was asked for; it is away the first two times."""
    counts: Counter[bytes] = Counter()
    read = SqliteStore.blob

    def blob(store: Any, tenant: str, digest: bytes) -> bytes:
        counts[digest] += 1
        if counts[digest] <= 2:
            raise Unavailable("away", code="journal.unreachable")
        return read(store, tenant, digest)

    monkeypatch.setattr(SqliteStore, "blob", blob)
    return counts


def test_what_a_child_is_given_and_answers_is_waited_for(
    tmp_path: Path, asked: Counter[bytes]
) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            assert await runtime.run(has_it_exclaimed, LARGE, id="p") == LARGE + 1

    asyncio.run(work())
    assert set(asked.values()) == {3}


def test_what_a_run_has_just_answered_is_at_hand(tmp_path: Path, asked: Counter[bytes]) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            assert len(await runtime.run(tells_at_length, LARGE, id="t")) == LARGE

    asyncio.run(work())
    assert not asked
