"""Code that changed under a running workflow: harmless changes go on, others are shown and wait."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.lab import copied, record, take_up

import tarl
from tarl.errors import Missing, NondeterminismError

FIRST = """
import asyncio
from tarl import activity, workflow

GATE = []
SEEN = []

@activity
async def step(name):
    SEEN.append(name)
    if name in GATE:
        await asyncio.sleep(3600)
    return name

@workflow
async def changing(ctx, input=None):
    first = await ctx.call(step, "one")
    second = await ctx.call(step, "two")
    return [first, second]
"""


def load(path: Path, source: str) -> ModuleType:
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import linecache

    linecache.checkcache(str(path))
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """A run of the first code, waiting in its second step."""
    module = load(tmp_path / "changing.py", FIRST)
    module.GATE.append("two")

    async def start() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[module.changing]) as runtime:
            await runtime.start(module.changing, id="r")
            await asyncio.sleep(0.2)

    asyncio.run(start())
    return tmp_path


def resume(folder: Path, source: str) -> tuple[Any, list[str], list[str]]:
    module = load(folder / "changing.py", source)

    async def go_on() -> Any:
        async with tarl.open(folder / "t.db", workflows=[module.changing]) as runtime:
            result = await runtime.resume("r")
            return result, [event.kind for event in runtime.journal.read("run/default/r/1")]

    result, kinds = asyncio.run(go_on())
    return result, kinds, module.SEEN


def test_the_same_code_goes_on(cut_off: Path) -> None:
    result, kinds, seen = resume(cut_off, FIRST)
    assert result == ["one", "two"]
    assert seen == ["two"]
    assert "run.code_changed/1" not in kinds


def test_a_change_that_decides_nothing_goes_on_and_is_recorded(cut_off: Path) -> None:
    source = FIRST.replace("    return [first, second]", "    return [second, first]  # swapped")
    result, kinds, seen = resume(cut_off, source)
    assert result == ["two", "one"]
    assert kinds.count("run.code_changed/1") == 1
    assert seen == ["two"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('step, "one"', 'step, "uno"'),
        ('    second = await ctx.call(step, "two")', "    await ctx.sleep(1)\n    second = 2"),
        ('    first = await ctx.call(step, "one")', '    first = "one"'),
        (
            '    first = await ctx.call(step, "one")',
            '    await ctx.call(step, "zero")\n    first = await ctx.call(step, "one")',
        ),
        ('    second = await ctx.call(step, "two")', "    second = 'no step'"),
    ],
    ids=["argument", "another command", "step removed", "step added", "ends early"],
)
def test_a_change_that_decides_otherwise_is_shown_and_the_old_code_goes_on(
    cut_off: Path, old: str, new: str
) -> None:
    assert old in FIRST
    with pytest.raises(NondeterminismError) as diverged:
        resume(cut_off, FIRST.replace(old, new))
    assert diverged.value.code == "replay.diverged"
    assert {"expected", "actual", "where", "seq"} <= set(diverged.value.facts)
    assert "recorded:" in str(diverged.value)
    assert "the code:" in str(diverged.value)
    result, _, seen = resume(cut_off, FIRST)
    assert result == ["one", "two"]
    assert seen == ["two"], "the failed attempt did nothing"


def test_a_patch_guards_a_change(cut_off: Path) -> None:
    source = FIRST.replace(
        '    second = await ctx.call(step, "two")',
        '    if ctx.patched("between"):\n        await ctx.call(step, "new")\n'
        '    second = await ctx.call(step, "two")',
    )
    result, _, seen = resume(cut_off, source)
    assert result == ["one", "two"]
    assert seen == ["two"]
    module = load(cut_off / "changing.py", source)

    async def fresh() -> Any:
        async with tarl.open(cut_off / "t.db") as runtime:
            return await runtime.run(module.changing, id="fresh")

    assert asyncio.run(fresh()) == ["one", "two"]
    assert module.SEEN == ["one", "new", "two"]


SIDE_BY_SIDE = """
import asyncio
from tarl import activity, workflow

@activity
async def step(name):
    await asyncio.sleep(0)
    return name

@workflow
async def changing(ctx, input=None):
    async def side(i):
        first = await ctx.call(step, i)
        return first, await ctx.call(step, f"{i} again")
    return await asyncio.gather(side(1), side(2), side(3))
"""


def test_a_patch_is_not_taken_where_a_later_command_of_the_old_code_is_recorded(
    tmp_path: Path,
) -> None:
    old = load(tmp_path / "changing.py", SIDE_BY_SIDE)
    new = load(
        tmp_path / "changing.py",
        SIDE_BY_SIDE.replace(
            "        return first, ",
            '        if ctx.patched("p"):\n            await ctx.call(step, "new")\n'
            "        return first, ",
        ),
    )
    live = record(old.changing, None)
    for length in live.commits[:-1]:
        again = take_up(copied(live, length), new.changing, live.run)
        steps = [body for kind, body in again.facts if kind == "step.scheduled/1"]
        recorded = [body for kind, body in live.facts[:length] if kind == "step.scheduled/1"]
        is_new = any(b'"new"' in (body or b"") for body in steps)
        assert is_new == (len(recorded) < 6), f"cut after {length}"


def test_a_workflow_that_is_gone_is_named(cut_off: Path) -> None:
    async def go_on() -> None:
        async with tarl.open(cut_off / "t.db") as runtime:
            runtime.registered = _nothing  # type: ignore[method-assign]
            await runtime.resume("r")

    def _nothing(name: str) -> Any:
        from tarl.kernel.definition import Registry

        return Registry().find(name)

    with pytest.raises(Missing) as missing:
        asyncio.run(go_on())
    assert missing.value.code == "workflow.unknown"
    assert "--code" in (missing.value.next_step or "")
