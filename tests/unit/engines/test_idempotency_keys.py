"""Keys of effects: the same for every attempt and process of a journal, another in each journal."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.kernel.retry import RetryPolicy

keys: list[str] = []


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=0))
async def pays() -> None:
    keys.append(tarl.current_effect().key)
    if len(keys) % 2:
        raise ConnectionError


@activity(token="once")
async def pays_once() -> None:
    keys.append(tarl.current_effect().key)


@workflow
async def paying(ctx: Context) -> None:
    await ctx.call(pays)


@workflow
async def paying_once(ctx: Context) -> None:
    await ctx.call(pays_once)


def asked(path: Path, flow: tarl.Workflow[..., None], id: str = "it") -> list[str]:
    keys.clear()

    async def act() -> None:
        async with tarl.open(path, workflows=[flow]) as runtime:
            await runtime.run(flow, id=id)

    asyncio.run(act())
    return list(keys)


def test_attempts_share_a_key_and_journals_do_not(tmp_path: Path) -> None:
    here, there = asked(tmp_path / "here.db", paying), asked(tmp_path / "there.db", paying)
    assert (len(here), len(set(here)), len(set(there))) == (2, 1, 1)
    assert set(here).isdisjoint(there)
    assert set(asked(tmp_path / "here.db", paying, "other")).isdisjoint(here)


def test_a_copy_of_a_journal_has_its_keys(
    tmp_path: Path, tarl_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def made() -> None:
        async with tarl.open(tmp_path / "a.db", workflows=[paying]):
            pass

    asyncio.run(made())
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    shutil.copytree(tarl_home, tmp_path / "elsewhere")
    here = asked(tmp_path / "a.db", paying)
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "elsewhere"))
    assert asked(tmp_path / "b.db", paying) == here


def test_a_token_is_one_effect_of_its_journal(tmp_path: Path) -> None:
    [here] = asked(tmp_path / "here.db", paying_once)
    assert asked(tmp_path / "here.db", paying_once, "again") == []
    assert asked(tmp_path / "there.db", paying_once) != [here]
