"""A run's history in words, from what real runs recorded."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import tarl
from tarl import Context, RetryPolicy, activity, workflow
from tarl.errors import Denied
from tarl.interfaces.cli.recorded import state_at
from tarl.interfaces.mcp import words
from tarl.interfaces.mcp.words import told
from tarl.kernel.effect import Effect
from tarl.storage import open_store
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict

attempts: list[int] = []


class NoSecrets:
    def decide(self, effect: Effect) -> Verdict:
        if effect.activity.name == "words.secret":
            return Deny((Reason(code="test.secret", text="secrets are not for tests"),))
        return Allow()


@activity(name="words.add")
async def add(a: int, b: int = 1) -> int:
    return a + b


@activity(name="words.secret")
async def secret() -> str:
    return "told"


@activity(name="words.shaky", retry=RetryPolicy(attempts_max=3, first_wait_ms=1))
async def shaky() -> str:
    attempts.append(1)
    if len(attempts) < 3:
        raise OSError("not yet")
    return "well"


@activity(name="words.broken")
async def broken(text: str) -> None:
    raise ValueError(text)


@workflow(name="words.inner")
async def inner(ctx: Context, n: int) -> int:
    return await ctx.call(add, n)


@workflow(name="words.outer")
async def outer(ctx: Context, n: int) -> Any:
    total = await ctx.call(add, n, b=2)
    try:
        await ctx.call(secret)
    except Denied:
        total += 1
    await ctx.call(shaky)
    await ctx.sleep(0.01)
    total += await ctx.wait_for_signal("more")
    total += await ctx.child(inner, 1, id="child")
    await ctx.call(broken, "x" * 500)
    return total


def history(journal: Path, run: str, status: str) -> list[str]:
    with closing(open_store(journal)) as store:
        return told(state_at(store, RunId("default", run, 1)), status=status)


def test_each_thing_that_happened_is_one_sentence(tmp_path: Path) -> None:
    async def go() -> None:
        async with tarl.open(tmp_path / "tarl.db", gate=NoSecrets()) as runtime:
            handle = await runtime.start(outer, 1, id="r")
            runtime.signal("r", "more", 7)
            await asyncio.wait([handle.future])

    attempts.clear()
    asyncio.run(go())
    first, *middle, last = history(tmp_path / "tarl.db", "r", "failed")
    assert first.startswith("Run r/1 of workflow words.outer began at 20")
    assert first.endswith(", with the input 1.")
    came = "Signal more came with 7."
    middle.remove(came)
    assert middle[:-1] == [
        "Step 1 called words.add(1, b=2): it answered 3.",
        "Step 2 called words.secret(): it was denied: secrets are not for tests.",
        'Step 3 called words.shaky(): it answered "well" after 2 failed attempts.',
        "A wait of 10 ms passed.",
        "Child child: completed, 2.",
    ]
    assert middle[-1].startswith('Step 4 called words.broken("xxx')
    assert "…): it failed: ValueError: xxx" in middle[-1]
    assert last.startswith("It failed at 20")


def test_what_is_open_is_said_to_be(tmp_path: Path) -> None:
    async def go() -> None:
        async with tarl.open(tmp_path / "tarl.db") as runtime:
            await runtime.start(outer, 1, id="r")
            await asyncio.sleep(0.1)

    attempts[:] = [1, 1]
    asyncio.run(go())
    said = history(tmp_path / "tarl.db", "r", "interrupted")
    assert said[-1] == "No process is running it now; it can be resumed where it is."
    assert not any("came with" in sentence for sentence in said)


def test_a_long_history_is_told_from_its_end(tmp_path: Path, monkeypatch: Any) -> None:
    test_each_thing_that_happened_is_one_sentence(tmp_path)
    monkeypatch.setattr(words, "SENTENCES_MAX", 2)
    said = history(tmp_path / "tarl.db", "r", "failed")
    assert said[1] == "5 earlier things are left out."
    assert len(said) == 5
