"""Steps whose arguments are recorded by digest alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tarl
from tarl import Activity, Context, activity, workflow
from tarl.errors import Invalid, Missing, NondeterminismError
from tarl.kernel.retry import RetryPolicy
from tarl.kernel.state import fold
from tarl.kernel.values import unshelve
from tarl.testing.replaycheck import assert_replays

SECRET = "the patient's name"

given: list[Any] = []
secrets = [SECRET]


@activity(capture="digest", retry=RetryPolicy(attempts_max=2, first_wait_ms=0))
async def asks(text: str, *, detail: Any = None) -> str:
    given.append((text, detail))
    if len(given) == 1:
        raise ValueError("once more")
    return "answered"


@workflow
async def asking(ctx: Context) -> str:
    return await ctx.call(asks, secrets[-1], detail={"about": secrets[-1]})


def run(path: Path) -> bytes:
    given.clear()

    async def act() -> bytes:
        async with tarl.open(path, workflows=[asking]) as runtime:
            assert await runtime.run(asking, id="it") == "answered"
            events = list(runtime.journal.read("run/default/it/1"))
            assert fold(events, shelf=None).steps[0].args == digest(f'["{SECRET}"]')
            return b"".join(event.body or b"" for event in events)

    return asyncio.run(act())


def digest(text: str) -> dict[str, Any]:
    data = text.encode()
    return {"$digest": {"sha256": sha256(data).hexdigest(), "size": len(data)}}


def test_the_journal_has_the_digest_and_the_activity_the_arguments(tmp_path: Path) -> None:
    bodies = run(tmp_path / "t.db")
    assert given == [(SECRET, {"about": SECRET})] * 2
    assert SECRET.encode() not in bodies
    for file in tmp_path.glob("t.db*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
    assert msgspec.json.encode(digest(f'["{SECRET}"]')) in bodies


def test_it_replays_and_another_argument_is_found(tmp_path: Path) -> None:
    run(tmp_path / "t.db")
    assert_replays(asking, tmp_path / "t.db", run="it/1")
    secrets.append("another name")
    try:
        with pytest.raises(NondeterminismError):
            assert_replays(asking, tmp_path / "t.db", run="it/1")
    finally:
        secrets.pop()


KILLED = """
import asyncio, os, sys
import tarl
from tarl import Context, activity, workflow

@activity(capture="digest")
async def asks(text: str) -> str:
    if sys.argv[1] == "die":
        os._exit(9)
    return text.upper()

@workflow
async def asking(ctx: Context) -> str:
    return await ctx.call(asks, "kept by the code alone")

async def main():
    async with tarl.open("t.db", workflows=[asking]) as runtime:
        print(await runtime.run(asking, id="it"))

asyncio.run(main())
"""


def test_a_step_that_was_cut_off_gets_its_arguments_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(KILLED)

    def go(word: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "program.py", word]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert go("die").returncode == 9
    assert go("live").stdout == "KEPT BY THE CODE ALONE\n"


def test_it_goes_with_nothing_that_keeps_the_arguments_elsewhere() -> None:
    for elsewhere in ({"queue": "q"}, {"token": "t"}, {"capture": "sometimes"}):
        with pytest.raises(Invalid) as refused:
            Activity(asks.fn, **({"capture": "digest"} | elsewhere))  # type: ignore[arg-type]
        assert refused.value.code == "activity.options"
    assert asks.options(capture="full").capture == "full"


def test_who_wants_the_arguments_is_told_that_they_were_not_recorded() -> None:
    with pytest.raises(Missing) as missing:
        unshelve(b'{"$digest":{"sha256":"00","size":2}}', shelf=None)  # type: ignore[arg-type]
    assert missing.value.code == "value.digest_only"


def test_a_value_cannot_pass_for_a_digest(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[asking]) as runtime:
            with pytest.raises(Invalid) as refused:
                await runtime.start(feigning, {"$digest": {"sha256": "00", "size": 2}})
            assert refused.value.code == "value.reserved"

    asyncio.run(act())


@workflow
async def feigning(ctx: Context, input: Any) -> None:
    return None
